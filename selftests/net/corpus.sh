#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# corpus.sh [--captures N] [--first SEED]
# The captures of selftests/captures, those of its stories, and generated ones, N (1000)
# without NAT and as many with it, go through the model of a gateway and through real
# kernels: through this machine's with its own helper and with none, and through that of
# the virtual machine with ours.
#
#   HELPER/NAME            they agree on every packet
#   HELPER/NAME/ports      "replay" opens what the kernel expects, and nothing else
#   HELPER/generated/WHAT  how much of it the generated ones have in them
#   ours/kernel            the machine had all of them, and its kernel did not complain
#
# Both sides of a gateway are a capture with NAT, and each of them is one without.
# shellcheck disable=SC2016  # sh -c takes its words as they are
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
corpus=$top/selftests/captures
# The virtual machine writes what it found there: only build/ outlives it.
work=$top/build/corpus
tools=$top/build/tests/net
captures=1000 first=1 failed=0

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1 - $2"
	failed=1
}
cannot() {
	echo "skip corpus - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

while [ $# -gt 0 ]; do
	case $1 in
	--captures) captures=$2 ;;
	--first) first=$2 ;;
	*) sed -n 's/^# \(corpus.sh \[.*\)/usage: \1/p' "$0" >&2; exit 2 ;;
	esac
	shift 2
done

compile() { # compile NAME LIBRARY [SOURCE]
	"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -O1 -I"$top" -o "$tools/$1" \
		"$here/$1.c" ${3:+"$top/$3"} "-l$2" || exit 1
}

both_sides() { # both_sides NAME FILE...: of a gateway
	local name=$1
	shift
	[ $# -eq 1 ] || printf '%s\n' "${@##*/}" >"$work/$name.both"
}

# What follows the name of a file in selftests/captures is the side that it is of.
gather() {
	local story name

	rm -rf "$work"
	mkdir -p "$work" "$tools"
	compile make_capture pcap
	compile json_items jansson
	compile generated pcap selftests/lib/chance.c
	for name in "$corpus"/*.pcap; do
		cp "$name" "$work"
		name=$(basename "${name%%.*}")
		both_sides "$name" "$corpus/$name".*pcap
	done
	for story in "$corpus"/*.story; do
		mkdir "$work/story"
		"$tools/make_capture" "$work/story" <"$story" || exit 1
		name=$(basename "$story" .story)
		for side in "$work"/story/*.pcap; do
			mv "$side" "$work/$name.$(basename "$side")"
		done
		both_sides "$name" "$work/$name".*.pcap
		rmdir "$work/story"
	done
	"$tools/generated" "$first" "$captures" "$work/generated.pcap" || exit 1
	"$tools/generated" "$first" "$captures" "$work/generated-nat.near" \
		"$work/generated-nat.far" || exit 1
	printf '%s\n' generated-nat.near generated-nat.far >"$work/generated-nat.both"
	# Who reads captures gives up root before.
	chmod -R a+rX "$work"
}

# The same for every kernel, and all that is done in the virtual machine.
cat_asking() {
	cat <<-'SH'
		helper=$1 amfwctl=$2
		ask() { # ask NAME CAPTURE...
			name=$1 status=0
			shift
			"$amfwctl" replay --kernel --json --helper "$helper" "$@" \
				>"$name.$helper" 2>"$name.err" || status=$?
			echo "$status" >"$name.$helper.status"
			[ "$status" -ne 1 ] || cp "$name.err" "$helper.err"
		}
		for capture in *.pcap; do
			ask "${capture%.pcap}" "$capture"
		done
		for both in *.both; do
			ask "$both" $(cat "$both")
		done
	SH
}

ask_here() { # ask_here HELPER
	(cd "$work" && sh asking "$1" "$amfwctl")
}

ask_virtual_machine() {
	if (cd "$work" && "$top/scripts/vm" sh -c 'modprobe -a tun nf_conntrack_amanda nf_nat_amanda &&
		sh asking ours "$1"' sh "$amfwctl") 2>"$work/vm.err"; then
		ok ours/kernel
	else
		not_ok ours/kernel "status $?: $(tail -n 1 "$work/vm.err")"
	fi
}

numbers() { # numbers MEMBER FILE: of an array, in a line
	"$tools/json_items" "$1" <"$2" | tr -cs 0-9 "\n" | sort -nu | xargs
}

# What "replay" says it would have opened: for streams, and by mistake.
opened() { # opened HELPER CAPTURE
	"$amfwctl" replay --json --helper "$1" "$2" |
		grep -Eo "\"port\": [0-9]*, \"opened\": true|that no stream has: [0-9 ]*" |
		tr -cs 0-9 "\n" | sort -nu | xargs
}

judge_agreement() { # judge_agreement HELPER NAME
	local answer=$work/$2.$1 difference packet

	if [ "$(cat "$answer.status" 2>/dev/null)" = 0 ]; then
		ok "$1/$2"
		return
	fi
	difference=$("$tools/json_items" differences <"$answer" 2>/dev/null | head -n 1)
	packet=${difference#*\"packet\":} packet=${packet%%[!0-9]*}
	case $2 in
	generated*) difference="seed $("$tools/generated" "$first" "$captures" "-${packet:-1}"): $difference" ;;
	esac
	not_ok "$1/$2" "${difference:-$(cat "$work/$1.err" 2>/dev/null || echo 'not asked')}"
}

judge_ports() { # judge_ports HELPER NAME
	local kernel model

	kernel=$(numbers ports "$work/$2.$1") model=$(opened "$1" "$work/$2.pcap")
	if [ "$kernel" = "$model" ]; then
		ok "$1/$2/ports"
	else
		not_ok "$1/$2/ports" "the kernel expects ${kernel:-nothing}, replay ${model:-nothing}"
	fi
}

# More than none of each, or nothing is said by what agrees.
judge_generated() { # judge_generated HELPER NAME MEMBER...
	local helper=$1 name=$2 member count

	shift 2
	for member; do
		count=$("$tools/json_items" "$member" <"$work/$name.$helper" 2>/dev/null)
		if [ "${count:-0}" -gt 0 ]; then
			ok "$helper/${name%.both}/$member: $count, of $captures captures"
		else
			not_ok "$helper/${name%.both}/$member" 'there is none'
		fi
	done
}


judge() { # judge HELPER
	local helper=$1 capture name both

	for capture in "$work"/*.pcap; do
		name=$(basename "$capture" .pcap)
		judge_agreement "$helper" "$name"
		[ "$name" = generated ] || judge_ports "$helper" "$name"
	done
	for both in "$work"/*.both; do
		judge_agreement "$helper" "$(basename "$both")"
	done
}

[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
[ -c /dev/net/tun ] || modprobe tun 2>/dev/null || cannot 'no /dev/net/tun'
[ ! -e /proc/net/nf_conntrack_amanda ] ||
	cannot "our helper is in the place of the kernel's own: unload nf_conntrack_amanda"
gather
cat_asking >"$work/asking"
ask_here none
judge none
judge_generated none generated packets
judge_generated none generated-nat.both packets
ask_here stock
judge stock
judge_generated stock generated expected again met dropped
judge_generated stock generated-nat.both expected again met dropped renumbered
ask_virtual_machine
judge ours
judge_generated ours generated expected again met
judge_generated ours generated-nat.both expected again met renumbered
exit $failed
