#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2086 # names of namespaces and addresses hold no blanks
#
# The rulesets that "amfwctl generate --format nft" writes, loaded by nft, and
# real packets sent through them.
#
#	server 10.66.1.2 --- 10.66.1.1 gateway 10.66.2.1 --- 10.66.2.2 client
#
# and the same in 2001:db8:66:1::/64 and 2001:db8:66:2::/64.  The helper is the
# one of the running kernel, whichever that is: the ends announce three
# streams that every helper knows.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
tag=amfwgen$$
S=${tag}s G=${tag}g C=${tag}c
work=$(mktemp -d)
pids=()
failed=0

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1 - $2"
	failed=1
}
cannot() {
	echo "skip generate - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	local ns

	[ ${#pids[@]} -gt 0 ] && kill "${pids[@]}" 2>/dev/null
	for ns in $S $G $C; do ip netns del "$ns" 2>/dev/null; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

[ "$(id -u)" = 0 ] || cannot "not root"
for tool in nft ip conntrack unshare; do
	command -v $tool >/dev/null || cannot "no $tool"
done
[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"

probe=$top/build/tests/net/probe
mkdir -p "${probe%/*}"
"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -O2 -o "$probe" "$here/probe.c" || exit 1

# --- the site -------------------------------------------------------------

# site NAT AUTH FAMILIES: a site file on standard output
site() {
	local nat=$1 auth=$2 families=$3 family

	printf '[site]\nauth = %s\nlow-tcp-ports = 700-740\n' "$auth"
	printf '[host server]\nrole = server\n'
	for family in $families; do addresses "$family" && echo "address = $s_addr"; done
	printf '[host client]\nrole = client\n'
	for family in $families; do addresses "$family" && echo "address = $c_addr"; done
	printf '[host gw]\nrole = gateway\n'
	for family in $families; do
		addresses "$family"
		echo "address = $g1_addr $g2_addr"
		gateway_nat "$nat"
	done
}

gateway_nat() {
	case $1 in
	forward | both)
		echo "nat = forward $(dialled "$g1_addr"):10080 -> client"
		echo "nat = forward $(dialled "$g2_addr"):10080 -> server"
		;;
	esac
	case $1 in
	masquerade) echo "nat = masquerade $g2_addr" ;;
	both) printf 'nat = masquerade %s\n' "$g1_addr" "$g2_addr" ;;
	esac
}

# addresses FAMILY: sets s_addr, c_addr, g1_addr, g2_addr and the strangers'
addresses() {
	if [ "$1" = 4 ]; then
		s_addr=10.66.1.2 g1_addr=10.66.1.1 g2_addr=10.66.2.1 c_addr=10.66.2.2
		s_stranger=10.66.1.9 c_stranger=10.66.2.9
	else
		s_addr=2001:db8:66:1::2 g1_addr=2001:db8:66:1::1
		g2_addr=2001:db8:66:2::1 c_addr=2001:db8:66:2::2
		s_stranger=2001:db8:66:1::9 c_stranger=2001:db8:66:2::9
	fi
}

dialled() {
	case $1 in
	*:*) echo "[$1]" ;;
	*) echo "$1" ;;
	esac
}

# --- does nft take everything? --------------------------------------------

# Reads names and files of rulesets, checks each, loads it twice, lists it, and
# loads the list.  In one private namespace: making one takes longer than that.
load_all() {
	# shellcheck disable=SC2016 # the inner shell's variables
	unshare -n bash -c '
		while IFS="|" read -r name file; do
			if ! error=$({ nft -c -f "$file" && nft -f "$file" && nft -f "$file" &&
				nft list ruleset >"$1" && nft flush ruleset && nft -f "$1" &&
				grep -q amfw "$1"; } 2>&1); then
				echo "$name: $error" | head -n 1
			fi
		done' bash "$work/listed" <"$work/list"
}

