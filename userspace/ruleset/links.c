// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interfaces of a network namespace: makes dummies, so that rules can name
 * them, and reads which there are.
 */
#include "ruleset/links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/netlink.h"

/* More interfaces than that are somebody's joke. */
#define LINKS_MOST	65536

static struct nlmsghdr *link_request(char *buffer, const char *name, const char *kind)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nlattr *info;

	header->nlmsg_type = RTM_NEWLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(header, info);
	return header;
}

/**
 * link_make() - make an interface that leads nowhere, where there is none
 * @name: of it
 *
 * Return: 1 where it was made, 0 where it was there, or -errno.
 */
int link_make(const char *name)
{
	char buffer[512];
	int fd, result;

	if (!*name || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	result = netlink_ask(fd, link_request(buffer, name, "dummy"), NULL, NULL);
	/* A kernel without dummies has bridges, more often than not. */
	if (result == -EOPNOTSUPP)
		result = netlink_ask(fd, link_request(buffer, name, "bridge"), NULL, NULL);
	close(fd);
	if (!result)
		return 1;
	return result == -EEXIST ? 0 : result;
}

struct reading {
	struct ruleset *ruleset;
	struct dump *dump;
};

static int add_link(struct reading *reading, const struct dump_interface *link)
{
	struct dump *dump = reading->dump;
	size_t count = dump->interface_count;
	struct dump_interface *more;

	if (count >= LINKS_MOST)
		return -E2BIG;
	if (!(count & (count - 1))) {
		more = realloc(dump->interfaces, (count ? count * 2 : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		dump->interfaces = more;
	}
	dump->interfaces[dump->interface_count++] = *link;
	return 0;
}

static int take_link(const struct nlmsghdr *header, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	struct reading *reading = data;
	struct dump_interface link;
	const struct nlattr *attr;

	if (header->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(header) < sizeof(*info))
		return 0;
	memset(&link, 0, sizeof(link));
	link.index = (unsigned int)info->ifi_index;
	link.type = info->ifi_type;
	mnl_attr_for_each(attr, header, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			link.name = arena_text(reading->ruleset->arena, mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) == IFLA_GROUP &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			link.group = mnl_attr_get_u32(attr);
	}
	return link.name ? add_link(reading, &link) : -ENOMEM;
}

static int copy_names(struct ruleset *ruleset, const struct dump *dump)
{
	size_t i;

	ruleset->interfaces = arena_take(ruleset->arena,
					 (dump->interface_count + 1) * sizeof(char *));
	if (!ruleset->interfaces)
		return -ENOMEM;
	for (i = 0; i < dump->interface_count; i++)
		ruleset->interfaces[i] = dump->interfaces[i].name;
	ruleset->interface_count = dump->interface_count;
	return 0;
}

/**
 * links_read() - read which interfaces there are
 * @ruleset: its names of interfaces become these
 * @dump: for @interfaces
 * @route: NETLINK_ROUTE socket in the namespace
 *
 * Return: 0, or -errno.
 */
int links_read(struct ruleset *ruleset, struct dump *dump, int route)
{
	struct reading reading = { .ruleset = ruleset, .dump = dump };
	char buffer[256];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	int result;

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	result = netlink_ask(route, header, take_link, &reading);
	return result < 0 ? result : copy_names(ruleset, dump);
}
