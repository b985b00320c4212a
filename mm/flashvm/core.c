// SPDX-License-Identifier: GPL-2.0
/*
 *		The life of a FlashVM device
 *
 * A FlashVM device is a swap area with si->flashvm set. It is born in
 * swapon(2) and dies in swapoff(2), in four steps; each stands where it does
 * because of who may hold a pointer to the device at that moment.
 *
 *   claim      swapon, the header is read, nothing is changed yet: a device
 *              that cannot be used is refused before its discard. The static
 *              key goes up here, so that the hooks see the first slot.
 *   activate   swapon, all that can fail but one is done: the sysfs directory
 *              appears. enable_swap_info() then publishes si->flashvm with
 *              the rest of the area; its barrier pairs with the one in
 *              get_swap_device().
 *   quiesce    swapoff, si->users is dead and drained: no fault and no reader
 *              is left. The directory goes, which waits for reads and writes
 *              of its files that are going on.
 *   release    swapoff, SWP_SCANNING is drained: no allocator is left. They
 *              hold neither si->users nor anything else, so not one step
 *              earlier. Also swapon on every error after claim, where nobody
 *              ever saw the device.
 *
 * A swap_info_struct is used again without being cleared, so release leaves
 * si->flashvm NULL.
 *
 * Completions of bios touch the device, too: their folio is locked or under
 * write-back, its slot is in use, and swapoff does not end before that slot
 * is free.
 *
 * The key is changed under the inode lock of the block device (swapon) or
 * under no lock (swapoff). It takes cpus_read_lock and jump_label_mutex;
 * nothing takes the inode lock of a block device under those.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#define pr_fmt(fmt) "flashvm: " fmt

#include <linux/blkdev.h>
#include <linux/init.h>
#include <linux/slab.h>

#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/flashvm.h>

DEFINE_STATIC_KEY_FALSE(flashvm_key);

static bool flashvm_off __ro_after_init;

static int __init flashvm_setup(char *arg)
{
	if (strcmp(arg, "off"))
		pr_err("boot parameter flashvm=%s not known, only flashvm=off\n",
		       arg);
	else
		flashvm_off = true;
	return 1;
}
__setup("flashvm=", flashvm_setup);

/*
 * What is wrong with the area as a FlashVM device, and what to do about it.
 * Return: 0, or an error and its reason in @why.
 */
static int flashvm_objection(const struct swap_info_struct *si,
			     const char **why)
{
	if (flashvm_off) {
		*why = "FlashVM is switched off by the boot parameter flashvm=off";
		return -EINVAL;
	}
	if (!(si->flags & SWP_BLKDEV)) {
		*why = "is a swap file: use a whole block device or a partition";
		return -EINVAL;
	}
	if (!bdev_nonrot(si->bdev)) {
		*why = "calls itself rotational: if it is flash, write 0 to queue/rotational of its disk in /sys/block and try again";
		return -EINVAL;
	}
	if (flashvm_kobj_taken(si->bdev)) {
		*why = "has the name of a device that was pulled out while in use: give it another name, or reboot";
		return -EEXIST;
	}
	return 0;
}

static struct flashvm_dev *flashvm_alloc(struct swap_info_struct *si)
{
	struct flashvm_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	dev->stats = alloc_percpu(struct flashvm_stats);
	if (!dev->stats) {
		kfree(dev);
		return NULL;
	}
	dev->si = si;
	dev->prefetch_enabled = true;
	dev->prefetch_window = FLASHVM_WINDOW_DEFAULT;
	dev->stride_blocks = FLASHVM_STRIDE_DEFAULT;
	dev->eviction_window = FLASHVM_WINDOW_DEFAULT;
	dev->prefetch_floor = FLASHVM_FLOOR_DEFAULT;
	dev->in_flight_max = FLASHVM_IN_FLIGHT_DEFAULT;
	dev->room = FLASHVM_ROOM_DEFAULT;
	dev->columns = FLASHVM_COLUMNS_DEFAULT;
	flashvm_kobj_init(dev);
	return dev;
}

