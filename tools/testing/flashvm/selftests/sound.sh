#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# The debug kernel at the end of a boot: its checkers were at work all the
# time, and memory that nobody can reach any more is found. The runner puts
# this behind the scripts of each of its boots; $1 says that kmemleak, which
# costs a quarter of the time, is off in this one.

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

leaks=1
[ "${1:-}" != kmemleak=off ] || { leaks='' && shift; }

# lockdep, once it has found something, or is out of memory, says no more.
lockdep_alive() {
	is debug_locks "$(awk '$1 == "debug_locks:" { print $2 }' \
		/proc/lockdep_stats)" 1
	at_least "lock classes" "$(awk '$1 == "lock-classes:" { print $2 }' \
		/proc/lockdep_stats)" 100
}

page_tables_checked() {
	grep -qw page_table_check=on /proc/cmdline ||
		fail "the guest was booted without page_table_check=on"
	grep -qw __page_table_check_ptes_set /proc/kallsyms ||
		fail "the kernel has no CONFIG_PAGE_TABLE_CHECK"
}

kasan_alive() {
	grep -qw kasan_report /proc/kallsyms || fail "the kernel has no KASAN"
	# 4096: a module from outside of the tree, which flashsim is
	is "tainted" "$(($(cat /proc/sys/kernel/tainted) & ~4096))" 0
}

# What is younger than 5 s, or has changed since the scan before, is not told.
no_leak() {
	kmemleak=$debugfs/kmemleak
	echo scan >$kmemleak
	sleep 6
	echo scan >$kmemleak
	cat $kmemleak >"$scratch/file-leaks"
	[ ! -s "$scratch/file-leaks" ] ||
		fail "$(grep -c '^unreferenced' "$scratch/file-leaks") leaks:" \
			"$(cat "$scratch/file-leaks")"
	! dmesg | grep -q 'kmemleak: .*disabled' || fail "kmemleak gave up"
}

it_debug "lockdep was on to the end" lockdep_alive
it_debug "page tables were checked" page_tables_checked
it_debug "KASAN was there, and nothing has tainted the kernel" kasan_alive
[ -z "$leaks" ] || it_debug "no memory has leaked" no_leak
run_tests "$@"
