#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Devices that become FlashVM devices by plain swapon(8): the list in sysfs.
#
# boot auto: --memory 640M --timeout 1200
# debug life:

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

uuid=12345678-9abc-4def-8123-456789abcdef

# becomes flash|ordinary PATH [NAME]: by plain swapon(8); under the debug kernel
# by the same calls without all of its libraries.
if [ "$KERNEL" = debug ]; then
	swapon() { ordinary_on "$1"; }
	swapoff() { off "$1"; }
fi

becomes() {
	swapon "$2" || fail "swapon $2 failed"
	case $1 in
	flash) present "${3:-auto0}" ;;
	*) is "entries beside ordinary swap" "$(ls "$flashvm")" "$no_device" ;;
	esac
	swapoff "$2"
	is "entries after swapoff" "$(ls "$flashvm")" "$no_device"
}

# listed LIST...: each makes auto0 a FlashVM device; others do not.
listed() {
	swap_disk auto0 64
	mkswap -U $uuid /dev/auto0 >/dev/null
	swap_disk auto1 64
	for list; do
		echo "$list" >"$flashvm/auto"
		becomes flash /dev/auto0
		becomes ordinary /dev/auto1
	done
	echo >"$flashvm/auto"
	becomes ordinary /dev/auto0
}

by_uuid() {
	listed $uuid UUID=$uuid "UUID=$(echo $uuid | tr a-f A-F)" "x,UUID=$uuid"
}

by_name() { listed auto0 /dev/auto0 "nosuch auto0" "nosuch,/dev/auto0,y"; }

# One's name is the beginning of the other's.
whole_names() {
	swap_disk auto0 64
	swap_disk auto01 64
	echo auto0 >"$flashvm/auto"
	becomes ordinary /dev/auto01
	echo /dev/auto01 >"$flashvm/auto"
	becomes ordinary /dev/auto0
	echo "uto0 auto AUTO0" >"$flashvm/auto"
	becomes ordinary /dev/auto0
	echo UUID=00000000-0000-0000-0000-000000000000 >"$flashvm/auto"
	becomes ordinary /dev/auto0
}

by_mapper() {
	swap_disk auto0 64
	dm auto "0 $(sectors /dev/auto0) linear /dev/auto0 0"
	name=$(basename "$(readlink -f /dev/mapper/test-auto)")
	name=dm-$(stat -c %T /dev/mapper/test-auto)
	for list in /dev/mapper/test-auto "$name"; do
		echo "$list" >"$flashvm/auto"
		becomes flash /dev/mapper/test-auto "$name"
	done
	echo auto0 >"$flashvm/auto"
	becomes ordinary /dev/mapper/test-auto
}

# The path of swapon(8) may be a link, the list has the kernel's name.
by_link() {
	swap_disk auto0 64
	ln -sf /dev/auto0 "$scratch/file-link"
	echo auto0 >"$flashvm/auto"
	becomes flash "$scratch/file-link"
}

all_of_them() {
	swap_disk auto0 64
	swap_disk auto1 64
	echo all >"$flashvm/auto"
	swapon /dev/auto0
	swapon /dev/auto1
	present auto0
	present auto1
}

# A host must come up with its swap: what cannot be had is ordinary swap.
all_but() {
	swap_disk spin 64
	echo 1 >/sys/block/spin/queue/rotational
	echo all >"$flashvm/auto"
	becomes ordinary /dev/spin
	kernel_says 'spin.*rotational.*ordinary swap'
}

all_but_files() {
	disk fs 64
	mkfs.ext2 -q /dev/fs
	mkdir "$scratch/mnt"
	mount -t ext2 /dev/fs "$scratch/mnt"
	dd if=/dev/zero of="$scratch/mnt/swap" bs=1M count=16 2>/dev/null
	chmod 600 "$scratch/mnt/swap"
	mkswap "$scratch/mnt/swap" >/dev/null
	echo all >"$flashvm/auto"
	becomes ordinary "$scratch/mnt/swap"
	kernel_says 'swap file.*ordinary swap'
}

flag_still_works() {
	swap_disk auto0 64
	echo other >"$flashvm/auto"
	flash_on /dev/auto0
	off /dev/auto0
	echo auto0 >"$flashvm/auto"
	flash_on /dev/auto0
}

# swapon(8) passes these as flags: they must get through.
options_stay() {
	swap_disk auto0 64
	echo auto0 >"$flashvm/auto"
	swapon -p 5 -d /dev/auto0
	present auto0
	is priority "$(awk '$1 == "/dev/auto0" { print $5 }' /proc/swaps)" 5
}

from_fstab() {
	swap_disk auto0 64
	swap_disk auto1 64
	echo "/dev/auto0 none swap sw,pri=3 0 0" >"$scratch/file-fstab"
	echo "/dev/auto1 none swap sw 0 0" >>"$scratch/file-fstab"
	echo /dev/auto0 >"$flashvm/auto"
	LIBMOUNT_FSTAB=$scratch/file-fstab swapon -a
	present auto0
	absent auto1
	is "areas" "$(sed 1d /proc/swaps | grep -c .)" 2
	swapoff /dev/auto0 /dev/auto1
}

# Changing the list is no concern of a device that is on.
list_later() {
	swap_disk auto0 64
	echo auto0 >"$flashvm/auto"
	swapon /dev/auto0
	echo >"$flashvm/auto"
	serve auto0
	swapoff /dev/auto0
	becomes ordinary /dev/auto0
}

# it_lab: swapon(8), links and fstab are user space, all take the same way
# through the parser and the match, which the others take.
it "the list by UUID" by_uuid
it_lab "the list by name of the device" by_name
it "the list wants whole names" whole_names
it_lab "the list by name of a device-mapper device" by_mapper
it_lab "the list by name, swapon by a link" by_link
it_lab "all: every device" all_of_them
it_lab "all: a rotational device becomes ordinary swap, and a line says so" all_but
it_lab "all: a swap file becomes ordinary swap, and a line says so" all_but_files
it_lab "the flag works beside the list" flag_still_works
it_lab "priority and discard of swapon(8) get through" options_stay
it_lab "swapon -a enables what fstab says as the list says" from_fstab
it_lab "a device that is on stays what it is when the list changes" list_later
run_tests "$@"
