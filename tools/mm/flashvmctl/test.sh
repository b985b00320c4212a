#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of flashvmctl in TAP: ./test.sh [PROGRAM [GROUP...]]
#
# They need neither root nor FlashVM: /sys, /proc and /dev are a made-up tree,
# and swapon(2) and swapoff(2) those of fakeswap.c; the last group calls the
# real ones, as a user who may not. RUN= is a program to run it under, for
# example RUN='valgrind -q --leak-check=full --error-exitcode=99'.

set -u
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
export ASAN_OPTIONS=verify_asan_link_order=0

here=$(cd "$(dirname "$0")" && pwd)
program=${1:-$here/../../../build/bin/flashvmctl}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# The tests of permissions run as nobody.
chmod 755 "$tmp"
root=$tmp/root
uuid=11111111-2222-3333-4444-555555555555
tests=0 failures=0 rc=0 out='' err=''

read -ra run_under <<<"${RUN:-}"

ok()
{
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

not_ok()
{
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $1"
	printf 'exit %s\nstdout:\n%s\nstderr:\n%s\n' "$rc" "$out" "$err" |
		sed 's/^/# /'
}

# Run with the preloaded system calls; sets rc, out, err.
ctl()
{
	: >"$tmp/log"
	FAKESWAP_LOG=$tmp/log LD_PRELOAD=$tmp/fakeswap.so \
		"${run_under[@]}" "$tmp/flashvmctl" --sysroot "$root" "$@" \
		>"$tmp/out" 2>"$tmp/err"
	rc=$?
	out=$(<"$tmp/out")
	err=$(<"$tmp/err")
}

# expect NAME RC GLOB: the exit code and all of stderr
expect()
{
	# shellcheck disable=SC2053 # the right side is a pattern
	if [[ $rc == "$2" && $err == $3 ]]; then
		ok "$1"
	else
		echo "# expected exit $2, stderr: $3"
		not_ok "$1"
	fi
}

# One line on stderr, starting with the name of the program
expect_line()
{
	if [[ $(wc -l <"$tmp/err") != 1 ]]; then
		not_ok "$1 (one line)"
	else
		expect "$1" "$2" "flashvmctl: $3"
	fi
}

# expect_calls NAME TEXT: the system calls, in order
expect_calls()
{
	if [[ $(<"$tmp/log") == "$2" ]]; then
		ok "$1"
	else
		echo "# calls: $(<"$tmp/log")"
		not_ok "$1"
	fi
}

# expect_out NAME GLOB
expect_out()
{
	# shellcheck disable=SC2053
	if [[ $rc == 0 && $out == $2 ]]; then
		ok "$1"
	else
		echo "# expected stdout: $2"
		not_ok "$1"
	fi
}

# json NAME EXPRESSION: of d, the parsed document
json()
{
	if python3 -m json.tool "$tmp/out" >"$tmp/pretty" 2>&1 &&
	   python3 -c "import json, sys
d = json.load(open(sys.argv[1]))['flashvm']
sys.exit(not ($2))" "$tmp/out"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}

put()
{
	mkdir -p "$(dirname "$root/$1")"
	printf '%s\n' "${2-}" >"$root/$1"
}

# block NAME MAJ:MIN [DISK]: a block device; its node has a swap signature
block()
{
	local dir=sys/devices/${3:+$3/}$1

	put "$dir/dev" "$2"
	mkdir -p "$root/sys/class/block" "$root/dev"
	ln -sfn "../../${dir#sys/}" "$root/sys/class/block/$1"
	if [[ ${3-} ]]; then
		put "$dir/partition" 1
	else
		put "$dir/queue/rotational" 0
		put "$dir/queue/zoned" none
	fi
	truncate -s 1M "$root/dev/$1"
	mkswap -q -U "$uuid" -L "my $1" "$root/dev/$1" 2>/dev/null
	chmod 644 "$root/dev/$1"
}

histogram()
{
	local i low=0

	for ((i = 0; i < 24; i++)); do
		echo "$low ${1%% *}"
		case $1 in
		*' '*) set -- "${1#* }" ;;
		*) set -- 0 ;;
		esac
		low=$((low ? low * 2 : 1))
	done
}

# flashvm NAME: active as a FlashVM device, with figures
flashvm()
{
	local dir=sys/kernel/mm/flashvm/$1 pair

	put "$dir/prefetch/enabled" 1
	put "$dir/prefetch/window" 8
	put "$dir/prefetch/stride_blocks" 2
	put "$dir/prefetch/eviction_window" 64
	put "$dir/prefetch/accuracy_floor" 20
	put "$dir/prefetch/in_flight" 256
	put "$dir/prefetch/room" 32
	put "$dir/prefetch/columns" 4
	for pair in slots_allocated=5000 slots_freed=4000 pages_demand=1000 \
		pages_ahead=800 pages_ahead_used=700 pages_ahead_dropped=3 \
		pages_ahead_late=30 pages_ahead_wasted=9 \
		window_issued=700 window_used=610 window_late=20 \
		eviction_issued=10 eviction_used=5 eviction_late=1 stride_late=2 \
		stride_issued=90 stride_used=80 stride_wasted=7 \
		pages_written=4096 bytes_read=7372800 bytes_written=16777216 \
		read_errors=1 write_errors=2; do
		put "$dir/stats/${pair%=*}" "${pair#*=}"
	done
	# 64 to 128 us: 60, 128 to 256 us: 38, 8192 to 16384 us: 2
	put "$dir/stats/read_latency_us" \
		"$(histogram '0 0 0 0 0 0 0 60 38 0 0 0 0 0 2')"
	put "$dir/stats/write_latency_us" "$(histogram 0)"
}

