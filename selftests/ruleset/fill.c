// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Templates of rules, filled by chance:
 *
 *	%a address  %n net  %r range of addresses  %A several, apart from each other
 *	%p port     %q range of ports              %P several, apart
 *	%Q several ports, with commas, as iptables has them
 *	%m mark     %x mask  %l length  %L range   %t hop limit  %d DSCP
 *	%i link     %s states  %S state of iptables  %f flags of TCP  %F the same, capitals
 *	%o "" or "!= "        %c the same, or "< " and such    %! "" or "! "
 *	%R an address of the right network, that nobody has
 *	%M an address of the machine
 */
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/rules.h"

static const char *one_of(const char *const *list, uint32_t count)
{
	return list[chance_below(count)];
}

#define ONE_OF(list) one_of(list, sizeof(list) / sizeof(*(list)))

static void fill_net(const struct fill *fill, FILE *out)
{
	static const unsigned int sizes[2][6] = { { 8, 16, 24, 28, 30, 31 },
						  { 16, 32, 64, 112, 124, 127 } };
	unsigned int length = sizes[fill->six][chance_below(6)];
	__uint128_t address = fill->rules->address[fill->six][chance_below(POOL)];
	unsigned int hosts = (fill->six ? 128 : 32) - length;
	char text[64];

	number_print(fill->six, address >> hosts << hosts, text);
	fprintf(out, "%s/%u", text, length);
}

static void put_address(const struct fill *fill, FILE *out, size_t i)
{
	char text[64];

	number_print(fill->six, fill->rules->address[fill->six][i], text);
	fputs(text, out);
}

static void fill_addresses(const struct fill *fill, FILE *out)
{
	bool any = false;
	size_t i;

	for (i = 0; i < POOL; i++) {
		if (!chance_one_in(4) && (any || i < POOL - 1))
			continue;
		fputs(any ? ", " : "", out);
		put_address(fill, out, i);
		if (i + 1 < POOL && chance_one_in(3)) {
			fputc('-', out);
			put_address(fill, out, ++i);
		}
		any = true;
	}
}

static void fill_ports(const struct fill *fill, FILE *out, char range, const char *comma)
{
	unsigned int any = 0;
	size_t i;

	for (i = 0; i < POOL && any < 6; i++) {
		if (!chance_one_in(4) && (any || i < POOL - 1))
			continue;
		fprintf(out, "%s%u", any ? comma : "", fill->rules->port[i]);
		if (i + 1 < POOL && chance_one_in(3))
			fprintf(out, "%c%u", range, fill->rules->port[++i]);
		any++;
	}
}

static void fill_range(const struct fill *fill, FILE *out, bool ports, char between)
{
	size_t low = chance_below(POOL - 1), high = low + 1 + chance_below((uint32_t)(POOL - 1 - low));

	if (ports) {
		fprintf(out, "%u%c%u", fill->rules->port[low], between, fill->rules->port[high]);
		return;
	}
	put_address(fill, out, low);
	fputc(between, out);
	put_address(fill, out, high);
}

static void fill_flags(FILE *out, bool capitals)
{
	static const char *const small[] = { "syn", "ack", "fin", "rst", "psh" };
	static const char *const big[] = { "SYN", "ACK", "FIN", "RST", "PSH" };
	unsigned int set = 1 + chance_below(31), i;
	bool any = false;

	for (i = 0; i < 5; i++) {
		if (!(set >> i & 1))
			continue;
		fprintf(out, "%s%s", any ? capitals ? "," : "|" : "", capitals ? big[i] : small[i]);
		any = true;
	}
}

static void fill_states(FILE *out, bool capitals)
{
	static const char *const small[] = { "new", "established", "related", "invalid",
					     "untracked" };
	static const char *const big[] = { "NEW", "ESTABLISHED", "RELATED", "INVALID",
					   "UNTRACKED" };
	unsigned int set = 1 + chance_below(31), i;
	bool any = false;

	for (i = 0; i < 5; i++) {
		if (!(set >> i & 1))
			continue;
		fprintf(out, "%s%s", any ? "," : "", capitals ? big[i] : small[i]);
		any = true;
	}
}

