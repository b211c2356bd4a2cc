# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016,SC2034 # variables of the sourcing script; nothing here is run
# Sourced by product: site files that are meant to put something into the rules.  Each
# has to be refused in every format: exit 2, and no file.

# What a firewall's language, a shell or XML would take for its own.
hostile_words=('x"' "x'" 'x;accept' 'x}' '{x' 'x|y' 'x&y' 'x\y' 'x$y' 'x$(id)' 'x`id`' 'x>y'
	'x<y' '<!--' 'x(y' 'x*' 'x?' 'x!' 'x@y' 'x%n' 'x,y' 'x=y' 'x/y' '../x' $'x\ty' $'x\ry'
	$'x\x01' $'x\x7f' $'x\xc3\xa4' $'x\xff' 'x y' '')

# hostile_text PLACE WORD: a site with WORD in it
hostile_text() {
	local name=client auth=bsd address=10.66.2.2 target=client ports=840-860 key=recovery
	local -n there=$1

	there=$2
	printf '[site]\nauth = %s\nudp-ports = %s\n%s = yes\n' "$auth" "$ports" "$key"
	printf '[host server]\nrole = server\naddress = 10.66.1.2\n'
	printf '[host %s]\nrole = client\naddress = %s\n' "$name" "$address"
	printf '[host gw]\nrole = gateway\naddress = 10.66.1.1 10.66.2.1\n'
	printf 'nat = forward 10.66.1.1:10080 -> %s\n' "$target"
}

formats_known() {
	"$amfwctl" generate --help | sed -n '/The formats:/,$s/^  \([a-z][a-z0-9_-]*\)  .*/\1/p'
}

# refused_site NAME FORMAT FILE
refused_site() {
	local status=0

	rm -rf "$work/hostile.out"
	"$amfwctl" generate --format "$2" --host gw --output "$work/hostile.out" "$3" \
		>"$work/hostile.said" 2>"$work/hostile.errors" || status=$?
	if [ $status -ne 2 ]; then
		echo "$1: status $status"
	elif [ -n "$(find "$work/hostile.out" -type f 2>/dev/null)" ] || [ -s "$work/hostile.said" ]; then
		echo "$1: something was written"
	elif ! grep -q ': Error: ' "$work/hostile.errors"; then
		echo "$1: $(head -n 1 "$work/hostile.errors")"
	fi
}

hostile_format() { # hostile_format FORMAT
	local place word count=0 wrong=

	for place in name auth address target ports key; do
		for word in "${hostile_words[@]}"; do
			hostile_text $place "$word" >"$work/hostile.site"
			# a name may be left away, which is another matter
			count=$((count + 1))
			wrong+=$(refused_site "$place <$word>" "$1" "$work/hostile.site")
		done
	done
	if [ -z "$wrong" ]; then ok "hostile/$1 ($count sites)"; else not_ok "hostile/$1" "$wrong"; fi
}

hostile_sites() {
	local format

	for format in $(formats_known); do
		hostile_format "$format"
	done
	# and the same site without a word in it is one that every format takes
	hostile_text name client >"$work/hostile.site"
	if "$amfwctl" generate --host gw "$work/hostile.site" >"$work/hostile.said"; then
		ok "hostile/none"
	else
		not_ok "hostile/none" "the site is refused without anything hostile in it"
	fi
}
