# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # failures and RUNNING belong to the script
# Sourced: one cell, told as it happens.

title() {
	printf '\n--- %s\n' "$*"
}

indented() {
	sed -u 's/^/    /'
}

field() { # field NAME LINE - the first NAME=value of an event
	local rest=${2#* "$1"=}
	echo "${rest%% *}"
}

# One line for each expectation that is made, and for each connection that meets one.
# The two kinds of event come from two programs, and may overtake one another.
tell_event() { # tell_event LINE
	local key
	key="$(field src "$1") to $(field dst "$1") port $(field dport "$1")"
	case $1 in
	*"[NEW]"*class=*)
		MADE[$key]=1
		echo "  * expectation made: tcp from $key"
		[ -n "${EARLY[$key]:-}" ] && echo "  * expectation met:  tcp from $key"
		unset "EARLY[$key]"
		;;
	*"[NEW]"*" tcp "*)
		if [ -n "${MADE[$key]:-}" ]; then
			echo "  * expectation met:  tcp from $key"
		else
			EARLY[$key]=1
		fi
		;;
	esac
}

tell_events() {
	local line
	local -A MADE EARLY
	while read -r line; do
		tell_event "$line"
	done
}

follow_events() {
	on_net gw conntrack -E expect </dev/null 2>/dev/null >"$1" &
	FOLLOWERS=$!
	on_net gw conntrack -E -p tcp -e NEW </dev/null 2>/dev/null >"$1" &
	FOLLOWERS="$FOLLOWERS $!"
}

show_operation() { # show_operation OPERATION TITLE
	local answer=yes start
	start=$(clock)
	title "$2"
	"do_$1" "$W/log/$1" || answer=no
	sleep 0.5	# the last events
	case $1 in
	dump) as_backup tape amreport "$CONF" 2>&1 | sed '/^$/N;/^\n$/D' ;;
	*) cat "$W/log/$1" ;;
	esac | indented
	echo "$1: $answer, after $(seconds_since "$start") s"
	echo "show $1 $answer $(seconds_since "$start")" >>"$OUT/results"
	judge "$CELL" "$1" "$answer" "$(seconds_since "$start")" >>"$W/log/judged"
}

show_verdict() {
	title "Verdict"
	echo "check   the client answers the server            $(answer_of check)"
	echo "dump    the server has the client's backup       $(answer_of dump)"
	echo "restore every file byte for byte as it was       $(answer_of recover)"
	echo
	printf 'helper: %s; expectations made: %s, left unused: %s\n' "$RUNNING" \
		"$(grep -c '\[NEW\]' "$W/log/expect")" \
		"$(on_net gw conntrack -L expect 2>/dev/null | grep -c proto=6)"
	on_net gw cat /proc/net/nf_conntrack_amanda 2>/dev/null | grep -v ' 0$' | indented
}

answer_of() {
	sed -n "s/^show $1 \([a-z]*\) .*/\1/p" "$OUT/results"
}

show_site() {
	title "The site"
	indented <"$W/site"
	title "amfwctl flows: what has to pass the gateway"
	"$AMFWCTL" flows --host gw "$W/site" | indented
	title "amfwctl generate --host gw | nft -f -: what opens it"
	indented <"$W/gw.nft"
}

show_cell() { # show_cell CELL
	CELL=$1
	prepare "$CELL"
	show_site
	mkfifo "$W/log/events"
	tell_events <"$W/log/events" &
	exec 8>"$W/log/events"
	follow_events "$W/log/events"
	wait_for 10 listeners_at_least 4
	show_operation check "amcheck -c: does the client answer?"
	show_operation dump "amdump: a full backup of $DISK on web1"
	title "On web1, before"
	(cd "$W/web1/lib/data" && find . -type f -exec sha256sum {} + | sort -k 2) | indented
	show_operation recover "amrecover, on web1: all of it, into an empty directory"
	title "On web1, restored"
	(cd "$W/web1/lib/restored" && find . -type f -exec sha256sum {} + | sort -k 2) | indented
	# shellcheck disable=SC2086
	kill $FOLLOWERS
	exec 8>&-
	show_verdict
	[ "$failures" = 0 ]
}