# A machine: nvme0n1 with three partitions, dm-0 on one of them, a RAM disk
make_root()
{
	rm -rf "$root"
	put proc/cmdline 'root=/dev/x ro quiet'
	put proc/self/mountinfo \
		'36 35 259:1 / /data\040one rw - ext4 /dev/nvme0n1p1 rw'
	put proc/swaps 'Filename Type Size Used Priority'
	block nvme0n1 259:0
	block nvme0n1p1 259:1 nvme0n1
	block nvme0n1p2 259:2 nvme0n1
	block nvme0n1p3 259:3 nvme0n1
	block dm-0 253:0
	put sys/class/block/dm-0/dm/name vg-swap
	mkdir -p "$root/dev/mapper" "$root/dev/disk/by-uuid" \
		"$root/dev/disk/by-label" "$root/dev/disk/by-partlabel"
	ln -s ../dm-0 "$root/dev/mapper/vg-swap"
	ln -s ../../nvme0n1p3 "$root/dev/disk/by-uuid/$uuid"
	ln -s ../../nvme0n1p3 "$root/dev/disk/by-label/two\\x20words"
	ln -s ../../nvme0n1p2 "$root/dev/disk/by-partlabel/swap"
	put sys/kernel/mm/flashvm/auto ''
	put sys/kernel/mm/flashvm/streams 0
}

swaps()
{
	printf '%s\t%s\t%s\t%s\t%s\n' \
		Filename Type Size Used Priority "$@" >"$root/proc/swaps"
}

two_devices()
{
	flashvm nvme0n1p3
	flashvm dm-0
	put sys/kernel/mm/flashvm/dm-0/stats/pages_ahead 0
	put sys/kernel/mm/flashvm/dm-0/stats/pages_ahead_used 0
	put sys/kernel/mm/flashvm/dm-0/stats/read_latency_us "$(histogram 0)"
	swaps /dev/nvme0n1p3 partition 16777212 2621440 100 \
		/dev/dm-0 partition 1048572 0 -2 \
		'/swap\040file' file 4092 12 -3
}

test_usage()
{
	ctl --help
	expect_out '--help lists the commands' '*Usage:*on *off *status *'
	ctl --version
	expect_out '--version' 'flashvmctl [0-9]*libsmartcols*'
	for command in on off status; do
		ctl "$command" --help
		expect_out "$command --help" "Usage: flashvmctl $command *"
	done
	ctl
	expect 'no command' 1 "*no command given*Try 'flashvmctl --help'."
	ctl frobnicate
	expect 'unknown command' 1 "*unknown command 'frobnicate'*Try 'fl*"
	ctl --frobnicate
	expect 'unknown option' 1 "flashvmctl: unrecognized *Try 'fl*"
	ctl on --frobnicate
	expect 'on: unknown option' 1 "flashvmctl: unr*Try 'flashvmctl on --h*"
	ctl off --frobnicate
	expect 'off: unknown option' 1 "*Try 'flashvmctl off --help'."
	ctl status --frobnicate
	expect 'status: unknown option' 1 "*Try 'flashvmctl status --help'."
	ctl on
	expect 'on: no device' 1 '*no device given*Try*'
	ctl off
	expect 'off: no device' 1 '*no device given*Try*'
	ctl off --all nvme0n1p3
	expect 'off: --all and a device' 1 '*--all takes neither*'
	for bad in -1 32768 x 1x '' 99999999999999999999; do
		ctl on -p "$bad" nvme0n1p3
		expect "on: priority '$bad'" 1 "*bad priority '$bad'*0 to 32767*"
	done
	ctl on --discard=never nvme0n1p3
	expect 'on: unknown discard policy' 1 "*'never': it is 'once' or *"
	ctl status -o DEVICE,nonsense
	expect 'status: unknown column' 1 "*unknown column 'nonsense'*"
	ctl status -o ''
	expect 'status: empty list of columns' 1 "*unknown column ''*"
	ctl status -Jr
	expect 'status: --json and --raw' 1 '*exclude each other*'
	ctl status -vJ
	expect 'status: --verbose and --json' 1 '*--verbose has a form of*'
	expect_calls 'wrong usage switches nothing on or off' ''
	"${run_under[@]}" "$tmp/flashvmctl" --help >/dev/full 2>"$tmp/err"
	rc=$? err=$(<"$tmp/err") out=
	expect_line 'a full disk is an error' 1 'write error*'
}

test_on()
{
	make_root
	ctl on /dev/nvme0n1p3
	expect 'on by path is silent' 0 ''
	expect_calls 'on sets the FlashVM flag' 'swapon nvme0n1p3 0x80000'
	ctl on -p 100 nvme0n1p3
	expect_calls 'on -p, kernel name' 'swapon nvme0n1p3 0x88064'
	ctl on --priority=0 "UUID=$uuid"
	expect_calls 'on by UUID, priority 0' 'swapon nvme0n1p3 0x88000'
	ctl on "UUID=\"$uuid\""
	expect_calls 'on by a quoted UUID' 'swapon nvme0n1p3 0x80000'
	ctl on 'LABEL=two words'
	expect_calls 'on by LABEL' 'swapon nvme0n1p3 0x80000'
	ctl on PARTLABEL=swap
	expect_calls 'on by PARTLABEL' 'swapon nvme0n1p2 0x80000'
	ctl on /dev/mapper/vg-swap
	expect_calls 'on by a link' 'swapon dm-0 0x80000'
	ctl on -d nvme0n1p3
	expect_calls 'on -d' 'swapon nvme0n1p3 0x90000'
	ctl on -donce nvme0n1p3
	expect_calls 'on -donce' 'swapon nvme0n1p3 0xb0000'
	ctl on --discard=pages -p 5 nvme0n1p3
	expect_calls 'on --discard=pages -p 5' 'swapon nvme0n1p3 0xd8005'
	ctl on nvme0n1p3 nvme0n1p2
	expect_calls 'on of two devices' \
		$'swapon nvme0n1p3 0x80000\nswapon nvme0n1p2 0x80000'
	ctl on nvme0n1p3 nonsense dm-0
	expect 'on of good and bad ones' 64 '*nonsense: no such device'
	expect_calls 'on goes on behind a bad one' \
		$'swapon nvme0n1p3 0x80000\nswapon dm-0 0x80000'
}

