// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan as files of firewalld: services, a helper, sets and policies; and as
 * a script of firewall-cmd lines that does the same.
 *
 * What firewalld cannot say: it lets through all that any helper expected, not
 * only this one's streams inside their range.  Its masquerade takes the first
 * address of the interface and no range of ports, so a source port that is in
 * use already may move to another one of 600 to 1023.  And a packet that it
 * translated passes no policy, in which its helpers are set: that takes a line
 * of its direct interface.
 */
#include <errno.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/firewalld.h"

#define FOLDER		"etc/firewalld/"
#define DECLARATION	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

/**
 * firewalld_comment() - write a line of comment
 * @text: without line ends
 * @out: where to
 * @xml: as XML, which knows no "--" inside; else for a shell
 */
void firewalld_comment(const char *text, FILE *out, bool xml)
{
	char last = '\0';

	fputs(xml ? "<!-- " : "# ", out);
	for (; *text; text++) {
		char c = xml && *text == '-' && last == '-' ? '_' : *text;

		fputc(c, out);
		last = c;
	}
	fputs(xml ? " -->\n" : "\n", out);
}

/**
 * firewalld_serves() - is a rule of the plan let through as a service?
 * @plan: the plan
 * @rule: the rule
 *
 * Return: true for the first one of those with these ports.
 */
bool firewalld_serves(const struct plan *plan, const struct rule *rule)
{
	const struct rule *before;

	if (rule->action != ACT_ACCEPT || !firewalld_writes(plan, rule))
		return false;
	for (before = plan->rules; before < rule; before++)
		if (before->action == ACT_ACCEPT && firewalld_writes(plan, before) &&
		    before->protocol == rule->protocol && range_equal(before->dport, rule->dport))
			return false;
	return true;
}

/**
 * firewalld_service_name() - the service that a rule's packets are for
 * @rule: the rule
 * @name: receives the name
 */
void firewalld_service_name(const struct rule *rule, char name[FIREWALLD_SERVICE_NAME])
{
	char ports[12];

	range_print(rule->dport, ports);
	snprintf(name, FIREWALLD_SERVICE_NAME, "amfw-%s-%s", firewalld_protocol(rule->protocol),
		 ports);
}

/**
 * firewalld_service_helped() - does the helper belong to this service?
 * @plan: the plan
 * @rule: a rule of the service
 *
 * Return: true for control flows whose streams the helper opens.
 */
bool firewalld_service_helped(const struct plan *plan, const struct rule *rule)
{
	return plan->options.helper && rule->protocol == IPPROTO_UDP;
}

/**
 * firewalld_needs_helper() - is there such a service?
 * @plan: the plan
 *
 * Return: true where there is.
 */
bool firewalld_needs_helper(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (firewalld_serves(plan, &plan->rules[i]) &&
		    firewalld_service_helped(plan, &plan->rules[i]))
			return true;
	return false;
}

static bool host_has(const struct host *host, const struct address *address)
{
	size_t i;

	for (i = 0; i < host->address_count; i++)
		if (address_equal(&host->address[i], address))
			return true;
	return false;
}

static void put_direct(const struct rule *rule, const struct pair *pair, const char *helper,
		       FILE *out, bool xml)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	const char *family = rule->family == AF_INET ? "ipv4" : "ipv6";

	address_print(&pair->source, source);
	address_print(&pair->destination, destination);
	if (xml)
		fprintf(out, "  <rule ipv=\"%s\" table=\"raw\" chain=\"PREROUTING\" priority=\"0\">",
			family);
	else
		fprintf(out, "direct %s ", family);
	fprintf(out, "-s %s -d %s -p udp --sport %u:%u --dport %u:%u", source, destination,
		rule->sport.low, rule->sport.high, rule->dport.low, rule->dport.high);
	fprintf(out, " -m comment " FIREWALLD_MARK " -j CT --helper %s%s\n", helper,
		xml ? "</rule>" : "");
}

/**
 * firewalld_direct() - attach the helper to flows that are translated here
 * @plan: the plan
 * @out: where to; NULL to count only
 * @xml: as elements of direct.xml; else as calls of the script's function
 *
 * Return: how many lines there are.
 */
size_t firewalld_direct(const struct plan *plan, FILE *out, bool xml)
{
	const struct rule *rule = NULL;
	char comment[COMMENT_MAX];
	size_t count = 0, i;

	while ((rule = plan_next(plan, PLACE_TRACK_IN, rule))) {
		const struct pair_set *set = rule_pairs(plan, rule);

		for (i = 0; rule->action == ACT_HELPER && i < set->count; i++) {
			const struct pair *pair = &set->pairs[i];

			if (host_has(pair->responder, &pair->destination))
				continue;
			count++;
			if (!out)
				continue;
			rule_comment(plan, rule, pair, comment);
			fputs(xml ? "  " : "", out);
			firewalld_comment(comment, out, xml);
			put_direct(rule, pair, plan->options.helper, out, xml);
		}
	}
	return count;
}

static FILE *begin_file(struct output *output, const struct plan *plan, const char *path)
{
	FILE *out = output_file(output, path, 0644);
	char host[COMMENT_MAX];

	if (!out)
		return NULL;
	host_comment(plan->host, host);
	fputs(DECLARATION, out);
	firewalld_comment("Written by amfwctl generate, format firewalld; for:", out, true);
	firewalld_comment(host, out, true);
	return out;
}