static void fill_own(const struct fill *fill, FILE *out, bool own)
{
	static const char *const machine[2][2] = { { MACHINE_LEFT_4, MACHINE_RIGHT_4 },
						   { MACHINE_LEFT_6, MACHINE_RIGHT_6 } };
	static const char *const others[2] = { "10.2.9.", "fd02:9::" };

	if (own)
		fputs(machine[fill->six][chance_below(2)], out);
	else
		fprintf(out, "%s%u", others[fill->six], 1 + chance_below(9));
}

static void fill_number(FILE *out, char what)
{
	static const unsigned int lengths[] = { 48, 60, 64, 100, 128, 200, 576 };
	static const unsigned int ttls[] = { 2, 3, 31, 32, 63, 64, 128, 254 };
	static const unsigned int masks[] = { 0x1, 0x3, 0xf, 0xf0, 0xff, 0xff00, 0xffffffff };
	unsigned int low = chance_below(6);

	switch (what) {
	case 'm':
		fprintf(out, "%#x", chance_one_in(4) ? chance_below(0xffff) : chance_below(18));
		break;
	case 'x':
		fprintf(out, "%#x", masks[chance_below(7)]);
		break;
	case 'l':
		fprintf(out, "%u", lengths[low]);
		break;
	case 'L':
		fprintf(out, "%u-%u", lengths[low], lengths[low + 1]);
		break;
	case 't':
		fprintf(out, "%u", ttls[chance_below(8)]);
		break;
	case 'd':
		fprintf(out, "%u", chance_one_in(2) ? 0 : chance_below(64));
		break;
	}
}

static void fill_word(FILE *out, char what)
{
	static const char *const links[] = { LEFT_LINK, RIGHT_LINK, "lo" };
	static const char *const nots[] = { "", "", "!= " };
	static const char *const compares[] = { "", "", "!= ", "< ", "> ", "<= ", ">= " };
	static const char *const bangs[] = { "", "", "! " };

	switch (what) {
	case 'i':
		fputs(ONE_OF(links), out);
		break;
	case 'o':
		fputs(ONE_OF(nots), out);
		break;
	case 'c':
		fputs(ONE_OF(compares), out);
		break;
	case '!':
		fputs(ONE_OF(bangs), out);
		break;
	}
}

static void fill_one(const struct fill *fill, FILE *out, char what)
{
	switch (what) {
	case 'a':
		put_address(fill, out, chance_below(POOL));
		break;
	case 'n':
		fill_net(fill, out);
		break;
	case 'r':
		fill_range(fill, out, false, '-');
		break;
	case 'A':
		fill_addresses(fill, out);
		break;
	case 'p':
		fprintf(out, "%u", fill->rules->port[chance_below(POOL)]);
		break;
	case 'q':
		fill_range(fill, out, true, fill->rules->dialect == DIALECT_NFT ? '-' : ':');
		break;
	case 'P':
		fill_ports(fill, out, '-', ", ");
		break;
	case 'Q':
		fill_ports(fill, out, ':', ",");
		break;
	case 's':
	case 'S':
		fill_states(out, what == 'S');
		break;
	case 'f':
	case 'F':
		fill_flags(out, what == 'F');
		break;
	case 'R':
	case 'M':
		fill_own(fill, out, what == 'M');
		break;
	default:
		fill_number(out, what);
		fill_word(out, what);
	}
}

/**
 * fill_template() - a template becomes part of a rule
 * @fill: what with
 * @template: see the top of this file
 * @text: to write
 * @room: bytes of it
 */
void fill_template(const struct fill *fill, const char *template, char *text, size_t room)
{
	FILE *out = fmemopen(text, room, "w");

	if (!out)
		die("memory");
	for (; *template; template++) {
		if (*template != '%')
			fputc(*template, out);
		else
			fill_one(fill, out, *++template);
	}
	fclose(out);
}
