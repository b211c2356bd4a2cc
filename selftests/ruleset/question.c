// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One packet as a set of packets, and the fates of that set that it may have.
 *
 * A field that is left open makes the set larger; the packet is then looked for in
 * what each fate's packets were.
 */
#include <string.h>

#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/question.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>

#define MEMORY	((size_t)256 << 20)

static size_t number_of(const struct ruleset *ruleset, const char *name)
{
	size_t i;

	for (i = 0; i < ruleset->interface_count; i++)
		if (!strcmp(ruleset->interfaces[i], name))
			return i + 1;
	return 0;
}

static size_t helper_number(const struct ruleset *ruleset)
{
	size_t i;

	for (i = 0; i < ruleset->helper_count; i++)
		if (!strcmp(ruleset->helpers[i], HELPER))
			return i + 1;
	return ruleset->helper_count + 1;
}

/**
 * subject_open() - the machine under test, for the evaluator
 * @subject: whose @ruleset is loaded
 */
void subject_open(struct subject *subject)
{
	static const char *const links[] = { LEFT_LINK, RIGHT_LINK, "lo" };
	static const char *const addresses[] = { MACHINE_LEFT_4, MACHINE_RIGHT_4, MACHINE_LEFT_6,
						 MACHINE_RIGHT_6 };
	size_t i;

	/* A number that no name has is an interface that no rule names. */
	for (i = 0; i < 3; i++) {
		subject->link[i] = number_of(&subject->ruleset, links[i]);
		if (!subject->link[i])
			subject->link[i] = subject->ruleset.interface_count + 1 + i;
	}
	for (i = 0; i < 4; i++) {
		subject->address[i].family = i < 2 ? AF_INET : AF_INET6;
		subject->address[i].value = number_of_address(addresses[i]);
		subject->address[i].interface = subject->link[i % 2];
	}
	subject->world = (struct world) { subject->address, 4, subject->link[2] };
}

/* nf_conntrack_proto_tcp.c: tcp_error() and the first column of its table. */
static bool tcp_is_new(uint8_t flags)
{
	static const uint8_t good[] = { TH_SYN, TH_SYN | TH_URG, TH_ACK, TH_ACK | TH_URG };
	size_t i;

	for (i = 0; i < sizeof(good); i++)
		if ((flags & ~(unsigned int)TH_PUSH) == good[i])
			return true;
	return false;
}

static uint32_t state_of_first(const struct packet *packet)
{
	bool fresh = true;

	if (packet->protocol == IPPROTO_TCP)
		fresh = tcp_is_new(packet->flags);
	else if (packet->protocol == IPPROTO_ICMP)
		fresh = packet->type == ICMP_ECHO || packet->type == ICMP_TIMESTAMP;
	else if (packet->protocol == IPPROTO_ICMPV6 && packet->type > 132)
		return NF_CT_STATE_UNTRACKED_BIT;
	else if (packet->protocol == IPPROTO_ICMPV6)
		fresh = packet->type == ICMP6_ECHO_REQUEST;
	return fresh ? NF_CT_STATE_BIT(IP_CT_NEW) : NF_CT_STATE_INVALID_BIT;
}

/** state_of() - the bit of the state that connection tracking gives a packet */
uint32_t state_of(const struct packet *packet)
{
	switch (packet->kind) {
	case KIND_FIRST:
		return state_of_first(packet);
	case KIND_ORIGINAL:
	case KIND_REPLY:
		return NF_CT_STATE_BIT(IP_CT_ESTABLISHED);
	default:
		return NF_CT_STATE_BIT(IP_CT_RELATED);
	}
}

struct value {
	bool known;
	__uint128_t number;
};

static void know(struct value *values, enum field field, __uint128_t number)
{
	values[field] = (struct value) { true, number };
}

static void describe_transport(const struct packet *packet, struct value *values)
{
	know(values, FIELD_PROTOCOL, packet->protocol);
	if (has_ports(packet->protocol)) {
		know(values, FIELD_SPORT, packet->sport);
		know(values, FIELD_DPORT, packet->dport);
	}
	if (packet->protocol == IPPROTO_TCP)
		know(values, FIELD_TCP_FLAGS, packet->flags);
	if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6)
		know(values, FIELD_ICMP, (uint32_t)packet->type << 8 | packet->code);
}

/* The first packet of a connection whose answer this is; see set_translated(). */
static void describe_first(const struct packet *packet, struct value *values)
{
	bool from = packet->translated == TRANSLATED_FROM, to = packet->translated == TRANSLATED_TO;

	know(values, FIELD_CT_SADDR, from ? packet->other : packet->daddr);
	know(values, FIELD_CT_DADDR, to ? packet->other : packet->saddr);
	if (!has_ports(packet->protocol) && packet->kind != KIND_ERROR)
		return;
	know(values, FIELD_CT_SPORT, from ? packet->other_port : packet->dport);
	know(values, FIELD_CT_DPORT, to ? packet->other_port : packet->sport);
}

static void describe_connection(const struct subject *subject, const struct packet *packet,
				struct value *values)
{
	uint32_t status = IPS_CONFIRMED | IPS_SEEN_REPLY | (packet->assured ? IPS_ASSURED : 0);

	if (packet->translated)
		status |= packet->translated == TRANSLATED_TO ? IPS_DST_NAT : IPS_SRC_NAT;
	know(values, FIELD_CT_STATE, state_of(packet));
	know(values, FIELD_CT_HELPER,
	     packet->kind == KIND_EXPECTED ? helper_number(&subject->ruleset) : 0);
	know(values, FIELD_CT_MARK, packet->mark);
	if (packet->kind == KIND_FIRST || packet->kind == KIND_EXPECTED) {
		know(values, FIELD_CT_DIRECTION, 0);
		return;
	}
	know(values, FIELD_CT_DIRECTION, packet->kind != KIND_ORIGINAL);
	know(values, FIELD_CT_STATUS, status);
	if (packet->kind != KIND_ORIGINAL)
		describe_first(packet, values);
}