# one_product NAT AUTH FAMILIES: the rulesets of one site
one_product() {
	local host helper policy name

	site "$1" "$2" "$3" >"$work/site"
	for host in server client gw; do
	for helper in --helper --no-helper; do
	for policy in "" "--policy drop" "--policy accept"; do
		count=$((count + 1))
		name="$1 $2 ip$3 $host $helper $policy"
		# shellcheck disable=SC2086 # the policy is two words, or none
		if "$amfwctl" generate --format nft --host $host $helper $policy \
			"$work/site" >"$work/rules.$count" 2>"$work/errors"; then
			echo "$name|$work/rules.$count" >>"$work/list"
		else
			not_ok "generate $name" "$(head -n 1 "$work/errors")"
		fi
	done; done; done
}

load_product() {
	local nat auth families count=0

	: >"$work/list"
	for nat in plain forward masquerade both; do
		for auth in bsd bsdtcp; do
			for families in 4 6 "4 6"; do
				one_product $nat $auth "$families"
			done
		done
	done
	load_all >"$work/unloaded"
	if [ -s "$work/unloaded" ]; then
		not_ok "load" "$(head -n 1 "$work/unloaded")"
	else
		ok "nft checks, loads, reloads and lists $count rulesets"
	fi
	rm -f "$work"/rules.*
}

# --- the machines ---------------------------------------------------------

lay_out() {
	local ns

	for ns in $S $G $C; do
		ip netns add $ns
		ip -n $ns link set lo up
		ip netns exec $ns sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	done
	ip link add eth0 netns $S type veth peer name toserver netns $G
	ip link add eth0 netns $C type veth peer name toclient netns $G
	for family in 4 6; do
		addresses $family
		[ $family = 4 ] && length=24 || length=64
		give $S eth0 $s_addr/$length
		give $S eth0 $s_stranger/$length
		give $G toserver $g1_addr/$length
		give $G toclient $g2_addr/$length
		give $C eth0 $c_addr/$length
		give $C eth0 $c_stranger/$length
	done
	ip -n $S link set eth0 up
	ip -n $C link set eth0 up
	ip -n $G link set toserver up
	ip -n $G link set toclient up
	for family in 4 6; do
		addresses $family
		ip -$family -n $S route add default via $g1_addr
		ip -$family -n $C route add default via $g2_addr
		serve $S $s_addr
		serve $C $c_addr
	done
	wait_for_links
}

give() {
	case $3 in
	*:*) ip -n "$1" addr add "$3" dev "$2" nodad ;;
	*) ip -n "$1" addr add "$3" dev "$2" ;;
	esac
}

serve() {
	ip netns exec "$1" "$probe" serve "$2" 50001 50002 50003 50004 >"$work/ready" &
	pids+=($!)
	for _ in $(seq 100); do
		[ -s "$work/ready" ] && break
		sleep 0.05
	done
	rm -f "$work/ready"
}

reset_machines() {
	local ns

	for ns in $S $G $C; do
		ip netns exec $ns nft flush ruleset
		ip netns exec $ns conntrack -F 2>/dev/null
	done
}

# rules HOST NAMESPACE OPTION...: writes the rules of a machine and loads them
rules() {
	local host=$1 ns=$2

	shift 2
	"$amfwctl" generate --format nft --host "$host" "$@" "$work/site" >"$work/$host.nft" &&
		ip netns exec "$ns" nft -f "$work/$host.nft"
}

# --- packets --------------------------------------------------------------

# ask LABEL NAMESPACE probe's arguments: result line "LABEL: ..." into a file
ask() {
	local label=$1 ns=$2 answer seen

	shift 2
	answer=$(ip netns exec "$ns" "$probe" "$@" 2>&1)
	seen=$(echo "$answer" | sed -n 's/.*seen \([^ ]*\) .*/ from \1/p')
	case $answer in
	Amanda*) echo "$label: reply$seen" ;;
	open*) echo "$label: open$seen" ;;
	*) echo "$label: ${answer%% *}" ;;
	esac >"$work/answer.$label"
}

# way DIRECTION: sets ns, from, stranger, to (what is dialled), seen and own
way() {
	if [ "$1" = backup ]; then
		ns=$S from=$s_addr stranger=$s_stranger to=$c_addr seen=$s_addr
		case $nat in forward | both) to=$g1_addr ;; esac
		case $nat in masquerade | both) seen=$g2_addr ;; esac
	else
		ns=$C from=$c_addr stranger=$c_stranger to=$s_addr seen=$c_addr
		case $nat in forward | both) to=$g2_addr ;; esac
		case $nat in both) seen=$g1_addr ;; esac
	fi
	# What is not translated ends at the gateway itself, which refuses it.
	case $to in "$g1_addr" | "$g2_addr") own=reset ;; *) own=silent ;; esac
}

