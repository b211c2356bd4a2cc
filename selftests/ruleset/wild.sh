#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# wild.sh
# Rulesets as other programs write them: packets by chance through each, and what the
# kernel does with them beside what the evaluator says.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
failed=0

for rules in "$here"/wild/*; do
	sets=()
	case $rules in *.ipset) continue ;; esac
	[ ! -e "${rules%.*}.ipset" ] || sets=(-S "${rules%.*}.ipset")
	timeout 120 "$top/build/tests/ruleset/differential" -f "$rules" "${sets[@]}" -n 10 || failed=1
done
exit $failed
