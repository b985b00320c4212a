#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# The life of one device: on, seen, used, off, and nothing left.
#
# boot lifecycle: --memory 640M --cpus 2 --timeout 1200
# debug life:
# quick smoke: --memory 640M --cpus 2 --timeout 300 -- --only 'makes the directory|no page is stuck|are the pages in use|counts what'

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# The files of a device that its description promises, those named so.
documented() {
	sed -nE 's,^(What:)?[[:space:]]+/sys/kernel/mm/flashvm/<device>/(.*[^/])$,\2,p' \
		"$top/Documentation/ABI/testing/sysfs-kernel-mm-flashvm" |
		grep "^$1" | LC_ALL=C sort
}

nothing_yet() {
	is "files" "$(ls "$flashvm")" "$no_device"
	is "the list" "$(value auto)" ""
}

tree_appears() {
	swap_disk life 64
	absent life
	flash_on /dev/life
	have=$(cd "$flashvm/life" && find . -type f | sed 's,^./,,' | LC_ALL=C sort)
	is "files of the device" "$have" "$(documented .)"
	for file in $have; do
		text=$(value "life/$file")
		[ -n "$text" ] || fail "$file is empty"
		case $file in
		stats/*_us | stats/*_depth) ;;
		*[!0-9]*) is "$file" "$(printf %s "$text" | tr -d 0-9)" "" ;;
		esac
	done
	kernel_says '^\[[^]]*\] flashvm: life '
}

starts_clean() {
	swap_disk life 64
	flash_on /dev/life
	is prefetch/enabled "$(value life/prefetch/enabled)" 1
	at_least prefetch/window "$(value life/prefetch/window)" 1
	at_most prefetch/window "$(value life/prefetch/window)" 64
	for counter in $(documented stats/ | grep -v -e '_us$' -e '_depth$'); do
		is "$counter" "$(value "life/$counter")" 0
	done
	histogram_is_empty read_latency_us 0 24
	histogram_is_empty write_latency_us 0 24
	histogram_is_empty ahead_depth 1 6
}

# histogram_is_empty FILE FIRST LINES
histogram_is_empty() {
	expected=$2 lines=0
	while read -r bound count more; do
		is "bound of a line of $1" "$bound" "$expected"
		is "count at $bound" "$count$more" 0
		expected=$((expected ? expected * 2 : 1))
		lines=$((lines + 1))
	done <"$flashvm/life/stats/$1"
	is "lines of $1" $lines "$3"
}

in_proc_swaps() {
	swap_disk life 64
	flash_on /dev/life 7
	is /proc/swaps "$(sed -n 's/[[:space:]]\{1,\}/ /gp' /proc/swaps | sed 1d)" \
		"/dev/life partition 65532 0 7"
	is SwapTotal "$(meminfo SwapTotal)" 65532
}

goes_away() {
	swap_disk life 64
	flash_on /dev/life
	serve life
	off /dev/life
	absent life
	no_stuck_pages
}

add_up() {
	swap_disk life 64
	flash_on /dev/life
	group life $((served / 2))
	start life 2 -m $((served * 5 / 8)) -i
	eventually 5 slots_add_up life
	at_least "pages in use" "$(used /dev/life)" $((served * 110))
	finish
	eventually 5 slots_add_up life
	at_least "slots freed" "$(stat_of life slots_freed)" $((served * 110))
}

# A worker that goes on all the time, its memory pushed out again and again.
cycles() {
	swap_disk life 64
	before=$(vmstat flashvm_written)
	group life max
	start life 1 -m $((SCALE > 1 ? 1 : 3)) -n 0 -p rand
	n=0 cycles=100
	[ "$KERNEL" != debug ] || cycles=2
	while [ $n -lt $cycles ]; do
		flash_on /dev/life
		reclaim life 2
		seen=$(stat_of life pages_written)
		off /dev/life
		absent life
		total=$(vmstat flashvm_written)
		at_least "flashvm_written after cycle $n" "$total" $((before + seen))
		before=$total
		n=$((n + 1))
	done
	finish
	at_least "passes meanwhile" "$(worked passes)" 1
	no_stuck_pages
}

wrote_in_cycles() {
	swap_disk life 64
	group life max
	start life 1 -m 6 -i
	for n in 1 2 3; do
		flash_on /dev/life
		reclaim life 4
		at_least "pages written in cycle $n" "$(stat_of life pages_written)" 500
		at_least "pages in use in cycle $n" "$(used /dev/life)" 500
		off /dev/life
		fold_counts
		is SwapCached "$(meminfo SwapCached)" 0
	done
	finish
}

flashvm_counters() {
	for c in demand ahead ahead_used ahead_dropped written; do
		vmstat flashvm_$c
	done
}

ordinary_after() {
	swap_disk life 64
	flash_on /dev/life
	serve life
	off /dev/life
	ordinary_on /dev/life
	absent life
	flash=$(flashvm_counters)
	out=$(vmstat pswpout)
	group life $((served / 2))
	in_group life "$bin/worker" -m $served
	at_least "pages swapped out" $(($(vmstat pswpout) - out)) $((served * 62))
	is "counters of FlashVM beside ordinary swap" "$(flashvm_counters)" "$flash"
	off /dev/life
}

flash_after_ordinary() {
	swap_disk life 64
	ordinary_on /dev/life
	group life 8
	start life 1 -m 12 -i
	limit life max
	off /dev/life
	finish
	flash_on /dev/life
	serve life
}

defaults_return() {
	swap_disk life 64
	flash_on /dev/life
	default=$(value life/prefetch/window)
	echo 0 >"$flashvm/life/prefetch/enabled"
	echo 3 >"$flashvm/life/prefetch/window"
	is window "$(value life/prefetch/window)" 3
	serve life
	off /dev/life
	flash_on /dev/life
	is enabled "$(value life/prefetch/enabled)" 1
	is window "$(value life/prefetch/window)" "$default"
	is pages_written "$(stat_of life pages_written)" 0
}

counters_agree() {
	swap_disk life 64
	written=$(vmstat flashvm_written)
	demand=$(vmstat flashvm_demand)
	ahead=$(vmstat flashvm_ahead)
	flash_on /dev/life
	serve life
	is flashvm_written $(($(vmstat flashvm_written) - written)) \
		"$(stat_of life pages_written)"
	is flashvm_demand $(($(vmstat flashvm_demand) - demand)) \
		"$(stat_of life pages_demand)"
	is flashvm_ahead $(($(vmstat flashvm_ahead) - ahead)) \
		"$(stat_of life pages_ahead)"
}

# 0x10000 SWAP_FLAG_DISCARD, 0x20000 _ONCE, 0x40000 _PAGES
with_discard() {
	swap_disk life 64
	for flags in 0x10000 0x30000 0x50000; do
		gives ok "$call" swapon /dev/life $((FLASHVM | flags))
		serve life
		off /dev/life
		absent life
	done
}

# Somebody has a file of it open, somebody sits in its directory.
held_open() {
	swap_disk life 64
	flash_on /dev/life
	exec 7<"$flashvm/life/stats/pages_written" 8>"$flashvm/life/prefetch/window"
	cd "$flashvm/life"
	off /dev/life
	! read -r text <&7 || fail "read '$text' from a device that is off"
	! echo 1 >&8 || fail "wrote to a device that is off"
	absent life
	cd /
	exec 7<&- 8>&-
	flash_on /dev/life
	present life
}

steps_are_traced() {
	trace=/sys/kernel/tracing
	swap_disk life 64
	echo >$trace/trace
	echo 1 >$trace/events/flashvm/flashvm_device/enable
	flash_on /dev/life
	off /dev/life
	echo 0 >$trace/events/flashvm/flashvm_device/enable
	is steps "$(sed -n 's/.*flashvm_device: dev=[0-9]*:[0-9]* step=//p' \
		$trace/trace | xargs)" "claim activate quiesce release"
}

# it_lab: what figures say, and steps that the cycles and loads take as well.
it_lab "without a device there is nothing but an empty list" nothing_yet
it "swapon(2) with the flag makes the directory, every file readable" tree_appears
it_lab "a new device has its defaults, and every figure is 0" starts_clean
it_lab "/proc/swaps and /proc/meminfo show the device" in_proc_swaps
it "swapoff(2) removes the directory, no page is stuck" goes_away
it_lab "slots allocated and not freed are the pages in use" add_up
it_lab "each cycle of on, load and off writes and reads back" wrote_in_cycles
it "many cycles of on, load and off leave nothing behind" cycles
it "the device is ordinary swap again without the flag" ordinary_after
it_lab "what was ordinary swap becomes a FlashVM device" flash_after_ordinary
it_lab "settings do not outlive swapoff" defaults_return
it_lab "/proc/vmstat counts what the device counts" counters_agree
it_lab "the discard flags work beside the FlashVM flag" with_discard
it "open files and a busy directory do not hold up swapoff" held_open
it "the steps of its life are traced" steps_are_traced
run_tests "$@"
