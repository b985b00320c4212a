// SPDX-License-Identifier: GPL-2.0
/*
 *		Figures of a FlashVM device
 *
 * Counters are per CPU, so that counting costs an increment without a lock in
 * any context: slots are counted under si->lock with interrupts in an unknown
 * state, requests at their completion. They are summed when read.
 *
 * Pages are counted when a request is submitted, bytes when it succeeded,
 * errors when it failed; a request is one folio. Latency is the time between
 * submission to the block layer, or that of the first request in the plug, and
 * completion, so time in its queues is in.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/sysfs.h>

#include <trace/events/flashvm.h>

#include "internal.h"

/* Under si->lock. */
void __flashvm_slots_allocated(struct flashvm_dev *dev, unsigned int nr)
{
	flashvm_count(dev, FLASHVM_STAT_SLOTS_ALLOCATED, nr);
}

/* Under si->lock; state of interrupts unknown. */
void __flashvm_slots_freed(struct flashvm_dev *dev, unsigned int nr)
{
	flashvm_count(dev, FLASHVM_STAT_SLOTS_FREED, nr);
}

/* Microseconds that fit a pointer on 32 bits, too: they wrap, differences not. */
static unsigned long flashvm_now_us(void)
{
	return (unsigned long)ktime_to_us(ktime_get());
}

/*
 * The same, or when the block layer looked at the clock since the plug was begun, which
 * it does once for accounts of its own (blk_time_get_ns()): to look costs more than to
 * count.
 */
static unsigned long flashvm_submitted_us(void)
{
	const struct blk_plug *plug = current->plug;
	/* Who is preempted meanwhile loses it. */
	u64 now = plug ? READ_ONCE(plug->cur_ktime) : 0;

	return now ? (unsigned long)ktime_to_us(ns_to_ktime(now)) :
		     flashvm_now_us();
}

/*
 * Count a request that is about to be submitted. A folio that is read ahead
 * has PG_readahead already; nobody else has seen a folio that is read. The
 * device is told, too: it need not try hard, for flashvm_reread() will.
 * Context: folio locked (read) or under write-back (write).
 * Return: the start time, never 0.
 */
unsigned long __flashvm_io_begin(struct flashvm_dev *dev, struct bio *bio)
{
	struct folio *folio = bio_first_folio_all(bio);
	unsigned int nr = folio_nr_pages(folio);
	unsigned long start = flashvm_submitted_us() ?: 1;

	if (op_is_write(bio_op(bio))) {
		flashvm_count(dev, FLASHVM_STAT_PAGES_WRITTEN, nr);
		count_vm_events(FLASHVM_WRITTEN, nr);
	} else if (folio_test_readahead(folio)) {
		bio->bi_opf |= REQ_RAHEAD;
		atomic_add(nr, &dev->in_flight);
		flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD, nr);
		count_vm_events(FLASHVM_AHEAD, nr);
	} else {
		flashvm_count(dev, FLASHVM_STAT_PAGES_DEMAND, nr);
		count_vm_events(FLASHVM_DEMAND, nr);
	}
	bio->bi_private = (void *)start;
	return start;
}

static unsigned int flashvm_latency_bucket(unsigned long us)
{
	return us ? min(ilog2(us) + 1, FLASHVM_LATENCY_BUCKETS - 1) : 0;
}

/*
 * Count a request that is done. Context: any, the folio still locked or under
 * write-back, so that its slot, and with it the device, stays.
 */
void __flashvm_io_end(struct bio *bio, unsigned long start)
{
	struct folio *folio = bio_first_folio_all(bio);
	struct swap_info_struct *si = swp_swap_info(folio->swap);
	unsigned long us = flashvm_now_us() - start;
	bool write = op_is_write(bio_op(bio));
	struct flashvm_dev *dev = si->flashvm;

	if (bio->bi_opf & REQ_RAHEAD)
		atomic_sub(folio_nr_pages(folio), &dev->in_flight);
	this_cpu_inc(dev->stats->latency[write][flashvm_latency_bucket(us)]);
	if (bio->bi_status)
		flashvm_count(dev, write ? FLASHVM_STAT_WRITE_ERRORS :
					   FLASHVM_STAT_READ_ERRORS, 1);
	else
		flashvm_count(dev, write ? FLASHVM_STAT_PAGES_WRITE_DONE :
					   FLASHVM_STAT_PAGES_READ_DONE,
			      folio_nr_pages(folio));
	trace_flashvm_io(si, folio, write, us,
			 blk_status_to_errno(bio->bi_status));
}

/* The sum over all CPUs of a counter that is at @counter on each. */
static u64 flashvm_sum(const unsigned long __percpu *counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(counter, cpu));
	return sum;
}

static u64 flashvm_stat(struct kobject *kobj, enum flashvm_stat stat)
{
	return flashvm_sum(&flashvm_from_kobj(kobj)->stats->count[stat]);
}

#define FLASHVM_STAT_ATTR(_name, _stat, _shift)				\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	return sysfs_emit(buf, "%llu\n",				\
			  flashvm_stat(kobj, _stat) << (_shift));	\
}									\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

