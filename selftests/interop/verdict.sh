# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # failures and RUNNING belong to the script
# Sourced: what a result means, and what is kept of a cell that failed.

# With the stock helper some things are known to work and some to fail.
#  - it stops at INDEX -1, so STATE is never opened: bsd without an index fails;
#  - it does not know CTL, the stream that recovery asks for first;
#  - it takes the first five digits of bsdudp's in-band ids for a port; where a second
#    dump finds that port taken, it drops the reply, and behind NAT it rewrites the id.
# "?" is where timing decides.
stock_is_known_to() { # stock_is_known_to CELL OPERATION
	case $1:$2 in
	*:check | bsdtcp/*) echo yes ;;
	bsd/*/index-no/*:dump* | bsd/*/index-no/*:fetch) echo no ;;
	bsd*:recover) echo no ;;
	bsdudp/*:dump2 | bsdudp/*/twice:fetch) echo '?' ;;
	*) echo yes ;;
	esac
}

judge() { # judge CELL OPERATION yes|no SECONDS
	local name=$1/$2 known
	if [ "$RUNNING" = ours ]; then
		if [ "$3" = yes ]; then
			echo "ok interop/$name"
		else
			not_ok "interop/$name" "failed after $4 s"
		fi
		return
	fi
	known=$(stock_is_known_to "$1" "$2")
	case $known:$3 in
	'?':*) echo "# interop-stock/$name: $3, $4 s" ;;
	yes:yes) echo "ok interop-stock/$name" ;;
	no:no) echo "ok interop-stock/$name fails as known" ;;
	*) not_ok "interop-stock/$name" "known: $known, now: $3, after $4 s" ;;
	esac
}

not_ok() { # not_ok NAME REASON
	echo "not ok $1 - $2"
	failures=$((failures + 1))
}

# Events of the gateway's connection tracking, from the first cell to the last.
start_events() {
	on_net gw conntrack -E expect -o timestamp >"$W/log/expect" 2>&1 </dev/null &
	on_net gw conntrack -E -o timestamp >"$W/log/conntrack" 2>&1 </dev/null &
	wait_for 20 listeners_at_least 2 || die "conntrack does not listen"
}

# Sockets of the gateway that listen to events: protocol 12 is NETLINK_NETFILTER.
listeners_at_least() {
	awk -v least="$1" '$2 == 12 && $4 != "00000000" { n++ } END { exit n < least }' \
		"/proc/${HOLD[gw]}/net/netlink"
}

declare -A EVENTS_FROM
mark_events() {
	local f
	for f in expect conntrack; do
		EVENTS_FROM[$f]=$(($(stat -c %s "$W/log/$f") + 1))
	done
}

# Keep what explains a failure: the talk, Amanda's own logs, rules, counters, events.
keep_if_wanted() { # keep_if_wanted CELL
	local dir=$OUT/${1//\//-} f
	rm -rf "$dir"
	grep -q "^$1 [a-z0-9]* no " "$OUT/results" || [ -n "$VERBOSE" ] || return 0
	mkdir -p "$dir"
	cp -r "$W"/log/cell/. "$W"/*.nft "$W/site" "$dir/"
	cp -r "$W/tape/debug" "$dir/debug-tape"
	cp -r "$W/web1/debug" "$dir/debug-web1"
	for f in expect conntrack; do
		tail -c "+${EVENTS_FROM[$f]}" "$W/log/$f" >"$dir/events.$f"
	done
	for f in gw tape web1; do
		on_net $f nft list ruleset >"$dir/ruleset.$f"
	done
	on_net gw cat /proc/net/nf_conntrack_amanda >"$dir/counters" 2>/dev/null
	essential "$1" "$dir"
}

# The few lines that say why, for whoever reads only the output.
essential() { # essential CELL DIR
	local op
	[ "$RUNNING" = stock ] && [ -z "$VERBOSE" ] && return
	for op in $(operations "$1"); do
		grep -q "^$1 $op no " "$OUT/results" || continue
		grep -hE 'FAIL|could not|ERROR|[Tt]imeout|refused|[Cc]annot|differ|Only in' "$2/$op" |
			head -4 | sed "s|^|#   $op: |"
		tail -n 2 "$2/$op" | sed "s|^|#   $op: |"
	done
	echo "#   more in $2"
} >&2

summary() {
	if [ "$failures" -gt 0 ]; then
		echo "# interop: $failures not as it should be; see $OUT" >&2
		exit 1
	fi
	exit 0
}
