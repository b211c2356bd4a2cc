// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every connection of a gateway makes events, and few of them are Amanda's.  The
 * kernel is told to keep the others to itself: they take no room, and what is lost
 * when there is none is known to be of flows that have or had a helper.
 *
 * Of flows only new ones carry the name of their helper, and none that end
 * (ctnetlink_conntrack_event() of the kernel), but all carry their status.
 */
#include <endian.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include "monitor/listener.h"

/* nlmsg_type is in the order of the host, and the subsystem its upper half. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
#define SUBSYSTEM	5
#else
#define SUBSYSTEM	4
#endif
#define ATTRIBUTES	(NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg)))
#define TAKE		0xffffffff
#define NLATTR		((__u32)(SKF_AD_OFF + SKF_AD_NLATTR))

/**
 * listener_filter() - let a socket have what can be Amanda's
 * @fd: the socket
 *
 * Return: 0 or a negative errno.
 */
int listener_filter(int fd)
{
	struct sock_filter code[] = {
		/* expectations: all of them */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SUBSYSTEM),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFNL_SUBSYS_CTNETLINK_EXP, 11, 0),
		/* flows: with a helper, or of an expectation, by their status */
		BPF_STMT(BPF_LD | BPF_IMM, ATTRIBUTES),
		BPF_STMT(BPF_LDX | BPF_IMM, CTA_STATUS),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLATTR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, IPS_EXPECTED | IPS_HELPER, 4, 0),
		/* those that conntrackd puts in name their helper alone */
		BPF_STMT(BPF_LD | BPF_IMM, ATTRIBUTES),
		BPF_STMT(BPF_LDX | BPF_IMM, CTA_HELP),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLATTR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, TAKE),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ?
		-errno : 0;
}
