# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2317,SC2086,SC2154 # called by name; words without blanks; set by callers
# Sourced: each format's real loader, in a network namespace.
#
# For a FORMAT there are
#   write_FORMAT DIR ARGUMENT...   "amfwctl generate" into DIR, for --host and the
#                                  rest in ARGUMENTS; without one, --format FORMAT
#   load_FORMAT NAMESPACE DIR      what is in DIR, into a network namespace, and
#                                  nothing anywhere else
#   unload_FORMAT NAMESPACE        all of it out again
#   loader_FORMAT_available        can it run here?
#   takes_FORMAT WHERE NAT FAMILY AUTH HELPER
#                                  is it a case for this format?  Without one: yes
#   precision_FORMAT WHERE NAT FAMILY AUTH HELPER
#                                  what the format cannot narrow there:
#                                    no-sport        source ports
#                                    no-source       who asks
#                                    no-destination  who is asked
#                                    related-open    ports of announced streams
#                                    no-reset        drops streams in silence
#
# "-" in the name of a format is "_" in that of its functions.  They return 0 or 1
# and say on stderr why.
#
# product asks for $amfwctl to be set, which every caller does.

loader_call() { # loader_call FUNCTION FORMAT ARGUMENT...: of the format, if it is there
	local function=${1/FORMAT/${2//-/_}}

	shift 2
	declare -F "$function" >/dev/null || return 0
	"$function" "$@"
}

generate_into() { # generate_into DIR FORMAT ARGUMENT...
	local dir=$1 format=$2

	shift 2
	"$amfwctl" generate --format "$format" --output "$dir" "$@" >/dev/null
}

loader_write() { # loader_write FORMAT DIR ARGUMENT...
	local format=$1

	shift
	mkdir -p "$1"
	if declare -F "write_${format//-/_}" >/dev/null; then
		"write_${format//-/_}" "$@"
	else
		generate_into "$1" "$format" "${@:2}"
	fi
}

# Commands that are there.
loader_needs() {
	local command

	for command; do
		command -v "$command" >/dev/null || {
			echo "no $command" >&2
			return 1
		}
	done
}

# --- nft ---------------------------------------------------------------------

loader_nft_available() { loader_needs nft; }
load_nft() { ip netns exec "$1" nft -f "$2/amfw.nft"; }
unload_nft() { ip netns exec "$1" nft 'table inet amfw; delete table inet amfw'; }

# --- iptables and ip6tables: one format here, since a site has both families ----

write_iptables() { # write_iptables DIR ARGUMENT...
	local dir=$1

	shift
	case $family in *4*) generate_into "$dir" iptables "$@" || return 1 ;; esac
	case $family in *6*) generate_into "$dir" ip6tables "$@" || return 1 ;; esac
}

loader_iptables_available() { loader_needs iptables-restore ip6tables-restore; }

load_iptables() {
	local tool

	for tool in iptables ip6tables; do
		[ ! -e "$2/amfw.$tool" ] ||
			ip netns exec "$1" $tool-restore <"$2/amfw.$tool" || return 1
	done
}

# What both tools write lies in tables of nft, of their own names.
unload_iptables() {
	ip netns exec "$1" nft list tables | sed -n 's,^table ip6\? .*,delete &,p' |
		ip netns exec "$1" nft -f -
}

# The same with sets.
takes_iptables_sets() { case $2 in two | many) return 0 ;; *) return 1 ;; esac; }

write_iptables_sets() {
	local dir=$1

	shift
	generate_into "$dir" ipset "$@" && family=$family write_iptables "$dir" --sets "$@"
}

loader_iptables_sets_available() { loader_needs iptables-restore ip6tables-restore ipset; }

load_iptables_sets() {
	ip netns exec "$1" ipset restore <"$2/amfw.ipset" && load_iptables "$@"
}

unload_iptables_sets() {
	unload_iptables "$1" && ip netns exec "$1" ipset destroy
}

# --- parts to include: in what an administrator has already, who closes what is not
# named.  What the head of the file says is what is done ----------------------------

takes_nft_include() {
	case $1 in gateway | *-closed) ;; *) return 1 ;; esac
	case $2 in gwclient) return 1 ;; esac
	case $4 in bsd | bsdtcp) ;; *) return 1 ;; esac
}

# What leaves a closed machine beside the flows is for its own rules to say.
precision_nft_include() {
	case $1 in *-closed) echo no-reset ;; esac
}

write_nft_include() { generate_into "$1" nft --style include "${@:2}"; }
loader_nft_include_available() { loader_needs nft; }

# "jump amfw_input	in the chain of the hook input"
nft_chain_with_jump() { # nft_chain_with_jump HOOK FILE
	local policy=accept

	case $1/$where in forward/gateway | *put/*-closed) policy=drop ;; esac
	printf 'chain site_%s {\ntype filter hook %s priority filter; policy %s;\n' $1 $1 $policy
	printf 'meta iif lo accept\nmeta l4proto ipv6-icmp accept\n'
	sed -n "s/^#\tjump \([a-z_]*\)\tin the chain of the hook $1\$/jump \1/p" "$2"
	echo '}'
}

load_nft_include() {
	{
		echo 'table inet amfw {'
		echo "include \"$2/amfw.nft\""
		for hook in input forward output; do nft_chain_with_jump $hook "$2/amfw.nft"; done
		echo '}'
	} >"$2/whole.nft" && ip netns exec "$1" nft -f "$2/whole.nft"
}

unload_nft_include() { unload_nft "$1"; }

# --- the others, each in a file of its own ----------------------------------------

for loader in "${BASH_SOURCE[0]%/*}"/loader_*.sh; do
	# shellcheck source=/dev/null
	[ ! -e "$loader" ] || . "$loader"
done
