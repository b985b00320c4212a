/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a command of flashsim is done. See timing.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHSIM_TIMING_H
#define _FLASHSIM_TIMING_H

#include "ftl.h"

/* The most pages of the write buffer, the most channels. */
#define TIMING_BUFFER	65536
#define TIMING_CHANNELS	64

/* The most times ahead in which a link or channel is known to be busy. */
#define TIMING_AHEAD	256

/**
 * struct timing_rates - What things cost. Nanoseconds, a page is 4 KiB.
 * @command: of the controller for each command; commands do not wait for it
 * @link: a page between host and device, one at a time
 * @channel: a page between controller and die, one at a time on a channel
 * @read: of a page in a die
 * @program: of a page in a die
 * @erase: of a block in a die
 * @suspend: for a program or an erase to make way for a read; 0: it does not
 * @discard: of a discard command
 * @discard_range: of each of its ranges
 * @discard_mb: of each MB
 * @seek_least: of a disk, to the next track
 * @seek_most: of a disk, from one end to the other
 * @turn: of a disk, one; 0: it is none, and the two before mean nothing
 * @channels: of flash; dies are on them in turn
 * @buffer: pages of the write buffer; 0: a write ends in the die
 * @discard_blocks: a discard holds up whatever comes after it
 */
struct timing_rates {
	u32 command;
	u32 link;
	u32 channel;
	u32 read;
	u32 program;
	u32 erase;
	u32 suspend;
	u32 discard;
	u32 discard_range;
	u32 discard_mb;
	u32 seek_least;
	u32 seek_most;
	u32 turn;
	u32 channels;
	u32 buffer;
	bool discard_blocks;
};

/**
 * struct timing_span - A time in which a link or a channel is busy.
 * @from: its begin
 * @to: its end
 */
struct timing_span {
	u64 from;
	u64 to;
};

/**
 * struct timing_line - What one thing at a time goes over: a link, a channel.
 * @first: place of the first time that is not over
 * @nr: how many there are from there on, TIMING_AHEAD at most
 * @busy: when it is, in order, with time in between
 */
struct timing_line {
	u32 first;
	u32 nr;
	struct timing_span busy[2 * TIMING_AHEAD];
};

/**
 * struct timing - The state of a device. The owner serialises access.
 * @rates: what things cost
 * @dies: how many
 * @pages: of the host, for the distance of seeks
 * @blocked: nothing begins before
 * @begun: the last command, and no other will begin before
 * @arm_free: the disk's arm is, from then on
 * @discard_free: discards do not overlap
 * @head: page that comes next under the head of the disk
 * @buffer_at: place in @buffer for the next page
 * @arrived: when the page that is being written came to the die
 * @read_free: for each die, when it can read
 * @die_free: for each die, when it can program and erase
 * @link: to the host
 * @channel: each of them
 * @buffer: for each place of the buffer, when its page was programmed
 */
struct timing {
	struct timing_rates rates;
	u32 dies;
	u32 pages;
	u64 blocked;
	u64 begun;
	u64 arm_free;
	u64 discard_free;
	u32 head;
	u32 buffer_at;
	u64 arrived;
	u64 *read_free;
	u64 *die_free;
	struct timing_line *link;
	struct timing_line *channel;
	u64 *buffer;
};

bool timing_rates_valid(const struct timing_rates *rates);
u64 timing_size(const struct timing_rates *rates, u32 dies);
void timing_init(struct timing *t, const struct timing_rates *rates, u32 dies,
		 u32 pages, void *memory);
u64 timing_begin(const struct timing *t, u64 now);
u64 timing_read(struct timing *t, u64 begin, u32 die);
u64 timing_write_begin(struct timing *t, u64 begin);
void timing_nand(void *timing, enum ftl_nand op, u32 die);
u64 timing_write_end(struct timing *t, u32 die);
u64 timing_disk(struct timing *t, u64 begin, u32 page, u32 pages);
u64 timing_discard(struct timing *t, u64 begin, u32 ranges, u64 pages);

#endif /* _FLASHSIM_TIMING_H */
