# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the sourcing script
# Sourced by product: the machines.
#
#	server   10.66.1.2 --+                                +-- client   10.66.2.2
#	stranger 10.66.1.9 --+-- 10.66.1.1 gateway 10.66.2.1 -+-- second   10.66.2.3
#	                                                      +-- stranger 10.66.2.9
#
# and the same in 2001:db8:66:1::/64 and 2001:db8:66:2::/64.  Server and client have
# an address more, 6, that no site knows.  Built once for all cases.

tag=amfwp$$
declare -A NS=([server]=${tag}s [client]=${tag}c [gw]=${tag}g [near]=${tag}n [far]=${tag}f
	[second]=${tag}2)
declare -A V4=([server]=10.66.1.2 [near]=10.66.1.9 [client]=10.66.2.2 [far]=10.66.2.9 [second]=10.66.2.3
	[gw]='10.66.1.1 10.66.2.1')
declare -A V6=([server]=2001:db8:66:1::2 [near]=2001:db8:66:1::9 [client]=2001:db8:66:2::2
	[far]=2001:db8:66:2::9 [second]=2001:db8:66:2::3 [gw]='2001:db8:66:1::1 2001:db8:66:2::1')
declare -A SIDE=([server]=near [near]=near [client]=far [far]=far [second]=far [gw]=gate)
declare -A ALIAS4=([server]=10.66.1.6 [client]=10.66.2.6)
declare -A ALIAS6=([server]=2001:db8:66:1::6 [client]=2001:db8:66:2::6)

on() { # on MACHINE COMMAND...
	local machine=$1

	shift
	ip netns exec "${NS[$machine]}" "$@"
}

lab_end() {
	local machine

	for machine in "${!NS[@]}"; do
		ip netns del "${NS[$machine]}" 2>/dev/null
		rm -rf "/etc/netns/${NS[$machine]}"
	done
	rmdir /etc/netns 2>/dev/null
}

# A side of the gateway is a bridge, so that two machines share its interface.
lab_side() { # lab_side INTERFACE IPV4 IPV6
	ip -n "${NS[gw]}" link add "$1" type bridge
	ip -n "${NS[gw]}" link set "$1" up
	ip -n "${NS[gw]}" addr add "$2/24" dev "$1"
	ip -n "${NS[gw]}" addr add "$3/64" dev "$1" nodad
}

lab_join() { # lab_join MACHINE INTERFACE GATEWAY-IPV4 GATEWAY-IPV6
	ip link add eth0 netns "${NS[$1]}" type veth peer name "to-$1" netns "${NS[gw]}"
	ip -n "${NS[gw]}" link set "to-$1" master "$2" up
	ip -n "${NS[$1]}" addr add "${V4[$1]}/24" dev eth0
	ip -n "${NS[$1]}" addr add "${V6[$1]}/64" dev eth0 nodad
	lab_alias "$1"
	ip -n "${NS[$1]}" link set eth0 up
	ip -n "${NS[$1]}" route add default via "$3"
	ip -n "${NS[$1]}" -6 route add default via "$4"
}

lab_alias() { # lab_alias MACHINE: as well as its address
	[ -n "${ALIAS4[$1]:-}" ] || return 0
	ip -n "${NS[$1]}" addr add "${ALIAS4[$1]}/24" dev eth0
	ip -n "${NS[$1]}" addr add "${ALIAS6[$1]}/64" dev eth0 nodad preferred_lft 0
}

# A gateway that is no end of any flow is closed itself, as gateways are: nothing
# is reset there but by a rule.  It is last: the chains of firewalld are at filter + 10.
lab_gateway() { # lab_gateway closed|open

	on gw nft -f - <<-END
		table inet lab
		delete table inet lab
		$([ "$1" = open ] || lab_closed)
	END
}

lab_closed() {
	cat <<-END
		table inet lab {
			chain input {
				type filter hook input priority filter + 50; policy drop;
				meta l4proto ipv6-icmp accept
			}
		}
	END
}

lab_build() {
	local machine

	for machine in "${!NS[@]}"; do
		ip netns add "${NS[$machine]}" || return 1
		ip -n "${NS[$machine]}" link set lo up
		# What connections leave behind is in the way of those of the next case from and
		# to the same ports, in the other direction most of all.
		on "$machine" sysctl -qw net.ipv4.tcp_max_tw_buckets=0
		# what answers a closed port shall not run dry
		on "$machine" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	done
	on gw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_side toserver 10.66.1.1 2001:db8:66:1::1
	lab_side toclient 10.66.2.1 2001:db8:66:2::1
	for machine in server near; do
		lab_join $machine toserver 10.66.1.1 2001:db8:66:1::1 || return 1
	done
	for machine in client second far; do
		lab_join $machine toclient 10.66.2.1 2001:db8:66:2::1 || return 1
	done
}

# Neighbours have to be found again by each case that rules at an end may hinder.
lab_forget() {
	local machine

	for machine in server client; do
		ip -n "${NS[$machine]}" neigh flush dev eth0 2>/dev/null
	done
}

# lab_file: the machines as product_probes wants them; names of strangers that the
# site knows are the site's
lab_file() {
	local machine

	for machine in server client gw near far second; do
		[ $machine != second ] || has_second || continue
		echo "machine $(site_name $machine) /run/netns/${NS[$machine]} ${SIDE[$machine]}" \
			"$(lab_addresses $machine) $(lab_aliases $machine)"
	done
}

lab_aliases() { # lab_aliases MACHINE
	case $family in *4*) printf '%s ' "${ALIAS4[$1]:-}" ;; esac
	case $family in *6*) printf '%s ' "${ALIAS6[$1]:-}" ;; esac
}

lab_addresses() { # lab_addresses MACHINE: those of the families of this case
	case $family in *4*) printf '%s ' "${V4[$1]}" ;; esac
	case $family in *6*) printf '%s ' "${V6[$1]}" ;; esac
}
