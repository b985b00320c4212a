#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# What swapon(2) and the files of sysfs refuse, how they say so, and that
# nothing has changed then.
#
# boot badinput: --memory 640M --cpus 2 --virtio 32M --timeout 1200
# debug life:

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

nobody=65534

# refused ERROR PATH [FLAGS]: by swapon(2), without a trace of it.
refused() {
	before=$(ls "$flashvm")
	gives "$1" "$call" swapon "$2" "${3:-$FLASHVM}"
	is "entries after $1 for $2" "$(ls "$flashvm")" "$before"
}

# An area of ordinary swap must not be taken for a FlashVM device: what
# swapon(2) claimed and gave back would show in the next user of the slot.
still_ordinary() {
	written=$(vmstat flashvm_written)
	swap_disk probe 64
	ordinary_on /dev/probe
	group probe 4
	in_group probe "$bin/worker" -m 8 >/dev/null
	at_least "pages on ordinary swap" "$(used /dev/probe)" 0
	off /dev/probe
	is flashvm_written "$(vmstat flashvm_written)" "$written"
}

unknown_flags() {
	swap_disk bad 64
	refused EINVAL /dev/bad 0x100000
	refused EINVAL /dev/bad $((FLASHVM | 0x100000))
	refused EINVAL /dev/bad $((FLASHVM | 0x40000000))
	kernel_says . 0
	flash_on /dev/bad
}

swap_file() {
	disk fs 64
	mkfs.ext2 -q /dev/fs
	mkdir "$scratch/mnt"
	mount -t ext2 /dev/fs "$scratch/mnt"
	dd if=/dev/zero of="$scratch/mnt/swap" bs=1M count=16 2>/dev/null
	chmod 600 "$scratch/mnt/swap"
	mkswap "$scratch/mnt/swap" >/dev/null
	refused EINVAL "$scratch/mnt/swap"
	kernel_says 'swap file.*(device|partition)'
	ordinary_on "$scratch/mnt/swap"
	is "entries beside an ordinary swap file" "$(ls "$flashvm")" "$no_device"
	off "$scratch/mnt/swap"
}

rotational() {
	swap_disk bad 64
	echo 1 >/sys/block/bad/queue/rotational
	refused EINVAL /dev/bad
	kernel_says 'rotational.*queue/rotational'
	echo 0 >/sys/block/bad/queue/rotational
	flash_on /dev/bad
	serve bad
}

# virtio-blk calls itself rotational, whatever is behind it.
virtio() {
	mkswap /dev/vda >/dev/null
	if [ "$(cat /sys/block/vda/queue/rotational)" = 1 ]; then
		refused EINVAL /dev/vda
		kernel_says 'vda.*queue/rotational'
		echo 0 >/sys/block/vda/queue/rotational
	fi
	flash_on /dev/vda
	serve vda
}

not_permitted() {
	swap_disk bad 64
	gives EPERM "$call" -u $nobody swapon /dev/bad $FLASHVM
	absent bad
	flash_on /dev/bad
	gives EPERM "$call" -u $nobody swapoff /dev/bad
	present bad
}

in_use() {
	swap_disk bad 64
	flash_on /dev/bad
	echo 5 >"$flashvm/bad/prefetch/window"
	refused EBUSY /dev/bad
	refused EBUSY /dev/bad 0
	present bad
	is "window of the device in use" "$(value bad/prefetch/window)" 5
	serve bad
	off /dev/bad
	ordinary_on /dev/bad
	refused EBUSY /dev/bad
	absent bad
}

mounted() {
	disk fs 64
	mkfs.ext2 -q /dev/fs
	mkdir "$scratch/mnt"
	mount -t ext2 /dev/fs "$scratch/mnt"
	refused EBUSY /dev/fs
}

no_signature() {
	disk bad 64
	refused EINVAL /dev/bad
	dd if=/dev/urandom of=/dev/bad bs=4096 count=1 2>/dev/null
	refused EINVAL /dev/bad
	mkswap -f /dev/bad >/dev/null
	flash_on /dev/bad
}

too_small() {
	swap_disk large 64
	disk small 16
	dd if=/dev/large of=/dev/small bs=4096 count=1 2>/dev/null
	refused EINVAL /dev/small
	mkswap /dev/small >/dev/null
	flash_on /dev/small
	is "pages of a small device" "$(sed -n 's,^/dev/small *[^0-9]*\([0-9]*\).*,\1,p' \
		/proc/swaps)" 16380
}

no_device() {
	refused ENOENT /dev/no-such-device
	refused ENOENT ""
	refused EFAULT "(null)"
	refused EISDIR /dev
	refused EINVAL /dev/null
	refused EINVAL /proc/version
	gives EINVAL "$call" swapoff /dev/null
}

