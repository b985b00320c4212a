/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flashsim, a block device that behaves as flash: what its files share.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHSIM_H
#define _FLASHSIM_H

#include <linux/blk-mq.h>
#include <linux/configfs.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/spinlock.h>

#include "ftl.h"
#include "oracle.h"
#include "profile.h"
#include "timing.h"

/* Pages of a MB; sectors of a page, as a shift. */
#define FLASHSIM_MB		256
#define FLASHSIM_SECTORS	3

/* Pages that are dealt with before interrupts are let in. */
#define FLASHSIM_CHUNK		1024

/* Rules for faults that a device can have at a time. */
#define FLASHSIM_FAULTS		8

/**
 * struct flashsim_fault - Commands that fail.
 * @op: REQ_OP_READ, REQ_OP_WRITE or REQ_OP_DISCARD
 * @flags: REQ_RAHEAD: only what nobody waits for; or 0
 * @from: first page
 * @to: last page
 * @per_mille: of the commands that touch one of them
 */
struct flashsim_fault {
	enum req_op op;
	blk_opf_t flags;
	u32 from;
	u32 to;
	u32 per_mille;
};

/**
 * struct flashsim_counts - What has come to the device. Pages, if not said.
 * @read: pages read
 * @nand_read: of them, pages for which a die was read
 * @written: pages written
 * @discarded: pages discarded
 * @commands: read, write and discard commands
 * @ranges: ranges of discards
 * @failed: commands that ended with an error
 * @depth_sum: commands on their way, the new one too, summed over all commands
 * @depth_most: the most of them at a time
 * @busy_ns: time in which one at least was on its way
 * @own_ns: time of the processor that the model took
 */
struct flashsim_counts {
	u64 read;
	u64 nand_read;
	u64 written;
	u64 discarded;
	u64 commands;
	u64 ranges;
	u64 failed;
	u64 depth_sum;
	u64 depth_most;
	u64 busy_ns;
	u64 own_ns;
};

/**
 * struct flashsim - A device.
 * @group: its directory in configfs
 * @config: serialises changes of the settings, and power
 * @set: the settings; they count from the next power on
 * @profile: the name of the profile they came from
 * @size_mb: of the host
 * @fit: smaller erase blocks if the device is small
 * @data: the oracle looks at the data, too
 * @seed: of what is at random
 * @disk: while it is on; changed with @config and @model
 * @tags: of @disk
 * @store: the data, a page after the other
 * @memory: of @ftl and @timing
 * @model: protects what follows; taken with interrupts off
 * @ftl: where the pages are; not for a disk
 * @timing: when things are free
 * @oracle: what must never happen
 * @counts: since power on, or since they were set to zero
 * @fault: rules for commands that fail
 * @nr_faults: how many of @fault
 * @spike_per_mille: of the commands that take longer
 * @spike_ns: by so much
 * @trim: slots of swap that are freed are known at once, at no cost
 * @depth: commands on their way
 * @busy_since: when @depth was zero the last time
 * @random: state of the generator
 * @said: bounds what is said of offences, for each device by itself
 */
struct flashsim {
	struct config_group group;
	struct mutex config;	/* changes of the settings, and power */
	struct flashsim_profile set;
	char profile[16];
	u32 size_mb;
	bool fit;
	bool data;
	u32 seed;
	struct gendisk *disk;
	struct blk_mq_tag_set tags;
	void *store;
	void *memory;

	spinlock_t model;	/* all below it; interrupts off */
	struct ftl ftl;
	struct timing timing;
	struct flashsim_oracle oracle;
	struct flashsim_counts counts;
	struct flashsim_fault fault[FLASHSIM_FAULTS];
	unsigned int nr_faults;
	u32 spike_per_mille;
	u32 spike_ns;
	bool trim;
	u32 depth;
	u64 busy_since;
	u64 random;
	struct ratelimit_state said;
};

int flashsim_power_on(struct flashsim *sim);
void flashsim_power_off(struct flashsim *sim);

static inline const char *flashsim_name(const struct flashsim *sim)
{
	return config_item_name((struct config_item *)&sim->group.cg_item);
}

#endif /* _FLASHSIM_H */
