// SPDX-License-Identifier: GPL-2.0
/*
 *		Devices that plain swapon(8) enables as FlashVM devices
 *
 * swapon(8), fstab and systemd cannot pass a flag that they do not know. So
 * the kernel keeps a list of areas for which it adds the flag by itself: the
 * boot parameter flashvm.auto=, later /sys/kernel/mm/flashvm/auto. An item is
 * one of
 *
 *	all				every swap area that can be one
 *	UUID=<uuid> or <uuid>		what mkswap(8) wrote into the header
 *	/dev/<path>			the path that swapon(2) is given
 *	[/dev/]<name>			the kernel's name of the block device
 *
 * Items are separated by commas or white space. The list is a text in a fixed
 * buffer: it is read once for each swapon, and the boot parameter is parsed
 * before there is an allocator.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#define pr_fmt(fmt) "flashvm: " fmt

#include <linux/blkdev.h>
#include <linux/ctype.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uuid.h>

#include "internal.h"

#define AUTO_SIZE	1024	/* bytes, with the NUL */

static const char auto_separators[] = ", \t\n";

static DEFINE_MUTEX(auto_mutex);	/* one writer at a time */
static DEFINE_SPINLOCK(auto_lock);	/* protects auto_list; inside auto_mutex */
static char auto_list[AUTO_SIZE];

/* The part of an item that is a UUID, or NULL. */
static const char *auto_uuid(const char *item)
{
	if (!strncasecmp(item, "UUID=", 5))
		item += 5;
	if (strlen(item) != UUID_STRING_LEN || !uuid_is_valid(item))
		return NULL;
	return item;
}

static bool auto_item_valid(const char *item)
{
	const char *c;

	if (auto_uuid(item))
		return true;
	if (strstarts(item, "/dev/"))
		item += 5;
	/* Empty, or a tag with a value that was no UUID. */
	if (!*item || strchr(item, '='))
		return false;
	for (c = item; *c; c++)
		if (!isalnum(*c) && !strchr("/!._:+@-", *c))
			return false;
	return true;
}

static bool auto_item_match(const char *item, const union swap_header *header,
			    const char *name, const char *path)
{
	const char *text = auto_uuid(item);
	uuid_t uuid;

	if (!strcmp(item, "all"))
		return true;
	if (text)
		return !uuid_parse(text, &uuid) &&
		       !memcmp(&uuid, header->info.sws_uuid, sizeof(uuid));
	if (!strcmp(item, path))
		return true;
	if (strstarts(item, "/dev/"))
		item += 5;
	return !strcmp(item, name);
}

static void auto_copy(char *list)
{
	spin_lock(&auto_lock);
	memcpy(list, auto_list, AUTO_SIZE);
	spin_unlock(&auto_lock);
}

/**
 * flashvm_auto_match() - Is this area to be a FlashVM device by itself?
 * @bdev: its block device; NULL for a swap file
 * @header: its swap header
 * @path: the path that swapon(2) was given
 *
 * Context: swapon(2), may sleep.
 * Return: true if the list names it.
 */
bool flashvm_auto_match(const struct block_device *bdev,
			const union swap_header *header, const char *path)
{
	char name[DISK_NAME_LEN + 8] = "";	/* a partition number behind it */
	char *list, *rest, *item;
	bool match = false;

	/* A stale answer is no worse than a swapon a moment earlier. */
	if (!READ_ONCE(auto_list[0]))
		return false;
	list = kmalloc(AUTO_SIZE, GFP_KERNEL);
	if (!list)
		return false;
	auto_copy(list);
	if (bdev)
		snprintf(name, sizeof(name), "%pg", bdev);
	rest = list;
	while (!match && (item = strsep(&rest, auto_separators)))
		match = *item && auto_item_match(item, header, name, path);
	kfree(list);
	return match;
}

/**
 * flashvm_auto_show() - Print the list as a line.
 * @buf: a page of sysfs
 *
 * Return: number of bytes written.
 */
ssize_t flashvm_auto_show(char *buf)
{
	ssize_t len;

	spin_lock(&auto_lock);
	len = sysfs_emit(buf, "%s\n", auto_list);
	spin_unlock(&auto_lock);
	return len;
}

/* Parse @buf into @list, a line of valid items. Context: auto_mutex held. */
static int auto_parse(const char *buf, size_t count, char *list)
{
	static char item[AUTO_SIZE];
	const char *from = buf, *end = buf + count;
	size_t used = 0, len;

	list[0] = '\0';
	while (from < end) {
		for (len = 0; from + len < end; len++)
			if (strchr(auto_separators, from[len]))
				break;	/* strchr() finds the NUL, too */
		if (from + len < end && !from[len])
			return -EINVAL;
		if (used + len + 2 > AUTO_SIZE)
			return -ERANGE;
		memcpy(item, from, len);
		item[len] = '\0';
		from += len + 1;
		if (!len)
			continue;
		if (!auto_item_valid(item))
			return -EINVAL;
		used += scnprintf(list + used, AUTO_SIZE - used, "%s%s",
				  used ? " " : "", item);
	}
	return 0;
}

/**
 * flashvm_auto_store() - Replace the list.
 * @buf: the new list; empty: no devices
 * @count: its length in bytes
 *
 * Context: may sleep; also before the allocators are up.
 * Return: 0; -EINVAL if an item is no name and no UUID, -ERANGE if the list
 * is too long. The old list stays then.
 */
int flashvm_auto_store(const char *buf, size_t count)
{
	static char list[AUTO_SIZE];
	int err;

	mutex_lock(&auto_mutex);
	err = auto_parse(buf, count, list);
	if (!err) {
		spin_lock(&auto_lock);
		memcpy(auto_list, list, AUTO_SIZE);
		spin_unlock(&auto_lock);
	}
	mutex_unlock(&auto_mutex);
	return err;
}

static int __init auto_setup(char *list)
{
	if (flashvm_auto_store(list, strlen(list)))
		pr_err("boot parameter flashvm.auto=%s not understood, no device is enabled by itself\n",
		       list);
	return 1;
}
__setup("flashvm.auto=", auto_setup);
