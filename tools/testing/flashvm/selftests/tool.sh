#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# flashvmctl on a kernel that has FlashVM: its own tests use a made-up one.
#
# boot tool: --memory 640M --timeout 1200
# debug life:

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

ctl=$top/build/bin/flashvmctl

# complains PATTERN COMMAND...: fails with one line on standard error.
complains() {
	pattern=$1
	shift
	if "$@" >"$scratch/file-out" 2>"$scratch/file-err"; then
		fail "$* succeeded"
	fi
	is "lines of complaint" "$(grep -c . "$scratch/file-err")" 1
	grep -qE "$pattern" "$scratch/file-err" ||
		fail "$*: no '$pattern' in:" "$(cat "$scratch/file-err")"
}

on_off() {
	swap_disk tool0 64
	"$ctl" on -p 5 /dev/tool0
	present tool0
	is priority "$(awk '$1 == "/dev/tool0" { print $5 }' /proc/swaps)" 5
	serve tool0
	"$ctl" off tool0
	absent tool0
	no_stuck_pages
}

by_uuid() {
	swap_disk tool0 64
	mkswap -L "tool label" -U 12345678-9abc-4def-8123-456789abcdef /dev/tool0 \
		>/dev/null
	"$ctl" on UUID=12345678-9abc-4def-8123-456789abcdef
	present tool0
	"$ctl" off "LABEL=tool label"
	absent tool0
}

refusals() {
	swap_disk tool0 64
	disk tool1 64
	complains 'no-such' "$ctl" on /dev/no-such
	complains 'tool1.*signature' "$ctl" on /dev/tool1
	"$ctl" on /dev/tool0
	complains 'tool0' "$ctl" on /dev/tool0
	"$ctl" off /dev/tool0
	complains 'tool0' "$ctl" off /dev/tool0
	echo 1 >/sys/block/tool0/queue/rotational
	complains 'rotational' "$ctl" on /dev/tool0
	is "entries" "$(ls "$flashvm")" "$no_device"
}

fallback() {
	swap_disk tool0 64
	echo 1 >/sys/block/tool0/queue/rotational
	"$ctl" on --fallback /dev/tool0
	absent tool0
	swapped_on /dev/tool0
	"$ctl" off --fallback /dev/tool0
	no_stuck_pages
}

status_json() {
	swap_disk tool0 64
	swap_disk tool1 64
	"$ctl" on /dev/tool0
	"$ctl" on /dev/tool1
	serve tool0
	"$ctl" status -b --json >"$scratch/file-json"
	python3 - "$scratch/file-json" "$(stat_of tool0 pages_demand)" <<-END
		import json, sys
		rows = json.load(open(sys.argv[1]))["flashvm"]
		assert len(rows) == 2, rows
		row = [r for r in rows if r["device"] == "/dev/tool0"][0]
		assert row["demand"] == int(sys.argv[2]), row
		assert row["size"] == 65532 * 1024, row
	END
	is "lines of the table" "$("$ctl" status --raw --noheadings | grep -c .)" 2
}

off_all() {
	swap_disk tool0 32
	swap_disk tool1 32
	swap_disk tool2 32
	"$ctl" on tool0 /dev/tool1
	ordinary_on /dev/tool2
	"$ctl" off -a
	is "entries" "$(ls "$flashvm")" "$no_device"
	swapped_on /dev/tool2
}

mapper() {
	disk raw 64
	dm tool "0 $(sectors /dev/raw) linear /dev/raw 0"
	mkswap /dev/mapper/test-tool >/dev/null
	"$ctl" on /dev/mapper/test-tool
	present "dm-$(stat -c %T /dev/mapper/test-tool)"
	"$ctl" off /dev/mapper/test-tool
	is "entries" "$(ls "$flashvm")" "$no_device"
}

# it_lab: the program does it, by calls that other tests make.
it "flashvmctl on and off, with a priority" on_off
it_lab "flashvmctl finds devices by UUID and label" by_uuid
it_lab "flashvmctl refuses in one line and changes nothing" refusals
it_lab "flashvmctl on --fallback makes ordinary swap of what is refused" fallback
it_lab "flashvmctl status shows what sysfs has" status_json
it_lab "flashvmctl off -a leaves ordinary swap alone" off_all
it_lab "flashvmctl and device-mapper" mapper
run_tests "$@"