# A link needs a moment before it carries IPv6.
wait_for_links() {
	local family direction tries

	nat=plain
	for family in 4 6; do
		addresses $family
		for direction in backup recovery; do
			way $direction
			for tries in $(seq 20); do
				ip netns exec $ns "$probe" request $from 840 "$to" 10080 \
					>/dev/null && break
			done
			[ "$tries" -lt 20 ] || not_ok "links" "no way from $from to $to"
		done
	done
}

# Streams only after the request that announces them, strays only after those:
# a stray SYN to an announced port uses the expectation up.
send_udp() {
	for direction in backup recovery; do
		way $direction
		ask $direction-1-request $ns request $from 840 "$to" 10080
	done
	for direction in backup recovery; do
		way $direction
		later $direction-2-data $ns connect $from 50000 "$to" 50001
		later $direction-2-mesg $ns connect $from 50000 "$to" 50002
	done
	wait_asked
	for direction in backup recovery; do
		way $direction
		later $direction-3-unannounced $ns connect $from 50000 "$to" 50004
		later $direction-4-high-sport $ns connect $from 50101 "$to" 50003
		later $direction-5-beyond-range $ns connect $from 50000 "$to" 50101
		later $direction-6-low-sport $ns request $from 839 "$to" 10080
		later $direction-7-stranger $ns request $stranger 840 "$to" 10080
		later $direction-8-stranger-stream $ns connect $stranger 50000 "$to" 50001
	done
	wait_asked
}

send_tcp() {
	for direction in backup recovery; do
		way $direction
		later $direction-1-connection $ns connect $from 700 "$to" 10080
		later $direction-2-high-sport $ns connect $from 1024 "$to" 10080
		later $direction-3-low-sport $ns connect $from 699 "$to" 10080
		later $direction-4-stranger $ns connect $stranger 700 "$to" 10080
		later $direction-5-stream $ns connect $from 50000 "$to" 50001
	done
	wait_asked
}

asked=()
later() {
	ask "$@" &
	asked+=($!)
}
wait_asked() {
	[ ${#asked[@]} -gt 0 ] && wait "${asked[@]}"
	asked=()
}

# What has to come of it.  $own is the answer of a machine that the packet
# reaches without being let through by a rule; with rules on the initiator
# itself nothing leaves it in the first place.
expect_udp() {
	local direction unannounced stray

	for direction in backup recovery; do
		way $direction
		unannounced=reset
		[ "$helper" = --no-helper ] && unannounced="open from $seen"
		stray=$own
		[ "$where" = all ] && stray=silent
		[ "$where" = ends ] && stray=reset
		echo "$direction-1-request: reply from $seen"
		echo "$direction-2-data: open from $seen"
		echo "$direction-2-mesg: open from $seen"
		echo "$direction-3-unannounced: $unannounced"
		echo "$direction-4-high-sport: reset"
		echo "$direction-5-beyond-range: $stray"
		echo "$direction-6-low-sport: silent"
		echo "$direction-7-stranger: silent"
		[ "$where" != gateway ] && stray=silent
		echo "$direction-8-stranger-stream: $stray"
	done
}

expect_tcp() {
	local direction stray open

	for direction in backup recovery; do
		way $direction
		stray=$own
		[ "$where" != gateway ] && stray=silent
		# The stream's port is none of bsdtcp's: a machine that guards its
		# own ports leaves that one alone.
		open=$stray
		[ "$where" = ends ] && open="open from $seen"
		echo "$direction-1-connection: open from $seen"
		echo "$direction-2-high-sport: $stray"
		echo "$direction-3-low-sport: $stray"
		echo "$direction-4-stranger: $stray"
		echo "$direction-5-stream: $open"
	done
}

send() {
	rm -f "$work"/answer.*
	case $auth in
	bsdtcp) send_tcp ;;
	*) send_udp ;;
	esac
	cat "$work"/answer.* >"$work/answers"
}

