#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# I/O errors, and the device taken away under load: the kernel works on, and a
# page is either right or its reader gets SIGBUS.
#
# A device that was removed with swap on it cannot be named any more, so
# swapoff(2) cannot end it (Linux is like that): it stays in /proc/swaps until
# the next boot. These tests come last.
#
# boot errors: --memory 640M --cpus 2 --timeout 1200
# debug errors:
# quick smoke: -- --only 'cannot be (read:|written)'

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# MB of each process whose pages are lost.
mb=$((SCALE > 1 ? 4 : 10))

# bad NAME FROM TO: sectors that fail; good: they work again.
bad() { echo "+$2-$3" >"$nullb/$1/badblocks"; }
good() { echo "-$2-$3" >"$nullb/$1/badblocks"; }

# lost_some: workers got SIGBUS for some pages, all others were right.
lost_some() {
	finish_with 3
	at_least "pages lost" "$(worked lost)" "${1:-1}"
	at_least "pages right" "$(worked checked)" 100
}

# works_again NAME [PATH]: after the errors.
works_again() {
	path=${2:-/dev/$1}
	off "$path"
	absent "$1"
	no_stuck_pages
	flash_on "$path"
	serve "$1"
	off "$path"
}

# All of it fails for a time, while nobody works on it; then it is read.
read_errors() {
	swap_disk err 64
	flash_on /dev/err
	group err $((mb * 4 / 5))
	start err 2 -m $mb -i -b
	at_least "pages in use" "$(used /dev/err)" $((mb * 200))
	limit err max
	bad err 8 131071
	lost_some $((mb * 100))
	at_least read_errors "$(stat_of err read_errors)" $((mb * 100))
	is write_errors "$(stat_of err write_errors)" 0
	slots=$(requests err read)
	is "requests timed, failed ones, too" "$slots" \
		$(($(stat_of err pages_demand) + $(stat_of err pages_ahead)))
	at_least "bytes read do not count failed requests" \
		$(((slots - $(stat_of err read_errors)) * 4096)) \
		"$(stat_of err bytes_read)"
	good err 8 131071
	works_again err
}

# A part of it fails all the time.
patches_of_errors() {
	swap_disk err 64
	flash_on /dev/err
	group err 8
	start err 2 -m 10 -n 0 -p rand -b
	from=4096
	while [ $from -lt 60000 ]; do
		bad err $from $((from + 511))
		from=$((from + 4096))
	done
	sleep 2
	finish_with_any
	at_least "errors" $(($(stat_of err read_errors) + \
		$(stat_of err write_errors))) 1
	at_least "pages right" "$(worked checked)" 5000
	good err 0 131071
	works_again err
}

finish_with_any() {
	kill "$worker" || :
	rc=0
	wait "$worker" || rc=$?
	case $rc in
	0 | 3) ;;
	*) fail "workers ended with $rc" "$(cat "$scratch/worker")" ;;
	esac
}

# A page that could not be written stays in memory, and right.
write_errors() {
	swap_disk err 64
	flash_on /dev/err
	group err max
	start err 2 -m $mb -i
	bad err 8 131071
	reclaim err $((mb * 4 / 5))
	eventually 10 write_errors_of err 100
	good err 8 131071
	finish
	is read_errors "$(stat_of err read_errors)" 0
	works_again err
}

write_errors_of() { [ "$(stat_of "$1" write_errors)" -ge "$2" ]; }

# The table is switched to "error" under load, and back.
mapper_fails() {
	disk raw 64
	size=$(sectors /dev/raw)
	dm err "0 $size linear /dev/raw 0"
	mkswap /dev/mapper/test-err >/dev/null
	name=dm-$(stat -c %T /dev/mapper/test-err)
	flash_on /dev/mapper/test-err
	group err $((mb * 6 / 5))
	start err 3 -m $((mb * 3 / 5)) -n 0 -p rand -b
	table "0 $size error"
	eventually 20 read_errors_of "$name" 10
	table "0 $size linear /dev/raw 0"
	finish_with_any
	at_least "pages lost" "$(worked lost)" 1
	works_again "$name" /dev/mapper/test-err
}

read_errors_of() { [ "$(stat_of "$1" read_errors)" -ge "$2" ]; }

table() {
	dmsetup suspend --noflush --nolockfs test-err
	dmsetup load test-err --table "$1"
	dmsetup resume test-err
}

# What swapoff(2) cannot read its owner has lost; swapoff itself ends.
swapoff_with_errors() {
	swap_disk err 64
	flash_on /dev/err
	group err $((mb * 4 / 5))
	start err 2 -m $mb -i -b "$@"
	limit err max
	bad err 8 131071
	off /dev/err
	absent err
	no_stuck_pages
	lost_some $((mb * 100))
	good err 8 131071
	flash_on /dev/err
	serve err
}

