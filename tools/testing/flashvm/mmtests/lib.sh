#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# What with-flashvm and the configurations of mmtests share: the device goes on
# and off, a control group with a limit, the figures before and after.
#
# FLASHVM_DEVICE	block device with a swap header; it must not be active
# FLASHVM_STOCK		1: ordinary swap on the same device, to compare with
# FLASHVM_PRIORITY	of the swap area; by default the highest there is, so that
#			other swap areas stay empty until this one is full
# FLASHVM_ROOT		for ./check: a directory in place of / for /sys and /proc, where
#			a regular file stands for a block device
#
# Nothing here makes a swap header, and no caller may.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
flashvm_root=${FLASHVM_ROOT:-}
flashvm_work=		# directory of the counters, once the device is on
flashvm_group=		# control group of the command
flashvm_dir=		# of the device in sysfs; not there for ordinary swap

flashvm_say() { echo "${0##*/}: $*" >&2; }
flashvm_die() { flashvm_say "$@"; exit 1; }

flashvm_mode() {
	if [[ ${FLASHVM_STOCK:-} == 1 ]]; then echo stock; else echo flashvm; fi
}

# flashvm_bytes SIZE: 512M as a number of bytes
flashvm_bytes() {
	[[ $1 =~ ^[1-9][0-9]*[KMGT]?$ ]] || flashvm_die "$1: not a size such as 512M or 2G"
	numfmt --from=iec "$1"
}

# The kernel's name of the device: dm-0 for /dev/mapper/NAME.
flashvm_name() {
	local path

	path=$(readlink -f "$FLASHVM_DEVICE") && echo "${path##*/}"
}

flashvm_size() {
	echo $(($(<"$flashvm_root/sys/class/block/$(flashvm_name)/size") * 512))
}

