# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154,SC2317,SC2034 # names hold no blanks; formats.sh sets and reads the rest
# Sourced by formats.sh: what may be done over ssh and with sudo.

# target 10.66.1.1 --- 10.66.1.2 visitor, who has 10.66.1.3 too
lay_out_ssh() {
	machine t
	machine v
	ip link add eth0 netns ${tag}t type veth peer name eth0 netns ${tag}v
	ip -n ${tag}t addr add 10.66.1.1/24 dev eth0
	ip -n ${tag}v addr add 10.66.1.2/24 dev eth0
	ip -n ${tag}v addr add 10.66.1.3/24 dev eth0
	ip -n ${tag}t link set eth0 up
	ip -n ${tag}v link set eth0 up
}

ssh_site() {
	printf '[site]\nauth = ssh\n[host visitor]\nrole = server backuppc\naddress = 10.66.1.2\n'
	printf '[host target]\nrole = client\naddress = 10.66.1.1\nbackuppc = ssh\n'
}

# The users that the files are written for, in a private copy of /etc.
make_users() {
	local etc=$work/etc

	mkdir -p "$etc" "$work/home"
	chown 34:34 "$work/home"
	cp /etc/passwd /etc/shadow /etc/group "$etc"
	sed -i '/^backup:/d;/^backuppc:/d' "$etc/passwd" "$etc/shadow"
	printf 'backup:x:34:34:backup:%s:/bin/sh\nbackuppc:x:29876:34::%s:/bin/sh\n' \
		"$work/home" "$work/home" >>"$etc/passwd"
	printf 'backup:*:19000:0:99999:7:::\nbackuppc:*:19000:0:99999:7:::\n' >>"$etc/shadow"
	printf 'visitor.test backup amdump\n' >"$work/home/.amandahosts"
}

# start_target: sshd with the files below $work/keys, $work/sudo
start_target() {
	ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey"
	printf '%s\n' "HostKey $work/hostkey" "PidFile $work/sshd.pid" 'StrictModes no' 'UsePAM no' \
		'AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u' 'PasswordAuthentication no' \
		>"$work/sshd_config"
	mkdir -p "$work/sudoers.d"
	[ ! -e "$work/sudo" ] || install -m 440 "$work/sudo/etc/sudoers.d/amfw" "$work/sudoers.d/"
	mkdir -p "$work/ssh/authorized_keys.d"
	# shellcheck disable=SC2016 # the inner shell's variables
	ip netns exec ${tag}t unshare -m sh -c '
		for name in passwd shadow group; do mount --bind "$0/etc/$name" "/etc/$name" || exit; done
		mount --bind "$0/ssh" /etc/ssh || exit
		mount -t tmpfs none /run && mkdir /run/sshd || exit
		[ ! -d /etc/sudoers.d ] || mount --bind "$0/sudoers.d" /etc/sudoers.d || exit
		exec /usr/sbin/sshd -D -f "$0/sshd_config"' "$work" >"$work/sshd.log" 2>&1 &
	pids+=($!)
	wait_for test -s "$work/sshd.pid"
}

