#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2086,SC2046,SC2206,SC2207,SC2059,SC2015,SC2317
# (names and options hold no blanks; groups and traps are run by name)
#
# amref against amref, over every driver, and with every fault: natively, with
# whatever helper the running kernel has.
#
#	tape 10.67.1.2 --- 10.67.1.1 gateway 10.67.2.1 --- 10.67.2.2 web
#
#   DRIVER/OPERATION    what has to work
#   fault/NAME          what each misbehaviour leads to
#   refuse/REASON       the checks of a target, in Amanda's words
#   bad/WHAT            input that lies, peers that stop, ports that are taken
#   gateway/WHAT        through "amfwctl generate", with the kernel's own helper
#   load/WHAT           amref load
#
# With arguments: only the groups (drivers faults refusals bad gateway load).
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amref=${AMREF:-$top/build/bin/amref}
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
tag=amref$$
T=${tag}t G=${tag}g W=${tag}w
tape=10.67.1.2 web=10.67.2.2
work=$(mktemp -d)
chmod 755 "$work"
# Over "local" it runs as another user, who may not be able to look into this tree.
[ -x "$amref" ] && cp "$amref" "$work/amref" && amref=$work/amref
target=
failed=0 passed=0

cannot() {
	echo "skip amref - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

cleanup() {
	local ns

	[ -n "$target" ] && kill "$target" 2>/dev/null
	[ -s "$work/sshd.pid" ] && kill "$(cat "$work/sshd.pid")" 2>/dev/null
	for ns in $T $G $W; do
		ip netns del "$ns" 2>/dev/null
		rm -rf "/etc/netns/$ns"
	done
	rmdir /etc/netns 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

[ "$(id -u)" = 0 ] || cannot "not root"
for tool in ip nft openssl ssh-keygen timeout tar; do
	command -v $tool >/dev/null || cannot "no $tool"
done
for program in "$amref" "$amfwctl"; do
	[ -x "$program" ] || cannot "no $program: make programs"
done

# shellcheck source=selftests/net/amref_machines.sh
. "$here/amref_machines.sh"

# --- every driver -----------------------------------------------------------

# The target of DRIVER on NAMESPACE, however it gets there.
begin() { # begin DRIVER NAMESPACE OPTION...
	local driver=$1 ns=$2

	shift 2
	case $driver in
	local | rsh) ;;
	ssh) start_sshd $ns ;;
	*) serve $ns $driver --store "$work/store" "$@" amdump amindexd amidxtaped ;;
	esac
}

end() {
	unserve
	stop_sshd
}

ask() { # ask NAME STATUS PATTERN NAMESPACE DRIVER VERB ARGUMENT...
	local name=$1 status=$2 pattern=$3 words

	shift 3
	asking "$@"
	expect "$name" "$status" "$pattern" "${words[@]}"
}

dump_and_recover() { # dump_and_recover DRIVER NAME OPTION...
	local driver=$1 name=$2 host=web client=$W

	shift 2
	[ $driver = local ] && host=tape client=$T
	rm -rf "$work/store" "$work/restored"
	mkdir "$work/restored"
	begin $driver $W
	ask "$driver/$name" 0 'verified CRC and SHA-256' $T $driver dump $host.test \
		--disk "$work/data" --store "$work/store" "$@"
	end
	begin $driver $T
	ask "$driver/$name/recover" 0 . $client $driver recover tape.test --config amref \
		--client $host.test --disk "$work/data" --directory "$work/restored" \
		--compare "$work/data"
	end
	same "$driver/$name/same" "$work/data" "$work/restored"
}

# Without an index there is nothing to choose from, but the data is all there.
no_index() { # no_index DRIVER
	local driver=$1 host=web

	[ $driver = local ] && host=tape
	rm -rf "$work/store" "$work/restored"
	mkdir "$work/restored"
	begin $driver $W
	ask "$driver/no-index" 0 "verified CRC and SHA-256" $T $driver dump $host.test \
		--disk "$work/data" --store "$work/store" --no-index
	end
	find "$work/store" -name data -exec tar -xpf {} -C "$work/restored" \; 2>/dev/null
	same "$driver/no-index/same" "$work/data" "$work/restored"
}

