// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Links, addresses, routes and neighbours of the network namespace one is in.
 */
#include "prove/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REQUEST_ROOM	1024

static struct nlmsghdr *request(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return header;
}

static int ask(struct nlmsghdr *header)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char more[REQUEST_ROOM];
	} reply;
	int result = -EIO;

	if (fd < 0)
		return -errno;
	if (send(fd, header, header->nlmsg_len, 0) < 0)
		result = -errno;
	else if (recv(fd, &reply, sizeof(reply), 0) >= (ssize_t)NLMSG_LENGTH(sizeof(int)))
		result = reply.error.error;
	close(fd);
	return result;
}

static struct ifinfomsg *put_link(struct nlmsghdr *header, const char *name)
{
	struct ifinfomsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->ifi_family = AF_UNSPEC;
	if (name)
		body->ifi_index = (int)if_nametoindex(name);
	return body;
}

/**
 * link_pair() - a cable
 * @name: its end here
 * @mac: of this end
 * @peer: the other end
 * @peer_ns: the namespace that it goes to
 */
int link_pair(const char *name, const struct mac *mac, const char *peer, int peer_ns)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	static int next_index = 1000;
	struct nlattr *info, *data, *end;

	/*
	 * net/core/link_watch.c lets a link wait for a second that has the same
	 * index as its other end.
	 */
	put_link(header, NULL)->ifi_index = next_index++;
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	mnl_attr_put(header, IFLA_ADDRESS, sizeof(*mac), mac);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	end = mnl_attr_nest_start(header, VETH_INFO_PEER);
	put_link(header, NULL);
	mnl_attr_put_strz(header, IFLA_IFNAME, peer);
	mnl_attr_put_u32(header, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_nest_end(header, end);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	return ask(header);
}

/** link_bridge() - a switch */
int link_bridge(const char *name)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;

	put_link(header, NULL);
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(header, info);
	return ask(header) ? : link_up(name);
}

/** link_join() - put the end of a cable into a switch, and switch it on */
int link_join(const char *name, const char *bridge)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, 0);

	put_link(header, name);
	mnl_attr_put_u32(header, IFLA_MASTER, if_nametoindex(bridge));
	return ask(header) ? : link_up(name);
}

/** link_up() - switch a link on */
int link_up(const char *name)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, 0);
	struct ifinfomsg *body = put_link(header, name);

	body->ifi_flags = IFF_UP;
	body->ifi_change = IFF_UP;
	return ask(header);
}

/** link_runs() - does it carry packets yet? A work queue of the kernel sees to that. */
bool link_runs(const char *name)
{
	struct ifreq flags = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool runs;

	strncpy(flags.ifr_name, name, IFNAMSIZ - 1);
	runs = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &flags) && flags.ifr_flags & IFF_RUNNING;
	if (fd >= 0)
		close(fd);
	return runs;
}

static uint8_t bits_of(const struct address *address)
{
	return address->family == AF_INET ? 32 : 128;
}

static void put_address(struct nlmsghdr *header, uint16_t type, const struct address *address)
{
	mnl_attr_put(header, type, bits_of(address) / 8u, &address->v4);
}

/** link_address() - give a link an address, with the prefix it has */
int link_address(const char *name, const struct address *address)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->ifa_family = (unsigned char)address->family;
	body->ifa_prefixlen = address->prefix;
	/* Nobody else has it: no second of looking for a duplicate. */
	body->ifa_flags = address->family == AF_INET ? 0 : IFA_F_NODAD;
	body->ifa_index = if_nametoindex(name);
	put_address(header, IFA_LOCAL, address);
	put_address(header, IFA_ADDRESS, address);
	return ask(header);
}

/**
 * link_route() - where packets go
 * @name: by this link
 * @to: to this one address; NULL: all others
 * @via: through this one, which need not be in a net of the link; NULL: directly
 * @from: as whom, where the sender does not say; NULL: as the kernel likes
 */
int link_route(const char *name, const struct address *to, const struct address *via,
	       const struct address *from)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->rtm_family = (unsigned char)(to ? to : via)->family;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = RTPROT_STATIC;
	body->rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	body->rtm_type = RTN_UNICAST;
	body->rtm_flags = via ? RTNH_F_ONLINK : 0;
	if (to) {
		body->rtm_dst_len = bits_of(to);
		put_address(header, RTA_DST, to);
	}
	if (via)
		put_address(header, RTA_GATEWAY, via);
	if (from)
		put_address(header, RTA_PREFSRC, from);
	mnl_attr_put_u32(header, RTA_OIF, if_nametoindex(name));
	return ask(header);
}

/**
 * link_neighbour() - which card an address has
 * @name: at this link
 * @address: the address
 * @mac: the card
 *
 * Nobody has to ask then, so that rules which drop neighbour discovery, or ARP,
 * do not make every flow fail for a reason that is not looked for here.
 */
int link_neighbour(const char *name, const struct address *address, const struct mac *mac)
{
	char buffer[REQUEST_ROOM];
	struct nlmsghdr *header = request(buffer, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->ndm_family = (uint8_t)address->family;
	body->ndm_ifindex = (int)if_nametoindex(name);
	body->ndm_state = NUD_PERMANENT;
	put_address(header, NDA_DST, address);
	mnl_attr_put(header, NDA_LLADDR, sizeof(*mac), mac);
	return ask(header);
}