expect() {
	case $auth in
	bsdtcp) expect_tcp ;;
	*) expect_udp ;;
	esac
}

set_up() {
	reset_machines
	site "$nat" "$auth" "$family" >"$work/site"
	case $where in
	gateway) rules gw $G $helper ;;
	ends) rules server $S $helper && rules client $C $helper ;;
	all)
		rules gw $G $helper && rules server $S $helper --policy drop &&
			rules client $C $helper --policy drop
		;;
	esac
}

# traffic NAT AUTH FAMILY HELPER WHERE
traffic() {
	local name="traffic $1 $2 ip$3 $4 rules at $5"

	nat=$1 auth=$2 family=$3 helper=$4 where=$5
	addresses "$family"
	if ! set_up; then
		not_ok "$name" "rules do not load"
		return
	fi
	send
	expect | sort >"$work/expected"
	sort -o "$work/answers" "$work/answers"
	if cmp -s "$work/expected" "$work/answers"; then
		ok "$name"
		return
	fi
	not_ok "$name" "$(diff "$work/expected" "$work/answers" | grep '^[<>]' | head -n 4 |
		tr '\n' ' ')"
}

traffic_product() {
	local nat auth family helper

	for family in 4 6; do
		for helper in --helper --no-helper; do
			for nat in plain forward masquerade both; do
				for auth in bsd bsdtcp; do
					traffic $nat $auth $family $helper gateway
					traffic $nat $auth $family $helper all
				done
			done
			traffic plain bsdudp $family $helper gateway
			traffic plain bsd $family $helper ends
			traffic plain bsdtcp $family $helper ends
		done
	done
}

# --- single properties ----------------------------------------------------

# Two servers behind one address come from one port each: the second one's has
# to change, and to stay in the range.
port_class() {
	local name="masquerade keeps the source port in its range" first second

	addresses 4
	reset_machines
	site masquerade bsd 4 >"$work/site"
	printf '[host server2]\nrole = server\naddress = %s\n' "$s_stranger" >>"$work/site"
	rules gw $G --helper || return
	first=$(ip netns exec $S "$probe" request $s_addr 840 $c_addr 10080 |
		sed -n 's/^seen [^ ]* //p')
	second=$(ip netns exec $S "$probe" request $s_stranger 840 $c_addr 10080 |
		sed -n 's/^seen [^ ]* //p')
	if [ "$first" = 840 ] && [ -n "$second" ] && [ "$second" -gt 840 ] &&
		[ "$second" -le 860 ]; then
		ok "$name"
	else
		not_ok "$name" "840 and 840 became ${first:-nothing} and ${second:-nothing}"
	fi
}

# amandad may take six hours for an estimate; udp's usual 30 s or 120 s end
# long before.
patience() {
	local name="without the helper a control flow lives for hours" left

	addresses 4
	reset_machines
	site plain bsd 4 >"$work/site"
	rules gw $G --no-helper || return
	ip netns exec $S "$probe" request $s_addr 840 $c_addr 10080 >/dev/null
	left=$(ip netns exec $G conntrack -L -p udp 2>/dev/null | awk '{ print $3; exit }')
	if [ "${left:-0}" -gt 21000 ]; then ok "$name"; else not_ok "$name" "${left:-no} s left"; fi
}

# A gateway that is closed itself, as gateways are, resets nothing by itself.
close_gateway() {
	ip netns exec $G nft -f - <<-'EOF'
		table inet own {
			chain own_input {
				type filter hook input priority filter; policy drop;
				meta l4proto ipv6-icmp accept
			}
		}
	EOF
}

# fare RULES: how every packet fares with these rules on a closed gateway
fare() {
	reset_machines
	close_gateway
	ip netns exec $G nft -f "$1"
	send
	sort "$work/answers"
}