nobody() { # nobody DRIVER
	case $1 in
	local | rsh)
		words=(ip netns exec $T "$amref" service web.test noop --auth $1 --timeout 5
			--remote-amandad "$work/no-such-program")
		[ $1 = rsh ] && words+=(--command "$work/rsh")
		;;
	*)
		asking $T $1 service web.test noop --timeout 5
		;;
	esac
	expect_within "$1/nobody" 0 8 1 '^amref service: ' "${words[@]}"
}

one_driver() { # one_driver DRIVER
	local driver=$1 host=web words

	[ $driver = local ] && host=tape
	[ $driver != ssh ] || [ -x /usr/sbin/sshd ] || {
		echo "skip ssh - no sshd"
		return
	}
	begin $driver $W
	ask "$driver/service" 0 '^OPTIONS features=' $T $driver service $host.test noop
	ask "$driver/check" 0 '0 problems found' $T $driver check $host.test --disk "$work/data"
	ask "$driver/check/absent" 1 'ERROR' $T $driver check $host.test --disk "$work/absent"
	ask "$driver/unknown" 1 'invalid service' $T $driver service $host.test nonsense
	end
	dump_and_recover $driver dump
	no_index $driver
	dump_and_recover $driver encrypted --compress --encrypt "$work/crypt"
	case $driver in
	local | ssh | rsh) ;;
	*)
		begin $driver $W --size 64M
		ask "$driver/generated" 0 'verified CRC' $T $driver dump $host.test --disk /made/up \
			--discard
		end
		;;
	esac
	nobody $driver
}

drivers() {
	local driver

	cat >"$work/crypt" <<-'END'
		#!/bin/sh
		exec openssl enc -aes-256-ctr -pbkdf2 -pass pass:amref ${1:+-d}
	END
	chmod 755 "$work/crypt"
	for driver in ${DRIVERS:-bsd bsdudp bsdtcp ssl local ssh rsh}; do
		one_driver $driver
	done
}

# --- every fault ------------------------------------------------------------

generated="dump web.test --disk /made/up --discard"

# fault NAME FAULT LOW HIGH STATUS PATTERN OPTIONS-OF-TARGET VERB...
fault() {
	local name=$1 fault=$2 low=$3 high=$4 status=$5 pattern=$6 more=$7 words

	shift 7
	serve $W ${AUTH:-bsd} --size 1M --fault $fault $more
	asking $T ${AUTH:-bsd} "$@"
	expect_within "fault/$name" $low $high $status "$pattern" "${words[@]}"
	unserve
}

faults() {
	local words

	expect fault/help 0 'same-port' "$amref" service --fault help
	expect fault/unknown 2 'nonsense' "$amref" service x noop --fault nonsense
	fault late-rep late-rep=3 3 8 0 'verified CRC' '' $generated
	fault late-rep/too-late late-rep=9 2 8 1 'timeout waiting for REP' '' $generated --timeout 3
	fault lost-rep lost-rep=2 2 8 0 'verified CRC' '--ack-wait 1' $generated
	fault lost-rep/all lost-rep=9 2 12 1 'timeout waiting for REP' '--ack-wait 1 --rep-tries 3' \
		$generated --timeout 6
	fault repeat-rep repeat-rep=3 0 5 0 'verified CRC' '' $generated
	fault no-index no-index 0 5 0 'INDEX -1' '' service web.test sendbackup --no-streams \
		--input "$work/dle"
	AUTH=bsdtcp fault no-index/bsdtcp no-index 0 5 0 'INDEX -1' '' service web.test sendbackup --no-streams \
		--input "$work/dle"
	fault port-range port-range=3 0 5 0 'CONNECT DATA 11(00[89]|0[1-9]|[1-9])' '--tcp-ports 11000-11007' \
		service web.test sendbackup --input "$work/dle"
	fault privileged-port privileged-port=700 0 5 0 'CONNECT DATA ([7-9][0-9]{2}|10[01][0-9]|102[0-3]) ' '' \
		service web.test sendbackup --input "$work/dle"
	fault connect-in-prep connect-in-prep 0 5 0 'verified CRC' '' $generated
	fault connect-in-nak connect-in-nak 0 5 1 'CONNECT DATA 22 MESG 3306' '' service web.test noop
	fault oversize oversize 0 5 0 'OPTIONS features' '' service web.test noop
	serve $W bsd
	ask fault/oversize/request 0 'OPTIONS features' $T bsd service web.test noop --fault oversize
	ask fault/same-port 0 'OPTIONS features' $T bsd service web.test noop --fault same-port=2
	if [ "$(grep -c OPTIONS "$work/said")" -eq 3 ]; then
		ok fault/same-port/three
	else
		not_ok fault/same-port/three "$(grep -c OPTIONS "$work/said") answers"
	fi
	unserve
}