# The disk below goes away, the mapping above it stays and can be named.
removed_below_mapper() {
	# shellcheck disable=SC2086
	disk raw 64 $timer
	dm err "0 $(sectors /dev/raw) linear /dev/raw 0"
	mkswap /dev/mapper/test-err >/dev/null
	name=dm-$(stat -c %T /dev/mapper/test-err)
	flash_on /dev/mapper/test-err
	group err $((mb * 6 / 5))
	start err 3 -m $((mb * 3 / 5)) -n 0 -p rand -b
	echo 0 >"$nullb/raw/power"
	rmdir "$nullb/raw"
	eventually 20 read_errors_of "$name" 10
	limit err max
	off /dev/mapper/test-err
	absent "$name"
	no_stuck_pages
	lost_some
	swap_disk other 64
	flash_on /dev/other
	serve other
}

# --- and now those that leave something ---------------------------------------

# A dead area takes pages that it cannot write: later ones must come before.
next_priority() { echo $((_number * 10)); }

# removed NAME WORKER-OPTIONS...
removed() {
	gone=$1
	shift
	# shellcheck disable=SC2086
	swap_disk "$gone" 64 $timer
	flash_on "/dev/$gone" "$(next_priority)"
	group err $((mb * 6 / 5))
	start err 3 -m $((mb * 3 / 5)) -n 0 -b "$@"
	at_least "pages in use" "$(used "/dev/$gone")" $((mb * 50))
	echo 0 >"$nullb/$gone/power"
	rmdir "$nullb/$gone"
	eventually 20 read_errors_of "$gone" 10
	finish_with_any
	[ ! -e "/dev/$gone" ] || fail "/dev/$gone is still there"
	gives ENOENT "$call" swapoff "/dev/$gone"
	others_work
}

others_work() {
	swap_disk other 64
	flash_on /dev/other $(($(next_priority) + 9))
	serve other
	off /dev/other
	absent other
}

# Its figures can be read, its settings changed, as long as it is there.
files_of_the_dead() {
	swap_disk dead 64
	flash_on /dev/dead "$(next_priority)"
	group err $((mb * 6 / 5))
	start err 2 -m $mb -i -b
	echo 0 >"$nullb/dead/power"
	rmdir "$nullb/dead"
	# What cannot be written stays, and makes those wait who have a limit.
	limit err max
	at_least "figures" "$(cat "$flashvm"/dead/stats/* | grep -c .)" 20
	echo 3 >"$flashvm/dead/prefetch/window"
	is window "$(value dead/prefetch/window)" 3
	lost_some $((mb * 40))
	others_work
}

# A new device gets the name of the one that is gone, whose area is still on.
same_name() {
	swap_disk twin 64
	flash_on /dev/twin "$(next_priority)"
	group err $((mb * 4 / 5))
	start err 1 -m $((mb * 6 / 5)) -i -b
	echo 0 >"$nullb/twin/power"
	rmdir "$nullb/twin"
	swap_disk twin 64
	got=$("$call" swapon /dev/twin "$(flags $FLASHVM $(($(next_priority) + 5)))") || :
	case $got in
	ok)
		group twin $((served / 2))
		in_group twin "$bin/worker" -m $served
		gives ok "$call" swapoff /dev/twin
		;;
	EEXIST | EBUSY | EINVAL) echo "refused: $got" ;;
	*) fail "a new device of an old name: $got" ;;
	esac
	if kernel_log | grep -E 'duplicate filename|Call Trace'; then
		fail "the kernel complains of itself"
	fi
	ordinary_on /dev/twin $(($(next_priority) + 5))
	off /dev/twin
	lost_some $((mb * 40))
	others_work
}

# it_lab: the same errors at the same places, for other kinds of pages and
# devices.
it "pages that cannot be read: SIGBUS, and they are counted" read_errors
it "pages that cannot be written stay right, and are counted" write_errors
it_lab "parts of the device fail under load: right pages or SIGBUS" patches_of_errors
it "a device-mapper table fails under load and comes back" mapper_fails
it "swapoff of a device that cannot be read ends" swapoff_with_errors
it_lab "swapoff of one that cannot be read ends, shared memory" swapoff_with_errors -s
it_lab "the disk below a mapping is removed under load, swapoff ends" removed_below_mapper
it "the device is removed under load, others work on" removed gone0
it_lab "the device is removed under load of shared memory" removed gone1 -s -p rand
it_lab "the device is removed under load of huge pages" removed gone2 -H
it "the device is removed, its files still answer" files_of_the_dead
it "a new device with the name of one that was removed" same_name
run_tests "$@"
