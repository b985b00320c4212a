#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# What is read ahead, what it saves, and whether the figures say so.
#
# boot prefetch: --memory 640M --timeout 1200
# debug load: -- --only 'shared memory|traced|a worker'
# quick smoke: -- --only '^in order|saves two|at random: next'

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

tracing=/sys/kernel/tracing

# MB of a walk; its group has half of that.
mb=$((SCALE > 1 ? 8 : 16))

# set_up [WINDOW]: a FlashVM device, huge pages off: a request is a page.
set_up() {
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	swap_disk ahead 64
	flash_on /dev/ahead
	[ $# = 0 ] || echo "$1" >"$flashvm/ahead/prefetch/window"
	group ahead $((mb / 2))
}

walk() { in_group ahead "$bin/worker" -m $mb "$@" >"$scratch/worker"; }
ahead() { stat_of ahead "pages_$1"; }

in_order() {
	set_up
	walk -n "$(scaled 3)" "$@"
	at_least "pages read ahead" "$(ahead ahead)" 3000
	at_least "of 100 read ahead, used" \
		$(($(ahead ahead_used) * 100 / $(ahead ahead))) 90
	at_least "pages read ahead for one demanded" \
		$(($(ahead ahead) / $(ahead demand))) 4
}

# A fault each for what is not read ahead, whatever the window.
fewer_faults() {
	echo 0 >/proc/sys/vm/page-cluster
	set_up
	echo 0 >"$flashvm/ahead/prefetch/enabled"
	walk -n 2
	without=$(worked majors)
	echo 1 >"$flashvm/ahead/prefetch/enabled"
	walk -n 2
	with=$(worked majors)
	at_least "major faults without" "$without" 5000
	at_most "major faults with it, of $without" "$with" $((without / 3))
}

at_random() {
	set_up
	walk -n "$(scaled 3)" -p rand
	at_least "pages demanded" "$(ahead demand)" 3000
	at_most "pages read ahead, of $(ahead demand) demanded" "$(ahead ahead)" \
		$(($(ahead demand) * 3 / 100))
}

window_0() {
	set_up 0
	echo 0 >"$flashvm/ahead/prefetch/stride_blocks"
	echo 0 >"$flashvm/ahead/prefetch/eviction_window"
	vm=$(vmstat flashvm_ahead)
	walk -n 2 "$@"
	at_least "pages demanded" "$(ahead demand)" 3000
	is "pages read ahead" "$(ahead ahead)" 0
	# PG_readahead is PG_reclaim: a page whose write ends meanwhile looks like one
	at_most "of them used" "$(ahead ahead_used)" 2
	is flashvm_ahead "$(vmstat flashvm_ahead)" "$vm"
}

# What is ahead of a walk is in one plan or two; neither is longer than the window.
windows() {
	set_up
	for window in 1 4 16; do
		echo $window >"$flashvm/ahead/prefetch/window"
		demand=$(ahead demand) ahead=$(ahead ahead)
		echo >$tracing/trace
		for event in fault hit; do
			echo 1 >$tracing/events/flashvm/flashvm_$event/enable
		done
		walk -n 1 -w 0
		echo 0 >$tracing/events/flashvm/enable
		demand=$(($(ahead demand) - demand)) ahead=$(($(ahead ahead) - ahead))
		at_least "pages ahead with window $window" $ahead 2000
		at_most "pages demanded with window $window" $demand $((ahead / 10))
		# other predictors have bounds of their own
		longest=$(sed -n -e '/_fault: .* predictor=window / b plan' \
				-e '/_hit: .* next=window / b plan' -e d \
				-e ': plan' -e 's/.* planned=\([0-9]*\).*/\1/p' \
				$tracing/trace | sort -n | tail -n 1)
		at_least "pages of the longest plan" "$longest" 1
		at_most "pages of the longest plan" "$longest" $window
	done
	echo >$tracing/trace
}

# Each hit is of somebody, and what is not hit is wasted or still there.
by_predictor() {
	set_up
	walk -n 2
	walk -n 1 -p 64 -w 0
	quiet ahead
	issued=0 used=0
	for who in window stride eviction; do
		issued=$((issued + $(stat_of ahead ${who}_issued)))
		used=$((used + $(stat_of ahead ${who}_used)))
		at_most "$who: late, of used" "$(stat_of ahead ${who}_late)" \
			"$(stat_of ahead ${who}_used)"
	done
	is "pages read ahead, by predictor" $issued "$(ahead ahead)"
	at_most "of them used" $used "$(ahead ahead_used)"
	at_least "of 100 used it is remembered of whom" \
		$((used * 100 / $(ahead ahead_used))) 90
	at_most "late, of used" "$(ahead ahead_late)" "$(ahead ahead_used)"
	at_most "used and wasted" \
		$(($(ahead ahead_used) + $(ahead ahead_wasted))) "$(ahead ahead)"
}

disabled() {
	echo 3 >/proc/sys/vm/page-cluster
	set_up
	echo 0 >"$flashvm/ahead/prefetch/enabled"
	stock=$(vmstat swap_ra) hits=$(vmstat swap_ra_hit) vm=$(vmstat flashvm_ahead)
	walk -n 2
	at_least "swap_ra" $(($(vmstat swap_ra) - stock)) 2000
	at_least "swap_ra_hit" $(($(vmstat swap_ra_hit) - hits)) 2000
	is "pages read ahead" "$(ahead ahead)" 0
	is "of them used" "$(ahead ahead_used)" 0
	is flashvm_ahead "$(vmstat flashvm_ahead)" "$vm"
	at_least "pages read all the same" "$(ahead demand)" 3000
}

shared() {
	set_up
	walk -n 2 -s -w 0
	at_least "pages read ahead" "$(ahead ahead)" $((mb * 125))
	at_least "of 100 read ahead, used" \
		$(($(ahead ahead_used) * 100 / $(ahead ahead))) 90
	# at hits, too: faults alone are one for each plan
	at_least "pages read ahead for one demanded" \
		$(($(ahead ahead) / $(ahead demand))) 20
}

# In the order of eviction alone, the same walk.
eviction() {
	set_up 0
	echo 0 >"$flashvm/ahead/prefetch/stride_blocks"
	walk -n 2
	at_least "pages read ahead" "$(ahead ahead)" 1000
	is "pages read ahead in the order of eviction" \
		"$(stat_of ahead eviction_issued)" "$(ahead ahead)"
	before=$(ahead ahead)
	echo 0 >"$flashvm/ahead/prefetch/eviction_window"
	walk -n 1
	is "pages read ahead without it" $(($(ahead ahead) - before)) 0
}

# At random each page needs the room of another.
room() {
	set_up
	walk -n 2 -p rand
	asked=$(stat_of ahead room_asked)
	at_least "times that a worker was asked" "$asked" 5
	at_most "times that it was, of $(ahead demand) faults" "$asked" \
		"$(ahead demand)"
	echo 0 >"$flashvm/ahead/prefetch/room"
	walk -n 2 -p rand
	is "times without it" $(($(stat_of ahead room_asked) - asked)) 0
}

# Each page that was read ahead has a depth, and a walk is a stream.
depths() {
	set_up
	walk -n 2
	sum=0
	while read -r _ count; do
		sum=$((sum + count))
	done <"$flashvm/ahead/stats/ahead_depth"
	is "pages in ahead_depth" $sum "$(ahead ahead)"
	at_least "streams" "$(cat "$flashvm/streams")" 1
}

# Requests, pages and bytes are the same when nothing is on its way.
figures_agree() {
	set_up
	walk -n 2 "$@"
	quiet ahead
	pages=$(($(ahead demand) + $(ahead ahead)))
	is "read requests timed" "$(requests ahead read)" $pages
	is bytes_read "$(stat_of ahead bytes_read)" $((pages * 4096))
	pages=$(ahead written)
	is "write requests timed" "$(requests ahead write)" "$pages"
	is bytes_written "$(stat_of ahead bytes_written)" $((pages * 4096))
	at_most "used of read ahead" "$(ahead ahead_used)" "$(ahead ahead)"
	# shellcheck disable=SC2046
	set -- $(cat /sys/block/ahead/stat)
	# Sectors that the disk saw: mkswap(8) and swapon(2) read and write, too.
	at_least "sectors the disk read" "$3" \
		$(($(stat_of ahead bytes_read) / 512))
	at_most "sectors the disk read beside" \
		$(($3 - $(stat_of ahead bytes_read) / 512)) 4096
}

# The device needs 2 ms: that is what the histogram must say.
latency() {
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	swap_disk ahead 64 irqmode=2 completion_nsec=2000000
	flash_on /dev/ahead
	echo 0 >"$flashvm/ahead/prefetch/window"
	echo 0 >"$flashvm/ahead/prefetch/eviction_window"
	group ahead 2
	in_group ahead "$bin/worker" -m 3 >/dev/null
	quiet ahead
	for way in read write; do
		early=0 late=0
		while read -r bound count; do
			if [ "$bound" -lt 1024 ]; then
				early=$((early + count))
			else
				late=$((late + count))
			fi
		done <"$flashvm/ahead/stats/${way}_latency_us"
		is "$way requests under 1 ms" $early 0
		at_least "$way requests from 1 ms" $late 100
	done
}

# generations: ID of the group for the multi-gen LRU, and the number of its youngest.
generations() {
	awk '$1 == "memcg" { here = $3 == "/test-ahead" }
	     here && $1 == "memcg" { id = $2 }
	     here && $1 ~ /^[0-9]+$/ { youngest = $1 }
	     END { print id, youngest }' "$debugfs/lru_gen"
}

# Make two generations of the LRU, and evict all pages that are older than those.
evict_old() {
	for _ in 1 2; do
		# shellcheck disable=SC2046
		set -- $(generations)
		echo "+ $1 0 $2 1 1" >"$debugfs/lru_gen"
	done
	echo "- $1 0 $(($2 - 1)) 200 1000000" >"$debugfs/lru_gen"
}

walked() { [ "$(ahead ahead_used)" -gt "$1" ]; }
frozen() { grep -q "^frozen $1" "$cgroups/test-ahead/cgroup.events"; }

# stand_still: $waiting pages are ahead of a walk that does not move, of which
# evict_ahead says how many were evicted.
stand_still() {
	echo 1 >"$cgroups/test-ahead/cgroup.freeze"
	eventually 60 frozen 1
	wasted=$(ahead ahead_wasted)
	waiting=$(($(ahead ahead) - $(ahead ahead_used) - wasted))
}

evict_ahead() {
	evict_old
	echo $(($(ahead ahead_wasted) - wasted))
}

# What was read ahead of a walk is in no page table. While it walked the LRU may have
# spared these very pages already: then it walks on, and stands still elsewhere.
kept() {
	set_up
	start ahead 1 -m $mb -n 0 -w 0
	for _ in 1 2 3 4 5; do
		eventually 60 walked $(($(ahead ahead_used) + 1000))
		stand_still
		[ "$waiting" = 0 ] || evicted=$(evict_ahead)
		[ "$waiting" = 0 ] || [ "$evicted" != 0 ] || break
		echo 0 >"$cgroups/test-ahead/cgroup.freeze"
	done
	at_least "pages ahead of the walk" "$waiting" 1
	is "of $waiting pages ahead, evicted with the rest" "$evicted" 0
	is "of $waiting pages ahead, evicted later" "$(evict_ahead)" "$waiting"
	echo 0 >"$cgroups/test-ahead/cgroup.freeze"
	finish
}

traced() {
	set_up
	echo >$tracing/trace
	for event in fault hit evict io; do
		echo 1 >$tracing/events/flashvm/flashvm_$event/enable
	done
	in_group ahead "$bin/worker" -m $((mb * 5 / 8)) >/dev/null
	echo 0 >$tracing/events/flashvm/enable
	dev=$(cat /sys/block/ahead/dev)
	for text in \
		"flashvm_fault: dev=$dev slot=[0-9]+ address=0x[0-9a-f]+ vma=[0-9a-f]+ .*planned=[0-9]+ picked=[0-9]+ issued=[0-9]" \
		"flashvm_hit: dev=$dev slot=[0-9]+ predictor=[a-z]+ late=[01] next=[a-z]+ step=-?[0-9]+ planned=[0-9]+" \
		"flashvm_evict: dev=$dev slot=[0-9]+" \
		"flashvm_io: dev=$dev op=read slot=[0-9]+ pages=1 latency_us=[0-9]+ error=0" \
		"flashvm_io: dev=$dev op=write slot=[0-9]+ pages=[0-9]+ latency_us=[0-9]+ error=0"; do
		at_least "lines like '$text'" "$(grep -cE "$text" $tracing/trace)" 10
	done
	is "words that are not key=value" "$(sed -n 's/.*: flashvm_[a-z]*: //p' \
		$tracing/trace | tr ' ' '\n' | grep -vc =)" 0
	echo >$tracing/trace
}

it "in order: reads ahead, and 90 % of it is used" in_order
it "backward: reads ahead, and 90 % of it is used" in_order -p back
it "reading ahead saves two of three major faults" fewer_faults
it "at random: next to nothing is read ahead" at_random
it "window 0: nothing is read ahead, nothing of it used" window_0
it "window 0 at random: nothing is read ahead, nothing of it used" window_0 -p rand
it "windows keep their bound" windows
it "issued, used, late and wasted agree, by predictor, too" by_predictor
it "disabled: the readahead of Linux, counted as its own" disabled
it "shared memory is read ahead, too" shared
it "the order of eviction alone, and left alone" eviction
it "a worker makes room, unless it is not to" room
it "what is read ahead is spared once by the multi-gen LRU" kept
it "pages by depth, and streams" depths
it "requests, pages and bytes agree, with the disk, too" figures_agree
it "requests, pages and bytes agree at random" figures_agree -p rand
it "latencies are those of the device" latency
it "faults, hits and requests are traced as key=value" traced
run_tests "$@"
