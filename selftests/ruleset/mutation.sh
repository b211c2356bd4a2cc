#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All rulesets that are generated for the example sites, with each of their lines taken
# out and changed: check has to name the flow that is blocked then, or what is open
# beyond need, and the kernel judges each of them.  See mutants/.
#
#	mutation.sh [SITE...]
#
# MUTATION=all: all changes of each line, where otherwise one is chosen.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
amfwctl=${AMFWCTL:-$top/build/bin/amfwctl}
mutants=${MUTANTS:-$top/build/tests/ruleset/mutants}
work=$(mktemp -d)
# A ruleset is not gone before the kernel's readers have passed by; others go on meanwhile.
slots=4
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
all=()
[ "${MUTATION:-}" != all ] || all=(-a)

cannot() {
	echo "skip mutation - $1"
	[ "${CI:-}" = true ] && exit 1
	exit 77
}

[ "$(id -u)" = 0 ] || cannot 'not root'
[ -x "$amfwctl" ] || cannot "no $amfwctl: make programs"
[ -x "$mutants" ] || cannot "no $mutants: make tests"
[ -c /dev/net/tun ] || cannot 'no /dev/net/tun'
unshare -n true 2>/dev/null || cannot 'no namespaces'
[ $# -gt 0 ] || set -- "$top"/docs/examples/*.site

generate() { # generate FORMAT SITE HOST [OPTION...]
	local format=$1 site=$2 host=$3

	shift 3
	"$amfwctl" generate --format "$format" --host "$host" "$@" "$site" 2>/dev/null
}

# Parts for a ruleset that is there already, and the least that there can be.
include_nft() { # include_nft FILE
	local hook

	echo 'table inet base {'
	cat "$1"
	for hook in input forward output; do
		grep -q "chain amfw_$hook " "$1" || continue
		printf '\tchain base_%s {\n\t\ttype filter hook %s priority filter; policy drop;\n' $hook $hook
		[ $hook = forward ] || printf '\t\t%s "lo" accept\n' "${hook:0:1}ifname" | sed 's/inifname/iifname/'
		printf '\t\tjump amfw_%s\n\t}\n' $hook
	done
	echo '}'
}

include_iptables() { # include_iptables FILE
	awk '/^\*/ { table = $1; chains = "" }
		/^:AMFW/ {
			name = substr($1, 2); base = name
			sub(/^AMFW-(TRACK-)?/, "", base)
			if (base == "IN") base = "PREROUTING"
			if (base == "OUT") base = "OUTPUT"
			if (base == "DSTNAT") base = "PREROUTING"
			if (base == "SRCNAT") base = "POSTROUTING"
			print ":" base, table == "*filter" ? "DROP" : "ACCEPT", "[0:0]"
			if (table == "*filter" && base != "FORWARD")
				jumps[++count] = "-A " base (base == "INPUT" ? " -i" : " -o") " lo -j ACCEPT"
			jumps[++count] = "-A " base " -j " name
		}
		/^-A/ || /^COMMIT/ {
			for (i = 1; i <= count; i++) print jumps[i]
			count = 0
		}
		{ print }' "$1"
}

# What is there already, under another name, is tried once.
add() { # add NAME SITE HOST FILE...
	local name=$1 site=$2 host=$3 sum

	shift 3
	sum=$(cat "$@" | grep -vE '^[[:space:]]*#' | sha256sum | cut -d' ' -f1)-$(basename "$site")-$host
	generated=$((generated + 1))
	[ ! -e "$work/$sum" ] || return
	: >"$work/$sum"
	printf '%s\n' "$name $site $host $*" >>"$work/list"
}

# The rules of IPv6 beside those of IPv4 where a machine has both.
add_iptables() { # add_iptables NAME SITE HOST [OPTION...]
	local name=$1 site=$2 host=$3 base files
	base=$work/$(tr / - <<<"$1")
	files=()

	shift 3
	case $* in
	*--sets*)
		generate ipset "$site" "$host" "$@" >"$base.ipset"
		! grep -q '^add' "$base.ipset" || files=("$base.ipset")
		;;
	esac
	generate iptables "$site" "$host" "$@" >"$base.iptables" || return
	files+=("$base.iptables")
	if generate ip6tables "$site" "$host" "$@" >"$base.ip6tables" &&
		grep -qE '^-A .*-[sd] [0-9a-f]*:' "$base.ip6tables"; then
		files+=("$base.ip6tables")
	fi
	add "$name" "$site" "$host" "${files[@]}"
}

add_included() { # add_included NAME SITE HOST
	local base
	base=$work/$(tr / - <<<"$1")

	generate nft "$2" "$3" --style include >"$base.part" &&
		include_nft "$base.part" >"$base.nft" && add "$1-nft" "$2" "$3" "$base.nft"
	generate iptables "$2" "$3" --style include >"$base.part" &&
		include_iptables "$base.part" >"$base.iptables" &&
		add "$1-iptables" "$2" "$3" "$base.iptables"
}

