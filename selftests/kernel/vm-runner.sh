#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does scripts/vm keep its promises?  Every other test in a machine rests on
# them: a runner that loses a status or misses an oops makes them all pass.
# shellcheck disable=SC2016,SC2317  # dollars are for the guest; check runs its arguments
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
vm=$top/scripts/vm
work=$(mktemp -d)
failures=0 skips=0 start=0
trap 'rm -rf "$work"' EXIT

check() { # check NAME REASON TEST...: TEST decides
	local name=$1 reason=$2
	shift 2
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name - $reason"
		failures=$((failures + 1))
	fi
}

skip() {
	echo "skip $1 - $2"
	skips=$((skips + 1))
}

# run NAME ARGUMENT...: scripts/vm with these; status, $work/NAME.out and .err
run() {
	local name=$1
	shift
	status=0
	VM_LOG=$work/$name.log "$vm" "$@" >"$work/$name.out" 2>"$work/$name.err" || status=$?
}

says() { # says NAME.out TEXT...: exactly these lines
	local file=$work/$1
	shift
	printf '%s\n' "$@" | cmp -s - "$file"
}

contains() {
	grep -q -e "$2" "$work/$1"
}

could_run() {
	for tool in qemu-system-x86_64 busybox; do
		if ! command -v "$tool" >/dev/null; then
			skip vm-runner "no $tool: run scripts/setup"
			return 1
		fi
	done
	if ! "$top/scripts/fetch-kernel" >/dev/null 2>"$work/fetch"; then
		skip vm-runner "no kernel: $(tail -n 1 "$work/fetch")"
		return 1
	fi
}

test_command() {
	local begin=$SECONDS
	AMFW_PROBE="two words" run command --stock -- sh -c \
		'pwd; echo "$AMFW_PROBE/$AMFW_VM"; printf "<%s>" "$@"; echo
		echo complaint >/dev/stderr; exit 7' name 'a b' "it's" '$x' '' 'a"b'
	start=$((SECONDS - begin + 1))
	check status "got $status, not 7" [ "$status" -eq 7 ]
	check stdout "$(tr '\n' ' ' <"$work/command.out")" says command.out \
		"$PWD" "two words/stock" "<a b><it's><\$x><><a\"b>"
	check stderr "$(tr '\n' ' ' <"$work/command.err")" says command.err complaint
	run usage --no-such-option
	check status-usage "got $status, not 2" [ "$status" -eq 2 ]
}

# A daemon that keeps its output open must not keep the machine.
test_streams() {
	seq 200000 >"$work/numbers"
	run streams --stock --stdin --timeout 60 sh -c 'sleep 300 & cat' <"$work/numbers"
	check stdin "what was read is not what was sent" cmp -s "$work/numbers" "$work/streams.out"
	check leftover-process "got status $status" [ "$status" -eq 0 ]
}

inside='
set -e
ip netns add a; ip netns add b
ip link add va netns a type veth peer name vb netns b
ip -n a link show va >/dev/null && echo netns
unshare -u sh -c "hostname other.test; hostname"
hostname
getent hosts "$(hostname)" >/dev/null && echo resolves
echo probe >/tmp/probe; mount --bind /tmp/probe /etc/services; cat /etc/services
runuser -u nobody -- id -un
echo "<4>Installing, not a bug: no warning" >/dev/kmsg
echo "$(id -un) $(ip -br link show lo | grep -c LOWER_UP)"
'

test_inside() {
	local probe=amfw-probe-$$
	run inside --stock sh -c "$inside echo inside |
		tee /etc/$probe $top/$probe $top/build/$probe >/dev/null"
	check inside "$(cat "$work/inside.out" "$work/inside.err" | tr '\n' ' ')" \
		says inside.out netns other.test amfw-vm resolves probe nobody "root 1"
	check inside-status "got $status, not 0" [ "$status" -eq 0 ]
	check writes-stay-inside "a file of the guest reached this machine" \
		[ ! -e "/etc/$probe" -a ! -e "$top/$probe" ]
	check writes-to-build "build/ did not get the file" grep -qsx inside "$top/build/$probe"
	rm -f "${top:?}/build/$probe" "${top:?}/$probe"
}