FLASHVM_STAT_ATTR(slots_allocated, FLASHVM_STAT_SLOTS_ALLOCATED, 0);
FLASHVM_STAT_ATTR(slots_freed, FLASHVM_STAT_SLOTS_FREED, 0);
FLASHVM_STAT_ATTR(pages_demand, FLASHVM_STAT_PAGES_DEMAND, 0);
FLASHVM_STAT_ATTR(pages_ahead, FLASHVM_STAT_PAGES_AHEAD, 0);
FLASHVM_STAT_ATTR(pages_ahead_used, FLASHVM_STAT_PAGES_AHEAD_USED, 0);
FLASHVM_STAT_ATTR(pages_ahead_late, FLASHVM_STAT_PAGES_AHEAD_LATE, 0);
FLASHVM_STAT_ATTR(pages_ahead_wasted, FLASHVM_STAT_PAGES_AHEAD_WASTED, 0);
FLASHVM_STAT_ATTR(pages_ahead_dropped, FLASHVM_STAT_PAGES_AHEAD_DROPPED, 0);
FLASHVM_STAT_ATTR(room_asked, FLASHVM_STAT_ROOM_ASKED, 0);
FLASHVM_STAT_ATTR(window_issued, FLASHVM_STAT_WINDOW_ISSUED, 0);
FLASHVM_STAT_ATTR(window_used, FLASHVM_STAT_WINDOW_USED, 0);
FLASHVM_STAT_ATTR(window_late, FLASHVM_STAT_WINDOW_LATE, 0);
FLASHVM_STAT_ATTR(eviction_issued, FLASHVM_STAT_EVICTION_ISSUED, 0);
FLASHVM_STAT_ATTR(eviction_used, FLASHVM_STAT_EVICTION_USED, 0);
FLASHVM_STAT_ATTR(eviction_late, FLASHVM_STAT_EVICTION_LATE, 0);
FLASHVM_STAT_ATTR(stride_issued, FLASHVM_STAT_STRIDE_ISSUED, 0);
FLASHVM_STAT_ATTR(stride_used, FLASHVM_STAT_STRIDE_USED, 0);
FLASHVM_STAT_ATTR(stride_late, FLASHVM_STAT_STRIDE_LATE, 0);
FLASHVM_STAT_ATTR(stride_wasted, FLASHVM_STAT_STRIDE_WASTED, 0);
FLASHVM_STAT_ATTR(pages_written, FLASHVM_STAT_PAGES_WRITTEN, 0);
FLASHVM_STAT_ATTR(bytes_read, FLASHVM_STAT_PAGES_READ_DONE, PAGE_SHIFT);
FLASHVM_STAT_ATTR(bytes_written, FLASHVM_STAT_PAGES_WRITE_DONE, PAGE_SHIFT);
FLASHVM_STAT_ATTR(reads_retried, FLASHVM_STAT_READS_RETRIED, 0);
FLASHVM_STAT_ATTR(read_errors, FLASHVM_STAT_READ_ERRORS, 0);
FLASHVM_STAT_ATTR(write_errors, FLASHVM_STAT_WRITE_ERRORS, 0);

/* A line a bucket: its lower bound in microseconds, its requests. */
static ssize_t flashvm_latency_show(struct kobject *kobj, int rw, char *buf)
{
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);
	ssize_t len = 0;
	int i;

	for (i = 0; i < FLASHVM_LATENCY_BUCKETS; i++)
		len += sysfs_emit_at(buf, len, "%lu %llu\n",
				     i ? BIT(i - 1) : 0UL,
				     flashvm_sum(&dev->stats->latency[rw][i]));
	return len;
}

static ssize_t read_latency_us_show(struct kobject *kobj,
				    struct kobj_attribute *attr, char *buf)
{
	return flashvm_latency_show(kobj, READ, buf);
}

static struct kobj_attribute read_latency_us_attr = __ATTR_RO(read_latency_us);

static ssize_t write_latency_us_show(struct kobject *kobj,
				     struct kobj_attribute *attr, char *buf)
{
	return flashvm_latency_show(kobj, WRITE, buf);
}

static struct kobj_attribute write_latency_us_attr = __ATTR_RO(write_latency_us);

/* A line a bucket: its lower bound in pages, the pages of such streams. */
static ssize_t ahead_depth_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	struct flashvm_dev *dev = flashvm_from_kobj(kobj);
	ssize_t len = 0;
	int i;

	for (i = 0; i < FLASHVM_DEPTH_BUCKETS; i++)
		len += sysfs_emit_at(buf, len, "%lu %llu\n", BIT(i),
				     flashvm_sum(&dev->stats->depth[i]));
	return len;
}

static struct kobj_attribute ahead_depth_attr = __ATTR_RO(ahead_depth);

static struct attribute *flashvm_stats_attrs[] = {
	&slots_allocated_attr.attr,
	&slots_freed_attr.attr,
	&pages_demand_attr.attr,
	&pages_ahead_attr.attr,
	&pages_ahead_used_attr.attr,
	&pages_ahead_late_attr.attr,
	&pages_ahead_wasted_attr.attr,
	&pages_ahead_dropped_attr.attr,
	&room_asked_attr.attr,
	&window_issued_attr.attr,
	&window_used_attr.attr,
	&window_late_attr.attr,
	&eviction_issued_attr.attr,
	&eviction_used_attr.attr,
	&eviction_late_attr.attr,
	&stride_issued_attr.attr,
	&stride_used_attr.attr,
	&stride_late_attr.attr,
	&stride_wasted_attr.attr,
	&pages_written_attr.attr,
	&bytes_read_attr.attr,
	&bytes_written_attr.attr,
	&reads_retried_attr.attr,
	&read_errors_attr.attr,
	&write_errors_attr.attr,
	&read_latency_us_attr.attr,
	&write_latency_us_attr.attr,
	&ahead_depth_attr.attr,
	NULL,
};

const struct attribute_group flashvm_stats_group = {
	.name = "stats",
	.attrs = flashvm_stats_attrs,
};
