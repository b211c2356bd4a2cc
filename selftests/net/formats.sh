#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2086,SC2317 # names hold no blanks; sections are run by name
#
# The formats of "amfwctl generate" that are not rules, read by those who read
# them: conntrackd, sshd, sudo, rsync, ansible-playbook, sysctl, shells.
#
#   conntrackd/WHAT     two gateways, one takes over
#   ssh/WHAT            what a restricted key can do, and what it cannot
#   sudo/WHAT           likewise the user of BackupPC
#   ansible/WHAT        a playbook against a machine that it must not lock out
#   sysctl, selinux, sysconfig
#
# With arguments: only the sections named.  What needs the module runs in the
# virtual machine: formats_vm.sh.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
amref=${AMREF:-$top/build/bin/amref}
probe=$top/build/tests/net/probe
hold=$top/build/tests/net/hold
tag=amfwfmt$$
work=$(mktemp -d)
chmod 755 "$work"
namespaces=()
pids=()
failed=0

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1 - $2"
	failed=1
}
skip() { # skip NAME REASON: where everything has to run, a failure
	if [ "${CI:-}" = true ]; then
		not_ok "$1" "$2"
	else
		echo "skip $1 - $2"
	fi
}
cannot() {
	echo "skip formats - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

# Whatever runs in a namespace of ours was started here.
remove_machines() {
	local ns

	for ns in "${namespaces[@]}"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill 2>/dev/null
		ip netns del "$ns" 2>/dev/null
	done
	[ ${#pids[@]} -gt 0 ] && kill "${pids[@]}" 2>/dev/null && wait "${pids[@]}" 2>/dev/null
	pids=()
	namespaces=()
}

cleanup() {
	remove_machines
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

[ "$(id -u)" = 0 ] || cannot "not root"
for tool in ip nft timeout unshare nsenter; do
	command -v $tool >/dev/null || cannot "no $tool"
done
[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
mkdir -p "${probe%/*}"
for program in probe hold; do
	"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -O2 \
		-o "${probe%/*}/$program" "$here/$program.c" || exit 1
done

# --- helpers ----------------------------------------------------------------

# expect NAME STATUS PATTERN COMMAND...: its status ("!0": any but 0), and a line of
# what it says.
expect() {
	local name=$1 status=$2 pattern=$3 got=0

	shift 3
	timeout -k 5 "${PATIENCE:-20}" "$@" >"$work/said" 2>&1 </dev/null || got=$?
	if [ "$status" = '!0' ] && [ $got -eq 0 ]; then
		not_ok "$name" "it works"
	elif [ "$status" != '!0' ] && [ $got -ne "$status" ]; then
		not_ok "$name" "status $got, not $status: $(tail -n 1 "$work/said")"
	elif ! grep -Eq -- "$pattern" "$work/said"; then
		not_ok "$name" "does not say \"$pattern\": $(tail -n 1 "$work/said")"
	else
		ok "$name"
		return 0
	fi
	return 1
}

wait_for() { # wait_for COMMAND...
	local i

	for ((i = 0; i < 100; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

machine() { # machine NAME: a namespace, its name in $ns
	ns=$tag$1
	ip netns add "$ns" || return 1
	namespaces+=("$ns")
	ip -n "$ns" link set lo up
}

on() { # on NAME COMMAND...
	local ns=$tag$1

	shift
	ip netns exec "$ns" "$@"
}

generate() { # generate FORMAT FOLDER OPTION...: from $work/site
	local format=$1 folder=$2

	shift 2
	rm -rf "${folder:?}"
	"$amfwctl" generate --format "$format" --output "$folder" "$@" "$work/site" 2>"$work/said"
}

# shellcheck source=selftests/net/formats_failover.sh
. "$here/formats_failover.sh"
# shellcheck source=selftests/net/formats_ssh.sh
. "$here/formats_ssh.sh"
# shellcheck source=selftests/net/formats_ansible.sh
. "$here/formats_ansible.sh"

# --- the rest ---------------------------------------------------------------

gateway_site() {
	printf '[site]\nauth = bsd\n[host s]\nrole = server\naddress = 10.66.1.2 2001:db8:1::2\n'
	printf '[host c]\nrole = client\naddress = 10.66.2.2 2001:db8:2::2\n'
	printf '[host g]\nrole = gateway\naddress = 10.66.1.1/24 10.66.2.1/24\n'
	printf 'address = 2001:db8:1::1/64 2001:db8:2::1/64\n'
}

# In a namespace of its own: those of connection tracking appear with a rule that uses it.
sysctl_in() { # sysctl_in FILE NAME...: prints their values afterwards
	# shellcheck disable=SC2016 # the inner shell's variables
	timeout 20 unshare -n sh -c 'nft add table inet t && nft "add chain inet t c { type filter hook input priority 0; }" &&
		nft add rule inet t c ct state new accept && sysctl -q -p "$1" && shift && sysctl -n "$@"' sh "$@" 2>"$work/said" |
		tr '\n' ' '
}

section_sysctl() {
	local values

	gateway_site >"$work/site"
	generate sysctl "$work/sysctl" --no-helper
	values=$(sysctl_in "$work/sysctl/etc/sysctl.d/60-amfw.conf" net.ipv4.ip_forward \
		net.ipv6.conf.all.forwarding net.netfilter.nf_conntrack_udp_timeout \
		net.netfilter.nf_conntrack_udp_timeout_stream)
	if [ "$values" = '1 1 21600 21600 ' ]; then
		ok sysctl/no-helper
	else
		not_ok sysctl/no-helper "$values$(tail -n 1 "$work/said")"
	fi
	generate sysctl "$work/sysctl"
	values=$(sysctl_in "$work/sysctl/etc/sysctl.d/60-amfw.conf" net.ipv4.ip_forward \
		net.netfilter.nf_conntrack_udp_timeout)
	if [ "$values" = '1 30 ' ]; then
		ok sysctl/helper
	else
		not_ok sysctl/helper "$values$(tail -n 1 "$work/said")"
	fi
}

# semanage, as far as the script may rely on it: -a fails where -m has to be said.
section_selinux() {
	local script=$work/selinux/amfw-selinux.sh i

	gateway_site >"$work/site"
	generate selinux "$work/selinux" --host c
	mkdir -p "$work/stub"
	: >"$work/ports"
	cat >"$work/stub/semanage" <<-END
		#!/bin/sh
		[ "\$1 \$3 \$4 \$5" = "port -t amanda_port_t -p" ] || exit 2
		if grep -qx "\$6 \$7" $work/ports; then known=-m; else known=-a; fi
		[ "\$2" = \$known ] || exit 1
		[ \$known = -m ] || echo "\$6 \$7" >>$work/ports
	END
	cat >"$work/stub/semodule" <<-END
		#!/bin/sh
		case \$1 in
		-l) echo amanda ;;
		-i) cp "\$2" $work/module ;;
		esac
	END
	chmod 755 "$work"/stub/*
	for i in first again; do
		if PATH="$work/stub:$PATH" "$script" >"$work/said" 2>&1 &&
			[ "$(cat "$work/ports")" = "tcp 50000-50100" ] && grep -q '^(allow amanda_t' "$work/module"; then
			ok "selinux/$i"
		else
			not_ok "selinux/$i" "$(tail -n 1 "$work/said")"
		fi
	done
	if command -v shellcheck >/dev/null; then
		expect selinux/shellcheck 0 '^' sh -c "shellcheck $script; echo"
	fi
}

section_sysconfig() {
	local file loaded

	gateway_site >"$work/site"
	generate sysconfig "$work/sysconfig"
	# shellcheck disable=SC2016 # the inner shell's variables
	expect sysconfig/red-hat 0 '^nf_conntrack_amanda nf_nat_amanda no$' env -i /bin/bash -euc '
		. "$0/etc/sysconfig/iptables-config"; . "$0/etc/sysconfig/ip6tables-config"
		[ "$IPTABLES_MODULES" = "$IP6TABLES_MODULES" ]
		echo "$IPTABLES_MODULES $IP6TABLES_SAVE_ON_STOP"' "$work/sysconfig"
	# shellcheck disable=SC2016
	expect sysconfig/suse-variables 0 '^4 10\.66\.1\.2,10\.66\.2\.2,udp,10080$' env -i /bin/bash -ec '
		. "$0/etc/sysconfig/SuSEfirewall2.amfw"
		set -- $FW_FORWARD
		echo "$# $1"' "$work/sysconfig"
	file=$work/sysconfig/etc/sysconfig/scripts/SuSEfirewall2-amfw
	command -v iptables >/dev/null || { skip sysconfig/suse-hook "no iptables"; return; }
	# shellcheck disable=SC2016
	loaded=$(timeout 20 unshare -n bash -euc '. "$0"
		forward_zones="ext int"
		for program in iptables ip6tables; do
			for zone in $forward_zones; do $program -N forward_$zone; done
		done
		fw_custom_before_port_handling
		iptables-save; ip6tables-save' "$file" 2>"$work/said" | grep -cE 'CT --helper|--helper "?amanda')
	if [ "$loaded" = 16 ]; then
		ok sysconfig/suse-hook
	else
		not_ok sysconfig/suse-hook "$loaded rules: $(tail -n 1 "$work/said")"
	fi
}

sections=("$@")
[ ${#sections[@]} -gt 0 ] || sections=(conntrackd ssh ansible sysctl selinux sysconfig)
for section in "${sections[@]}"; do
	"section_$section"
done
exit $failed
