# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016  # sh -c takes its words as they are
# Sourced: three machines, tape (the server) - gw (the gateway) - web1 (the client).
# A machine is one sleeping process that holds a network, a mount and a UTS
# namespace (Amanda looks at its own host name).

TAPE=192.168.2.2
GW_TAPE=192.168.2.1	# the gateway as the server sees it
GW_WEB1=198.51.100.1	# the gateway as the client sees it
WEB1=198.51.100.5

declare -A HOLD		# machine -> process that holds it

on() { # on MACHINE COMMAND...
	local pid=${HOLD[$1]}
	shift
	nsenter -t "$pid" -m -n -u -- "$@"
}

on_net() { # on_net MACHINE COMMAND... - only its network: sees this script's files
	local pid=${HOLD[$1]}
	shift
	nsenter -t "$pid" -n -- "$@"
}

other_netns() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
		[ "$(cat "/proc/$1/comm")" = sleep ]
}

hold() { # hold MACHINE
	unshare --mount --net --uts --propagation private \
		sh -c 'hostname "$0.example" && exec sleep infinity' "$1" </dev/null &
	HOLD[$1]=$!
	wait_for 10 other_netns $! || die "cannot make namespaces for $1"
	on_net "$1" ip link set lo up
}

wire() { # wire MACHINE ADDRESS GATEWAY-ADDRESS
	ip link add name eth0 netns "${HOLD[$1]}" type veth \
		peer name "to-$1" netns "${HOLD[gw]}" || die "cannot make a veth pair"
	on_net "$1" ip addr add "$2/24" dev eth0
	on_net gw ip addr add "$3/24" dev "to-$1"
	on_net "$1" ip link set eth0 up
	on_net gw ip link set "to-$1" up
	on_net "$1" ip route add default via "$3"
}

build_topology() {
	local m
	for m in gw tape web1; do
		hold $m
	done
	wire tape $TAPE $GW_TAPE
	wire web1 $WEB1 $GW_WEB1
	on_net gw sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	# in a namespace of its own a kernel may keep the events off until they are asked for
	on_net gw sh -c 'echo 1 >/proc/sys/net/netfilter/nf_conntrack_events' 2>/dev/null
	return 0
}

# quiet MACHINE - end what runs on it, the holder excepted.  Only processes of this
# run's own process namespace can be found here.
quiet() {
	local ns pid
	ns=$(readlink "/proc/${HOLD[$1]}/ns/uts")
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		[ "$pid" = "${HOLD[$1]}" ] && continue
		[ "$(readlink "/proc/$pid/ns/uts")" = "$ns" ] && kill "${2:--TERM}" "$pid" 2>/dev/null
	done
	return 0
}

# routes NAT - a client that is to see the gateway's address has no way to the server's own.
routes() {
	case $1 in
	masquerade | both) on_net web1 ip route del default 2>/dev/null ;;
	*) on_net web1 ip route replace default via "$GW_WEB1" ;;
	esac
	return 0
}
