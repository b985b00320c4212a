#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# swapoff(2) while the device is in use: it ends, or it fails cleanly and the
# device goes on.
#
# boot swapoff: --memory 640M --cpus 2 --timeout 1200
# debug load: --memory 1G --cpus 2 --append kmemleak=off --allow 'leak detector disabled' --append flashvm.auto=boot0,UUID=12345678-9abc-4def-8123-456789abcdef --timeout 3600
# quick smoke: -- --only 'four processes|goes on$|at once'

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# MB of each of the workers that are many.
mb=$((SCALE > 1 ? 3 : 6))

# under_load WORKER-OPTIONS...: off in the middle of it, memory enough then.
under_load() {
	# shellcheck disable=SC2086
	swap_disk off0 96 $timer
	flash_on /dev/off0
	group off $((mb * 2))
	start off 4 -m $mb -n 0 "$@"
	at_least "pages in use" "$(used /dev/off0)" $((mb * 160))
	limit off max
	off /dev/off0
	absent off0
	no_stuck_pages
	finish
	at_least "passes" "$(worked passes)" 4
}

# While processes begin and end all the time.
come_and_go() {
	swap_disk off0 96
	group off max
	n=0
	for i in 1 2 3; do
		# shellcheck disable=SC2016
		enter off sh -c 'while :; do "$0" -c 2 -m "$1"; done' \
			"$bin/worker" $mb \
			>/dev/null 2>"$scratch/worker" &
	done
	while [ $n -lt "$(scaled 6)" ]; do
		flash_on /dev/off0
		limit off $((mb * 8 / 3))
		eventually 30 written_to off0 500
		limit off max
		off /dev/off0
		absent off0
		n=$((n + 1))
	done
	echo 1 >"$cgroups/test-off/cgroup.kill"
	is "what workers complain of" "$(cat "$scratch/worker")" ""
	eventually 5 no_stuck_pages
}

written_to() { [ "$(stat_of "$1" pages_written)" -ge "$2" ]; }

# Refused before anything is changed: the commit limit is passed already.
overcommit() {
	swap_disk off0 64
	flash_on /dev/off0
	group off 8
	start off 1 -m 16 -i
	echo 1 >/proc/sys/vm/overcommit_ratio
	echo 2 >/proc/sys/vm/overcommit_memory
	got=$("$call" swapoff /dev/off0) || :
	echo 0 >/proc/sys/vm/overcommit_memory
	is "swapoff beyond the commit limit" "$got" ENOMEM
	still_serves
}

# The device that swapoff could not take away works, counts, and goes later.
still_serves() {
	present off0
	swapped_on /dev/off0
	is "window" "$(value off0/prefetch/window)" "${1:-64}"
	eventually 5 slots_add_up off0
	limit off max
	hard_limit off max
	finish
	serve off0
	off /dev/off0
	absent off0
	no_stuck_pages
}

# Fails half way: the group must not grow, nobody in it may be killed.
too_little_memory() {
	swap_disk off0 64
	flash_on /dev/off0
	echo 7 >"$flashvm/off0/prefetch/window"
	group off $((mb + 2))
	start off 1 -m $((mb * 2 + 4)) -i
	hard_limit off $((mb + 2))
	while read -r pid; do
		echo -1000 >"/proc/$pid/oom_score_adj"
	done <"$cgroups/test-off/cgroup.procs"
	gives ENOMEM "$call" swapoff /dev/off0
	still_serves 7
}

# A signal ends it half way: between two of the processes.
interrupted() {
	swap_disk off0 96 irqmode=2 completion_nsec=400000
	flash_on /dev/off0
	echo 1 >"$flashvm/off0/prefetch/window"
	group off max
	start off 8 -m $((mb * 2 / 3)) -i
	reclaim off $((mb * 14 / 3))
	before=$(used /dev/off0)
	at_least "pages in use" "$before" $((mb * 830))
	"$call" swapoff /dev/off0 >"$scratch/file-off" 2>&1 &
	pid=$!
	sleep 0.5
	kill $pid 2>/dev/null || fail "swapoff was too fast: $(cat "$scratch/file-off")"
	wait $pid || :
	at_least "pages in use after it" "$(used /dev/off0)" 1000
	at_most "pages in use after it" "$(used /dev/off0)" $((before - 1))
	still_serves 1
}

