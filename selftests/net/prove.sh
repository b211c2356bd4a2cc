#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "amfwctl prove": that it agrees with check where check is right, says so where
# the rules that run are other ones, and leaves the machine as it was.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
examples=$top/docs/examples
work=$(mktemp -d)
chmod 755 "$work"
failed=0

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1 - $2"
	failed=1
}
cannot() {
	echo "skip prove - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
json=$work/json_items
"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -O1 -o "$json" "$here/json_items.c" -ljansson || exit 1
unshare -rn true 2>/dev/null || cannot "no namespaces"

# expect NAME STATUS PATTERN ARGUMENT...: what the last line of its answer says
expect() {
	local name=$1 status=$2 pattern=$3 code=0
	shift 3

	timeout 300 "$amfwctl" prove "$@" >"$work/out" 2>"$work/err" || code=$?
	if ! [[ $code =~ ^$status$ ]]; then
		not_ok "$name" "status $code, not $status: $(tail -n 1 "$work/err" "$work/out" | tr '\n' ' ')"
	elif [ -n "$pattern" ] && ! grep -qE "$pattern" "$work/out"; then
		not_ok "$name" "it does not say $pattern: $(tail -n 1 "$work/out")"
	else
		ok "$name"
	fi
}

# of flows and of operations, the latter on the line before
agree='; of 0 it is wrong \('

# operations NAME DONE BLOCKED: what the last answer says of whole operations, by amref
operations() {
	if grep -qE "^$2 operations are done by amref, $3 are blocked.*; of 0 it is wrong$" "$work/out"; then
		ok "$1"
	else
		not_ok "$1" "$(grep 'by amref' "$work/out")"
	fi
}

# Rules without a helper do the same under every kernel.
"$amfwctl" generate --no-helper --host gw "$examples/demo.site" >"$work/gw.nft"
expect agree/static 0 "^19 flows pass, 0 are blocked.*$agree" --rules "$work/gw.nft" \
	"$examples/demo.site"
operations amref/static 6 0
for host in server client; do
	"$amfwctl" generate --no-helper --host $host "$examples/demo.site" >"$work/$host.nft"
	expect agree/static-$host 0 "$agree" --host $host --rules "$work/$host.nft" \
		"$examples/demo.site"
done
"$amfwctl" generate --no-helper --host FWHost "$examples/howto.site" >"$work/nat.nft"
expect agree/translated 0 "$agree" --host FWHost --rules "$work/nat.nft" "$examples/howto.site"
operations amref/translated 12 0
"$amfwctl" generate --no-helper --host gw1 "$examples/enterprise.site" >"$work/mixed.nft"
expect agree/ipv6 0 "$agree" --host gw1 --rules "$work/mixed.nft" "$examples/enterprise.site"
operations amref/ipv6 24 0
"$amfwctl" generate --no-helper --format iptables --host gw "$examples/demo.site" >"$work/gw.ipt"
expect agree/iptables 0 "$agree" --no-amref --rules "$work/gw.ipt" "$examples/demo.site"

# The helper of this kernel opens the streams, all but those of which check says so.
expect agree/helper '[03]' "$agree" "$examples/demo.site"

# Of two dumps at once under bsdudp, the kernel's own helper loses the second one's answer.
cat >"$work/two.site" <<-'END'
	[site]
	auth = bsdudp
	maxdumps = 2
	recovery = yes
	[host s]
	address = 2001:db8:1::2 10.1.0.2
	role = server
	[host g]
	address = 2001:db8:1::1/64 2001:db8:2::1/64 10.1.0.1/24 10.2.0.1/24
	role = gateway
	[host c]
	address = 2001:db8:2::2 10.2.0.2
	role = client
END
expect agree/two-dumps '[03]' "$agree" "$work/two.site"
operations amref/two-dumps '[0-9]+' '[0-9]+'

# With our helper, in the virtual machine, all of that passes; and what is said of the
# kernel's own helper would be wrong there.
if ! command -v qemu-system-x86_64 >/dev/null; then
	echo 'skip module - no qemu-system-x86_64: scripts/setup vm'
elif ! { make -s -C "$top" modules && "$top/scripts/fetch-kernel"; } >"$work/out" 2>&1; then
	not_ok module "$(tail -n 1 "$work/out")"
else
	expect module 0 "^[0-9]+ flows pass, 0 are blocked.*$agree" --module - <"$work/two.site"
	operations module/amref 12 0
	expect module/stock 1 '^disagree +amrecover-tape/client/server/CTL' --module --no-amref \
		--helper stock "$examples/demo.site"
fi
cp "$amfwctl" "$work/amfwctl"
"$work/amfwctl" prove --module "$examples/demo.site" >"$work/out" 2>&1
if grep -q 'make programs modules' "$work/out"; then
	ok module/elsewhere
else
	not_ok module/elsewhere "$(tail -n 1 "$work/out")"
fi

# A rule of less: check says blocked, and blocked it is.
grep -v 'udp sport 840-860 udp dport 10080' "$work/gw.nft" >"$work/less.nft"
cmp -s "$work/gw.nft" "$work/less.nft" && not_ok blocked/planted 'no rule was taken away'
expect blocked/control 3 "^blocked +amcheck.*" --no-amref --rules "$work/less.nft" "$examples/demo.site"
if grep -qE "$agree" "$work/out"; then ok blocked/sum; else not_ok blocked/sum "$(tail -n 1 "$work/out")"; fi

# What runs is not what check has read.
expect disagree/closed 1 '^disagree +amcheck/' --no-amref --rules "$work/gw.nft" --load "$work/less.nft" \
	"$examples/demo.site"
expect disagree/open 1 'kernel: it gets through' --no-amref --rules "$work/less.nft" --load "$work/gw.nft" \
	"$examples/demo.site"
sed 's/tcp dport 50000-50100/tcp dport 50002-50100/' "$work/gw.nft" >"$work/narrow.nft"
# One port less: only packets at the end of the range show it.
sed 's/50000-50100/50000-50099/g' "$work/gw.nft" >"$work/short.nft"
expect disagree/boundary 1 '> 10.66.2.2 50100' --no-amref --rules "$work/gw.nft" \
	--load "$work/short.nft" "$examples/demo.site"
sed 's/50000-50100/50000-50101/g' "$work/gw.nft" >"$work/long.nft"
expect disagree/neighbour 1 'port above, tcp' --no-amref --rules "$work/gw.nft" --load "$work/long.nft" \
	"$examples/demo.site"
# Dropped as check says, and by another rule.
{
	cat "$work/less.nft"
	echo 'table inet other { chain f { type filter hook forward priority -150; udp dport 10080 drop; }; }'
} >"$work/other.nft"
expect disagree/rule 1 'dropped by inet other f handle' --no-amref --rules "$work/less.nft" \
	--load "$work/other.nft" "$examples/demo.site"

# Dropped is not rejected, though neither gets through.
for manner in drop reject; do
	echo "table inet t { chain f { type filter hook forward priority 0; udp dport 10080 $manner; }; }" \
		>"$work/$manner.nft"
done
for manner in drop reject; do
	expect agree/$manner 3 "$agree" --no-amref --rules "$work/$manner.nft" "$examples/demo.site"
	for other in drop reject; do
		[ $manner != $other ] || continue
		expect disagree/$manner-$other 1 '^disagree +amcheck' --no-amref \
			--rules "$work/$manner.nft" --load "$work/$other.nft" "$examples/demo.site"
	done
done

# For programs.
"$amfwctl" prove --json --rules "$work/narrow.nft" "$examples/demo.site" >"$work/json" 2>/dev/null
rules=$(grep -c "\"check\": \"drop\".*\"kernel\"" "$work/json")
same=$(sed -n "s/.*\"check-rule\": \"\([^\"]*\)\".*\"kernel-rule\": \"\1\".*/same/p" "$work/json" | grep -c same)
passed=$(grep -c "\"check\": \"pass\", \"check-rule\".*\"kernel\"" "$work/json")
same_passed=$(sed -n "s/.*\"check\": \"pass\", \"check-rule\": \"\([^\"]*\)\".*\"kernel-rule\": \"\1\".*/same/p" "$work/json" | grep -c same)
if [ "$("$json" disagree <"$work/json")" = 0 ] && [ "$("$json" flows flow <"$work/json" | wc -l)" = 19 ] &&
	[ "$("$json" operations flow <"$work/json" | wc -l)" = 6 ] &&
	[ "$rules" -gt 0 ] && [ "$same" -ge "$rules" ] &&
	[ "$passed" -gt 0 ] && [ "$same_passed" -ge "$passed" ]; then
	ok json
else
	not_ok json "the answer is not whole, or of $rules rules it names $same twice, and of $passed that accept $same_passed"
fi

# Of the streams of a dump two may be dropped: packets show it, and so does amref.
expect amref/disagree 1 '^disagree +dumper/.*: amref does not complete it' \
	--rules "$work/gw.nft" --load "$work/narrow.nft" "$examples/demo.site"
expect amref/agree 3 '^blocked +dumper/.*: amref does not complete it' \
	--rules "$work/narrow.nft" "$examples/demo.site"
operations amref/agree/count 3 3
expect amref/too-much 1 '^disagree +dumper/.*: amref completes it' \
	--rules "$work/narrow.nft" --load "$work/gw.nft" "$examples/demo.site"
expect amref/none 0 '^no operations by amref' --no-amref --rules "$work/gw.nft" "$examples/demo.site"
expect amref/missing 2 '' --amref "$work/none" --rules "$work/gw.nft" "$examples/demo.site"
mkdir "$work/tmp"
TMPDIR=$work/tmp "$amfwctl" prove --rules "$work/narrow.nft" "$examples/demo.site" >"$work/out" 2>&1 &
prover=$!
for ((i = 0; i < 1000; i++)); do
	[ -n "$(ls "$work/tmp")" ] && break
	sleep 0.02
done
kill -TERM $prover
code=0
wait $prover || code=$?
if [ $code = 143 ] && [ $i -lt 1000 ] && [ -z "$(ls "$work/tmp")" ]; then
	ok amref/ended
else
	not_ok amref/ended "status $code; it leaves $(ls "$work/tmp")"
fi

# Whoever is not root may, too, and root's own network is not touched.
state() { ip -o link; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward; }
state >"$work/before" 2>&1
cp "$amfwctl" "${AMREF:-$top/build/bin/amref}" "$examples/demo.site" "$work"
chmod a+rx "$work/amfwctl" "$work/amref" "$work"/*.nft
chmod a+r "$work/demo.site"
code=0
TMPDIR='' setpriv --reuid 65534 --regid 65534 --clear-groups "$work/amfwctl" prove --rules "$work/gw.nft" \
	"$work/demo.site" >"$work/out" 2>&1 || code=$?
if [ $code = 0 ] && grep -qE "$agree" "$work/out"; then
	ok unprivileged
else
	not_ok unprivileged "status $code: $(tail -n 1 "$work/out")"
fi
operations amref/unprivileged 6 0
state >"$work/after" 2>&1
if cmp -s "$work/before" "$work/after"; then
	ok untouched
else
	not_ok untouched 'links, rules or forwarding have changed'
fi

# Of a large site, a part, and it is told which.
expect sample/some 0 '^tried: 2 of 3 pairs of machines, .*: [0-9]+ of 44 flows$' --pairs 2 \
	--no-amref --host gw1 --rules "$work/mixed.nft" "$examples/enterprise.site"
expect sample/sum 0 "^($(sed -n 's/^tried: .*: \([0-9]*\) of.*/\1/p' "$work/out")) flows pass" --pairs 2 \
	--no-amref --host gw1 --rules "$work/mixed.nft" "$examples/enterprise.site"
expect sample/usage 2 '' --pairs 0 "$examples/demo.site"

# Rules that take longer than anybody waits.
{
	printf 'table ip big {\nchain c {\n'
	seq -f 'ip saddr 10.0.0.1 tcp dport %.0f accept' 1 60000
	printf '}\n}\n'
} >"$work/big.nft"
expect load/endless 1 '' --timeout 1 --rules "$work/gw.nft" --load "$work/big.nft" \
	"$examples/demo.site"
if grep -q 'not loaded after 1 s' "$work/err"; then ok load/said; else not_ok load/said "$(cat "$work/err")"; fi
expect load/usage 2 '' --timeout 0 "$examples/demo.site"

expect usage/none 2 '' --rules "$work/none" "$examples/demo.site"
exit $failed
