# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2153  # sh -c takes its words as they are
# Sourced: the real Amanda on tape and web1, and the three operations.
#
# On the machines themselves everything is where Debian puts it: /etc/amanda,
# /var/log/amanda, ~backup/.amandahosts (a link to /etc/amandahosts).

CONF=net
DISK=$W/data			# on web1: what is backed up
AMANDAD=/usr/lib/amanda/amandad

# furnish MACHINE - files of its own over the machine's.
furnish() {
	local own=$W/$1
	mkdir -p "$own"/{etc,amanda,lib/gnutar-lists,debug,tmp}
	touch "$own"/etc/{hosts,amandahosts} "$own/lib/amandates"
	# Debian's services has amanda for TCP only; Amanda 3.5 then reads a port that
	# was never written (find_port_for_service, common-src/util.c).
	{ cat /etc/services; printf 'amanda\t10080/udp\n'; } >"$own/etc/services"
	printf '%s: files\n' passwd group hosts services protocols networks >"$own/etc/nsswitch.conf"
	chown -R backup:backup "$own"/{amanda,lib,debug} "$own/etc/amandahosts"
	chmod 600 "$own/etc/amandahosts"
	chmod 1777 "$own/tmp"
	on "$1" bash -e -c 'own=$0
		for f in hosts services nsswitch.conf amandahosts; do mount --bind "$own/etc/$f" "/etc/$f"; done
		mount --bind "$own/amanda" /etc/amanda
		mount --bind "$own/debug" /var/log/amanda
		mount --bind "$own/tmp" /tmp
		mount --bind "$own/lib" /var/lib/amanda' "$own" || die "cannot furnish $1"
}

# An estimate is a run of tar into /dev/null (client-src/getfsent.c and sendsize.c
# leave tar to count).  A wrapper makes it as slow as /tmp/slow says.
slow_tar() {
	cp "$(readlink -f "$(command -v tar)")" "$W"/web1/tmp/tar
	cat >"$W"/web1/tmp/tar.slow <<-'T'
		#!/bin/sh
		[ -s /tmp/slow ] && case "$*" in *"/dev/null"*) sleep "$(cat /tmp/slow)";; esac
		exec /tmp/tar "$@"
	T
	chmod 755 "$W"/web1/tmp/tar "$W"/web1/tmp/tar.slow
	on web1 mount --bind /tmp/tar.slow "$(readlink -f "$(command -v tar)")"
}

# What an emulated machine spends most of a dump's time on has nothing to do with the
# network: the report and the two trimmers of amdump, and asking for the name of the
# distribution twice in every program.  A run that is to be looked at does it all.
no_housekeeping() {
	local prog
	printf '#!/bin/sh\necho Debian\n' >"$W/lsb_release"
	chmod 755 "$W/lsb_release"
	for prog in /usr/sbin/amreport /usr/lib/amanda/amtrmlog /usr/lib/amanda/amtrmidx; do
		mount --bind "$(readlink -f /bin/true)" "$prog"
	done
	[ ! -e /usr/bin/lsb_release ] || mount --bind "$W/lsb_release" /usr/bin/lsb_release
}

make_data() {
	local data=$W/web1/lib/data
	mkdir -p "$data/sub/deeper" "$data/a name with spaces"
	head -c 200000 /dev/urandom >"$data/random"
	seq 1 20000 >"$data/numbers"
	: >"$data/empty"
	printf 'not the end of a line' >"$data/sub/deeper/short"
	printf 'CONNECT DATA 22 MESG 3306\n' >"$data/a name with spaces/text"
	ln -s ../numbers "$data/sub/link"
}

setup_amanda() {
	furnish tape
	furnish web1
	slow_tar
	make_data
	printf '%s backup amdump\n' tape.example >"$W"/web1/etc/amandahosts
	printf '%s root amindexd amidxtaped\n' web1.example web1-direct.example \
		>"$W"/tape/etc/amandahosts
}

# dials NAT - who is where, as each machine sees it.  One name for each address: the
# responder looks the sender's address up and wants the name of its .amandahosts
# (check_name_give_sockaddr, common-src/util.c).
dials() {
	local web1=$WEB1 tape=$TAPE
	case $1 in forward | both) web1=$GW_TAPE ;; esac
	case $1 in masquerade | both) tape=$GW_WEB1 ;; esac
	printf '127.0.0.1 localhost\n%s tape.example\n%s web1.example\n' "$TAPE" "$web1" >"$W"/tape/etc/hosts
	[ "$web1" = "$WEB1" ] || printf '%s web1-direct.example\n' "$WEB1" >>"$W"/tape/etc/hosts
	printf '127.0.0.1 localhost\n%s tape.example\n%s web1.example\n' "$tape" "$WEB1" >"$W"/web1/etc/hosts
}

