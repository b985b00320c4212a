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
 * 2. Programs do more than one thing at a time: they read one array and write
 *    another, or walk one table while they look things up in a second. So a
 *    history holds several runs, and a fault belongs to the one it continues.
 *    Each fault that continues none is a candidate for a new run; only half
 *    of the runs may be candidates, so that random faults between them do not
 *    push out the runs that are going on.
 *
 * 3. Address order is asked first. It is what the program does; slot order
 *    is only what reclaim saw of it. But a program that repeats an irregular
 *    walk is irregular in address space and sequential in the slots.
 *
 * 4. The depth of a run follows what became of its last plan: doubled when at
 *    least half of it was touched, halved when less than a quarter was. When
 *    nothing of it was touched there was no run: it is a candidate again.
 *
 * 5. Random access has neighbours, too: among twelve remembered faults of N pages,
 *    in two spaces and directions, chance brings one at a rate of 48 / N. Each time
 *    that nothing of a plan was used, or a run ends within a plan, runs are doubted
 *    more: they are followed in silence for 1, 3, 7 faults before their first plan.
 *    Each plan that was right halves the doubt.
 *
 * Nothing here locks, allocates, sleeps, or reads a clock.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/minmax.h>

#include "window.h"

/* The life of a run; FREE is 0, so that a zeroed history is an empty one. */
enum run_state {
	FREE,
	CANDIDATE,	/* one fault */
	CONFIRMED,	/* it has a space and a direction */
};

/* Is @to at most @reach steps from @from in direction @dir, and not on it? */
static bool within(u32 from, u32 to, int dir, u32 reach)
{
	u32 distance = dir > 0 ? to - from : from - to;

	/* The wrong direction wraps to a huge distance, and so does 0 - 1. */
	return distance - 1 < reach;
}

static bool knows(const struct flashvm_touch *touch, bool run_has_address,
		  enum flashvm_space space)
{
	return space != FLASHVM_ADDRESS ||
	       (touch->has_address && run_has_address);
}

/* Does a touch lie on a confirmed run, up to @slack beyond its edge? */
static bool on_run(const struct flashvm_run *run,
		   const struct flashvm_touch *touch, u32 slack)
{
	u32 from = run->last[run->space];
	u32 planned = run->dir > 0 ? run->edge - from : from - run->edge;

	return run->state == CONFIRMED &&
	       knows(touch, run->has_address, run->space) &&
	       within(from, touch->index[run->space], run->dir,
		      planned + slack);
}

/* Direction in which a fault is the neighbour of the last of a run; 0: none. */
static int neighbour(const struct flashvm_run *run,
		     const struct flashvm_touch *fault,
		     enum flashvm_space space)
{
	if (run->state == FREE || !knows(fault, run->has_address, space))
		return 0;
	if (within(run->last[space], fault->index[space], 1, 1))
		return 1;
	if (within(run->last[space], fault->index[space], -1, 1))
		return -1;
	return 0;
}

/*
 * Choose the run that gives way to a new candidate: a free one, or the oldest
 * of the candidates or of all, depending on how many candidates there are.
 */
static struct flashvm_run *oldest_run(struct flashvm_window *w)
{
	unsigned int i, candidates = 0;
	struct flashvm_run *run, *old = NULL;

	for (i = 0; i < FLASHVM_WINDOW_RUNS; i++)
		candidates += w->run[i].state == CANDIDATE;
	for (i = 0; i < FLASHVM_WINDOW_RUNS; i++) {
		run = &w->run[i];
		if (run->state == FREE)
			return run;
		if (candidates >= FLASHVM_WINDOW_CANDIDATES &&
		    run->state != CANDIDATE)
			continue;
		if (!old || (u16)(w->clock - run->age) >
			    (u16)(w->clock - old->age))
			old = run;
	}
	return old;
}

/* The deeper the plans, the longer a hole the run may have jumped over. */
static u32 slack_of(const struct flashvm_run *run)
{
	return min(2 * run->depth + 2, FLASHVM_WINDOW_SLACK);
}

/* A confirmed run that was of use, or a neighbour that confirms a candidate. */
static struct flashvm_run *continued_run(struct flashvm_window *w,
					 const struct flashvm_touch *fault)
{
	enum flashvm_space space;
	struct flashvm_run *run;
	unsigned int i;
	int dir;

	for (i = 0; i < FLASHVM_WINDOW_RUNS; i++)
		if (on_run(&w->run[i], fault, slack_of(&w->run[i])))
			return &w->run[i];

	for (space = 0; space < FLASHVM_SPACES; space++) {
		for (i = 0; i < FLASHVM_WINDOW_RUNS; i++) {
			run = &w->run[i];
			dir = neighbour(run, fault, space);
			if (!dir)
				continue;
			run->state = CONFIRMED;
			run->space = space;
			run->dir = dir;
			run->depth = 0;
			run->issued = 0;
			run->used = 0;
			run->silent = w->doubt;
			return run;
		}
	}
	return NULL;
}

