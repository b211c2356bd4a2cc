# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2206,SC2086,SC2046 # variables of the sourcing script; options without blanks
# Sourced by product: the operations that amref can do, through the rules of a case:
# a whole check, dump and recovery, with real data.

amref=${AMREF:-$top/build/bin/amref}
declare -A target	# machine -> its amandad

# What amref can listen as, and what its names say.  The kernel's own helper knows no
# CTL, with which a recovery over bsd begins: those are tried without it.
amref_can() {
	case $auth in bsd | bsdudp | bsdtcp | ssl) ;; *) return 1 ;; esac
	case $where in gateway | all) ;; *) return 1 ;; esac
	case $nat in plain | forward | masquerade | both) ;; *) return 1 ;; esac
	[ "$family" = 4 ]
}

# amref_prepare: once; a copy of the program, since building it anew meanwhile would
# hurt
amref_prepare() {
	[ ! -d "$work/data" ] || return 0
	cp "$amref" "$work/amref" || return 1
	mkdir -p "$work/data/a folder"
	head -c 100000 /dev/urandom >"$work/data/random"
	seq 1000 >"$work/data/a folder/numbers"
	ln -s random "$work/data/link"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca \
		-keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null &&
		amref_certificate server && amref_certificate client
}

amref_certificate() { # amref_certificate MACHINE
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$1.test" \
		-keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null &&
		openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
			-CAcreateserial -days 2 -out "$work/$1.pem" 2>/dev/null
}

# Names as each machine sees the other.
amref_names() {
	local client=${V4[client]} server=${V4[server]} machine

	case $nat in forward | both) client=10.66.1.1 server=10.66.2.1 ;; esac
	for machine in server client; do
		mkdir -p "/etc/netns/${NS[$machine]}"
		echo 'hosts: files' >"/etc/netns/${NS[$machine]}/nsswitch.conf"
	done
	printf '%s client.test\n%s server.test\n' $client "${V4[server]}" \
		>"/etc/netns/${NS[server]}/hosts"
	printf '%s server.test\n%s client.test\n' $server "${V4[client]}" \
		>"/etc/netns/${NS[client]}/hosts"
}

amref_options() { # amref_options MACHINE
	echo --auth $auth --udp-ports 840-860 --low-tcp-ports 700-740 --tcp-ports 50000-50100
	[ $auth != ssl ] ||
		echo --ssl-cert "$work/$1.pem" --ssl-key "$work/$1.key" --ssl-ca "$work/ca.pem"
}

amref_listens() { # amref_listens MACHINE: 10080 is 2760 in hexadecimal
	on $1 grep -qs '^ *[0-9]*: [0-9A-F]*:2760 [0-9A-F]*:0000 ' /proc/net/udp /proc/net/tcp
}

amref_serve() { # amref_serve MACHINE SERVICE...
	local machine=$1 i

	shift
	ip netns exec "${NS[$machine]}" "$work/amref" amandad --listen --store "$work/store" \
		$(amref_options $machine) "$@" >"$work/said.$machine" 2>&1 &
	target[$machine]=$!
	for ((i = 0; i < 200; i++)); do
		amref_listens $machine && return 0
		sleep 0.02
	done
	return 1
}

amref_end() {
	local machine

	for machine in "${!target[@]}"; do
		kill "${target[$machine]}" 2>/dev/null
		wait "${target[$machine]}" 2>/dev/null
	done
	target=()
}

# A volley of nothing: what it tracked for the last one is forgotten.  Dumps and
# recoveries come from and go to the same ports, and a connection that has just ended
# is in the way of one in the other direction; and what the kernel's own helper takes
# for streams of bsdudp, of another request.
amref_forget() {
	grep -v '^probe ' "$work/volley.text" | "$work/volley"
}

amref_try() { # amref_try NAME MACHINE VERB HOST OPTION...
	local name=$1 machine=$2

	shift 2
	amref_forget
	if on $machine timeout -k 5 20 "$work/amref" "$@" $(amref_options $machine) \
		>"$work/said" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$(tail -n 1 "$work/said")"
	fi
}

amref_recover() { # amref_recover NAME
	rm -rf "$work/restored"
	mkdir "$work/restored"
	amref_try "$1/amref-recover" client recover server.test --config amref --client client.test \
		--disk "$work/data" --directory "$work/restored" --compare "$work/data"
}

amref_case() { # amref_case NAME
	amref_can || return 0
	if ! amref_prepare || ! amref_names || ! amref_serve client amdump ||
		! amref_serve server amindexd amidxtaped; then
		not_ok "$1/amref" "does not start"
		return
	fi
	rm -rf "$work/store"
	amref_try "$1/amref-check" server check client.test --disk "$work/data"
	amref_try "$1/amref-dump" server dump client.test --disk "$work/data" --store "$work/store"
	{ [ $helper = helper ] && [ -z "$full" ]; } || amref_recover "$1"
	amref_end
}
