#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Memory that is not there: allocations that the debug kernel lets fail. The
# first of the scripts of its boot, so that the first test is the first
# swapon of the boot, and makes what lives as long as the machine.
#
# debug life: --memory 1G --cpus 2 --timeout 2400

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

failslab=$debugfs/failslab
failpage=$debugfs/fail_page_alloc

# arm: allocations of any kind count as such that may fail, without a word.
arm() {
	for dir in $failslab $failpage; do
		echo N >"$dir/ignore-gfp-wait"
		echo 0 >"$dir/verbose"
		echo -1 >"$dir/times"
	done
	echo N >"$failpage/ignore-gfp-highmem"
	echo 0 >"$failpage/min-order"
}

# each_fails PATH FLAGS: swapon(2) with its first allocation failing, with its
# second, and so on until it makes no more: ENOMEM with nothing left, or it can
# do without. Sets $refused, those it cannot do without, and $tried.
each_fails() {
	got=$("$call" each "$1" "$2") || fail "swapon $1 $2: $got"
	tried=${got% *} refused=${got#* }
	echo "swapon $1 $2: $tried allocations, $refused it cannot do without"
}

# By the list, which needs memory of its own: without that, ordinary swap.
swapon_each() {
	arm
	swap_disk alloc 16
	echo alloc >"$flashvm/auto"
	each_fails /dev/alloc 0
	flash=$refused
	echo >"$flashvm/auto"
	each_fails /dev/alloc 0
	at_least "allocations that only FlashVM makes and cannot do without" \
		$((flash - refused)) 10
	flash_on /dev/alloc
	serve alloc
	off /dev/alloc
	no_stuck_pages
}

# swapoff(2) reads pages back: each needs memory. It gives up, and nothing is
# lost; or it can do without that one and is done. Three times it has to give
# up, and then once more far from its beginning.
swapoff_some() {
	arm
	swap_disk alloc 32
	group alloc max
	start alloc 1 -m 4 -i
	refused=0
	n=1
	while [ $n -lt 100 ]; do
		[ $refused -lt 3 ] || n=$((n + 100))
		[ -d "$flashvm/alloc" ] || flash_on /dev/alloc
		reclaim alloc 3
		at_least "pages in use" "$(used /dev/alloc)" 300
		got=$("$call" -n $n swapoff /dev/alloc) || :
		case $got in
		ENOMEM)
			refused=$((refused + 1))
			present alloc
			swapped_on /dev/alloc
			;;
		ok*) absent alloc ;;
		*) fail "swapoff with allocation $n failing: $got" ;;
		esac
		n=$((n + 2))
	done
	at_least "times that swapoff gave up" $refused 3
	finish
	[ ! -d "$flashvm/alloc" ] || off /dev/alloc
	no_stuck_pages
}

# may_fail PERCENT: of the allocations of the workers.
may_fail() {
	for dir in $failslab $failpage; do
		echo Y >"$dir/task-filter"
		echo "$1" >"$dir/probability"
	done
	while read -r pid; do
		echo "$(($1 > 0))" >"/proc/$pid/make-it-fail"
	done <"$cgroups/test-alloc/cgroup.procs"
}

# Faults, and what they read ahead, while every tenth allocation fails; not
# those of null_blk, which has all of its memory before.
faults_fail() {
	arm
	disk alloc 12
	dd if=/dev/zero of=/dev/alloc bs=1M count=12 conv=fsync 2>/dev/null
	mkswap /dev/alloc >/dev/null
	flash_on /dev/alloc
	group alloc 4
	# Pages of the program are read by 9p, where an allocation that fails is
	# an error of the file: SIGBUS. So they stay (-l).
	start alloc 1 -m 8 -n 0 -l "$@"
	may_fail 10
	eventually 10 dropped alloc 50
	may_fail 0
	finish
	at_least passes "$(worked passes)" 2
	is errors "$(stat_of alloc read_errors),$(stat_of alloc write_errors)" 0,0
	eventually 5 slots_add_up alloc
	off /dev/alloc
	no_stuck_pages
}

dropped() { [ "$(stat_of "$1" pages_ahead_dropped)" -ge "$2" ]; }

it_debug "swapon, each of its allocations failing in turn: ENOMEM, nothing left" swapon_each
it_debug "swapoff, allocations failing: ENOMEM, the device goes on" swapoff_some
it_debug "faults and reading ahead, every tenth allocation failing" faults_fail
it_debug "the same with shared memory" faults_fail -s
run_tests "$@"
