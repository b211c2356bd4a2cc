#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2086 # names of namespaces and tools hold no blanks
#
# iptables.sh
# What product does not ask of the rules for iptables, ip6tables, ipset and ufw:
# are they what iptables-save says of them, do they load twice, beside other rules and
# with iptables of the old kind, do sets hold what single rules say, and does ufw
# give back what it took.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
ns=amfwipt$$
work=$(mktemp -d)
pids=()
failed=0

# shellcheck source=selftests/net/loaders.sh
. "$here/loaders.sh"

ok() { echo "ok iptables/$1"; }
not_ok() {
	echo "not ok iptables/$1 - $2"
	failed=1
}
cannot() {
	echo "skip iptables - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null
	ip netns del $ns 2>/dev/null
	ip netns del ${ns}s 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

[ "$(id -u)" = 0 ] || cannot "not root"
for tool in iptables-legacy-restore iptables-nft-restore ipset ufw ip conntrack nfct; do
	command -v $tool >/dev/null || cannot "no $tool"
done
[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
ip netns add $ns || cannot "no network namespaces"

inside() { ip netns exec $ns "$@"; }

empty() {
	inside nft flush ruleset
	for tool in iptables-legacy ip6tables-legacy; do
		printf '*%s\nCOMMIT\n' raw nat filter | inside $tool-restore
	done
	inside ipset destroy
} 2>/dev/null

# --- sites --------------------------------------------------------------------

# site SERVERS CLIENTS: behind a gateway
site() {
	local i

	printf '[site]\nauth = bsd\n[host g]\nrole = gateway\naddress = 10.1.0.1/16 10.2.0.1/15\n'
	printf 'address = 2001:db8:1::1/48 2001:db8:2::1/48\n'
	for ((i = 1; i <= $1; i++)); do
		printf '[host s%d]\nrole = server\naddress = 10.1.1.%d 2001:db8:1::1:%x\n' $i $i $i
	done
	for ((i = 0; i < $2; i++)); do
		printf '[host c%d]\nrole = client\naddress = 10.2.%d.%d 2001:db8:2::1:%x\n' $i \
			$((i / 250 + 1)) $((i % 250 + 1)) $i
	done
}

generate() { # generate FORMAT SITE OPTION...
	local format=$1 site=$2

	shift 2
	"$amfwctl" generate --format "$format" "$@" "$site"
}

# --- loaded as written -----------------------------------------------------------

# iptables-save quotes words only where it has to.
rules_of() {
	sed -n 's/--comment "\([^ "]*\)"/--comment \1/; /^-A/p' "$1"
}

# as_written FILE TOOL: loads a file twice; a dump has to hold its rules, once each
as_written() {
	local name="as written/$2/${1##*/}" table options=()

	case $1 in *include*) options=(--noflush) ;; esac
	if ! inside "$2-restore" "${options[@]}" <"$1" 2>"$work/errors" ||
		! inside "$2-restore" "${options[@]}" <"$1" 2>>"$work/errors"; then
		not_ok "$name" "$(head -n 1 "$work/errors")"
		return
	fi
	for table in raw nat filter; do
		inside "$2-save" -t $table 2>/dev/null | grep "^-A"
	done >"$work/saved"
	rules_of "$1" >"$work/rules"
	if cmp -s "$work/saved" "$work/rules"; then
		ok "$name"
	else
		not_ok "$name" "$(diff "$work/saved" "$work/rules" | sed -n 2p)"
	fi
}

all_as_written() {
	local file kind

	for kind in nft legacy; do
		for file in "$top"/iptables-rules/*.*tables; do
			empty
			case $file in *-sets.*) inside ipset restore <"${file%.*}.ipset" ;; esac
			as_written "$file" "$(basename "${file##*.}")-$kind"
		done
	done
	empty
}

# --- beside other rules -----------------------------------------------------------

# The commands in the head of a file for inclusion hook its chains in, once.
beside() {
	local name="beside other rules" file=$top/iptables-rules/gateway-include.iptables i

	empty
	inside iptables -A FORWARD -p icmp -j ACCEPT
	inside iptables -t raw -A PREROUTING -p tcp -j ACCEPT
	sed -n 's/^#\t//p' "$file" | sed "s|amfw.iptables|$file|" >"$work/commands"
	for i in 1 2; do
		inside sh -e "$work/commands" 2>"$work/errors" ||
			not_ok "$name, load $i" "$(head -n 1 "$work/errors")"
	done
	inside iptables-save >"$work/saved"
	if [ "$(grep -c -- '-j AMFW-' "$work/saved")" = 2 ] && [ "$(grep -c -e '-p icmp -j ACCEPT' \
		-e 'PREROUTING -p tcp -j ACCEPT' "$work/saved")" = 2 ]; then
		ok "$name"
	else
		not_ok "$name" "$(grep -- '-j' "$work/saved" | tr '\n' ';' | head -c 300)"
	fi
	empty
}

# A helper that is not there is noticed before anything changes.
helper_missing() {
	local name="a missing helper changes nothing" kind

	site 1 1 >"$work/site"
	generate iptables "$work/site" --helper=nonesuch >"$work/rules"
	for kind in nft legacy; do
		empty
		inside iptables-$kind -A FORWARD -p icmp -j ACCEPT
		inside iptables-$kind-save 2>/dev/null | grep '^-A' >"$work/before"
		if inside iptables-$kind-restore <"$work/rules" 2>"$work/errors"; then
			not_ok "$name/$kind" "it loads"
		elif inside iptables-$kind-save 2>/dev/null | grep '^-A' | cmp -s - "$work/before"; then
			ok "$name/$kind"
		else
			not_ok "$name/$kind" "what was there is gone"
		fi
	done
	empty
}

# --- sets -----------------------------------------------------------------------

# written_out SETS RULES LENGTH: each rule that matches a set, written out for each of its members.
# shellcheck disable=SC2317
written_out() {
	awk -v long="$3" '
		FNR == NR && /^add/ { members[current] = members[current] " " $3 }
		FNR == NR && /^create/ && $2 !~ /-new$/ { name = $2 }
		FNR == NR && /^flush/ { current = name; members[current] = "" }
		FNR == NR { next }
		!/^-A/ { next }
		{ sub(/ -m comment --comment "[^"]*"/, "") }
		!/--match-set/ { print; next }
		{
			match($0, / -m set --match-set [^ ]* (src|dst)/)
			split(substr($0, RSTART, RLENGTH), word, " ")
			rest = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
			count = split(members[word[4]], member, " ")
			for (i = 1; i <= count; i++) {
				one = rest
				if (word[5] == "src")
					sub(/ -d /, " -s " member[i] "/" long " -d ", one)
				else
					sub(/ -p /, " -d " member[i] "/" long " -p ", one)
				print one
			}
		}' "$1" "$2" | sort
}

sets_say_the_same() { # sets_say_the_same TOOL LENGTH
	local name="sets say what single rules say/$1"

	site 3 7 >"$work/site"
	generate ipset "$work/site" >"$work/sets"
	generate "$1" "$work/site" --sets >"$work/rules"
	generate "$1" "$work/site" >"$work/single"
	written_out "$work/sets" "$work/rules" "$2" >"$work/out"
	written_out "$work/sets" "$work/single" "$2" >"$work/wanted"
	if grep -q match-set "$work/rules" && cmp -s "$work/out" "$work/wanted"; then
		ok "$name"
	else
		not_ok "$name" "$(diff "$work/out" "$work/wanted" | sed -n 2p)"
	fi
}

# A second load replaces the members, even while rules match the set.
sets_load_again() {
	local name="sets load again under rules" kind

	for kind in nft legacy; do
		empty
		site 1 300 >"$work/site"
		generate ipset "$work/site" | inside ipset restore || not_ok "$name/$kind" "ipset restore"
		generate iptables "$work/site" --sets | inside iptables-$kind-restore
		site 1 2000 >"$work/site"
		generate ipset "$work/site" | inside ipset restore || not_ok "$name/$kind" "again"
		if [ "$(inside ipset list amfw-4-1 | grep -c '^10\.')" = 2000 ] &&
			! inside ipset list -n | grep -q new; then
			ok "$name/$kind"
		else
			not_ok "$name/$kind" "$(inside ipset list -t | tr '\n' ' ')"
		fi
	done
	empty
}

# --- how long a request is remembered ---------------------------------------------

# The lines that wait behind a "#" do what the head says, once nfct made the policy.
patience() {
	local name="without the helper, nfct's policy lasts" left probe=$work/probe

	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -o "$probe" "$here/probe.c" || return
	ip netns add ${ns}s
	ip link add eth0 netns $ns type veth peer name eth0 netns ${ns}s
	ip -n $ns addr add 10.66.2.2/16 dev eth0
	ip -n ${ns}s addr add 10.66.1.2/16 dev eth0
	ip -n $ns link set eth0 up
	ip -n ${ns}s link set eth0 up
	sed -n 's/^#\t//p' "$top/iptables-rules/client-static.iptables" >"$work/commands"
	sed 's/^#-A/-A/' "$top/iptables-rules/client-static.iptables" >"$work/rules"
	if ! inside sh -e "$work/commands" || ! inside iptables-restore <"$work/rules"; then
		not_ok "$name" "the rules do not load"
		return
	fi
	inside "$probe" request 10.66.2.2 840 10.66.1.2 10080 >/dev/null
	left=$(inside conntrack -L -p udp 2>/dev/null | awk '{ print $3; exit }')
	if [ "${left:-0}" -gt 21000 ]; then ok "$name"; else not_ok "$name" "${left:-no} s left"; fi
	empty
}

# --- ufw --------------------------------------------------------------------------

ufw_case() { # ufw_case NAME: ufw does what standard input says, on this machine's rules
	ufw_run $ns "$work/ufw" >"$work/said" 2>&1 ||
		not_ok "$1" "$(tail -n 1 "$work/said")"
}

ufw_gives_back() {
	local name="ufw loads it once, and gives it back" jumps

	"$amfwctl" generate --format ufw --host FWHost --output "$work/ufw" \
		"$top/docs/examples/howto.site"
	ufw_case "$name" <<-'EOF'
		ufw --force enable
		ufw reload
		ufw reload
		iptables-save | grep -c -- '-j amfw-'
		iptables-save | grep -A 1 '^:ufw-before-input' >/dev/null
		iptables -S ufw-before-input | sed -n 2p
		iptables -S ufw-before-forward | sed -n 2p
		ufw app info "Amanda client"
		ufw disable
		echo "left: $(iptables-save | grep -e '-j amfw-' -e '^:amfw-track' -e '^:amfw-.*nat' | wc -l)"
	EOF
	jumps=$(grep -x '[0-9]*' "$work/said" | head -n 1)
	if [ "$jumps" != 6 ]; then
		not_ok "$name" "$jumps jumps where 6 are enough"
	elif [ "$(grep -cx -e '-A ufw-before-input -j amfw-input' \
		-e '-A ufw-before-forward -j amfw-forward' "$work/said")" != 2 ]; then
		not_ok "$name" "they do not come first"
	elif ! grep -q '10080/udp' "$work/said"; then
		not_ok "$name" "no profile"
	elif ! grep -qx 'left: 0' "$work/said"; then
		not_ok "$name" "$(grep left "$work/said") after ufw disable"
	else
		ok "$name"
	fi
	empty
}

# The commands of the page, run again over an earlier run's, leave one of each.
ufw_replaces() {
	local name="ufw: a later run replaces an earlier one"

	"$amfwctl" generate --format ufw --host FWHost --output "$work/ufw" \
		"$top/docs/examples/howto.site"
	ufw_case "$name" <<-'EOF'
		ufw --force enable
		. /run/commands
		echo "blocks: $(cat /etc/ufw/before.rules /etc/ufw/before6.rules /etc/ufw/before.init |
			grep -c '^# BEGIN amfw') $(grep -c '^# END amfw' /etc/ufw/before.init)"
	EOF
	if grep -qx 'blocks: 3 1' "$work/said"; then
		ok "$name"
	else
		not_ok "$name" "$(grep blocks "$work/said")"
	fi
	empty
}

all_as_written
beside
helper_missing
sets_say_the_same iptables 32
sets_say_the_same ip6tables 128
sets_load_again
patience
ufw_gives_back
ufw_replaces
exit $failed
