// SPDX-License-Identifier: GPL-2.0
/*
 *		The readahead of Linux 6.12
 *
 * A model of mm/swap_state.c, made to decide as it does: swap_vma_readahead() for
 * anonymous memory on a device that does not rotate, swap_cluster_readahead()
 * for shared memory and for all of it when VMA readahead is off. Both size their
 * window by the hits of the last one (__swapin_nr_pages()).
 *
 * Differences: the window is cut at the ends that the trace knows of a mapping,
 * not at those that it has; hits are counted exactly, not up to 63.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include "predictors.h"

#define PTES	512	/* pages of a table: a window stays within one */

/* A state for both: of a mapping, or of all. */
struct readahead {
	uint64_t last;		/* page or slot of the last fault or touch */
	unsigned int window;
	unsigned int hits;
	bool begun;
};

/* Linux begins as if there had been four hits. */
static void begin(struct readahead *ra)
{
	if (!ra->begun)
		ra->hits = 4;
	ra->begun = true;
}

/* __swapin_nr_pages() */
static unsigned int pages_to_read(uint64_t last, uint64_t at, unsigned int hits,
				  unsigned int max, unsigned int window)
{
	unsigned int pages = hits + 2, roundup = 4;

	if (pages == 2) {
		if (at != last + 1 && at != last - 1)
			pages = 1;
	} else {
		while (roundup < pages)
			roundup *= 2;
		pages = roundup;
	}
	if (pages > max)
		pages = max;
	return pages < window / 2 ? window / 2 : pages;
}

/* swap_cluster_readahead(), of swapin_nr_pages() */
static void cluster_fault(struct readahead *ra, struct replay *replay,
			  const struct event *event, unsigned int max)
{
	unsigned int hits, pages;
	uint32_t slot, first;

	begin(ra);
	hits = ra->hits;
	pages = pages_to_read(ra->last, event->slot, hits, max, ra->window);
	if (!hits)
		ra->last = event->slot;
	ra->hits = 0;
	ra->window = pages;
	/* Windows are powers of two but for what an odd half has left of one. */
	first = event->slot & ~(pages - 1);
	for (slot = first; slot <= (event->slot | (pages - 1)); slot++)
		if (slot && slot != event->slot)
			replay_read_slot(replay, slot);
}

static void cluster_used(struct readahead *ra)
{
	ra->hits++;
}

/* swap_vma_readahead(), swap_vma_ra_win() */
static void vma_fault(struct readahead *ra, struct replay *replay,
		      const struct event *event, unsigned int max)
{
	uint64_t page = event->page, last = ra->last, first, end, from, to;
	uint64_t table = page & ~(uint64_t)(PTES - 1);
	unsigned int pages;

	begin(ra);
	pages = pages_to_read(last, page, ra->hits, max, ra->window);
	ra->last = page;
	ra->window = pages;
	ra->hits = 0;
	if (pages == 1)
		return;
	if (page == last + 1)
		from = page;
	else if (last == page + 1)
		from = page - pages + 1;
	else
		from = page - (pages - 1) / 2;
	to = from + pages;
	if ((int64_t)from < 0)
		from = 0;
	replay_bounds(replay, event->area, &first, &end);
	if (from < first)
		from = first;
	if (from < table)
		from = table;
	if (to > end + 1)
		to = end + 1;
	if (to > table + PTES)
		to = table + PTES;
	for (; from < to; from++)
		if (from != page)
			replay_read_page(replay, event->area, from);
}

/* Each touch of a page in the swap cache moves the last one, hits or not. */
static void vma_used(struct readahead *ra, const struct event *event)
{
	ra->hits++;
	ra->last = event->page;
}

/*
 * VMA readahead knows nothing of shared memory, which cluster readahead reads;
 * its state is one for the system, and here one for each mapping.
 */
struct both {
	struct readahead vma;
	struct readahead cluster;
};

static void both_fault(struct both *both, struct replay *replay,
		       const struct event *event, unsigned int max)
{
	if (event->has_page)
		vma_fault(&both->vma, replay, event, max);
	else
		cluster_fault(&both->cluster, replay, event, max);
}

static void both_used(void *state, struct replay *replay,
		      const struct event *event)
{
	struct both *both = state;

	(void)replay;
	if (event->has_page)
		vma_used(&both->vma, event);
	else
		cluster_used(&both->cluster);
}

static void vma_fault_3(void *state, struct replay *replay,
			const struct event *event)
{
	both_fault(state, replay, event, 1 << 3);
}

static void vma_fault_5(void *state, struct replay *replay,
			const struct event *event)
{
	both_fault(state, replay, event, 1 << 5);
}

static void cluster_fault_3(void *state, struct replay *replay,
			    const struct event *event)
{
	cluster_fault(state, replay, event, 1 << 3);
}

static void cluster_fault_5(void *state, struct replay *replay,
			    const struct event *event)
{
	cluster_fault(state, replay, event, 1 << 5);
}

static void any_used(void *state, struct replay *replay,
		     const struct event *event)
{
	(void)replay;
	(void)event;
	cluster_used(state);
}

const struct predictor nothing = {
	.name = "nothing", .about = "each page when it is touched",
};

const struct predictor stock_vma_3 = {
	.name = "stock", .about = "Linux 6.12, VMA readahead, page-cluster 3",
	.demand_last = true, .size = sizeof(struct both),
	.fault = vma_fault_3, .used = both_used,
};

const struct predictor stock_vma_5 = {
	.name = "stock-5", .about = "the same with page-cluster 5",
	.demand_last = true, .size = sizeof(struct both),
	.fault = vma_fault_5, .used = both_used,
};

const struct predictor stock_cluster_3 = {
	.name = "cluster", .about = "Linux 6.12, cluster readahead, page-cluster 3",
	.demand_last = true, .size = sizeof(struct readahead), .shared = true,
	.fault = cluster_fault_3, .used = any_used,
};

const struct predictor stock_cluster_5 = {
	.name = "cluster-5", .about = "the same with page-cluster 5",
	.demand_last = true, .size = sizeof(struct readahead), .shared = true,
	.fault = cluster_fault_5, .used = any_used,
};
