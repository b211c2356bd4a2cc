#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2034,SC2016 # $here and $work, which the loaders want; inner shells
#
# Rulesets as others write them: those in wild/, in the shape of what well-known
# programs write; those that nftables ships as examples; and what firewalld, ufw and
# Shorewall make, each by itself.  The kernel judges, as for rulesets by chance.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/selftests/net
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
differential=${DIFFERENTIAL:-$top/build/tests/ruleset/differential}
site=$top/docs/examples/demo.site
ns=amfwwild$$
work=$(mktemp -d)
failed=0

cannot() {
	echo "skip wild - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	ip netns del "$ns" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

[ "$(id -u)" = 0 ] || cannot 'not root'
[ -x "$differential" ] || cannot "no $differential: make tests"

# shellcheck source=selftests/net/loaders.sh
. "$here/loaders.sh"

try() { # try FILE [OPTION...]
	"$differential" -f "$@" -n 6 -p 300 2>/dev/null || failed=1
}

# Examples that ask for what only their author's machine has are left out: interfaces,
# files beside them, and what this kernel was built without.
examples() {
	local file

	for file in /usr/share/doc/nftables/examples/*.nft; do
		[ -e "$file" ] || continue
		sed -E '/^flush ruleset/d;s/\b(eth0|enp[0-9a-z]+|wlan0)\b/l0/g;s/\b(eth1|ppp0)\b/r0/g' \
			"$file" >"$work/example-${file##*/}"
		unshare -n sh -c 'ip link add l0 type veth peer name r0; nft -c -f "$1"' \
			sh "$work/example-${file##*/}" 2>/dev/null && try "$work/example-${file##*/}"
	done
}

namespace() {
	ip netns del $ns 2>/dev/null
	ip netns add $ns
	ip -n $ns link set lo up
	ip -n $ns link add l0 type veth peer name r0
	ip -n $ns address add 10.66.1.1/24 dev l0
	ip -n $ns address add 10.66.2.1/24 dev r0
	ip -n $ns link set l0 up
	ip -n $ns link set r0 up
}

# What FORMAT's own program makes of our rules beside its own.
real() { # real FORMAT
	loader_call loader_FORMAT_available "$1" || {
		echo "skip wild/$1 - it is not there"
		[ "${CI:-}" != true ] || failed=1
		return
	}
	namespace
	if ! loader_write "$1" "$work/$1" --host gw "$site" ||
		! loader_call load_FORMAT "$1" $ns "$work/$1" >"$work/said" 2>&1; then
		echo "not ok wild/$1 - $(tail -n 1 "$work/said")"
		failed=1
		return
	fi
	case $1 in
	firewalld)
		ip netns exec $ns nft list ruleset >"$work/$1.nft"
		try "$work/$1.nft"
		;;
	*)
		ip netns exec $ns iptables-save >"$work/$1.iptables"
		ip netns exec $ns ip6tables-save >"$work/$1.iptables6"
		try "$work/$1.iptables"
		try "$work/$1.iptables6"
		;;
	esac
	loader_call unload_FORMAT "$1" $ns
}

# Shorewall's own example of a router.  Its helper of SNMP drops what is no SNMP, as our
# packets are: that is no rule's doing.
shorewall_example() {
	local examples=/usr/share/doc/shorewall/examples/two-interfaces dir=$work/shorewall

	if ! loader_needs shorewall unshare 2>/dev/null || [ ! -d $examples ]; then
		echo 'skip wild/shorewall - it is not there'
		[ "${CI:-}" != true ] || failed=1
		return
	fi
	namespace
	ip -n $ns route add default via 10.66.2.254
	cp -r $examples "$dir"
	gunzip -qf "$dir"/*.gz 2>/dev/null
	sed -i 's/eth0/r0/g;s/eth1/l0/g' "$dir"/*
	ip netns exec $ns unshare -m --propagation private sh -c '
		mount -t tmpfs lib /var/lib/shorewall && mount -t tmpfs run /run &&
			mkdir -p /run/lock /run/shorewall && shorewall -v0 start "$1"' sh "$dir" \
		>"$work/said" 2>&1 || {
		echo "not ok wild/shorewall - $(tail -n 1 "$work/said")"
		failed=1
		return
	}
	ip netns exec $ns iptables-save | sed '/-j CT --helper snmp/d' >"$work/shorewall.iptables"
	try "$work/shorewall.iptables"
}

for file in "$top"/selftests/ruleset/wild/*; do
	case $file in
	*.ipset) ;;
	*/calico.iptables) try "$file" -S "${file%.iptables}.ipset" ;;
	*) try "$file" ;;
	esac
done
examples
for format in firewalld ufw; do
	real $format
done
shorewall_example
exit $failed
