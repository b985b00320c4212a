#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# What is read ahead along strides, what it saves, and whether the figures say
# so. Counts only: the times are in bench/stride.
#
# boot stride: --memory 640M --timeout 1200
# debug load: -- --only 'too little|traced'
# quick smoke: -- --only '^at random|issued is used'

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

tracing=/sys/kernel/tracing

# set_up [BLOCKS]: a FlashVM device, huge pages off: a request is a page.
set_up() {
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	swap_disk stride 64
	flash_on /dev/stride
	[ $# = 0 ] || echo "$1" >"$flashvm/stride/prefetch/stride_blocks"
	group stride $((mb / 2))
}

# MB of a walk; its group has half of that. A power of 2: so must strides be.
mb=$((SCALE > 1 ? 8 : 16))

walk() { in_group stride "$bin/worker" -m $mb "$@" >"$scratch/worker"; }
figure() { stat_of stride "$1"; }

# majors BLOCKS STRIDE: major faults of a walk, by the process's own count.
majors() {
	echo "$1" >"$flashvm/stride/prefetch/stride_blocks"
	walk -n 1 -p "$2" -w 0
	worked majors
}

# saves STRIDE: with 2 and 8 blocks, against none and against stock.
saves() {
	set_up
	stock=1000000
	for cluster in 0 3 5; do
		echo $cluster >/proc/sys/vm/page-cluster
		echo 0 >"$flashvm/stride/prefetch/enabled"
		now=$(majors 0 "$1")
		[ "$now" -gt "$stock" ] || stock=$now
	done
	echo 1 >"$flashvm/stride/prefetch/enabled"
	at_least "major faults of stock" "$stock" 1500
	at_most "major faults with 2 blocks, of $stock" "$(majors 2 "$1")" \
		$((stock * 10 / 25))
	at_most "major faults with 8 blocks, of $stock" "$(majors 8 "$1")" \
		$((stock / 5))
	at_least "of 100 issued, used" \
		$(($(figure stride_used) * 100 / $(figure stride_issued))) 95
}

none_at_random() {
	set_up
	walk -n "$(scaled 3)" -p rand
	at_least "pages demanded" "$(figure pages_demand)" 3000
	at_most "pages read along strides, of $(figure pages_demand) demanded" \
		"$(figure stride_issued)" $(($(figure pages_demand) / 100))
}

none_in_order() {
	set_up
	walk -n 2 "$@"
	at_least "pages read ahead" "$(figure pages_ahead)" 3000
	at_most "of them along strides" "$(figure stride_issued)" \
		$(($(figure pages_ahead) / 100))
}

blocks_0() {
	set_up 0
	walk -n 1 -p 16 -w 0
	at_least "pages demanded" "$(figure pages_demand)" 1500
	is "pages read along strides" "$(figure stride_issued)" 0
	is "of them used" "$(figure stride_used)" 0
	is "of them wasted" "$(figure stride_wasted)" 0
}

# A column of the matrix has 128 pages, half of which were evicted at first.
known_columns() {
	set_up
	echo 0 >"$flashvm/stride/prefetch/columns"
	none=$(majors 64 32)
	echo 4 >"$flashvm/stride/prefetch/columns"
	known=$(majors 64 32)
	at_least "major faults, column by column" "$none" 40
	at_most "major faults when the next is known, of $none" "$known" \
		$((none / 2))
	at_least "of 100 issued, used" \
		$(($(figure stride_used) * 100 / $(figure stride_issued))) 90
}

without_window() {
	set_up 8
	echo 0 >"$flashvm/stride/prefetch/window"
	echo 0 >"$flashvm/stride/prefetch/eviction_window"
	walk -n 1 -p 16 -w 0
	at_least "pages read along strides" "$(figure stride_issued)" 1000
	is "all that is read ahead" "$(figure pages_ahead)" \
		"$(figure stride_issued)"
}

# At the end nothing is in memory any more: what was issued was used or wasted.
figures_agree() {
	set_up 32
	walk -n 2 -p 64
	walk -n 1 -p -512
	quiet stride
	issued=$(figure stride_issued)
	at_least "issued" "$issued" 1000
	at_most "issued" "$issued" "$(figure pages_ahead)"
	is "used and wasted" \
		$(($(figure stride_used) + $(figure stride_wasted))) "$issued"
}

# Memory that holds nothing for long: most of what is issued is of use still.
crowded() {
	set_up 32
	limit stride 3
	in_group stride "$bin/worker" -m 8 -c 3 -n 1 -p 32 -w 0 \
		>"$scratch/worker"
	quiet stride
	is "used and wasted" \
		$(($(figure stride_used) + $(figure stride_wasted))) \
		"$(figure stride_issued)"
	at_least "issued" "$(figure stride_issued)" 200
	at_most "wasted, of $(figure stride_issued) issued" \
		"$(figure stride_wasted)" $(($(figure stride_issued) / 3))
}

traced() {
	set_up 8
	echo >$tracing/trace
	for event in fault hit waste; do
		echo 1 >$tracing/events/flashvm/flashvm_$event/enable
	done
	walk -n 1 -p 64 -w 0
	echo 0 >$tracing/events/flashvm/enable
	dev=$(cat /sys/block/stride/dev)
	# Most columns of 64 begin with a hit.
	at_least "plans along the stride" "$(grep -cE "flashvm_fault: dev=$dev \
slot=[0-9]+ address=0x[0-9a-f]+ vma=[0-9a-f]+ predictor=stride space=address step=64 \
planned=[1-8] picked=[0-9] issued=[0-9]" $tracing/trace)" 3
	at_least "hits on it, which go on" \
		"$(grep -cE "flashvm_hit: dev=$dev slot=[0-9]+ predictor=stride \
late=[01] next=stride step=64 planned=[1-8] picked=[0-9] issued=[0-9]" \
			$tracing/trace)" 50
	is "longer plans" "$(grep "dev=$dev" $tracing/trace |
		grep -cE 'step=64 planned=(9|[0-9]{2})')" 0
	is "traced waste" "$(grep -c "flashvm_waste: dev=$dev.*stride=1" \
		$tracing/trace)" "$(figure stride_wasted)"
	echo >$tracing/trace
}

it "stride 16: 2.5 times fewer major faults with 2 blocks, 5 with 8" saves 16
it "stride -16: as forward" saves -16
it "stride 4: as with 16" saves 4
it "at random: next to nothing is read along strides" none_at_random
it "in order: nothing is read along strides" none_in_order
it "backward: nothing is read along strides" none_in_order -p back
it "stride_blocks 0: no strides" blocks_0
it "columns: where the next one is known it takes half the major faults" known_columns
it "no window, no order of eviction: strides only" without_window
it "issued is used and wasted" figures_agree
it "too little memory: two of three pages issued are used" crowded
it "plans, hits and waste are traced" traced
run_tests "$@"
