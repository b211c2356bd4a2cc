# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2153  # sh -c takes its words as they are
# Sourced by amref: both kinds of amandad on both machines, for every driver, and
# both kinds of initiator.
#
# For the driver local both are on one machine: web1's DLE and its files are then
# tape's own.

AMREF=${AMREF:-$TOP/build/bin/amref}
IN=$W/amref			# where the machines see it: $W/MACHINE/lib/amref
STORE=$W/store

# listens MACHINE udp|tcp - as in amanda.sh, but connections that linger do not count:
# here one machine sees many amandads.
listens() {
	grep -Eq '^ *[0-9]+: [0-9A-F]+:2760 [0-9A-F]+:[0-9A-F]+ (0A|07) ' "/proc/${HOLD[$1]}/net/$2"
}

setup_peers() {
	local m
	for m in tape web1; do
		cp "$AMREF" "$W/$m/lib/amref"
		printf '#!/bin/sh\nexec %s amandad --store %s "$@" amdump amindexd amidxtaped restore amdumpd\n' "$IN" "$STORE" >"$W/$m/lib/amandad-amref"
		# Programs that ssh and local start name no services; the real amandad has
		# those of a server only where its command line says so.
		printf '#!/bin/sh\nexec %s "$@" amdump amindexd amidxtaped restore amdumpd\n' "$AMANDAD" \
			>"$W/$m/lib/amandad-real"
		cat >"$W/$m/lib/crypt" <<-'C'
			#!/bin/sh
			# the way of client-encrypt programs: -d turns it round
			[ "${1:-}" = -d ] && mode=--decrypt || mode=--symmetric
			home=$(mktemp -d) || exit 1
			gpg --homedir "$home" --batch --quiet --no-permission-warning \
				--pinentry-mode loopback --passphrase interop $mode
			status=$?
			gpgconf --homedir "$home" --kill gpg-agent
			rm -rf "$home"
			exit $status
		C
		chmod 755 "$W/$m"/lib/{amref,amandad-amref,amandad-real,crypt}
	done
	make_keys
	make_certificates
	for m in tape web1; do
		furnish_ssh $m
	done
}

# --- what a driver needs

# disk_host AUTH - where the data is, and its name
disk_host() {
	case $1 in local) echo tape ;; *) echo web1 ;; esac
}

# furnish_ssh MACHINE - a user that may log in, and what sshd and ssh look for
furnish_ssh() {
	local etc=$W/$1/lib/etc m
	mkdir -p "$etc/ssh"
	sed 's|^\(backup:.*\):[^:]*$|\1:/bin/sh|' /etc/passwd >"$etc/passwd"
	for m in tape web1; do
		printf '%s.example %s\n' $m "$(cat "$W/$m/lib/ssh/host.pub")"
	done >"$etc/ssh/ssh_known_hosts"
	on "$1" sh -e -c 'mount --bind "$0/passwd" /etc/passwd
		mount --bind "$0/ssh" /etc/ssh
		mount -t tmpfs -o mode=755 run /run
		mkdir /run/sshd' "$W/etc"
}

make_keys() {
	local m home
	for m in tape web1; do
		home=$W/$m/lib/ssh
		mkdir -p "$home"
		ssh-keygen -q -t ed25519 -N '' -f "$home/host" </dev/null
		ssh-keygen -q -t ed25519 -N '' -f "$home/id" </dev/null
	done
	cat "$W"/{tape,web1}/lib/ssh/id.pub >"$W/log/authorized"
	for m in tape web1; do
		home=$W/$m/lib/ssh
		cp "$W/log/authorized" "$home/authorized_keys"
		chown -R backup:backup "$home"
		chown root:root "$home/host"
		cat >"$home/sshd_config" <<-S
			HostKey $W/ssh/host
			AuthorizedKeysFile $W/ssh/authorized_keys
			PidFile none
			StrictModes no
			UsePAM no
			PasswordAuthentication no
		S
	done
}