test_bad_devices()
{
	make_root
	ctl on nonsense
	expect_line 'no such device' 1 'nonsense: no such device'
	ctl on ''
	expect_line 'an empty name' 1 '*no such device'
	ctl on /dev/nvme0n1p3/x
	expect_line 'a path through a file' 1 '*no such device'
	ctl on UUID=99999999-0000-0000-0000-000000000000
	expect_line 'no such UUID' 1 '*no device has this UUID: "blkid"*'
	ctl on PARTUUID=no
	expect_line 'no such PARTUUID' 1 '*no device has this PARTUUID*'
	ctl on /dev
	expect_line 'a directory' 1 '/dev: not a block device*'
	mkfifo "$root/dev/pipe"
	ctl on /dev/pipe
	expect_line 'a pipe' 1 '/dev/pipe: not a block device*'
	cp "$root/dev/nvme0n1p3" "$root/swapfile"
	ctl on /swapfile
	expect_line 'a swap file' 1 '/swapfile: a file: FlashVM needs a whole *'
	truncate -s 0 "$root/dev/nvme0n1p2"
	ctl on nvme0n1p2
	expect_line 'an empty device' 1 '*no swap signature: run mkswap on it*'
	truncate -s 1M "$root/dev/nvme0n1p2"
	ctl on nvme0n1p2
	expect_line 'no signature' 1 '*no swap signature: run mkswap on it *'
	mkfs_ext
	ctl on nvme0n1p2
	expect_line 'a file system' 1 '*holds ext2, not swap: run mkswap*'
	cp "$root/dev/nvme0n1p2" "$root/dev/nvme0n1p1"
	ctl on nvme0n1p1
	expect_line 'a mounted file system' 1 '*ext2 and is mounted on /data*'
	block nvme0n1p2 259:2 nvme0n1
	poke nvme0n1p2 4086 '\0\0\0\0\0\0\0\0\0\0'
	ctl on nvme0n1p2
	expect_line 'a wiped signature' 1 '*no swap signature*'
	poke nvme0n1p2 4086 'S1SUSPEND\0'
	ctl on nvme0n1p2
	expect_line 'a hibernated system' 1 '*holds a hibernated system: resume*'
	truncate -s 4M "$root/dev/nvme0n1p2"
	mkswap -q -p 65536 "$root/dev/nvme0n1p2" 2>/dev/null
	ctl on nvme0n1p2
	expect_line 'another page size' 1 '*for another page size than*mkswap*'
	expect_calls 'none of them reaches swapon(2)' ''
	ctl on --fallback nonsense nvme0n1p1
	expect '--fallback does not swap on a file system' 1 '*no such*ext2*'
	expect_calls '--fallback does not call swapon(2) then' ''
}

# The superblock of an ext2 file system is its magic for libblkid.
mkfs_ext()
{
	poke nvme0n1p2 1080 '\x53\xef'
	poke nvme0n1p2 1100 '\x01'
}

# poke DEVICE OFFSET BYTES
poke()
{
	printf '%b' "$3" | dd of="$root/dev/$1" bs=1 seek="$2" conv=notrunc \
		status=none
}

