// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats around a firewall: modules, sysctl, conntrackd, SELinux, ssh, sudo, ... */
#include <errno.h>
#include <stdio.h>

#include "emit/demand.h"
#include "emit/emit.h"
#include "emit/public_key.h"
#include "emit/ssh_access.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

#define BSD "[site]\nauth = bsd\n"
#define BASE "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY
#define SSH "[site]\nauth = ssh\n" SERVER CLIENT PLAIN_GATEWAY
#define PC "[host p]\nrole = backuppc\naddress = 10.1.0.9\n"
#define BOTH "[site]\nauth = ssh\nbackuppc = ssh\n" SERVER CLIENT PLAIN_GATEWAY PC
#define SIX BSD "[host s]\nrole = server\naddress = 2001:db8:1::2\n" \
	"[host c]\nrole = client\naddress = 2001:db8:2::2\n" \
	"[host g]\nrole = gateway\naddress = 2001:db8:1::1 2001:db8:2::1\n"
/* As long as the shortest that there is. */
#define DATA "AAAAC3NzaC1lZDI1NTE5AAAAIJ3u0Yd0S6mUJ3cYb6zj4n5g2Hq1yZk8w0QmZ8Xx1abc"

#define WITH { .helper = "amanda" }
#define WITHOUT { .helper = NULL }

static char *text_for(const char *site, const char *host, const char *format,
		      const struct plan_options *options, int err)
{
	return written(&(struct written_for){
		.site = site, .host = host, .format = format, .options = options, .err = err });
}

#define MATCHES_MAX	6

