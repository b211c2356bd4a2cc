#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The formats modprobe, modules-load and sysctl, read by modprobe, the kernel and
# sysctl: in the virtual machine, with our modules or (--stock) without.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kind=ours
[ "${1:-}" = --stock ] && kind=stock
failed=0

is() { # is NAME WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok formats-vm/$kind/$1"
	else
		echo "not ok formats-vm/$kind/$1 - $3, not $2"
		failed=1
	fi
}

if [ -d /sys/module/nf_conntrack ]; then
	echo "skip formats-vm/$kind - connection tracking is loaded already: run this in scripts/vm"
	exit 77
fi

cat >"$work/site" <<'END'
[site]
auth = bsd
maxdumps = 63
etimeout = 30000
[host s]
role = server
address = 10.66.1.2
[host g]
role = gateway
address = 10.66.1.1/24 10.66.2.1/24
nat = masquerade 10.66.2.1
END
for ((i = 2; i < 22; i++)); do
	printf '[host c%d]\nrole = client\naddress = 10.66.2.%d\ntcp-ports = %d-%d\n' $i $i $((i * 1000)) $((i * 1000 + 40))
done >>"$work/site"
for format in modprobe modules-load sysctl; do
	"$amfwctl" generate --format $format --output "$work" "$work/site" || exit 1
done

# modprobe reads a folder of its own, as it would read /etc/modprobe.d.
mapfile -t modules < <(grep -v '^#' "$work/etc/modules-load.d/amfw.conf")
is modules 'nf_conntrack_amanda nf_nat_amanda' "${modules[*]}"
for module in "${modules[@]}"; do
	modprobe -C "$work/etc/modprobe.d" "$module" || is "load $module" 0 $?
done
parameters=/sys/module/nf_conntrack_amanda/parameters
is loaded 0 "$(test -d /sys/module/nf_nat_amanda; echo $?)"
is master_timeout 30000 "$(cat $parameters/master_timeout)"
if [ $kind = ours ]; then
	# 21 ranges, of which the module takes 8: the widest gaps stay out.
	is ports "$(sed -n 's/.* ports=\([^ ]*\).*/\1/p' "$work/etc/modprobe.d/amfw.conf")" \
		"$(tr -d '\n' <$parameters/ports)"
	is ranges 8 "$(tr ',' '\n' <$parameters/ports | grep -c -)"
else
	is ports-ignored 1 "$(dmesg | grep -c "nf_conntrack_amanda: unknown parameter 'ports' ignored")"
fi
# 20 clients, 63 dumps of each at once, of four streams.
is expect_hashsize 2048 "$(cat /sys/module/nf_conntrack/parameters/expect_hashsize)"

sysctl -q -p "$work/etc/sysctl.d/60-amfw.conf" || is sysctl 0 $?
is ip_forward 1 "$(sysctl -n net.ipv4.ip_forward)"
is expect_max 8192 "$(sysctl -n net.netfilter.nf_conntrack_expect_max)"
exit $failed
