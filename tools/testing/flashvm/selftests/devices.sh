#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Kinds of devices, and several of them at a time.
#
# boot devices: --memory 640M --cpus 2 --pmem 64M --timeout 1200
# debug errors: --memory 1G --cpus 2 --pmem 64M --timeout 2400

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# works PATH NAME [HOW]: on, load, off.
works() {
	flash_on "$1"
	present "$2"
	swapped_on "$1"
	"${3:-serve}" "$2"
	eventually 5 slots_add_up "$2" "$1"
	off "$1"
	absent "$2"
	no_stuck_pages
}

# The name of a device-mapper device in the kernel.
dm_name() { echo "dm-$(stat -c %T "/dev/mapper/test-$1")"; }

pmem() {
	mkswap /dev/pmem0 >/dev/null
	works /dev/pmem0 pmem0
}

# Nothing is gained by reading ahead what does not wait.
pmem_not_ahead() {
	mkswap /dev/pmem0 >/dev/null
	flash_on /dev/pmem0
	serve pmem0
	is pages_ahead "$(stat_of pmem0 pages_ahead)" 0
	at_least "requests timed" "$(requests pmem0 read)" 1000
}

partition() {
	disk part0 96
	printf 'label: gpt\n,48M\n,\n' | sfdisk -q /dev/part0
	eventually 5 test -b /dev/part0p2
	mkswap /dev/part0p1 >/dev/null
	mkswap /dev/part0p2 >/dev/null
	works /dev/part0p2 part0p2
	flash_on /dev/part0p1
	flash_on /dev/part0p2
	present part0p1
	absent part0
	serve part0p1
}

crypt() {
	disk raw 64
	key=$(printf '%0128d' 0 | sed 's/00/5a/g;s/^5a/a5/')
	dm crypt "0 $(sectors /dev/raw) crypt aes-xts-plain64 $key 0 /dev/raw 0"
	mkswap /dev/mapper/test-crypt >/dev/null
	works /dev/mapper/test-crypt "$(dm_name crypt)" serve_gently
}

linear() {
	disk raw0 32
	disk raw1 32
	half=$(sectors /dev/raw0)
	dm linear "0 $half linear /dev/raw0 0
$half $half linear /dev/raw1 0"
	mkswap /dev/mapper/test-linear >/dev/null
	works /dev/mapper/test-linear "$(dm_name linear)"
}

stripe() {
	disk raw0 32
	disk raw1 32
	dm stripe "0 $(($(sectors /dev/raw0) * 2)) striped 2 128 /dev/raw0 0 /dev/raw1 0"
	mkswap /dev/mapper/test-stripe >/dev/null
	works /dev/mapper/test-stripe "$(dm_name stripe)"
}

small_blocks() {
	swap_disk sector 64 blocksize=512
	works /dev/sector sector
}

# One that waits for nothing, and one whose requests take their time.
immediate() {
	swap_disk now 64 irqmode=0
	works /dev/now now
}

by_timer() {
	# shellcheck disable=SC2086
	swap_disk later 64 $timer
	works /dev/later later
}

write_cache() {
	swap_disk cached 64 cache_size=4
	works /dev/cached cached
}

# Three areas, by priority: each counts what is its own.
side_by_side() {
	mb=$served
	swap_disk first $mb
	swap_disk second $mb
	swap_disk plain 64
	written=$(vmstat flashvm_written)
	flash_on /dev/first 30
	flash_on /dev/second 20
	ordinary_on /dev/plain 10
	absent plain
	group side $((mb / 2))
	start side 2 -m $((mb * 7 / 4)) -i
	for name in first second; do
		at_least "pages on $name" "$(used /dev/$name)" $((mb * 218))
		at_least "written to $name" "$(stat_of $name pages_written)" \
			$((mb * 218))
		eventually 5 slots_add_up $name
	done
	at_least "pages on plain" "$(used /dev/plain)" $((mb * 125))
	finish
	for name in first second; do
		at_least "read from $name" "$(($(stat_of $name pages_demand) + \
			$(stat_of $name pages_ahead)))" $((mb * 187))
	done
	is flashvm_written $(($(vmstat flashvm_written) - written)) \
		$(($(stat_of first pages_written) + $(stat_of second pages_written)))
}