test_errors()
{
	make_root
	export FAKESWAP_FLASHVM=22 # EINVAL
	ctl on nvme0n1p3
	expect_line 'refused: points to the kernel log' 1 \
		'nvme0n1p3: refused by the kernel: "dmesg *'
	put sys/devices/nvme0n1/queue/rotational 1
	ctl on nvme0n1p3
	expect_line 'rotational: names the switch of the whole disk' 1 \
		'*echo 0 > /sys/block/nvme0n1/queue/rotational*'
	ctl on --fallback -p 7 nvme0n1p3
	expect_line 'rotational: --fallback says so' 0 \
		'nvme0n1p3: ordinary swap, not FlashVM: says that it is a rot*'
	expect_calls 'rotational: --fallback swaps on with the priority' \
		$'swapon nvme0n1p3 0x88007\nswapon nvme0n1p3 0x8007'
	put sys/devices/nvme0n1/queue/zoned host-managed
	ctl on nvme0n1p3
	expect_line 'zoned' 1 '*a zoned device, on which Linux cannot swap'
	FAKESWAP_STOCK=22 ctl on --fallback nvme0n1p3
	expect_line 'zoned: --fallback fails too' 1 '*zoned*not accepted as or*'
	rm "$root"/sys/devices/nvme0n1/queue/*
	ctl on nvme0n1p3
	expect_line 'sysfs without a queue' 1 '*refused by the kernel*'

	cp "$root/dev/nvme0n1p3" "$root/swapfile"
	chmod 600 "$root/swapfile"
	ctl on --fallback -p 7 /swapfile
	expect_line 'a swap file: --fallback' 0 \
		'/swapfile: ordinary swap, not FlashVM: a file*'
	chmod 644 "$root/swapfile"
	ctl on --fallback /swapfile
	expect 'a swap file that everybody reads' 0 '*insecure permissions 0644*'
	poke nvme0n1p3 4086 'S1SUSPEND\0'
	ctl on --fallback nvme0n1p3
	expect 'a hibernated system: --fallback' 0 '*held a hib*ordinary swap*'
	FAKESWAP_FLASHVM=0 ctl on nvme0n1p3
	expect 'the signature is that of swap again' 0 ''

	FAKESWAP_FLASHVM=1 FAKESWAP_STOCK=1 ctl on nvme0n1p3
	expect_line 'EPERM' 1 'nvme0n1p3: permission denied*'
	FAKESWAP_FLASHVM=1 FAKESWAP_STOCK=1 ctl on --fallback nvme0n1p3
	expect_calls 'EPERM: --fallback does not try again' \
		'swapon nvme0n1p3 0x80000'
	FAKESWAP_FLASHVM=12 ctl on nvme0n1p3
	expect_line 'ENOMEM' 1 '*not enough memory*'
	FAKESWAP_FLASHVM=12 ctl on --fallback nvme0n1p3
	expect_line 'ENOMEM: --fallback' 0 '*ordinary swap*not enough memory*'
	FAKESWAP_FLASHVM=5 FAKESWAP_STOCK=5 ctl on --fallback nvme0n1p3
	expect_line 'EIO twice is said once' 1 'nvme0n1p3: the device does not *'
	FAKESWAP_FLASHVM=17 ctl on nvme0n1p3
	expect_line 'EEXIST' 1 '*a removed device of this name*'
	FAKESWAP_FLASHVM=28 ctl on nvme0n1p3
	expect_line 'another error' 1 'nvme0n1p3: No space left on device'

	export FAKESWAP_FLASHVM=16 # EBUSY
	ctl on --fallback nvme0n1p3
	expect_line 'EBUSY' 1 '*in use by the kernel or by another program'
	ctl on nvme0n1p1
	expect_line 'EBUSY: mounted' 1 '*in use: mounted on /data*'
	mkdir -p "$root/sys/class/block/nvme0n1p2/holders/dm-0"
	ctl on nvme0n1p2
	expect_line 'EBUSY: a device below another' 1 '*in use by dm-0, which*'
	unset FAKESWAP_FLASHVM
	flashvm nvme0n1p3
	swaps /dev/nvme0n1p3 partition 1020 0 -2 /dev/dm-0 partition 1020 0 -3
	ctl on nvme0n1p3
	expect_line 'already a FlashVM device' 1 '*already active as a FlashVM*'
	ctl on /dev/mapper/vg-swap
	expect_line 'already ordinary swap' 1 '*already active as ordinary*'
	expect_calls 'an active area does not reach swapon(2)' ''
}

test_kernels()
{
	make_root
	rm -r "$root/sys/kernel/mm/flashvm"
	export FAKESWAP_FLASHVM=22
	ctl on nvme0n1p3 dm-0
	expect_line 'a kernel without FlashVM' 1 \
		'this kernel has no FlashVM: boot a FlashVM kernel or use --fa*'
	expect_calls 'nothing is tried' ''
	ctl on --fallback -p 100 nvme0n1p3
	expect_line 'a kernel without FlashVM: --fallback' 0 \
		'nvme0n1p3: ordinary swap, not FlashVM: this kernel has no Fl*'
	expect_calls 'a kernel without FlashVM: --fallback swaps on' \
		$'swapon nvme0n1p3 0x88064\nswapon nvme0n1p3 0x8064'
	ctl status
	expect_line 'status: a kernel without FlashVM' 0 \
		'no FlashVM device is active: this kernel has no FlashVM'
	ctl status nvme0n1p3
	expect_line 'status of a device that is none' 1 \
		'nvme0n1p3: not an active FlashVM device'
	ctl off nvme0n1p3
	expect_line 'off: a kernel without FlashVM' 1 'nvme0n1p3: not active'
	put proc/cmdline 'ro flashvm=off quiet'
	ctl on nvme0n1p3
	expect_line 'a kernel with flashvm=off' 1 '*flashvm=off*boot without it*'
	ctl on --fallback nvme0n1p3
	expect_line 'a kernel with flashvm=off: --fallback' 0 '*ordinary swap*off*'
	rm -r "$root/sys/kernel" "$root/proc"
	ctl on nvme0n1p3
	expect_line 'no /sys/kernel, no /proc' 1 '*and /sys is not mounted*'
	rm -r "$root/sys"
	ctl on --fallback /dev/nvme0n1p3
	expect 'no /sys: --fallback' 0 '*ordinary swap*'
	unset FAKESWAP_FLASHVM
	for command in 'status' 'status -v' 'status -J' 'off -a'; do
		# shellcheck disable=SC2086
		ctl $command
		expect_line "no /sys, no /proc: $command" 0 'no FlashVM device*'
	done
}

test_off()
{
	make_root
	two_devices
	ctl off /dev/mapper/vg-swap
	expect 'off is silent' 0 ''
	expect_calls 'off by a link' 'swapoff dm-0 0x0'
	ctl off "UUID=$uuid"
	expect_calls 'off by UUID' 'swapoff nvme0n1p3 0x0'
	swaps /dev/nvme0n1p3 partition 1020 0 -2 /dev/dm-0 partition 1020 0 -3 \
		/dev/nvme0n1p2 partition 1020 0 -4
	ctl off --all
	expect_calls 'off --all: FlashVM devices only' \
		$'swapoff dm-0 0x0\nswapoff nvme0n1p3 0x0'
	ctl off nvme0n1p2
	expect_line 'off: ordinary swap is refused' 1 '*ordinary swap, not a Fl*'
	expect_calls 'off: ordinary swap is left alone' ''
	ctl off --fallback nvme0n1p2
	expect_calls 'off --fallback: ordinary swap too' 'swapoff nvme0n1p2 0x0'
	ctl off nvme0n1p1
	expect_line 'off: not active' 1 'nvme0n1p1: not active'
	ctl off nvme0n1p1 nvme0n1p3
	expect_line 'off: good and bad ones' 64 'nvme0n1p1: not active'
	ctl off nonsense
	expect_line 'off: no such device' 1 'nonsense: no such device'
	FAKESWAP_OFF=1 ctl off nvme0n1p3
	expect_line 'off: EPERM' 1 'nvme0n1p3: permission denied*'
	FAKESWAP_OFF=12 ctl off nvme0n1p3
	expect_line 'off: ENOMEM' 1 '*not enough memory to take its pages back*'
	FAKESWAP_OFF=22 ctl off nvme0n1p3
	expect_line 'off: EINVAL' 1 '*no longer active*'
	FAKESWAP_OFF=4 ctl off nvme0n1p3
	expect_line 'off: EINTR' 1 '*interrupted: still active with 0B in use'
	FAKESWAP_OFF=2 ctl off nvme0n1p3
	expect_line 'off: ENOENT' 1 '*the device has gone and cannot be opened*'
	flashvm nullb0
	ctl off nullb0
	expect_line 'off: a device that was removed' 1 'nullb0: the device has *'
	rm -r "$root/sys/kernel/mm/flashvm"
	ctl off -a
	expect_line 'off --all without a device' 0 'no FlashVM device is active'
}

# typed INPUT: type it once the progress line is there, or is not to come
typed()
{
	local i

	for ((i = 0; i < 600; i++)); do
		grep -q 'left' "$tmp/out" && break
		sleep 0.1
	done
	printf '%b' "$1"
	sleep 2
}

# tty SECONDS INPUT ARG...: run on a terminal, where swapoff takes SECONDS
tty()
{
	local seconds=$1 input=$2

	shift 2
	: >"$tmp/log"
	: >"$tmp/out"
	typed "$input" |
		FAKESWAP_LOG=$tmp/log FAKESWAP_SLEEP=$seconds TERM=dumb \
		env --default-signal=INT \
		script -qec "LD_PRELOAD=$tmp/fakeswap.so $tmp/flashvmctl \
			--sysroot $root $*" /dev/null >"$tmp/out" 2>&1
	rc=$? out=$(<"$tmp/out") err=$out
}

test_slow_off()
{
	make_root
	two_devices
	FAKESWAP_SLEEP=3 ctl off nvme0n1p3
	expect 'a slow swapoff without a terminal is silent' 0 ''
	tty 4 '' off nvme0n1p3
	expect 'a slow swapoff shows progress on a terminal' 0 \
		$'\r''nvme0n1p3: 2.5G left*'
	expect 'and clears the line at its end' 0 $'*\r\e\\[K'
	tty 60 '\003' off nvme0n1p3
	expect 'Ctrl-C ends it by the signal, and says what is left' 130 \
		'*flashvmctl: nvme0n1p3: interrupted: still active with 2.5G*'

	: >"$tmp/log"
	FAKESWAP_SLEEP=30 FAKESWAP_LOG=$tmp/log LD_PRELOAD=$tmp/fakeswap.so \
		"$tmp/flashvmctl" --sysroot "$root" off nvme0n1p3 dm-0 \
		2>"$tmp/err" &
	sleep 1
	kill -TERM $!
	wait $! 2>/dev/null
	rc=$? err=$(<"$tmp/err")
	expect_line 'SIGTERM stops it' 143 '*interrupted: still active with 2.5G*'
	expect_calls 'and the devices behind are left alone' \
		'swapoff nvme0n1p3 0x0'
}

test_status()
{
	make_root
	ctl status
	expect_line 'status without a device' 0 'no FlashVM device is active'
	expect_out 'status without a device prints no table' ''
	ctl status --json
	json 'status --json without a device: an empty array' 'd == []'

	two_devices
	ctl status
	expect_out 'status: headings' \
		'DEVICE *SIZE *USED *PRIO *DEMAND *AHEAD *USED% *COVER% *READ-P99*'
	expect_out 'status: the line of a device' '*
/dev/nvme0n1p3 *16G *2.5G *100 *1000 *800 *87.5 *3 *16M *3 *128us *16.4ms'
	expect_out 'status: dm by its name, empty cells' '*
/dev/mapper/vg-swap *1G *0B *-2 *1000 *0  *3 *16M *'
	ctl status -n dm-0
	expect_out 'status of one device, no headings' '/dev/mapper/vg-swap*'
	ctl status -r -o KNAME,UUID,LABEL,AHEAD,USED%,READ-P50 "UUID=$uuid"
	expect_out 'status --raw, by UUID' \
		"KNAME UUID LABEL AHEAD USED% READ-P50
nvme0n1p3 $uuid my\\\\x20nvme0n1p3 800 87.5 128us"
	ctl status -bnr -o SIZE,USED,WRITTEN,READ-P50,READ-P99 nvme0n1p3
	expect_out 'status --bytes' '17179865088 2684354560 16777216 128 16384'
	ctl status -nr -o +kname,Read nvme0n1p3
	expect_out 'status -o +LIST, in any case' '/dev/nvme0n1p3 * nvme0n1p3 7M'
	ctl status -Jb
	json 'status --json --bytes: numbers' \
		"[x['size'] for x in d] == [1073737728, 17179865088] and \
		d[1]['read-p99'] == 16384 and d[1]['used%'] == 87.5 and \
		d[1]['errors'] == 3 and d[0]['prio'] == -2"
	json 'status --json: null for no value' \
		"d[0]['used%'] is None and d[0]['read-p50'] is None"
	ctl status -J -o \
		"$(ctl status --help
		   awk 'p { printf "%s%s", s, $1; s = "," }
			/^Columns:/ { p = 1 }' "$tmp/out")" nvme0n1p3
	json 'status --json with every column' \
		"len(d) == 1 and len(d[0]) == 42 and \
		None not in [d[0][k] for k in d[0] if 'write-p' not in k]"
	ctl status nvme0n1p3 nvme0n1p2
	expect_line 'status of good and bad ones' 64 'nvme0n1p2: not an active*'
	ctl status UUID=none
	expect_line 'status: no such UUID' 1 '*no device has this UUID*'
}

test_details()
{
	make_root
	two_devices
	put sys/kernel/mm/flashvm/nvme0n1p3/zero/enabled 1
	ctl status -v nvme0n1p3
	expect_out 'status -v: swap area' \
		"/dev/nvme0n1p3*UUID *$uuid*size *16G*used *2.5G (15.6 %)*"
	expect_out 'status -v: tunables, known or not' \
		'*prefetch*enabled *1*window *8*zero*enabled *1*stats*'
	expect_out 'status -v: histogram' \
		'*read latency (100 requests; p50 < 128us; p90 < 256us; p99 < 16.4ms)
*64us to 128us *60 |########################################
*128us to 256us *38 |#########################
*8192us to 16.4ms *2 |#
write latency (0 requests)'
	put sys/kernel/mm/flashvm/nvme0n1p3/stats/read_latency_us \
		"$(histogram '0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5')"
	ctl status -rn -o READ-P50 nvme0n1p3
	expect_out 'status: the open last bucket' '>4.2s'
	put sys/kernel/mm/flashvm/nvme0n1p3/stats/read_latency_us \
		"$(histogram '1 1 1 0 0 0 0 0 0 9000 0')"
	ctl status -v nvme0n1p3
	expect_out 'status -v: a single slow request has a bar' \
		'*0us to 1us *1 |#
*256us to 512us *9000 |########################################*'
	put sys/kernel/mm/flashvm/nvme0n1p3/stats/read_latency_us \
		"$(histogram '1 1 1')"
	ctl status -rn -o READ-P50,READ-P99 nvme0n1p3
	expect_out 'status: percentiles of three requests' '2us 4us'
	ctl status -v
	expect_out 'status -v of all' '/dev/mapper/vg-swap*/dev/nvme0n1p3*'
}