server_conf() { # server_conf AUTH INDEX - an empty Amanda server
	local etc=$W/tape/amanda/$CONF lib=$W/tape/lib/$CONF
	rm -rf "$etc" "$lib" "$W"/web1/lib/gnutar-lists/*
	mkdir -p "$etc" "$lib"/{log,info,index,tapes/slot{1,2,3}}
	: >"$lib/tapelist"
	cat >"$etc/amanda.conf" <<-A
		org "interop"
		mailto ""
		dumpuser "backup"
		logdir "$W/$CONF/log"
		infofile "$W/$CONF/info"
		indexdir "$W/$CONF/index"
		tapelist "$W/$CONF/tapelist"
		tpchanger "chg-disk:$W/$CONF/tapes"
		labelstr "^INTEROP-[0-9]*\$"
		autolabel "INTEROP-%%" empty
		tapetype VTAPE
		define tapetype VTAPE {
		  length 100 mbytes
		  filemark 0 kbytes
		}
		dumpcycle 0
		tapecycle 2
		inparallel 1
		maxdumps 1
		ctimeout 30
		etimeout 90
		dtimeout 60
		connect-tries 1
		define dumptype net {
		  program "GNUTAR"
		  auth "$1"
		  compress none
		  index $2
		  holdingdisk never
		  estimate client
		}
	A
	printf 'web1.example %s net\n' "$DISK" >"$etc/disklist"
	chown -R backup:backup "$etc" "$lib"
}

client_conf() { # client_conf AUTH - read by amrecover, and by amandad on both machines
	local m
	for m in tape web1; do
		cat >"$W/$m/amanda/amanda-client.conf" <<-A
			conf "$CONF"
			index_server "tape.example"
			tape_server "tape.example"
			auth "$1"
			connect-tries 1
		A
	done
}

listens() { # listens MACHINE udp|tcp - on port 10080, which is 2760 in hexadecimal
	grep -q '^ *[0-9]*: [0-9A-F]*:2760 ' "/proc/${HOLD[$1]}/net/$2"
}

not_listens() {
	! listens "$@"
}

# start_amandad AUTH - behind inetd: amandad takes the socket over and goes when it is
# done.  It is begun anew for each cell: where a stream was refused, an amandad waits 30 s
# for it and answers nobody (security_stream_accept from amandad-src/amandad.c).
start_amandad() {
	local m svc kind=dgram proto=udp wait=wait
	[ "$1" = bsdtcp ] && kind=stream proto=tcp wait=nowait
	for m in tape web1; do
		quiet $m -KILL
		svc="amdump amindexd amidxtaped"
		[ $m = web1 ] && svc="amdump"
		printf 'amanda %s %s %s backup %s amandad -auth=%s %s\n' \
			$kind $proto $wait $AMANDAD "$1" "$svc" >"$W/$m/tmp/inetd.conf"
		wait_for 10 not_listens $m $proto || die "the last amandad stays on $m"
		on $m inetd -i /tmp/inetd.conf >"$W/log/inetd.$m" 2>&1 </dev/null &
	done
	for m in tape web1; do
		wait_for 20 listens $m $proto || die "inetd does not listen on $m"
	done
}

as_backup() { # as_backup MACHINE COMMAND...
	local m=$1
	shift
	on "$m" setpriv --reuid backup --regid backup --init-groups \
		env HOME=/var/backups USER=backup LOGNAME=backup "$@"
}

# The operations.  Each leaves its talk in the file it is given and says by its status
# whether it did what it is for.

do_check() { # do_check LOG
	as_backup tape timeout 300 amcheck -c $CONF >"$1" 2>&1 &&
		grep -q '1 host checked.* 0 problems found' "$1"
}

do_dump() { # do_dump LOG
	local rc
	as_backup tape timeout 400 amdump $CONF >"$1" 2>&1
	rc=$?
	# amdump may end well although the dump did not: ask the server's own log
	cat "$W"/tape/lib/$CONF/log/log.*.[0-9] >>"$1" 2>/dev/null
	[ $rc = 0 ] && grep -q '^DONE taper .*web1.example' "$1" && ! grep -q '^FAIL ' "$1"
}

same_files() { # same_files RESTORED LOG - byte for byte what was backed up
	diff -r --no-dereference "$W/web1/lib/data" "$1" >>"$2" 2>&1
}

do_recover() { # do_recover LOG - all files, browsed and extracted on the client
	rm -rf "$W"/web1/lib/restored
	mkdir "$W"/web1/lib/restored
	printf '%s\n' 'sethost web1.example' "setdisk $DISK" ls 'add *' list extract Y Y quit |
		on web1 sh -c 'cd "$0" && exec timeout 300 amrecover "$@"' "$W"/restored \
			$CONF -s tape.example -t tape.example >"$1" 2>&1
	same_files "$W"/web1/lib/restored "$1"
}

# Without an index amrecover has nothing to browse.  What the server got last is then taken
# off the tape there, and compared.
do_fetch() { # do_fetch LOG
	local last
	last=$(find "$W/tape/lib/$CONF/log" -name 'log.*.0' | sort | tail -n 1)
	last=${last##*/log.}
	rm -rf "$W"/tape/lib/fetched
	mkdir -p "$W"/tape/lib/fetched/files
	chown -R backup:backup "$W"/tape/lib/fetched
	as_backup tape sh -c 'cd "$0" && timeout 120 amfetchdump -a "$@" </dev/null &&
		tar -x -f web1.example.*.0 -C files' \
		"$W"/fetched $CONF '^web1.example$' "^$DISK\$" "${last%.0}" >"$1" 2>&1 &&
		same_files "$W"/tape/lib/fetched/files "$1"
}

change_data() { # so that an older dump cannot pass for the newer
	seq "$RANDOM" 30000 >"$W"/web1/lib/data/numbers
	head -c 100000 /dev/urandom >"$W"/web1/lib/data/random
}
