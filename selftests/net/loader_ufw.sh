# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2317 # called by name
# Sourced by loaders.sh: the real ufw, on a copy of its configuration that only it
# sees.
#
# What the README of the output tells its readers to do is what is done here.  Where
# it does not tell them to refuse the rest, ufw lets it through, as the other formats
# do: so that what is refused is refused by these rules.

# ufw_run NAMESPACE DIR: the lines of the README that are set in, and one command
# more, from standard input, with ufw's configuration as Debian ships it
ufw_run() {
	# shellcheck disable=SC2016 # the inner shell's variables
	ip netns exec "$1" unshare -m --propagation private sh -c '
		set -e
		private() {
			mkdir /run/copy
			cp -a "$1/." /run/copy
			mount -t tmpfs tmpfs "$1"
			cp -a /run/copy/. "$1"
			rm -rf /run/copy
		}
		mount -t tmpfs tmpfs /run
		private /etc/ufw
		private /etc/default
		cp /usr/share/ufw/*.rules /usr/share/ufw/*.init /usr/share/ufw/ufw.conf /etc/ufw
		chmod 640 /etc/ufw/*.rules /etc/ufw/*.init
		sed -i "s/^IPV6=.*/IPV6=yes/; s/^DEFAULT_INPUT_POLICY=.*/DEFAULT_INPUT_POLICY=ACCEPT/" \
			/etc/default/ufw
		cp -r "$1/etc/." /etc
		sed -n "s/^\t//p" /etc/ufw/amfw/README | grep -vx "ufw reload" >/run/commands
		. /run/commands >/run/said 2>&1 || {
			cat /run/said >&2
			exit 1
		}
		cat >/run/rest
		. /run/rest' sh "$2"
}

loader_ufw_available() { loader_needs ufw iptables-restore ip6tables-restore unshare; }

load_ufw() {
	local said

	if ! said=$(echo 'ufw --force enable' | ufw_run "$1" "$2" 2>&1); then
		printf '%s\n' "$said" | grep -v '^ *$' >&2
		return 1
	fi
}

unload_ufw() { ip netns exec "$1" nft flush ruleset; }

# ufw takes its time: the auths that differ to it, and all machines at once only
# where translations of all kinds meet.
takes_ufw() {
	case $1/$2/$3 in all/both/46 | all/gwclient/4 | gateway/plain/46 | gateway/*/[46] | *-closed/* | client/*) ;; *) return 1 ;; esac
	case $4/$5 in bsd/* | bsdtcp/*) ;; bsdudp/helper | extras/*) [ "$2" = plain ] ;; *) return 1 ;; esac
}