use_keys() { # use_keys [SED-SCRIPT]: the generated lines, or what becomes of them
	cp "$work"/keys/etc/ssh/authorized_keys.d/* "$work/ssh/authorized_keys.d/"
	[ $# -eq 0 ] || sed -i "$1" "$work"/ssh/authorized_keys.d/*
}

visit() { # visit USER OPTION-OR-COMMAND...
	local user=$1

	shift
	on v ssh -F none -i "$work/id" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=5 -l "$user" "$@"
}

# A forced command is what runs, whatever is asked for.
restricted() { # restricted USER
	local user=$1

	rm -f "$work/home/broken"
	timeout 10 bash -c "$(declare -f visit on); work=$work tag=$tag; visit $user 10.66.1.1 touch $work/home/broken </dev/null" \
		>/dev/null 2>&1
	if [ -e "$work/home/broken" ]; then
		not_ok "ssh/$user/no-shell" "a command of the visitor's ran"
	else
		ok "ssh/$user/no-shell"
	fi
	expect_visit "ssh/$user/no-forward" '!0' 'forwarding failed|prohibited' "$user" -W 10.66.1.1:22 10.66.1.1
	expect_visit "ssh/$user/no-reverse" '!0' 'forwarding failed' "$user" -o ExitOnForwardFailure=yes \
		-R 12345:10.66.1.2:22 10.66.1.1
	expect_visit "ssh/$user/no-terminal" '' 'PTY allocation request failed' "$user" -tt 10.66.1.1
	expect_visit "ssh/$user/elsewhere" 255 'Permission denied' "$user" -b 10.66.1.3 10.66.1.1
}

# As expect, but a status of '' may be any: it is the forced command's.
expect_visit() {
	local name=$1 status=$2 pattern=$3 got=0

	shift 3
	PATIENCE=10 visit_for "$@" || got=$?
	if { [ "$status" = '!0' ] && [ $got -eq 0 ]; } || { [ -n "$status" ] &&
		[ "$status" != '!0' ] && [ $got -ne "$status" ]; }; then
		not_ok "$name" "status $got: $(tail -n 1 "$work/said")"
	elif ! grep -Eq -- "$pattern" "$work/said"; then
		not_ok "$name" "does not say \"$pattern\": $(tail -n 1 "$work/said")"
	else
		ok "$name"
	fi
}

visit_for() {
	visit "$@" >"$work/said" 2>&1 </dev/null &
	local visitor=$! i

	for ((i = 0; i < PATIENCE * 20; i++)); do
		kill -0 $visitor 2>/dev/null || break
		sleep 0.05
	done
	kill $visitor 2>/dev/null
	wait $visitor
}

# The same checks have to fail with a key that is not restricted.
unrestricted() {
	use_keys 's/^restrict,from="[^"]*",command="[^"]*" //'
	visit backup -b 10.66.1.3 -tt 10.66.1.1 touch "$work/home/broken" </dev/null >"$work/said" 2>&1
	if [ -e "$work/home/broken" ] && ! grep -q 'PTY allocation' "$work/said"; then
		ok ssh/teeth
	else
		not_ok ssh/teeth "a key without restrictions can do no more: $(tail -n 1 "$work/said")"
	fi
	rm -f "$work/home/broken"
	use_keys
}

# The real amandad answers the amcheck of amref, through its forced command.
amandad_answers() {
	if ! [ -x /usr/lib/amanda/amandad ] || ! [ -x "$amref" ]; then
		skip ssh/amandad "no amandad or amref"
		return
	fi
	expect ssh/amandad 0 ' 0 problems found' ip netns exec ${tag}v "$amref" check 10.66.1.1 --disk /etc --auth ssh --user backup \
		--remote-amandad /bin/false --command "ssh -F none -i $work/id -o StrictHostKeyChecking=no \
-o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR"
}

section_ssh() {
	if ! command -v sshd >/dev/null && ! [ -x /usr/sbin/sshd ]; then
		skip ssh "no sshd"
		return
	fi
	lay_out_ssh
	ssh_site >"$work/site"
	make_users
	ssh-keygen -q -t ed25519 -N '' -C root@visitor -f "$work/id"
	generate authorized_keys "$work/keys" --host target --key "$work/id.pub" ||
		not_ok ssh/generate "$(tail -n 1 "$work/said")"
	generate sudoers "$work/sudo" --host target || not_ok sudo/generate "$(tail -n 1 "$work/said")"
	if ! start_target; then
		not_ok ssh/sshd "$(tail -n 1 "$work/sshd.log")"
		remove_machines
		return
	fi
	use_keys
	amandad_answers
	restricted backup
	unrestricted
	backuppc
	remove_machines
}

# --- BackupPC: rsync over ssh, with sudo ------------------------------------

fetch() { # fetch RSYNC-OPTION...
	on v rsync -e "ssh -F none -i $work/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
-o BatchMode=yes -o LogLevel=ERROR -l backuppc" "$@"
}

# The options of $Conf{RsyncArgs}, without --protect-args.
rsync_args=(--super --recursive --numeric-ids --perms --owner --group -D --times --links --hard-links
	--one-file-system --checksum)

backuppc() {
	if ! command -v rsync >/dev/null || ! command -v visudo >/dev/null; then
		skip sudo "no rsync or sudo"
		return
	fi
	expect sudo/visudo 0 'parsed OK' visudo -c -f "$work/sudoers.d/amfw"
	mkdir -p "$work/secret" "$work/fetched"
	echo secret >"$work/secret/file"
	chmod 700 "$work/secret"
	if timeout 20 bash -c "$(declare -f fetch on); work=$work tag=$tag; fetch ${rsync_args[*]} \
		10.66.1.1:$work/secret/ $work/fetched/" >"$work/said" 2>&1 </dev/null &&
		cmp -s "$work/secret/file" "$work/fetched/file"; then
		ok sudo/backup
	else
		not_ok sudo/backup "$(tail -n 1 "$work/said")"
	fi
	refused write "$work/fetched/file" "10.66.1.1:$work/secret/written"
	refused protect-args --protect-args "10.66.1.1:$work/secret/file" "$work/fetched/two"
	refused log-file -M--log-file="$work/secret/written" "10.66.1.1:$work/secret/file" "$work/fetched/two"
	refused remove --remove-source-files "10.66.1.1:$work/secret/file" "$work/fetched/two"
	restricted backuppc
	sudo_alone
}

refused() { # refused NAME RSYNC-ARGUMENT...
	local name=$1

	shift
	rm -f "$work/fetched/two" "$work/secret/written"
	if timeout 20 bash -c "$(declare -f fetch on); work=$work tag=$tag; fetch $*" >"$work/said" 2>&1 </dev/null; then
		not_ok "sudo/no-$name" "it works"
	elif [ -e "$work/secret/written" ] || ! [ -e "$work/secret/file" ]; then
		not_ok "sudo/no-$name" "files have changed"
	else
		ok "sudo/no-$name"
	fi
}

# Whoever gets round the key still has sudo's rule alone.
sudo_alone() {
	use_keys 's/^restrict,from="[^"]*",command="[^"]*" //'
	expect_visit sudo/no-root '!0' 'password|not allowed' backuppc 10.66.1.1 sudo -n id
	expect_visit sudo/no-rsync '!0' 'password|not allowed' backuppc 10.66.1.1 \
		sudo -n /usr/bin/rsync --server --sender -logDtpre.iLsfxC . /
	expect_visit sudo/no-other-folder '!0' 'password|not allowed' backuppc 10.66.1.1 \
		sudo -n /usr/bin/rrsync -wo /
	use_keys
}