/* Judge the last plan of a run, by the pages that should have been used. */
static bool was_wrong(struct flashvm_window *w, const struct flashvm_run *run,
		      unsigned int expected)
{
	if (run->state != CONFIRMED || !run->issued)
		return false;
	if (run->used >= expected) {
		w->doubt /= 2;
		return false;
	}
	w->doubt = min(2 * w->doubt + 1, FLASHVM_WINDOW_DOUBT);
	return true;
}

/* Return: false if the last plan was so wrong that there is no run. */
static bool adapt(struct flashvm_window *w, struct flashvm_run *run,
		  unsigned int max)
{
	unsigned int depth = run->depth;

	if (was_wrong(w, run, 1))
		return false;
	if (!depth)
		depth = FLASHVM_WINDOW_START;
	else if (run->issued && 2 * run->used >= run->issued)
		depth *= 2;
	else if (run->issued && 4 * run->used < run->issued)
		depth = max(depth / 2, 1U);
	run->depth = min(depth, max);
	return true;
}

static bool is_retry(const struct flashvm_window *w,
		     const struct flashvm_touch *fault)
{
	unsigned int i;

	for (i = 0; i < FLASHVM_WINDOW_RUNS; i++)
		if (w->run[i].state != FREE &&
		    w->run[i].last[FLASHVM_SLOT] == fault->index[FLASHVM_SLOT] &&
		    w->run[i].age == w->clock)
			return true;
	return false;
}

/**
 * flashvm_window_plan() - Decide what to read ahead at a fault.
 * @w: the history that the fault belongs to; updated
 * @fault: where the fault is
 * @max: bound of the plan in pages; values above FLASHVM_WINDOW_MAX count
 *	as that
 * @plan: the decision
 *
 * The last fault again (a retry) plans nothing and teaches nothing.
 *
 * Return: false if it is a retry.
 */
bool flashvm_window_plan(struct flashvm_window *w,
			 const struct flashvm_touch *fault, unsigned int max,
			 struct flashvm_plan *plan)
{
	struct flashvm_run *run;

	*plan = (struct flashvm_plan){ .predictor = FLASHVM_NOBODY };
	if (is_retry(w, fault))
		return false;

	run = continued_run(w, fault);
	if (!run) {
		run = oldest_run(w);
		/* It was not gone on with: all that it read is to have been used. */
		was_wrong(w, run, run->issued);
		run->state = CANDIDATE;
	} else if (!adapt(w, run, min_t(unsigned int, max, FLASHVM_WINDOW_MAX))) {
		run->state = CANDIDATE;
	}
	run->last[FLASHVM_ADDRESS] = fault->index[FLASHVM_ADDRESS];
	run->last[FLASHVM_SLOT] = fault->index[FLASHVM_SLOT];
	run->has_address = fault->has_address;
	run->age = ++w->clock;
	run->issued = 0;
	run->used = 0;
	if (run->state != CONFIRMED)
		return true;

	run->edge = run->last[run->space];
	if (run->silent) {
		run->silent--;
		return true;
	}
	if (!run->depth)
		return true;
	plan->predictor = FLASHVM_WINDOW;
	plan->space = run->space;
	plan->step = run->dir;
	plan->nr = run->depth;
	plan->source = run - w->run;
	return true;
}

/**
 * flashvm_window_issued() - Note what was found of a plan.
 * @w: the history
 * @plan: the plan, the last one made for @w, by this predictor
 * @edge: outermost index found, in the space of the plan
 * @issued: number of pages found, which are going to be read
 */
void flashvm_window_issued(struct flashvm_window *w,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued)
{
	struct flashvm_run *run = &w->run[plan->source];

	run->edge = edge;
	run->issued = min_t(unsigned int, issued, FLASHVM_WINDOW_MAX);
}

/**
 * flashvm_window_used() - Note that a page read ahead was touched.
 * @w: the history
 * @hit: the page
 */
void flashvm_window_used(struct flashvm_window *w,
			 const struct flashvm_touch *hit)
{
	struct flashvm_run *run;
	unsigned int i;

	for (i = 0; i < FLASHVM_WINDOW_RUNS; i++) {
		run = &w->run[i];
		if (!on_run(run, hit, 0))
			continue;
		run->age = ++w->clock;
		if (run->used < run->issued)
			run->used++;
		return;
	}
}
