// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: from blk-mq through the model to a timer.
 *
 *   queue_rq   oracles; where (FTL) and when (timing) for each page; a timer for
 *              the moment when all is done
 *   timer      hard interrupt: gives the request back to blk-mq
 *   complete   data to or from the store, if all went well; ends the request
 *
 * With several CPUs blk-mq calls complete in its softirq. With one it does so at
 * once (see blk_mq_complete_request_remote()): in the timer's interrupt, and for
 * what takes no time at all (profile zero) in queue_rq, before submit_bio()
 * returns.
 *
 * Time is CLOCK_MONOTONIC and nothing waits for the host of the guest, so that
 * runs in virtual time repeat.
 *
 * @model is a spinlock that is taken with interrupts off, as requests end in
 * interrupts. Swap frees slots below si->lock, and tells us there. The pages of a
 * discard, which may be all there are, are dealt with in pieces.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define pr_fmt(fmt) "flashsim: " fmt

#include <linux/highmem.h>
#include <linux/kmemleak.h>
#include <linux/ratelimit.h>
#include <linux/sched/clock.h>
#include <linux/vmalloc.h>

#include "flashsim.h"

/**
 * struct flashsim_command - What belongs to a request.
 * @timer: ends it
 * @request: it
 * @status: how it ends
 */
struct flashsim_command {
	struct hrtimer timer;
	struct request *request;
	blk_status_t status;
};

static void trip(struct flashsim *sim, const char *what, u32 page)
{
	if (__ratelimit(&sim->said))
		pr_err("%s: ORACLE: page %u %s\n", flashsim_name(sim), page, what);
}

static u32 page_of(sector_t sector)
{
	return sector >> FLASHSIM_SECTORS;
}

/* xorshift64 (Marsaglia, 2003): below 1000, near enough to uniform. */
static bool one_in(struct flashsim *sim, u32 per_mille)
{
	sim->random ^= sim->random << 13;
	sim->random ^= sim->random >> 7;
	sim->random ^= sim->random << 17;
	return per_mille && (sim->random >> 32) * 1000 >> 32 < per_mille;
}

/* The ranges of a discard need not follow each other. */
static bool touches(struct request *rq, const struct flashsim_fault *fault)
{
	struct bio *bio;

	__rq_for_each_bio(bio, rq)
		if (fault->from <= page_of(bio_end_sector(bio) - 1) &&
		    fault->to >= page_of(bio->bi_iter.bi_sector))
			return true;
	return false;
}

static bool fails(struct flashsim *sim, struct request *rq)
{
	for (unsigned int i = 0; i < sim->nr_faults; i++) {
		const struct flashsim_fault *fault = &sim->fault[i];

		if (fault->op == req_op(rq) &&
		    !(fault->flags & ~rq->cmd_flags) && touches(rq, fault) &&
		    one_in(sim, fault->per_mille))
			return true;
	}
	return false;
}

/* Between store and request; pages of the request need not be whole. */
static void copy(struct flashsim *sim, struct request *rq)
{
	void *at = sim->store + (blk_rq_pos(rq) << SECTOR_SHIFT);
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_segment(bv, rq, iter) {
		if (op_is_write(req_op(rq)))
			memcpy_from_bvec(at, &bv);
		else
			memcpy_to_bvec(&bv, at);
		at += bv.bv_len;
	}
}

static void write_page(struct flashsim *sim, u32 page, u64 begin, u64 *end,
		       blk_status_t *status)
{
	u64 arrived = timing_write_begin(&sim->timing, begin);
	u64 programmed;

	if (!ftl_write(&sim->ftl, page, timing_nand, &sim->timing)) {
		*status = BLK_STS_IOERR;
		*end = max(*end, arrived);
		return;
	}
	programmed = timing_write_end(&sim->timing, ftl_find(&sim->ftl, page));
	*end = max(*end, sim->timing.rates.buffer ? arrived : programmed);
}

static u64 read_page(struct flashsim *sim, u32 page, u64 begin)
{
	u32 die = ftl_find(&sim->ftl, page);

	sim->counts.nand_read += die != FTL_NONE;
	return timing_read(&sim->timing, begin, die);
}

