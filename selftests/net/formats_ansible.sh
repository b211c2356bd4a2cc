# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154,SC2317,SC2034 # names hold no blanks; formats.sh sets and reads the rest
# Sourced by formats.sh: the playbook, against a machine that it must not lock out.

# systemd's two programs, as far as the playbook uses them.
make_systemd() {
	mkdir -p "$work/bin"
	cat >"$work/bin/systemd-run" <<-'END'
		#!/bin/sh
		seconds=
		while [ $# -gt 0 ]; do
			case $1 in
			--unit) shift ;;
			--on-active) seconds=$2; shift ;;
			--collect) ;;
			*) break ;;
			esac
			shift
		done
		setsid sh -c 'echo $$ >"$0"; sleep "$1"; shift; exec "$@"' "${0%/bin/*}/timer.pid" "$seconds" "$@" \
			>/dev/null 2>&1 </dev/null &
	END
	cat >"$work/bin/systemctl" <<-'END'
		#!/bin/sh
		[ "$*" = "stop amfw-back.timer" ] || exit 1
		kill -- "-$(cat "${0%/bin/*}/timer.pid")"
	END
	ln -sf "$amfwctl" "$work/bin/amfwctl"
	chmod 755 "$work"/bin/*
}

play() { # play OPTION...
	ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_NOCOLOR=1 ANSIBLE_LOCAL_TEMP=$work/ansible.tmp \
		HOME=$work/home PATH="$work/bin:$PATH" timeout 120 ip netns exec ${tag}v \
		ansible-playbook -i "$work/play/inventory.yml" -l target -e "amfw_site=$work/site" \
		-e "amfw_folder=$work/amfw amfw_boot=$work/nftables.conf amfw_seconds=20" \
		-e "ansible_user=root ansible_ssh_private_key_file=$work/id ansible_python_interpreter=/usr/bin/python3" \
		-e "ansible_remote_tmp=$work/remote" \
		-e "{'ansible_ssh_common_args': '-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=3 -o ControlPath=none'}" \
		"$@" "$work/play/amfw.yml" >"$work/said" 2>&1 </dev/null
}

loaded() { on t nft list table inet amfw >/dev/null 2>&1; }
reachable() { visit root -o ConnectTimeout=2 10.66.1.1 true </dev/null; }

played() { # played NAME STATUS TEST: the last play, by its status
	if [ "$2" -ne 0 ]; then
		not_ok "$1" "$(grep -E 'fatal|ERROR' "$work/said" | tail -n 1 | cut -c 1-300)"
	elif ! "$3"; then
		not_ok "$1" "not $3"
	else
		ok "$1"
	fi
}

section_ansible() {
	local status

	if ! command -v ansible-playbook >/dev/null; then
		skip ansible "no ansible-playbook"
		return
	fi
	lay_out_ssh
	ssh_site >"$work/site"
	mkdir -p "$work/home" "$work/etc"
	cp /etc/passwd /etc/shadow /etc/group "$work/etc"
	[ -e "$work/id" ] || ssh-keygen -q -t ed25519 -N '' -f "$work/id"
	rm -f "$work/hostkey" "$work/hostkey.pub" "$work/sshd.pid"
	mkdir -p "$work/ssh/authorized_keys.d"
	cp "$work/id.pub" "$work/ssh/authorized_keys.d/root"
	make_systemd
	PATH=$work/bin:$PATH start_target || not_ok ansible/sshd "$(tail -n 1 "$work/sshd.log")"
	echo "SetEnv PATH=$work/bin:$PATH" >>"$work/sshd_config"
	kill -HUP "$(cat "$work/sshd.pid")"
	wait_for reachable
	generate ansible "$work/play"
	expect ansible/syntax 0 'playbook: ' ansible-playbook -i "$work/play/inventory.yml" \
		--syntax-check "$work/play/amfw.yml"

	status=0
	play || status=$?
	played ansible/loads $status loaded
	if grep -q 'Check the rules before they go anywhere' "$work/said"; then
		ok ansible/checks
	else
		not_ok ansible/checks "the rules went out unchecked"
	fi
	status=0
	play || status=$?
	played ansible/again $status loaded
	if grep -q 'target .*changed=0 ' "$work/said"; then
		ok ansible/idempotent
	else
		not_ok ansible/idempotent "$(grep 'changed=' "$work/said" | tail -n 1)"
	fi
	printf 'table inet d {\nchain i {\ntype filter hook input priority 10; policy drop\n}\n}\n' >"$work/drops.nft"
	blocked_rules
	locked_out
	remove_machines
}

# A site that wants more than the rules give: the play stops before they go anywhere.
blocked_rules() {
	local status=0

	on t nft list table inet amfw >"$work/before"
	play -e "{'amfw_check': ['--rules', '$work/drops.nft']}" || status=$?
	on t nft list table inet amfw >"$work/after"
	if [ $status -ne 0 ] && grep -q "blocked: " "$work/said" && cmp -s "$work/before" "$work/after"; then
		ok ansible/stopped
	else
		not_ok ansible/stopped "status $status"
	fi
}

# The rules of "--policy drop" let no ssh through but Amanda's: over another
# port, since that is what this site's flows use.
locked_out() {
	local status=0

	on t nft list table inet amfw >"$work/before"
	sed -i 's/^auth = ssh/auth = bsd/;s/server backuppc/server/;/^backuppc/d' "$work/site"
	play -e "{'amfw_options': ['--policy', 'drop']}" || status=$?
	if [ $status -eq 0 ] || ! grep -q "did not confirm" "$work/said"; then
		not_ok ansible/locked-out "status $status: $(grep -E "fatal|ERROR" "$work/said" | tail -n 1)"
	else
		ok ansible/locked-out
	fi
	wait_for_back
	on t nft list table inet amfw >"$work/after"
	if cmp -s "$work/before" "$work/after" && reachable; then
		ok ansible/comes-back
	else
		not_ok ansible/comes-back "the rules from before are not there"
	fi
}

wait_for_back() {
	local i

	for ((i = 0; i < 60; i++)); do
		reachable >/dev/null 2>&1 && return
		sleep 0.5
	done
}