# Whether it is an active swap area, of whatever kind.
flashvm_active() {
	local path name

	name=$(flashvm_name)
	while read -r path _; do
		path=$(readlink -f "$(printf '%b' "$path")")
		[[ ${path##*/} != "$name" ]] || return 0
	done <"$flashvm_root/proc/swaps"
	return 1
}

flashvm_check_device() {
	[[ ${FLASHVM_DEVICE:-} ]] ||
		flashvm_die "FLASHVM_DEVICE is not set: name a block device with a swap header"
	[[ -b $FLASHVM_DEVICE || ($flashvm_root && -f $FLASHVM_DEVICE) ]] ||
		flashvm_die "$FLASHVM_DEVICE: not a block device"
}

# Nothing but an idle swap area will do. swapon(8) would make one of a saved
# hibernation image.
flashvm_check_idle_swap() {
	local type

	! flashvm_active || flashvm_die "$FLASHVM_DEVICE: active already, switch it off first"
	type=$(blkid -p -s TYPE -o value "$FLASHVM_DEVICE" 2>/dev/null)
	[[ $type == swap ]] ||
		flashvm_die "$FLASHVM_DEVICE: has ${type:-no header}, not swap; it is left alone"
}

# Refuse in one line what cannot work.
flashvm_check() {
	local program

	[[ $EUID == 0 ]] || flashvm_die "only root can switch swap on"
	flashvm_check_device
	for program in blkid numfmt swapon swapoff; do
		[[ $(type -P "$program") ]] || flashvm_die "$program not found"
	done
	if [[ $(flashvm_mode) == flashvm ]]; then
		[[ $(type -P flashvmctl) ]] ||
			flashvm_die "flashvmctl not found: install it, or add its directory to PATH"
		[[ -d $flashvm_root/sys/kernel/mm/flashvm ]] ||
			flashvm_die "this kernel has no FlashVM"
	fi
	flashvm_check_idle_swap
}

# Control groups of version 2: the directory of $flashvm_group.
flashvm_make_group() {
	local mount

	mount=$(awk '$3 == "cgroup2" { print $2; exit }' "$flashvm_root/proc/mounts")
	[[ $mount ]] || flashvm_die "control groups of version 2 are not mounted"
	mount=$flashvm_root$mount
	grep -qw memory "$mount/cgroup.controllers" ||
		flashvm_die "$mount has no memory controller: version 1 may have it"
	grep -qw memory "$mount/cgroup.subtree_control" ||
		echo +memory >"$mount/cgroup.subtree_control" || exit 1
	mkdir "$mount/flashvm.$$" || exit 1
	flashvm_group=$mount/flashvm.$$
	echo "$1" >"$flashvm_group/memory.max" || exit 1
}

flashvm_remove_group() {
	local tries

	[[ $flashvm_group ]] || return 0
	# A process that was killed may take a moment.
	for ((tries = 0; tries < 50; tries++)); do
		! rmdir "$flashvm_group" 2>/dev/null || return 0
		sleep 0.1
	done
	flashvm_say "$flashvm_group stays: something runs in it"
}

# flashvm_begin [BYTES]: the device is on, $flashvm_group has this limit, and the
# counters are noted. Ends the shell when that fails; flashvm_end in its EXIT trap
# clears away what was done so far.
flashvm_begin() {
	local priority=${FLASHVM_PRIORITY:-32767}

	flashvm_dir=$flashvm_root/sys/kernel/mm/flashvm/$(flashvm_name)
	flashvm_work=$(mktemp -d) || exit 1
	# Both say themselves why not.
	if [[ $(flashvm_mode) == flashvm ]]; then
		flashvmctl on -p "$priority" "$FLASHVM_DEVICE" || exit 1
		: >"$flashvm_work/on"
	else
		swapon -p "$priority" "$FLASHVM_DEVICE" || exit 1
		: >"$flashvm_work/on"
		[[ ! -d $flashvm_dir ]] ||
			flashvm_die "$FLASHVM_DEVICE: on the list in /sys/kernel/mm/flashvm/auto"
	fi
	[[ ! ${1:-} ]] || flashvm_make_group "$1"
	flashvm_counters >"$flashvm_work/before"
}

# flashvm_end FILE LINE...: the figures, headed by the lines, go to FILE, what
# flashvmctl says to FILE.status, and the device goes off. Without FILE only that.
# Fails if the device stays on.
flashvm_end() {
	local file=$1 on

	[[ $flashvm_work ]] || return 0
	shift
	if [[ $file && -s $flashvm_work/before ]]; then
		flashvm_counters >"$flashvm_work/after"
		{
			printf '%s\n' "$@"
			flashvm_settings
			flashvm_group_counters
			flashvm_differences
		} >"$file"
		flashvm_status >"$file.status"
	fi
	flashvm_remove_group
	[[ ! -e $flashvm_work/on ]] || on=1
	rm -rf "$flashvm_work"
	flashvm_work='' flashvm_group=''
	[[ ${on:-} ]] || return 0
	if [[ $(flashvm_mode) == flashvm ]]; then
		flashvmctl off "$FLASHVM_DEVICE"
	else
		swapoff "$FLASHVM_DEVICE"
	fi || { flashvm_say "$FLASHVM_DEVICE is still on"; return 1; }
}

# "KEY VALUE" for each counter that there is.
flashvm_counters() {
	local file

	awk '/^(pgfault|pgmajfault|pswpin|pswpout|swap_ra|swap_ra_hit) / ||
	     /^(flashvm_|swpin_zero|swpout_zero|zswpin|zswpout|thp_swp)/ {
		print "vmstat." $1, $2
	     }' "$flashvm_root/proc/vmstat"
	awk 'BEGIN {
		n = split("reads read_merges read_sectors read_ms " \
			  "writes write_merges write_sectors write_ms", name)
	     }
	     { for (i = 1; i <= n; i++) print "block." name[i], $i }' \
		"$flashvm_root/sys/class/block/$(flashvm_name)/stat"
	for file in "$flashvm_dir"/stats/*; do
		[[ ! -r $file ]] || awk -v name="${file##*/}" '
			NF == 1 { print "stats." name, $1 }
			NF == 2 { print "stats." name "." $1, $2 }' "$file"
	done
}

flashvm_differences() {
	sed 's/^\([^ ]*\) /before.\1=/' "$flashvm_work/before"
	sed 's/^\([^ ]*\) /after.\1=/' "$flashvm_work/after"
	awk 'NR == FNR { old[$1] = $2; next }
	     { printf "diff.%s=%.0f\n", $1, $2 - old[$1] }' \
		"$flashvm_work/before" "$flashvm_work/after"
}

# The group is new: its counters began at 0.
flashvm_group_counters() {
	local name

	[[ $flashvm_group ]] || return 0
	for name in memory.max memory.peak memory.swap.peak; do
		[[ ! -r $flashvm_group/$name ]] || echo "$name=$(<"$flashvm_group/$name")"
	done
	[[ ! -r $flashvm_group/memory.events ]] ||
		sed -nE 's/^(max|oom|oom_kill) /memory.events.\1=/p' \
			"$flashvm_group/memory.events"
}

# What figures depend on and nobody remembers afterwards.
flashvm_settings() {
	local name file

	echo "mode=$(flashvm_mode)"
	echo "device=$FLASHVM_DEVICE"
	echo "device_bytes=$(flashvm_size)"
	echo "kernel=$(uname -rv)"
	echo "date=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	# One of them is ours.
	echo "other_swap_areas=$(($(grep -c ^/ "$flashvm_root/proc/swaps") - 1))"
	for file in "$flashvm_dir"/prefetch/*; do
		[[ ! -r $file ]] || echo "prefetch.${file##*/}=$(<"$file")"
	done
	while read -r name file; do
		[[ ! -r $flashvm_root$file ]] || echo "setting.$name=$(<"$flashvm_root$file")"
	done <<-END
	page_cluster /proc/sys/vm/page-cluster
	swappiness /proc/sys/vm/swappiness
	vma_ra /sys/kernel/mm/swap/vma_ra_enabled
	lru_gen /sys/kernel/mm/lru_gen/enabled
	thp /sys/kernel/mm/transparent_hugepage/enabled
	thp_shmem /sys/kernel/mm/transparent_hugepage/shmem_enabled
	zswap /sys/module/zswap/parameters/enabled
	END
}

flashvm_status() {
	if [[ $(flashvm_mode) == flashvm ]]; then
		flashvmctl status "$FLASHVM_DEVICE"
		echo
		flashvmctl status -v "$FLASHVM_DEVICE"
	else
		cat "$flashvm_root/proc/swaps"
	fi
}
