// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules, packets and sets of packets in words.
 */
#include <netdb.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "amfwctl/check.h"

/* So many values of a field are listed, and the rest counted. */
#define VALUES_SHOWN	6

/**
 * table_family() - as nft calls it
 * @table: the table
 */
const char *table_family(const struct table *table)
{
	switch (table->family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	}
	return "arp";
}

/**
 * print_place() - where in the kernel a rule stands: "inet filter forward handle 7"
 * @out: where to
 * @rule: the rule; NULL: the policy of @chain
 * @chain: the chain
 */
void print_place(FILE *out, const struct rule *rule, const struct chain *chain)
{
	if (rule)
		chain = rule->chain;
	fprintf(out, "%s %s %s", table_family(chain->table), chain->table->name,
		chain->name);
	if (rule)
		fprintf(out, " handle %llu", (unsigned long long)rule->handle);
	else
		fputs(" policy", out);
}

/**
 * print_rule() - name the rule that decides
 * @out: where to
 * @rule: the rule, or NULL
 * @chain: whose policy decides, or NULL
 */
void print_rule(FILE *out, const struct rule *rule, const struct chain *chain)
{
	if (!rule && !chain) {
		fputs("no rule", out);
		return;
	}
	if (rule && rule->path && rule->line)
		fprintf(out, "%s:%u: ", rule->path, rule->line);
	print_place(out, rule, chain);
	if (rule && rule->text)
		fprintf(out, ": %s", rule->text);
	else if (!rule)
		fprintf(out, " %s", verdict_name(chain->policy));
}

/**
 * answer_name() - as JSON has it
 * @answer: the answer
 */
const char *answer_name(enum answer answer)
{
	static const char *const names[] = {
		[ANSWER_ACCEPT] = "accept", [ANSWER_DROP] = "drop",
		[ANSWER_REJECT] = "reject", [ANSWER_UNKNOWN] = "unknown",
	};

	return names[answer];
}

/**
 * verdict_name() - as rules have it
 * @verdict: the verdict
 */
const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CONTINUE] = "continue", [VERDICT_ACCEPT] = "accept",
		[VERDICT_DROP] = "drop", [VERDICT_REJECT] = "reject",
		[VERDICT_QUEUE] = "queue", [VERDICT_STOLEN] = "taken away",
		[VERDICT_JUMP] = "jump", [VERDICT_GOTO] = "goto",
		[VERDICT_RETURN] = "return",
	};

	return names[verdict];
}

/**
 * journey_stage() - the stage that decides
 * @journey: the journey
 *
 * Return: the stage; NULL where nothing was asked.
 */
const struct stage *journey_stage(const struct journey *journey)
{
	return journey->stage < journey->stage_count ? &journey->stages[journey->stage] : NULL;
}

static void print_address(FILE *out, enum protocol_version version, __uint128_t value)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(value >> (8 * (15 - i)));
	if (version == VERSION_4)
		inet_ntop(AF_INET, bytes + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, bytes, text, sizeof(text));
	fputs(text, out);
}

static void print_protocol(FILE *out, __uint128_t value)
{
	switch ((unsigned int)value) {
	case IPPROTO_TCP:
		fputs("tcp", out);
		break;
	case IPPROTO_UDP:
		fputs("udp", out);
		break;
	case IPPROTO_ICMP:
		fputs("icmp", out);
		break;
	case IPPROTO_ICMPV6:
		fputs("icmpv6", out);
		break;
	default:
		fprintf(out, "%u", (unsigned int)value);
	}
}

static void print_interface(FILE *out, const struct check *check, __uint128_t value)
{
	const struct ruleset *ruleset = &check->ruleset;
	const struct host *host = check->host;
	size_t other;

	if (value && value <= ruleset->interface_count) {
		fputs(ruleset->interfaces[(size_t)value - 1], out);
		return;
	}
	/* Those that no rule names follow in the order of the host's: journey_world.c. */
	other = (size_t)value - ruleset->interface_count - 2;
	if (!value)
		fputs("none", out);
	else if (value == check->world.lo)
		fputs("lo", out);
	else
		fputs(other < host->interface_count ? host->interfaces[other].name : "another",
		      out);
}

/**
 * value_has_name() - is it worth telling?
 * @check: whose names numbers stand for
 * @field: of which field
 * @value: the value
 *
 * Return: false for no interface, one that nobody has named, and no helper.
 */
bool value_has_name(const struct check *check, enum field field, __uint128_t value)
{
	size_t known = check->ruleset.interface_count;

	if (field == FIELD_IIF || field == FIELD_OIF)
		return value && (value <= known || value == check->world.lo ||
				 (value > known + 1 &&
				  value < known + 2 + check->host->interface_count));
	return field != FIELD_CT_HELPER || value;
}

