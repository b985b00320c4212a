#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Every page read back is the page written: the scenarios of integrity.c on a
# FlashVM device, with each way to read ahead. $1 says which LRU reclaims.
#
# boot integrity-mglru: --memory 640M --cpus 2 --timeout 1200 -- mglru
# boot integrity-classic: --memory 640M --cpus 2 --timeout 1200 -- classic
# debug load: -- mglru
# debug load: -- classic
# quick smoke: -- mglru --only '(walks|fork|shared|huge|threads|zero).*window 64|under load at random'

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

lru=mglru
case ${1:-} in
mglru | classic)
	lru=$1
	shift
	;;
esac

# MB of a scenario, and of the group that it runs in.
size=$((SCALE > 1 ? 4 : 12))
room=$((SCALE > 1 ? 2 : 7))

use_lru() {
	case $lru in
	classic) echo n ;;
	*) echo y ;;
	esac >/sys/kernel/mm/lru_gen/enabled
}

# scenario NAME WINDOW: a window of "off" is the readahead of Linux.
scenario() {
	use_lru
	case $1/$2 in
	walks/64 | threads/64 | shmem/64) slow=$timer ;;
	*) slow= ;;
	esac
	# shellcheck disable=SC2086
	swap_disk whole 128 $slow
	flash_on /dev/whole
	case $2 in
	off) echo 0 >"$flashvm/whole/prefetch/enabled" ;;
	0) # nothing at all is read ahead
		echo 0 >"$flashvm/whole/prefetch/window"
		echo 0 >"$flashvm/whole/prefetch/stride_blocks"
		echo 0 >"$flashvm/whole/prefetch/eviction_window"
		;;
	*) echo "$2" >"$flashvm/whole/prefetch/window" ;;
	esac
	megabytes=$size megabytes_there=$room least=$((size * 83))
	case $1 in
	# A huge page that no longer fits below the limit comes as small ones.
	thp) megabytes=$((SCALE > 1 ? 10 : 20)) megabytes_there=$((room > 5 ? room : 5)) ;;
	ksm) megabytes=$((size < 8 ? 8 : size)) megabytes_there=$((megabytes / 4 + 1)) ;;
	shmem) megabytes_there=$((room + size / 6)) ;;
	esac
	huge=$(vmstat thp_swpout)
	group whole $megabytes_there
	in_group whole "$bin/integrity" $megabytes "$1"
	at_least "pages written" "$(stat_of whole pages_written)" $least
	read=$(($(stat_of whole pages_demand) + $(stat_of whole pages_ahead)))
	at_least "pages read" $read $((least / 2))
	case $2 in
	off | 0) is pages_ahead "$(stat_of whole pages_ahead)" 0 ;;
	esac
	[ "$1" != thp ] || at_least "huge pages that went out whole" \
		$(($(vmstat thp_swpout) - huge)) 1
	is errors "$(stat_of whole read_errors),$(stat_of whole write_errors)" 0,0
	eventually 5 slots_add_up whole
	# A control group that is gone lets go of its last pages later.
	rmdir "$cgroups/test-whole"
	off /dev/whole
	no_stuck_pages
}

# Limits go up and down under workers. Before memory.max goes down they are
# frozen and swapped out: Linux kills those that it cannot shrink fast enough.
limits_move() {
	mb=$((SCALE > 1 ? 6 : 12))
	use_lru
	swap_disk whole 128
	flash_on /dev/whole
	group whole $((mb * 2))
	start whole 3 -m $((mb * 2 / 3)) -n 0 -p "$1" -w 2
	n=0
	while [ $n -lt "$(scaled 12)" ]; do
		for tenths in 8 17 7 23; do
			limit=$((mb * tenths / 10))
			limit whole $limit
			echo 1 >"$cgroups/test-whole/cgroup.freeze"
			eventually 30 shrunk whole $((limit - 1))
			hard_limit whole $limit
			hard_limit whole $((limit + mb * 2))
			echo 0 >"$cgroups/test-whole/cgroup.freeze"
			echo $((n * 5 % 65)) >"$flashvm/whole/prefetch/window"
			reclaim whole 3
		done
		n=$((n + 4))
	done
	finish
	at_least passes "$(worked passes)" 3
	at_least "pages written" "$(stat_of whole pages_written)" $((mb * 166))
	eventually 5 slots_add_up whole
	off /dev/whole
	no_stuck_pages
}

# The LRU is changed while workers run.
lru_moves() {
	swap_disk whole 128
	flash_on /dev/whole
	group whole $size
	start whole 3 -m $((size / 2)) -n 0 -p rand
	for mode in n y n y; do
		echo $mode >/sys/kernel/mm/lru_gen/enabled
		sleep 0.7
	done
	finish
	at_least "pages written" "$(stat_of whole pages_written)" $((size * 83))
}

# Windows: the widest on both LRUs, which has the others as its beginning; and for
# what swaps in ways of its own the readahead of Linux (off) on the one, nothing at
# all (0) on the other, as neither is code that knows the LRU.
#
# On the debug kernel the widest alone, which takes every way through the code,
# and what takes ways of its own through swapping or, on the classic LRU, reclaim.
each() {
	case $lru/$2 in
	mglru/walks | mglru/fork | mglru/shmem | mglru/thp | mglru/threads | \
		mglru/madvise | mglru/uffd)
		it_lab "$1 ($lru, window off)" scenario "$2" off
		;;
	classic/walks | classic/fork | classic/shmem | classic/thp | \
		classic/threads)
		it_lab "$1 ($lru, window 0)" scenario "$2" 0
		;;
	esac
	case $lru/$2 in
	*/walks) ;;
	mglru/fork | mglru/shmem | mglru/madvise | mglru/thp | mglru/threads) ;;
	mglru/exit | mglru/uffd | mglru/ksm) ;;
	*) [ "$KERNEL" != debug ] || return 0 ;;
	esac
	it "$1 ($lru, window 64)" scenario "$2" 64
}

each "walks forward, backward, strided and at random" walks
each "fork: three generations that share and write" fork
each "madvise: every advice that moves pages" madvise
each "shared memory: two processes, holes, truncation" shmem
each "huge pages, whole and split" thp
each "four threads on one mapping" threads
each "zero pages among others" zero
each "processes that end with pages in swap" exit
each "mremap: segments that move, grow and shrink" mremap
each "mprotect, write traps and mlock" mprotect
each "many small VMAs" vmas
each "userfaultfd write protection" uffd
each "KSM: merged pages" ksm
each "access by other processes and pipes" gup
# Random touches meet the limits everywhere, those in order at one end.
it_lab "limits up and down under load ($lru)" limits_move seq
only=it
[ "$lru" = mglru ] || only=it_lab
$only "limits up and down under load at random ($lru)" limits_move rand
# It patches code while others execute it, and QEMU without KVM, on two CPUs, has now
# and then executed the breakpoint of that ("Oops: int3") after it was taken away.
[ "$lru" = mglru ] || it_lab "the LRU changed under load" lru_moves
run_tests "$@"