many_refusals() {
	swap_disk bad 16
	dd if=/dev/zero of=/dev/bad bs=4096 count=1 2>/dev/null
	swap_disk spin 16
	echo 1 >/sys/block/spin/queue/rotational
	n=0
	while [ $n -lt "$(scaled 30)" ]; do
		"$call" swapon /dev/bad $FLASHVM >/dev/null && fail "accepted bad"
		"$call" swapon /dev/spin $FLASHVM >/dev/null && fail "accepted spin"
		n=$((n + 1))
	done
	still_ordinary
}

# --- sysfs ------------------------------------------------------------------

# store FILE RESULT FORMAT: write what printf makes of FORMAT.
store() {
	# shellcheck disable=SC2059
	got=$(printf -- "$3" | "$call" store "$flashvm/$1") || :
	is "writing '$3' to $1" "$got" "$2"
}

# rejects FILE RESULT FORMAT: and the value is as it was.
rejects() {
	before=$(value "$1")
	store "$1" "$2" "$3"
	is "$1 after '$3'" "$(value "$1")" "$before"
}

# refuses FILE FORMAT: whether as no number or as too large a one.
refuses() {
	before=$(value "$1")
	# shellcheck disable=SC2059
	got=$(printf -- "$2" | "$call" store "$flashvm/$1") || :
	case $got in
	EINVAL | ERANGE) ;;
	*) fail "writing '$2' to $1: $got" ;;
	esac
	is "$1 after '$2'" "$(value "$1")" "$before"
}

# accepts FILE VALUE FORMAT
accepts() {
	store "$1" ok "$3"
	is "$1 after '$3'" "$(value "$1")" "$2"
}

# long NUMBER CHARACTER: so many of them.
long() { head -c "$1" /dev/zero | tr '\0' "$2"; }

window() {
	swap_disk bad 64
	flash_on /dev/bad
	f=bad/prefetch/window
	accepts $f 0 '0\n'
	accepts $f 64 '64\n'
	accepts $f 1 1
	accepts $f 63 '63'
	rejects $f ERANGE '65\n'
	rejects $f ERANGE '4294967295\n'
	rejects $f ERANGE '4294967296\n'
	rejects $f ERANGE '4294967312\n'
	rejects $f ERANGE '99999999999999999999999999\n'
	rejects $f EINVAL '-1\n'
	rejects $f EINVAL '\n'
	rejects $f EINVAL ' \n'
	rejects $f EINVAL 'x\n'
	rejects $f EINVAL '8x\n'
	rejects $f EINVAL '8 9\n'
	rejects $f EINVAL '8\n9\n'
	rejects $f EINVAL '1.5\n'
	rejects $f EINVAL '\0008\n'
	rejects $f EINVAL '\377\376\n'
	rejects $f EINVAL "$(long 4096 x)"
	rejects $f ERANGE "$(long 4096 1)"
	rejects $f EINVAL "$(long 6000 x)"
	# Writing nothing is no value: it changes nothing.
	rejects $f ok ''
	# What comes after a NUL is not seen, or the whole is refused.
	echo 9 >"$flashvm/$f"
	printf '7\0005\n' | "$call" store "$flashvm/$f" >/dev/null || :
	case $(value $f) in
	7 | 9) ;;
	*) fail "7, NUL, 5 gave $(value $f)" ;;
	esac
}

# number FILE DEFAULT MAX: the others are like the window.
number() {
	swap_disk bad 64
	flash_on /dev/bad
	f=bad/prefetch/$1
	is "its default" "$(value "$f")" "$2"
	accepts "$f" 0 '0\n'
	accepts "$f" "$3" "$3\\n"
	accepts "$f" 1 1
	rejects "$f" ERANGE "$(($3 + 1))\\n"
	rejects "$f" ERANGE '4294967296\n'
	rejects "$f" EINVAL '-1\n'
	rejects "$f" EINVAL '\n'
	rejects "$f" EINVAL '2 pages\n'
	is "after all of these" "$(value "$f")" 1
}

enabled() {
	swap_disk bad 64
	flash_on /dev/bad
	f=bad/prefetch/enabled
	accepts $f 0 '0\n'
	accepts $f 1 '1\n'
	accepts $f 0 0
	for start in 0 1; do
		echo $start >"$flashvm/$f"
		for text in '2\n' '-1\n' '\n' ' \n' 'x\n' '\0001\n' '\377\n' \
			"$(long 5000 x)" '1x\n' '01x\n' '1 0\n' '0 1\n' \
			'yesterday\n' 'nothing\n'; do
			rejects $f EINVAL "$text"
		done
		for text in '10\n' '4294967297\n' '99999999999999999999\n' \
			"$(long 4096 1)"; do
			refuses $f "$text"
		done
		rejects $f ok ''
	done
}

