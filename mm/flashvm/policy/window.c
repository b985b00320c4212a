// SPDX-License-Identifier: GPL-2.0
/*
 *		The window predictor
 *
 * FlashVM (Saxena and Swift, USENIX ATC 2010) observed that a device without
 * seeks need not read a block of neighbours to be efficient: it should read
 * the pages that are likely to be used, and skip the holes between them for
 * free. Linux 6.12 skips holes too, but counts them: its window is a number
 * of positions, so in a fragmented area it brings few pages.
 *
 * Here the window counts valid pages only, and runs forward or backward from
 * the fault in one of two spaces:
 *
 *	address:   pages that are neighbours in the program,
 *	slot:      pages that were evicted one after the other.
 *
 *	     last fault           edge          this fault
 *	          v                 v               v
 *	  --------#=================|---------------#=====================>
 *	           pages of the plan  <= SLACK        next plan, twice as deep
 *
 * Observations:
 *
 * 1. A run that was predicted well faults again just beyond the edge of its
 *    last plan: everything before was in memory. So a fault beyond the edge,
 *    in the direction of the run, is the sign of a run; before there is a
 *    plan, a fault next to the last one is.
 *
 * 2. Address order is asked first. It is what the program does; slot order
 *    is only what reclaim saw of it. But a program that repeats an irregular
 *    walk is irregular in address space and sequential in the slots.
 *
 * 3. The depth follows what became of the last plan: doubled when at least
 *    half of it was touched, halved when less than a quarter was. A fault
 *    that belongs to no run plans nothing and halves the depth: random
 *    access is read without prefetching.
 *
 * Nothing here locks, allocates, sleeps, or reads a clock.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include "window.h"

/* Is @to at most @reach steps from @from in direction @dir, and not on it? */
static bool within(u64 from, u64 to, int dir, u64 reach)
{
	u64 distance = dir > 0 ? to - from : from - to;

	/* The wrong direction wraps to a huge distance. */
	return distance - 1 < reach;
}

/* Direction of the run that a fault at @index continues; 0: none. */
static int follow(const struct flashvm_window *w, enum flashvm_space space,
		  u64 index)
{
	int dir = w->dir[space];
	u64 last = w->last[space];

	if (index == FLASHVM_NO_INDEX || last == FLASHVM_NO_INDEX)
		return 0;
	if (dir && within(w->edge[space], index, dir, FLASHVM_WINDOW_SLACK))
		return dir;
	if (within(last, index, 1, 1))
		return 1;
	if (within(last, index, -1, 1))
		return -1;
	return 0;
}

static void adapt(struct flashvm_window *w, bool run, unsigned int max)
{
	unsigned int depth = w->depth;

	if (!run)
		depth /= 2;
	else if (!depth)
		depth = FLASHVM_WINDOW_START;
	else if (w->issued && 2 * w->used >= w->issued)
		depth *= 2;
	else if (w->issued && 4 * w->used < w->issued)
		depth = max(depth / 2, 1U);

	w->depth = min(depth, max);
}

/**
 * flashvm_window_plan() - Decide what to read ahead at a fault.
 * @w: the history that the fault belongs to; updated
 * @fault: where the fault is
 * @max: bound of the window in pages; values above FLASHVM_WINDOW_MAX count
 *	as that
 * @plan: the decision
 *
 * The same fault again (a retry) plans nothing and teaches nothing.
 */
void flashvm_window_plan(struct flashvm_window *w,
			 const struct flashvm_fault *fault, unsigned int max,
			 struct flashvm_plan *plan)
{
	int dir[FLASHVM_SPACES];
	enum flashvm_space space;

	plan->space = FLASHVM_SPACES;
	plan->dir = 0;
	plan->nr = 0;

	if (w->live && fault->index[FLASHVM_SLOT] == w->last[FLASHVM_SLOT] &&
	    fault->index[FLASHVM_ADDRESS] == w->last[FLASHVM_ADDRESS])
		return;

	for (space = 0; space < FLASHVM_SPACES; space++) {
		dir[space] = w->live ? follow(w, space, fault->index[space]) : 0;
		if (dir[space] && plan->space == FLASHVM_SPACES)
			plan->space = space;
		w->last[space] = fault->index[space];
		w->edge[space] = fault->index[space];
		w->dir[space] = dir[space];
	}
	w->live = true;

	adapt(w, plan->space != FLASHVM_SPACES,
	      min_t(unsigned int, max, FLASHVM_WINDOW_MAX));
	w->issued = 0;
	w->used = 0;
	if (plan->space == FLASHVM_SPACES)
		return;
	plan->dir = dir[plan->space];
	plan->nr = w->depth;
	if (!plan->nr)
		plan->space = FLASHVM_SPACES;
}

/**
 * flashvm_window_pick() - Find the pages of a plan.
 * @plan: the plan
 * @from: index of the fault in the space of the plan
 * @first: lowest index that may be looked at
 * @last: highest index that may be looked at
 * @valid: says whether the page at an index is on a device and worth
 *	reading; it is asked once for each index, in order, and notes those
 *	for which it returns true
 * @ctx: passed to @valid
 * @edge: index of the last page picked, or @from
 *
 * Holes are passed over and not counted, but no more than
 * FLASHVM_WINDOW_SCAN indices are looked at for each page of the plan.
 *
 * Return: number of pages picked, at most the plan's.
 */
unsigned int flashvm_window_pick(const struct flashvm_plan *plan, u64 from,
				 u64 first, u64 last,
				 bool (*valid)(void *ctx, u64 index),
				 void *ctx, u64 *edge)
{
	unsigned int scan = plan->nr * FLASHVM_WINDOW_SCAN;
	unsigned int nr = 0;
	u64 index = from;

	*edge = from;
	while (nr < plan->nr && scan--) {
		if (index == (plan->dir > 0 ? last : first))
			break;
		index += plan->dir;
		if (!valid(ctx, index))
			continue;
		*edge = index;
		nr++;
	}
	return nr;
}

/**
 * flashvm_window_issued() - Note what was really read of a plan.
 * @w: the history
 * @plan: the plan
 * @edge: outermost index read, in the space of the plan
 * @issued: number of pages read ahead
 */
void flashvm_window_issued(struct flashvm_window *w,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued)
{
	if (plan->space == FLASHVM_SPACES)
		return;
	w->edge[plan->space] = edge;
	w->issued = min_t(unsigned int, issued, FLASHVM_WINDOW_MAX);
}

/**
 * flashvm_window_used() - Note that a page read ahead was touched.
 * @w: the history
 */
void flashvm_window_used(struct flashvm_window *w)
{
	if (w->used < w->issued)
		w->used++;
}