add_host() { # add_host SITE HOST
	local name helper policy base options
	name=$(basename "$1" .site)/$2

	for policy in drop default; do
		for helper in helper no-helper; do
			options=("--$helper")
			[ $policy = default ] || options+=(--policy drop)
			base=$work/$(tr / - <<<"$name")-$policy-$helper
			generate nft "$1" "$2" "${options[@]}" >"$base.nft" || continue
			add "$name/nft-$policy-$helper" "$1" "$2" "$base.nft"
			add_iptables "$name/iptables-$policy-$helper" "$1" "$2" "${options[@]}"
			add_iptables "$name/iptables-sets-$policy-$helper" "$1" "$2" "${options[@]}" --sets
		done
	done
	add_included "$name/include" "$1" "$2"
}

one() { # one NAME SITE HOST FILE...
	"$mutants" ${all[@]+"${all[@]}"} -n "$@" >"$work/said-$(tr / - <<<"$1")" 2>&1
}

sum_up() {
	awk -v rulesets="$1" -v generated="$generated" '/^count / {
			for (i = 2; i < NF; i += 2) sum[$i] += $(i + 1)
		}
		END {
			tried = sum["blocked"] + sum["opened"] + sum["neutral"]
			printf "%d rulesets generated, %d of them different, %d lines that can be changed: ",
				generated, rulesets, sum["rules"]
			printf "%d of %d mutants tried, %d refused by the loader\n",
				tried + sum["refused"], sum["mutants"], sum["refused"]
			printf "named as blocked %d, as open %d, as neither %d (of those, %d drop what no flow needs)\n",
				sum["blocked"], sum["opened"], sum["neutral"], sum["closer"]
			printf "judged by the kernel: all %d, by %d packets and exchanges; disagreements %d\n",
				tried, sum["probes"], sum["wrong"]
			if (sum["flukes"])
				printf "%d disagreed once and not again\n", sum["flukes"]
		}' "$work"/said-*
}

# The judge asks check's functions; a sample is asked of the program itself as well.
answers_of() { # answers_of FILE: of what check --json said, in the form of the judge's
	grep -oE '"(id|family)": "[^"]*", "(verdict": "[^"]*"|protocol")' "$1" |
		awk -F '"' '$2 == "id" { print $4, $8 } $2 == "family" { print "open", $4 }'
}

ask_program() { # ask_program FOLDER RULES SITE HOST: in FOLDER/program
	local status=0

	"$amfwctl" check --json --strict --helper stock --host "$4" --rules "$1/$2" "$3" \
		>"$1/json" 2>"$1/errors" || status=$?
	{
		echo "status $status"
		answers_of "$1/json"
	} >"$1/program"
}

program() { # program FORMAT SITE HOST
	local format=$1 site=$2 host=$3 folder asked=0 wrong=0 seen

	mkdir -p "$work/written/$format"
	generate "$format" "$site" "$host" --policy drop --no-helper >"$work/program.$format"
	"$mutants" -w "$work/written/$format" "$site" "$host" "$work/program.$format"
	for folder in "$work/written/$format"/*/; do
		ask_program "$folder" "program.$format" "$site" "$host"
		asked=$((asked + 1))
		cmp -s "$folder/said" "$folder/program" || wrong=$((wrong + 1))
	done
	seen=$(sed -n 's/^status //p' "$work/written/$format"/*/program | sort -u | paste -sd ' ')
	if [ $wrong -gt 0 ]; then
		echo "not ok mutation/program/$format - of $wrong of $asked mutants it says otherwise"
	elif [ "$seen" != '0 3 4' ]; then
		echo "not ok mutation/program/$format - of $asked mutants only the status $seen"
	else
		echo "ok mutation/program/$format - $asked mutants, status $seen"
	fi
}

tell() {
	local name file format

	cat "$work"/said-* | grep -v '^count '
	while read -r name _; do
		file=$work/said-$(tr / - <<<"$name")
		grep -qE '^(ok|not ok) ' "$file" || echo "not ok mutation/$name - $(tail -n 1 "$file")"
	done <"$work/list"
	sum_up "$(wc -l <"$work/list")"
	# It can fail: an evaluator that skips a rule is found out.
	for format in nft iptables; do
		generate $format "$top/docs/examples/demo.site" gw --policy drop >"$work/teeth.$format"
		"$mutants" -t -n "demo/gw/$format" "$top/docs/examples/demo.site" gw "$work/teeth.$format"
		program $format "$top/docs/examples/demo.site" gw
	done
}

generated=0
: >"$work/list"
for site; do
	while read -r host; do
		add_host "$site" "$host"
	done < <(sed -n 's/^\[host \(.*\)\]/\1/p' "$site")
done
while read -r -a line; do
	while [ "$(jobs -rp | wc -l)" -ge $slots ]; do
		wait -n
	done
	one "${line[@]}" &
done <"$work/list"
wait
tell | tee "$work/told"
! grep -q '^not ok ' "$work/told"
