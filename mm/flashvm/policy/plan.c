// SPDX-License-Identifier: GPL-2.0
/*
 *		Finding the pages of a plan
 *
 * Memory has holes: pages that are in memory already, were never written, or
 * belong to somebody else. A device without seeks reads none of them, so a plan
 * counts the pages that are worth reading and passes over the others for free.
 * Not for ever, though: in a sparse area the search would cost the fault more
 * than the pages save it.
 *
 * Nothing here locks, allocates, sleeps, or reads a clock.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/minmax.h>

#include "plan.h"

/**
 * flashvm_plan_pick() - Find the pages of a plan.
 * @plan: the plan
 * @from: index where the search begins, which is not looked at, in the space of the
 *	plan, modulo 2^64
 * @first: lowest index that may be looked at
 * @last: highest index that may be looked at
 * @valid: says whether the page at an index is on a device and worth
 *	reading; it is asked once for each index, in order, and notes those
 *	for which it returns true
 * @ctx: passed to @valid
 * @edge: index of the last page picked, or @from
 *
 * Holes, and what lies before the first index that may be looked at, are passed over and
 * not counted, but no more than FLASHVM_PLAN_SCAN indices are looked at for each page of
 * the plan, or of the whole that it is a part of.
 *
 * Return: number of pages picked, at most the plan's.
 */
unsigned int flashvm_plan_pick(const struct flashvm_plan *plan, u64 from,
			       u64 first, u64 last,
			       bool (*valid)(void *ctx, u64 index),
			       void *ctx, u64 *edge)
{
	unsigned int scan = max(plan->nr, plan->depth) * FLASHVM_PLAN_SCAN;
	/* Whatever the plan says: who is called has room for so many. */
	unsigned int most = min(plan->nr, FLASHVM_PLAN_MAX), nr = 0;
	u64 index = from;

	if (plan->steps)
		scan = min(scan, plan->steps);
	*edge = from;
	while (nr < most && scan--) {
		index += plan->step;
		/* Also if it is below 0. */
		if (plan->step > 0 ? index > last : index < first || index > from)
			break;
		if (index < first || index > last || !valid(ctx, index))
			continue;
		*edge = index;
		nr++;
	}
	return nr;
}
