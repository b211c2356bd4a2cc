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
		for dir in shorewall shorewall6; do
			[ ! -d "$1/etc/$dir" ] || cp -r "$1/etc/$dir/." /etc/$dir || exit 1
		done
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

# --- parts to include, in what an administrator has: a zone for each side -----------

takes_shorewall_include() {
	case $1/$2 in gateway/gwclient | gateway/names) return 1 ;; gateway/* | *-closed/plain) ;; *) return 1 ;; esac
	case $3/$4 in [46]/bsd | [46]/bsdtcp) ;; *) return 1 ;; esac
}

# What leaves a closed machine beside the flows is for its own policy to say.
precision_shorewall_include() {
	case $1 in *-closed) echo no-reset ;; esac
}

# snat wants to know by which interface a packet leaves: so where are the others?
write_shorewall_include() { # write_shorewall_include DIR ARGUMENT... SITE
	local near far length=24

	[ "$family" = 4 ] || length=64
	read -r near far <<<"$(lab_addresses gw)"
	sed "s/^address = \($near\|$far\) *\$/&\/$length/
		s/^address = $near\/.*/interface = toserver $near\n&/
		s/^address = $far\/.*/interface = toclient $far\n&/" "${!#}" >"$1/site"
	generate_into "$1" shorewall --style include "${@:2:$#-2}" "$1/site"
}

loader_shorewall_include_available() { loader_shorewall_available; }
unload_shorewall_include() { unload_shorewall "$@"; }

# The lines that the README of the output names, in the order that it asks for
shorewall_included() { # shorewall_included FILE README
	sed -n "/^$1[,:]/,/^[^\t?]/s/^\t//p" "$2"
}

# shorewall_site TOOL DIR: what the administrator had, with the lines of the README
shorewall_site() {
	local etc=$2/etc/$1 forward=ACCEPT ends=ACCEPT type=ipv4 icmp=icmp

	[ "$1" = shorewall ] || type=ipv6 icmp=ipv6-icmp
	case $where in gateway) forward=DROP ;; *) ends=DROP ;; esac
	printf 'STARTUP_ENABLED=Yes\n%s\n' "$(shorewall_included "$1.conf" "$etc/amfw.readme")" >"$etc/$1.conf"
	printf 'fw firewall\none %s\ntwo %s\n' $type $type >"$etc/zones"
	if [ "$where" = gateway ]; then
		printf '?FORMAT 2\none toserver routeback\ntwo toclient routeback\n'
	else
		printf '?FORMAT 2\none eth0\ntwo eth+\n'
	fi >"$etc/interfaces"
	printf '%s\n' "\$FW all $ends" "all \$FW $ends" "all+ all+ $forward" >"$etc/policy"
	shorewall_included rules "$etc/amfw.readme" >"$etc/rules"
	printf 'ACCEPT all+ all+ %s\n' $icmp >>"$etc/rules"
	printf '?FORMAT 3\n%s\n' "$(shorewall_included conntrack "$etc/amfw.readme")" >"$etc/conntrack"
	shorewall_included snat "$etc/amfw.readme" >"$etc/snat"
}

load_shorewall_include() {
	local tool

	for tool in $(shorewall_tools); do shorewall_site "$tool" "$2"; done
	load_shorewall "$@"
}
