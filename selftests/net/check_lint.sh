# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of the sourcing script
# Sourced by check.sh: for each finding of "amfwctl check", rules and a site that
# have the mistake, made from ones that have none.

# A client of bsd that drops: no finding, nothing blocked, nothing more open.
lint_site() {
	cat <<-'END'
	[site]
	auth      = bsd
	udp-ports = 840-860
	tcp-ports = 50000-50100
	[host backup]
	address = 192.0.2.10
	role    = server
	[host web1]
	address = 192.0.2.20
	role    = client
	END
}

lint_rules() {
	cat <<-'END'
	table inet fw {
		ct helper amanda {
			type "amanda" protocol udp
		}
		chain attach {
			type filter hook prerouting priority mangle
			ip saddr 192.0.2.10 ip daddr 192.0.2.20 udp sport 840-860 udp dport 10080 ct helper set "amanda"
		}
		chain attach_out {
			type filter hook output priority mangle
			ip saddr 192.0.2.20 ip daddr 192.0.2.10 udp sport 840-860 udp dport 10080 ct helper set "amanda"
		}
		chain input {
			type filter hook input priority filter; policy drop
			iifname "lo" accept
			ct state established accept
			ip saddr 192.0.2.10 udp sport 840-860 udp dport 10080 accept
			ip saddr 192.0.2.10 tcp sport 50000-50100 tcp dport 50000-50100 ct state related ct helper "amanda" accept
		}
	}
	END
}

# A gateway between them that translates the server's address.
lint_nat_site() {
	lint_site | sed 's/192.0.2.20/198.51.100.20/'
	cat <<-'END'
	[host gw]
	address = 192.0.2.1/24 198.51.100.1/24
	role    = gateway
	nat     = masquerade 198.51.100.1
	nat     = forward 198.51.100.1:10080 -> backup
	END
}

lint_nat_rules() { # lint_nat_rules SNAT
	cat <<-END
	table ip gw {
		ct helper amanda {
			type "amanda" protocol udp
		}
		chain attach {
			type filter hook prerouting priority mangle
			ip saddr 192.0.2.10 ip daddr 198.51.100.20 udp sport 840-860 udp dport 10080 ct helper set "amanda"
			ip saddr 198.51.100.20 ip daddr 198.51.100.1 udp sport 840-860 udp dport 10080 ct helper set "amanda"
		}
		chain dstnat {
			type nat hook prerouting priority dstnat
			ip daddr 198.51.100.1 udp dport 10080 dnat to 192.0.2.10
		}
		chain srcnat {
			type nat hook postrouting priority srcnat
			ip saddr 192.0.2.10 ip daddr 198.51.100.20 udp dport 10080 $1
		}
	}
	END
}

# has_finding ID RULES SITE [OPTION...]
has_finding() {
	"$amfwctl" check --json --rules "$2" "${@:4}" "$3" 2>>"$work/said" |
		"$json" lint id | grep -qx "$1"
}

# lint_one ID WITH WITHOUT SITE_WITH SITE_WITHOUT [OPTION...]
lint_one() {
	local id=$1 options=("${@:6}")

	: >"$work/said"
	if ! has_finding "$id" "$2" "$4" "${options[@]}"; then
		not_ok "lint/$id" "does not fire: $(head -n 1 "$work/said")"
	elif has_finding "$id" "$3" "$5" "${options[@]}"; then
		not_ok "lint/$id" "fires where there is nothing wrong"
	elif [ -s "$work/said" ]; then
		not_ok "lint/$id" "$(head -n 1 "$work/said")"
	else
		ok "lint/$id"
	fi
	echo "$id" >>"$work/linted"
}

# lint_rules_with ID SED [OPTION...]: a mistake in the rules
lint_rules_with() {
	lint_rules | sed -e "$2" >"$work/with.nft"
	lint_one "$1" "$work/with.nft" "$work/clean.nft" "$work/clean.site" "$work/clean.site" \
		--host web1 "${@:3}"
}

# lint_site_with ID SED [OPTION...]: in what the site wants of rules that stay as they are
lint_site_with() {
	lint_site | sed -e "$2" >"$work/with.site"
	lint_one "$1" "$work/clean.nft" "$work/clean.nft" "$work/with.site" "$work/clean.site" \
		--host web1 "${@:3}"
}

# lint_nat_with ID SNAT SNAT_WITHOUT
lint_nat_with() {
	lint_nat_rules "$2" >"$work/with.nft"
	lint_nat_rules "$3" >"$work/without.nft"
	lint_one "$1" "$work/with.nft" "$work/without.nft" "$work/nat.site" "$work/nat.site" \
		--host gw
}

# 300 clients with five dumps each: 6,000 streams at once.
lint_fleet() {
	local i

	printf '[site]\nauth = bsd\nmaxdumps = %s\n[host backup]\naddress = 10.1.0.1/16\n' "$1"
	printf 'role = server\n[host gw]\nrole = gateway\naddress = 10.1.0.2/16 10.2.0.2/16\n'
	for ((i = 1; i <= 300; i++)); do
		printf '[host c%d]\naddress = 10.2.1.%d/16\nrole = client\n' $i $((i % 250))
	done | sed '/10\.2\.1\.0/s/10.2.1.0/10.2.3.1/'
}

