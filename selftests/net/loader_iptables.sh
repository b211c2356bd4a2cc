# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # set by callers; called by name
# Sourced by loaders.sh: the rules for iptables loaded in other ways.
#
#	iptables-legacy		by the tools that do not use nf_tables
#	iptables-include	beside rules that drop by themselves, and twice

# --- iptables-legacy ---------------------------------------------------------------

loader_iptables_legacy_available() { loader_needs iptables-legacy-restore ip6tables-legacy-restore conntrack; }

write_iptables_legacy() { write_iptables "$@"; }

load_iptables_legacy() {
	local tool

	for tool in iptables ip6tables; do
		[ ! -e "$2/amfw.$tool" ] ||
			ip netns exec "$1" env XTABLES_LOCKFILE="$2/lock" $tool-legacy-restore \
				<"$2/amfw.$tool" || return 1
	done
}

unload_iptables_legacy() {
	local tool table

	for tool in iptables ip6tables; do
		for table in raw nat filter; do
			printf '*%s\n%s\nCOMMIT\n' $table "$(builtin_chains $table)"
		done | ip netns exec "$1" env XTABLES_LOCKFILE=/dev/null $tool-legacy-restore || return 1
	done
	# Without rules the new kind stops tracking and forgets; the old one goes on.
	ip netns exec "$1" conntrack -F 2>/dev/null
}

builtin_chains() { # builtin_chains TABLE: with the policies that they are born with
	case $1 in
	raw) printf ':%s ACCEPT [0:0]\n' PREROUTING OUTPUT ;;
	nat) printf ':%s ACCEPT [0:0]\n' PREROUTING INPUT OUTPUT POSTROUTING ;;
	filter) printf ':%s ACCEPT [0:0]\n' INPUT FORWARD OUTPUT ;;
	esac
}

# The rules are the same ones: a few show that so are the packets.  Not at the ends,
# which would go on tracking under the cases that come next.
takes_iptables_legacy() {
	case $1/$2/$4 in gateway/both/bsd | gateway/both/bsdtcp | gateway/plain/bsd) ;; *) return 1 ;; esac
}

# --- iptables-include ----------------------------------------------------------------

loader_iptables_include_available() { loader_iptables_available && loader_needs nfct; }

write_iptables_include() { write_iptables "$1" --style include "${@:2}"; }

# The commands are those that the head of the file asks for.
load_iptables_include() {
	local tool

	for tool in iptables ip6tables; do
		[ -e "$2/amfw.$tool" ] || continue
		ip netns exec "$1" $tool-restore <<-EOF || return 1
			*filter
			:FORWARD DROP [0:0]
			-A FORWARD -m conntrack --ctstate RELATED -p $(icmp_of $tool) -j ACCEPT
			COMMIT
		EOF
		# asked for twice, they change nothing
		{ hook_in "$2/amfw.$tool" && hook_in "$2/amfw.$tool"; } | (cd "$2" && ip netns exec "$1" sh -e) || return 1
	done
}

hook_in() { sed -n "s/^#\t//p" "$1"; } # hook_in FILE: the commands in its head

# icmp_of TOOL
icmp_of() { case $1 in iptables) echo icmp ;; *) echo ipv6-icmp ;; esac; }

unload_iptables_include() {
	unload_iptables "$1"
	ip netns exec "$1" nfct timeout flush 2>/dev/null
	return 0
}

# At the ends it is the rules around them that refuse what is not Amanda's.
takes_iptables_include() {
	[ "$1" = gateway ] || return 1
	case $2 in gwclient) return 1 ;; esac
	case $4/$5 in bsd/helper | bsd/static | bsdtcp/static) ;; *) return 1 ;; esac
}
