# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2153  # sh -c takes its words as they are
# Sourced, after topology.sh and rules.sh: amref alone on tape and web1, with nothing of
# Amanda installed.

AMREF=${AMREF:-$TOP/build/bin/amref}
# A place that every Debian has, and that amref needs nothing of; see lib.sh.
W=/var/backups
DISK=$W/data
STORE=$W/store
declare -A TARGET		# machine -> its amandad

# A program that is built anew meanwhile may be empty when it is started, which says
# nothing and succeeds.
own_amref() {
	cp "$AMREF" "$W/amref" || die "cannot copy $AMREF"
	AMREF=$W/amref
}

# identify NAT - names as each machine sees them; "dials" of amanda.sh without its Amanda
identify() {
	local web1=$WEB1 tape=$TAPE m
	case $1 in forward | both) web1=$GW_TAPE ;; esac
	case $1 in masquerade | both) tape=$GW_WEB1 ;; esac
	printf '127.0.0.1 localhost\n%s tape.example\n%s web1.example\n' "$TAPE" "$web1" >"$W/hosts.tape"
	printf '127.0.0.1 localhost\n%s tape.example\n%s web1.example\n' "$tape" "$WEB1" >"$W/hosts.web1"
	echo 'hosts: files' >"$W/nsswitch"
	for m in tape web1; do
		on $m sh -e -c 'mountpoint -q /etc/hosts || mount --bind "$0" /etc/hosts
			mountpoint -q /etc/nsswitch.conf || mount --bind "$1" /etc/nsswitch.conf' \
			"$W/hosts.$m" "$W/nsswitch" || die "cannot name the machines on $m"
	done
}

# A folder with what makes archives interesting.
make_files() {
	mkdir -p "$DISK/sub/deeper" "$DISK/a name with spaces"
	head -c 200000 /dev/urandom >"$DISK/random"
	seq 1 20000 >"$DISK/numbers"
	: >"$DISK/empty"
	printf 'not the end of a line' >"$DISK/sub/deeper/short"
	printf 'CONNECT DATA 22 MESG 3306\n' >"$DISK/a name with spaces/text"
	ln -s ../numbers "$DISK/sub/link"
}

# target_listens MACHINE udp|tcp - at port 10080, which is 2760 in hexadecimal
target_listens() {
	grep -Eq '^ *[0-9]+: [0-9A-F]+:2760 [0-9A-F]+:[0-9A-F]+ (0A|07) ' "/proc/${HOLD[$1]}/net/$2"
}

# serve MACHINE AUTH OPTION... - an amandad instead of the one that is there
serve() {
	local machine=$1 auth=$2 proto=udp
	[ "$auth" = bsdtcp ] && proto=tcp
	shift 2
	unserve "$machine"
	# the pid of the program itself, for unserve
	(exec nsenter -t "${HOLD[$machine]}" -m -n -u -- "$AMREF" amandad --listen \
		--auth "$auth" --store "$STORE" --tcp-ports 50000-50100 "$@" \
		>"$W/log/amandad.$machine" 2>&1 </dev/null) &
	TARGET[$machine]=$!
	wait_for 20 target_listens "$machine" $proto ||
		die "amref amandad does not listen on $machine: $(cat "$W/log/amandad.$machine")"
}

unserve() { # unserve MACHINE
	[ -n "${TARGET[$1]:-}" ] || return 0
	kill "${TARGET[$1]}" 2>/dev/null
	wait "${TARGET[$1]}" 2>/dev/null
	unset "TARGET[$1]"
}

# ask MACHINE AUTH VERB HOST ARGUMENT... - with the ports of the site file in rules.sh
ask() {
	local machine=$1 verb=$3 host=$4 words=(--auth "$2" --udp-ports 840-860
		--low-tcp-ports 512-1023 --tcp-ports 50000-50100)
	shift 4
	on "$machine" timeout -k 5 "${PATIENCE:-120}" "$AMREF" "$verb" "$host.example" "${words[@]}" "$@"
}

do_check() { # do_check AUTH
	ask tape "$1" check web1 --disk "$DISK" --verbose
}

do_dump() { # do_dump AUTH ARGUMENT...
	local auth=$1
	shift
	ask tape "$auth" dump web1 --disk "$DISK" --store "$STORE" "$@"
}

do_recover() { # do_recover AUTH - from tape to web1: byte for byte what was there
	rm -rf "$W/restored"
	mkdir "$W/restored"
	ask web1 "$1" recover tape --config amref --client web1.example --disk "$DISK" \
		--directory "$W/restored" &&
		diff -r --no-dereference "$DISK" "$W/restored"
}
