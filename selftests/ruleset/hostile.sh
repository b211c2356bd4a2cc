#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rulesets that are none, and such as nobody can want: "amfwctl check" answers or says
# what is wrong with them, in little time and memory, and never dies of them.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
site=$top/docs/examples/demo.site
work=$(mktemp -d)
chmod 755 "$work"
writer=
trap '[ -z "$writer" ] || kill "$writer" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
failed=0
seconds=${HOSTILE_SECONDS:-90}
# Of all processes together with what they map: loaders may take 2 GB (sandbox.c).
roomy=2000000
# What check itself may take.
little=200000

ok() {
	echo "ok hostile/$1"
}

not_ok() {
	echo "not ok hostile/$1 - $2"
	failed=1
}

[ -x "$amfwctl" ] || {
	echo "skip hostile - no $amfwctl: make programs"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

check() { # check KILOBYTES ARGUMENT...: its status
	(
		ulimit -v "$1"
		shift
		timeout "$seconds" "$amfwctl" check --host gw "$@" "$site" >"$work/out" 2>"$work/err"
	)
}

# An answer (0, 3, 4, 5), or a reason with words, but no signal, no hang and nothing that
# makes a terminal do something.  1 is for a check that could not run: memory is out.
survives() { # survives STATUS
	case $1 in
	0 | 3 | 4 | 5) ;;
	1 | 2) [ -s "$work/err" ] && ! LC_ALL=C grep -q $'[\001-\010\013-\037\177]' "$work/err" ;;
	*) false ;;
	esac
}

one() { # one NAME FILE [PATTERN]: with PATTERN, it is a reason that says so, and status 2
	local status=0

	check $roomy --rules "$2" || status=$?
	if ! survives $status; then
		not_ok "$1" "status $status: $(head -n 1 "$work/err" | cat -v)"
	elif [ -n "${3:-}" ] && ! { [ $status -eq 2 ] && grep -q -- "$3" "$work/err"; }; then
		not_ok "$1" "status $status, and it says: $(head -n 1 "$work/err")"
	else
		ok "$1"
	fi
}

answers() { # answers NAME KILOBYTES ARGUMENT...: no reason will do
	local name=$1 status=0

	shift
	check "$@" || status=$?
	case $status in
	0 | 3 | 4 | 5) ok "$name" ;;
	*) not_ok "$name" "status $status, no answer: $(head -n 1 "$work/err")" ;;
	esac
}

# Whether what it said last of FILE names a place in it, or of what the file lacks.
placed() { # placed FILE
	grep -q "^$1:[0-9]" "$work/err"
}

# Cut short at COUNT places.
cuts() { # cuts NAME FILE COUNT
	local size i at bad=0 status refused=0

	size=$(stat -c %s "$2")
	for ((i = 0; i < $3; i++)); do
		at=$((size * i / $3))
		head -c $at "$2" >"$work/cut"
		status=0
		check $roomy --rules "$work/cut" || status=$?
		if ! survives $status; then
			bad=1
			not_ok "$1" "cut at $at, status $status: $(head -n 1 "$work/err")"
		elif [ $status -eq 2 ]; then
			refused=$((refused + 1))
			placed "$work/cut" || {
				bad=1
				not_ok "$1" "cut at $at, no place: $(head -n 1 "$work/err")"
			}
		fi
	done
	if [ $refused -eq 0 ]; then
		not_ok "$1" 'no cut was refused'
	elif [ $bad -eq 0 ]; then
		ok "$1"
	fi
}

# A byte changed at COUNT places.
spoiled() { # spoiled NAME FILE COUNT
	local size i at bad=0 status

	size=$(stat -c %s "$2")
	for ((i = 0; i < $3; i++)); do
		at=$(((i * 7919 * 104729 + i) % size))
		cp "$2" "$work/cut"
		printf '%b' "\\x$(printf %02x $((33 + i * 31 % 94)))" |
			dd of="$work/cut" bs=1 seek=$at conv=notrunc status=none
		status=0
		check $roomy --rules "$work/cut" || status=$?
		survives $status || {
			bad=1
			not_ok "$1" "changed at $at, status $status: $(head -n 1 "$work/err")"
		}
	done
	[ $bad -eq 1 ] || ok "$1"
}

repeat() { # repeat COUNT LINE
	yes -- "$2" | head -n "$1"
}

chain() { # chain: its rules come from standard input
	printf 'table inet x {\nchain i {\ntype filter hook forward priority 0; policy drop\n'
	cat
	printf '}\n}\n'
}

# Addresses of 11.0.0.0/8, STEP apart.
addresses() { # addresses COUNT STEP FORMAT
	seq 0 "$2" $((($1 - 1) * $2)) |
		awk -v form="$3\n" '{ printf form, int($1 / 65536), int($1 / 256) % 256, $1 % 256 }'
}

