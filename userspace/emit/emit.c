// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outputs: one file and one row of a table for each.
 */
#include "emit/emit.h"

#include <string.h>

const struct ruleset_format ruleset_formats[] = {
	{ "ansible", "a playbook that writes, checks, loads and confirms the nft rules", FOR_SITE,
	  ansible_write },
	{ "authorized_keys", "keys of ssh, each for one command", TAKES_KEYS, authorized_keys_write },
	{ "conntrackd", "two gateways of which one takes over", TAKES_SYNC, conntrackd_write },
	{ "firewalld", "files of firewalld, and firewall-cmd lines", KNOWS_STYLES, firewalld_write },
	{ "iptables", "IPv4 rules for iptables-restore", KNOWS_STYLES | KNOWS_SETS | ONE_FAMILY,
	  iptables_write },
	{ "ip6tables", "IPv6 rules for ip6tables-restore", KNOWS_STYLES | KNOWS_SETS | ONE_FAMILY,
	  ip6tables_write },
	{ "ipset", "the sets of iptables --sets, for ipset restore", KNOWS_STYLES | KNOWS_SETS,
	  ipset_write },
	{ "modprobe", "parameters of the helper's module", 0, modprobe_write },
	{ "modules-load", "modules to load at boot", 0, modules_load_write },
	{ "nft", "a table for nft -f", KNOWS_STYLES, nft_write },
	{ "openwrt", "sections for fw4 of OpenWrt, and a script that installs them", 0, openwrt_write },
	{ "selinux", "a script that gives Amanda's ports their type", 0, selinux_write },
	{ "shorewall", "files of Shorewall and Shorewall6", KNOWS_STYLES, shorewall_write },
	{ "sudoers", "what BackupPC may run as root", 0, sudoers_write },
	{ "sysconfig", "variables of Red Hat's iptables and of SuSEfirewall2", 0, sysconfig_write },
	{ "sysctl", "settings of the kernel", 0, sysctl_write },
	{ "ufw", "rules files and an application profile for ufw", 0, ufw_write },
};

const size_t ruleset_format_count = sizeof(ruleset_formats) / sizeof(*ruleset_formats);

static const struct flows_format views[] = {
	{ "text", flows_text_write },
	{ "json", flows_json_write },
	{ "dot", flows_dot_write },
};

/**
 * ruleset_format_find() - find a language by its name
 * @name: the name
 *
 * Return: the row of the table, or NULL.
 */
const struct ruleset_format *ruleset_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < ruleset_format_count; i++)
		if (!strcmp(ruleset_formats[i].name, name))
			return &ruleset_formats[i];
	return NULL;
}

/**
 * flows_format_find() - find a form by its name
 * @name: the name
 *
 * Return: the row of the table, or NULL.
 */
const struct flows_format *flows_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (!strcmp(views[i].name, name))
			return &views[i];
	return NULL;
}

/**
 * flows_format_names() - the forms there are
 *
 * Return: their names, with ", " between.
 */
const char *flows_format_names(void)
{
	return "text, json, dot";
}