static u64 transfer(struct flashsim *sim, struct request *rq, u64 begin,
		    blk_status_t *status)
{
	u32 first = page_of(blk_rq_pos(rq)), pages = page_of(blk_rq_sectors(rq));
	bool writes = req_op(rq) == REQ_OP_WRITE;
	u64 end = begin;

	if (writes)
		sim->counts.written += pages;
	else
		sim->counts.read += pages;
	for (u32 page = first; page < first + pages; page++) {
		if (writes) {
			if (oracle_write_begin(&sim->oracle, page))
				trip(sim, "is written while it is discarded", page);
		} else if (oracle_read(&sim->oracle, page)) {
			trip(sim, "is read, and is not there", page);
		}
		if (sim->timing.rates.turn)
			continue;
		if (writes)
			write_page(sim, page, begin, &end, status);
		else
			end = max(end, read_page(sim, page, begin));
	}
	return sim->timing.rates.turn ?
		timing_disk(&sim->timing, begin, first, pages) : end;
}

/* All pages of a discard, a piece at a time. */
static __always_inline void discard_pages(struct flashsim *sim, struct request *rq,
					  void (*one)(struct flashsim *, u32))
{
	struct bio *bio;

	__rq_for_each_bio(bio, rq) {
		u32 page = page_of(bio->bi_iter.bi_sector);
		u32 end = page_of(bio_end_sector(bio));

		while (page < end) {
			u32 stop = min(end, page + FLASHSIM_CHUNK);
			unsigned long flags;
			u64 started;

			spin_lock_irqsave(&sim->model, flags);
			started = local_clock();
			while (page < stop)
				one(sim, page++);
			sim->counts.own_ns += local_clock() - started;
			spin_unlock_irqrestore(&sim->model, flags);
		}
	}
}

static void discard_page(struct flashsim *sim, u32 page)
{
	if (oracle_discard_begin(&sim->oracle, page))
		trip(sim, "is discarded while it is written", page);
	ftl_trim(&sim->ftl, page);
}

static void page_discarded(struct flashsim *sim, u32 page)
{
	oracle_discard_end(&sim->oracle, page);
}

/* When it is done; discard_pages() follows. */
static u64 discard(struct flashsim *sim, struct request *rq, u64 begin)
{
	/* Not bios: a device that knows one range gets what follows as one. */
	u32 ranges = blk_rq_nr_discard_segments(rq);
	u32 pages = page_of(blk_rq_sectors(rq));

	sim->counts.ranges += ranges;
	sim->counts.discarded += pages;
	return timing_discard(&sim->timing, begin, ranges, pages);
}

/* When is it done? Called with @model. */
static u64 admit(struct flashsim *sim, struct request *rq, u64 now,
		 blk_status_t *status)
{
	u64 begin = timing_begin(&sim->timing, now), end = begin;

	if (!sim->depth++)
		sim->busy_since = now;
	sim->counts.commands++;
	sim->counts.depth_sum += sim->depth;
	sim->counts.depth_most = max_t(u64, sim->counts.depth_most, sim->depth);
	switch (req_op(rq)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		end = transfer(sim, rq, begin, status);
		break;
	case REQ_OP_DISCARD:
		end = discard(sim, rq, begin);
		break;
	case REQ_OP_FLUSH:
		/* The buffer survives without power. */
		break;
	default:
		*status = BLK_STS_NOTSUPP;
	}
	if (fails(sim, rq))
		*status = req_op(rq) == REQ_OP_DISCARD ? BLK_STS_IOERR :
			BLK_STS_MEDIUM;
	if (one_in(sim, sim->spike_per_mille))
		end += sim->spike_ns;
	return end;
}

static enum hrtimer_restart timer_ended(struct hrtimer *timer)
{
	struct flashsim_command *command =
		container_of(timer, struct flashsim_command, timer);

	blk_mq_complete_request(command->request);
	return HRTIMER_NORESTART;
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx,
			     const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	struct flashsim_command *command = blk_mq_rq_to_pdu(rq);
	struct flashsim *sim = rq->q->queuedata;
	u64 started = local_clock(), now, end;
	unsigned long flags;

	command->request = rq;
	command->status = BLK_STS_OK;
	blk_mq_start_request(rq);
	spin_lock_irqsave(&sim->model, flags);
	now = ktime_get_ns();
	end = admit(sim, rq, now, &command->status);
	sim->counts.own_ns += local_clock() - started;
	spin_unlock_irqrestore(&sim->model, flags);
	if (req_op(rq) == REQ_OP_DISCARD)
		discard_pages(sim, rq, discard_page);
	if (end <= now)
		blk_mq_complete_request(rq);
	else
		hrtimer_start(&command->timer, ns_to_ktime(end),
			      HRTIMER_MODE_ABS);
	return BLK_STS_OK;
}

static const void *data_of(struct flashsim *sim, u32 page)
{
	return sim->store + ((size_t)page << PAGE_SHIFT);
}

