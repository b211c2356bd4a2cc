# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by run and injection: the shield around a run, and how results are told.

# Everything a run makes lives in mount, network and process namespaces of its
# own.  The kernel takes them down with the last process, so nothing can be left
# behind, whatever kills the script.  /var/lib/amanda is covered by a tmpfs: a
# place that exists wherever the packages are, and is never the machine's own.
W=/var/lib/amanda

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# cannot_run NAME REASON - the tier's way to say so; a failure where skips are not allowed.
cannot_run() {
	printf 'skip %s - %s\n' "$1" "$2"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

need_programs() {
	local name=$1 prog
	shift
	[ "$(id -u)" = 0 ] || cannot_run "$name" "needs root"
	for prog in "$@"; do
		command -v "$prog" >/dev/null || [ -x "$prog" ] ||
			cannot_run "$name" "$prog is not installed (scripts/setup)"
	done
}

# shielded ARG... - run this script again behind namespaces, and end with its status.
# unshare itself ignores TERM while it waits, hence the trap: killing unshare kills
# the first process of the process namespace, and with it every other.
shielded() {
	local child
	INTEROP_SHIELD=1 unshare --mount --pid --fork --kill-child --mount-proc \
		--propagation private -- "$0" "$@" </dev/null &
	child=$!
	# shellcheck disable=SC2064
	trap "kill -KILL $child" INT TERM HUP
	wait "$child"
	exit $?
}

# The work area, inside the shield.
open_work_area() {
	mount -t tmpfs -o mode=755 amfw-interop "$W" || die "cannot mount a tmpfs on $W"
	mkdir -p "$W/log"
}

seconds_since() {
	local now=${EPOCHREALTIME/[.,]/}
	local took=$(((now - $1) / 100000))
	printf '%d.%d' $((took / 10)) $((took % 10))
}

clock() {
	printf '%s' "${EPOCHREALTIME/[.,]/}"
}

# running_helper - which helper this kernel has: ours has a parameter that the stock one lacks.
running_helper() {
	modprobe nf_conntrack_amanda 2>/dev/null
	if [ -e /sys/module/nf_conntrack_amanda/parameters/min_port ]; then
		echo ours
		return
	fi
	# The stock NAT half comes only if it is called by name.  That is one of its faults, and
	# a test of its own; here it would hide how the two compare where both are there.
	modprobe nf_nat_amanda 2>/dev/null
	echo stock
}

# wait_for SECONDS COMMAND... - poll until the command succeeds.
wait_for() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}