/**
 * flashvm_claim() - Make a swap area a FlashVM device, if that is asked for.
 * @si: the swap area, with bdev and flags from claim_swapfile()
 * @swap_flags: flags of swapon(2)
 * @header: the swap header
 * @path: the path that swapon(2) was given
 *
 * It is asked for by SWAP_FLAG_FLASHVM or by the list in auto.c. What the
 * flag asks for and cannot be had is an error; what the list asks for and
 * cannot be had becomes ordinary swap, so that a host comes up with its swap.
 * Either way the kernel log says why.
 *
 * Context: swapon(2), inode lock held, may sleep.
 * Return: 0, also for ordinary swap; -EINVAL, -EEXIST or -ENOMEM.
 */
int flashvm_claim(struct swap_info_struct *si, int swap_flags,
		  const union swap_header *header, const char *path)
{
	bool asked = swap_flags & SWAP_FLAG_FLASHVM;
	struct flashvm_dev *dev;
	const char *why;
	int err;

	if (!asked &&
	    !flashvm_auto_match(si->flags & SWP_BLKDEV ? si->bdev : NULL,
				header, path))
		return 0;

	err = flashvm_objection(si, &why);
	if (err && asked) {
		pr_err("%s: %s\n", path, why);
		return err;
	}
	if (err) {
		pr_info("%s: %s; enabled as ordinary swap\n", path, why);
		return 0;
	}

	if (flashvm_history_init())
		return -ENOMEM;
	dev = flashvm_alloc(si);
	if (!dev)
		return -ENOMEM;
	static_branch_inc(&flashvm_key);
	WRITE_ONCE(si->flashvm, dev);
	trace_flashvm_device(si, "claim");
	return 0;
}

/**
 * flashvm_activate() - Show a claimed device to user space.
 * @si: the swap area, complete but not enabled
 *
 * Context: swapon(2), inode lock held, may sleep.
 * Return: 0, also for ordinary swap; -EINVAL if the area has no cluster
 * information after all; -ENOMEM; an error of kobject_add().
 */
int flashvm_activate(struct swap_info_struct *si)
{
	struct flashvm_dev *dev = flashvm_dev(si);
	int err;

	if (!dev)
		return 0;
	/* queue/rotational can be written while swapon(2) runs. */
	if (!(si->flags & SWP_SOLIDSTATE)) {
		pr_err("%pg has no cluster information: it became rotational during swapon\n",
		       si->bdev);
		return -EINVAL;
	}
	dev->stride_slots = kvcalloc(BITS_TO_LONGS(si->max),
				     sizeof(*dev->stride_slots), GFP_KERNEL);
	if (!dev->stride_slots)
		return -ENOMEM;
	err = flashvm_kobj_add(dev);
	if (err)
		return err;
	pr_info("%pg serves as memory, %s\n", si->bdev,
		si->flags & SWP_SYNCHRONOUS_IO ? "synchronous" : "asynchronous");
	trace_flashvm_device(si, "activate");
	return 0;
}

/* See the head of this file. Context: swapoff(2), no locks held, may sleep. */
void __flashvm_quiesce(struct swap_info_struct *si)
{
	kobject_del(&si->flashvm->kobj);
	trace_flashvm_device(si, "quiesce");
}

/* See the head of this file. Context: no locks held, may sleep. */
void __flashvm_release(struct swap_info_struct *si)
{
	struct flashvm_dev *dev = si->flashvm;

	trace_flashvm_device(si, "release");
	WRITE_ONCE(si->flashvm, NULL);
	static_branch_dec(&flashvm_key);
	kobject_put(&dev->kobj);
}

static int __init flashvm_init(void)
{
	int err;

	if (flashvm_off)
		return 0;
	flashvm_room_init();
	err = flashvm_sysfs_init();
	if (err)
		flashvm_off = true;	/* no device without its directory */
	return err;
}
subsys_initcall(flashvm_init);
