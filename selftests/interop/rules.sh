# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: the site of a cell, and the rules that amfwctl makes of it.

AMFWCTL=${AMFWCTL:-$TOP/build/bin/amfwctl}

# site AUTH NAT INDEX - the site file.  Where the server is masqueraded the client
# reaches it, for recovery, at the address it sees: by a forward the other way.
site() {
	local nat=()
	case $2 in masquerade | both)
		nat+=("masquerade $GW_WEB1" "forward $GW_WEB1:10080 -> tape") ;;
	esac
	case $2 in forward | both) nat+=("forward $GW_TAPE:10080 -> web1") ;; esac
	cat <<-S
		[site]
		auth = $1
		recovery = yes
		index = $3
		udp-ports = 840-860
		tcp-ports = 50000-50100
		low-tcp-ports = 512-1023

		[host tape]
		address = $TAPE
		role = server

		[host gw]
		address = $GW_TAPE/24 $GW_WEB1/24
		role = gateway
	S
	[ ${#nat[@]} = 0 ] || printf 'nat = %s\n' "${nat[@]}"
	printf '\n[host web1]\naddress = %s\nrole = client\n' "$WEB1"
}

generate() { # generate HOST SITE
	"$AMFWCTL" generate --format nft --host "$1" --policy drop "$2"
}

# load_rules MACHINE FILE - in one step, over whatever was there before.
load_rules() {
	{ echo 'flush ruleset'; cat "$2"; } >"$2.load"
	on_net "$1" nft -f "$2.load"
}

# firewall AUTH NAT INDEX WHERE - rules on the gateway, or on both ends.  A gateway
# that has to translate keeps its rules even then.
firewall() {
	local m machines=gw
	site "$1" "$2" "$3" >"$W/site"
	[ "$4" = ends ] && machines="tape web1"
	[ "$4/$2" != ends/plain ] && [ "$4" = ends ] && machines="gw tape web1"
	for m in gw tape web1; do
		on_net $m nft flush ruleset
		on_net $m conntrack -F >/dev/null 2>&1
		rm -f "$W/$m.nft"
	done
	for m in $machines; do
		generate "$m" "$W/site" >"$W/$m.nft" || die "amfwctl generate --host $m failed"
		load_rules "$m" "$W/$m.nft" || die "the rules for $m do not load: $(cat "$W/$m.nft")"
	done
}
