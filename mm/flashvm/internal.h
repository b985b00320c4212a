/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FlashVM: what its files share.
 *
 * Lock order, FlashVM's locks last:
 *
 *	inode lock of the block device (swapon)
 *	  cpus_read_lock, jump_label_mutex (flashvm_key)
 *	  flashvm_history_mutex
 *	mmap or VMA lock > folio lock > page table lock > si->lock
 *	  a bucket of the history table (trylock only; a leaf)
 *	auto_mutex > auto_lock (leaves)
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _MM_FLASHVM_INTERNAL_H
#define _MM_FLASHVM_INTERNAL_H

#include <linux/atomic.h>
#include <linux/flashvm.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/vm_event_item.h>
#include <linux/vmstat.h>

#include "policy/predict.h"

/**
 * enum flashvm_stat - Counters of a device, one file each in stats/.
 * @FLASHVM_STAT_SLOTS_ALLOCATED: slots handed out
 * @FLASHVM_STAT_SLOTS_FREED: slots given back; the rest is in use
 * @FLASHVM_STAT_PAGES_DEMAND: pages read because somebody wanted them now
 * @FLASHVM_STAT_PAGES_AHEAD: pages read ahead by FlashVM
 * @FLASHVM_STAT_PAGES_AHEAD_USED: pages read ahead that were touched
 * @FLASHVM_STAT_PAGES_AHEAD_LATE: of these, those that were waited for
 * @FLASHVM_STAT_PAGES_AHEAD_WASTED: pages read ahead that left memory untouched
 * @FLASHVM_STAT_PAGES_AHEAD_DROPPED: planned pages given up for want of memory
 * @FLASHVM_STAT_ROOM_ASKED: how often a worker was asked to make room
 * @FLASHVM_STAT_WINDOW_ISSUED: pages read ahead as neighbours of others
 * @FLASHVM_STAT_WINDOW_USED: those that were touched, as far as is remembered
 * @FLASHVM_STAT_WINDOW_LATE: of these, those that were waited for
 * @FLASHVM_STAT_EVICTION_ISSUED: pages read ahead in the order of eviction
 * @FLASHVM_STAT_EVICTION_USED: those that were touched, as far as is remembered
 * @FLASHVM_STAT_EVICTION_LATE: of these, those that were waited for
 * @FLASHVM_STAT_STRIDE_ISSUED: pages read ahead along a stride
 * @FLASHVM_STAT_STRIDE_USED: those that were touched
 * @FLASHVM_STAT_STRIDE_LATE: of these, those that were waited for
 * @FLASHVM_STAT_STRIDE_WASTED: those that left memory untouched
 * @FLASHVM_STAT_PAGES_WRITTEN: pages submitted for writing
 * @FLASHVM_STAT_PAGES_READ_DONE: pages read without error
 * @FLASHVM_STAT_PAGES_WRITE_DONE: pages written without error
 * @FLASHVM_STAT_READS_RETRIED: pages read once more, after an error
 * @FLASHVM_STAT_READ_ERRORS: failed read requests
 * @FLASHVM_STAT_WRITE_ERRORS: failed write requests
 * @FLASHVM_STATS: number of counters
 */
enum flashvm_stat {
	FLASHVM_STAT_SLOTS_ALLOCATED,
	FLASHVM_STAT_SLOTS_FREED,
	FLASHVM_STAT_PAGES_DEMAND,
	FLASHVM_STAT_PAGES_AHEAD,
	FLASHVM_STAT_PAGES_AHEAD_USED,
	FLASHVM_STAT_PAGES_AHEAD_LATE,
	FLASHVM_STAT_PAGES_AHEAD_WASTED,
	FLASHVM_STAT_PAGES_AHEAD_DROPPED,
	FLASHVM_STAT_ROOM_ASKED,
	FLASHVM_STAT_WINDOW_ISSUED,
	FLASHVM_STAT_WINDOW_USED,
	FLASHVM_STAT_WINDOW_LATE,
	FLASHVM_STAT_EVICTION_ISSUED,
	FLASHVM_STAT_EVICTION_USED,
	FLASHVM_STAT_EVICTION_LATE,
	FLASHVM_STAT_STRIDE_ISSUED,
	FLASHVM_STAT_STRIDE_USED,
	FLASHVM_STAT_STRIDE_LATE,
	FLASHVM_STAT_STRIDE_WASTED,
	FLASHVM_STAT_PAGES_WRITTEN,
	FLASHVM_STAT_PAGES_READ_DONE,
	FLASHVM_STAT_PAGES_WRITE_DONE,
	FLASHVM_STAT_READS_RETRIED,
	FLASHVM_STAT_READ_ERRORS,
	FLASHVM_STAT_WRITE_ERRORS,
	FLASHVM_STATS,
};

/* Pages that are being read ahead from a device: the most, and by default. */
#define FLASHVM_IN_FLIGHT_MAX	4096
#define FLASHVM_IN_FLIGHT_DEFAULT 256

/*
 * Bucket 0 counts latencies below 1 us, bucket n from 2^(n-1) us up, and the
 * last one everything from 2^22 us (about four seconds).
 */
#define FLASHVM_LATENCY_BUCKETS	24

/* Bucket n counts pages of streams that read 2^n pages at a time, or some more. */
#define FLASHVM_DEPTH_BUCKETS	6

/**
 * struct flashvm_stats - One CPU's share of the figures of a device.
 * @count: by &enum flashvm_stat
 * @depth: pages read ahead, by log2 of the depth of their stream
 * @latency: requests by direction (READ, WRITE) and log2 of microseconds
 */
