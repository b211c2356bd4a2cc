# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of the sourcing script
# Sourced by check.sh: every rule of some rulesets is taken out, and what "check
# --fix" says is put in where it says, until all flows get through again.

# put_fix RULES FIX: the lines of FIX at their places in RULES, on standard output
#
#	# FILE:LINE: before this line:		# in the table raw:
#	a rule					-A CHAIN ...
#
# A table of its own, and what has no place, goes to the end.
put_fix() {
	awk '
		NR == FNR {
			if (/^# .*: (before|behind) this line:$/) {
				match($0, /:[0-9]+: /)
				line = substr($0, RSTART + 1, RLENGTH - 3)
				where = / before /
				next
			}
			if (/^# in the table raw:$/) { line = "raw"; next }
			if (/^# a table of its own:$/) { line = "end"; next }
			if (/^#/) { bad = 1; next }
			if (line == "raw") raw = raw $0 "\n"
			else if (line == "end") tail = tail $0 "\n"
			else if (where) before[line] = before[line] $0 "\n"
			else behind[line] = behind[line] $0 "\n"
			next
		}
		{
			printf "%s", before[FNR]
			print
			printf "%s", behind[FNR]
			if (/^\*/) table = $0
			if (/^:/ && table == "*raw") seen_raw = 1
			last_chain = /^:/
		}
		END {
			if (raw) printf "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n%sCOMMIT\n", raw
			printf "%s", tail
			exit bad
		}' "$2" "$1"
}

# fix_until NAME RULES HOST SITE: at most so many times; one rule may hide another
fix_until() {
	local round

	cp "$2" "$work/fixed"
	for ((round = 0; round < 6; round++)); do
		"$amfwctl" check --host "$3" --fix --rules "$work/fixed" "$4" >"$work/fix" 2>"$work/said"
		case $? in
		0) return 0 ;;
		3) ;;
		*)
			not_ok "$1" "status $?: $(tail -n 1 "$work/said")"
			return 1
			;;
		esac
		put_fix "$work/fixed" "$work/fix" >"$work/next" && [ -s "$work/fix" ] || {
			not_ok "$1" "no fix after $round: $(head -n 1 "$work/fix")"
			return 1
		}
		mv "$work/next" "$work/fixed"
	done
	not_ok "$1" "still blocked after $round fixes"
	return 1
}

# fix_mutants NAME RULES HOST SITE: without each of its rules in turn
fix_mutants() {
	local line count=0 broken=0 status=0

	while read -r line; do
		sed "${line}d" "$2" >"$work/mutant"
		count=$((count + 1))
		"$amfwctl" check --host "$3" --rules "$work/mutant" "$4" >/dev/null 2>"$work/said"
		[ $? -eq 3 ] || continue
		broken=$((broken + 1))
		fix_until "fix/$1/line $line" "$work/mutant" "$3" "$4" || status=1
	done < <(grep -nE '(accept|drop|dnat|snat|masquerade|helper set|reject)|^-A ' "$2" |
		grep -v 'type \(filter\|nat\)' | cut -d: -f1)
	[ $status -eq 0 ] || return
	if [ $broken -eq 0 ]; then
		not_ok "fix/$1" "none of $count rules is needed"
	else
		ok "fix/$1 ($broken of $count rules are needed, and each was put back)"
	fi
}

fix_tests() {
	fix_mutants client "$work/clean.nft" web1 "$work/clean.site"
	"$amfwctl" generate --host gw "$examples/demo.site" >"$work/demo.nft"
	fix_mutants gateway-nft "$work/demo.nft" gw "$examples/demo.site"
	"$amfwctl" generate --format iptables --host gw "$examples/demo.site" >"$work/demo.iptables"
	fix_mutants gateway-iptables "$work/demo.iptables" gw "$examples/demo.site"
}