same_priority() {
	swap_disk first 64
	swap_disk second 64
	flash_on /dev/first 5
	flash_on /dev/second 5
	group same 8
	in_group same "$bin/worker" -c 2 -m 16 -n 2
	for name in first second; do
		at_least "written to $name" "$(stat_of $name pages_written)" 500
		eventually 5 slots_add_up $name
	done
}

# One goes, its pages move to the other.
one_goes() {
	swap_disk first 64
	swap_disk second 64
	flash_on /dev/first 9
	flash_on /dev/second 5
	group goes 8
	start goes 2 -m 14 -i
	at_least "pages on first" "$(used /dev/first)" 3000
	echo 2 >"$flashvm/second/prefetch/window"
	hard_limit goes 10
	off /dev/first
	absent first
	present second
	is "window of second" "$(value second/prefetch/window)" 2
	at_least "pages on second" "$(used /dev/second)" 2000
	finish
}

# Ordinary swap on a rotational device turns readahead by VMA off for all.
beside_rotational() {
	swap_disk flash 64
	swap_disk spin 64
	echo 1 >/sys/block/spin/queue/rotational
	ordinary_on /dev/spin 1
	works_beside spin
	off /dev/spin
	serve flash
}

works_beside() {
	flash_on /dev/flash 9
	serve flash
	absent "$1"
	echo 0 >"$flashvm/flash/prefetch/enabled"
	serve flash
	echo 1 >"$flashvm/flash/prefetch/enabled"
}

# One program's pages on PMEM and on flash.
pmem_and_flash() {
	mkswap /dev/pmem0 >/dev/null
	swap_disk flash 64
	flash_on /dev/pmem0 5
	flash_on /dev/flash 5
	group both 8
	in_group both "$bin/worker" -c 2 -m 16 -n 2 -p rand
	for name in pmem0 flash; do
		at_least "written to $name" "$(stat_of $name pages_written)" 500
		at_least "read from $name" "$(stat_of $name pages_demand)" 200
	done
}

many() {
	for n in 1 2 3 4 5 6; do
		swap_disk many$n 8
		flash_on /dev/many$n
	done
	is directories "$(find "$flashvm" -mindepth 1 -maxdepth 1 -type d | grep -c many)" 6
	group many 8
	in_group many "$bin/worker" -m 44
	for n in 3 1 6 2 5 4; do
		off /dev/many$n
		absent many$n
	done
	no_stuck_pages
}

# it_lab: FlashVM sees no difference. What stays completes in another context
# (at once, in a softirq, in a timer, in a kthread of dm-crypt), has no request
# queue (PMEM), or is several devices. swapoff.sh moves pages to another device.
it "persistent memory, /dev/pmem0" pmem
it_lab "from persistent memory nothing is read ahead" pmem_not_ahead
it_lab "partitions" partition
it "dm-crypt" crypt
it_lab "dm-linear over two devices" linear
it_lab "dm-stripe over two devices" stripe
it_lab "a device with 512-byte sectors" small_blocks
it "a device that completes at once" immediate
it "a device that completes by an interrupt later" by_timer
it_lab "a device with a write cache" write_cache
it "two FlashVM devices and ordinary swap by priority, each counts its own" side_by_side
it_lab "two FlashVM devices of one priority share the load" same_priority
it_lab "one of two devices goes, its pages move to the other" one_goes
it_lab "beside ordinary swap on a rotational device" beside_rotational
it_lab "persistent memory and flash at once" pmem_and_flash
it_lab "six devices at once" many
run_tests "$@"