read_only() {
	swap_disk bad 64
	flash_on /dev/bad
	for file in "$flashvm"/bad/stats/*; do
		name=bad/stats/${file##*/}
		before=$(cat "$file")
		got=$(echo 5 | "$call" store "$file") || :
		[ "$got" != ok ] || fail "$name can be written"
		is "$name" "$(cat "$file")" "$before"
	done
	serve bad
}

unprivileged() {
	swap_disk bad 64
	flash_on /dev/bad
	for file in auto bad/prefetch/enabled bad/prefetch/window; do
		gives EACCES "$call" -u $nobody store "$flashvm/$file"
	done
}

# Under load, too: a bad value is no moment without a value.
while_working() {
	swap_disk bad 64
	flash_on /dev/bad
	group bad 6
	start bad 1 -m 12 -n 0
	for value in 0 1 64 65 -1 x 8; do
		echo "$value" >"$flashvm/bad/prefetch/window" || :
		echo "$value" >"$flashvm/bad/prefetch/enabled" || :
	done 2>/dev/null
	is window "$(value bad/prefetch/window)" 8
	finish
	at_least passes "$(worked passes)" 1
}

auto_list() {
	echo "first second" >"$flashvm/auto"
	rejects auto EINVAL 'a=b\n'
	rejects auto EINVAL 'good UUID=zzz\n'
	rejects auto EINVAL 'UUID=\n'
	rejects auto EINVAL 'LABEL=x\n'
	rejects auto EINVAL '/dev/\n'
	rejects auto EINVAL 'good,/dev/,good\n'
	rejects auto EINVAL '"quoted"\n'
	rejects auto EINVAL 'a;b\n'
	rejects auto EINVAL "\$HOME\n"
	rejects auto EINVAL '\001\n'
	rejects auto EINVAL '\177\n'
	rejects auto EINVAL 'name\000\n'
	rejects auto EINVAL '\000'
	rejects auto EINVAL 'UUID=01234567-89ab-cdef-0123-456789abcde\n'
	rejects auto EINVAL 'UUID=01234567-89ab-cdef-0123-456789abcdeg\n'
	rejects auto ERANGE "$(long 1200 n)"
	rejects auto ERANGE "$(long 4096 n)"
	rejects auto ERANGE "$(long 600 n) $(long 600 m)"
	rejects auto ok ''
	accepts auto "$(long 500 n) $(long 500 m)" "$(long 500 n),$(long 500 m)\n"
	accepts auto 'a b c d' 'a,b\tc  ,,d\n\n'
	accepts auto all 'all\n'
	accepts auto 'dm-0 /dev/mapper/x_1+y nvme0n1p3' \
		'dm-0,/dev/mapper/x_1+y,nvme0n1p3\n'
	accepts auto UUID=01234567-89AB-cdef-0123-456789abcdef \
		'UUID=01234567-89AB-cdef-0123-456789abcdef\n'
	accepts auto 01234567-89ab-cdef-0123-456789abcdef \
		'01234567-89ab-cdef-0123-456789abcdef'
	accepts auto '' '\n'
	echo x >"$flashvm/auto"
	accepts auto '' ' ,\t\n'
}

# it_lab: Linux refuses before it asks FlashVM, and parses the numbers.
it "swapon(2) refuses flags that nobody knows" unknown_flags
it "a swap file is refused with one line, and works as ordinary swap" swap_file
it_lab "a rotational device is refused, the line names the switch, which works" rotational
it_lab "a virtio disk serves once it does not call itself rotational" virtio
it_lab "without the right to it: EPERM" not_permitted
it_lab "a device in use is refused, and not disturbed" in_use
it_lab "a mounted device is refused" mounted
it_lab "a device without a signature is refused" no_signature
it "a device smaller than its signature says is refused" too_small
it_lab "what is no device is refused" no_device
it "refusals leave nothing: ordinary swap stays ordinary" many_refusals
it_lab "prefetch/window takes 0 to 64 and keeps its value otherwise" window
it_lab "prefetch/stride_blocks takes 0 to 64 and keeps its value otherwise" \
	number stride_blocks 64 64
it_lab "prefetch/eviction_window takes 0 to 64 and keeps its value otherwise" \
	number eviction_window 64 64
it_lab "prefetch/accuracy_floor takes 0 to 100 and keeps its value otherwise" \
	number accuracy_floor 20 100
it_lab "prefetch/in_flight takes 0 to 4096 and keeps its value otherwise" \
	number in_flight 256 4096
it_lab "prefetch/room takes 0 to 1024 and keeps its value otherwise" \
	number room 32 1024
it_lab "prefetch/columns takes 0 to 4 and keeps its value otherwise" \
	number columns 4 4
it_lab "prefetch/enabled takes 0 and 1 and keeps its value otherwise" enabled
it_lab "figures cannot be written" read_only
it_lab "others than root write nothing" unprivileged
it "values are changed and refused under load" while_working
it "the list takes names and UUIDs, and keeps its value otherwise" auto_list
run_tests "$@"