# Network tests of this machine make and remove /etc/netns while a guest runs.
test_netns_folder() {
	mkdir -p "/etc/netns/amfw-probe-$$" || return
	(
		for ((i = 0; i < 600; i++)); do
			[ ! -s "$work/folder.out" ] || break
			sleep 0.1
		done
		rm -r "/etc/netns/amfw-probe-$$"
		rmdir /etc/netns 2>/dev/null
		echo gone
	) | run folder --stock --stdin sh -c \
		'ls /etc/netns >/dev/null; echo began; read gone; mkdir -p /etc/netns/own && echo made'
	check netns-folder "$(cat "$work/folder.out" "$work/folder.err" | tr '\n' ' ')" \
		says folder.out began made
}

autoload='
grep -c amanda /proc/modules
nft -f - <<-END
	table inet probe {
		ct helper am {
			type "amanda" protocol udp
		}
	}
END
sed -n "s/ .*//; /amanda/p" /proc/modules | sort
modinfo -n nf_conntrack_amanda | sed "s,.*/\(kernel\|updates\)/.*,\1,"
'

# The kernel itself must find the module, as on a machine where DKMS put it.
test_modules() {
	run stock --stock sh -c "$autoload"
	check autoload-stock "$(tr '\n' ' ' <"$work/stock.out")" \
		says stock.out 0 nf_conntrack_amanda kernel
	if [ -e "$top/build/modules/$("$top/scripts/kernel-release")/nf_conntrack_amanda.ko" ]; then
		run ours sh -c "$autoload"
		check autoload-ours "$(tr '\n' ' ' <"$work/ours.out")" \
			says ours.out 0 nf_conntrack_amanda nf_nat_amanda updates
	else
		skip autoload-ours "no modules are built: make modules"
	fi
}

test_complaints() {
	run panic --stock sh -c 'echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 60'
	check panic-status "got $status, not 1" [ "$status" -eq 1 ]
	check panic-output "what came before is lost" says panic.out before
	check panic-messages "the kernel's messages are not printed" \
		contains panic.err 'Kernel panic'
	run warning --stock sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at probe" >/dev/kmsg'
	check warning-status "got $status, not 1" [ "$status" -eq 1 ]
}

# A busy machine takes longer to start, so the time is a multiple of the first start.
# Ended from outside, at once or after its time, no process may remain.
test_ends() {
	local pid
	run timeout --stock --timeout $((start * 2 + 4)) \
		sh -c 'echo before; sleep 600'
	check timeout-status "got $status, not 124" [ "$status" -eq 124 ]
	check timeout-output "what came before is lost" says timeout.out before
	VM_LOG=$work/kill.log setsid "$vm" --stock sleep 60 >/dev/null 2>&1 &
	pid=$!
	sleep 4
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	check terminated-status "got $status, not 143" [ "$status" -eq 143 ]
	sleep 1
	ps -o pid,stat,args --sid "$pid" | sed '1d; / Z/d' >"$work/remain"
	check terminated-processes "$(cut -c 1-60 "$work/remain" | tr "\n" " ")" [ ! -s "$work/remain" ]
}

test_side_by_side() {
	local first
	VM_LOG=$work/first.log "$vm" --stock sh -c 'sleep 2; echo first; exit 11' >"$work/first.out" &
	first=$!
	run second --stock sh -c 'sleep 2; echo second; exit 12'
	check second-of-two "got $status, not 12" [ "$status" -eq 12 ]
	status=0
	wait "$first" || status=$?
	check first-of-two "got $status, not 11" [ "$status" -eq 11 ]
	cat "$work/first.out" "$work/second.out" >"$work/two.out"
	check outputs-of-two "$(tr '\n' ' ' <"$work/two.out")" says two.out first second
}

test_clocks() {
	local begin=$SECONDS
	run warp --stock --warp --timeout 300 sh -c \
		'read -r a _ </proc/uptime; scripts/vm-skip sleep 3000; read -r b _ </proc/uptime
		echo $((${b%.*} - ${a%.*} >= 3000)); scripts/vm-skip sh -c "exit 9"'
	check warp-guest "3000 seconds did not pass" says warp.out 1
	check warp-host "it took $((SECONDS - begin)) seconds" [ $((SECONDS - begin)) -lt 1500 ]
	check warp-status "got $status, not 9" [ "$status" -eq 9 ]
	run icount --stock --icount true
	check icount "got status $status" [ "$status" -eq 0 ]
}

cd "$top" || exit 1
could_run || exit 77
test_command
test_streams
test_inside
test_netns_folder
test_modules
test_complaints
test_ends
test_side_by_side
test_clocks
[ "$failures" -eq 0 ] || exit 1
[ "$skips" -eq 0 ] || [ "${CI:-}" != true ] || exit 1
exit 0