# --- what a target refuses --------------------------------------------------

# refusal NAME PATTERN OPTIONS-OF-TARGET OPTIONS-OF-INITIATOR
refusal() {
	serve $W ${AUTH:-bsd} --amandahosts "$work/amandahosts" $3
	ask "refuse/$1" 1 "$2" $T ${AUTH:-bsd} service web.test noop $4
	unserve
}

let_in() { # let_in NAME OPTIONS-OF-TARGET OPTIONS-OF-INITIATOR
	serve $W ${AUTH:-bsd} --amandahosts "$work/amandahosts" $2
	ask "refuse/$1" 0 '^OPTIONS' $T ${AUTH:-bsd} service web.test noop $3
	unserve
}

refusals() {
	local AUTH=bsd hosts=/etc/netns/$W/hosts

	printf 'tape.test backup amdump\n' >"$work/amandahosts"
	chmod 600 "$work/amandahosts"
	chown backup "$work/amandahosts" 2>/dev/null
	for AUTH in bsd bsdudp bsdtcp; do
		let_in $AUTH/none '--check-names' '--user backup'
		refusal $AUTH/user 'user mallory from tape.test is not allowed to execute the service noop: ' \
			'' '--user mallory'
	done
	AUTH=bsd
	refusal injected 'CONNECT DATA 22 MESG 3306' '' '--fault connect-in-nak'
	let_in reserved '--check-reserved' '--user backup --udp-ports 700-740'
	refusal not-reserved 'port 20[0-9]{2} not secure' '--check-reserved' \
		'--user backup --udp-ports 2000-2010'
	cp $hosts "$work/hosts"
	sed -i "s/^$tape .*/$tape liar.test/" $hosts
	printf '10.9.9.9 liar.test\n' >>$hosts
	sed -i '/^10.67.1.2/!b' $hosts
	printf '127.0.0.1 localhost\n%s liar.test\n10.9.9.9 tape.test\n' $tape >$hosts
	refusal other-name 'not allowed|resolve' '--check-names' '--user backup'
	cp "$work/hosts" $hosts
	chmod 666 "$work/amandahosts"
	refusal permissions 'incorrect permissions' '' '--user backup'
}

# --- bad input --------------------------------------------------------------

# Bytes at a target, from bash's own sockets; then it must still answer.
throw() { # throw PROTOCOL TEXT
	on $T timeout 5 bash -c "exec 3<>/dev/$1/$web/10080; printf '$2' >&3; sleep 0.1"
}

still_there() { # still_there NAME DRIVER
	ask "bad/$1" 0 '^OPTIONS' $T $2 service web.test noop --timeout 10
}

bad_datagrams() {
	local driver=$1 text

	serve $W $driver
	for text in '' 'Amanda' 'Amanda 3.5 REQ HANDLE 0 SEQ 1' 'Amanda 3.5 REQ HANDLE 0 SEQ 1\n' \
		'Amanda 3.5 REQ HANDLE 0 SEQ x\nSERVICE noop\n' 'Amanda 3.5 REP HANDLE 0 SEQ 1\nx' \
		'Amanda 3.5 REQ HANDLE 0 SEQ 1\nSERVICE noop\n' \
		'Amanda 3.5 REQ HANDLE 0 SEQ 99999999999999\nSECURITY USER x\nSERVICE noop\nOPTIONS ;\n' \
		'\000\377\000\377'; do
		throw udp "$text"
	done
	still_there $driver/datagrams $driver
	unserve
}

