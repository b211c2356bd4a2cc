#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rulesets that are none: "amfwctl check" answers or says what is wrong with them, in
# little time and memory, and never dies of them.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
site=$top/docs/examples/demo.site
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0
seconds=${HOSTILE_SECONDS:-90}
kilobytes=2000000

not_ok() {
	echo "not ok hostile/$1 - $2"
	failed=1
}

[ -x "$amfwctl" ] || {
	echo "skip hostile - no $amfwctl: make programs"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

check() { # check FILE: its status
	(
		ulimit -v $kilobytes
		timeout "$seconds" "$amfwctl" check --host gw --rules "$1" "$site" >"$work/out" 2>"$work/err"
	)
}

# An answer (0, 3, 4, 5) or a reason (2, 1 with words), but no signal and no hang.
survives() { # survives FILE
	check "$1"
	case $? in
	0 | 3 | 4 | 5) ;;
	1 | 2) [ -s "$work/err" ] ;;
	*) false ;;
	esac
}

one() { # one NAME FILE [PATTERN]
	if ! survives "$2"; then
		not_ok "$1" "status $(check "$2"; echo $?): $(head -n 1 "$work/err")"
	elif [ -n "${3:-}" ] && ! grep -q "$3" "$work/err"; then
		not_ok "$1" "it says: $(head -n 1 "$work/err")"
	else
		echo "ok hostile/$1"
	fi
}

answers() { # answers NAME FILE: no reason will do
	check "$2"
	case $? in
	0 | 3 | 4 | 5) echo "ok hostile/$1" ;;
	*) not_ok "$1" "no answer: $(head -n 1 "$work/err")" ;;
	esac
}

# Cut short at COUNT places.
cuts() { # cuts NAME FILE COUNT
	local size i at bad=0

	size=$(stat -c %s "$2")
	for ((i = 0; i < $3; i++)); do
		at=$((size * i / $3))
		head -c $at "$2" >"$work/cut"
		survives "$work/cut" || {
			bad=1
			not_ok "$1" "cut at $at: $(head -n 1 "$work/err")"
		}
	done
	[ $bad -eq 1 ] || echo "ok hostile/$1"
}

# A byte changed at COUNT places.
spoiled() { # spoiled NAME FILE COUNT
	local size i at bad=0

	size=$(stat -c %s "$2")
	for ((i = 0; i < $3; i++)); do
		at=$(((i * 7919 * 104729 + i) % size))
		cp "$2" "$work/cut"
		printf '%b' "\\x$(printf %02x $((33 + i * 31 % 94)))" |
			dd of="$work/cut" bs=1 seek=$at conv=notrunc status=none
		survives "$work/cut" || {
			bad=1
			not_ok "$1" "changed at $at: $(head -n 1 "$work/err")"
		}
	done
	[ $bad -eq 1 ] || echo "ok hostile/$1"
}

for format in nft iptables; do
	"$amfwctl" generate --format $format --host gw "$site" >"$work/rules.$format"
	cuts cut-$format "$work/rules.$format" 60
	spoiled spoiled-$format "$work/rules.$format" 60
done
cuts cut-openwrt "$top/selftests/ruleset/wild/openwrt.nft" 40
cuts cut-docker "$top/selftests/ruleset/wild/docker.iptables" 40

: >"$work/empty"
one empty "$work/empty"
head -c 100000 /dev/urandom >"$work/junk"
one junk "$work/junk" 'not a text'
head -c 100000 /dev/urandom | tr -d '\0' >"$work/junk"
one junk-without-nul "$work/junk"
printf 'table inet x {\n\tchain a { jump b; }\n\tchain b { jump a; }\n\tchain i { type filter hook forward priority 0; jump a; }\n}\n' >"$work/loop.nft"
one loop-nft "$work/loop.nft" 'Too many links\|loop'
printf '*filter\n:a - [0:0]\n:b - [0:0]\n-A FORWARD -j a\n-A a -j b\n-A b -j a\nCOMMIT\n' >"$work/loop.iptables"
one loop-iptables "$work/loop.iptables" 'Too many links\|loop'

# Each rule that is met forks the packets: 2^n ways, if somebody follows them all.
{
	printf 'table inet x {\nchain i {\ntype filter hook forward priority 0\npolicy drop\n'
	for ((i = 1; i <= 2000; i++)); do
		echo "limit rate $i/second meta mark set meta mark | $i"
		echo "tcp dport $i-$((i * 30)) meta mark set meta mark ^ $((i * 7))"
	done
	printf 'ct state new accept\n}\n}\n'
} >"$work/forks.nft"
# Memory may be out: that is a reason, too.
one forks "$work/forks.nft"

# Fifteen chains that each jump to the next one twice.
{
	echo 'table inet x {'
	for ((i = 15; i > 0; i--)); do
		echo "chain c$i { tcp dport $((i * 100))-65535 meta mark set meta mark ^ $i"
		[ $i -eq 15 ] || printf 'jump c%d\nudp sport %d jump c%d\n' $((i + 1)) $((i * 3)) $((i + 1))
		echo '}'
	done
	printf 'chain i { type filter hook forward priority 0; policy drop; \n jump c1\n }\n}\n'
} >"$work/jumps.nft"
answers jumps "$work/jumps.nft"

{
	echo 'table inet x { set s { type ipv4_addr; elements = {'
	seq 0 999999 | awk '{ printf "11.%d.%d.%d,\n", int($1 / 65536), int($1 / 256) % 256, $1 % 256 }'
	printf '} }\nchain f { type filter hook forward priority 0\n ip saddr @s drop\n }\n}\n'
} >"$work/million.nft"
answers million-elements "$work/million.nft"

{
	echo '*filter'
	yes -- '-A FORWARD -s 10.9.8.7 -p tcp --dport 77 -j DROP' | head -n 10000000
	echo COMMIT
} >"$work/ten-million.iptables"
one ten-million-rules "$work/ten-million.iptables" 'more than .* MB are not read'
rm -f "$work/ten-million.iptables"
{
	echo 'table inet x { chain f { type filter hook forward priority 0'
	yes 'ip saddr 10.9.8.7 tcp dport 77 drop' | head -n 10000000
	echo '} }'
} | if timeout "$seconds" "$amfwctl" check --host gw --rules - "$site" >/dev/null 2>"$work/err"; then
	not_ok ten-million-rules-from-a-pipe 'no objection'
elif grep -q 'more than .* MB are not read' "$work/err"; then
	echo 'ok hostile/ten-million-rules-from-a-pipe'
else
	not_ok ten-million-rules-from-a-pipe "$(head -n 1 "$work/err")"
fi
exit $failed