# Whatever a kernel has or lacks, there is a table and no crash.
test_damage()
{
	local file bad

	make_root
	two_devices
	for file in "$root"/sys/kernel/mm/flashvm/nvme0n1p3/stats/*; do
		[[ -e $file ]] || continue
		for bad in '' x -1 99999999999999999999999 $'1 2 3\n4' '0 x'; do
			printf '%s' "$bad" >"$file"
			ctl status
			((rc == 0)) || break 2
			ctl status -v
			((rc == 0)) || break 2
		done
		rm "$file"
	done
	expect_out 'status: spoilt and missing files' '*'
	ctl status -J -o ERRORS,DEMAND,USED%,READ-P50 nvme0n1p3
	json 'status: missing files are null' 'set(d[0].values()) == {None}'
	put sys/kernel/mm/flashvm/nvme0n1p3/stats/pages_demand \
		99999999999999999999
	ctl status -J -o DEMAND nvme0n1p3
	json 'status: a number that does not fit is null' \
		"d[0]['demand'] is None"
	swaps /dev/nvme0n1p3 partition 1310720 1048575 5
	ctl status -nr -o SIZE,USED nvme0n1p3
	expect_out 'status: sizes are rounded' '1.3G 1G'
	printf 'x\n/dev/dm-0\n/dev/dm-0 p 1\n\n\\\n/dev/x\\04 p 1 2 3\n' \
		>"$root/proc/swaps"
	ctl status
	expect_out 'status: a spoilt /proc/swaps' '*/dev/nvme0n1p3*'
	swaps '/odd\040place/nvme0n1p3' partition 2048 1024 5
	ctl status -nr -o SIZE,USED,PRIO nvme0n1p3
	expect_out 'status: a path in /proc/swaps that leads nowhere' '2M 1M 5'
	swaps '/dev/nvme0n1p3\040(deleted)' partition 2048 1024 5
	ctl status -nr -o SIZE nvme0n1p3
	expect_out 'status: a node that was deleted' '2M'
	swaps '/dev/nvme0n1p30' partition 2048 1024 5
	ctl status -nr -o KNAME,SIZE nvme0n1p3
	expect_out 'status: a name that only starts alike' 'nvme0n1p3 '
	rm "$root/dev/mapper/vg-swap"
	ctl status -nr -o DEVICE dm-0
	expect_out 'status: dm without its node in /dev/mapper' '/dev/dm-0'
	rm -r "$root/sys/class"
	ctl status
	expect_out 'status: no /sys/class' '*/dev/nvme0n1p3*'
}

