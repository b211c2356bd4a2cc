# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2086,SC2013,SC2034 # variables of the sourcing script
# Sourced by product: rules that are wrong in one thing.  Each has to be noticed by
# some probe: a rule that nobody misses is not needed, or the volley is not enough.
#
#   removed     the rule is not there
#   source, destination, pair, sport, dport, helper
#               it does not ask for that.  Where it lets new packets through:
#               elsewhere a wider match is no hole

# What of each language is a rule, is one that lets something new in, and asks for
# something.  Where the helper has to have expected a stream, that has looked at the
# addresses; and how long a flow is remembered is not in a volley.
mutant_words() { # mutant_words FORMAT
	case $1 in
	nft)
		rule='comment "'
		enters='ct direction original .*accept'
		# errors of routers are not in a volley, nor does a machine talk to itself
		spared='ct timeout set\|10.66.2.1[0-9][0-9]\|comment "\(errors\|neighbours, errors\|this machine to itself\)"'
		asks=(source 'ip6\? saddr [0-9a-f][^ ]* ' destination 'ip6\? daddr [0-9a-f][^ ]* '
			pair 'ip6\? saddr . ip6\? daddr @[^ ]* '
			sport '\(ud\|tc\)p sport [^ ]* ' dport '\(ud\|tc\)p dport [^ ]* '
			helper 'ct helper "[a-z]*" ')
		;;
	iptables)
		rule='^-A '
		enters='--ctdir ORIGINAL .*-j ACCEPT'
		spared='10.66.2.1[0-9][0-9]\|comment "\?\(errors\|neighbours, errors\|this machine to itself\)"\?'
		asks=(source '-s [^ ]* ' destination '-d [^ ]* ' sport '--sport [^ ]* '
			dport '--dport [^ ]* ' helper '-m helper --helper [a-z]* ')
		;;
	esac
}

mutant_is_alike() { # mutant_is_alike KIND RULE
	case $1/$2 in
	source/*RELATED* | pair/*RELATED* | destination/*RELATED* | helper/*RELATED*) return 0 ;;
	source/*related* | pair/*related* | destination/*related* | helper/*related*) return 0 ;;
	esac
	return 1
}

mutants_of() { # mutants_of FILE: "LINE KIND PATTERN" each
	local line i

	for line in $(grep -n -- "$rule" "$1" | grep -v -- "$spared" | cut -d: -f1); do
		echo "$line removed"
		sed -n "${line}p" "$1" | grep -q -- "$enters" || continue
		for ((i = 0; i < ${#asks[@]}; i += 2)); do
			mutant_is_alike "${asks[i]}" "$(sed -n "${line}p" "$1")" && continue
			sed -n "${line}p" "$1" | grep -q -- "${asks[i + 1]}" &&
				echo "$line ${asks[i]} ${asks[i + 1]}"
		done
	done
}

mutate() { # mutate FILE LINE KIND PATTERN: onto standard output
	case $3 in
	removed) sed "${2}d" "$1" ;;
	*) sed "${2}s/$4//" "$1" ;;
	esac
}

# one_mutant NAME MACHINE FILE LINE KIND PATTERN
one_mutant() {
	local dir=$work/mutant said

	rm -rf "$dir"
	mkdir "$dir"
	mutate "$3" "$4" "$5" "$6" >"$dir/${3##*/}"
	loader_call unload_FORMAT "$format" "${NS[$2]}"
	if ! loader_call load_FORMAT "$format" "${NS[$2]}" "$dir" 2>"$work/errors"; then
		not_ok "mutant/$1" "does not load: $(head -n 1 "$work/errors")"
		return 1
	fi
	said=$("$work/volley" -p 150 <"$work/volley.text" 2>&1)
	case $? in
	1) return 0 ;;
	0) not_ok "mutant/$1" "nobody misses the $5 of: $(sed -n "${4}s/^[ \t]*//p" "$3")" ;;
	*) not_ok "mutant/$1" "$said" ;;
	esac
	return 1
}

mutants_of_case() { # mutants_of_case NAME
	local format where nat family auth helper name=$1 machine file line kind pattern
	local rule enters spared asks count=0 good=0

	IFS=/ read -r format where nat family auth helper <<<"$name"
	mutant_words "$format"
	site >"$work/site"
	lab_gateway closed
	if ! all_rules || ! volley_text >"$work/volley.text"; then
		not_ok "mutant/$name" "no rules, or no volley"
		return
	fi
	for machine in $(machines_with_rules); do
		for file in "$work/rules.$machine"/*; do
			while read -r line kind pattern; do
				count=$((count + 1))
				one_mutant "$name" $machine "$file" $line $kind "$pattern" &&
					good=$((good + 1))
			done < <(mutants_of "$file")
		done
		rules $machine
	done
	[ $good = $count ] && [ $count -gt 0 ] && ok "mutant/$name ($count noticed)"
	no_rules
}

mutants() {
	local case

	for case in gateway/plain/4/bsd/helper gateway/plain/6/bsd/static gateway/both/4/bsd/helper \
		gateway/forward/4/bsdtcp/static gateway/many/4/bsdtcp/static \
		server-closed/plain/4/bsd/helper client-closed/plain/6/bsdtcp/static; do
		mutants_of_case "$1/$case"
	done
}
