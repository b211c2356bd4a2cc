// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts flows and expectations into the gateway's tables through ctnetlink, the
 * way conntrackd commits what it had from a gateway that failed.  IPv4 only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <string.h>

#include "selftests/lib/report.h"
#include "selftests/lib/takeover.h"

static uint32_t address(const char *text)
{
	struct in_addr bytes;

	if (inet_pton(AF_INET, text, &bytes) != 1)
		die("%s: flows are taken over in IPv4 only", text);
	return bytes.s_addr;
}

/* Where the initiator sends its requests to. */
static const char *dialled(const struct lab *lab)
{
	return lab->address[lab->flags & LAB_FORWARD ? GATEWAY : RESPONDER];
}

static struct nf_conntrack *new_flow(const struct lab *lab, uint16_t source_port)
{
	struct nf_conntrack *flow = nfct_new();

	if (!flow)
		die("nfct_new: %s", strerror(errno));
	nfct_set_attr_u8(flow, ATTR_L3PROTO, AF_INET);
	nfct_set_attr_u32(flow, ATTR_IPV4_SRC, address(lab->address[INITIATOR]));
	nfct_set_attr_u32(flow, ATTR_IPV4_DST, address(dialled(lab)));
	nfct_set_attr_u8(flow, ATTR_L4PROTO, IPPROTO_UDP);
	nfct_set_attr_u16(flow, ATTR_PORT_SRC, htons(source_port));
	nfct_set_attr_u16(flow, ATTR_PORT_DST, htons(AMANDA_PORT));
	nfct_setobjopt(flow, NFCT_SOPT_SETUP_REPLY);
	return flow;
}

/**
 * flow_take_over() - a control flow to the responder, with the helper
 * @lab: the laboratory
 * @source_port: of the initiator
 */
void flow_take_over(const struct lab *lab, uint16_t source_port)
{
	struct nf_conntrack *flow = new_flow(lab, source_port);
	struct nfct_handle *handle;

	if (lab->flags & LAB_FORWARD) {
		nfct_set_attr_u32(flow, ATTR_DNAT_IPV4, address(lab->address[RESPONDER]));
		nfct_set_attr_u16(flow, ATTR_DNAT_PORT, htons(AMANDA_PORT));
	}
	nfct_set_attr_u32(flow, ATTR_TIMEOUT, 120);
	nfct_set_attr_u32(flow, ATTR_STATUS, IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED);
	nfct_set_attr(flow, ATTR_HELPER_NAME, "amanda");
	lab_enter(lab, GATEWAY);
	handle = nfct_open(NFNL_SUBSYS_CTNETLINK, 0);
	if (!handle || nfct_query(handle, NFCT_Q_CREATE, flow) < 0)
		die("create a flow: %s", strerror(errno));
	nfct_close(handle);
	nfct_destroy(flow);
}

struct end {
	uint32_t address;
	uint16_t port;
};

static void put_tuple(struct nlmsghdr *header, uint16_t type, uint8_t protocol,
		      struct end from, struct end to)
{
	struct nlattr *tuple = mnl_attr_nest_start(header, type), *part;

	part = mnl_attr_nest_start(header, CTA_TUPLE_IP);
	mnl_attr_put_u32(header, CTA_IP_V4_SRC, from.address);
	mnl_attr_put_u32(header, CTA_IP_V4_DST, to.address);
	mnl_attr_nest_end(header, part);
	part = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(header, CTA_PROTO_NUM, protocol);
	mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htons(from.port));
	mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, htons(to.port));
	mnl_attr_nest_end(header, part);
	mnl_attr_nest_end(header, tuple);
}

/* Of NAT the kernel keeps the port announced, as a source port. */
static void put_nat(struct nlmsghdr *header, uint16_t announced)
{
	struct nlattr *nat = mnl_attr_nest_start(header, CTA_EXPECT_NAT);

	mnl_attr_put_u32(header, CTA_EXPECT_NAT_DIR, htonl(NFCT_DIR_ORIGINAL));
	put_tuple(header, CTA_EXPECT_NAT_TUPLE, IPPROTO_TCP, (struct end){ 0, announced },
		  (struct end){ 0, 0 });
	mnl_attr_nest_end(header, nat);
	mnl_attr_put_strz(header, CTA_EXPECT_FN, "nat-follow-master");
}

static struct nlmsghdr *new_expectation(char *buffer)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	header->nlmsg_type = NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_NEW;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	body->nfgen_family = AF_INET;
	body->version = NFNETLINK_V0;
	return header;
}

static void send_to_gateway(const struct lab *lab, struct nlmsghdr *header)
{
	char answer[4096];
	struct mnl_socket *socket;
	ssize_t length = -1;

	lab_enter(lab, GATEWAY);
	socket = mnl_socket_open(NETLINK_NETFILTER);
	if (socket && mnl_socket_sendto(socket, header, header->nlmsg_len) > 0)
		length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (length < 0 || mnl_cb_run(answer, (size_t)length, 0, 0, NULL, NULL) < 0)
		die("create an expectation: %s", strerror(errno));
	mnl_socket_close(socket);
}

/**
 * opening_take_over() - an expectation of such a flow, under NAT
 * @lab: a laboratory that forwards ports
 * @source_port: of the control flow
 * @told: the port that the initiator was told
 * @announced: the port that the responder announced
 *
 * nfexp_query() of libnetfilter_conntrack 1.0.9 leaves out class and NAT.
 */
void opening_take_over(const struct lab *lab, uint16_t source_port, uint16_t told,
		       uint16_t announced)
{
	uint32_t from = address(lab->address[INITIATOR]), to = address(dialled(lab));
	char buffer[2048];
	struct nlmsghdr *header = new_expectation(buffer);

	put_tuple(header, CTA_EXPECT_MASTER, IPPROTO_UDP, (struct end){ from, source_port },
		  (struct end){ to, AMANDA_PORT });
	put_tuple(header, CTA_EXPECT_TUPLE, IPPROTO_TCP, (struct end){ from, 0 },
		  (struct end){ to, told });
	put_tuple(header, CTA_EXPECT_MASK, IPPROTO_TCP, (struct end){ ~0u, 0 },
		  (struct end){ ~0u, 0xffff });
	mnl_attr_put_u32(header, CTA_EXPECT_TIMEOUT, htonl(100));
	mnl_attr_put_u32(header, CTA_EXPECT_CLASS, 0);
	mnl_attr_put_strz(header, CTA_EXPECT_HELP_NAME, "amanda");
	put_nat(header, announced);
	send_to_gateway(lab, header);
}
