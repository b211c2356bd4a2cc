# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154,SC2317,SC2034 # names hold no blanks; formats.sh sets and reads the rest
# Sourced by formats.sh: two gateways, one takes over.

# server and client each have a bridge, with both gateways at it
lay_out_pair() {
	local name

	for name in s a b c; do machine $name; done
	for name in s c; do
		ip -n $tag$name link add br0 type bridge
		ip -n $tag$name link set br0 up
	done
	for name in a b; do
		ip link add left netns $tag$name type veth peer name $name netns ${tag}s
		ip link add right netns $tag$name type veth peer name $name netns ${tag}c
		ip -n ${tag}s link set dev $name master br0 up
		ip -n ${tag}c link set dev $name master br0 up
		on $name sysctl -qw net.ipv4.ip_forward=1
	done
	ip link add sync netns ${tag}a type veth peer name sync netns ${tag}b
	ip -n ${tag}a addr add 192.168.250.1/24 dev sync
	ip -n ${tag}b addr add 192.168.250.2/24 dev sync
	ip -n ${tag}a link set sync up
	ip -n ${tag}b link set sync up
	ip -n ${tag}s addr add 10.66.1.2/24 dev br0
	ip -n ${tag}c addr add 10.66.2.2/24 dev br0
}

serve_now() { # serve_now NAME: this gateway has the addresses from now on
	ip -n "$tag$1" addr add 10.66.1.1/24 dev left
	ip -n "$tag$1" addr add 10.66.2.1/24 dev right
	ip -n "$tag$1" link set left up
	ip -n "$tag$1" link set right up
	ip -n ${tag}s neigh flush dev br0
	ip -n ${tag}c neigh flush dev br0
	ip -n ${tag}s route replace default via 10.66.1.1
	ip -n ${tag}c route replace default via 10.66.2.1
}

pair_site() { # pair_site NAT-LINE
	printf '[site]\nauth = bsd\n[host s]\nrole = server\naddress = 10.66.1.2\n'
	printf '[host c]\nrole = client\naddress = 10.66.2.2\n'
	printf '[host g]\nrole = gateway\naddress = 10.66.1.1/24 10.66.2.1/24\n%s\n' "$1"
}

start_conntrackd() { # start_conntrackd NAME FILE
	# shellcheck disable=SC2016 # the inner shell's variables
	ip netns exec "$tag$1" unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p /run/lock &&
		exec conntrackd -C "$0"' "$2" >"$work/conntrackd.$1" 2>&1 &
	pids+=($!)
	eval "daemon_$1=$!"
	wait_for conntrackd_of "$1" -s
}

conntrackd_of() { # conntrackd_of NAME OPTION...
	local name=$1 daemon=daemon_$1

	shift
	nsenter -t "${!daemon}" -n -m conntrackd -C "$work/$name.conf" "$@"
}

expectations() { # expectations NAME
	on "$1" conntrack -L expect 2>/dev/null | grep -c 'helper=amanda'
}

has_expectations() { [ "$(expectations "$1")" = "$2" ]; }

mirrored() { # mirrored: the other gateway knows the flow and its streams
	[ "$(conntrackd_of b -e expect | grep -c 'helper=amanda')" = 3 ] &&
		conntrackd_of b -e | grep -q 'dport=10080'
}

# What each stream meets after the takeover, in $answers.
streams_after() { # streams_after DIALLED-ADDRESS
	local port

	answers=
	for port in 50001 50002 50004; do
		answers+="$(on s "$probe" connect 10.66.1.2 $((port + 20)) "$1" $port | cut -d ' ' -f 1) "
	done
}

# What a stream has to say that was there before, in $held.
talk() { # talk DIALLED-ADDRESS
	ip netns exec ${tag}c "$hold" serve 10.66.2.2 50003 >/dev/null &
	pids+=($!)
	sleep 0.2
	ip netns exec ${tag}s "$hold" talk 10.66.1.2 50040 "$1" 50003 5 >"$work/held" &
	talker=$!
	sleep 1
}

announce() { # announce DIALLED-ADDRESS: three streams; what listens at two of them and one more
	ip netns exec ${tag}c "$probe" serve 10.66.2.2 50001 50002 50003 >/dev/null &
	local first=$!

	sleep 0.3
	on s "$probe" request 10.66.1.2 840 "$1" 10080 >/dev/null
	kill $first
	wait $first 2>/dev/null
	ip netns exec ${tag}c "$probe" serve 10.66.2.2 50001 50002 50004 >/dev/null &
	pids+=($!)
}

take_over() {
	ip -n ${tag}a link set left down
	ip -n ${tag}a link set right down
	if [ -n "${NO_COMMIT:-}" ]; then
		serve_now b
		return
	fi
	# First what is known, then the address: a packet between the two is one for
	# the gateway itself, which resets it.
	conntrackd_of b -c && conntrackd_of b -f && conntrackd_of b -R && conntrackd_of b -B
	serve_now b
	wait_for has_expectations b 2 ||
		not_ok "conntrackd/$name/committed" "$(expectations b) expectations after the takeover"
}

start_pair() { # start_pair NAT-LINE
	local gateway

	pair_site "$1" >"$work/site"
	lay_out_pair
	for gateway in a b; do
		"$amfwctl" generate "$work/site" | on $gateway nft -f -
	done
	"$amfwctl" generate --format conntrackd --sync sync,192.168.250.1,192.168.250.2 "$work/site" >"$work/a.conf"
	"$amfwctl" generate --format conntrackd --sync sync,192.168.250.2,192.168.250.1 "$work/site" >"$work/b.conf"
	start_conntrackd a "$work/a.conf" && start_conntrackd b "$work/b.conf"
}

same() { # same NAME WANTED GOT
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "$3, not $2"
	fi
}

failover() { # failover NAME NAT-LINE DIALLED-ADDRESS ANSWERS HELD
	local name=$1 dialled=$3

	if ! start_pair "$2"; then
		not_ok "conntrackd/$name/starts" "$(tail -n 1 "$work"/conntrackd.[ab] | tail -n 1)"
		remove_machines
		return
	fi
	ok "conntrackd/$name/starts"
	serve_now a
	announce "$dialled"
	wait_for has_expectations a 3 || not_ok "conntrackd/$name/expected" "no expectations on the first gateway"
	wait_for mirrored
	same "conntrackd/$name/sent" 3 "$(conntrackd_of b -e expect | grep -c 'helper=amanda')"
	talk "$dialled"
	take_over
	streams_after "$dialled"
	same "conntrackd/$name/streams" "$4" "$answers"
	wait $talker
	same "conntrackd/$name/goes-on" "$5" "$(sed 's/ after.*//' "$work/held")"
	remove_machines
}

section_conntrackd() {
	if ! command -v conntrackd >/dev/null || ! command -v conntrack >/dev/null; then
		skip conntrackd "no conntrackd or conntrack"
		return
	fi
	pair_site '' >"$work/site"
	"$amfwctl" generate --format conntrackd "$work/site" >"$work/a.conf"
	expect conntrackd/not-filled-in '!0' 'address|ADDRESS' unshare -mn sh -c "
		mount -t tmpfs none /run && mkdir /run/lock && conntrackd -C $work/a.conf"
	failover plain '' 10.66.2.2 'open open reset ' 'to the end'
	# The one that was announced is dropped where nobody told the other gateway of it.
	NO_COMMIT=1 failover untold '' 10.66.2.2 'reset reset reset ' 'cut off'
	# What the format says that conntrackd cannot: the stream is not translated.
	failover translated 'nat = forward 10.66.1.1:10080 -> c' 10.66.1.1 'reset reset reset ' 'to the end'
}
