# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by product: the operations that amref can do, through the rules of a case.

amref_case() { :; }
amref_end() { :; }
