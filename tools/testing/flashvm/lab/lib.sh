# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154,SC2034
# Copyright (C) 2026 The FlashVM authors
#
# What the shell programs of the lab share: messages, and long commands run
# with their output in a log and their progress on the terminal. The caller
# has set $lab to the directory of this file.

top=$(cd "$lab/../../../.." && pwd -P) || exit 1
build=$top/build
logs=$build/logs
job=

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# A command run by run_logged is its own session, out of reach of the terminal's
# Ctrl-C: pass the end of this program on to all of it.
stop_job() {
	[ -n "$job" ] || return 0
	kill -TERM -- "-$job" 2>/dev/null
	wait "$job" 2>/dev/null
	job=
}

# The command that comes next may add its own: on_exit is run at any end.
on_exit() { :; }
trap 'stop_job; on_exit' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

elapsed() {
	_s=$(($(date +%s) - started))
	if [ "$_s" -lt 60 ]; then
		printf '%d s' "$_s"
	else
		printf '%d min %02d s' $((_s / 60)) $((_s % 60))
	fi
}

# run_logged LABEL LOG PATTERN WHAT COMMAND [ARG...]
# Runs COMMAND with its output in LOG. Shows LABEL, the number of lines of LOG
# that match PATTERN (as so many WHAT; "" for none) and the time since the
# start: a line that is written over on a terminal, a line every 15 s
# elsewhere, nothing if the command ends within 2 s. Returns COMMAND's status.
run_logged() {
	_label=$1 _log=$2 _pattern=$3 _what=$4
	shift 4
	mkdir -p "${_log%/*}" || exit 1
	: >"$_log" || exit 1
	started=$(date +%s)
	# 8 and 9 are locks: what outlives us must not hold them.
	setsid "$@" >>"$_log" 2>&1 </dev/null 8>&- 9>&- &
	job=$!
	_shown=0
	while kill -0 "$job" 2>/dev/null; do
		sleep 0.2
		_now=$(($(date +%s) - started))
		if [ -t 1 ]; then
			[ "$_now" -ge 2 ] || continue
			printf '\r%s: %s%s\033[K' "$_label" "$(counted)" "$(elapsed)"
			_shown=1
			sleep 0.5
		elif [ "$_now" -ge $((_shown + 15)) ]; then
			_shown=$_now
			say "$_label: $(counted)$(elapsed)"
		fi
	done
	wait "$job"
	_status=$?
	job=
	if [ -t 1 ] && [ "$_shown" = 1 ]; then printf '\r\033[K'; fi
	return $_status
}

counted() {
	[ -n "$_pattern" ] || return 0
	printf '%d %s, ' "$(grep -cE "$_pattern" "$_log")" "$_what"
}

# Sets $cc, and what makes kernel builds fast and reproducible: the same source
# gives the same objects, whoever builds it and when.
compiler() {
	cc=gcc
	if command -v ccache >/dev/null; then
		cc="ccache gcc"
		export CCACHE_DIR="$build/ccache" CCACHE_MAXSIZE=2G
		# What the compiler says of dependencies, instead of running the
		# preprocessor once more for them: a seventh of a cold build.
		export CCACHE_DEPEND=1
	fi
	export KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC'
	export KBUILD_BUILD_VERSION=1 KBUILD_BUILD_USER=flashvm KBUILD_BUILD_HOST=lab
	unset ARCH CROSS_COMPILE KCONFIG_CONFIG KBUILD_OUTPUT O MAKEFLAGS MAKELEVEL CFLAGS
}

# The last lines of a kernel build's log that are not about what went well.
what_failed() {
	grep -vE '^  [A-Z0-9_]+ +[^ ]+$|^make.*(Entering|Leaving) directory' "$1" |
		tail -n 15 >&2
}

# Warnings of the compiler about what we changed; stock has a few of its own.
our_warnings() {
	grep -E '(^|/)(mm|include)/[^:]*:[0-9:]+ warning: ' "$1" | head -n 15 >&2
}

# verify_config CONFIG FRAGMENT...: say what CONFIG has otherwise than asked
# for. A line that contradicts another is taken back silently by kconfig.
verify_config() {
	_config=$1
	shift
	awk '
		function show(s, v) { return v == "n" ? s " off" : s "=" v }
		/^CONFIG_[A-Za-z0-9_]+=/ {
			eq = index($0, "=")
			s = substr($0, 1, eq - 1); v = substr($0, eq + 1)
			if (last) got[s] = v; else want[s] = v
		}
		/^# CONFIG_[A-Za-z0-9_]+ is not set/ && !last { want[$2] = "n" }
		END {
			for (s in want) {
				g = s in got ? got[s] : "n"
				if (g != want[s])
					print "  asked for " show(s, want[s]) ", got " show(s, g)
			}
		}' "$@" last=1 "$_config" | sort
}