# conf LINE...: the content of /etc/flashvm.conf
conf()
{
	mkdir -p "$root/etc"
	printf '%s\n' "$@" >"$root/etc/flashvm.conf"
}

# expect_file NAME FILE TEXT: what a file of the made-up machine holds
expect_file()
{
	if [[ $(<"$root/$2") == "$3" ]]; then
		ok "$1"
	else
		echo "# $2: expected '$3', got '$(<"$root/$2")'"
		not_ok "$1"
	fi
}

test_apply()
{
	local dir=sys/kernel/mm/flashvm window other check

	make_root
	window=$dir/nvme0n1p3/prefetch/window
	other=$dir/dm-0/prefetch/window
	ctl apply
	expect_line 'apply without a file' 1 '/etc/flashvm.conf: no such file'
	conf '# nothing' '' '[*]' ' # but comments'
	ctl apply
	expect 'apply without a device' 0 ''

	two_devices
	conf '[*]' 'prefetch/window = 32'
	ctl apply
	expect 'apply' 0 ''
	expect_file 'apply: one device' "$window" 32
	expect_file 'apply: the other device' "$other" 32
	conf '[*]' 'prefetch/window=1' "  [ UUID=$uuid ] # mine" \
		'	prefetch/window	=	2	# pages' \
		'[/dev/mapper/vg-swap]' 'prefetch/window = 3' \
		'prefetch/enabled = 0' '[LABEL=absent]' 'prefetch/window = 4' \
		'[UUID=no-such]' 'stats/nonsense = 5'
	ctl apply
	expect 'apply: sections, comments, devices that are absent' 0 ''
	expect_file 'apply: a section by UUID' "$window" 2
	expect_file 'apply: a section by path' "$other" 3
	expect_file 'apply: a second tunable' "$dir/dm-0/prefetch/enabled" 0
	conf '[nvme0n1p3]' 'prefetch/window = 5' '[*]' 'prefetch/window = 6' \
		'[dm-0]' 'prefetch/window = 7' 'prefetch/window = 8'
	ctl apply dm-0
	expect_file 'apply DEVICE: the last line counts' "$other" 8
	expect_file 'apply DEVICE: and no other device' "$window" 2
	ctl apply "UUID=$uuid"
	expect_file 'apply DEVICE: also if it is that of all' "$window" 6
	cp "$root/etc/flashvm.conf" "$tmp/other.conf"
	conf 'broken'
	ctl apply --file "${tmp#"$root"}/other.conf"
	expect_line 'apply --file: a file that is not there' 1 '*no such file'
	ctl on nvme0n1p2
	expect_line 'on: a broken file is named, the device is on' 0 \
		"/etc/flashvm.conf:1: 'broken' is neither *"
	conf '[nvme0n1p2]' 'prefetch/window = 11'
	flashvm nvme0n1p2
	ctl on nvme0n1p2
	expect 'on: with tunables' 0 ''
	expect_file 'on: they are applied' "$dir/nvme0n1p2/prefetch/window" 11
	FAKESWAP_FLASHVM=22 ctl on --fallback nvme0n1p2
	expect_line 'on --fallback: no tunables for ordinary swap' 0 '*ordinary*'
	rm -r "${root:?}/$dir/nvme0n1p2"

	for check in '' --check; do
		put "$window" 9
		put "$dir/nvme0n1p3/prefetch/enabled" 1
		conf '[*]' 'prefetch/enabled = 0' 'prefetch/windw = 1'
		# shellcheck disable=SC2086
		ctl apply $check nvme0n1p3
		expect_line "apply $check: an unknown tunable" 1 \
			'/etc/flashvm.conf:3: nvme0n1p3 has no tunable prefetch/windw'
		expect_file "apply $check: and nothing was changed" \
			"$dir/nvme0n1p3/prefetch/enabled" 1
		chmod 444 "$root/$dir/nvme0n1p3/stats/pages_ahead"
		conf '[*]' 'stats/pages_ahead = 0'
		# shellcheck disable=SC2086
		ctl apply $check nvme0n1p3
		expect_line "apply $check: a figure" 1 '*:2: stats/pages_ahead is a *'
	done
	conf '[*]' 'prefetch/window = 12'
	ctl apply --check
	expect 'apply --check: nothing wrong' 0 ''
	expect_file 'apply --check changes nothing' "$window" 9
	conf '[*]' 'prefetch/enabled = 0' 'prefetch/window = 900'
	FAKESWAP_VALUE=900 FAKESWAP_WRITE=34 ctl apply nvme0n1p3
	expect_line 'apply: a value that is refused' 1 \
		'/etc/flashvm.conf:3: prefetch/window = 900: out of its range; nvme0n1p3 stays as it was'
	expect_file 'apply: what came before it is put back' \
		"$dir/nvme0n1p3/prefetch/enabled" 1
	conf '[dm-0]' 'prefetch/window = x'
	FAKESWAP_VALUE=x FAKESWAP_WRITE=22 ctl apply
	expect_line 'apply: one of two devices' 64 '*:2: *not a value that it takes*'

	put "$window" 9
	conf 'prefetch/window = 1' '[*' '[]' 'window = 1' '[*]' 'window = 1' \
		'../x = 1' '/a/b = 1' 'a//b = 1' 'a/ = 1' 'prefetch/window =' 'hm' \
		'= 1' '[*] x' 'prefetch/window = 1'
	ctl apply
	if [[ $rc == 1 && $(grep -c '^flashvmctl: /etc/flashvm.conf:[0-9]*: ' \
		"$tmp/err") == 13 && $(wc -l <"$tmp/err") == 13 ]]; then
		ok 'apply: every bad line is named'
	else
		not_ok 'apply: every bad line is named'
	fi
	expect_file 'apply: and nothing is applied' "$window" 9

	conf '[*]' 'prefetch/window = 13'
	ctl apply nvme0n1p1
	expect_line 'apply: not active' 1 'nvme0n1p1: not an active FlashVM device'
	ctl apply --fallback nvme0n1p1
	expect 'apply --fallback: not active' 0 ''
	ctl apply no-such
	expect_line 'apply: no such device' 1 'no-such: no such device'
	rm -r "$root/sys/kernel/mm/flashvm"
	ctl apply
	expect_line 'apply: a kernel without FlashVM' 1 'this kernel has no *'
	ctl apply --fallback nvme0n1p3
	expect 'apply --fallback: a kernel without FlashVM' 0 ''
	ctl apply --check
	expect 'apply --check: a kernel without FlashVM' 0 ''
}

