#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# amref over rsh, through Debian's own rshd and rsh: Debian's Amanda has no such
# driver, so that amref is at both ends.  All in namespaces of its own: the rshd
# listens nowhere else, and /etc is ours.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amref=${AMREF:-$top/build/bin/amref}
rshd=$top/build/packages/rsh-redone-server
rsh=$top/build/packages/rsh-redone-client/usr/bin/rsh-redone-rsh
host=client.test
failed=0

cannot() {
	echo "skip rsh - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

if [ -z "${AMREF_RSH_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || cannot "not root"
	[ -x "$amref" ] || cannot "no $amref: make programs"
	[ -x "$rsh" ] || cannot "no rsh: scripts/setup tests"
	[ -x /usr/sbin/inetd ] || cannot "no inetd"
	# what runs in a name space for processes ends with it
	AMREF_RSH_INSIDE=1 exec unshare -n -m -u -p -f --mount-proc "$0" "$@"
fi

put() { # put FILE: standard input over a file of /etc, in here alone
	cat >"$work/$1"
	mount --bind "$work/$1" "/etc/$1"
}

world() {
	mount -t tmpfs none /mnt
	work=/mnt/work
	mkdir -m 755 $work $work/pam.d $work/home $work/bin
	hostname $host
	ip link set lo up
	# without another address than that of lo no name is looked up
	ip link add eth0 type veth peer name eth1
	ip addr add 10.67.9.1/24 dev eth0
	ip link set eth0 up
	ip link set eth1 up
	printf '127.0.0.1 localhost\n10.67.9.1 %s\n' $host | put hosts
	printf 'hosts: files\npasswd: files\ngroup: files\nservices: files\n' | put nsswitch.conf
	printf 'shell 514/tcp\n' | put services
	sed "s#^\(backup:[^:]*:[^:]*:[^:]*:[^:]*\):.*#\1:$work/home:/bin/sh#" /etc/passwd >$work/passwd
	mount --bind $work/passwd /etc/passwd
	cp "$rshd/etc/pam.d/rsh" $work/pam.d/
	mount --bind $work/pam.d /etc/pam.d
	# the tree may be where that user cannot look
	cp "$amref" $work/bin/amref
	chown backup $work/home
}

allow() { # allow TEXT: what stands in .rhosts
	rm -f $work/home/.rhosts
	printf '%s\n' "$1" >$work/home/.rhosts
	chown backup $work/home/.rhosts
	chmod 600 $work/home/.rhosts
}

start() {
	echo "shell stream tcp nowait root $rshd/usr/sbin/in.rshd in.rshd" >$work/inetd.conf
	/usr/sbin/inetd -i $work/inetd.conf &
	for _ in $(seq 50); do
		ss -Hltn 'sport = :514' | grep -q . && return
		sleep 0.1
	done
	cannot "inetd does not listen"
}

over_rsh() { # over_rsh VERB HOST WORD...
	timeout 60 "$amref" "$@" --auth rsh --command "$rsh" >$work/out 2>&1
}

verdict() { # verdict NAME WANTED_STATUS STATUS PATTERN
	if [ "$2" = "$3" ] && grep -q "$4" $work/out; then
		echo "ok rsh/$1"
	else
		failed=1
		echo "not ok rsh/$1 - status $3: $(tail -n 1 $work/out)"
	fi
}

world
start
amandad="$work/bin/amref amandad"

allow "$host root"
over_rsh service $host noop --remote-amandad "$amandad"
verdict noop 0 $? '^OPTIONS features='
over_rsh dump $host --disk /nothing --discard --remote-amandad "$amandad --size 64M"
verdict dump 0 $? 'verified CRC and SHA-256'
over_rsh service $host noop --remote-amandad /nonexistent
verdict no-amandad 1 $? 'EOF on read\|exited with status'
allow "other.test root"
over_rsh service $host noop --remote-amandad "$amandad"
verdict refused 1 $? 'EOF on read\|exited with status\|invalid size'
exit $failed
