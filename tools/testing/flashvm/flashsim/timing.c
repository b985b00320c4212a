// SPDX-License-Identifier: GPL-2.0
/*
 * When a command is done, on flash or on a disk.
 *
 * Each thing that can do one job at a time (die, arm) has a moment from which on
 * it is free. A job begins when it has come and the thing is free, and moves that
 * moment by what it takes: queues in the order of arrival, without queues. A link
 * or a channel is asked for in another order than it is used in, as data of a slow
 * die comes late: these know the times when they are busy, and what fits between
 * them goes between them. A command is done when the last of its pages is.
 *
 *   read    command  die: read   channel   link
 *   write   command  link  wait for a place in the buffer | done
 *           afterwards: channel, die: what garbage collection asks for, program
 *
 * With @suspend a read does not wait for programs and erases that the die has
 * before it, only for other reads, and delays them. A page that is still in the
 * buffer is read like any other: the difference is hidden by the host's own
 * memory, which has a page that it is writing.
 *
 * A disk has one head. If the page is not the next one, the arm moves, by the
 * square root of the distance, and the page comes round: where the platter is
 * follows from the time.
 *
 * Pure C: no locks, clock, allocation. Time is what the owner says, nanoseconds
 * that do not go back.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "timing.h"

/* The most that anything may cost: 4 s. */
#define MOST	4000000000U

/**
 * timing_rates_valid() - Can a device have these?
 * @rates: to be looked at
 */
bool timing_rates_valid(const struct timing_rates *rates)
{
	const u32 costs[] = {
		rates->command, rates->link, rates->channel, rates->read,
		rates->program, rates->erase, rates->suspend, rates->discard,
		rates->discard_range, rates->discard_mb, rates->seek_least,
		rates->seek_most, rates->turn,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(costs); i++)
		if (costs[i] > MOST)
			return false;
	return rates->channels && rates->channels <= TIMING_CHANNELS &&
		rates->buffer <= TIMING_BUFFER &&
		rates->seek_least <= rates->seek_most;
}

/**
 * timing_size() - Memory that a device needs.
 * @rates: valid ones
 * @dies: of the device
 *
 * Return: bytes.
 */
u64 timing_size(const struct timing_rates *rates, u32 dies)
{
	return sizeof(struct timing_line) * (1ULL + rates->channels) +
		sizeof(u64) * (2ULL * dies + rates->buffer);
}

/**
 * timing_init() - Nothing is on its way.
 * @t: the device
 * @rates: valid ones
 * @dies: how many it has
 * @pages: of the host
 * @memory: of timing_size() bytes, aligned for u64; it stays the caller's
 */
void timing_init(struct timing *t, const struct timing_rates *rates, u32 dies,
		 u32 pages, void *memory)
{
	memset(t, 0, sizeof(*t));
	memset(memory, 0, timing_size(rates, dies));
	t->rates = *rates;
	t->dies = dies;
	t->pages = pages;
	t->link = memory;
	t->channel = t->link + 1;
	t->read_free = (void *)(t->channel + rates->channels);
	t->die_free = t->read_free + dies;
	t->buffer = t->die_free + dies;
}

/* Occupy something from @from on for @cost; return the end. */
static u64 occupy(u64 *free, u64 from, u32 cost)
{
	*free = max(*free, from) + cost;
	return *free;
}

/* What is over when a command begins is of no interest to those after it. */
static void forget(struct timing_line *line, u64 begun)
{
	while (line->nr && line->busy[line->first].to <= begun) {
		line->first++;
		line->nr--;
	}
}

