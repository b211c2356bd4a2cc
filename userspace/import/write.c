// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The site file.  What comes from outside gets into it as a checked name, an
 * address, a number, or quoted in a comment.
 */
#include "import/write.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/preset.h"
#include "import/quote.h"

#define COMMENT_WIDTH	78
/* site_keys.c: more than Amanda takes. */
#define MAXDUMPS_MAX	63
#define SECONDS_MAX	604800

/**
 * struct common - what most clients have
 * @auth: their auth, or NULL
 * @index: they send an index
 * @maxdumps: theirs
 * @port: their client-port; 0 for the usual one
 */
struct common {
	const struct auth *auth;
	bool index;
	unsigned int maxdumps;
	uint16_t port;
};

static void comment_word(FILE *out, const char *word, size_t length, size_t *column)
{
	if (!*column) {
		putc('#', out);
		*column = 1;
	} else if (*column + 1 + length > COMMENT_WIDTH) {
		fputs("\n#", out);
		*column = 1;
	}
	putc(' ', out);
	quote_bytes(out, word, length);
	*column += 1 + length;
}

/* Words, folded. */
static void comment(FILE *out, const char *text)
{
	size_t length, column = 0;

	for (; *text; text += length + strspn(text + length, " ")) {
		length = strcspn(text, " ");
		comment_word(out, text, length, &column);
	}
	putc('\n', out);
}

static void key(FILE *out, const char *name, const char *format, ...)
	__attribute__((__format__(__printf__, 3, 4)));

static void key(FILE *out, const char *name, const char *format, ...)
{
	va_list args;

	fprintf(out, "%-13s = ", name);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	putc('\n', out);
}

static void write_range(FILE *out, const char *name, struct range range, const char *amandas)
{
	char text[12];

	if (!range.low)
		return;
	range_print(range, text);
	key(out, name, "%-12s # %s", text, amandas);
}

static unsigned int clamp(unsigned int value, unsigned int most)
{
	return value < 1 ? 1 : value > most ? most : value;
}

static unsigned int maxdumps_of(const struct machine *machine)
{
	return clamp(machine->known.maxdumps, MAXDUMPS_MAX);
}

static bool is_written(const struct machine *machine)
{
	return machine->client && !machine->why;
}

static bool same(const struct machine *machine, const struct machine *other)
{
	return machine_auth(machine) == machine_auth(other) &&
	       machine->known.index == other->known.index &&
	       maxdumps_of(machine) == maxdumps_of(other) &&
	       machine_port(machine) == machine_port(other);
}

#define KINDS	16

/* The kind of client that there are most of; of a motley site, of the first few kinds. */
static struct common common_of(const struct machines *machines)
{
	const struct machine *kind[KINDS] = { NULL }, *machine;
	unsigned int count[KINDS] = { 0 };
	size_t best = 0, i, j;

	for (i = 0; i < machines->count; i++) {
		machine = &machines->list[i];
		if (!is_written(machine) || !machine->known.disks)
			continue;
		for (j = 0; j < KINDS - 1 && kind[j] && !same(kind[j], machine); j++)
			;
		if (!kind[j])
			kind[j] = machine;
		if (++count[j] > count[best])
			best = j;
	}
	if (!kind[best])
		return (struct common) { .index = true, .maxdumps = 1 };
	return (struct common) {
		machine_auth(kind[best]), kind[best]->known.index,
		maxdumps_of(kind[best]), machine_port(kind[best]),
	};
}

static struct range or_default(struct range range)
{
	/* conffile.c, init_defaults(): IPPORT_RESERVED/2 and IPPORT_RESERVED-1 */
	return range.low ? range : (struct range) { 512, 1023 };
}

static struct range or_all(struct range range)
{
	return range.low ? range : (struct range) { 1024, 65535 };
}

static bool is_built(const struct amanda *amanda, const struct preset *preset)
{
	return range_equal(or_default(amanda->built_udp), preset->udp) &&
	       range_equal(or_all(amanda->built_tcp), preset->tcp) &&
	       range_equal(or_default(amanda->built_low_tcp), preset->low_tcp) &&
	       amanda->ipv6 == preset->ipv6;
}

static bool preset_fits(const struct preset *preset, const struct machines *machines)
{
	const struct auth *auth;
	size_t i, j;

	for (i = 0; i < machines->count; i++) {
		const struct machine *machine = &machines->list[i];

		auth = machine->client ? machine_auth(machine) : NULL;
		if (auth && !preset_has_auth(preset, auth))
			return false;
		for (j = 0; j < machine->count; j++)
			if (!machine->gateway && !preset->ipv6 &&
			    machine->address[j].family == AF_INET6)
				return false;
	}
	return true;
}