struct flashvm_stats {
	unsigned long count[FLASHVM_STATS];
	unsigned long depth[FLASHVM_DEPTH_BUCKETS];
	unsigned long latency[2][FLASHVM_LATENCY_BUCKETS];
};

/**
 * struct flashvm_dev - A FlashVM device.
 * @kobj: its directory in /sys/kernel/mm/flashvm/; owns the memory
 * @si: the swap area
 * @stats: per-CPU figures
 * @prefetch_enabled: prefetch/enabled
 * @prefetch_window: prefetch/window, in pages
 * @stride_blocks: prefetch/stride_blocks, in pages
 * @eviction_window: prefetch/eviction_window, in pages
 * @prefetch_floor: prefetch/accuracy_floor, in per cent
 * @in_flight_max: prefetch/in_flight, in pages
 * @room: prefetch/room, in pages
 * @columns: prefetch/columns, of a matrix
 * @in_flight: pages that are being read ahead
 * @stride_slots: a bit a slot: read ahead along a stride, not touched yet; from
 *	activate on
 *
 * Reached by si->flashvm from claim to release; see core.c.
 */
struct flashvm_dev {
	struct kobject kobj;
	struct swap_info_struct *si;
	struct flashvm_stats __percpu *stats;
	bool prefetch_enabled;
	unsigned int prefetch_window;
	unsigned int stride_blocks;
	unsigned int eviction_window;
	unsigned int prefetch_floor;
	unsigned int in_flight_max;
	unsigned int room;
	unsigned int columns;
	atomic_t in_flight;
	unsigned long *stride_slots;
};

/* auto.c */
bool flashvm_auto_match(const struct block_device *bdev,
			const union swap_header *header, const char *path);
ssize_t flashvm_auto_show(char *buf);
int flashvm_auto_store(const char *buf, size_t count);

/* sysfs.c */
int flashvm_sysfs_init(void);
void flashvm_kobj_init(struct flashvm_dev *dev);
int flashvm_kobj_add(struct flashvm_dev *dev);
bool flashvm_kobj_taken(const struct block_device *bdev);

/* stat.c */
extern const struct attribute_group flashvm_stats_group;
struct flashvm_dev *flashvm_from_kobj(struct kobject *kobj);

/**
 * flashvm_count() - Add to a counter of a device.
 * @dev: the device
 * @stat: the counter
 * @nr: how much
 *
 * Context: any.
 */
static inline void flashvm_count(struct flashvm_dev *dev,
				 enum flashvm_stat stat, unsigned long nr)
{
	this_cpu_add(dev->stats->count[stat], nr);
}

/**
 * flashvm_count_depth() - Count pages that were read ahead, by depth.
 * @dev: the device
 * @depth: pages that their stream reads at a time, not 0
 * @nr: number of pages
 *
 * Context: any.
 */
static inline void flashvm_count_depth(struct flashvm_dev *dev,
				       unsigned int depth, unsigned long nr)
{
	this_cpu_add(dev->stats->depth[min(ilog2(depth),
					   FLASHVM_DEPTH_BUCKETS - 1)], nr);
}

/**
 * struct flashvm_picked - Pages that are to be read ahead.
 * @si: the swap area of the page that was touched
 * @vma: its VMA; NULL: shmem
 * @mapping: its file, if there is no VMA
 * @page: its page number in the VMA's address space, or its index in the file
 * @memcg: ID of the cgroup that its slot is charged to
 * @pmd: entry of the page table that was looked at last
 * @table: an address in that table; 0: none was yet
 * @nr: number of pages
 * @entry: their slots
 * @pages: their distance from the page that was touched, for the NUMA policy
 */
struct flashvm_picked {
	struct swap_info_struct *si;
	struct vm_area_struct *vma;
	struct address_space *mapping;
	u64 page;
	unsigned short memcg;
	pmd_t *pmd;
	unsigned long table;
	unsigned int nr;
	swp_entry_t entry[FLASHVM_PLAN_MAX];
	int pages[FLASHVM_PLAN_MAX];
};

/* pick.c */
bool flashvm_entry_on_device(const struct flashvm_picked *p, swp_entry_t entry);
void flashvm_pick(struct flashvm_picked *p, const struct flashvm_plan *plan,
		  swp_entry_t entry, u64 *edge);

/* Pages that are freed at a time at hits: a charge frees an eighth of that. */
#define FLASHVM_ROOM_AT_HIT	(8 * SWAP_CLUSTER_MAX)
/* The same by a worker, behind faults: the most, and by default. */
#define FLASHVM_ROOM_MAX	1024
#define FLASHVM_ROOM_DEFAULT	SWAP_CLUSTER_MAX

/* room.c */
void flashvm_room_init(void);
bool flashvm_ask_for_room(const struct folio *folio, unsigned int pages);
bool flashvm_make_room(unsigned short memcg_id, unsigned int nr,
		       unsigned int pages, gfp_t gfp);

/* keep.c */
void flashvm_keep_ahead(struct folio_batch *batch);
void flashvm_keep_no_more(struct folio *folio);

/* history.c */
int flashvm_history_init(void);
unsigned int flashvm_history_streams(void);
struct flashvm_predictors *flashvm_history_get(const void *key, bool create);
void flashvm_history_put(struct flashvm_predictors *predictors);

#endif /* _MM_FLASHVM_INTERNAL_H */
