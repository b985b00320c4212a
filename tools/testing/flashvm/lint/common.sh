# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Copyright (C) 2026 The FlashVM authors
#
# What the checks share. The caller has set $here to the directory of this file.
# A check is a function check_NAME: it says what is wrong, and fails.

lab=$(cd "$here/../lab" && pwd -P) || exit 1
# shellcheck source-path=SCRIPTDIR source=../lab/lib.sh
. "$lab/lib.sh"

export LC_ALL=C.UTF-8
version=6.12
tree=$build/linux
state=$build/state
out=$build/lint
cd "$top" || exit 1
mkdir -p "$out" || exit 1

# need TOOL PACKAGE: a tool that is missing is a failure, and never a skip.
need() { command -v "$1" >/dev/null || die "$1 is missing: install the package $2"; }

# files PATTERN...: ours, as git lists them, also those that are not added yet.
files() {
	git ls-files -co --exclude-standard -- "$@" | LC_ALL=C sort -u |
		while IFS= read -r file; do [[ ! -f $file ]] || printf '%s\n' "$file"; done
}

# with_shebang REGEX: programs of ours without a suffix whose first line matches.
with_shebang() {
	files tools .ci | while IFS= read -r file; do
		[[ ${file##*/} != *.* ]] || continue
		head -n 1 "$file" | tr -d '\0' | grep -qE "^#!.*$1" && printf '%s\n' "$file"
	done
}

hash() { sha256sum | cut -d' ' -f1; }

# silent COMMAND: fails if it fails, and also if it says anything.
silent() {
	local said status

	said=$("$@" 2>&1)
	status=$?
	[[ -z $said ]] || printf '%s\n' "$said"
	[[ $status == 0 && -z $said ]]
}

# excuse TOOL: of lines "TYPE FILE: text" on stdin those that "exemptions" does
# not have. Fails if there are any.
excuse() {
	awk -v tool="$1" '
		FNR == NR {
			if ($1 == tool) { type[++n] = $2; file[n] = $3 }
			next
		}
		{
			for (i = 1; i <= n; i++)
				if ($1 ~ "^(" type[i] ")$" && $2 ~ file[i]) next
			print
			bad = 1
		}
		END { exit bad }' <(sed 's/[[:space:]]*#.*//' "$here/exemptions") -
}

run_check() {
	case ${1:-} in
	--list) declare -F | sed -n 's/^declare -f check_//p' ;;
	-h | --help | "")
		say "Usage: ${0##*/} --list | NAME   (lint/run runs them all)"
		;;
	*)
		declare -F "check_$1" >/dev/null || die "no check $1: see --list"
		"check_$1"
		;;
	esac
}
