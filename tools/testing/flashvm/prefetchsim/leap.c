// SPDX-License-Identifier: GPL-2.0
/*
 *		Leap
 *
 * A model of the prefetcher of "Effectively Prefetching Remote Memory with Leap"
 * (Al Maruf and Chowdhury, USENIX ATC 2020), after its algorithms 1 and 2: the
 * distances between the last accesses of a process are kept, and that which
 * more than half of them have in common is the trend. It is looked for in the
 * newest few first, then in twice as many. As many pages are read along the trend
 * as the last ones had hits, rounded up to a power of two; without a trend, along
 * the last one that there was.
 *
 * The paper counts distances in the order in which pages were swapped out, that
 * is, in slots. In the addresses of the program it sees more; both are compared.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include "predictors.h"

#define HISTORY		32	/* of distances; "H_size" */
#define SPLIT		8	/* the first part looked at is HISTORY / SPLIT */
#define WINDOW_MAX	8	/* pages; "PW_size max" */

struct leap {
	int64_t distance[HISTORY];	/* a ring; the newest is before head */
	unsigned int head;
	unsigned int nr;
	uint64_t last;
	int64_t trend;			/* the last there was; 0: none */
	unsigned int window;
	unsigned int hits;
	bool begun;
};

static int64_t newest(const struct leap *leap, unsigned int i)
{
	return leap->distance[(leap->head + HISTORY - 1 - i) % HISTORY];
}

/* Boyer and Moore's vote among the newest; 0 if none has more than half. */
static int64_t majority(const struct leap *leap, unsigned int nr)
{
	int64_t candidate = 0;
	unsigned int i, votes = 0;

	for (i = 0; i < nr; i++) {
		if (!votes)
			candidate = newest(leap, i);
		votes += newest(leap, i) == candidate ? 1 : -1;
	}
	for (i = votes = 0; i < nr; i++)
		votes += newest(leap, i) == candidate;
	return votes > nr / 2 ? candidate : 0;
}

static int64_t find_trend(const struct leap *leap)
{
	unsigned int nr;
	int64_t trend;

	for (nr = HISTORY / SPLIT; nr <= HISTORY; nr *= 2) {
		if (nr > leap->nr)
			return 0;
		trend = majority(leap, nr);
		if (trend)
			return trend;
	}
	return 0;
}

static void note(struct leap *leap, uint64_t at)
{
	if (leap->begun) {
		leap->distance[leap->head] = at - leap->last;
		leap->head = (leap->head + 1) % HISTORY;
		if (leap->nr < HISTORY)
			leap->nr++;
	}
	leap->begun = true;
	leap->last = at;
}

static unsigned int window(struct leap *leap)
{
	unsigned int pages = 1;

	if (!leap->hits) {
		/* Does the fault follow the trend? */
		pages = leap->trend && newest(leap, 0) == leap->trend;
	} else {
		while (pages < leap->hits + 1)
			pages *= 2;
		if (pages > WINDOW_MAX)
			pages = WINDOW_MAX;
	}
	if (pages < leap->window / 2)
		pages = leap->window / 2;
	leap->hits = 0;
	leap->window = pages;
	return pages;
}

/* Where to read; 0 pages: nowhere. */
static unsigned int plan(struct leap *leap, uint64_t at)
{
	unsigned int pages;
	int64_t trend;

	note(leap, at);
	trend = find_trend(leap);
	if (trend)
		leap->trend = trend;
	pages = window(leap);
	return leap->trend ? pages : 0;
}

static void address_fault(void *state, struct replay *replay,
			  const struct event *event)
{
	struct leap *leap = state;
	unsigned int pages;

	if (!event->has_page)
		return;
	pages = plan(leap, event->page);
	for (unsigned int i = 1; i <= pages; i++)
		replay_read_page(replay, event->area,
				 event->page + i * leap->trend);
}

static void address_used(void *state, struct replay *replay,
			 const struct event *event)
{
	struct leap *leap = state;

	(void)replay;
	if (!event->has_page)
		return;
	note(leap, event->page);
	leap->hits++;
}

static void slot_fault(void *state, struct replay *replay,
		       const struct event *event)
{
	struct leap *leap = state;
	unsigned int pages = plan(leap, event->slot);
	int64_t slot;

	for (unsigned int i = 1; i <= pages; i++) {
		slot = (int64_t)event->slot + (int64_t)i * leap->trend;
		if (slot > 0 && slot < replay_slots(replay))
			replay_read_slot(replay, slot);
	}
}

static void slot_used(void *state, struct replay *replay,
		      const struct event *event)
{
	struct leap *leap = state;

	(void)replay;
	note(leap, event->slot);
	leap->hits++;
}

const struct predictor leap_address = {
	.name = "leap", .about = "Leap's trend, in addresses of a mapping",
	.size = sizeof(struct leap), .fault = address_fault, .used = address_used,
};

const struct predictor leap_slot = {
	.name = "leap-slot", .about = "Leap's trend, in slots, as published",
	.size = sizeof(struct leap), .shared = true,
	.fault = slot_fault, .used = slot_used,
};
