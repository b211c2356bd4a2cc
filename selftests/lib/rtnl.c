// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The few requests to rtnetlink that a laboratory of namespaces needs.  Running
 * ip(8) for each would cost more than all the rest under an emulated CPU.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <net/if.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "selftests/lib/report.h"
#include "selftests/lib/rtnl.h"

#define REQUEST_MAX 1024

static struct nlmsghdr *request(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	header->nlmsg_seq = (uint32_t)time(NULL);
	return header;
}

static int send_and_wait(struct mnl_socket *socket, const struct nlmsghdr *header,
			 mnl_cb_t read, void *data)
{
	char answer[8192];
	ssize_t length;

	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -1;
	length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (length < 0)
		return -1;
	return mnl_cb_run(answer, (size_t)length, header->nlmsg_seq,
			  mnl_socket_get_portid(socket), read, data);
}

static void talk_back(const struct nlmsghdr *header, const char *what, mnl_cb_t read,
		      void *data)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);

	if (!socket || send_and_wait(socket, header, read, data) < 0)
		die("rtnetlink: %s: %s", what, strerror(errno));
	mnl_socket_close(socket);
}

static void talk(const struct nlmsghdr *header, const char *what)
{
	talk_back(header, what, NULL, NULL);
}

static struct ifinfomsg *link_body(struct nlmsghdr *header, const char *name)
{
	struct ifinfomsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->ifi_family = AF_UNSPEC;
	if (name)
		body->ifi_index = (int)if_nametoindex(name);
	return body;
}

/**
 * rtnl_veth() - make a pair of links
 * @name: the end that stays in this namespace
 * @peer: the other end
 * @peer_ns: descriptor of the namespace it goes to
 */
void rtnl_veth(const char *name, const char *peer, int peer_ns)
{
	char buffer[REQUEST_MAX];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *end;
	static int next_index = 100;

	/*
	 * net/core/link_watch.c lets a link wait for a second that has the same
	 * index as its other end.
	 */
	link_body(header, NULL)->ifi_index = next_index++;
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	end = mnl_attr_nest_start(header, VETH_INFO_PEER);
	link_body(header, NULL);
	mnl_attr_put_strz(header, IFLA_IFNAME, peer);
	mnl_attr_put_u32(header, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_nest_end(header, end);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	talk(header, name);
}

/** rtnl_up() - switch a link on */
void rtnl_up(const char *name)
{
	char buffer[REQUEST_MAX];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, 0);
	struct ifinfomsg *body = link_body(header, name);

	body->ifi_flags = IFF_UP;
	body->ifi_change = IFF_UP;
	talk(header, name);
}

static int read_state(const struct nlattr *attribute, void *data)
{
	if (mnl_attr_get_type(attribute) == IFLA_OPERSTATE)
		*(uint8_t *)data = mnl_attr_get_u8(attribute);
	return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *header, void *data)
{
	return mnl_attr_parse(header, sizeof(struct ifinfomsg), read_state, data);
}

/**
 * rtnl_wait() - wait until a link carries packets
 * @name: the link
 *
 * The end of a veth that was switched on first learns of the other end by a
 * work queue (net/core/link_watch.c), and drops what is sent before.
 */
void rtnl_wait(const char *name)
{
	char buffer[REQUEST_MAX];
	uint8_t state = IF_OPER_UNKNOWN;
	int tries;

	for (tries = 0; state != IF_OPER_UP; tries++) {
		struct nlmsghdr *header = request(buffer, RTM_GETLINK, 0);

		if (tries > 5000)
			die("%s does not come up", name);
		usleep(tries ? 1000 : 0);
		link_body(header, name);
		talk_back(header, name, read_link, &state);
	}
	/* The work holds the lock of rtnetlink until all is set: come after it. */
	rtnl_up(name);
}

/** rtnl_mtu() - set how much goes into one frame */
void rtnl_mtu(const char *name, unsigned int mtu)
{
	char buffer[REQUEST_MAX];
	struct nlmsghdr *header = request(buffer, RTM_NEWLINK, 0);

	link_body(header, name);
	mnl_attr_put_u32(header, IFLA_MTU, mtu);
	talk(header, name);
}

static int family_of(const char *address)
{
	return strchr(address, ':') ? AF_INET6 : AF_INET;
}

static void put_address(struct nlmsghdr *header, uint16_t type, const char *address)
{
	int family = family_of(address);
	unsigned char bytes[16];

	if (inet_pton(family, address, bytes) != 1)
		die("%s is no address", address);
	mnl_attr_put(header, type, family == AF_INET ? 4 : 16, bytes);
}

/**
 * rtnl_address() - give a link an address in a network of 24 or 64 bits
 * @name: the link
 * @address: IPv4 or IPv6
 */
void rtnl_address(const char *name, const char *address)
{
	char buffer[REQUEST_MAX];
	struct nlmsghdr *header = request(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->ifa_family = (unsigned char)family_of(address);
	body->ifa_prefixlen = body->ifa_family == AF_INET ? 24 : 64;
	/* Nobody else is on the link: no second of waiting for duplicates. */
	body->ifa_flags = body->ifa_family == AF_INET ? 0 : IFA_F_NODAD;
	body->ifa_index = if_nametoindex(name);
	put_address(header, IFA_LOCAL, address);
	put_address(header, IFA_ADDRESS, address);
	talk(header, address);
}

/** rtnl_default_route() - send what is not on a link to this gateway */
void rtnl_default_route(const char *gateway)
{
	char buffer[REQUEST_MAX];
	struct nlmsghdr *header = request(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	struct rtmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	body->rtm_family = (unsigned char)family_of(gateway);
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = RTPROT_STATIC;
	body->rtm_scope = RT_SCOPE_UNIVERSE;
	body->rtm_type = RTN_UNICAST;
	put_address(header, RTA_GATEWAY, gateway);
	talk(header, gateway);
}

/**
 * link_checksums() - make a link carry real checksums
 * @name: the link
 *
 * Between two ends of a veth the checksum is normally left to a device that is
 * not there, and a wrong one is never noticed.  Switched off, the sender fills
 * it in and the receiver verifies it.
 */
void link_checksums(const char *name)
{
	struct ethtool_value off = { .cmd = ETHTOOL_STXCSUM, .data = 0 };
	struct ifreq request_ = { .ifr_data = (char *)&off };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(request_.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &request_))
		die("checksums of %s: %s", name, strerror(errno));
	close(fd);
}
