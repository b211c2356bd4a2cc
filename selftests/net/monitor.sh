#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2317 # conditions are functions
#
# "amfwctl monitor" on a gateway of its own, with whatever helper the kernel has:
#
#	initiator 10.77.1.2 --- 10.77.1.1 gateway 10.77.2.1 --- 10.77.2.2 responder
#
# Port 10080 of 10.77.1.1 leads to the responder, too.  In the virtual machine the
# helper is ours and its counters are looked at as well.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
failed=0

ok() { echo "ok monitor $1"; }
not_ok() {
	echo "not ok monitor $1 - $2"
	failed=1
}
cannot() {
	echo "skip monitor - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

if [ "${1:-}" != --inside ]; then
	[ "$(id -u)" = 0 ] || cannot "not root"
	for tool in unshare ip nft conntrack setpriv "${CC:-cc}"; do
		command -v "$tool" >/dev/null || cannot "no $tool"
	done
	[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM
	unshare --mount --net --pid --fork --kill-child "$0" --inside "$work"
	exit
fi
work=$2

# --- the machines ---------------------------------------------------------------

compile() { # compile NAME [LIBRARY...]
	local name=$1

	shift
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -o "$work/$name" \
		"$here/$name.c" "$@" || exit 1
}

wire() { # wire MACHINE INTERFACE OWN GATEWAY
	ip netns add "$1"
	ip link add "$2" type veth peer name eth0 netns "$1"
	ip addr add "$4/24" dev "$2"
	ip link set "$2" up
	ip -n "$1" addr add "$3/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" link set lo up
	ip -n "$1" route add default via "$4"
}

machines() {
	mount -t proc proc /proc
	mount -t tmpfs tmpfs /run
	ip link set lo up
	wire initiator toi 10.77.1.2 10.77.1.1
	wire responder tor 10.77.2.2 10.77.2.1
	echo 1 >/proc/sys/net/ipv4/ip_forward
	modprobe nf_nat_amanda 2>/dev/null
	nft -f - <<-'N' || cannot "no helper for nft here"
		table ip gate {
			ct helper amanda { type "amanda" protocol udp; }
			chain attach {
				type filter hook prerouting priority filter;
				udp dport 10080 ct helper set "amanda"
			}
			chain divert {
				type nat hook prerouting priority dstnat;
				ip daddr 10.77.1.1 udp dport 10080 dnat to 10.77.2.2
			}
			chain filter_forward {
				type filter hook forward priority filter; policy accept;
				tcp dport 50002 drop
			}
		}
	N
	cat >"$work/site" <<-'S'
		[site]
		auth = bsd
		udp-ports = 700-740
		tcp-ports = 50001-50040
		[host tape]
		address = 10.77.1.2
		role = server
		[host gw]
		address = 10.77.1.1 10.77.2.1
		role = gateway
		[host web1]
		address = 10.77.2.2
		role = client
	S
}

ours() { [ -e /proc/net/nf_conntrack_amanda ]; }

# flows MOST: so many, or as many as can have all that they expect at a time
flows() {
	local most

	most=$(($(cat /proc/sys/net/netfilter/nf_conntrack_expect_max) / room - 2))
	echo $((most < $1 ? most : $1))
}

request='Amanda 3.5 REQ HANDLE 000-00000001 SEQ 1\nSECURITY USER root\nSERVICE sendbackup\n'
reply='Amanda 3.5 REP HANDLE 000-00000001 SEQ 1\nCONNECT'

# talk TO SPORT BODY...: each BODY answers one more copy of the request
talk() {
	local to=$1 sport=$2 pid _
	local replies=()

	shift 2
	for _; do replies+=("$reply $_\n\n"); done
	ip netns exec responder "$work/monitor_talk" answer 10.77.2.2 10080 "${replies[@]}" &
	pid=$!
	sleep 0.3
	for _; do
		ip netns exec initiator "$work/monitor_talk" ask "$sport" "$to" 10080 "$request" \
			>>"$work/heard" || echo 'nothing heard' >>"$work/heard"
	done
	kill $pid
	wait $pid 2>/dev/null
}

connects() { # connects TO PORT: does a stream get through?
	timeout 2 ip netns exec initiator bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null
}

# --- the monitor ----------------------------------------------------------------

# watch [OPTION...]: from now on, until stop; into $work/out
watch() {
	# what was there before would answer the first question
	: >"$work/out"
	"$amfwctl" monitor "$@" >"$work/out" 2>"$work/talk" &
	watcher=$!
	await helper
}

await() { # await PATTERN [SECONDS]: until the monitor says so
	local i

	for ((i = 0; i < ${2:-5} * 10; i++)); do
		grep -Eq -- "$1" "$work/out" && return
		sleep 0.1
	done
	return 1
}

stop() { # stop [SIGNAL]
	kill "-${1:-TERM}" "$watcher"
	code=0
	wait "$watcher" || code=$?
}

# it NAME CONDITION...: the rest is a command
it() {
	local name=$1

	shift
	if "$@" >"$work/it" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$* ($(head -c 300 "$work/it" | tr '\n' ' '))"
		tail -n "${LINES_SHOWN:-15}" "$work/out" "$work/talk" | cut -c 1-160 | sed 's/^/    /' >&2
	fi
}

says() { grep -Eq -- "$1" "$work/out"; }
lacks() { [ -s "$work/out" ] && ! says "$1"; }
refuses() { ! "$@"; }
ends() { [ "$code" = "$1" ]; }

# json EVENT MEMBER: the member of the events of this kind, one a line
json() {
	grep "\"event\": \"$1\"" "$work/out" | while read -r line; do
		"$work/json_items" "$2" <<<"$line"
	done
}
all_json() {
	local line

	[ -s "$work/out" ] || return 1
	while read -r line; do
		[ "$("$work/json_items" version <<<"$line")" = 1 ] || { echo "$line"; return 1; }
	done <"$work/out"
}
json_is() { [ "$(json "$1" "$2" | tr '\n' ' ')" = "$3" ]; }
sum() { # sum EVENT: as the summary has it
	tail -n 1 "$work/out" | grep -o "\"$1\": [0-9]*" | head -n 1 | grep -o '[0-9]*$'
}

# metrics FILE: is it what Prometheus reads?  Each metric has its HELP and TYPE before it,
# no sample comes twice, counters end in _total and values are numbers.
metrics() {
	awk '
	function bad(why) { print FILENAME ":" FNR ": " why ": " $0; wrong = 1 }
	/^# HELP / { if ($3 in help) bad("HELP again"); help[$3] = 1; current = $3; next }
	/^# TYPE / {
		if ($3 != current) bad("TYPE without HELP")
		if ($4 != "counter" && $4 != "gauge") bad("what type?")
		if (($4 == "counter") != ($3 ~ /_total$/)) bad("name and type")
		type[$3] = $4; next
	}
	/^#/ { bad("comment") }
	{
		name = $1; sub(/\{.*/, "", name)
		if (name !~ /^amfw_[a-z_]+$/) bad("name")
		if (!(name in type) || name != current) bad("sample without TYPE")
		if ($1 ~ /\{/ && $1 !~ /^[a-z_]+\{[a-z]+="[a-z-]+"\}$/) bad("label")
		if (NF != 2 || $2 !~ /^[0-9.]+(e[+][0-9]+)?$/) bad("value")
		if ($1 in seen) bad("sample again")
		seen[$1] = 1; samples++
	}
	END { exit wrong || samples < 20 }' "$1"
}
metric() { grep -qFx -- "$2" "$1"; }

# --- the cases ------------------------------------------------------------------

life() {
	watch --site "$work/site"
	ip netns exec responder "$work/listener" 50001 hello &
	talk 10.77.2.2 701 'DATA 50001 MESG 50002 INDEX 50003'
	it "a control flow begins" await 'flow 1  begun: tape 10.77.1.2:701 > web1 10.77.2.2:10080'
	it "is answered" await 'flow 1  answered'
	it "expects a stream" await 'flow 1  expects: tape 10.77.1.2 > web1 10.77.2.2:50001, within'
	it "expects others, too" await 'expects: .*:50003'
	connects 10.77.2.2 50001
	it "that is met" await 'flow 1  met: tape 10.77.1.2:[0-9]+ > web1 10.77.2.2:50001, after'
	it "is established" await 'stream established: .*:50001'
	connects 10.77.2.2 50002
	it "a connection that the rules drop" await 'removed, and no connection got through: .*:50002'
	connects 10.77.2.2 50003
	it "one that the host refuses" await 'stream refused: .*:50003'
	it "that one was met" says 'met: .*:50003'
	talk 10.77.2.2 702 'DATA 50004 MESG 50005'
	conntrack -D -p udp --orig-port-src 702 >/dev/null 2>&1
	it "a flow that ends" await 'flow 2  ended: after .* 0 of 2 expectations met'
	it "takes what it expects with it" await 'flow 2  dropped with its flow: .*:50004'
	stop
	it "SIGTERM ends it well" ends 0
	it "with a summary" says 'expectations: 5 made, .* 2 met, 0 expired, 2 dropped .* 1 removed'
	it "it has nothing to complain of" test ! -s "$work/talk"
	kill %+ 2>/dev/null
	conntrack -F >/dev/null 2>&1
}

times() {
	"$work/monitor_load" 1 4 100 8 >/dev/null
	watch --site "$work/site" --interval 1
	it "nobody connects" await 'expired, nobody connected: tape .*:11003, after' 20
	stop INT
	it "SIGINT ends it well" ends 0
	it "all four expired" says ' 0 met, 4 expired'
	conntrack -F >/dev/null 2>&1
	watch
	"$work/monitor_load" 1 $((room + 2)) 100 0 >/dev/null
	it "more than a flow may have" await 'pushed out by a newer one: 10.77.1.2 > 10.88.0.0:11001'
	stop
	it "as many as are too many" says " 2 pushed out, 0 removed; $room pending"
	conntrack -F >/dev/null 2>&1
	watch --duration 1
	code=0
	wait "$watcher" || code=$?
	it "--duration ends it" ends 0
	watch --count 3
	"$work/monitor_load" 1 6 100 0 >/dev/null
	wait "$watcher"
	it "--count ends it" test "$(grep -c 'flow 1 ' "$work/out")" = 3
	conntrack -F >/dev/null 2>&1
}

nat() {
	watch --site "$work/site" --json
	talk 10.77.1.1 703 'DATA 50001' 'DATA 50001'
	await expectation-made
	stop
	it "json: an object a line" all_json
	it "json: flows" json_is flow-begun flow '1 '
	it "json: NAT" json_is flow-begun responder-there \
		'{"address":"10.77.2.2","port":10080,"name":"web1"} '
	it "json: whom it asked" json_is flow-begun responder \
		'{"address":"10.77.1.1","port":10080,"name":"gw"} '
	it "json: who asks" json_is flow-begun initiator \
		'{"address":"10.77.1.2","port":703,"name":"tape"} '
	it "json: one expectation, and no more for a copy" json_is expectation-made flow '1 '
	it "json: any port of the initiator" json_is expectation-made initiator \
		'{"address":"10.77.1.2","port":null,"name":"tape"} '
	it "json: a summary at the end" json_is summary pending '1 '
	watch --site "$work/site"
	it "what was there before" await 'flow 1  is there already: tape .* > gw .*, forwarded to web1'
	it "and what it expects" await 'expects already: tape 10.77.1.2 > gw 10.77.1.1:50001'
	stop
	# The kernel may make no events of it: it is looked at once in an interval.
	watch --interval 1
	conntrack -F >/dev/null 2>&1
	it "its end does not go unseen" await 'flow 1  ended' 4
	stop
}

waiting() {
	watch --helper-name other
	talk 10.77.2.2 704 'DATA 50001'
	stop
	it "flows of another helper" lacks 'flow 1'
	conntrack -F >/dev/null 2>&1
}

prometheus() {
	local file=$work/amfw.prom

	watch --prometheus "$file" --interval 1
	it "prometheus: there from the start" metrics "$file"
	"$work/monitor_load" 2 $((2 * room + 2)) 1000 0 >/dev/null
	sleep 2.5
	it "prometheus: a file that can be read" metrics "$file"
	it "prometheus: what is pending" metric "$file" "amfw_expectations_pending $((2 * room))"
	it "prometheus: fates" metric "$file" 'amfw_expectations_gone_total{fate="evicted"} 2'
	it "prometheus: flows" metric "$file" 'amfw_control_flows_total{how="begun"} 2'
	conntrack -F >/dev/null 2>&1
	stop
	it "prometheus: the end is in it" metric "$file" 'amfw_expectations_pending 0'
	it "prometheus: nothing is left beside it" test "$(echo "$work"/amfw.prom*)" = "$file"
	it "prometheus: everybody can read it" test "$(stat -c %a "$file")" = 644
	code=0
	"$amfwctl" monitor --prometheus "$work/none/file" --duration 1 >"$work/out" 2>"$work/talk" ||
		code=$?
	it "prometheus: a folder that is not there" grep -q 'none/file: No such file' "$work/talk"
	it "prometheus: is a failure" ends 1
	sed 's/^# TYPE.*_pending.*//' "$file" >"$work/bad"
	it "prometheus: the parser can fail" refuses metrics "$work/bad"
}

privileges() {
	code=0
	chmod 755 "$work"
	cp "$amfwctl" "$work/amfwctl"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$work/amfwctl" monitor --duration 1 \
		>"$work/out" 2>"$work/talk" || code=$?
	it "without privileges" ends 1
	it "says what is missing" grep -q 'CAP_NET_ADMIN' "$work/talk"
	it "in one line" test "$(wc -l <"$work/talk")" = 1
	watch
	it "keeps one privilege" grep -q '^CapEff:.*0000000000001000$' "/proc/$watcher/status"
	stop
}

speed() {
	local seen seconds

	watch --json
	seen=$("$work/monitor_load" "$(flows 900)" 50000 10000 0)
	sleep 3
	seconds=$(awk '{ print ($14 + $15) / 100 }' "/proc/$watcher/stat")
	stop
	echo "    monitor: $seen expectations made in a second, $(sum rate-most) seen, $seconds s of a processor for $(sum expectation-made)" >&2
	# On a slow machine they are fewer, or some are missed, and then that is said.
	if [ "$(sum missed)" = 0 ]; then
		it "speed: every one of 50000" test "$(sum expectation-made)" = 50000
	else
		it "speed: says that it missed some" test "$(sum overruns)" -gt 0
	fi
	conntrack -F >/dev/null 2>&1
}

# While it cannot run, more comes than fits.
overrun() {
	local flows

	flows=$(flows 100)
	watch --json --buffer 64
	kill -STOP "$watcher"
	"$work/monitor_load" "$flows" 2000 20000 0 >/dev/null
	kill -CONT "$watcher"
	it "overrun: says so" await '"event": "overrun"'
	sleep 1
	stop
	it "overrun: json" all_json
	it "overrun: all flows are known then" json_is summary flows "$flows "
	it "overrun: and all that they expect" json_is summary pending "$((flows * room)) "
	# An event of each flow, one of each expectation made and one of each pushed out.
	it "overrun: every event was seen or counted as missed" \
		adds_up $((flows + 2000)) $((2000 - flows * room))
	conntrack -F >/dev/null 2>&1
	watch --buffer 64
	kill -STOP "$watcher"
	"$work/monitor_load" "$flows" 2000 20000 0 >/dev/null
	kill -CONT "$watcher"
	it "overrun: for people" await 'overrun: [0-9]+ events missed, everything is read again'
	stop
	conntrack -F >/dev/null 2>&1
}
# adds_up CAME WENT: events told of before the overrun, and those missed.  What went and
# was not missed is told of later, or is the same as what was read then.
adds_up() {
	local before missed

	missed=$(json overrun missed)
	before=$(sed '/"overrun"/,$d' "$work/out" | grep -Ec '"(flow-begun|expectation-made)"')
	echo "$before before, $missed missed"
	[ "$missed" -gt 0 ] && [ $((before + missed)) -le $(($1 + $2)) ] &&
		[ $((before + missed)) -ge "$1" ]
}

counters() {
	watch --prometheus "$work/amfw.prom"
	talk 10.77.2.2 705 'DATA 50001 MESG 50002'
	it "ours: what the helper counts" await 'helper counted streams-opened \+2, '
	reply=${reply/SEQ 1/SEQ 7}
	talk 10.77.2.2 706 'DATA 50001'
	reply=${reply/SEQ 7/SEQ 1}
	it "ours: why it refuses" await 'helper refused 1: not-asked, '
	stop
	it "ours: in the summary" says '  helper: refused-not-asked \+1$'
	it "ours: in the metrics" grep -q '^amfw_helper_refused_total{reason="not-asked"} [1-9]' \
		"$work/amfw.prom"
	it "ours: metrics that can be read" metrics "$work/amfw.prom"
	conntrack -F >/dev/null 2>&1
}

# --- all of it ------------------------------------------------------------------

compile monitor_talk
compile monitor_load -lnetfilter_conntrack -lmnl
compile listener
compile json_items -ljansson
machines
# what one flow may expect at a time: the stock helper, and STREAMS_EXPECTED of ours
room=4
! ours || room=16
life
times
nat
waiting
prometheus
privileges
# An emulated processor tells nothing of speed.
ours || speed
overrun
! ours || counters
exit $failed