static const struct preset *preset_of(const struct report *report)
{
	static const char *const names[] = { "debian", "zmanda", "enterprise", "upstream" };
	const struct preset *preset;
	size_t i;

	if (!report->amanda->built_known)
		return NULL;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		preset = preset_find(names[i]);
		if (preset && is_built(report->amanda, preset))
			return preset_fits(preset, report->machines) ? preset : NULL;
	}
	return NULL;
}

static void write_head(const struct report *report, FILE *out)
{
	size_t i;

	fputs("# The site of the Amanda configuration ", out);
	quote_bytes(out, report->config, strlen(report->config));
	fputs(", written by \"amfwctl import\".\n", out);
	comment(out, "The clients' own port ranges stand in their amanda-client.conf, out of "
	"sight from here: they are taken to be those of the server. A client that differs gets "
	"udp-ports and tcp-ports in its section.");
	for (i = 0; i < report->advice->count; i++) {
		fputs("#\n# Warning:\n", out);
		comment(out, report->advice->text[i]);
	}
	putc('\n', out);
}

static void write_waits(const struct report *report, FILE *out)
{
	unsigned int seconds = estimate_seconds(report->amanda, report->machines, NULL);

	if (seconds)
		key(out, "etimeout", "%-12u # seconds, for all disks of a client",
		    clamp(seconds, SECONDS_MAX));
	if (report->amanda->dtimeout > 0)
		key(out, "dtimeout", "%u", clamp((unsigned int)report->amanda->dtimeout,
						 SECONDS_MAX));
}

static void write_site(const struct report *report, const struct common *common, FILE *out)
{
	const struct amanda *amanda = report->amanda;
	const struct preset *preset = preset_of(report);

	fputs("[site]\n", out);
	if (preset)
		key(out, "preset", "%s", preset->name);
	if (common->auth)
		key(out, "auth", "%s", common->auth->name);
	write_range(out, "udp-ports", amanda->udp, "reserved-udp-port");
	write_range(out, "tcp-ports", amanda->tcp, "unreserved-tcp-port");
	write_range(out, "low-tcp-ports", amanda->low_tcp, "reserved-tcp-port");
	if (common->port)
		key(out, "client-port", "%u", common->port);
	key(out, "index", "%s", common->index ? "yes" : "no");
	key(out, "recovery", "yes");
	if (report->amanda->client_dump)
		key(out, "client-dump", "%-12s # .amandahosts lets clients start one", "yes");
	key(out, "maxdumps", "%u", common->maxdumps);
	write_waits(report, out);
}

static void write_address(const struct address *address, bool with_length, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	address_print(address, text);
	fputs(text, out);
	if (with_length)
		fprintf(out, "/%u", address->prefix);
}

/* inih refuses long lines: a few addresses to each. */
static void write_addresses(const struct machine *machine, FILE *out)
{
	size_t i;

	for (i = 0; i < machine->count; i++) {
		fputs(i % 4 ? " " : "address       = ", out);
		write_address(&machine->address[i], machine->server || machine->gateway, out);
		if (i % 4 == 3 || i + 1 == machine->count)
			putc('\n', out);
	}
	if (machine->blank)
		fputs("#address       =\n", out);
}

static void write_role(const struct machine *machine, FILE *out)
{
	key(out, "role", "%s%s%s%s%s", machine->server ? "server" : "",
	    machine->server && machine->gateway ? " " : "", machine->gateway ? "gateway" : "",
	    machine->client && (machine->server || machine->gateway) ? " " : "",
	    machine->client ? "client" : "");
}

static void write_interface(const struct own *own, size_t first, FILE *out)
{
	const char *name = own->addresses[first].interface;
	const struct own_address *world[] = {
		own_default(own, AF_INET), own_default(own, AF_INET6),
	};
	size_t i;

	for (i = 0; i < first; i++)
		if (own->addresses[i].used && !strcmp(own->addresses[i].interface, name))
			return;
	fprintf(out, "%-13s = %s", "interface", name);
	for (i = first; i < own->count; i++) {
		if (!own->addresses[i].used || strcmp(own->addresses[i].interface, name))
			continue;
		putc(' ', out);
		write_address(&own->addresses[i].address, false, out);
	}
	if ((world[0] && !strcmp(world[0]->interface, name)) ||
	    (!world[0] && world[1] && !strcmp(world[1]->interface, name)))
		fputs(" default", out);
	putc('\n', out);
}

static void write_interfaces(const struct machines *machines, FILE *out)
{
	size_t i;

	for (i = 0; machines->interfaces && i < machines->own.count; i++)
		if (machines->own.addresses[i].used)
			write_interface(&machines->own, i, out);
}