# The start of a session, cut off everywhere; and frames that lie about lengths.
bad_frames() {
	local request='\000\000\000\047\000\000\000\001\000SECURITY USER root\nSERVICE noop\n'
	local full text i

	serve $W bsdtcp
	full=$(printf "$request" | od -An -v -to1 | tr -d '\n')
	text=
	i=0
	for octet in $full; do
		text+="\\$octet"
		i=$((i + 1))
		[ $((i % 5)) -ne 0 ] || throw tcp "$text"
	done
	still_there bsdtcp/cut-off bsdtcp
	throw tcp '\377\377\377\377\000\000\000\001x'
	throw tcp '\000\000\000\000\000\000\000\001'
	throw tcp '\000\000\000\001\000\000\000\001\377'
	throw tcp 'GET / HTTP/1.0\r\n\r\n'
	still_there bsdtcp/frames bsdtcp
	unserve
}

# A target that takes a connection and says nothing, or half of something.
silent_target() {
	local words

	for text in '' '\000\000' '\000\000\000\002\000\000\000\001\003\000\000\000\000\020\000\000\000\001\001'; do
		ip netns exec $W "$work/listener" 10080 "$text" &
		target=$!
		wait_for listens $W tcp
		asking $T bsdtcp service web.test noop --timeout 3
		expect_within "bad/stops-after-${#text}" 0 9 1 '^amref service: ' "${words[@]}"
		unserve
	done
}

taken_ports() {
	serve $W bsd
	expect bad/port-in-use 1 'in use' ip netns exec $W "$amref" amandad --listen --auth bsd
	unserve
	serve $W bsd --size 1M --tcp-ports 11000-11001
	asking $T bsd $generated --timeout 5
	expect_within bad/range-exhausted 0 3 1 '11000|busy|port' "${words[@]}"
	unserve
	asking $T bsd service web.test noop --timeout 5 --udp-ports 701-701
	ip netns exec $T "$amref" amandad --listen --auth bsd --port 701 &
	target=$!
	wait_for on $T grep -q ':02BD ' /proc/net/udp
	expect_within bad/source-ports-taken 0 3 1 '701' "${words[@]}"
	unserve
}

bad() {
	local words

	bad_datagrams bsd
	bad_datagrams bsdudp
	bad_frames
	taken_ports
	if command -v cc >/dev/null || command -v gcc >/dev/null; then
		build_listener && silent_target
	fi
}

build_listener() {
	"${CC:-gcc}" -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -O2 -o "$work/listener" \
		"$here/listener.c"
}

# --- through a gateway ------------------------------------------------------

gateway_rules() { # gateway_rules AUTH OPTION...
	local auth=$1

	shift
	cat >"$work/site" <<-END
		[site]
		auth = $auth
		udp-ports = 840-860
		tcp-ports = 50000-50100
		[host tape]
		address = $tape
		role = server
		[host web]
		address = $web
		role = client
		[host gw]
		address = 10.67.1.1 10.67.2.1
		role = gateway
	END
	"$amfwctl" generate "$@" "$work/site" >"$work/rules.nft" && on $G nft -f "$work/rules.nft"
}

# The kernel's own helper knows DATA, MESG, INDEX and STATE, and no -1.
gateway() {
	local words ports='--udp-ports 840-860 --tcp-ports 50000-50100'

	if ! gateway_rules bsd 2>"$work/said"; then
		echo "skip gateway - $(tail -n 1 "$work/said")"
		return
	fi
	serve $W bsd --size 1M --tcp-ports 50000-50100
	ask gateway/bsd/dump 0 'verified CRC' $T bsd $generated $ports
	on $G nft flush ruleset
	gateway_rules bsd --no-helper
	ask gateway/bsd/no-helper 0 'verified CRC' $T bsd $generated $ports
	unserve
	serve $W bsd --size 1M --fault port-range=5 --tcp-ports 50090-50100
	asking $T bsd $generated $ports
	expect_within gateway/bsd/outside 0 35 1 '^amref dump: ' "${words[@]}"
	unserve
	on $G nft flush ruleset
	gateway_rules bsdtcp
	serve $W bsdtcp --size 1M
	ask gateway/bsdtcp/dump 0 'verified CRC' $T bsdtcp $generated --low-tcp-ports 512-1023
	unserve
	on $G nft flush ruleset
}