pieces() {
	local format

	for format in nft iptables; do
		"$amfwctl" generate --format $format --host gw "$site" >"$work/rules.$format"
		cuts cut-$format "$work/rules.$format" 40
		spoiled spoiled-$format "$work/rules.$format" 40
	done
	cuts cut-openwrt "$top/selftests/ruleset/wild/openwrt.nft" 30
	cuts cut-docker "$top/selftests/ruleset/wild/docker.iptables" 30
}

junk() {
	: >"$work/empty"
	one empty "$work/empty"
	one folder "$work" 'Is a directory'
	one missing "$work/none" 'No such file'
	head -c 100000 /dev/urandom >"$work/junk"
	printf 'table x {\n}\n\0' >"$work/nul"
	one junk "$work/junk" 'NUL byte'
	one nul "$work/nul" "^$work/nul:3: a NUL byte"
	tr -d '\0' <"$work/junk" >"$work/junk.text"
	one junk-without-nul "$work/junk.text" "^$work/junk.text:1:"
	{
		echo '*filter'
		cat "$work/junk.text"
	} >"$work/junk.iptables"
	one junk-iptables "$work/junk.iptables" "^$work/junk.iptables:[0-9]"
	printf '*filter\n-A FORWARD -j \033]0;title\007\nCOMMIT\n' >"$work/escape.iptables"
	one escapes-iptables "$work/escape.iptables" "^$work/escape.iptables:[23]:"
	printf 'table x {\n\033]0;title\007\n}\n' >"$work/escape.nft"
	one escapes-nft "$work/escape.nft" "^$work/escape.nft:2:1"
}

long_lines() {
	local long

	long=$(head -c 3000000 /dev/zero | tr '\0' a)
	printf '%s\n' "$long" | chain >"$work/line.nft"
	one long-line-nft "$work/line.nft" "^$work/line.nft:[45]:"
	printf '*filter\n-A FORWARD -s %s -j DROP\nCOMMIT\n' "$long" >"$work/line.iptables"
	one long-line-iptables "$work/line.iptables" "^$work/line.iptables:2:"
}

loops() {
	printf 'chain b { jump a; }\nchain i { type filter hook forward priority 0; jump a; }\n' >"$work/ab"
	printf 'table inet x {\nchain b { }\nchain a { jump b; }\n%s\n}\n' "$(<"$work/ab")" >"$work/loop.nft"
	one loop-nft "$work/loop.nft" 'Too many links\|loop'
	printf '*filter\n:a - [0:0]\n:b - [0:0]\n-A FORWARD -j a\n-A a -j b\n-A b -j a\nCOMMIT\n' >"$work/loop.iptables"
	one loop-iptables "$work/loop.iptables" 'Too many links\|loop'
	printf 'table inet x {\nchain i { type filter hook forward priority 0; jump i; }\n}\n' >"$work/self.nft"
	one loop-self "$work/self.nft" '^.*self.nft:2:53-53: '
}

# Jumps as deep as the kernel lets them be (NFT_JUMP_STACK_SIZE), and deeper.
deep() { # deep NAME DEPTH [PATTERN]
	local i

	{
		echo 'table inet x {'
		for ((i = $2; i > 0; i--)); do
			if [ "$i" -eq "$2" ]; then
				echo "chain c$i { udp dport 10080 accept; }"
			else
				echo "chain c$i { jump c$((i + 1)); }"
			fi
		done
		printf 'chain i { type filter hook forward priority 0; policy drop; jump c1; }\n}\n'
	} >"$work/deep.nft"
	if [ -n "${3:-}" ]; then
		one "$1" "$work/deep.nft" "$3"
	else
		answers "$1" $roomy --rules "$work/deep.nft"
	fi
}

# Each rule that is met forks the packets: 2^n ways, if somebody follows them all.
forks() {
	local i

	{
		for ((i = 1; i <= 2000; i++)); do
			echo "limit rate $i/second meta mark set meta mark | $i"
			echo "tcp dport $i-$((i * 30)) meta mark set meta mark ^ $((i * 7))"
		done
		echo 'ct state new accept'
	} | chain >"$work/forks.nft"
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
	answers jumps $roomy --rules "$work/jumps.nft"
}

