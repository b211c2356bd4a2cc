// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An Ansible playbook and its inventory: rules are written and checked where
 * ansible runs, loaded with a way back armed, and kept after a connection that
 * the new rules let through.
 *
 * What these files cannot say: where the site file is, and whether another
 * ruleset on a machine drops what this table accepts.
 */
#include <errno.h>
#include <stdlib.h>

#include "emit/demand.h"
#include "emit/emit.h"

/* Quotes, colons at odd places and "{{" mean something in YAML or to Ansible. */
static void put_host(FILE *out, const struct host *host)
{
	char address[INET6_ADDRSTRLEN], comment[COMMENT_MAX];

	host_comment(host, comment);
	fprintf(out, "        # %s\n        \"", comment);
	name_put(out, host->name);
	fputs("\":\n", out);
	address_print(&host->address[0], address);
	fprintf(out, "          ansible_host: \"%s\"\n", address);
}

/* By place in the site: those that a flow starts, ends or passes at. */
static bool *busy_hosts(const struct plan *plan)
{
	bool *busy = calloc(plan->site->host_count, sizeof(*busy));
	size_t i, j;

	for (i = 0; busy && i < plan->flows->count; i++) {
		const struct flow *flow = &plan->flows->flow[i];

		if (flow->initiator == flow->responder)
			continue;
		busy[flow->initiator - plan->site->hosts] = true;
		busy[flow->responder - plan->site->hosts] = true;
		for (j = 0; j < flow->hop_count; j++)
			busy[flow->hops[j].gateway - plan->site->hosts] = true;
	}
	return busy;
}

static int put_inventory(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, "inventory.yml", 0644);
	bool *busy = busy_hosts(plan);
	size_t i;

	if (!out || !busy) {
		free(busy);
		return -ENOMEM;
	}
	fputs("---\n"
	      "# Amanda's machines, for amfw.yml.\n"
	      "# Written by amfwctl generate --format ansible.\n"
	      "# ansible_host is a machine's first address: change it where the machine that\n"
	      "# ansible runs on reaches another.\n"
	      "all:\n"
	      "  children:\n"
	      "    amfw:\n"
	      "      hosts:\n", out);
	for (i = 0; i < plan->site->host_count; i++)
		if (busy[i])
			put_host(out, &plan->site->hosts[i]);
	free(busy);
	return 0;
}

static void put_head(FILE *out)
{
	fputs("---\n"
	      "# Amanda's rules onto the machines of inventory.yml.\n"
	      "# Written by amfwctl generate --format ansible.\n"
	      "#\n"
	      "#\tansible-playbook -i inventory.yml -e amfw_site=/path/to/my.site amfw.yml\n"
	      "#\n"
	      "# The rules are a table of their own: an accept in it does not undo a drop in\n"
	      "# another.  One machine at a time, so that a mistake stays on one.\n"
	      "- name: Amanda's rules\n"
	      "  hosts: amfw\n"
	      "  gather_facts: false\n"
	      "  serial: 1\n"
	      "  any_errors_fatal: true\n"
	      "  become: true\n"
	      "  vars:\n"
	      "    amfw_site: \"{{ playbook_dir }}/amfw.site\"\n"
	      "    amfw_options: []         # of amfwctl generate, as [--no-helper]\n"
	      "    amfw_check: []           # of amfwctl check, as [--helper-name, amanda2]\n"
	      "    amfw_seconds: 60         # until the way back is taken\n"
	      "    amfw_folder: /etc/amfw   # on the machine\n"
	      "    amfw_boot: /etc/nftables.conf   # Red Hat: /etc/sysconfig/nftables.conf\n"
	      "    amfw_new: \"{{ playbook_dir }}/rules/{{ inventory_hostname }}.nft\"\n"
	      "  tasks:\n", out);
}

static void put_generate(FILE *out)
{
	fputs("    - name: Make a folder for the rules\n"
	      "      ansible.builtin.file:\n"
	      "        path: \"{{ playbook_dir }}/rules\"\n"
	      "        state: directory\n"
	      "        mode: \"0755\"\n"
	      "      delegate_to: localhost\n"
	      "      become: false\n"
	      "\n"
	      "    - name: Write the rules here\n"
	      "      ansible.builtin.command:\n"
	      "        argv: \"{{ ['amfwctl', 'generate', '--format', 'nft', '--host', inventory_hostname]\n"
	      "          + amfw_options + [amfw_site] }}\"\n"
	      "      register: amfw_rules\n"
	      "      changed_when: false\n"
	      "      check_mode: false\n"
	      "      delegate_to: localhost\n"
	      "      become: false\n"
	      "\n"
	      "    - name: Keep them in a file\n"
	      "      ansible.builtin.copy:\n"
	      "        content: \"{{ amfw_rules.stdout }}\\n\"\n"
	      "        dest: \"{{ amfw_new }}\"\n"
	      "        mode: \"0644\"\n"
	      "      check_mode: false\n"
	      "      delegate_to: localhost\n"
	      "      become: false\n"
	      "\n", out);
}

