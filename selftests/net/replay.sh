#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# replay.sh [update]
# "amfwctl replay" of the captures in selftests/captures: those of real Amanda, and
# those that make_capture.c makes of the stories beside them.  What it prints for
# people and for programs, and its status, are held against NAME.txt and NAME.json.
# With "update" these are written anew: read the difference before it is committed.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
corpus=$top/selftests/captures
update=${1:-}
work=$(mktemp -d)
failed=0
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

ok() { echo "ok replay/$1"; }
not_ok() {
	echo "not ok replay/$1 - $2"
	failed=1
}
cannot() {
	echo "skip replay - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
make_capture=$top/build/tests/net/make_capture
json=$top/build/tests/net/json_items
flood=$top/build/tests/net/flood
mkdir -p "${json%/*}"
cc=(-std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -O1)
"${CC:-cc}" "${cc[@]}" -o "$make_capture" "$here/make_capture.c" -lpcap || exit 1
"${CC:-cc}" "${cc[@]}" -o "$json" "$here/json_items.c" -ljansson || exit 1
"${CC:-cc}" "${cc[@]}" -o "$flood" "$here/flood.c" -lpcap || exit 1

# A process without root reads captures as nobody.
chmod 755 "$work"

# told FOLDER OPTION...: what is said of the captures in it, with the status
told() {
	local folder=$1

	shift
	(cd "$folder" && "$amfwctl" replay "$@" ./*.pcap 2>&1; echo "status $?") |
		sed 's|\./||g'
}

# compare NAME WHAT GOLDEN FILE
compare() {
	if [ "$update" = update ]; then
		cp "$4" "$3"
	elif diff -u "$3" "$4" >"$work/diff" 2>&1; then
		ok "$1/$2"
	else
		head -n 30 "$work/diff" >&2
		not_ok "$1/$2" 'it differs from the golden one; "replay.sh update" writes it anew'
	fi
}

tell_capture() { # tell_capture NAME FOLDER
	told "$2" --helper all >"$work/txt"
	compare "$1" text "$corpus/$1.txt" "$work/txt"
	told "$2" --json >"$work/json"
	compare "$1" json "$corpus/$1.json" "$work/json"
	cat "$work/json" >>"$work/all"
	told "$2" --json --helper stock >>"$work/all"
	# items of an array that is always there; the status is not JSON
	sed '$d' "$work/json" >"$work/pure"
	if "$json" replies <"$work/pure" >/dev/null 2>"$work/err"; then
		ok "$1/json-is-json"
	else
		not_ok "$1/json-is-json" "$(head -n 1 "$work/err")"
	fi
}

# NAME.SIDE.pcap are the same traffic at several places.
for file in "$corpus"/*.pcap "$corpus"/*.story; do
	name=${file##*/}
	name=${name%%.*}
	[ ! -e "$work/$name" ] || continue
	mkdir "$work/$name"
	if [ -e "$corpus/$name.story" ]; then
		"$make_capture" "$work/$name" <"$corpus/$name.story" || not_ok "$name" 'it cannot be made'
	else
		cp "$corpus/$name".*pcap "$work/$name"
	fi
	chmod -R a+rX "$work/$name"
	tell_capture "$name" "$work/$name"
done

# The pictures of docs/replay.md are what --plot draws of the captures that it names.
for name in bsd-helper-recover no-helper; do
	told "$work/$name" --plot "$work/svg" >/dev/null
	sed '1a<!-- SPDX-License-Identifier: GPL-2.0-or-later -->' "$work/svg" >"$work/drawn"
	compare "$name" picture "$top/docs/pictures/replay-$name.svg" "$work/drawn"
done
[ "$update" != update ] || exit $failed

# What was done to Amanda, or by amref, when NAME was recorded (selftests/interop/record), in
# the words of the diagnosis: causes of trouble, in the order of the sessions.  That these
# stand in NAME.json is one thing; that they are right is this table.
causes_of() {
	cat <<-T
		amref-in-nak         not-allowed
		amref-low-port       syn-dropped syn-dropped syn-dropped syn-dropped
		amref-port-range     syn-dropped syn-dropped syn-dropped syn-dropped
		bsd-behind           syn-dropped syn-dropped
		bsd-closed           syn-dropped syn-dropped
		bsd-helper-no-index  stock-helper-gap responder-busy
		bsd-helper-recover   stock-helper-gap
		bsd-lost-ack         ack-lost ack-lost ack-lost ack-lost
		bsd-not-allowed      not-allowed
		bsd-not-there        amandad-not-listening
		bsd-port             nat-moved-port
		bsd-refused          syn-refused responder-busy
		bsdtcp-closed        syn-rejected
	T
}

troubles() { # troubles NAME: the ids, those of unanswered requests last
	"$amfwctl" replay --json "$work/$1"/*.pcap |
		grep -o '"id": "[a-z-]*", "level": "trouble"' | cut -d '"' -f 4 | xargs
}

# Nor is there trouble in a recording that this table does not know.
for file in "$corpus"/{amref,bsd}*.pcap; do
	name=${file##*/}
	name=${name%%.*}
	[ ! -e "$work/$name.judged" ] || continue
	: >"$work/$name.judged"
	wanted=$(causes_of | sed -n "s/^$name  *//p")
	found=$(troubles "$name")
	if [ "$found" = "$wanted" ]; then
		ok "true-cause/$name"
	else
		not_ok "true-cause/$name" "${found:-none} instead of ${wanted:-none}"
	fi
done

# Each cause that can be told is told of some capture.  Not of these: 2,048 sessions
# at once, and fragments, which the unit tests have.
while read -r cause; do
	case $cause in sessions-forgotten | fragments-missing | capture-cut) continue ;; esac
	if grep -q "\"id\": \"$cause\"" "$work/all"; then
		ok "cause/$cause"
	else
		not_ok "cause/$cause" 'no capture shows it'
	fi
done < <(grep -oh '"[a-z]*-[a-z-]*"' "$top"/userspace/replay/diagnose*.c | tr -d '"' | sort -u |
	grep -v '^no-session$'; echo no-session)

# status NAME WANTED COMMAND...: and no more than that
status() {
	local name=$1 wanted=$2 got=0

	shift 2
	"$@" >"$work/out" 2>"$work/err" || got=$?
	if [ "$got" -eq "$wanted" ]; then
		ok "$name"
	else
		not_ok "$name" "status $got, not $wanted: $(head -n 1 "$work/err")"
	fi
}

dump=$corpus/bsd-dump-large.pcap
chmod a+r "$corpus"/*.pcap
status usage/no-file 2 "$amfwctl" replay
status usage/helper 2 "$amfwctl" replay --helper theirs "$dump"
status usage/port 2 "$amfwctl" replay --port 65536 "$dump"
status usage/half-a-site 2 "$amfwctl" replay --site "$top/docs/examples/demo.site" "$dump"
status usage/not-there 2 "$amfwctl" replay "$work/not-there"
status usage/no-capture 2 "$amfwctl" replay "$here/replay.sh"
status help 0 "$amfwctl" replay --help
status other-port 5 "$amfwctl" replay --port 10081 "$dump"
status standard-input 0 "$amfwctl" replay - <"$dump"
# shellcheck disable=SC2317 # called by status
full_disk() { "$amfwctl" replay "$dump" >/dev/full; }
status full-disk 1 full_disk
head -c 20000 "$dump" >"$work/cut.pcap"
status cut 5 "$amfwctl" replay --json "$work/cut.pcap"
if grep -q '"id": "capture-cut"' "$work/out"; then
	ok cause/capture-cut
else
	not_ok cause/capture-cut 'not told of'
fi
for pack in gzip xz zstd; do
	command -v $pack >/dev/null || continue
	$pack -c <"$dump" >"$work/dump.$pack"
	status "packed/$pack" 0 "$amfwctl" replay "$work/dump.$pack"
	if "$amfwctl" replay "$dump" | cmp -s - "$work/out"; then
		ok "packed/$pack-same"
	else
		not_ok "packed/$pack-same" 'it tells something else'
	fi
done

# A million flows at once: what is not over is told of as it is, in 64 MB.
# shellcheck disable=SC2317 # called by status
flooded() { "$flood" "$1" "$amfwctl" replay "${@:2}" - >/dev/null; }
status flood/few 5 flooded 2000 --json
status flood/million 5 flooded 1000000
peak=$(tail -n 1 "$work/err")
if [ "$peak" -lt 64000 ] 2>/dev/null; then
	ok "flood/memory: $peak kB"
else
	not_ok flood/memory "$peak kB"
fi

# Who waits at a terminal sees how far it is, and who does not is left alone.
cat >"$work/slow" <<END
head -c 1000000 "$work/flood.pcap"; sleep 2.5; tail -c +1000001 "$work/flood.pcap"
END
"$flood" 20000 cat >"$work/flood.pcap" 2>/dev/null
script -qc "sh '$work/slow' | '$amfwctl' replay - >/dev/null" "$work/seen" >/dev/null 2>&1
if grep -q "replay [0-9.]* MB, [0-9.]* MB/s" "$work/seen"; then
	ok progress/terminal
else
	not_ok progress/terminal "nothing is shown"
fi
sh "$work/slow" | "$amfwctl" replay - 2>"$work/err" >/dev/null
if [ -s "$work/err" ]; then
	not_ok progress/no-terminal "$(head -c 80 "$work/err")"
else
	ok progress/no-terminal
fi

# The ruleset's word on each connection: a gateway that has no helper.
cat >"$work/site" <<'END'
[site]
auth      = bsd
udp-ports = 840-860
tcp-ports = 50000-50100

[host server]
address = 10.66.1.2
role    = server

[host gw]
address = 10.66.1.1 10.66.2.1
role    = gateway

[host client]
address = 10.66.2.2
role    = client
END
judged() { # judged NAME WANTED PATTERN: --ruleset's status and what it says
	local name=$1 wanted=$2 pattern=$3 got=0

	"$amfwctl" replay --site "$work/site" --ruleset "$work/rules.nft" "$dump" >"$work/out" \
		2>"$work/err" || got=$?
	if [ "$got" -eq "$wanted" ] && grep -q "$pattern" "$work/out"; then
		ok "$name"
	else
		not_ok "$name" "status $got: $(head -n 1 "$work/err")"
	fi
}
generate() { "$amfwctl" generate --host gw "$@" "$work/site" >"$work/rules.nft"; }
if unshare -rn true 2>/dev/null; then
	generate
	judged ruleset/helper 0 'DATA .*rules: accept'
	generate --no-helper
	judged ruleset/static 0 'DATA .*rules: accept'
	echo 'table inet f { chain c { type filter hook forward priority 0; policy drop;
		ct state established accept; udp dport 10080 accept; }; }' >"$work/rules.nft"
	judged ruleset/no-helper 3 'DATA .*rules: drop (inet f c policy)'
	sed -i 's/^tcp-ports.*/tcp-ports = 40000-40100/' "$work/site"
	generate --no-helper
	judged ruleset/other-ports 0 'DATA .*no flow of the site'
else
	echo 'skip replay/ruleset - no namespaces'
fi
exit $failed