test_fstab()
{
	local list=sys/kernel/mm/flashvm/auto second

	second=22222222-2222-3333-4444-555555555555
	make_root
	ctl fstab
	expect 'fstab: there is none' 0 ''
	put etc/fstab '# swap
UUID=5 / ext4 x-flashvm 0 1
/dev/nvme0n1p2 none swap sw,x-flashvmm,xx-flashvm 0 0
/dev/nvme0n1p2 none swap sw 0 0'
	ctl fstab
	expect 'fstab: nothing is marked' 0 ''
	expect_file 'fstab: and nothing is written' "$list" ''

	cat >>"$root/etc/fstab" <<-END
		UUID=$uuid	none	swap	sw,x-flashvm,pri=5	0 0
		/dev/mapper/not-yet none swap x-flashvm 0 0
	END
	ctl fstab --dry-run
	expect_out 'fstab --dry-run' "UUID=$uuid"$'\n'/dev/mapper/not-yet
	expect_file 'fstab --dry-run writes nothing' "$list" ''
	ctl fstab
	expect 'fstab' 0 ''
	expect_file 'fstab: the list of the kernel' "$list" \
		"UUID=$uuid /dev/mapper/not-yet"
	ctl fstab
	expect_file 'fstab: a second time changes nothing' "$list" \
		"UUID=$uuid /dev/mapper/not-yet"
	put "$list" "nvme9n1 UUID=$uuid"
	ctl fstab
	expect_file 'fstab: what is there already stays' "$list" \
		"nvme9n1 UUID=$uuid /dev/mapper/not-yet"
	put "$list" all
	ctl fstab
	expect_file 'fstab: all is enough' "$list" all

	mkswap -q -f -U "$second" "$root/dev/nvme0n1p2" 2>/dev/null
	put etc/fstab 'LABEL=two\040words none swap x-flashvm 0 0
PARTLABEL="swap" none swap sw,x-flashvm 0 0'
	put "$list" ''
	ctl fstab /dev/nvme0n1p2
	expect 'fstab DEVICE' 0 ''
	expect_file 'fstab DEVICE: by the UUID in its header' "$list" \
		"UUID=$second"
	ctl fstab nvme0n1p3
	expect_file 'fstab DEVICE: added to the list' "$list" \
		"UUID=$second UUID=$uuid"
	ctl fstab nvme0n1p1
	expect 'fstab DEVICE: not marked' 0 ''
	truncate -s 0 "$root/dev/nvme0n1p2"
	truncate -s 1M "$root/dev/nvme0n1p2"
	ctl fstab -n nvme0n1p2
	expect_out 'fstab DEVICE: without a UUID by name' nvme0n1p2
	ctl fstab no-such
	expect_line 'fstab DEVICE: no such device' 1 'no-such: no such device'
	ctl fstab nvme0n1p1 nvme0n1p2
	expect 'fstab: two devices' 1 '*more than one device given*'

	put swapfile
	put etc/fstab "/swapfile none swap x-flashvm 0 0
UUID=$uuid none swap x-flashvm 0 0
LABEL=absent none swap x-flashvm 0 0"
	put "$list" ''
	ctl fstab
	expect 'fstab: a file and an absent label are named' 64 \
		'*/swapfile: ordinary swap: a file*LABEL=absent: no device*'
	expect_file 'fstab: the others are told' "$list" "UUID=$uuid"
	ctl fstab /swapfile
	expect_line 'fstab DEVICE: a file' 1 '*ordinary swap: a file*'

	rm -r "$root/sys/kernel/mm/flashvm"
	ctl fstab "UUID=$uuid"
	expect_line 'fstab: a kernel without FlashVM' 0 \
		"UUID=$uuid: ordinary swap, not FlashVM: this kernel has no FlashVM"
	put proc/cmdline 'quiet flashvm=off'
	ctl fstab nvme0n1p3
	expect_line 'fstab: flashvm=off' 0 '*ordinary swap*flashvm=off*'
	ctl fstab nvme0n1p2
	expect 'fstab: a kernel without FlashVM, nothing marked' 0 ''
}

