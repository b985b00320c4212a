// SPDX-License-Identifier: GPL-2.0
/*
 *		/sys/kernel/mm/flashvm/
 *
 *	auto				list of devices, see auto.c
 *	streams				walks that are followed, see history.c
 *	<device>/prefetch/		a directory for each feature
 *	<device>/stats/			see stat.c
 *
 * <device> is the kernel's name of the block device. One value a file; a bad
 * one gives EINVAL or ERANGE and changes nothing. Each file is described in
 * Documentation/ABI/testing/sysfs-kernel-mm-flashvm.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/blkdev.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "internal.h"

static struct kobject *flashvm_kobj;

/**
 * flashvm_from_kobj() - Get the device from its directory.
 * @kobj: kobject of a file's directory; groups share that of the device
 *
 * Return: the device.
 */
struct flashvm_dev *flashvm_from_kobj(struct kobject *kobj)
{
	return container_of(kobj, struct flashvm_dev, kobj);
}

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);

	return sysfs_emit(buf, "%d\n", READ_ONCE(dev->prefetch_enabled));
}

static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);
	unsigned int enabled;
	int err = kstrtouint(buf, 0, &enabled);

	if (err)
		return err;
	if (enabled > 1)
		return -EINVAL;
	/* Read once for each fault, without a lock. */
	WRITE_ONCE(dev->prefetch_enabled, enabled);
	return count;
}

static struct kobj_attribute enabled_attr = __ATTR_RW(enabled);

/* A tunable from 0 to a bound; it is read once for each fault, without a lock. */
#define FLASHVM_NUMBER_ATTR(_name, _field, _max)				\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);		\
									\
	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->_field));		\
}									\
static ssize_t _name##_store(struct kobject *kobj,			\
			     struct kobj_attribute *attr,		\
			     const char *buf, size_t count)		\
{									\
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);		\
									\
	return flashvm_store_number(&dev->_field, _max, buf) ?: count;	\
}									\
static struct kobj_attribute _name##_attr = __ATTR_RW(_name)

static int flashvm_store_number(unsigned int *field, unsigned int max,
				const char *buf)
{
	unsigned int number;
	int err = kstrtouint(buf, 0, &number);

	if (err)
		return err;
	if (number > max)
		return -ERANGE;
	WRITE_ONCE(*field, number);
	return 0;
}

FLASHVM_NUMBER_ATTR(window, prefetch_window, FLASHVM_WINDOW_MAX);
FLASHVM_NUMBER_ATTR(stride_blocks, stride_blocks, FLASHVM_STRIDE_MAX);
FLASHVM_NUMBER_ATTR(eviction_window, eviction_window, FLASHVM_WINDOW_MAX);
FLASHVM_NUMBER_ATTR(accuracy_floor, prefetch_floor, 100);
FLASHVM_NUMBER_ATTR(in_flight, in_flight_max, FLASHVM_IN_FLIGHT_MAX);
FLASHVM_NUMBER_ATTR(room, room, FLASHVM_ROOM_MAX);
FLASHVM_NUMBER_ATTR(columns, columns, FLASHVM_COLUMNS_MAX);

static struct attribute *flashvm_prefetch_attrs[] = {
	&enabled_attr.attr,
	&window_attr.attr,
	&stride_blocks_attr.attr,
	&eviction_window_attr.attr,
	&accuracy_floor_attr.attr,
	&in_flight_attr.attr,
	&room_attr.attr,
	&columns_attr.attr,
	NULL,
};

static const struct attribute_group flashvm_prefetch_group = {
	.name = "prefetch",
	.attrs = flashvm_prefetch_attrs,
};

static const struct attribute_group *flashvm_groups[] = {
	&flashvm_prefetch_group,
	&flashvm_stats_group,
	NULL,
};

static void flashvm_kobj_release(struct kobject *kobj)
{
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);

	kvfree(dev->stride_slots);
	free_percpu(dev->stats);
	kfree(dev);
}

static const struct kobj_type flashvm_ktype = {
	.release = flashvm_kobj_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = flashvm_groups,
};

/**
 * flashvm_kobj_init() - Give the memory of a device to its kobject.
 * @dev: the device; from now on kobject_put() frees it
 */
void flashvm_kobj_init(struct flashvm_dev *dev)
{
	kobject_init(&dev->kobj, &flashvm_ktype);
}

/**
 * flashvm_kobj_add() - Make the directory of a device.
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0 or an error of kobject_add().
 */
int flashvm_kobj_add(struct flashvm_dev *dev)
{
	return kobject_add(&dev->kobj, flashvm_kobj, "%pg", dev->si->bdev);
}

/**
 * flashvm_kobj_taken() - Is there a directory of that name already?
 * @bdev: a block device
 *
 * A device that is pulled out keeps its swap area, and so its directory; the
 * kernel may give its name to the next one. kobject_add() would report that
 * as a bug.
 *
 * Context: may sleep.
 * Return: true if there is.
 */
bool flashvm_kobj_taken(const struct block_device *bdev)
{
	char name[DISK_NAME_LEN + 8];	/* a partition number behind it */
	struct kernfs_node *node;

	snprintf(name, sizeof(name), "%pg", bdev);
	strreplace(name, '/', '!');	/* as kobject_add() does */
	node = sysfs_get_dirent(flashvm_kobj->sd, name);
	sysfs_put(node);
	return node;
}

static ssize_t auto_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return flashvm_auto_show(buf);
}

static ssize_t auto_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	return flashvm_auto_store(buf, count) ?: count;
}

/* Not __ATTR_RW(): "auto" is a macro for __auto_type in the kernel. */
static struct kobj_attribute auto_attr = {
	.attr = { .name = "auto", .mode = 0644 },
	.show = auto_show,
	.store = auto_store,
};

static ssize_t streams_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%u\n", flashvm_history_streams());
}

static struct kobj_attribute streams_attr = __ATTR_RO(streams);

static const struct attribute *const flashvm_attrs[] = {
	&auto_attr.attr,
	&streams_attr.attr,
	NULL,
};

/**
 * flashvm_sysfs_init() - Make /sys/kernel/mm/flashvm/.
 *
 * Context: an initcall after mm_kobj is made.
 * Return: 0 or -ENOMEM or an error of sysfs.
 */
int __init flashvm_sysfs_init(void)
{
	int err;

	flashvm_kobj = kobject_create_and_add("flashvm", mm_kobj);
	if (!flashvm_kobj)
		return -ENOMEM;
	err = sysfs_create_files(flashvm_kobj, flashvm_attrs);
	if (err)
		kobject_put(flashvm_kobj);
	return err;
}