static void print_helper(FILE *out, const struct check *check, __uint128_t value)
{
	const struct ruleset *ruleset = &check->ruleset;

	if (!value)
		fputs("none", out);
	else if (value <= ruleset->helper_count)
		fputs(ruleset->helpers[(size_t)value - 1], out);
	else
		fputs(check->options->helper_name ? : "amanda", out);
}

static void print_state(FILE *out, __uint128_t value)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} states[] = {
		{ NF_CT_STATE_INVALID_BIT, "invalid" },
		{ NF_CT_STATE_BIT(IP_CT_ESTABLISHED), "established" },
		{ NF_CT_STATE_BIT(IP_CT_RELATED), "related" },
		{ NF_CT_STATE_BIT(IP_CT_NEW), "new" },
		{ NF_CT_STATE_UNTRACKED_BIT, "untracked" },
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (value == states[i].bit) {
			fputs(states[i].name, out);
			return;
		}
	fprintf(out, "0x%x", (unsigned int)value);
}

/**
 * print_field_value() - a value as people write it
 * @out: where to
 * @check: whose names numbers stand for
 * @version: of IP
 * @field: of which field
 * @value: the value
 */
void print_field_value(FILE *out, const struct check *check, enum protocol_version version,
		       enum field field, __uint128_t value)
{
	switch (field) {
	case FIELD_SADDR:
	case FIELD_DADDR:
		print_address(out, version, value);
		break;
	case FIELD_PROTOCOL:
		print_protocol(out, value);
		break;
	case FIELD_IIF:
	case FIELD_OIF:
		print_interface(out, check, value);
		break;
	case FIELD_CT_HELPER:
		print_helper(out, check, value);
		break;
	case FIELD_CT_STATE:
		print_state(out, value);
		break;
	case FIELD_MARK:
	case FIELD_CT_MARK:
	case FIELD_CT_STATUS:
	case FIELD_TCP_FLAGS:
		fprintf(out, "0x%x", (unsigned int)value);
		break;
	default:
		fprintf(out, "%u", (unsigned int)value);
	}
}

static unsigned int address_width(enum protocol_version version)
{
	return version == VERSION_4 ? 32 : 128;
}

/* How long a prefix an interval is; -1: none. */
static int prefix_of(const struct interval *interval, enum protocol_version version)
{
	__uint128_t differ = interval->low ^ interval->high;
	unsigned int bits = 0;

	if ((differ & (differ + 1)) || (interval->low & differ))
		return -1;
	for (; differ; differ >>= 1)
		bits++;
	return (int)(address_width(version) - bits);
}

static bool is_number(enum field field)
{
	return field != FIELD_IIF && field != FIELD_OIF && field != FIELD_CT_HELPER;
}

static void print_interval(FILE *out, const struct check *check,
			   enum protocol_version version, enum field field,
			   const struct interval *interval)
{
	bool address = field == FIELD_SADDR || field == FIELD_DADDR;
	int prefix = address ? prefix_of(interval, version) : -1;

	print_field_value(out, check, version, field, interval->low);
	if (interval->low == interval->high)
		return;
	if (prefix >= 0) {
		fprintf(out, "/%d", prefix);
		return;
	}
	if (!is_number(field) && interval->high > interval->low + VALUES_SHOWN) {
		fputs(" and others", out);
		return;
	}
	fputs("-", out);
	print_field_value(out, check, version, field, interval->high);
}

/**
 * print_field_values() - a set of values
 * @out: where to
 * @check: whose names numbers stand for
 * @version: of IP
 * @field: of which field
 * @values: they; NULL: any
 * @between: two intervals
 */
void print_field_values(FILE *out, const struct check *check,
			enum protocol_version version, enum field field,
			const struct values *values, const char *between)
{
	size_t i;

	if (!values)
		fputs("any", out);
	for (i = 0; values && i < values->count && i < VALUES_SHOWN; i++) {
		fputs(i ? between : "", out);
		print_interval(out, check, version, field, &values->interval[i]);
	}
	if (values && values->count > VALUES_SHOWN)
		fprintf(out, " and %zu more", values->count - VALUES_SHOWN);
}

/**
 * print_example() - one packet: "udp 192.0.2.1:700 > 192.0.2.2:10080 in eth0, new"
 * @out: where to
 * @check: whose names numbers stand for
 * @version: of IP
 * @example: the packet
 */
