#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # scripts for another shell
#
# "amfwctl check" of rules that let all flows through, of the same with mistakes
# in them, and of input that is none.  What it says of a ruleset is held against
# the kernel elsewhere (selftests/ruleset); here it is about how it is said: exit
# status, JSON, the rule to blame, the fix, and each finding.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
examples=$top/docs/examples
work=$(mktemp -d)
chmod 755 "$work"
namespaces=()
failed=0

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1 - $2"
	failed=1
}
cannot() {
	echo "skip check - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	local ns

	for ns in "${namespaces[@]}"; do
		unload_firewalld "$ns" 2>/dev/null
		ip netns del "$ns" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
for tool in nft iptables-nft-restore unshare; do
	command -v $tool >/dev/null || cannot "no $tool"
done
unshare -rn true 2>/dev/null || cannot "no namespaces"

json=$top/build/tests/net/json_items
mkdir -p "${json%/*}"
"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -O1 -o "$json" "$here/json_items.c" -ljansson || exit 1

# shellcheck source=selftests/net/check_lint.sh
. "$here/check_lint.sh"
# shellcheck source=selftests/net/check_fix.sh
. "$here/check_fix.sh"
# shellcheck source=selftests/net/check_firewalld.sh
. "$here/check_firewalld.sh"

# exits NAME STATUS PATTERN COMMAND...: its status, and what it says of it
exits() {
	local name=$1 status=$2 pattern=$3 got

	"${@:4}" >"$work/said" 2>&1 </dev/null
	got=$?
	if [ $got -ne "$status" ]; then
		not_ok "$name" "status $got, not $status: $(tail -n 1 "$work/said")"
	elif ! grep -Eq -e "$pattern" "$work/said"; then
		not_ok "$name" "does not say \"$pattern\": $(tail -n 1 "$work/said")"
	else
		ok "$name"
	fi
}

hosts_of() { sed -n 's/^\[host \(.*\)\]/\1/p' "$1"; }

# What generate writes lets all flows through, and no more.
examples_pass() {
	local site format host

	for site in "$examples"/*.site; do
		for format in nft iptables; do
			for host in $(hosts_of "$site"); do
				example_rules $format "$host" "$site" || continue
				exits "examples/$(basename "$site" .site)/$host/$format" 0 '^pass: ' \
					"$amfwctl" check --strict --host "$host" \
					"${rules[@]}" "$site"
			done
		done
	done
}

# example_rules FORMAT HOST SITE: as options, in rules; iptables has two programs
example_rules() {
	rules=(--rules "$work/rules")
	"$amfwctl" generate --format "$1" --host "$2" "$3" >"$work/rules" 2>"$work/said" || return
	[ "$1" = iptables ] || return 0
	"$amfwctl" generate --format ip6tables --host "$2" "$3" >"$work/rules6" 2>"$work/said" &&
		rules+=(--rules "$work/rules6")
	return 0
}

statuses() {
	local site=$work/clean.site file=$work/clean.nft

	lint_rules >"$file"
	lint_site >"$site"
	exits status/pass 0 '^pass: 19 of 19' "$amfwctl" check --host web1 -r "$file" "$site"
	sed '/udp dport 10080 accept/d' "$file" >"$work/blocked.nft"
	exits status/blocked 3 '^blocked: the first packet of .*inet fw input policy drop; fix: ' \
		"$amfwctl" check --host web1 -r "$work/blocked.nft" "$site"
	sed '/udp dport 10080 accept/s/ip saddr 192.0.2.10 //' "$file" >"$work/wide.nft"
	exits status/wide 0 '^wide: ' "$amfwctl" check --host web1 -r "$work/wide.nft" "$site"
	exits status/strict 4 '^open .* anywhere but 192.0.2.10, 192.0.2.20 port 840-860 > 192.0.2.20 port 10080' \
		"$amfwctl" check --strict --host web1 -r "$work/wide.nft" "$site"
	sed '/udp dport 10080 accept/s,accept,limit rate 10/second accept,' "$file" >"$work/unknown.nft"
	exits status/unknown 5 '^unknown: .*limit' \
		"$amfwctl" check --host web1 -r "$work/unknown.nft" "$site"
	exits status/named 3 '^# .*blocked.nft:[0-9]+: behind this line:' \
		"$amfwctl" check --fix --host web1 -r "$work/blocked.nft" "$site"
}

# Without the rule that keeps strangers out, where all else is accepted.
guards() {
	local line

	"$amfwctl" generate --host FWHost "$examples/howto.site" >"$work/guarded.nft"
	while read -r line; do
		sed "${line}d" "$work/guarded.nft" >"$work/open.nft"
		exits "strict/guard in line $line" 4 '^open .* anywhere' \
			"$amfwctl" check --strict --host FWHost -r "$work/open.nft" \
			"$examples/howto.site"
	done < <(grep -n "nobody else: " "$work/guarded.nft" | cut -d: -f1)
}

bad_input() {
	local site=$work/clean.site

	sed '/iifname/s/accept/accpet/' "$work/clean.nft" >"$work/bad.nft"
	exits bad/syntax 2 'bad.nft:15:[0-9]+-[0-9]+: Error' \
		"$amfwctl" check --host web1 -r "$work/bad.nft" "$site"
	head -c 300 /dev/urandom >"$work/junk"
	printf '*filter\r\n:INPUT ACCEPT [0:0]\r\nCOMMIT\r\n' >"$work/crlf"
	exits bad/crlf 2 'crlf:1:1: the lines end with CR and LF' \
		"$amfwctl" check --host web1 -r "$work/crlf" "$site"
	printf 'root@gw:~# iptables-save\n*filter\nCOMMIT\n' >"$work/prompt"
	exits bad/prompt 2 'prompt:1:1: this is no line of iptables-save' "$amfwctl" check \
		--host web1 --format iptables -r "$work/prompt" "$site"
	exits bad/junk 2 . "$amfwctl" check --host web1 -r "$work/junk" "$site"
	exits bad/no-file 2 'No such file' "$amfwctl" check --host web1 -r "$work/none" "$site"
	exits bad/no-site 2 'No such file' "$amfwctl" check -r "$work/clean.nft" "$work/none"
	exits bad/no-host 2 'no host "nobody"' \
		"$amfwctl" check --host nobody -r "$work/clean.nft" "$site"
	exits bad/which-host 2 'for which machine' "$amfwctl" check -r "$work/clean.nft" "$site"
	exits bad/helper 2 'unknown helper' \
		"$amfwctl" check --helper theirs -r "$work/clean.nft" "$site"
	exits bad/format 2 'unknown format' \
		"$amfwctl" check --format pf -r "$work/clean.nft" "$site"
	exits bad/two-inputs 2 'one file only' "$amfwctl" check -r - -
	exits bad/explain-json 2 'goes with neither' \
		"$amfwctl" check --json --explain x -r "$work/clean.nft" "$site"
	exits bad/no-flow 2 'no flow "nonsense"' \
		"$amfwctl" check --host web1 --explain nonsense -r "$work/clean.nft" "$site"
	exits bad/many-flows 2 'more than one' \
		"$amfwctl" check --host web1 --explain dumper -r "$work/clean.nft" "$site"
}

# JSON that says what the text says, whatever bytes a comment has.
json_answers() {
	local site=$work/clean.site file

	for file in blocked wide unknown clean; do
		"$amfwctl" check --json --host web1 -r "$work/$file.nft" "$site" >"$work/json"
		if ! "$json" <"$work/json" 2>"$work/said"; then
			not_ok "json/$file" "$(cat "$work/said")"
		elif [ "$("$json" verdict <"$work/json")" != "${file/clean/pass}" ]; then
			not_ok "json/$file" "says $("$json" verdict <"$work/json")"
		else
			ok "json/$file"
		fi
	done
	printf 's/iifname "lo" accept/& comment "\\xff\\xe0\\x80 \\t \xc3\xa9"/\n' >"$work/bytes.sed"
	LC_ALL=C sed -f "$work/bytes.sed" "$work/clean.nft" >"$work/bytes.nft"
	"$amfwctl" check --json --host web1 -r "$work/bytes.nft" "$site" >"$work/json" 2>"$work/said"
	if "$json" <"$work/json" 2>>"$work/said"; then
		ok json/bytes
	else
		not_ok json/bytes "$(tail -n 1 "$work/said")"
	fi
}

ways_in() {
	local site=$work/clean.site

	exits way/stdin 0 '^pass: ' sh -c '"$0" check --host web1 -r - "$1" <"$2"' "$amfwctl" "$site" \
		"$work/clean.nft"
	exits way/site-on-stdin 0 '^pass: ' sh -c '"$0" check --host web1 -r "$2" - <"$1"' "$amfwctl" \
		"$site" "$work/clean.nft"
	exits way/running 0 '^web1: the running rules: ' unshare -rn sh -c \
		'ip link set lo up; nft -f "$1" && "$0" check --host web1 --helper ours "$2"' \
		"$amfwctl" "$work/clean.nft" "$site"
	exits way/no-rules 0 'with nothing in the way' unshare -rn "$amfwctl" check --host web1 \
		--helper ours "$site"
	"$amfwctl" generate --format iptables --host backup1 "$examples/enterprise.site" >"$work/v4"
	"$amfwctl" generate --format ip6tables --host backup1 "$examples/enterprise.site" >"$work/v6"
	exits way/two-files 0 '^pass: ' "$amfwctl" check --strict --host backup1 -r "$work/v4" \
		-r "$work/v6" "$examples/enterprise.site"
	exits way/formats 0 '^pass: ' "$amfwctl" check --strict --host backup1 -f iptables \
		-r "$work/v4" -f ip6tables -r "$work/v6" "$examples/enterprise.site"
	exits way/nobody 0 '^pass: ' setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$amfwctl" check --host web1 -r "$work/clean.nft" "$site"
}

walk_through() {
	"$amfwctl" check --host web1 --explain planner/backup/web1 -r "$work/clean.nft" \
		"$work/clean.site" >"$work/said" 2>&1
	if ! grep -q '^  chain inet fw input (filter, hook input, priority 0)$' "$work/said"; then
		not_ok explain/chain "$(tail -n 1 "$work/said")"
	elif ! grep -Eq '^    no +.*clean.nft:15: iifname "lo" accept' "$work/said"; then
		not_ok explain/no "$(tail -n 1 "$work/said")"
	elif ! grep -Eq '^    yes +.*clean.nft:17: .*udp dport 10080 accept' "$work/said"; then
		not_ok explain/yes "$(tail -n 1 "$work/said")"
	elif ! grep -q 'with helper "amanda"' "$work/said"; then
		not_ok explain/helper "$(tail -n 1 "$work/said")"
	else
		ok explain/walk
	fi
	exits explain/blocked 3 '^planner/backup/web1/control/ip: drop: dropped by ' \
		"$amfwctl" check --host web1 --explain planner/backup/web1 \
		-r "$work/blocked.nft" "$work/clean.site"
}

baselines() {
	local check=("$amfwctl" check --strict --host web1 --baseline)

	exits baseline/same 0 '^web1: 0 of 19 flows changed, 0 sets of packets opened, 0 closed' \
		"${check[@]}" "$work/clean.nft" -r "$work/clean.nft" "$work/clean.site"
	exits baseline/broken 3 '^broken  .*amcheck/backup/web1/control/ip and 4 more' \
		"${check[@]}" "$work/clean.nft" -r "$work/blocked.nft" "$work/clean.site"
	exits baseline/works 0 '^works now  ' \
		"${check[@]}" "$work/blocked.nft" -r "$work/clean.nft" "$work/clean.site"
	exits baseline/opened 4 '^opened  ip udp anywhere but 192.0.2.10, 192.0.2.20 port 840-860 > 192.0.2.20 port 10080' \
		"${check[@]}" "$work/clean.nft" -r "$work/wide.nft" "$work/clean.site"
	exits baseline/closed 0 '^closed  ip udp ' \
		"${check[@]}" "$work/wide.nft" -r "$work/clean.nft" "$work/clean.site"
	sed 's/ip saddr 192.0.2.10 udp/iifname "eth0" &/' "$work/clean.nft" >"$work/eth0.nft"
	sed s/eth0/eth1/ "$work/eth0.nft" >"$work/eth1.nft"
	sed '/eth0.*dport 10080/s/udp sport 840-860//' "$work/eth0.nft" >"$work/wide0.nft"
	sed s/eth0/eth1/ "$work/wide0.nft" >"$work/wide1.nft"
	exits baseline/interface 5 '^    now .*; accepted by eth1$' \
		"${check[@]}" "$work/eth0.nft" -r "$work/eth1.nft" "$work/clean.site"
	exits baseline/opened_interface 5 '^opened  .* port 10080, iif eth1$' \
		"${check[@]}" "$work/wide0.nft" -r "$work/wide1.nft" "$work/clean.site"
	"${check[@]}" "$work/clean.nft" --json -r "$work/blocked.nft" "$work/clean.site" >"$work/json"
	if [ "$("$json" changed now <"$work/json" | sort -u)" = drop ]; then
		ok baseline/json
	else
		not_ok baseline/json "$(head -c 200 "$work/json")"
	fi
}

no_colour() {
	"$amfwctl" check --host web1 -r "$work/blocked.nft" "$work/clean.site" >"$work/said"
	if grep -q $'\033' "$work/said"; then
		not_ok colour/pipe "colour in a pipe"
	else
		ok colour/pipe
	fi
	command -v script >/dev/null || return
	script -qec "'$amfwctl' check --host web1 -r '$work/blocked.nft' '$work/clean.site'" \
		/dev/null >"$work/said"
	if grep -q $'\033' "$work/said"; then
		ok colour/terminal
	else
		not_ok colour/terminal "no colour"
	fi
	NO_COLOR=1 script -qec "'$amfwctl' check --host web1 -r '$work/blocked.nft' '$work/clean.site'" \
		/dev/null >"$work/said"
	if grep -q $'\033' "$work/said"; then
		not_ok colour/no-color "colour for NO_COLOR"
	else
		ok colour/no-color
	fi
}

# Every finding of the program stands in the docs, and was tried here or in a unit test.
findings_known() {
	local id

	for id in $("$amfwctl" check --help | sed -n '/^What else/,$s/^  \([a-z0-9-]*\) .*/\1/p'); do
		if ! grep -q "^| \`$id\` " "$top/docs/check.md"; then
			not_ok "documented/$id" "not in docs/check.md"
		elif ! grep -qx "$id" "$work/linted" &&
			! grep -q "\"$id\"" "$top/selftests/unit/test_lint.c"; then
			not_ok "documented/$id" "no test"
		else
			ok "documented/$id"
		fi
	done
}

statuses
guards
bad_input
json_answers
ways_in
walk_through
baselines
no_colour
lint_tests
examples_pass
fix_tests
findings_known
firewalld_example
exit $failed