static const struct content {
	const char *site, *host, *format;
	struct plan_options options;
	int err;
	const char *has[MATCHES_MAX], *lacks[MATCHES_MAX];
} contents[] = {
	{ BASE, "g", "modprobe", WITH, 0,
	  { "\noptions nf_conntrack_amanda master_timeout=21600 ports=50000-50100\n",
	    "\nsoftdep nf_conntrack_amanda post: nf_nat_amanda\n",
	    "\n# s to c: dumper DATA MESG INDEX STATE" },
	  { "helper_name", "expect_hashsize", "gaps" } },
	{ BASE, "g", "modprobe", { .helper = "other" }, 0, { " helper_name=other\n" }, { NULL } },
	{ BASE, "g", "modprobe", WITHOUT, 0, { "nothing to say" }, { "\noptions", "\nsoftdep" } },
	{ SSH, "g", "modprobe", WITH, 0, { "nothing to say" }, { "\noptions" } },
	{ BASE "[host d]\nrole = client\naddress = 10.2.0.3\ntcp-ports = 50101-50200\n"
	  "etimeout = 30000\n", "g", "modprobe", WITH, 0,
	  { "master_timeout=30000 ports=50000-50200\n" }, { NULL } },
	{ BASE, "g", "modules-load", WITH, 0, { "\nnf_conntrack_amanda\n" }, { "\nnf_nat" } },
	{ BASE "nat = masquerade 10.2.0.1\n", "g", "modules-load", WITH, 0,
	  { "\nnf_conntrack_amanda\n", "\nnf_nat_amanda\n" }, { NULL } },
	{ BASE, "g", "modules-load", WITHOUT, 0, { "\nnf_conntrack\n" }, { "nf_conntrack_amanda" } },
	{ BASE, "g", "sysctl", WITH, 0,
	  { "\nnet.ipv4.ip_forward = 1\n", "expect_max = 4096\n", "\n#net.netfilter.nf_conntrack_helper" },
	  { "ipv6", "\nnet.netfilter.nf_conntrack_udp" } },
	{ SIX, "g", "sysctl", WITH, 0, { "\nnet.ipv6.conf.all.forwarding = 1\n" }, { "ip_forward" } },
	{ BASE, "c", "sysctl", WITHOUT, 0,
	  { "\nnet.netfilter.nf_conntrack_udp_timeout = 21600\n",
	    "\nnet.netfilter.nf_conntrack_udp_timeout_stream = 21600\n" },
	  { "forward", "expect_max" } },
	{ SSH, "c", "sysctl", WITHOUT, 0, { "nf_conntrack_max" }, { "udp_timeout", "expect" } },
	{ BASE, "g", "conntrackd", WITH, 0,
	  { "\t\tExpectationSync {\n\t\t\tamanda\n\t\t}", "ADDRESS-OF-THIS-GATEWAY", "\t\t\tUDP\n",
	    "\tHashSize 32768\n\tHashLimit 131072\n" }, { "Type amanda inet", "\nHelper" } },
	{ BASE, "g", "conntrackd", { .helper = "other", .sync = "eth2,192.0.2.1,192.0.2.2" }, 0,
	  { "\t\t\tother\n", "\t\tIPv4_address 192.0.2.1\n\t\tIPv4_Destination_Address 192.0.2.2\n",
	    "\t\tInterface eth2\n", "\t\t\tIPv4_address 192.0.2.2\n" }, { "FILLED" } },
	{ BASE, "g", "conntrackd", { .sync = "sync0,2001:db8::1,2001:db8::2" }, 0,
	  { "\t\tIPv6_address 2001:db8::1\n\t\tIPv6_Destination_Address 2001:db8::2\n" },
	  { "ExpectationSync {", "FILLED" } },
	{ BASE, "c", "conntrackd", WITH, -EINVAL, { "and c is none", "[host c]\n      ^" }, { NULL } },
	{ BASE, "g", "conntrackd", { .sync = "eth2" }, -EINVAL, { "--sync \"eth2\": not" }, { NULL } },
	{ BASE, "g", "conntrackd", { .sync = "eth2,192.0.2.1" }, -EINVAL, { "not INT" }, { NULL } },
	{ BASE, "g", "conntrackd", { .sync = "e h,192.0.2.1,192.0.2.2" }, -EINVAL, { "not INT" },
	  { NULL } },
	{ BASE, "g", "conntrackd", { .sync = "eth2,192.0.2.1,2001:db8::1" }, -EINVAL, { "not INT" },
	  { NULL } },
	{ BASE, "g", "conntrackd", { .sync = "eth2,192.0.2.1,192.0.2.1" }, -EINVAL, { "not INT" },
	  { NULL } },
	{ BASE, "g", "conntrackd", { .sync = "eth2,192.0.2.1,192.0.2.2}" }, -EINVAL, { "not INT" },
	  { NULL } },
	{ BASE, "g", "sysconfig", WITH, 0,
	  { "\nIPTABLES_MODULES=\"nf_conntrack_amanda nf_nat_amanda\"\n",
	    "\nIP6TABLES_SAVE_ON_STOP=\"no\"\n", "\n\t10.1.0.2,10.2.0.2,udp,10080\"",
	    "iptables -t raw -A PREROUTING -s 10.1.0.2 -d 10.2.0.2 -p udp --sport 840:860 --dport 10080 -j CT --helper amanda\n" },
	  { "tcp,50000", "translates" } },
	{ BASE, "g", "sysconfig", WITHOUT, 0, { ",tcp,50000:50100" }, { "_MODULES=", "CT --helper" } },
	{ BASE, "c", "sysconfig", WITH, 0,
	  { "\n\t10.1.0.2,udp,10080,840:860\"", "\n\t10.1.0.2,tcp,50000:50100,50000:50100\"",
	    "FW_SERVICES_ACCEPT_RELATED_EXT=" }, { "FW_FORWARD" } },
	{ BASE "nat = masquerade 10.2.0.1\n", "g", "sysconfig", WITH, 0,
	  { "gateway translates addresses" }, { "FW_MASQ" } },
	{ BASE, "c", "selinux", WITH, 0,
	  { "#!/bin/sh\n", "\nlabel tcp 50000-50100\n", "(allow amanda_t amanda_port_t" },
	  { "10080" } },
	{ BASE, "s", "selinux", WITH, 0, { "\nlabel tcp 50000-50100\n" }, { "\nlabel udp" } },
	{ BASE, "g", "selinux", WITH, 0, { "no port that the policy does not know" }, { "label" } },
	{ BSD "client-port = 11111\n" SERVER CLIENT, "c", "selinux", WITH, 0,
	  { "\nlabel udp 11111\n" }, { NULL } },
	{ BSD "tcp-ports = 11000-65535\n" SERVER CLIENT, "c", "selinux", WITH, 0,
	  { "too wide" }, { "\nlabel" } },
	{ SSH, "c", "selinux", WITH, 0, { "no port that" }, { "label" } },
	{ SSH, "c", "authorized_keys", WITH, 0,
	  { "\nrestrict,from=\"10.1.0.2\",command=\"/usr/lib/amanda/amandad -auth=ssh amdump restore senddiscover\" ",
	    " PUT-ITS-PUBLIC-KEY-HERE s\n", "~backup/" }, { "amindexd", "backuppc" } },
	{ SSH, "s", "authorized_keys", WITH, 0,
	  { "from=\"10.2.0.2\",command=\"/usr/lib/amanda/amandad -auth=ssh amindexd amidxtaped\" " },
	  { " amdump" } },
	{ SSH "nat = masquerade 10.2.0.1\n", "c", "authorized_keys", WITH, 0,
	  { "from=\"10.2.0.1\"" }, { "10.1.0.2" } },
	{ "[site]\nauth = ssh\npreset = upstream\nrecovery = no\n" SERVER CLIENT, "c",
	  "authorized_keys", WITH, 0,
	  { "~amandabackup/", "/usr/libexec/amanda/amandad -auth=ssh amdump senddiscover\"" },
	  { "restore" } },
	{ BOTH, "c", "authorized_keys", WITH, 0,
	  { "==> etc/ssh/authorized_keys.d/backup <==", "==> etc/ssh/authorized_keys.d/backuppc <==",
	    "\nrestrict,from=\"10.1.0.9\",command=\"sudo -n /usr/bin/rrsync -ro /\" " }, { NULL } },
	{ BASE, "c", "authorized_keys", WITH, -EINVAL, { "nobody backs c up over ssh" }, { NULL } },
	{ BOTH, "c", "sudoers", WITH, 0,
	  { "\nCmnd_Alias AMFW_READ = /usr/bin/rrsync -ro /\n", "\n# For: p\n",
	    "\nAMFW_BACKUPPC ALL=(root) NOPASSWD: AMFW_READ\n" }, { "*", "NOPASSWD: ALL" } },
	{ SSH, "c", "sudoers", WITH, -EINVAL, { "Amanda needs no sudo" }, { NULL } },
	{ BASE, "g", "ansible", WITH, 0,
	  { "==> inventory.yml <==", "        \"g\":\n          ansible_host: \"10.1.0.1\"\n",
	    "        \"s\":\n", "==> amfw.yml <==", "systemd-run", "wait_for_connection" }, { "\t-" } },
	{ BASE "[host i]\nrole = gateway\naddress = 10.9.0.1 10.8.0.1\n", "g", "ansible", WITH, 0,
	  { "\"c\":\n" }, { "\"i\":\n" } },
};

