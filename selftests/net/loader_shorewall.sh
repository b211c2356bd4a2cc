		for dir in shorewall shorewall6; do
			[ ! -d "$1/etc/$dir" ] || cp -r "$1/etc/$dir/." /etc/$dir || exit 1
		done
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # variables of the sourcing script; called by name
# Sourced by loaders.sh: the real Shorewall and Shorewall6, with their folders private.

# shorewall_run NAMESPACE DIR COMMAND...: with what is in DIR as the machine's /etc
shorewall_run() {
	# shellcheck disable=SC2016 # the inner shell's variables
	ip netns exec "$1" unshare -m --propagation private sh -c '
		for dir in /etc/shorewall /etc/shorewall6 /var/lib/shorewall /var/lib/shorewall6 \
			/var/log /run; do
			mount -t tmpfs tmpfs $dir || exit 1
		done
		mkdir /run/lock
		cp -r "$1"/etc/. /etc || exit 1
		shift
		exec "$@"' sh "${@:2}"
}

shorewall_tools() { # of the families of this case
	case $family in *4*) echo shorewall ;; esac
	case $family in *6*) echo shorewall6 ;; esac
}

loader_shorewall_available() {
	loader_needs shorewall shorewall6 iptables-restore ip6tables-restore unshare
}

# It says more than its errors, and goes on after warnings: those are errors too.
load_shorewall() {
	local said tool

	for tool in $(shorewall_tools); do
		if ! said=$(shorewall_run "$1" "$2" "$tool" start 2>&1) ||
			grep -q 'WARNING\|ERROR' <<<"$said"; then
			grep 'WARNING\|ERROR' <<<"$said" >&2 || tail -n 3 <<<"$said" >&2
			return 1
		fi
	done
}

unload_shorewall() {
	ip netns exec "$1" nft list tables | sed -n 's,^table ip6\? .*,delete &,p' |
		ip netns exec "$1" nft -f -
}

# It compiles rules as slowly as it likes: the auths that differ to it, and all
# machines at once only where translations of all kinds meet.
takes_shorewall() {
	case $1/$2/$3 in all/both/* | all/gwclient/* | gateway/*/[46] | gateway/plain/46 | server*/* | client*/*) ;; *) return 1 ;; esac
	case $4 in bsd | bsdudp | bsdtcp | extras) ;; *) return 1 ;; esac
}