# --- amref load -------------------------------------------------------------

# Ten thousand sessions that stand at the same time, and what both ends need for it.
# Two processes, since not every root may have 40,000 open files.
ten_thousand() {
	local together memory

	ip netns exec $W "$amref" load --role targets --to $web --json >"$work/targets" &
	target=$!
	wait_for listens $W udp
	expect load/ten-thousand 0 "connected.: 10000," ip netns exec $T "$amref" load --json \
		--role initiators --from $tape --to $web --clients 10000 --streams 1 \
		--rate 2500 --hold 20
	together=$(sed -n "s/.*\"together\": \([0-9]*\).*/\1/p" "$work/said")
	kill "$target"
	wait "$target"
	target=
	memory=$(sed -n "s/.*\"memory\": \([0-9]*\).*/\1/p" "$work/said" "$work/targets" |
		awk "{ sum += \$1 } END { print sum }")
	if [ "$together" = 10000 ] && [ "$memory" -lt 200000000 ]; then
		ok "load/ten-thousand/together ($((memory / 1000000)) MB)"
	else
		not_ok load/ten-thousand/together "$together in $memory bytes"
	fi
}

load() {
	local common="$amref load --from $tape --to $web --from-netns $T --to-netns $W"

	expect load/many 0 'lost +0 ' $common --clients 1000 --streams 4 --hold 1
	expect load/together 0 '^together +1000 ' $common --clients 1000 --streams 4 --hold 3
	expect load/bad-network 0 'connected +1000 ' $common --clients 200 --sessions 1000 --loss 3% \
		--duplicate 5% --reorder 10% --ack-wait 0.5 --seed 1
	expect load/bsdudp 0 'connected +200 ' $common --clients 200 --auth bsdudp
	expect load/rate 0 'offered +300 .* (9[0-9]|10[0-9])/s' $common --clients 100 --sessions 300 \
		--rate 100
	expect load/size 0 'connected +20 sessions, 40 streams' $common --clients 20 --streams 2 \
		--size 1M
	expect load/no-target 1 'timeout waiting for ACK' $common --role initiators --clients 20 \
		--ack-wait 0.2
	expect load/no-port 1 'refused by the target' $common --clients 20 --hold 1 \
		--tcp-ports 11000-11007
	on $G nft 'add table ip x; add chain ip x f { type filter hook forward priority 0; };
		add rule ip x f tcp flags syn drop'
	expect load/dropped 1 'stream not there in time' $common --clients 5 --connect-wait 1
	on $G nft flush ruleset
	on $G nft "add table ip x; add chain ip x p { type nat hook prerouting priority -100; };
		add rule ip x p tcp dport 11000-11001 dnat to $web : tcp dport map { 11000 : 11001, 11001 : 11000 }"
	expect load/misled 1 "stream led to someone else" $common --clients 1 --tcp-ports 11000-11007
	on $G nft flush ruleset
	ten_thousand
	expect load/json 0 '"connected": 10,' $common --clients 10 --json
	expect load/usage 2 'cannot use' "$amref" load --loss 2
	expect load/family 2 'mix' "$amref" load --from ::1
}

# --- all of it --------------------------------------------------------------

build || cannot "no network namespaces"
make_data
make_certificates
make_remote
printf '<dle>\n  <program>GNUTAR</program>\n  <disk>/made/up</disk>\n  <level>0</level>\n  <auth>bsd</auth>\n  <index>YES</index>\n</dle>\n' \
	>"$work/dle"
[ $# -gt 0 ] || set -- drivers faults refusals bad gateway load
for group; do
	"$group"
done
[ "$passed" -gt 0 ] && [ $failed -eq 0 ]