START_TEST(writes)
{
	const struct content *one = &contents[_i];
	char *text = text_for(one->site, one->host, one->format, &one->options, one->err);

	text_has(text, one->has, MATCHES_MAX);
	text_lacks(text, one->lacks, MATCHES_MAX);
	free(text);
}
END_TEST

static const char *const formats[] = {
	"ansible", "authorized_keys", "conntrackd", "modprobe", "modules-load", "selinux",
	"sudoers", "sysconfig", "sysctl",
};

/* Names that come from elsewhere than a site file; each format for each machine. */
START_TEST(names_do_not_inject)
{
	static const char *const evil[] = {
		"x\"; touch /e #", "x\ntouch /e", "x$(touch /e)`touch /e`", "{{ touch /e }}: [",
		"x'\n- touch /e: |", "x\\\",command=\"touch /e", "x\r\ttouch /e",
	};
	static const struct plan_options options = WITH;
	static const char *const hosts[] = { "s", "c", "g", "p" };
	size_t i, j;
	char *text, *at;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		for (j = 0; j < sizeof(hosts) / sizeof(*hosts); j++) {
			bool gateway = *hosts[j] == 'g';
			int err = (!strcmp(formats[i], "conntrackd") && !gateway) ||
				  (!strcmp(formats[i], "authorized_keys") &&
				   (gateway || *hosts[j] == 'p')) ||
				  (!strcmp(formats[i], "sudoers") && *hosts[j] != 'c') ? -EINVAL : 0;

			text = written(&(struct written_for){
				.site = BOTH, .host = hosts[j], .format = formats[i],
				.options = &options, .renamed = evil[_i], .err = err });
			/* "touch" stands there, in a comment or a name, and nothing around it. */
			for (at = err ? NULL : strstr(text, "touch"); at; at = strstr(at + 1, "touch"))
				ck_assert_msg(at > text && strchr(" _(", at[-1]) && !strchr("(`\"\n", at[-2]) &&
					      !memcmp(at + 5, at[5] == ' ' ? " /e" : "__e", 3),
					      "%s: %.*s", formats[i], 60, at - 20);
			ck_assert(err || !strstr(text, "\ntouch"));
			ck_assert(err || !strstr(text, "$(touch"));
			ck_assert(err || !strstr(text, "{{ touch"));
			free(text);
		}
	}
}
END_TEST

