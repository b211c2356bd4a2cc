#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rules as generated, with one of them taken out or changed: "amfwctl check" has to
# name the flow that is blocked now, or what is open beyond need; and the kernel, asked
# by "amfwctl prove", has to agree with it, above all where it sees no difference.
#
#	mutation.sh [-v] [SITE...]	-v: say what each is about
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
verbose=
failed=0

cannot() {
	echo "skip mutation - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

[ "${1:-}" != -v ] || { verbose=yes; shift; }
[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
unshare -rn true 2>/dev/null || cannot "no namespaces"
[ $# -gt 0 ] || set -- "$top"/docs/examples/demo.site

# Numbers of the lines that are rules.
rules_of() { # rules_of FILE
	grep -nE '^-A |^[[:space:]].*(accept|drop|reject|jump|ct helper set)' "$1" |
		grep -vE 'type .* hook' | cut -d: -f1
}

# mutate RULES LINE CHANGE: on standard output; status 1 if it is the same
mutate() {
	local expression dialect=nft

	grep -q '^\*' "$1" && dialect=iptables
	case $3 in
	out) expression='d' ;;
	drop)
		[ $dialect = nft ] && expression='s/ accept( comment|$)/ drop\1/' ||
			expression='s/-j ACCEPT/-j DROP/'
		;;
	fewer-ports) expression='s/(dport |--dport )([0-9]+)([-:])([0-9]+)/\1\2\3\2/' ;;
	more-ports) expression='s/(dport |--dport )([0-9]+)([-:][0-9]+)?/\1\2-65535/' ;;
	other-address) expression='s/((daddr|-d) [0-9]+\.[0-9]+\.[0-9]+\.)[0-9]+/\1199/' ;;
	any-source) expression='s/(ip saddr|-s) [0-9.\/]+ //' ;;
	any-port) expression='s/(udp |tcp )sport [0-9-]+ |--sport [0-9:]+ //' ;;
	not-new) expression='s/new,established/established/;s/NEW,ESTABLISHED/ESTABLISHED/' ;;
	no-helper) expression='s/ct helper "[a-z]+" //;s/-m helper --helper [a-z]+ //' ;;
	esac
	# iptables writes ranges with a colon.
	[ $dialect = nft ] || expression=${expression//-65535/:65535}
	sed -E "$2$expression" "$1" >"$work/mutant"
	! cmp -s "$1" "$work/mutant"
}

tally() {
	mutants=$((mutants + 1))
	case $1 in
	3) blocked=$((blocked + 1)) ;;
	4) wide=$((wide + 1)) ;;
	0) same=$((same + 1)) ;;
	esac
}

bad() {
	echo "not ok mutation/$name - line $line, $change: $1"
	sed -n "${line}p" "$work/rules" | sed 's/^/    /'
	failed=1
	wrong=$((wrong + 1))
}

# A rule for the first packets of a flow that passes by is needed, and as narrow as it is.
least() { # least HOST: what the mutant has to be, at least; nothing: it may be the same
	sed -n "${line}p" "$work/rules" | grep -qE 'new,established|NEW,ESTABLISHED' || return
	case $change in
	out | drop | other-address | not-new) echo 3 ;;
	any-source | any-port | more-ports) [ "$1" != gw ] || echo 4 ;;
	esac
}

# What check says of a mutant, and whether it says where.
try() { # try SITE HOST
	local status least

	"$amfwctl" check --strict --json --host "$2" --rules "$work/mutant" "$1" \
		>"$work/json" 2>"$work/said"
	status=$?
	tally $status
	least=$(least "$2")
	[ -z "$least" ] || [ "$least" = $status ] || bad "status $status, not $least"
	[ -z "$verbose" ] || echo "$name line $line $change: $status" >&2
	case $status in
	0) ;;
	3) grep -q '"verdict": *"\(drop\|reject\)"' "$work/json" || bad 'blocked, but no flow is named' ;;
	4) grep -q '"excess": *\[ *{' <(tr -d '\n' <"$work/json") || bad 'open, but not what' ;;
	*) bad "status $status: $(tail -n 1 "$work/said")" ;;
	esac
	[ $((mutants % every)) -ne 0 ] || prove "$1" "$2"
}

# With the helper of this kernel, which need not be the one that try() is about.  Where
# a flow is blocked it is enough here that the kernel blocks one, too: streams whose
# control flow is blocked are beyond proof.
prove() { # prove SITE HOST
	local said proved

	"$amfwctl" check --helper stock --host "$2" --rules "$work/mutant" "$1" >/dev/null 2>&1
	said=$?
	"$amfwctl" prove --helper stock --host "$2" --rules "$work/mutant" "$1" >"$work/proof" 2>&1
	proved=$?
	proofs=$((proofs + 1))
	case $said/$proved in
	0/0 | 3/3 | 3/1) ;;
	*) bad "check says $said, prove $proved: $(tail -n 1 "$work/proof")" ;;
	esac
}

mutants_of() { # mutants_of SITE HOST FORMAT
	# shellcheck disable=SC2034 # of try() and its like
	local name line change mutants=0 blocked=0 wide=0 same=0 wrong=0 proofs=0 every=40

	name=$(basename "$1" .site)/$2/$3
	"$amfwctl" generate --policy drop --format "$3" --host "$2" "$1" >"$work/rules" 2>/dev/null &&
		[ -s "$work/rules" ] || return
	"$amfwctl" check --strict --host "$2" --rules "$work/rules" "$1" >/dev/null 2>&1 || {
		echo "not ok mutation/$name - not even the rules as generated pass"
		failed=1
		return
	}
	for line in $(rules_of "$work/rules"); do
		for change in out drop fewer-ports more-ports other-address any-source any-port \
			not-new no-helper; do
			mutate "$work/rules" "$line" "$change" && try "$1" "$2"
		done
	done
	[ $wrong -eq 0 ] &&
		echo "ok mutation/$name - $mutants mutants: $blocked block a flow, $wide open too much, $same change nothing; the kernel asked about $proofs"
}

for site; do
	while read -r host; do
		mutants_of "$site" "$host" nft
		mutants_of "$site" "$host" iptables
	done < <(sed -n 's/^\[host \(.*\)\]/\1/p' "$site")
done
exit $failed
