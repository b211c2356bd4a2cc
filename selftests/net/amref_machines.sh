# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2086,SC2046,SC2206,SC2207,SC2015,SC2154,SC2034,SC2317
# Sourced by amref.sh: verdicts, and the three machines with their targets.

# --- verdicts ---------------------------------------------------------------

ok() {
	echo "ok $1"
	passed=$((passed + 1))
}

not_ok() {
	echo "not ok $1 - $2"
	failed=1
	[ -z "${VERBOSE:-}" ] || sed 's/^/    /' "$work/said" >&2
}

# expect NAME STATUS PATTERN COMMAND...: its status, and a line of what it says.
# Everything here has to end by itself: 124 is timeout's.
expect() {
	local name=$1 status=$2 pattern=$3 got=0

	shift 3
	timeout -k 5 "${PATIENCE:-40}" "$@" >"$work/said" 2>&1 || got=$?
	if [ $got -ne "$status" ]; then
		not_ok "$name" "status $got, not $status: $(tail -n 1 "$work/said")"
	elif ! grep -Eq -- "$pattern" "$work/said"; then
		not_ok "$name" "does not say \"$pattern\": $(tail -n 1 "$work/said")"
	else
		ok "$name"
		return 0
	fi
	return 1
}

# expect_within NAME LOW HIGH STATUS PATTERN COMMAND...: and it takes LOW to HIGH seconds
expect_within() {
	local name=$1 low=$2 high=$3 start=$SECONDS took

	shift 3
	expect "$name" "$@" || return 1
	took=$((SECONDS - start))
	[ $took -ge "$low" ] && [ $took -le "$high" ] || not_ok "$name/time" "$took s, not $low to $high"
}

same() { # same NAME FOLDER FOLDER
	if diff -r --no-dereference "$2" "$3" >"$work/said" 2>&1; then
		ok "$1"
	else
		not_ok "$1" "$(tail -n 1 "$work/said")"
	fi
}

# --- the machines -----------------------------------------------------------

on() { # on NAMESPACE COMMAND...
	ip netns exec "$@"
}

join() { # join NAMESPACE ADDRESS GATEWAY-ADDRESS
	ip link add "$1" netns "$G" type veth peer name eth0 netns "$1"
	ip -n "$G" addr add "$3/24" dev "$1"
	ip -n "$1" addr add "$2/24" dev eth0
	ip -n "$G" link set "$1" up
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "$3"
}

build() {
	local ns

	for ns in $T $G $W; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
		mkdir -p "/etc/netns/$ns"
		printf '127.0.0.1 localhost\n%s tape.test tape\n%s web.test web\n' $tape $web \
			>"/etc/netns/$ns/hosts"
		printf 'hosts: files\n' >"/etc/netns/$ns/nsswitch.conf"
		: >"/etc/netns/$ns/resolv.conf"
	done
	join $T $tape 10.67.1.1
	join $W $web 10.67.2.1
	on $G sysctl -qw net.ipv4.ip_forward=1
}

# A folder with what makes archives interesting.
make_data() {
	mkdir -p "$work/data/folder with spaces/deep"
	head -c 3000000 /dev/urandom >"$work/data/random"
	head -c 500000 /dev/zero >"$work/data/zeros"
	: >"$work/data/empty"
	echo text >"$work/data/folder with spaces/deep/a \"quoted\" name"
	ln -s random "$work/data/link"
	chmod 664 "$work/data/empty"
	# "local" lays root down, and must still be able to read all this.
	chmod -R a+rX "$work"
}

make_certificates() {
	local name

	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca \
		-keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
	for name in tape web; do
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$name.test" \
			-keyout "$work/$name.key" -out "$work/$name.csr" 2>/dev/null
		openssl x509 -req -in "$work/$name.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
			-CAcreateserial -days 2 -out "$work/$name.pem" 2>/dev/null
	done
}

# What ssh, rsh and local start: amandad without a configuration of its own.
make_remote() {
	cat >"$work/remote-amandad" <<-END
		#!/bin/sh
		exec "$amref" amandad --store "$work/store" "\$@" amdump amindexd amidxtaped
	END
	# rsh -l USER HOST COMMAND..., to a machine of ours.
	cat >"$work/rsh" <<-END
		#!/bin/sh
		case \$3 in web*) machine=$W ;; *) machine=$T ;; esac
		shift 3
		exec ip netns exec \$machine "\$@"
	END
	chmod 755 "$work/remote-amandad" "$work/rsh"
}

start_sshd() { # start_sshd NAMESPACE
	command -v /usr/sbin/sshd >/dev/null || return 1
	if [ ! -e "$work/id" ]; then
		ssh-keygen -q -t ed25519 -N '' -f "$work/id"
		ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey"
		cp "$work/id.pub" "$work/authorized"
	fi
	printf '%s\n' "HostKey $work/hostkey" "AuthorizedKeysFile $work/authorized" \
		"PidFile $work/sshd.pid" 'StrictModes no' 'UsePAM no' 'PasswordAuthentication no' \
		'PermitRootLogin yes' >"$work/sshd_config"
	mkdir -p /run/sshd
	on "$1" /usr/sbin/sshd -f "$work/sshd_config" && wait_for test -s "$work/sshd.pid"
}

stop_sshd() {
	[ -s "$work/sshd.pid" ] && kill "$(cat "$work/sshd.pid")"
	rm -f "$work/sshd.pid"
}

wait_for() { # wait_for COMMAND...
	local i

	for ((i = 0; i < 200; i++)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

listens() { # listens NAMESPACE PROTOCOL
	on "$1" grep -q "^ *[0-9]*: [0-9A-F]*:2760 [0-9A-F]*:0000 " "/proc/net/$2"
}

protocol() {
	case $1 in bsd | bsdudp) echo udp ;; *) echo tcp ;; esac
}

serving() { # serving NAMESPACE PROTOCOL: or it has ended
	listens "$1" "$2" || ! kill -0 $target 2>/dev/null
}

secrets() { # secrets DRIVER MACHINE: options that this driver needs there
	[ "$1" = ssl ] || return 0
	echo "--ssl-cert $work/$2.pem --ssl-key $work/$2.key --ssl-ca $work/ca.pem"
}

# serve NAMESPACE DRIVER OPTION...: a target until unserve
serve() {
	local ns=$1 driver=$2 name=web

	shift 2
	[ $ns = $T ] && name=tape
	ip netns exec $ns "$amref" amandad --listen --auth $driver $(secrets $driver $name) \
		"$@" >"$work/target" 2>&1 &
	target=$!
	wait_for serving $ns "$(protocol $driver)" && kill -0 $target 2>/dev/null || not_ok "$driver/listen" "$(tail -n 1 "$work/target")"
}

unserve() {
	[ -n "$target" ] || return 0
	kill "$target" 2>/dev/null
	wait "$target" 2>/dev/null
	target=
}

# ask NAMESPACE DRIVER VERB ARGUMENT...: for expect, which runs programs only
asking() {
	local ns=$1 driver=$2 verb=$3 name=tape

	shift 3
	[ $ns = $W ] && name=web
	words=(ip netns exec $ns "$amref" $verb "$@" --auth $driver $(secrets $driver $name))
	case $driver in
	ssh)
		words+=(--user root --remote-amandad "$work/remote-amandad" --command
			"ssh -i $work/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR")
		;;
	rsh) words+=(--remote-amandad "$work/remote-amandad" --command "$work/rsh") ;;
	local) words+=(--remote-amandad "$work/remote-amandad") ;;
	esac
}