/* Whatever goes over ssh has to be let in by name, or amandad refuses it. */
START_TEST(every_operation_is_asked_for)
{
	size_t i;

	for (i = 0; i < operation_count; i++) {
		const struct auth *over = operations[i].over;
		bool ssh = over ? !strcmp(over->name, "ssh") : true;

		ck_assert_msg(!!ssh_service_of(&operations[i]) == ssh, "%s", operations[i].name);
	}
}
END_TEST

static const struct {
	const char *lines;
	int err;
	const char *complaint;
} key_files[] = {
	{ "ssh-ed25519 " DATA " root@s\n", 0, "" },
	{ "# two\n\necdsa-sha2-nistp256 " DATA "= root@s\r\nssh-rsa " DATA " c", 0, "" },
	{ "", -EINVAL, "no public key" },
	{ "# nothing\n", -EINVAL, "no public key" },
	{ "\n-----BEGIN OPENSSH PRIVATE KEY-----\n", -EINVAL, "k:2:1-1: Error: a private key" },
	{ "ssh-ed25519 AAAA\n", -EINVAL, "k:1:1-1: Error: not a public key" },
	{ "restrict ssh-ed25519 " DATA "\n", -EINVAL, "not a public key" },
	{ "command=\"x\" ssh-ed25519 " DATA "\n", -EINVAL, "not a public key" },
	{ "ssh-ed25519 " DATA "\"$(x) root@s\n", -EINVAL, "not a public key" },
	{ "ssh-ed25519\n", -EINVAL, "not a public key" },
};

static int keys_of(struct public_keys *keys, const char *text, char **complaints)
{
	size_t size;
	FILE *input = fmemopen((void *)(uintptr_t)text, strlen(text) + !*text, "r");
	FILE *errors = open_memstream(complaints, &size);
	int err;

	if (!*text)
		fgetc(input);
	err = public_keys_read(keys, input, "k", errors);
	fclose(input);
	fclose(errors);
	return err;
}

START_TEST(key_file)
{
	struct public_keys keys;
	char *complaints;

	ck_assert_int_eq(keys_of(&keys, key_files[_i].lines, &complaints), key_files[_i].err);
	ck_assert_msg(strstr(complaints, key_files[_i].complaint), "%s", complaints);
	public_keys_free(&keys);
	free(complaints);
}
END_TEST