# mutants NAT: each rule is needed: without it, some packet fares otherwise.
# What only concerns errors of other routers is the exception.
mutants() {
	local name="every rule matters, $1" line lines count=0

	nat=$1 auth=bsd family=4 helper=--helper where=gateway
	addresses 4
	set_up || return
	fare "$work/gw.nft" >"$work/whole"
	lines=$(grep -n comment "$work/gw.nft" | grep -v '"errors"' | cut -d: -f1)
	for line in $lines; do
		sed "${line}d" "$work/gw.nft" >"$work/mutant.nft"
		fare "$work/mutant.nft" >"$work/without"
		count=$((count + 1))
		cmp -s "$work/whole" "$work/without" || continue
		not_ok "$name" "nobody misses $(sed -n "${line}p" "$work/gw.nft" | tr -s '\t' ' ')"
		return
	done
	ok "$name ($count tried)"
}

# --- the pages that show what is written -----------------------------------

# written TO: every file that nft-rules and iptables-rules keep, anew, below TO
written() {
	written_rules nft-rules "$1" --format nft && written_rules iptables-rules "$1"
}

# written_rules FOLDER TO ARGUMENT...: what the commands of a folder write
written_rules() {
	local folder=$1 to=$2 file arguments

	shift 2
	mkdir -p "$to/$folder"
	while IFS=: read -r file arguments; do
		case $file in '#'* | '') continue ;; esac
		"$amfwctl" generate "$@" $arguments >"$to/$folder/$file" || return 1
	done <"$folder/commands"
}

examples() {
	local file kept

	cd "$top" || return
	kept=$(ls -d nft-rules/*.nft iptables-rules/*.*tables iptables-rules/*.ipset)
	if ! written "$work/new"; then
		not_ok examples "amfwctl failed"
		return
	fi
	for file in $kept; do
		if cmp -s "$file" "$work/new/$file"; then
			ok "example $file"
		else
			not_ok "example $file" "not what amfwctl writes: see generate.sh update"
		fi
	done
	file=$(cd "$work/new" && find . -type f | wc -l)
	if [ "$file" = "$(echo "$kept" | wc -l)" ]; then
		ok "examples are all there"
	else
		not_ok "examples are all there" "files that no command writes, or none"
	fi
}

# --- the command line -------------------------------------------------------

# refused NAME INPUT ARGUMENT...: exit 2, words on stderr, nothing on stdout
refused() {
	local name="refused: $1" input=$2 code

	shift 2
	printf '%b' "$input" | "$amfwctl" "$@" >"$work/out" 2>"$work/errors"
	code=$?
	if [ $code = 2 ] && [ ! -s "$work/out" ] && [ -s "$work/errors" ]; then
		ok "$name"
	else
		not_ok "$name" "exit $code, $(wc -c <"$work/out") bytes on stdout"
	fi
}

command_line() {
	local good='[host s]\nrole=server\naddress=10.1.0.2\n[host c]\nrole=client\naddress=10.2.0.2\n'
	local lost='[host g]\nrole=gateway\naddress=10.9.0.1\n'

	refused "no verb" ''
	refused "unknown verb" '' frobnicate
	refused "unknown option" "$good" flows --frobnicate -
	refused "no site" '' flows
	refused "two sites" "$good" flows - -
	refused "missing file" '' flows /nonexistent.site
	refused "bad site, flows" '[site]\nauth = x\n' flows -
	refused "bad site, generate" '[site]\nauth = x\n' generate -f nft -
	refused "unknown format" "$good" generate -f pf -
	refused "unknown host" "$good" generate -f nft -H x -
	refused "which host" "$good" generate -f nft -
	refused "unknown policy" "$good" generate -f nft -H s --policy maybe -
	refused "helper's name" "$good" generate -f nft -H s '--helper=a"b' -
	refused "gateway without flows" "$good$lost" generate -f nft -
}

case ${1:-all} in
all)
	command_line
	examples
	load_product
	lay_out
	traffic_product
	port_class
	patience
	mutants plain
	mutants both
	;;
load) load_product ;;
examples)
	command_line
	examples
	;;
update) cd "$top" && written . ;;
traffic)
	lay_out
	if [ $# -gt 1 ]; then traffic "${@:2}"; else traffic_product; fi
	;;
single)
	lay_out
	port_class
	patience
	mutants plain
	mutants both
	;;
*)
	cat >&2 <<-'EOF'
		usage: generate.sh [all | examples | update | load | single]
		       generate.sh traffic [NAT AUTH FAMILY HELPER WHERE]
	EOF
	exit 2
	;;
esac
exit $failed