# Its pages have another area to go to, and a limit all the time.
to_another() {
	swap_disk off0 64
	swap_disk off1 64
	flash_on /dev/off0 9
	flash_on /dev/off1 5
	group off $((mb * 5 / 3))
	start off 2 -m $((mb * 5 / 3)) -n 0 -p rand
	at_least "pages on the first" "$(used /dev/off0)" $((mb * 160))
	off /dev/off0
	absent off0
	at_least "pages on the second" "$(used /dev/off1)" $((mb * 160))
	flash_on /dev/off0 9
	off /dev/off1
	absent off1
	at_least "pages on the first again" "$(used /dev/off0)" $((mb * 160))
	finish
}

# Both at once: one ends it, the other is told that there is nothing to end.
twice() {
	n=0
	swap_disk off0 64
	group off max
	start off 1 -m 12 -i
	while [ $n -lt "$(scaled 10)" ]; do
		flash_on /dev/off0
		reclaim off 8
		"$call" swapoff /dev/off0 >"$scratch/file-a" &
		"$call" swapoff /dev/off0 >"$scratch/file-b" || :
		wait $! || :
		is results "$(sort "$scratch/file-a" "$scratch/file-b" | xargs)" \
			"EINVAL ok"
		absent off0
		n=$((n + 1))
	done
	finish
}

on_twice() {
	n=0
	swap_disk off0 64
	while [ $n -lt "$(scaled 20)" ]; do
		"$call" swapon /dev/off0 $FLASHVM >"$scratch/file-a" &
		"$call" swapon /dev/off0 $FLASHVM >"$scratch/file-b" || :
		wait $! || :
		is results "$(sort "$scratch/file-a" "$scratch/file-b" | xargs)" \
			"EBUSY ok"
		present off0
		off /dev/off0
		absent off0
		n=$((n + 1))
	done
}

# Readers and writers of its files all the time. They find the device there or
# not there; nothing else.
hammered() {
	swap_disk off0 64
	group off max
	start off 1 -m $((mb + 1)) -n 0 -p rand
	touch "$scratch/file-go"
	for i in 1 2; do
		while [ -e "$scratch/file-go" ]; do
			cat "$flashvm"/off0/*/* "$flashvm/auto" /proc/swaps || :
		done >/dev/null 2>"$scratch/file-read$i" &
	done
	while [ -e "$scratch/file-go" ]; do
		for text in 0 64 5; do
			printf %s $text | "$call" store "$flashvm/off0/prefetch/window" || :
			printf %s $((text & 1)) |
				"$call" store "$flashvm/off0/prefetch/enabled" || :
			echo "off0 x" | "$call" store "$flashvm/auto" || :
		done
	done >"$scratch/file-write" 2>&1 &
	n=0
	while [ $n -lt "$(scaled 30)" ]; do
		flash_on /dev/off0
		reclaim off $((mb / 2))
		off /dev/off0
		absent off0
		n=$((n + 1))
	done
	rm "$scratch/file-go"
	finish
	wait
	is "errors of readers" "$(cat "$scratch"/file-read* |
		grep -vcE 'No such (file|device)')" 0
	is "errors of writers" "$(grep -vcE '^(ok|ENOENT|ENODEV)$' \
		"$scratch/file-write")" 0
}

# it_lab: ways of the load, and a refusal before anything has changed.
it "swapoff under load: four processes at their memory" under_load
it_lab "swapoff under load at random" under_load -p rand -w 2
it "swapoff under load of shared memory" under_load -s -p rand
it_lab "swapoff under load of huge pages" under_load -H
it_lab "swapoff under load of processes that fork" under_load -f
it "swapoff while processes begin and end" come_and_go
it_lab "swapoff beyond the commit limit: ENOMEM, the device goes on" overcommit
it "swapoff without memory: ENOMEM, the device goes on" too_little_memory
it "swapoff ended by a signal: the device goes on" interrupted
it "swapoff with another device to move to, and back" to_another
it "two swapoffs at once: one has nothing to do" twice
it "two swapons at once: one is refused" on_twice
it "on and off, again and again, while all files are read and written" hammered
run_tests "$@"