# One authority, and a certificate for each machine in the folders that Amanda takes
# for granted (ssl-dir; amanda-auth-ssl(7)).
make_certificates() {
	local ca=$W/log/ca m dir
	mkdir -p "$ca"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=interop-ca \
		-keyout "$ca/key.pem" -out "$ca/crt.pem" 2>/dev/null
	for m in tape web1; do
		dir=$W/$m/lib/ssl
		mkdir -p "$dir"/{me/private,CA,remote}
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$m.example" \
			-keyout "$dir/me/private/key.pem" -out "$ca/$m.csr" 2>/dev/null
		openssl x509 -req -in "$ca/$m.csr" -CA "$ca/crt.pem" -CAkey "$ca/key.pem" \
			-CAcreateserial -days 2 -out "$dir/me/crt.pem" 2>/dev/null
		cp "$ca/crt.pem" "$dir/CA/crt.pem"
		chown -R backup:backup "$dir"
	done
	for m in tape web1; do
		for dir in "$W"/{tape,web1}/lib/ssl/remote; do
			mkdir -p "$dir/$m.example"
			printf 'SHA1 Fingerprint=%s\n' "$(openssl x509 -noout -fingerprint -sha1 \
				-in "$W/$m/lib/ssl/me/crt.pem" | sed 's/.*=//')" \
				>"$dir/$m.example/fingerprint"
			chown -R backup:backup "$dir"
		done
	done
}

# both_conf AUTH AMANDAD - what server_conf and client_conf leave out
both_conf() {
	local m dumptype
	dumptype=$(printf 'amandad-path "%s"' "$2")
	case $1 in
	ssh) dumptype+=$(printf '\n    client-username "backup"\n    ssh-keys "%s/ssh/id"' "$W") ;;
	ssl) dumptype+=$(printf '\n    ssl-fingerprint-file "%s/ssl/remote/%s.example/fingerprint"' "$W" web1)
	     dumptype+=$(printf '\n    ssl-cert-file "%s/ssl/me/crt.pem"\n    ssl-key-file "%s/ssl/me/private/key.pem"' "$W" "$W")
	     dumptype+=$(printf '\n    ssl-ca-cert-file "%s/ssl/CA/crt.pem"' "$W") ;;
	esac
	awk -v more="    $dumptype" '/estimate client/ { print; print more; next } { print }' \
		"$W/tape/amanda/$CONF/amanda.conf" >"$W/log/conf"
	cat "$W/log/conf" >"$W/tape/amanda/$CONF/amanda.conf"
	printf '%s.example %s %s\n' "$(disk_host "$1")" "$DISK" net >"$W/tape/amanda/$CONF/disklist"
	for m in tape web1; do
		echo 'amdump-server "tape.example"' >>"$W/$m/amanda/amanda-client.conf"
		case $1 in
		ssh) printf 'amandad-path "%s"\nclient-username "backup"\nssh-keys "%s/ssh/id"\n' \
			"$2" "$W" ;;
		local) printf 'amandad-path "%s"\n' "$2" ;;
		ssl) printf 'ssl-dir "%s/ssl"\n' "$W"
		     printf 'ssl-cert-file "%s/ssl/me/crt.pem"\nssl-key-file "%s/ssl/me/private/key.pem"\n' "$W" "$W"
		     printf 'ssl-ca-cert-file "%s/ssl/CA/crt.pem"\n' "$W" ;;
		esac >>"$W/$m/amanda/amanda-client.conf"
	done
}

