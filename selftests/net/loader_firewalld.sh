# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # variables of the sourcing script; called by name
# Sourced by loaders.sh: the real firewalld, on a bus of its own, in a namespace.

loader_firewalld_available() {
	loader_needs firewalld firewall-cmd firewall-offline-cmd dbus-daemon nft unshare setpriv
}

# All that a helper expected is let through by firewalld itself.
precision_firewalld() { [ "$5" != helper ] || echo related-open; }

firewalld_home() { echo "$work/firewalld.$1"; }

# Everybody who can reach the socket may do everything: it lies in our own folder.
firewalld_bus() { # firewalld_bus SOCKET
	cat <<-END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig>
	  <type>system</type>
	  <listen>unix:path=$1</listen>
	  <policy context="default">
	    <allow user="*"/>
	    <allow own="*"/>
	    <allow send_type="method_call"/>
	    <allow send_type="method_return"/>
	    <allow send_type="signal"/>
	    <allow send_type="error"/>
	    <allow receive_type="method_call"/>
	    <allow receive_type="method_return"/>
	    <allow receive_type="signal"/>
	    <allow receive_type="error"/>
	  </policy>
	</busconfig>
	END
}

# In NAMESPACE, with firewalld's folders and /run its own, and the bus of HOME.
firewalld_in() { # firewalld_in NAMESPACE HOME COMMAND...
	# shellcheck disable=SC2016 # for the inner shell
	ip netns exec "$1" unshare -m --propagation private sh -c '
		home=$1
		shift
		mount --bind "$home/etc" /etc/firewalld && mount -t tmpfs run /run || exit 1
		DBUS_SYSTEM_BUS_ADDRESS=unix:path=$home/bus
		export DBUS_SYSTEM_BUS_ADDRESS
		exec "$@"' sh "${@:2}"
}

# The bus ends with this shell, whatever ends that, and firewalld ends with its bus.
firewalld_start() { # firewalld_start NAMESPACE HOME
	setpriv --pdeathsig KILL dbus-daemon --config-file="$2/bus.conf" --nofork --nopidfile \
		>"$2/bus.log" 2>&1 &
	echo $! >"$2/bus.pid"
	# shellcheck disable=SC2016 # for the inner shell
	firewalld_in "$1" "$2" sh -c 'echo $$ >"$1/pid"
		exec firewalld --nofork --nopid --log-target=console' sh "$2" >"$2/log" 2>&1 &
	echo $! >"$2/job"
}

# It answers on its bus when all rules are loaded, or have failed.
firewalld_ready() { # firewalld_ready NAMESPACE HOME
	local i

	for ((i = 0; i < 60; i++)); do
		[ ! -S "$2/bus" ] ||
			! firewalld_in "$1" "$2" timeout 5 firewall-cmd --state >/dev/null 2>&1 ||
			return 0
		kill -0 "$(cat "$2/job")" 2>/dev/null || break
		sleep 0.2
	done
	echo "firewalld does not answer: $(tail -n 1 "$2/log")" >&2
	return 1
}

# What it cannot use it leaves out, and says so in its log only.
firewalld_content() { # firewalld_content HOME
	! grep -E 'ERROR|WARNING' "$1/log" >&2
}

# firewalld_begin NAMESPACE ZONE [DIR]: with what is in DIR, or as Debian ships it, and
# all interfaces in ZONE.
firewalld_begin() {
	local home

	home=$(firewalld_home "$1")
	rm -rf "$home"
	mkdir -p "$home/etc"
	cp -r /etc/firewalld/. "$home/etc/"
	sed -i "s/^DefaultZone=.*/DefaultZone=$2/" "$home/etc/firewalld.conf"
	echo '<zone target="DROP"></zone>' >"$home/etc/zones/closed.xml"
	[ -z "${3:-}" ] || cp -r "$3/etc/firewalld/." "$home/etc/"
	firewalld_bus "$home/bus" >"$home/bus.conf"
	firewall-offline-cmd --system-config "$home/etc" --check-config >"$home/check" 2>&1 || {
		cat "$home/check" >&2
		return 1
	}
	firewalld_start "$1" "$home"
	firewalld_ready "$1" "$home"
}

# A zone that lets everything through: what is refused is refused by our rules.
load_firewalld() {
	firewalld_begin "$1" trusted "$2" && firewalld_content "$(firewalld_home "$1")"
}

# It empties its tables when it ends: that has to be over before others are filled.
unload_firewalld() {
	local home

	home=$(firewalld_home "$1")
	if [ -e "$home/pid" ]; then
		kill "$(cat "$home/pid")" 2>/dev/null
		wait "$(cat "$home/job")" 2>/dev/null
	fi
	if [ -e "$home/bus.pid" ]; then
		kill "$(cat "$home/bus.pid")" 2>/dev/null
		wait "$(cat "$home/bus.pid")" 2>/dev/null
	fi
	rm -rf "$home"
	ip netns exec "$1" nft flush ruleset
}

# firewalld is no quick one: the auths that differ to it, and all machines at once
# only where translations of all kinds meet.
takes_firewalld() {
	case $1/$2 in all/both | all/gwclient | [!a]*) ;; *) return 1 ;; esac
	case $4 in bsd | bsdudp | bsdtcp | extras) ;; *) return 1 ;; esac
}

# --- the firewall-cmd lines, for a firewalld that runs: twice, as once ------------

write_firewalld_cmd() { generate_into "$1" firewalld "${@:2}"; }
loader_firewalld_cmd_available() { loader_firewalld_available; }
precision_firewalld_cmd() { precision_firewalld "$@"; }
unload_firewalld_cmd() { unload_firewalld "$@"; }

load_firewalld_cmd() {
	local home script=$2/usr/local/sbin/amfw-firewalld

	home=$(firewalld_home "$1")
	firewalld_begin "$1" trusted || return 1
	firewalld_in "$1" "$home" "$script" >"$home/said" 2>&1 &&
		firewalld_in "$1" "$home" "$script" >"$home/said" 2>&1 &&
		firewalld_content "$home" && return
	cat "$home/said" >&2
	return 1
}

takes_firewalld_cmd() {
	case $1/$2/$3 in gateway/both/* | client-closed/plain/6) ;; *) return 1 ;; esac
	[ "$4" = bsd ]
}

# --- parts to include: a zone that drops everything, and what is let through is by us --

write_firewalld_include() { generate_into "$1" firewalld --style include "${@:2}"; }
loader_firewalld_include_available() { loader_firewalld_available; }
precision_firewalld_include() { precision_firewalld "$@"; }
unload_firewalld_include() { unload_firewalld "$@"; }

load_firewalld_include() {
	firewalld_begin "$1" closed "$2" && firewalld_content "$(firewalld_home "$1")"
}

takes_firewalld_include() {
	case $1/$2 in gateway/plain | gateway/both) ;; *) return 1 ;; esac
	case $4 in bsd | bsdtcp) ;; *) return 1 ;; esac
}
