# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of the sourcing script
# Sourced by check.sh: the worked example of docs/check.md, with the real firewalld:
# a client where somebody opened the port of the wrong protocol.

# What loader_firewalld.sh asks of the script that loads it.
loader_needs() {
	local tool

	for tool in "$@"; do command -v "$tool" >/dev/null || return 1; done
}

# shellcheck source=selftests/net/loader_firewalld.sh
. "$here/loader_firewalld.sh"

firewalld_example() {
	local ns=amfwcheck$$ home

	if [ "$(id -u)" != 0 ] || ! loader_firewalld_available; then
		echo "skip check/firewalld - no firewalld, or not root"
		return
	fi
	namespaces+=("$ns")
	ip netns add "$ns" && ip -n "$ns" link set lo up
	firewalld_begin "$ns" public || {
		not_ok firewalld/start "it does not start"
		return
	}
	home=$(firewalld_home "$ns")
	firewalld_in "$ns" "$home" firewall-cmd --quiet --add-port=10080/tcp
	exits firewalld/broken 3 \
		'^blocked: .*fix: amfwctl generate --format firewalld --host web1 ' \
		ip netns exec "$ns" "$amfwctl" check --helper ours --host web1 "$work/clean.site"
	exits firewalld/found 3 '^found    wrong-protocol: lets tcp through' \
		ip netns exec "$ns" "$amfwctl" check --helper ours --host web1 "$work/clean.site"
	"$amfwctl" generate --format firewalld --host web1 --output "$work/out" "$work/clean.site"
	cp -r "$work/out/etc/firewalld/." "$home/etc/"
	firewalld_in "$ns" "$home" firewall-cmd --quiet --reload
	exits firewalld/fixed 0 '^pass: ' \
		ip netns exec "$ns" "$amfwctl" check --helper ours --host web1 "$work/clean.site"
}