START_TEST(keys_by_owner)
{
	struct plan_options options = WITH;
	struct public_keys keys;
	char *complaints, *text;

	ck_assert_int_eq(keys_of(&keys, "ssh-ed25519 " DATA "Q root@s\nssh-ed25519 " DATA "w c x\n",
				 &complaints), 0);
	options.keys = &keys;
	text = text_for(SSH, "c", "authorized_keys", &options, 0);
	ck_assert_msg(strstr(text, " ssh-ed25519 " DATA "Q s\n"), "%s", text);
	free(text);
	text = text_for(SSH, "s", "authorized_keys", &options, 0);
	ck_assert_msg(strstr(text, " ssh-ed25519 " DATA "w c\n"), "%s", text);
	free(text);
	text = text_for(BOTH, "c", "authorized_keys", &options, -EINVAL);
	ck_assert_msg(strstr(text, "no key of p, as in"), "%s", text);
	free(text);
	public_keys_free(&keys);
	free(complaints);
	/* One key is everybody's. */
	ck_assert_int_eq(keys_of(&keys, "ssh-ed25519 " DATA " nobody\n", &complaints), 0);
	text = text_for(BOTH, "c", "authorized_keys", &options, 0);
	ck_assert_msg(strstr(text, DATA " s\n") && strstr(text, DATA " p\n"), "%s", text);
	free(text);
	public_keys_free(&keys);
	free(complaints);
}
END_TEST

/* Clients with ranges of their own, of which the module takes eight. */
START_TEST(ranges_join)
{
	static const struct plan_options options = WITH;
	struct amanda_ports ports;
	char *site, *text, *line;
	size_t size;
	FILE *out = open_memstream(&site, &size);
	int i;

	fputs(BSD "recovery = no\n" SERVER PLAIN_GATEWAY, out);
	for (i = 1; i <= 10; i++)
		fprintf(out, "[host c%d]\nrole = client\naddress = 10.2.0.%d\ntcp-ports = %d-%d\n",
			i, i + 1, 2000 * i + (i == 3 ? -1900 : 0) + (i == 7 ? 1500 : 0), 2000 * i + 50 +
			(i == 7 ? 1500 : 0));
	fclose(out);
	text = text_for(site, "g", "modprobe", &options, 0);
	line = strstr(text, " ports=");
	ck_assert_msg(line, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "smallest gaps"));
	ck_assert(amanda_ports_parse(&ports, strtok(line + 7, " \n")));
	ck_assert_uint_eq(ports.count, 8);
	for (i = 1; i <= 10; i++)
		ck_assert(amanda_ports_allow(&ports, 1024, (__u16)(2000 * i + 50 + (i == 7 ? 1500 : 0))));
	/* The gaps of 49 and 449 ports are the smallest. */
	ck_assert(amanda_ports_allow(&ports, 1024, 4075));
	ck_assert(amanda_ports_allow(&ports, 1024, 15800));
	ck_assert(!amanda_ports_allow(&ports, 1024, 7000));
	ck_assert(!amanda_ports_allow(&ports, 1024, 17000));
	ck_assert(!amanda_ports_allow(&ports, 1024, 20051));
	free(text);
	free(site);
}
END_TEST

/* What there may be at the same time grows with the clients, and the figures with it. */
START_TEST(many_clients)
{
	static const struct plan_options options = WITH;
	char *site, *text;
	size_t size;
	FILE *out = open_memstream(&site, &size);
	int i;

	fputs(BSD "recovery = no\nmaxdumps = 10\n" SERVER PLAIN_GATEWAY, out);
	for (i = 0; i < 200; i++)
		fprintf(out, "[host c%d]\nrole = client\naddress = 10.2.0.%d\n", i, i + 2);
	fclose(out);
	text = text_for(site, "g", "sysctl", &options, 0);
	ck_assert_msg(strstr(text, "# Up to 8000 streams may"), "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "expect_max = 8192\n"));
	free(text);
	text = text_for(site, "g", "modprobe", &options, 0);
	ck_assert_ptr_nonnull(strstr(text, "\noptions nf_conntrack expect_hashsize=2048\n"));
	free(text);
	free(site);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_loop_test(tests, writes, 0, sizeof(contents) / sizeof(*contents));
	tcase_add_loop_test(tests, names_do_not_inject, 0, 7);
	tcase_add_test(tests, every_operation_is_asked_for);
	tcase_add_loop_test(tests, key_file, 0, sizeof(key_files) / sizeof(*key_files));
	tcase_add_test(tests, keys_by_owner);
	tcase_add_test(tests, ranges_join);
	tcase_add_test(tests, many_clients);
}

int main(void)
{
	return suite_main("small_formats", add_tests);
}