# set_up AUTH - empty machines for one driver; nothing runs on them
set_up() {
	local m
	for m in tape web1; do
		quiet $m -KILL
		wait_for 10 not_listens $m tcp || die "the last amandad stays on $m"
		wait_for 10 not_listens $m udp || die "the last amandad stays on $m"
		rm -rf "$W/$m"/lib/store "$W/$m"/debug/*
	done
	dials plain
	routes plain
	server_conf "$1" yes
	client_conf "$1"
	printf '%s backup amdump restore\n' tape.example >"$W"/web1/etc/amandahosts
	printf '%s root amindexd amidxtaped\n%s backup amdumpd\n%s backup amdump restore\n' \
		web1.example web1.example tape.example \
		>"$W"/tape/etc/amandahosts
	AUTH=$1
	both_conf "$1" "$2"
	if [ "$1" = local ]; then
		rm -rf "$W/tape/lib/data"
		cp -a "$W/web1/lib/data" "$W/tape/lib/data"
		printf '%s root amindexd amidxtaped\n%s backup amdumpd\n' tape.example tape.example localhost localhost >>"$W"/tape/etc/amandahosts
	fi
}

proto_of() {
	case $1 in bsd | bsdudp) echo udp ;; *) echo tcp ;; esac
}

inetd_line() { # inetd_line MACHINE AUTH PROGRAM ARGUMENT...
	local kind=stream wait=nowait proto
	proto=$(proto_of "$2")
	[ "$proto" = udp ] && kind=dgram wait=wait
	shift 2
	printf 'amanda %s %s %s backup %s\n' $kind "$proto" $wait "$*"
}

listen_with_inetd() { # listen_with_inetd MACHINE AUTH
	on "$1" inetd -i /tmp/inetd.conf >"$W/log/inetd.$1" 2>&1 </dev/null &
	wait_for 20 listens "$1" "$(proto_of "$2")" || die "inetd does not listen on $1"
}

start_sshd() { # start_sshd MACHINE
	on "$1" /usr/sbin/sshd -f "$W/ssh/sshd_config" -D -e >"$W/log/sshd.$1" 2>&1 </dev/null &
	wait_for 20 grep -q '^ *[0-9]*: [0-9A-F]*:0016 ' "/proc/${HOLD[$1]}/net/tcp" ||
		die "sshd does not listen on $1"
}

start_real() { # start_real MACHINE AUTH
	case $2 in
	local) return ;;
	ssh) start_sshd "$1"; return ;;
	esac
	inetd_line "$1" "$2" "$AMANDAD" amandad "-auth=$2" amdump amindexd amidxtaped restore amdumpd >"$W/$1/tmp/inetd.conf"
	listen_with_inetd "$1" "$2"
}

start_amref() { # start_amref MACHINE AUTH
	local more=()
	case $2 in
	local) return ;;
	ssh) start_sshd "$1"; return ;;
	ssl) more=(--ssl-cert "$W/ssl/me/crt.pem" --ssl-key "$W/ssl/me/private/key.pem"
		--ssl-ca "$W/ssl/CA/crt.pem") ;;
	esac
	on "$1" setpriv --reuid backup --regid backup --init-groups "$IN" amandad --listen \
		--auth "$2" --amandahosts /etc/amandahosts --check-names --store "$STORE" "${more[@]}" \
		amdump amindexd amidxtaped restore amdumpd >"$W/log/amandad.$1" 2>&1 </dev/null &
	wait_for 20 listens "$1" "$(proto_of "$2")" || die "amref amandad does not listen on $1: $(cat "$W/log/amandad.$1")"
}

# --- amref as initiator

# amref_ask MACHINE AUTH USER VERB HOST ARGUMENT... - as root, which has reserved ports
amref_ask() {
	local machine=$1 auth=$2 user=$3 verb=$4 host=$5 more=()
	shift 5
	case $auth in
	ssl) more=(--ssl-cert "$W/ssl/me/crt.pem" --ssl-key "$W/ssl/me/private/key.pem"
		--ssl-ca "$W/ssl/CA/crt.pem") ;;
	ssh) more=(--command "ssh -i $W/ssh/id -l backup"
		--remote-amandad "$(amandad_path)") ;;
	local) more=(--remote-amandad "$(amandad_path)") ;;
	esac
	on "$machine" timeout 120 "$IN" "$verb" "$host" --auth "$auth" --user "$user" "${more[@]}" "$@"
}

amandad_path() {
	sed -n 's/.*amandad-path "\(.*\)"/\1/p' "$W/tape/amanda/$CONF/amanda.conf" | tail -n 1
}

amref_service() { # amref_service AUTH
	amref_ask tape "$1" backup service "$(disk_host "$1").example" noop
}

amref_dump() { # amref_dump AUTH ARGUMENT...
	local auth=$1 host
	shift
	host=$(disk_host "$auth")
	amref_ask tape "$auth" backup dump "$host.example" --disk "$DISK" --store "$STORE" "$@" || return 1
	chown -R backup:backup "$W/tape/lib/store"
	same_as_data "$host" "$@"
}

# The newest dump of the store, unpacked, is what was dumped.
same_as_data() { # same_as_data MACHINE ARGUMENT...
	local newest data=(cat)
	newest=$(find "$W/tape/lib/store" -name data | sort | tail -n 1)
	case " $* " in *" --encrypt "*) data=("$W/web1/lib/crypt" -d) ;; esac
	rm -rf "$W/tape/lib/unpacked"
	mkdir "$W/tape/lib/unpacked"
	"${data[@]}" <"$newest" | case " $* " in *" --compress "*) gzip -dc ;; *) cat ;; esac |
		tar -xpGf - -C "$W/tape/lib/unpacked" || return 1
	diff -r --no-dereference "$W/$1/lib/data" "$W/tape/lib/unpacked"
}

# amref_recover AUTH CONFIG - from the server, to the client
amref_recover() {
	local host user=root
	# of a local server nothing but the user counts that amandad runs as
	[ "$1" = local ] && user=backup
	host=$(disk_host "$1")
	rm -rf "$W/$host/lib/restored"
	mkdir "$W/$host/lib/restored"
	amref_ask "$host" "$1" "$user" recover tape.example --config "$2" --client "$host.example" \
		--disk "$DISK" --directory "$W/restored" --compare "$DISK" &&
		diff -r --no-dereference "$W/$host/lib/data" "$W/$host/lib/restored"
}

# --- the real programs

real_service() { # real_service AUTH
	echo 'OPTIONS features=ffffffff9efefbfffffffffffffff3fffbf71f;' |
		as_backup tape timeout 60 amservice --config "$CONF" "$(disk_host "$1").example" "$1" noop |
		grep '^OPTIONS features='
}

real_check() {
	local log=$W/log/amcheck
	do_check "$log"
	local rc=$?
	cat "$log"
	return $rc
}

real_dump() {
	local log=$W/log/amdump host
	host=$(disk_host "$AUTH")
	as_backup tape timeout 400 amdump "$CONF" >"$log" 2>&1
	local rc=$?
	cat "$W/tape/lib/$CONF"/log/log.*.[0-9] >>"$log" 2>/dev/null
	cat "$log"
	[ $rc = 0 ] && grep -q "^DONE taper .*$host.example" "$log" && ! grep -q '^FAIL ' "$log" &&
		! grep -q '^STRANGE ' "$log"
}

real_fetch() {
	local last host
	host=$(disk_host "$AUTH")
	last=$(find "$W/tape/lib/$CONF/log" -name 'log.*.0' | sort | tail -n 1)
	last=${last##*/log.}
	rm -rf "$W"/tape/lib/fetched
	mkdir -p "$W"/tape/lib/fetched/files
	chown -R backup:backup "$W"/tape/lib/fetched
	as_backup tape sh -c 'cd "$0" && timeout 120 amfetchdump -a "$@" </dev/null &&
		tar -x -f "$(ls -- *.example.*.0)" -C files' \
		"$W"/fetched "$CONF" "^$host.example$" "^$DISK\$" "${last%.0}" &&
		diff -r --no-dereference "$W/$host/lib/data" "$W/tape/lib/fetched/files"
}

