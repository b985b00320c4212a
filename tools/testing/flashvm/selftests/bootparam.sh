#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Boot parameters: one boot for each set of them, $1 says which.
#
# boot boot-auto: --memory 640M --append flashvm.auto=boot0,UUID=12345678-9abc-4def-8123-456789abcdef --timeout 1200 -- auto
# boot boot-off: --memory 640M --append "flashvm=off flashvm.auto=all" --timeout 1200 -- off
# boot boot-bad: --memory 640M --append "flashvm=maybe flashvm.auto=boot0,a=b" --timeout 1200 -- bad
# debug load: -- auto

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

uuid=12345678-9abc-4def-8123-456789abcdef

# The settings of a test would clear the list that the boot made.
boot_list=$(cat "$flashvm/auto" 2>/dev/null)

list_from_boot() {
	is auto "$boot_list" "boot0 UUID=$uuid"
	echo "$boot_list" >"$flashvm/auto"
}

listed_become_flash() {
	echo "$boot_list" >"$flashvm/auto"
	for name in boot0 boot1 boot2; do
		swap_disk $name 16
	done
	mkswap -U $uuid /dev/boot1 >/dev/null
	for name in boot0 boot1 boot2; do
		swapon /dev/$name
	done
	present boot0
	present boot1
	absent boot2
	serve boot0
}

no_directory() { [ ! -e "$flashvm" ] || fail "$flashvm exists"; }

flag_refused() {
	swap_disk boot0 16
	gives EINVAL "$call" swapon /dev/boot0 $FLASHVM
	kernel_says 'flashvm=off'
	no_directory
}

all_is_ordinary() {
	swap_disk boot0 64
	swapon /dev/boot0
	kernel_says 'flashvm=off.*ordinary swap'
	group boot 8
	in_group boot "$bin/worker" -m 16
	at_least "pages swapped" "$(vmstat pswpout)" 1000
	is flashvm_written "$(vmstat flashvm_written)" 0
	no_directory
	swapoff /dev/boot0
}

bad_parameters_said() {
	for text in 'flashvm: .*flashvm=maybe' 'flashvm: .*a=b'; do
		is "lines like '$text'" "$(dmesg | grep -cE "$text")" 1
	done
}

nothing_listed() {
	is auto "$boot_list" ""
	swap_disk boot0 16
	swapon /dev/boot0
	absent boot0
	swapoff /dev/boot0
	flash_on /dev/boot0
	present boot0
}

boot=auto
case ${1:-} in
auto | off | bad)
	boot=$1
	shift
	;;
esac

case $boot in
off)
	it "flashvm=off: no directory" no_directory
	it "flashvm=off: the flag is refused with one line that says so" flag_refused
	it "flashvm=off beats flashvm.auto=all: ordinary swap" all_is_ordinary
	;;
bad)
	it "boot parameters that are not understood are said so" bad_parameters_said
	it "a list that is not understood lists nothing, the flag works" nothing_listed
	;;
*)
	it "flashvm.auto= is in the file" list_from_boot
	it "flashvm.auto=: listed devices become FlashVM devices" listed_become_flash
	;;
esac
run_tests "$@"