lint_expectations() {
	lint_fleet 5 | awk '/^\[host c/ { n++ } /10\.2\.1/ && n > 250 { sub("10.2.1", "10.2.2") } 1' \
		>"$work/many.site"
	sed 's/maxdumps = 5/maxdumps = 1/' "$work/many.site" >"$work/few.site"
	"$amfwctl" generate --host gw "$work/many.site" >"$work/many.nft"
	lint_one expectations-few "$work/many.nft" "$work/many.nft" "$work/many.site" \
		"$work/few.site" --host gw
}

# A server behind a gateway that masquerades the clients: their ports may change.
lint_narrow() {
	cat >"$work/narrow.site" <<-'END'
	[site]
	auth      = bsd
	udp-ports = 840-860
	[host backup]
	address = 192.0.2.10/24
	role    = server
	[host web1]
	address = 198.51.100.20/24
	role    = client
	[host gw]
	address = 192.0.2.1/24 198.51.100.1/24
	role    = gateway
	nat     = masquerade 192.0.2.1
	END
	cat >"$work/with.nft" <<-'END'
	table ip fw {
		chain input {
			type filter hook input priority filter; policy drop
			ct state established accept
			ip saddr 192.0.2.1 udp sport 840-860 udp dport 10080 accept
		}
	}
	END
	sed 's/840-860/600-1023/' "$work/with.nft" >"$work/without.nft"
	lint_one nat-sport-narrow "$work/with.nft" "$work/without.nft" "$work/narrow.site" \
		"$work/narrow.site" --host backup
}

# Of the running rules alone.  A kernel without the other kind has nothing to be found.
lint_legacy() {
	local wanted=1 name=lint/legacy-rules

	unshare -rn iptables-legacy -A INPUT -j ACCEPT 2>/dev/null || wanted=0
	unshare -rn sh -c 'iptables-legacy -A INPUT -j ACCEPT 2>/dev/null
		"$1" check --host web1 "$2"' sh "$amfwctl" "$work/clean.site" >"$work/with" 2>&1
	unshare -rn "$amfwctl" check --host web1 "$work/clean.site" >"$work/without" 2>&1
	if [ "$(grep -c '^found *legacy-rules: iptables-legacy ' "$work/with")" != $wanted ]; then
		not_ok $name "$(tail -n 1 "$work/with")"
	elif ! grep -q 'the running rules' "$work/without" ||
		grep -q legacy-rules "$work/without"; then
		not_ok $name 'found where there are none'
	else
		ok $name
	fi
}

lint_tests() {
	lint_rules >"$work/clean.nft"
	lint_site >"$work/clean.site"
	lint_nat_site >"$work/nat.site"
	if ! "$amfwctl" check --strict --host web1 --rules "$work/clean.nft" "$work/clean.site" \
		>"$work/said" 2>&1 || grep -q '^found' "$work/said"; then
		not_ok lint/clean "$(tail -n 1 "$work/said")"
		return
	fi
	ok lint/clean
	lint_rules_with helper-too-early 's/hook prerouting priority mangle/hook prerouting priority raw/'
	lint_rules_with helper-never-attached '/ct helper set/d'
	lint_rules_with helper-unreached '/ct helper set/s/10080/10085/'
	lint_rules_with helper-attached-wide '/ct helper set/s/ip saddr 192.0.2.10 //
		s/ip saddr 192.0.2.10 udp/udp/'
	lint_rules_with related-any-helper 's/ct state established/ct state established,related/'
	lint_rules_with wrong-protocol 's/ip saddr 192.0.2.10 udp sport 840-860 udp/tcp/'
	lint_rules_with old-ports-open '/iifname/s/$/\ntcp dport 10080-10083 accept/'
	lint_rules_with stream-range-wide 's/tcp dport 50000-50100/tcp dport 1024-65535/'
	lint_site_with stream-range-small 's/^tcp-ports.*/&\nmaxdumps = 40/'
	lint_narrow
	lint_nat_with nat-unprivileged-ports 'masquerade to :1024-65535' 'snat to 198.51.100.1:600-1023'
	lint_site_with stock-no-index 's/^tcp-ports.*/&\nindex = no/' --helper stock
	lint_site_with stock-bsdudp 's/= bsd$/= bsdudp/' --helper stock
	lint_rules_with reply-outlives-tracking '/ct helper set/d
		/chain input/s/^/chain output {\ntype filter hook output priority filter; policy drop\noifname "lo" accept\nct state established accept\nudp dport 10080 accept\n}\n/'
	lint_site | sed 's/^tcp-ports.*/&\npreset = debian/' >"$work/clean.site"
	lint_rules_with ipv6-unused '/iifname/s/$/\nudp dport 10080 accept/'
	lint_site >"$work/clean.site"
	lint_rules_with established-missing '/ct state established accept/d'
	lint_expectations
	lint_legacy
	lint_rules_with invalid-untracked '/hook prerouting/s/mangle/raw\nct state invalid drop/'
	# Without restores no stream is unknown to the stock helper.
	sed 's/^tcp-ports.*/&\nrecovery = no/' "$work/clean.site" >"$work/norecovery.site"
	lint_one stock-missing-tags "$work/clean.nft" "$work/clean.nft" "$work/clean.site" \
		"$work/norecovery.site" --host web1 --helper stock
}