/* 3: a needed flow is blocked; 4: more is open than needed; 5: undecidable. */
static void put_check(FILE *out)
{
	fputs("    - name: Check the rules before they go anywhere\n"
	      "      ansible.builtin.command:\n"
	      "        argv: \"{{ ['amfwctl', 'check', '--strict', '--host', inventory_hostname,\n"
	      "          '--rules', amfw_new] + amfw_check + [amfw_site] }}\"\n"
	      "      changed_when: false\n"
	      "      check_mode: false\n"
	      "      delegate_to: localhost\n"
	      "      become: false\n"
	      "\n", out);
}

static void put_push(FILE *out)
{
	fputs("    - name: Make a folder on the machine\n"
	      "      ansible.builtin.file:\n"
	      "        path: \"{{ amfw_folder }}\"\n"
	      "        state: directory\n"
	      "        mode: \"0755\"\n"
	      "\n"
	      "    - name: Push the rules\n"
	      "      ansible.builtin.copy:\n"
	      "        src: \"{{ amfw_new }}\"\n"
	      "        dest: \"{{ amfw_folder }}/new.nft\"\n"
	      "        mode: \"0644\"\n"
	      "\n"
	      "    - name: Are they loaded and kept already?\n"
	      "      ansible.builtin.shell: |\n"
	      "        cmp -s new.nft amfw.nft && nft list table inet amfw >/dev/null 2>&1\n"
	      "      args:\n"
	      "        chdir: \"{{ amfw_folder }}\"\n"
	      "      register: amfw_same\n"
	      "      changed_when: false\n"
	      "      failed_when: false\n"
	      "      check_mode: false\n"
	      "\n", out);
}

/*
 * A connection that exists says nothing: the rules accept what is established.
 * The way back is armed before the rules are loaded, and on the machine, since
 * they may cut it off.
 */
static void put_load(FILE *out)
{
	fputs("    - name: Load them, and keep them if they are confirmed in time\n"
	      "      when: amfw_same.rc != 0 and not ansible_check_mode\n"
	      "      block:\n"
	      "        - name: Write the way back\n"
	      "          ansible.builtin.shell: |\n"
	      "            set -e\n"
	      "            {\n"
	      "              printf 'table inet amfw\\ndelete table inet amfw\\n'\n"
	      "              nft list table inet amfw 2>/dev/null || true\n"
	      "            } >back.nft\n"
	      "            nft -c -f back.nft\n"
	      "            nft -c -f new.nft\n"
	      "          args:\n"
	      "            chdir: \"{{ amfw_folder }}\"\n"
	      "          changed_when: true\n"
	      "\n"
	      "        - name: Arm it\n"
	      "          ansible.builtin.command:\n"
	      "            argv: [systemd-run, --unit, amfw-back, --on-active, \"{{ amfw_seconds }}\", --collect,\n"
	      "                   nft, -f, \"{{ amfw_folder }}/back.nft\"]\n"
	      "          changed_when: true\n"
	      "\n"
	      "        - name: Load the rules\n"
	      "          ansible.builtin.command:\n"
	      "            argv: [nft, -f, \"{{ amfw_folder }}/new.nft\"]\n"
	      "          changed_when: true\n"
	      "\n"
	      "        - name: Let the old connection go\n"
	      "          ansible.builtin.meta: reset_connection\n"
	      "\n"
	      "        - name: Confirm over a new one\n"
	      "          ansible.builtin.wait_for_connection:\n"
	      "            timeout: \"{{ [amfw_seconds | int - 10, 5] | max }}\"\n"
	      "\n"
	      "        - name: Leave the way back\n"
	      "          ansible.builtin.command:\n"
	      "            argv: [systemctl, stop, amfw-back.timer]\n"
	      "          changed_when: true\n"
	      "\n"
	      "        - name: Keep them\n"
	      "          ansible.builtin.copy:\n"
	      "            src: \"{{ amfw_folder }}/new.nft\"\n"
	      "            dest: \"{{ amfw_folder }}/amfw.nft\"\n"
	      "            remote_src: true\n"
	      "            mode: \"0644\"\n"
	      "      rescue:\n"
	      "        - name: Not confirmed\n"
	      "          ansible.builtin.fail:\n"
	      "            msg: >-\n"
	      "              {{ inventory_hostname }} did not confirm its new rules; what was loaded before\n"
	      "              comes back within {{ amfw_seconds }} seconds.\n"
	      "\n", out);
}

static void put_boot(FILE *out)
{
	fputs("    - name: Load them at boot\n"
	      "      ansible.builtin.lineinfile:\n"
	      "        path: \"{{ amfw_boot }}\"\n"
	      "        line: include \"{{ amfw_folder }}/amfw.nft\"\n"
	      "        create: true\n"
	      "        mode: \"0755\"\n"
	      "      when: not ansible_check_mode\n", out);
}

static int put_playbook(struct output *output)
{
	FILE *out = output_file(output, "amfw.yml", 0644);

	if (!out)
		return -ENOMEM;
	put_head(out);
	put_generate(out);
	put_check(out);
	put_push(out);
	put_load(out);
	put_boot(out);
	return 0;
}

/**
 * ansible_write() - write a playbook and an inventory
 * @plan: the plan of any machine of the site
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int ansible_write(const struct plan *plan, struct output *output, FILE *errors)
{
	(void)errors;
	if (put_inventory(plan, output) || put_playbook(output))
		return -ENOMEM;
	return output_end(output);
}
