#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# replay_kernel.sh [--helper ours|stock] [CAPTURE...]
#
# amfwctl replay --kernel: the model of the gateway and the kernel say the same of every
# packet.
#
#   capture/NAME   of CAPTURE
#   random/SEED    of what nobody captured: some thousand packets, good and bad
#   plain/SEED     the same without a helper
#   other          it does not compare our helper with the kernel's own
#   teeth/WHAT     a model with a mistake is found out
#
# RUNS= (40) seeds, PACKETS= (5000) of each.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
helper=stock
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

cannot() {
	echo "skip replay_kernel - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

if [ "${1:-}" = --helper ]; then
	helper=$2
	shift 2
fi
[ -e "$amfwctl" ] || cannot "no $amfwctl"
if [ "$helper" = ours ]; then
	modprobe -a nf_conntrack_amanda nf_nat_amanda || cannot "our modules do not load"
fi
[ -c /dev/net/tun ] || modprobe tun 2>/dev/null || cannot "no /dev/net/tun"

ok() { echo "ok $1"; }

not_ok() {
	echo "not ok $1 - $2"
	failed=1
}

# agree NAME HELPER CAPTURE: what is said at the end is kept in $work/said.
agree() {
	"$amfwctl" replay --kernel --helper "$2" "$3" >"$work/said" 2>&1
	local status=$?

	if [ $status = 0 ]; then
		ok "$1"
	else
		not_ok "$1" "status $status: $(head -n 1 "$work/said")"
	fi
}

"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -O1 -I"$top" -o "$work/random" \
	"$here/replay_random.c" "$top/selftests/lib/chance.c" -lpcap || exit 1

for capture; do
	agree "capture/$(basename "$capture" .pcap)" "$helper" "$capture"
done

met=0
for seed in $(seq 1 "${RUNS:-40}"); do
	"$work/random" "$seed" "${PACKETS:-5000}" "$work/random.pcap" || exit 1
	agree "random/$seed" "$helper" "$work/random.pcap"
	met=$((met + $(sed -n 's/.* \([0-9]*\) met;.*/\1/p' "$work/said" | tail -n 1)))
done
agree "plain/$seed" none "$work/random.pcap"
if [ $met -gt 0 ]; then ok "random/met"; else not_ok "random/met" "no connection met anything"; fi

other=ours
[ "$helper" = ours ] && other=stock
"$amfwctl" replay --kernel --helper $other "$work/random.pcap" >"$work/said" 2>&1
status=$?
if [ $status = 1 ] && grep -q 'this kernel' "$work/said"; then
	ok other
else
	not_ok other "status $status: $(head -n 1 "$work/said")"
fi
# A program with one line of the model changed: FILE, what sed does to it.
mutant() {
	local name=$1 file=$2 edit=$3 source objects=()

	sed "$edit" "$top/userspace/replay/$file" >"$work/$file"
	if cmp -s "$work/$file" "$top/userspace/replay/$file"; then
		not_ok "teeth/$name" "the line is not there any more"
		return
	fi
	for source in "$top"/userspace/{amfwctl,flow,emit,import,ruleset,prove,monitor,replay}/*.c \
		"$top"/kernel/amanda_{packet,ports,exchange}.c; do
		case $source in */"$file" | */amfwctl/main.c) continue ;; esac
		source=${source#"$top"/}
		objects+=("$top/build/obj/${source%.c}.o")
	done
	# shellcheck disable=SC2046 # flags are words
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -I"$top" -I"$top/kernel" -I"$top/userspace" \
		-o "$work/mutant" "$work/$file" "${objects[@]}" $(pkg-config --cflags --libs inih \
		jansson libnftables libnftnl libmnl libnetfilter_conntrack libpcap libarchive \
		libseccomp) || exit 1
	"$work/mutant" --kernel --helper "$helper" "$work/random.pcap" >"$work/said" 2>&1
	status=$?
	if [ $status = 3 ]; then ok "teeth/$name"; else not_ok "teeth/$name" "status $status"; fi
}

"$work/random" 1 20000 "$work/random.pcap" || exit 1
mutant expectation-life gateway_expect.c 's/EXPECTATION_LIFE\t180/EXPECTATION_LIFE\t20/'
if [ "$helper" = stock ]; then
	mutant tag gateway_stock.c 's/"INDEX ", //'
	mutant digits gateway_stock.c 's/DIGITS\t5/DIGITS\t6/'
	mutant behind gateway_stock.c 's/packet->length + packet->behind/packet->length/'
	mutant room gateway_expect.c 's/? STOCK_EXPECTED/? 5/'
	mutant life gateway_stock.c 's/^\tflow_set_life.*//'
else
	mutant renew gateway_ours.c 's/^\t\trenew_streams(answer, shift);/\t\topen_all(answer, 0);/'
	mutant takeover gateway_ours.c 's/^\texpectation_remove(answer->gateway, older);/\treturn err;/'
	mutant life gateway_ours.c 's/^\telse if (flow->expecting)/\telse if (0)/'
fi
exit $failed
