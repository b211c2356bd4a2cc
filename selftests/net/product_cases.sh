# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of the sourcing script
# Sourced by product: which cases there are, and the site of each.
#
#   FORMAT/WHERE/NAT/FAMILY/AUTH/HELPER
#
# WHERE   gateway: it has rules; server, client: that one has, and leaves alone what
#         is not Amanda's; server-closed, client-closed: and drops all else; all:
#         all three, and drop all else
# NAT     plain; oneway: no recovery; forward: each end is reached at an address of
#         the gateway's; masquerade: the server is; both; two: a second client, with
#         another auth; many: a second one, and twenty more; gwclient: the gateway is a
#         client itself; names: machines that are called as no machine should be
# FAMILY  4, 6 or 46
# HELPER  helper or static

# --- which ---------------------------------------------------------------------

# The helper is for what uses UDP; rshd connects back, which no translation allows.
auths_of() { # auths_of NAT: "AUTH/HELPER" each
	if [ "$1" = names ]; then
		echo bsd/helper bsdtcp/static
		return
	fi
	echo bsd/helper bsd/static bsdudp/helper bsdudp/static bsdtcp/static ssl/static \
		krb5/static ssh/static
	case $1 in plain | two | many | gwclient) echo rsh/static extras/static ;; esac
}

wheres_of() { # wheres_of NAT
	echo gateway all
	case $1 in
	plain) echo server client server-closed client-closed ;;
	esac
}

families_of() { # families_of NAT WHERE
	echo 4 6
	case $1/$2 in plain/gateway | plain/all | both/all) echo 46 ;; esac
}

cases_of() { # cases_of FORMAT: a name on each line
	local where nat family auth

	for nat in plain oneway forward masquerade both two many gwclient names; do
		for where in $(wheres_of $nat); do
			for family in $(families_of $nat "$where"); do
				for auth in $(auths_of $nat); do
					case_fits "$1" "$where" $nat "$family" "$auth" &&
						echo "$1/$where/$nat/$family/$auth"
				done
			done
		done
	done
}

case_fits() { # case_fits FORMAT WHERE NAT FAMILY AUTH/HELPER
	loader_call takes_FORMAT "$1" "$2" "$3" "$4" "${5%/*}" "${5#*/}"
}

# --- the site ------------------------------------------------------------------

# The site of the case in $nat, $family, $auth, on standard output
site() {
	printf '[site]\nauth = %s\nlow-tcp-ports = 700-740\n' "$(site_auth)"
	[ "$nat" != oneway ] || echo 'recovery = no'
	[ "$auth" != extras ] || printf 'old-recovery = yes\nclient-dump = yes\nbackuppc = ssh rsyncd smb\n'
	site_host server "$(if [ "$auth" = extras ]; then echo server backuppc; else echo server; fi)"
	site_host client client
	case $nat in
	two) second_client ;;
	many) site_host second client && more_clients ;;
	esac
	case $nat in gwclient) site_host gw gateway client ;; *) site_host gw gateway ;; esac
	case $family in *4*) site_nat "${V4[gw]}" ;; esac
	case $family in *6*) site_nat "${V6[gw]}" ;; esac
}

site_auth() {
	case $auth in extras) echo bsdtcp ;; *) echo "$auth" ;; esac
}

site_host() { # site_host NAME ROLE...
	local address

	printf '[host %s]\n' "$(site_name "$1")"
	for address in $(lab_addresses "$1"); do
		echo "address = $address"
	done
	shift
	echo "role = $*"
}

# Who stands beside the client is one too, under another auth.
second_client() {
	local other=bsdtcp

	[ "$(site_auth)" != bsdtcp ] || other=bsd
	site_host second client
	printf 'auth = %s\n' $other
}

# What the site calls a machine.  A name may have 64 characters, and any of them may
# be words of the firewall's language.
site_name() { # site_name MACHINE
	case $nat/$1 in
	names/server) echo policy ;;
	names/gw) echo 0 ;;
	names/client) echo j.ACCEPT_drop-return.jump-amfw.goto_longest.name-there_can-be.it ;;
	*/second) echo client2 ;;
	*) echo "$1" ;;
	esac
}

has_second() {
	case $nat in two | many) return 0 ;; *) return 1 ;; esac
}

# Clients that are not there: rules for them must not be in the way of others.
more_clients() {
	local i

	for i in {101..120}; do
		printf '[host more%d]\nrole = client\n' "$i"
		case $family in *4*) echo "address = 10.66.2.$i" ;; esac
		case $family in *6*) echo "address = 2001:db8:66:2::$i" ;; esac
	done
}

site_nat() { # site_nat "NEAR-ADDRESS FAR-ADDRESS"
	local near=${1% *} far=${1#* }

	case $nat in
	forward | both)
		echo "nat = forward $(dialled "$near"):$(site_port) -> $(site_name client)"
		echo "nat = forward $(dialled "$far"):$(site_port) -> $(site_name server)"
		;;
	esac
	case $nat in
	masquerade) echo "nat = masquerade $far" ;;
	both) printf 'nat = masquerade %s\n' "$near" "$far" ;;
	esac
}

site_port() {
	case $auth in ssh) echo 22 ;; krb5) echo 10082 ;; *) echo 10080 ;; esac
}

dialled() {
	case $1 in
	*:*) echo "[$1]" ;;
	*) echo "$1" ;;
	esac
}
