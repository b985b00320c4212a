#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# The simulated flash device: it keeps data, its settings and counters are what
# they say, each of its oracles trips when its rule is broken, each fault comes
# when it is asked for. How long things take is in flashsim-time.sh, the model in
# user space in flashsim/model_test.c.
#
# boot flashsim: --memory 768M --cpus 2 --allow "flashsim: trip: ORACLE" --timeout 1200
# debug load: --allow "flashsim: trip: ORACLE" -- --only "a write and a discard|breaks no rule|by range|trim by oracle"
# debug errors: -- --only "is removed under load"

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# set_to NAME KEY VALUE, told NAME KEY RESULT VALUE: by write(2), with its error.
set_to() { echo "$3" >"$flashsim/$1/$2"; }

told() {
	got=$(printf %s "$4" | "$call" store "$flashsim/$1/$2") || :
	is "$2 told '$4'" "$got" "$3"
}

write_pages() { dd if="$2" of="/dev/$1" bs=4k count="$3" seek="${4:-0}" oflag=direct 2>&1; }
read_pages() { dd if="/dev/$1" of="$2" bs=4k count="$3" skip="${4:-0}" iflag=direct 2>&1; }

keeps_data() {
	flash sim 16
	dd if=/dev/urandom of="$scratch/file-a" bs=4k count=2048 2>/dev/null
	write_pages sim "$scratch/file-a" 2048
	read_pages sim "$scratch/file-b" 2048
	cmp "$scratch/file-a" "$scratch/file-b"
	is "pages written" "$(simulated sim host_pages_written)" 2048
	is "pages programmed" "$(simulated sim nand_pages_programmed)" 2048
	is "pages mapped" "$(simulated sim pages_mapped)" 2048
	blkdiscard -o 4096 -l 4194304 /dev/sim
	is "pages discarded" "$(simulated sim host_pages_discarded)" 1024
	is "pages mapped then" "$(simulated sim pages_mapped)" 1024
	is "on their way" "$(xargs </sys/block/sim/inflight)" "0 0"
}

# A profile is all the numbers of a device.
profiles() {
	for profile in nvme sata ocz-vertex emmc disk zero; do
		flash sim 32 profile=$profile
		is profile "$(cat $flashsim/sim/profile)" $profile
		is "sectors" "$(cat /sys/block/sim/size)" 65536
		rotates=0 discards=1
		[ $profile != disk ] || { rotates=1 && discards=0; }
		is "$profile rotates" "$(cat /sys/block/sim/queue/rotational)" $rotates
		is "$profile discards" "$(($(cat \
			/sys/block/sim/queue/discard_max_hw_bytes) > 0))" $discards
		rmdir $flashsim/sim
	done
	[ ! -e /dev/sim ] || fail "/dev/sim is still there"
}

refusals() {
	flash sim 16
	told sim read_ns EBUSY 1000
	told sim profile EBUSY sata
	told sim size_mb EBUSY 32
	told sim age EINVAL x
	told sim age ERANGE "1001 0"
	told sim fault EINVAL "read 1 2"
	told sim fault EINVAL "erase 1 2 3"
	told sim fault ERANGE "read 2 1 3"
	told sim fault ERANGE "read 1 2 1001"
	told sim spike ERANGE "1001 1"
	told sim corrupt ERANGE 4096
	told sim counters EINVAL 1
	set_to sim power 0
	[ ! -e /dev/sim ] || fail "/dev/sim is still there"
	told sim profile EINVAL ssd
	told sim read_ns EINVAL fast
	told sim read_ns ERANGE 4000000001
	told sim dies ERANGE 0
	told sim block_pages ERANGE 1
	told sim age ENODEV "1 1"
	told sim oracle_trim ENODEV 1
	set_to sim seek_least_ns 2
	told sim power EINVAL 1
	set_to sim seek_least_ns 0
	set_to sim power 1
	[ -b /dev/sim ] || fail "no /dev/sim after all"
}

# Overwriting at random costs on a used device, not on a new one.
ages() {
	flash sim 32 spare_per_mille=100
	overwrite
	fresh=$(simulated sim write_amplification_milli)
	set_to sim age "1000 3000"
	is "counted from here on" "$(simulated sim host_pages_written)" 0
	is "pages mapped" "$(simulated sim pages_mapped)" 8192
	overwrite
	aged=$(simulated sim write_amplification_milli)
	at_most "amplification when new" "$fresh" 1100
	at_least "amplification when used" "$aged" 2500
	at_least "erases of a block" "$(simulated sim erases_mean_centi)" 100
}

overwrite() {
	fio --name=x --filename=/dev/sim --direct=1 --rw=randwrite --bs=4k \
		--size=32m --io_size=8m --randrepeat=1 --output="$scratch/file-fio"
}

