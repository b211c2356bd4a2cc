# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of the sourcing script
# Sourced by product and by others who send volleys: builds their programs in $work.

compile() { # compile NAME SOURCE... [-lLIBRARY...]
	local name=$1

	shift
	(cd "$top/selftests/net" && "${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -Wshadow \
		-D_GNU_SOURCE -O2 -o "$work/$name" "$@")
}

product_tools() {
	compile volley volley.c volley_text.c volley_seen.c &&
		compile product_probes product_probes.c product_neighbours.c product_oracle.c \
			product_input.c -ljansson
}