static void write_differences(const struct machine *machine, const struct common *common,
			      FILE *out)
{
	const struct auth *auth = machine_auth(machine);
	uint16_t port = machine_port(machine);

	if (auth && auth != common->auth)
		key(out, "auth", "%s", auth->name);
	if (port != common->port && (port || auth))
		key(out, "client-port", "%u", port ? port : auth->port);
	if (machine->known.index != common->index)
		key(out, "index", "%s", machine->known.index ? "yes" : "no");
	if (maxdumps_of(machine) != common->maxdumps)
		key(out, "maxdumps", "%u", maxdumps_of(machine));
}

/* What covers the ranges for sending backups and for listening to restores. */
static void write_server_range(const struct amanda *amanda, FILE *out)
{
	struct range tcp = amanda->tcp, client = amanda->client_tcp;

	if (!tcp.low || !client.low || range_equal(tcp, client) || !ranges_meet(tcp, client))
		return;
	tcp.low = client.low < tcp.low ? client.low : tcp.low;
	tcp.high = client.high > tcp.high ? client.high : tcp.high;
	write_range(out, "tcp-ports", tcp, "amanda.conf and amanda-client.conf");
}

static void write_nat(const struct machine *machine, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	if (machine->gateway->masquerade.family == AF_UNSPEC)
		return;
	address_print(&machine->gateway->masquerade, text);
	key(out, "nat", "masquerade %s", text);
	comment(out, "Restores from its far side need: nat = forward ADDRESS:10080 -> SERVER");
}

static void write_names(const struct machine *machine, FILE *out)
{
	if (machine->known.name && strcmp(machine->known.name, machine->name)) {
		fputs("# in the disklist: ", out);
		quote_bytes(out, machine->known.name, strlen(machine->known.name));
		putc('\n', out);
	}
	if (machine->others) {
		fputs("# in the disklist also: ", out);
		quote_bytes(out, machine->others, strlen(machine->others));
		putc('\n', out);
	}
}

static void write_left_out(const struct machine *machine, FILE *out)
{
	const char *name = machine->known.name ? machine->known.name : machine->name;

	fputs("\n# ", out);
	quote_bytes(out, name, strlen(name));
	fprintf(out, " (line %u of the disklist) is left out: %s\n", machine->known.line,
		machine->why);
	if (!machine->name[0])
		return;
	fprintf(out, "#[host %s]\n#address       =\n#role          = client\n", machine->name);
	if (machine_auth(machine))
		fprintf(out, "#auth          = %s\n", machine_auth(machine)->name);
}

static void write_machine(const struct report *report, const struct machine *machine,
			  const struct common *common, FILE *out)
{
	if (machine->why && !machine->server) {
		write_left_out(machine, out);
		return;
	}
	fprintf(out, "\n[host %s]\n", machine->name);
	write_names(machine, out);
	write_addresses(machine, out);
	write_role(machine, out);
	if (machine->server) {
		write_interfaces(report->machines, out);
		write_server_range(report->amanda, out);
	}
	if (machine->gateway)
		write_nat(machine, out);
	if (machine->client && machine->known.disks)
		write_differences(machine, common, out);
}

static bool is_near(const struct machine *machine, const struct machine *server)
{
	size_t i, j;

	for (i = 0; i < machine->count; i++)
		for (j = 0; j < server->count; j++)
			if (address_in_net(&machine->address[i], &server->address[j]))
				return true;
	return !machine->count;
}

/* Amanda knows nothing of gateways. */
static void write_gateway_hint(const struct machines *machines, FILE *out)
{
	char hop[INET6_ADDRSTRLEN] = "ADDRESS";
	struct address router;
	unsigned int far = 0;
	size_t i;

	for (i = 0; i < machines->count; i++) {
		if (machines->list[i].gateway)
			return;
		far += is_written(&machines->list[i]) &&
		       !is_near(&machines->list[i], &machines->list[0]);
	}
	if (!far)
		return;
	if (own_router(&router))
		address_print(&router, hop);
	fprintf(out, "\n# %u clients lie behind a router.  If it filters, it belongs to the "
	"site, with its\n"
		"# addresses on all sides (see also --gateway):\n"
		"#[host gateway]\n"
		"#address       = %s/24 ADDRESS/24\n"
		"#role          = gateway\n"
		"#nat           = masquerade ADDRESS\n", far, hop);
}

/**
 * site_write() - write the site file
 * @report: what from
 * @out: where
 */
void site_write(const struct report *report, FILE *out)
{
	const struct common common = common_of(report->machines);
	size_t i;

	write_head(report, out);
	write_site(report, &common, out);
	for (i = 0; i < report->machines->count; i++)
		write_machine(report, &report->machines->list[i], &common, out);
	write_gateway_hint(report->machines, out);
}