static int put_service(struct output *output, const struct plan *plan, const struct rule *rule)
{
	char name[FIREWALLD_SERVICE_NAME], path[128], needs[COMMENT_MAX], ports[12];
	const char *protocol = firewalld_protocol(rule->protocol);
	FILE *out;

	firewalld_service_name(rule, name);
	snprintf(path, sizeof(path), FOLDER "services/%s.xml", name);
	out = begin_file(output, plan, path);
	if (!out)
		return -ENOMEM;
	rule_needs(rule, needs);
	range_print(rule->dport, ports);
	fprintf(out, "<service>\n  <short>Amanda, %s %s</short>\n"
		"  <description>For: %s.</description>\n"
		"  <port protocol=\"%s\" port=\"%s\"/>\n", protocol, ports, needs, protocol, ports);
	if (firewalld_service_helped(plan, rule))
		fputs("  <helper name=\"" FIREWALLD_HELPER "\"/>\n", out);
	fputs("</service>\n", out);
	return output_end(output);
}

static int put_services(struct output *output, const struct plan *plan)
{
	size_t i;
	int err = 0;

	for (i = 0; i < plan->count && !err; i++)
		if (firewalld_serves(plan, &plan->rules[i]))
			err = put_service(output, plan, &plan->rules[i]);
	return err;
}

static int put_helper(struct output *output, const struct plan *plan)
{
	FILE *out = begin_file(output, plan, FOLDER "helpers/" FIREWALLD_HELPER ".xml");
	char ports[12];
	size_t i;

	if (!out)
		return -ENOMEM;
	/* firewalld takes the helper's name from that of the module. */
	fprintf(out, "<helper module=\"nf_conntrack_%s\">\n"
		"  <short>Amanda's control flows</short>\n", plan->options.helper);
	for (i = 0; i < plan->count; i++) {
		const struct rule *rule = &plan->rules[i];

		if (!firewalld_serves(plan, rule) || !firewalld_service_helped(plan, rule))
			continue;
		range_print(rule->dport, ports);
		fprintf(out, "  <port protocol=\"udp\" port=\"%s\"/>\n", ports);
	}
	fputs("</helper>\n", out);
	return output_end(output);
}

struct files {
	struct output *output;
	const struct plan *plan;
};

/* More than the kernel's 65536 have to be asked for. */
#define MOST_MEMBERS	1048576

static int put_set(const struct firewalld_set *set, void *data)
{
	const struct files *files = data;
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), FOLDER "ipsets/%s.xml", set->name);
	out = begin_file(files->output, files->plan, path);
	if (!out)
		return -ENOMEM;
	fprintf(out, "<ipset type=\"%s\">\n", set->sport.high ? "hash:ip,port" : "hash:ip");
	if (set->family == AF_INET6)
		fputs("  <option name=\"family\" value=\"inet6\"/>\n", out);
	fprintf(out, "  <option name=\"maxelem\" value=\"%d\"/>\n", MOST_MEMBERS);
	firewalld_members(set, out, true);
	fputs("</ipset>\n", out);
	return output_end(files->output);
}

static int put_policy(struct output *output, const struct firewalld *fd,
		      const struct firewalld_policy *policy)
{
	char path[128];
	FILE *out;
	int err;

	snprintf(path, sizeof(path), FOLDER "policies/%s.xml", policy->name);
	out = begin_file(output, fd->plan, path);
	if (!out)
		return -ENOMEM;
	fprintf(out, "<policy priority=\"%d\" target=\"%s\">\n", FIREWALLD_PRIORITY,
		firewalld_target(fd->plan, policy));
	fputs("  <!-- firewalld lets through all that any helper expected, before this. -->\n", out);
	fprintf(out, "  <ingress-zone name=\"%s\"/>\n  <egress-zone name=\"%s\"/>\n",
		policy->ingress, policy->egress);
	err = firewalld_rules(fd, policy, out, true);
	fputs("</policy>\n", out);
	return err ? err : output_end(output);
}

static int put_policies(struct output *output, const struct firewalld *fd)
{
	size_t i;
	int err = 0;

	for (i = 0; i < firewalld_policy_count && !err; i++)
		if (firewalld_policy_needed(fd->plan, &firewalld_policies[i]))
			err = put_policy(output, fd, &firewalld_policies[i]);
	return err;
}

static int put_direct_file(struct output *output, const struct plan *plan)
{
	FILE *out = begin_file(output, plan, FOLDER "direct.xml");

	if (!out)
		return -ENOMEM;
	firewalld_comment("If there is one already, add these lines to it.", out, true);
	fputs("<direct>\n", out);
	firewalld_direct(plan, out, true);
	fputs("</direct>\n", out);
	return output_end(output);
}

static int put_files(struct output *output, const struct firewalld *fd)
{
	struct files files = { output, fd->plan };
	int err = put_services(output, fd->plan);

	if (!err && firewalld_needs_helper(fd->plan))
		err = put_helper(output, fd->plan);
	if (!err)
		err = firewalld_each_set(fd, &files, put_set);
	if (!err)
		err = put_policies(output, fd);
	if (!err && firewalld_direct(fd->plan, NULL, true))
		err = put_direct_file(output, fd->plan);
	return err ? err : firewalld_script(fd, output);
}

/**
 * firewalld_write() - write a plan for firewalld
 * @plan: the plan
 * @output: where to
 * @errors: where complaints go
 *
 * Return: 0; -EINVAL after a complaint; or -ENOMEM.
 */
int firewalld_write(const struct plan *plan, struct output *output, FILE *errors)
{
	struct firewalld fd;
	int err;

	/* get_nf_conntrack_short_name() turns "_" into "-". */
	if (plan->options.helper && strchr(plan->options.helper, '_')) {
		fprintf(errors, "amfwctl: firewalld cannot name the helper %s: no \"_\" in it\n",
			plan->options.helper);
		return -EINVAL;
	}
	err = firewalld_sets_make(&fd, plan);
	if (!err)
		err = put_files(output, &fd);
	firewalld_sets_free(&fd);
	return err;
}