/* The oracles' side of the end. */
static void settle(struct flashsim *sim, struct request *rq)
{
	u32 first = page_of(blk_rq_pos(rq)), pages = page_of(blk_rq_sectors(rq));

	switch (req_op(rq)) {
	case REQ_OP_READ:
		for (u32 page = first; page < first + pages; page++)
			if (oracle_compare(&sim->oracle, page,
					   data_of(sim, page)))
				trip(sim, "is not what was written", page);
		break;
	case REQ_OP_WRITE:
		for (u32 page = first; page < first + pages; page++) {
			oracle_write_end(&sim->oracle, page);
			oracle_keep(&sim->oracle, page, data_of(sim, page));
		}
		break;
	default:
		break;
	}
}

static void complete_rq(struct request *rq)
{
	struct flashsim_command *command = blk_mq_rq_to_pdu(rq);
	struct flashsim *sim = rq->q->queuedata;
	blk_status_t status = command->status;
	unsigned long flags;
	u64 started;

	if (req_op(rq) == REQ_OP_DISCARD)
		discard_pages(sim, rq, page_discarded);
	started = local_clock();
	if (status == BLK_STS_OK && (req_op(rq) == REQ_OP_READ ||
				     req_op(rq) == REQ_OP_WRITE))
		copy(sim, rq);
	spin_lock_irqsave(&sim->model, flags);
	settle(sim, rq);
	if (status != BLK_STS_OK)
		sim->counts.failed++;
	if (!--sim->depth)
		sim->counts.busy_ns += ktime_get_ns() - sim->busy_since;
	sim->counts.own_ns += local_clock() - started;
	spin_unlock_irqrestore(&sim->model, flags);
	blk_mq_end_request(rq, status);
}

