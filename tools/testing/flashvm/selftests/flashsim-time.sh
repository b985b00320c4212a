#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# What the simulated flash device takes is what its profile says, as fio(1) sees
# it from a guest whose time is virtual: the processor is the same in each run.
# The model alone is held against its numbers in flashsim/model_test.c.
#
# boot flashsim-time: --memory 768M --time virtual --fine-timers --timeout 1200

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# What Linux and fio need for a request beside the device, in ns: some 30,000
# instructions.
software=60000

# measure NAME DEPTH [FIO-OPTION...]: sets $mean, ns, and $rate, a second.
measure() {
	_name=$1 _depth=$2
	shift 2
	fio --name=x --filename="/dev/$_name" --direct=1 --bs=4k --size=16m \
		--ioengine=libaio --iodepth="$_depth" --norandommap \
		--randrepeat=1 --output-format=terse --terse-version=3 \
		--number_ios=200 "$@" >"$scratch/file-fio"
	# Fields of terse output: iops and completion latency, us, of reads at 8
	# and 14 to 16, of writes at 49 and 55 to 57.
	_at=0
	case "$*" in *write*) _at=41 ;; esac
	mean=$(awk -F';' -v at=$_at '/^3;/ { printf "%d", $(16 + at) * 1000 }' \
		"$scratch/file-fio")
	rate=$(awk -F';' -v at=$_at '/^3;/ { printf "%d", $(8 + at) }' \
		"$scratch/file-fio")
}

fill() {
	dd if=/dev/zero of="/dev/$1" bs=1M count=16 oflag=direct 2>/dev/null
}

sum() {
	_sum=0
	for _key; do
		_sum=$((_sum + $(cat "$flashsim/sim/${_key}_ns")))
	done
	echo $_sum
}

# Up to what the software adds, which is the same for all.
takes() {
	at_least "$1, ns" "$mean" "$2"
	at_most "$1, ns" "$mean" $(($2 + software))
}

singles() {
	for profile in nvme sata ocz-vertex emmc; do
		flash sim 64 profile=$profile
		fill sim
		measure sim 1 --rw=randread
		takes "$profile, read" "$(sum command read channel link)"
		measure sim 1 --rw=randwrite --thinktime=20000
		case $(cat "$flashsim"/sim/buffer_pages) in
		0) takes "$profile, write" "$(sum command link channel program)" ;;
		*) takes "$profile, write" "$(sum command link)" ;;
		esac
		rmdir $flashsim/sim
	done
	flash sim 64 profile=zero
	fill sim
	measure sim 1 --rw=randread
	takes "zero, read" 0
}

# Reads on four dies at a time, where software is a small part of a read.
scales() {
	flash sim 64 profile=nvme read_ns=2000000
	fill sim
	measure sim 1 --rw=randread
	one=$rate
	measure sim 8 --rw=randread --number_ios=800
	at_least "reads a second with 8 on their way, of $one with 1" "$rate" \
		$((one * 6))
	at_most "reads a second with 8 on their way, of $one with 1" "$rate" \
		$((one * 8 + 8))
}

one_die() {
	flash sim 64 profile=nvme read_ns=2000000 dies=1 channels=1
	fill sim
	measure sim 1 --rw=randread
	one=$rate
	measure sim 8 --rw=randread
	at_most "reads a second from one die, of $one with 1" "$rate" \
		$((one * 110 / 100))
}

# A discard that blocks holds up reads, one that does not does not.
discards() {
	flash sim 64 profile=nvme discard_ns=2000000000 discard_blocks=1
	worst_beside_discard
	at_least "the worst read beside a discard that blocks, us" "$worst" 1000000
	rmdir "$flashsim/sim"
	flash sim 64 profile=nvme discard_ns=2000000000
	worst_beside_discard
	at_most "the worst read beside one that does not, us" "$worst" 100000
}

# Reads go on until after the discard; sets $worst, us.
worst_beside_discard() {
	fill sim
	fio --name=x --filename=/dev/sim --direct=1 --bs=4k --rw=randread \
		--size=8m --time_based --runtime=20 --thinktime=10000 \
		--output-format=terse --terse-version=3 >"$scratch/file-fio" &
	eventually 600 reading
	blkdiscard -f -o 8388608 -l 1048576 /dev/sim
	is "discards" "$(simulated sim host_discard_ranges)" 1
	wait $!
	worst=$(awk -F';' '/^3;/ { printf "%d", $15 }' "$scratch/file-fio")
}

reading() { [ "$(simulated sim host_pages_read)" -gt 200 ]; }

it "single commands take what the profile says" singles
it "parallel reads scale with the dies" scales
it "with one die they do not" one_die
it "a discard that blocks holds up what comes after it" discards
run_tests "$@"