void print_example(FILE *out, const struct check *check, enum protocol_version version,
		   const __uint128_t example[FIELD_COUNT])
{
	print_protocol(out, example[FIELD_PROTOCOL]);
	fputs(version == VERSION_4 ? " " : " [", out);
	print_address(out, version, example[FIELD_SADDR]);
	fprintf(out, version == VERSION_4 ? ":%u > " : "]:%u > [",
		(unsigned int)example[FIELD_SPORT]);
	print_address(out, version, example[FIELD_DADDR]);
	fprintf(out, version == VERSION_4 ? ":%u" : "]:%u", (unsigned int)example[FIELD_DPORT]);
	if (value_has_name(check, FIELD_IIF, example[FIELD_IIF])) {
		fputs(" in ", out);
		print_interface(out, check, example[FIELD_IIF]);
	}
	if (value_has_name(check, FIELD_OIF, example[FIELD_OIF])) {
		fputs(" out ", out);
		print_interface(out, check, example[FIELD_OIF]);
	}
	fputs(", ", out);
	print_state(out, example[FIELD_CT_STATE]);
	if (example[FIELD_CT_HELPER]) {
		fputs(" by ", out);
		print_helper(out, check, example[FIELD_CT_HELPER]);
	}
}

/* What no single machine has need not be there. */
static bool all_hosts(const struct values *values, enum protocol_version version)
{
	if (version == VERSION_6)
		return values_cover_range(values, 2, ((__uint128_t)0xff << 120) - 1);
	return values_cover_range(values, 0x01000000, 0x7effffff) &&
	       values_cover_range(values, 0x80000000, 0xdfffffff);
}

static bool covers_all(const struct values *values, enum protocol_version version,
		       enum field field)
{
	bool port = field == FIELD_SPORT || field == FIELD_DPORT;
	__uint128_t most = field_most(field);

	if (!values)
		return true;
	if (field == FIELD_SADDR || field == FIELD_DADDR)
		return all_hosts(values, version);
	return values->count == 1 && values->interval[0].low <= port &&
	       values->interval[0].high >= most;
}

/* All but lo, or none where there is none: what the question itself said. */
static bool is_any_interface(const struct values *values)
{
	return values->interval[values->count - 1].high == field_most(FIELD_IIF) ||
	       (values->count == 1 && !values->interval[0].high);
}

/**
 * field_says_something() - does a box keep to some values of a field?
 * @box: the box, as packets enter
 * @version: of IP
 * @field: the field
 *
 * Return: false where all packets have those values, or the others follow from them.
 */
bool field_says_something(const struct box *box, enum protocol_version version,
			  enum field field)
{
	switch (field) {
	case FIELD_SADDR:
	case FIELD_DADDR:
	case FIELD_PROTOCOL:
	case FIELD_SPORT:
	case FIELD_DPORT:
		return !covers_all(box->was[field], version, field);
	case FIELD_IIF:
	case FIELD_OIF:
		return box->was[field] && !is_any_interface(box->was[field]);
	case FIELD_MARK:
		return box->was[field] && box->was[field]->interval[0].high;
	default:
		return false;
	}
}

static const struct values *hosts(const struct check *check, enum protocol_version version)
{
	static const struct interval v4[] = {
		{ 0x01000000, 0x7effffff }, { 0x80000000, 0xdfffffff },
	};

	if (version == VERSION_4)
		return values_list(check->arena, v4, 2);
	return values_range(check->arena, 2, ((__uint128_t)0xff << 120) - 1);
}

/* All but a few are told by those few. */
static void print_addresses(FILE *out, const struct check *check, enum protocol_version version,
			    enum field field, const struct values *values)
{
	const struct values *others = values_minus(check->arena, hosts(check, version), values);

	if (!others || others->count >= values->count) {
		print_field_values(out, check, version, field, values, ", ");
		return;
	}
	fputs("anywhere but ", out);
	print_field_values(out, check, version, field, others, ", ");
}

static void print_side(FILE *out, const struct check *check, enum protocol_version version,
		       const struct box *box, enum field address, enum field port)
{
	if (covers_all(box->was[address], version, address))
		fputs("anywhere", out);
	else
		print_addresses(out, check, version, address, box->was[address]);
	if (covers_all(box->was[port], version, port))
		return;
	fputs(" port ", out);
	print_field_values(out, check, version, port, box->was[port], ",");
}

/**
 * print_box() - a set of packets, as they enter
 * @out: where to
 * @check: whose names numbers stand for
 * @version: of IP
 * @box: the packets
 */
void print_box(FILE *out, const struct check *check, enum protocol_version version,
	       const struct box *box)
{
	enum field field;

	fputs(version == VERSION_4 ? "ip " : "ip6 ", out);
	print_field_values(out, check, version, FIELD_PROTOCOL, box->was[FIELD_PROTOCOL], "/");
	fputs(" ", out);
	print_side(out, check, version, box, FIELD_SADDR, FIELD_SPORT);
	fputs(" > ", out);
	print_side(out, check, version, box, FIELD_DADDR, FIELD_DPORT);
	for (field = FIELD_TCP_FLAGS; field < FIELD_COUNT; field++) {
		if (!field_says_something(box, version, field))
			continue;
		fprintf(out, ", %s ", field_name(field));
		print_field_values(out, check, version, field, box->was[field], ",");
	}
}