# The system calls of the running kernel, by a user who may not.
test_real_calls()
{
	local user=()

	((EUID)) || user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	make_root
	for args in 'on nvme0n1p3' 'on --fallback nvme0n1p3' 'off dm-0'; do
		flashvm dm-0
		rm -rf "$root/sys/kernel/mm/flashvm/auto"
		[[ $args == 'on nvme0n1p3' && ! -d /sys/kernel/mm/flashvm ]] &&
			rm -r "$root/sys/kernel/mm/flashvm"
		# shellcheck disable=SC2086
		"${user[@]}" "$tmp/flashvmctl" --sysroot "$root" $args \
			>"$tmp/out" 2>"$tmp/err"
		rc=$? out=$(<"$tmp/out") err=$(<"$tmp/err")
		if [[ $err == *'has no FlashVM'* ]]; then
			expect_line "real call: $args" 1 '*boot a FlashVM kernel*'
		else
			expect_line "real call: $args" 1 \
				'*permission denied: run as root'
		fi
	done
	chmod 000 "$root/dev/nvme0n1p3"
	mkdir -p "$root/sys/kernel/mm/flashvm"
	"${user[@]}" "$tmp/flashvmctl" --sysroot "$root" on nvme0n1p3 \
		>"$tmp/out" 2>"$tmp/err"
	rc=$? out=$(<"$tmp/out") err=$(<"$tmp/err")
	expect_line 'a device that may not be read' 1 '*permission denied: run*'
	"$tmp/flashvmctl" on --fallback /dev/null >"$tmp/out" 2>"$tmp/err"
	rc=$? out=$(<"$tmp/out") err=$(<"$tmp/err")
	expect_line 'without --sysroot: /dev/null' 1 '/dev/null: not a block *'
	"$tmp/flashvmctl" on --fallback UUID=no-such >"$tmp/out" 2>"$tmp/err"
	rc=$? out=$(<"$tmp/out") err=$(<"$tmp/err")
	expect_line 'without --sysroot: no such UUID' 1 '*no device has this*'
	"$tmp/flashvmctl" status -J >"$tmp/out" 2>"$tmp/err"
	rc=$? out=$(<"$tmp/out") err=$(<"$tmp/err")
	json 'without --sysroot: status --json' 'isinstance(d, list)'
}

if ! cp "$program" "$tmp/flashvmctl"; then
	echo "Bail out! $program: build it first"
	exit 1
fi
if ! ${CC:-cc} -Wall -Wextra -Werror -D_GNU_SOURCE -shared -fPIC \
	-o "$tmp/fakeswap.so" "$here/fakeswap.c"; then
	echo 'Bail out! fakeswap.c does not compile'
	exit 1
fi
make_root
shift $(($# > 0))
(($#)) || set -- usage on bad_devices errors kernels off slow_off status \
	details damage apply fstab real_calls
for group; do
	"test_$group"
done
echo "1..$tests"
echo "# $((tests - failures)) passed, $failures failed"
((failures == 0))