# Memory: libnftables alone takes 400 MB for a file of a million elements.
sets() {
	{
		echo 'table inet x { set s { type ipv4_addr; elements = {'
		addresses 1000000 1 '11.%d.%d.%d,'
		printf '} }\nchain f { type filter hook forward priority 0\n ip saddr @s drop\n }\n}\n'
	} >"$work/million.nft"
	answers million-elements $roomy --rules "$work/million.nft"
	printf '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set s src -j DROP\nCOMMIT\n' >"$work/set.iptables"
	{
		echo 'create s hash:ip family inet hashsize 1048576 maxelem 1048576'
		addresses 1000000 1 'add s 11.%d.%d.%d'
	} >"$work/million.ipset"
	answers million-entries-in-200-MB $little --rules "$work/million.ipset" \
		--rules "$work/set.iptables"
	if [ "$(id -u)" -ne 0 ]; then
		echo 'skip hostile/million-elements-in-200-MB - running rules are for root to load'
		return
	fi
	if unshare -n bash -c "$(declare -f check); seconds=$seconds amfwctl=$amfwctl work=$work site=$site
		nft -f $work/million.nft && check $little && [ ! -s $work/err ]"; then
		ok million-elements-in-200-MB
	else
		not_ok million-elements-in-200-MB "$(head -n 1 "$work/err")"
	fi
}

rules() {
	local i

	repeat 10000 'ip saddr 10.9.8.7 tcp dport 77 drop' | chain >"$work/many.nft"
	answers 10000-rules-in-200-MB $little --rules "$work/many.nft"
	for i in nft iptables; do
		if [ $i = nft ]; then
			repeat 10000000 'ip saddr 10.9.8.7 tcp dport 77 drop' | chain
		else
			echo '*filter'
			repeat 10000000 '-A FORWARD -s 10.9.8.7 -p tcp --dport 77 -j DROP'
			echo COMMIT
		fi >"$work/ten-million"
		one ten-million-rules-$i "$work/ten-million" 'more than 64 MB are not read; .*no --rules'
		one ten-million-rules-$i-from-a-pipe - 'more than 64 MB are not read' <"$work/ten-million"
		rm -f "$work/ten-million"
	done
	one endless /dev/zero 'more than 64 MB are not read'
	one endless-pipe - 'more than 64 MB are not read' < <(yes)
}

# Who asks for little time gets an end in little time.
in_time() { # in_time NAME PATTERN ARGUMENT...
	local name=$1 pattern=$2 status=0 start=$SECONDS took

	shift 2
	check $roomy --timeout 3 "$@" || status=$?
	took=$((SECONDS - start))
	if [ $status -ne 2 ] || ! grep -q -- "$pattern" "$work/err"; then
		not_ok "$name" "status $status: $(head -n 1 "$work/err")"
	elif [ $took -gt 25 ]; then
		not_ok "$name" "it took $took s"
	else
		ok "$name"
	fi
}

times() {
	mkfifo "$work/fifo"
	in_time fifo-nobody-writes 'has not come in 3 s: given up; --timeout' --rules "$work/fifo"
	sleep 100 >"$work/fifo" &
	writer=$!
	in_time fifo-nobody-ends 'has not come in 3 s: given up; --timeout' --rules "$work/fifo"
	kill $writer
	while echo '# more'; do sleep 0.5; done >"$work/fifo" 2>/dev/null &
	writer=$!
	in_time drops-for-ever 'has not come in 3 s: given up; --timeout' --rules - <"$work/fifo"
	kill $writer 2>/dev/null
	writer=
	repeat 1000000 'ip saddr 10.9.8.7 tcp dport 77 drop' | chain >"$work/slow.nft"
	in_time slow-loader-nft 'not loaded after 3 s: given up; --timeout' --rules "$work/slow.nft"
	{
		echo '*filter'
		repeat 500000 '-A FORWARD -s 10.9.8.7 -p tcp -m multiport --dports 1,2,3 -m comment --comment x -j DROP'
		echo COMMIT
	} >"$work/slow.iptables"
	in_time slow-loader-iptables 'not loaded after 3 s: given up; --timeout' --rules "$work/slow.iptables"
	one no-memory "$work/slow.nft" 'memory is out\|not loaded after\|too much memory'
	rm -f "$work"/slow.*
}

# Somebody writes the file while it is read.
changes() {
	local i status bad=0

	while cat "$work/rules.nft" >"$work/changing"; do :; done 2>/dev/null &
	writer=$!
	for ((i = 0; i < 30; i++)); do
		status=0
		check $roomy --rules "$work/changing" || status=$?
		survives $status || {
			bad=1
			not_ok changing-file "status $status: $(head -n 1 "$work/err")"
		}
	done
	kill $writer
	writer=
	[ $bad -eq 1 ] || ok changing-file
}

pieces
junk
long_lines
loops
deep deep-jumps 14
deep deeper-jumps 40 'Too many links'
deep deepest-jumps 3000 'Too many links'
forks
sets
rules
times
changes
exit $failed