wears_out() {
	flash sim 4 endurance=20 spare_per_mille=100 dies=1 block_pages=16
	dd if=/dev/urandom of="$scratch/file-a" bs=4k count=1024 2>/dev/null
	write_pages sim "$scratch/file-a" 1024
	n=0
	while write_pages sim /dev/zero 256 256 >/dev/null; do
		n=$((n + 1))
		at_most "times that a quarter was written" $n 500
	done
	is "read-only" "$(simulated sim read_only)" 1
	at_least "blocks worn out" "$(simulated sim nand_blocks_worn)" 1
	at_most "erases of a block" "$(simulated sim erases_most)" 20
	read_pages sim "$scratch/file-b" 256
	cmp -n 1048576 "$scratch/file-a" "$scratch/file-b"
}

# --- oracles: the rule is broken on purpose --------------------------------------

tripped() {
	at_least "$1 counted" "$(simulated trip "$1")" 1
	kernel_log | grep -qE "flashsim: trip: ORACLE: page [0-9]+ $2" ||
		fail "the kernel did not say '$2'"
}

# A write takes four seconds, and a discard comes meanwhile; then the other way.
overlap() {
	flash trip 16 buffer_pages=0 program_ns=4000000000 suspend_ns=0
	write_pages trip /dev/zero 1 &
	eventually 10 on_its_way
	blkdiscard -f -o 0 -l 4096 /dev/trip
	wait $!
	tripped oracle_overlap "is discarded while it is written"
	rmdir $flashsim/trip
	flash trip 16 discard_ns=4000000000 discard_blocks=0
	blkdiscard -f -o 0 -l 4096 /dev/trip &
	eventually 10 on_its_way
	write_pages trip /dev/zero 1
	wait $!
	tripped oracle_overlap "is written while it is discarded"
}

on_its_way() {
	read -r _ writes </sys/block/trip/inflight
	[ "$writes" -gt 0 ]
}

unwritten() {
	flash trip 16
	write_pages trip /dev/zero 2
	blkdiscard -o 4096 -l 4096 /dev/trip
	set_to trip oracle_read 1
	read_pages trip /dev/null 1
	is "offences" "$(simulated trip oracle_unwritten)" 0
	read_pages trip /dev/null 1 1
	is "offences after a discard" "$(simulated trip oracle_unwritten)" 1
	read_pages trip /dev/null 1 2
	is "offences on new pages" "$(simulated trip oracle_unwritten)" 2
	tripped oracle_unwritten "is read, and is not there"
}

wrong_data() {
	flash trip 16 oracle_data=1
	write_pages trip /dev/zero 4
	read_pages trip /dev/null 4
	is "offences" "$(simulated trip oracle_data)" 0
	set_to trip corrupt 2
	read_pages trip /dev/null 4
	is "offences then" "$(simulated trip oracle_data)" 1
	tripped oracle_data "is not what was written"
}

# What FlashVM and Linux do breaks no rule.
well_behaved() {
	flash sim 64 oracle_data=1
	mkswap /dev/sim >/dev/null
	for flags in 0x10000 0x30000 0x50000; do
		gives ok "$call" swapon /dev/sim $((FLASHVM | flags))
		set_to sim oracle_read 1
		serve sim
		for oracle in overlap unwritten data; do
			is "offences: $oracle" "$(simulated sim oracle_$oracle)" 0
		done
		set_to sim oracle_read 0
		off /dev/sim
	done
	at_least "pages discarded" "$(simulated sim host_pages_discarded)" 1000
}

# --- faults -------------------------------------------------------------------

fail_by_rule() {
	flash sim 16
	write_pages sim /dev/zero 64
	set_to sim fault "read 8 15 1000"
	read_pages sim /dev/null 8
	! read_pages sim /dev/null 1 8 || fail "a read that has to fail did not"
	! read_pages sim /dev/null 1 15 || fail "a read that has to fail did not"
	read_pages sim /dev/null 8 16
	set_to sim fault "write 32 32 1000"
	! write_pages sim /dev/zero 1 32 || fail "a write that has to fail did not"
	write_pages sim /dev/zero 1 33
	set_to sim fault "discard 0 4095 1000"
	! blkdiscard /dev/sim || fail "a discard that has to fail did not"
	at_least "commands that failed" "$(simulated sim host_failed)" 4
	set_to sim fault none
	read_pages sim /dev/null 64
	for n in 1 2 3 4 5 6 7 8; do
		set_to sim fault "read 8 15 $n"
	done
	told sim fault ENOSPC "read 1 1 1"
}

fail_by_chance() {
	flash sim 16
	write_pages sim /dev/zero 1024
	set_to sim fault "read 0 4095 200"
	n=0 failed=0
	while [ $n -lt 100 ]; do
		read_pages sim /dev/null 1 $n >/dev/null || failed=$((failed + 1))
		n=$((n + 1))
	done
	at_least "of 100 reads, failed" $failed 5
	at_most "of 100 reads, failed" $failed 45
}