static void describe(const struct subject *subject, const struct packet *packet,
		     struct value values[FIELD_COUNT])
{
	memset(values, 0, FIELD_COUNT * sizeof(*values));
	know(values, FIELD_SADDR, packet->saddr);
	know(values, FIELD_DADDR, packet->daddr);
	describe_transport(packet, values);
	describe_connection(subject, packet, values);
	if (packet->way != WAY_OUT)
		know(values, FIELD_IIF, subject->link[packet->way == WAY_LEFT ? 0 : 1]);
	else if (!is_machine(packet->six, packet->daddr))
		know(values, FIELD_OIF,
		     subject->link[route_of(packet->six, packet->daddr) == END_LEFT ? 0 : 1]);
	know(values, FIELD_MARK, 0);
	know(values, FIELD_LENGTH, packet->length);
	know(values, FIELD_TTL, packet->ttl);
	know(values, FIELD_TOS, packet->tos);
	if (!packet->six)
		know(values, FIELD_FRAGMENT, packet->fragment);
	know(values, FIELD_PKTTYPE, 0);
}

/* Where the machine sends it, as it is addressed when it is forwarded. */
static bool goes_there(const struct subject *subject, const struct packet *packet,
		       const struct fate *fate)
{
	const struct values *daddr = fate->box.now[FIELD_DADDR];
	enum end end;

	if (packet->way == WAY_OUT && !(fate->box.changed & 1u << FIELD_OIF))
		return true;
	if (values_hold(fate->box.now[FIELD_OIF], 0) ||
	    !daddr || daddr->count != 1 || daddr->interval[0].low != daddr->interval[0].high)
		return true;
	end = route_of(packet->six, daddr->interval[0].low);
	return end == END_HERE ||
	       values_hold(fate->box.now[FIELD_OIF], subject->link[end == END_LEFT ? 0 : 1]);
}

static bool holds(const struct subject *subject, const struct packet *packet,
		  const struct value *values, const struct fate *fate)
{
	int i;

	for (i = 0; i < FIELD_COUNT; i++)
		if (values[i].known && !values_hold(fate->box.was[i], values[i].number))
			return false;
	return goes_there(subject, packet, fate);
}

static void add(struct answer *answer, const struct fate *fate)
{
	if (!answer->count++) {
		answer->verdict = fate->verdict;
		answer->fate = *fate;
		answer->doubt = fate->box.doubt;
		return;
	}
	if (!answer->doubt)
		answer->doubt = fate->box.doubt;
	if (answer->verdict != fate->verdict)
		answer->torn = true;
}

/* Where no rule translates anything, known translations are not carried out either. */
static bool translates(const struct ruleset *ruleset, bool six)
{
	size_t i, j;

	for (i = 0; i < ruleset->count; i++) {
		const struct table *table = &ruleset->tables[i];

		if (table->family != NFPROTO_INET && table->family != (six ? NFPROTO_IPV6 : NFPROTO_IPV4))
			continue;
		for (j = 0; j < table->chain_count; j++)
			if (table->chains[j].hooked && !strcmp(table->chains[j].type, "nat"))
				return true;
	}
	return false;
}

/* In a reply, the source is what a translated destination was. */
static void translate(struct arena *arena, const struct packet *packet,
		      struct translation *translation)
{
	bool destination = (packet->translated == TRANSLATED_TO) == (packet->kind == KIND_ORIGINAL);
	const struct values *address = values_one(arena, packet->other);
	const struct values *port = values_one(arena, packet->other_port);

	memset(translation, 0, sizeof(*translation));
	*(destination ? &translation->daddr : &translation->saddr) = address;
	*(destination ? &translation->dport : &translation->sport) = port;
}

/**
 * question_ask() - what becomes of a packet
 * @question: to fill
 * @subject: where
 * @packet: it
 * @open: bit n: field n is asked about as a whole
 */
void question_ask(struct question *question, const struct subject *subject,
		  const struct packet *packet, uint32_t open)
{
	struct passage passage = {
		.version = packet->six ? VERSION_6 : VERSION_4,
		.made_here = packet->way == WAY_OUT,
		.first = packet->kind == KIND_FIRST || packet->kind == KIND_EXPECTED,
	};
	struct translation translation;
	struct value values[FIELD_COUNT];
	size_t i;

	memset(question, 0, sizeof(*question));
	question->arena = arena_new(MEMORY);
	describe(subject, packet, values);
	if (packet->translated && translates(&subject->ruleset, packet->six)) {
		translate(question->arena, packet, &translation);
		passage.translation = &translation;
	}
	for (i = 0; i < FIELD_COUNT; i++)
		if (values[i].known && !(open >> i & 1))
			passage.box.now[i] = values_one(question->arena, values[i].number);
	if (path_run(&subject->ruleset, &subject->world, question->arena, &passage, NULL,
		     &question->fates))
		die("path_run");
	for (i = 0; i < question->fates.count; i++)
		if (holds(subject, packet, values, &question->fates.fate[i]))
			add(&question->answer, &question->fates.fate[i]);
	if (question->answer.torn && question->answer.doubt)
		question->answer.torn = false;
	else
		question->answer.doubt = NULL;
}

/** question_free() - forget it */
void question_free(struct question *question)
{
	fates_free(&question->fates);
	arena_free(question->arena);
}

/** verdict_name() - for people */
const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "continue", "accept", "drop", "reject", "queue",
					     "stolen" };

	return verdict <= VERDICT_STOLEN ? names[verdict] : "?";
}