real_recover() {
	local host
	host=$(disk_host "$AUTH")
	rm -rf "$W/$host/lib/restored"
	mkdir "$W/$host/lib/restored"
	printf '%s\n' "sethost $host.example" "setdisk $DISK" ls 'add *' list extract Y Y quit |
		on "$host" sh -c 'cd "$0" && exec timeout 120 amrecover "$@"' "$W"/restored \
			"$CONF" -s tape.example -t tape.example
	diff -r --no-dereference "$W/$host/lib/data" "$W/$host/lib/restored"
}

# The server puts a dump back on the client, with the service restore.  The target
# has to be a folder of the server, too: amfetchdump goes there first.
real_restore() {
	local host m
	host=$(disk_host "$AUTH")
	for m in tape web1; do
		rm -rf "$W/$m/lib/restored"
		mkdir "$W/$m/lib/restored"
		chown backup:backup "$W/$m/lib/restored"
	done
	as_backup tape timeout 120 amfetchdump -a "--extract-client=$host.example" \
		--target "$W/restored" "$CONF" "^$host.example$" "^$DISK\$" </dev/null
	diff -r --no-dereference "$W/$host/lib/data" "$W/$host/lib/restored"
}

# A client asks for a dump: the answer says what amref does not do.
real_dump_client() {
	as_backup "$(disk_host "$AUTH")" timeout 60 amdump_client --config "$CONF" dump 2>&1 |
		tee "$W/log/dump_client"
	grep -q 'The backup is finished' "$W/log/dump_client"
}

amref_check() { # amref_check AUTH
	amref_ask tape "$1" backup check "$(disk_host "$1").example" --disk "$DISK"
}

# --- how fast, side by side

# real_rate - kB/s of the last amdump, as the dumper measured it
real_rate() {
	sed -n 's/^SUCCESS dumper .* kps \([0-9]*\).*/\1/p' "$W/log/amdump" | tail -n 1
}

amref_rate() { # amref_rate AUTH - kB/s of the same bytes, between two amrefs, kept as well
	amref_ask tape "$1" backup dump "$(disk_host "$1").example" --disk "$DISK" --store "$STORE" --no-sha256 |
		awk '/^dumped / { printf "%d\n", $(NF - 1) * 1000000 / 1024 }'
}

# more_data MACHINE MEGABYTES - what makes a dump take its time
more_data() {
	head -c "$2M" /dev/urandom >"$W/$1/lib/data/large"
	sed -i 's/length 100 mbytes/length 100000 mbytes/' "$W/tape/amanda/$CONF/amanda.conf"
}