# One command in ten fails. What could not be read ahead is read when it is wanted.
tried_again() {
	flash sim 64
	mkswap /dev/sim >/dev/null
	flash_on /dev/sim 1000
	group sim 6
	set_to sim fault "read 0 16383 100"
	rc=0
	in_group sim "$bin/worker" -m 12 -n 2 -b >"$scratch/worker" || rc=$?
	set_to sim fault none
	case $rc in 0 | 3) ;; *) fail "the worker ended with $rc" ;; esac
	at_least "pages read once more" "$(stat_of sim reads_retried)" 100
	at_least "reads that failed" "$(stat_of sim read_errors)" \
		"$(stat_of sim reads_retried)"
	at_most "pages lost, of $(stat_of sim reads_retried) tried again" \
		"$(worked lost)" $(($(stat_of sim reads_retried) / 4))
}

# A device that refuses guesses: nothing is lost, and guessing soon ends.
refuses_guesses() {
	flash sim 64
	mkswap /dev/sim >/dev/null
	flash_on /dev/sim 1000
	group sim 6
	set_to sim fault "ahead 0 16383 1000"
	in_group sim "$bin/worker" -m 12 -n 2 -b >"$scratch/worker" ||
		fail "the worker ended with $?"
	set_to sim fault none
	is "pages lost" "$(worked lost)" 0
	at_least "pages read once more" "$(stat_of sim reads_retried)" 1
	# that they cannot be read is not known yet while they are on their way
	is "pages read ahead that were used, not late" \
		"$(($(stat_of sim pages_ahead_used) - $(stat_of sim pages_ahead_late)))" 0
	at_most "guesses, of $(stat_of sim pages_demand) pages read" \
		"$(stat_of sim pages_ahead)" $(($(stat_of sim pages_demand) / 4))
}

spikes() {
	flash sim 16
	write_pages sim /dev/zero 8
	set_to sim spike "1000 300000000"
	begin=$(now)
	read_pages sim /dev/null 4
	at_least "hundredths of a second for 4 reads" $(($(now) - begin)) 115
}

removal() {
	flash sim 64
	mkswap /dev/sim >/dev/null
	# Before all that errors.sh may have left dead.
	flash_on /dev/sim 1000
	group sim 8
	start sim 2 -m 6 -n 0 -b
	set_to sim power 0
	limit sim max
	rmdir $flashsim/sim
	kill "$worker" || :
	wait "$worker" || rc=$?
	case ${rc:-0} in 0 | 3) ;; *) fail "workers ended with $rc" ;; esac
	[ ! -e /dev/sim ] || fail "/dev/sim is still there"
}

# --- as swap ------------------------------------------------------------------

# What swap frees is free at once, and nothing else is.
trims_by_oracle() {
	flash sim 64
	mkswap /dev/sim >/dev/null
	flash_on /dev/sim
	set_to sim oracle_trim 1
	group sim 8
	start sim 1 -m 14 -i
	quiet sim
	at_most "pages mapped, but for the header" "$(mapped)" "$(used /dev/sim)"
	at_least "pages mapped, but for the header" "$(mapped)" \
		$(($(used /dev/sim) - cached))
	at_least "pages mapped" "$(mapped)" 1000
	finish
	rmdir "$cgroups/test-sim"
	eventually 10 emptied
	is "discards" "$(simulated sim host_pages_discarded)" 0
	set_to sim oracle_trim 0
}

# Slots that a CPU keeps for later are in use, and nothing is in them.
cached=$((2 * 64 * 2))
mapped() { echo $(($(simulated sim pages_mapped) - 1)); }
emptied() { at_most "pages mapped" "$(mapped)" $cached; }

serves() {
	for profile in nvme sata emmc zero; do
		flash sim 64 profile=$profile
		mkswap /dev/sim >/dev/null
		flash_on /dev/sim
		kernel_log | tail -n 3 | grep -q asynchronous ||
			fail "$profile does not look like a device that takes time"
		serve sim
		at_least "pages that $profile was given" \
			"$(simulated sim host_pages_written)" $((served * 90))
		off /dev/sim
		rmdir $flashsim/sim
	done
}

it "keeps data, and counts pages" keeps_data
it "profiles: six devices" profiles
it "settings: what makes no sense is refused, and nothing changes" refusals
it "a used device pays for overwriting, a new one does not" ages
it "worn out: writes fail, what is there can be read" wears_out
it "oracle: a write and a discard of one page at a time" overlap
it "oracle: a read of what is not there" unwritten
it "oracle: wrong data" wrong_data
it "oracles: FlashVM breaks no rule, with any kind of discard" well_behaved
it "faults: by range, for reads, writes and discards" fail_by_rule
it "faults: by chance" fail_by_chance
it "faults: what fails is read once more" tried_again
it "faults: a device that refuses guesses gets few" refuses_guesses
it "faults: spikes of latency" spikes
it "trim by oracle: what swap frees is free at once" trims_by_oracle
it "FlashVM serves on the profiles" serves
it "the device is removed under load" removal
run_tests "$@"