static int init_request(struct blk_mq_tag_set *set, struct request *rq,
			unsigned int hctx_idx, unsigned int numa_node)
{
	struct flashsim_command *command = blk_mq_rq_to_pdu(rq);

	hrtimer_init(&command->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	command->timer.function = timer_ended;
	return 0;
}

static const struct blk_mq_ops flashsim_mq_ops = {
	.queue_rq = queue_rq,
	.complete = complete_rq,
	.init_request = init_request,
};

/* Swap has freed a slot, which is a page of this partition; below si->lock. */
static void slot_freed(struct block_device *bdev, unsigned long slot)
{
	struct flashsim *sim = bdev->bd_disk->private_data;
	u32 page = page_of(bdev->bd_start_sect) + slot;
	unsigned long flags;
	u64 started;

	if (!READ_ONCE(sim->trim))
		return;
	spin_lock_irqsave(&sim->model, flags);
	started = local_clock();
	/* An area that outlives its disk is nothing to the one that came after. */
	if (sim->disk == bdev->bd_disk && page < sim->ftl.shape.pages) {
		/* At no cost, so begun and ended at once. */
		ftl_trim(&sim->ftl, page);
		if (oracle_discard_begin(&sim->oracle, page))
			trip(sim, "is freed while it is written", page);
		oracle_discard_end(&sim->oracle, page);
		sim->counts.own_ns += local_clock() - started;
	}
	spin_unlock_irqrestore(&sim->model, flags);
}

/* The last opener of a disk that may be off for long has gone. */
static void free_disk(struct gendisk *disk)
{
	struct flashsim *sim = disk->private_data;

	config_item_put(&sim->group.cg_item);
}

static const struct block_device_operations flashsim_ops = {
	.owner = THIS_MODULE,
	.swap_slot_free_notify = slot_freed,
	.free_disk = free_disk,
};

/*
 * A device of the lab is small: with erase blocks of full size a die would have
 * a handful of them. They are halved until it has 64, and take half as long to
 * erase, so that a page costs the same.
 */
static void fit(struct ftl_shape *shape, struct timing_rates *rates)
{
	while (shape->block_pages > 16 &&
	       shape->pages / shape->dies / shape->block_pages < 64) {
		shape->block_pages /= 2;
		rates->erase /= 2;
	}
}

static int make_model(struct flashsim *sim)
{
	struct timing_rates rates = sim->set.rates;
	struct ftl_shape shape = {
		.pages = sim->size_mb * FLASHSIM_MB,
		.dies = sim->set.dies,
		.block_pages = sim->set.block_pages,
		.spare_per_mille = sim->set.spare_per_mille,
		.endurance = sim->set.endurance,
	};
	u64 size;

	if (!ftl_shape_valid(&shape) || !timing_rates_valid(&rates))
		return -EINVAL;
	if (sim->fit)
		fit(&shape, &rates);
	size = ALIGN(ftl_size(&shape), sizeof(u64));
	/* Data is no pointers: kmemleak need not look at it. */
	sim->store = vzalloc((size_t)sim->size_mb << 20);
	sim->memory = vmalloc(size + timing_size(&rates, shape.dies));
	if (!sim->store || !sim->memory)
		return -ENOMEM;
	kmemleak_no_scan(sim->store);
	kmemleak_no_scan(sim->memory);
	ftl_init(&sim->ftl, &shape, sim->memory);
	timing_init(&sim->timing, &rates, shape.dies, shape.pages,
		    sim->memory + size);
	memset(&sim->counts, 0, sizeof(sim->counts));
	sim->random = 88172645463325252ULL + sim->seed;
	sim->depth = 0;
	sim->nr_faults = 0;
	sim->spike_per_mille = 0;
	sim->trim = false;
	ratelimit_default_init(&sim->said);
	return 0;
}

static void set_disk(struct flashsim *sim, struct gendisk *disk)
{
	spin_lock_irq(&sim->model);
	sim->disk = disk;
	spin_unlock_irq(&sim->model);
}

static void free_model(struct flashsim *sim)
{
	oracle_free(&sim->oracle);
	vfree(sim->store);
	vfree(sim->memory);
	sim->store = NULL;
	sim->memory = NULL;
}

/**
 * flashsim_power_on() - Let there be a disk, as the settings say.
 * @sim: its description
 *
 * Context: May sleep. Called with @config.
 * Return: 0; -EINVAL if the settings make no sense together, -ENOMEM, or what
 * adding the disk gives.
 */
int flashsim_power_on(struct flashsim *sim)
{
	struct queue_limits limits = {
		.logical_block_size = PAGE_SIZE,
		.physical_block_size = PAGE_SIZE,
		.max_hw_sectors = 2048,
		.max_segments = 256,
		.features = sim->set.rotational ? BLK_FEAT_ROTATIONAL : 0,
	};
	struct gendisk *disk;
	int error;

	if (sim->set.discard_ranges) {
		limits.discard_granularity = PAGE_SIZE;
		limits.max_hw_discard_sectors = UINT_MAX >> SECTOR_SHIFT;
		limits.max_discard_segments = sim->set.discard_ranges;
	}
	error = oracle_init(&sim->oracle, sim->size_mb * FLASHSIM_MB, sim->data);
	if (!error)
		error = make_model(sim);
	if (error)
		goto no_model;

	memset(&sim->tags, 0, sizeof(sim->tags));
	sim->tags.ops = &flashsim_mq_ops;
	sim->tags.nr_hw_queues = 1;
	sim->tags.queue_depth = sim->set.queue_depth;
	sim->tags.numa_node = NUMA_NO_NODE;
	sim->tags.cmd_size = sizeof(struct flashsim_command);
	sim->tags.flags = BLK_MQ_F_SHOULD_MERGE;
	if (!sim->set.one_queue)
		sim->tags.flags |= BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	/* Whatever waits behind a discard is not lost. */
	sim->tags.timeout = 600 * HZ;
	error = blk_mq_alloc_tag_set(&sim->tags);
	if (error)
		goto no_model;
	disk = blk_mq_alloc_disk(&sim->tags, &limits, sim);
	if (IS_ERR(disk)) {
		error = PTR_ERR(disk);
		goto no_disk;
	}
	disk->fops = &flashsim_ops;
	disk->private_data = sim;
	strscpy(disk->disk_name, flashsim_name(sim), DISK_NAME_LEN);
	set_capacity(disk, (sector_t)sim->size_mb << (20 - SECTOR_SHIFT));
	config_item_get(&sim->group.cg_item);
	error = add_disk(disk);
	if (error)
		goto not_added;
	set_disk(sim, disk);
	return 0;

not_added:
	/* free_disk() is not called for what was never there. */
	put_disk(disk);
	config_item_put(&sim->group.cg_item);
no_disk:
	blk_mq_free_tag_set(&sim->tags);
no_model:
	free_model(sim);
	return error;
}

/**
 * flashsim_power_off() - It is gone, whoever uses it.
 * @sim: its description
 *
 * What was on its way ends well, all that comes fails.
 *
 * Context: May sleep. Called with @config.
 */
void flashsim_power_off(struct flashsim *sim)
{
	struct gendisk *disk = sim->disk;

	blk_mark_disk_dead(disk);
	del_gendisk(disk);
	set_disk(sim, NULL);
	put_disk(disk);
	blk_mq_free_tag_set(&sim->tags);
	free_model(sim);
}