/* The first time that is not over at @from: a place behind @line->first. */
static u32 find_after(const struct timing_line *line, u64 from)
{
	const struct timing_span *busy = line->busy + line->first;
	u32 low = 0, high = line->nr;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (busy[middle].to > from)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Make place for one more: what is before or behind it moves, whichever is less. */
static struct timing_span *insert(struct timing_line *line, u32 place)
{
	struct timing_span *busy = line->busy + line->first;

	if (line->first && place < line->nr / 2) {
		memmove(busy - 1, busy, place * sizeof(*busy));
		line->first--;
	} else {
		if (line->first + line->nr == ARRAY_SIZE(line->busy)) {
			memmove(line->busy, busy, line->nr * sizeof(*busy));
			line->first = 0;
		}
		busy = line->busy + line->first + place;
		memmove(busy + 1, busy, (line->nr - place) * sizeof(*busy));
	}
	line->nr++;
	return line->busy + line->first + place;
}

static void take_out(struct timing_line *line, u32 place)
{
	struct timing_span *at = line->busy + line->first + place;

	line->nr--;
	memmove(at, at + 1, (line->nr - place) * sizeof(*at));
}

/*
 * Go over a line, at @from or in the first time after it that is long enough. It is
 * the guest's processor that does this, and its time counts in a run: so no step here
 * looks at all that is ahead.
 */
static u64 pass(struct timing *t, struct timing_line *line, u64 from, u32 cost)
{
	struct timing_span *busy;
	bool joins, joined;
	u32 i;

	if (!cost)
		return from;
	forget(line, t->begun);
	busy = line->busy + line->first;
	/* As a rule nothing that is ahead comes later. */
	if ((!line->nr || busy[line->nr - 1].to < from) &&
	    line->nr < TIMING_AHEAD &&
	    line->first + line->nr < ARRAY_SIZE(line->busy)) {
		busy[line->nr++] = (struct timing_span){ from, from + cost };
		return from + cost;
	}
	for (i = find_after(line, from);
	     i < line->nr && from + cost > busy[i].from; i++)
		from = max(from, busy[i].to);
	/* Too much ahead: no time in between is left, but none is lost either. */
	if (line->nr == TIMING_AHEAD) {
		i = line->nr;
		from = max(from, busy[i - 1].to);
		busy[i - 1].to = from + cost;
		return from + cost;
	}
	joins = i && busy[i - 1].to == from;
	joined = i < line->nr && busy[i].from == from + cost;
	if (joins && joined) {
		busy[i - 1].to = busy[i].to;
		take_out(line, i);
	} else if (joins) {
		busy[i - 1].to += cost;
	} else if (joined) {
		busy[i].from = from;
	} else {
		*insert(line, i) = (struct timing_span){ from, from + cost };
	}
	return from + cost;
}

/**
 * timing_begin() - When does a command begin that comes now?
 * @t: the device
 * @now: the time
 *
 * Return: the time from which on its pages can be looked at.
 */
u64 timing_begin(const struct timing *t, u64 now)
{
	return max(now, t->blocked) + t->rates.command;
}

/**
 * timing_read() - Read a page.
 * @t: the device
 * @begin: of its command
 * @die: that has the page; FTL_NONE: no NAND is read for it
 *
 * Return: when the host has it.
 */
u64 timing_read(struct timing *t, u64 begin, u32 die)
{
	t->begun = max(t->begun, begin);
	if (die == FTL_NONE)
		return pass(t, t->link, begin, t->rates.link);
	if (t->rates.suspend) {
		begin = max(begin, t->read_free[die]);
		if (t->die_free[die] > begin) {
			begin += t->rates.suspend + t->rates.read;
			t->die_free[die] += t->rates.suspend + t->rates.read;
		} else {
			begin = occupy(&t->die_free[die], begin, t->rates.read);
		}
	} else {
		begin = occupy(&t->die_free[die], begin, t->rates.read);
	}
	t->read_free[die] = begin;
	begin = pass(t, &t->channel[die % t->rates.channels], begin,
		     t->rates.channel);
	return pass(t, t->link, begin, t->rates.link);
}

/**
 * timing_write_begin() - A page of the host comes.
 * @t: the device
 * @begin: of its command
 *
 * To be followed by timing_nand() for what the dies do for it, and by
 * timing_write_end().
 *
 * Return: when it is in the buffer, for which it may have to wait. If there is
 * none, timing_write_end() knows.
 */
u64 timing_write_begin(struct timing *t, u64 begin)
{
	u64 arrived;

	t->begun = max(t->begun, begin);
	arrived = pass(t, t->link, begin, t->rates.link);
	if (t->rates.buffer)
		arrived = max(arrived, t->buffer[t->buffer_at]);
	t->arrived = arrived;
	return arrived;
}

/**
 * timing_nand() - A die has something to do for the page that is written.
 * @timing: the device, a struct timing
 * @op: what
 * @die: which one
 */
void timing_nand(void *timing, enum ftl_nand op, u32 die)
{
	struct timing *t = timing;
	u64 *free = &t->die_free[die], from;

	switch (op) {
	case FTL_READ:
		occupy(free, t->arrived, t->rates.read);
		break;
	case FTL_MOVE:
		/* Within the die: the channel has nothing to do with it. */
		occupy(free, t->arrived, t->rates.program);
		break;
	case FTL_ERASE:
		occupy(free, t->arrived, t->rates.erase);
		break;
	case FTL_PROGRAM:
		from = pass(t, &t->channel[die % t->rates.channels], t->arrived,
			    t->rates.channel);
		occupy(free, from, t->rates.program);
		break;
	}
}

/**
 * timing_write_end() - The page is on its way into the die.
 * @t: the device
 * @die: which one
 *
 * Return: when it is programmed, and its place in the buffer free.
 */
u64 timing_write_end(struct timing *t, u32 die)
{
	u64 end = t->die_free[die];

	if (t->rates.buffer) {
		t->buffer[t->buffer_at] = end;
		t->buffer_at++;
		if (t->buffer_at == t->rates.buffer)
			t->buffer_at = 0;
	}
	return end;
}

/* The largest number whose square is not above @n. */
static u32 root(u64 n)
{
	u64 bit = 1ULL << 62, r = 0;

	for (; bit; bit >>= 2) {
		if (n >= r + bit) {
			n -= r + bit;
			r += bit << 1;
		}
		r >>= 1;
	}
	return r;
}

/**
 * timing_disk() - Read or write on a disk.
 * @t: the device
 * @begin: of the command
 * @page: the first
 * @pages: how many
 *
 * Return: when it is done.
 */
u64 timing_disk(struct timing *t, u64 begin, u32 page, u32 pages)
{
	const struct timing_rates *r = &t->rates;
	u32 distance = page > t->head ? page - t->head : t->head - page;
	u32 track = max(r->turn / max(r->link, 1U), 1U);

	begin = max(begin, t->arm_free);
	if (distance) {
		u64 at;

		begin += r->seek_least + (u64)(r->seek_most - r->seek_least) *
			root(distance) / max(root(t->pages), 1U);
		/* Where the page is in the turn, and where the head is. */
		at = (u64)(page % track) * r->turn / track;
		begin += (at + r->turn - begin % r->turn) % r->turn;
	}
	t->arm_free = begin + (u64)pages * r->link;
	t->head = page + pages;
	return t->arm_free;
}

/**
 * timing_discard() - Discard some ranges by one command.
 * @t: the device
 * @begin: of the command
 * @ranges: how many
 * @pages: in all of them
 *
 * Return: when it is done.
 */
u64 timing_discard(struct timing *t, u64 begin, u32 ranges, u64 pages)
{
	const struct timing_rates *r = &t->rates;

	t->discard_free = max(t->discard_free, begin) + r->discard +
		(u64)r->discard_range * ranges + pages * r->discard_mb / 256;
	if (r->discard_blocks)
		t->blocked = t->discard_free;
	return t->discard_free;
}
