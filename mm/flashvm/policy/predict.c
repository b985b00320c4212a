// SPDX-License-Identifier: GPL-2.0
/*
 *		Choosing between predictors
 *
 * A walk may be regular in two orders. Address order is asked first: it is what
 * the program does, and the order of the slots is only what reclaim saw of it. But
 * a program that repeats an irregular walk over memory that it writes is irregular
 * in its addresses, and finds the slots one behind the other.
 *
 * A fault that belongs to a stream in one order teaches nothing about the other.
 * A hit is told to both, for a page that lies ahead of two streams is a good guess
 * of both, but the first one alone goes on. One that no stream in address order
 * expected is learnt from there, too: the order of eviction hides that of addresses
 * as long as it is good enough that there are no faults.
 *
 * In slot order there are no strides: pages that others own lie in between, and are
 * holes.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/minmax.h>

#include "predict.h"

/* The bounds of plans in slot order. */
static struct flashvm_limits limits_of_slots(const struct flashvm_limits *limits)
{
	struct flashvm_limits of_slots = *limits;

	of_slots.window = limits->eviction;
	of_slots.stride_blocks = 0;
	return of_slots;
}

/* Whose plan it is, if there is one. */
static void set_space(struct flashvm_plan *plan, enum flashvm_space space)
{
	if (!plan->nr)
		return;
	plan->space = space;
	if (space == FLASHVM_SLOT)
		plan->predictor = FLASHVM_EVICTION;
}

/**
 * flashvm_predict_fault() - Decide what to read ahead at a fault.
 * @p: the history that the fault belongs to; updated
 * @fault: where the fault is
 * @limits: bounds of the plan
 * @plan: the decision
 *
 * The last fault again (a retry) plans nothing and teaches nothing.
 */
void flashvm_predict_fault(struct flashvm_predictors *p,
			   const struct flashvm_touch *fault,
			   const struct flashvm_limits *limits,
			   struct flashvm_plan *plan)
{
	struct flashvm_streams *pages = &p->streams[FLASHVM_ADDRESS];
	struct flashvm_streams *slots = &p->streams[FLASHVM_SLOT];
	struct flashvm_limits of_slots;

	*plan = (struct flashvm_plan){ .predictor = FLASHVM_NOBODY };
	if (fault->has_address &&
	    flashvm_stream_follow(pages, fault->index[FLASHVM_ADDRESS], limits,
				  plan)) {
		set_space(plan, FLASHVM_ADDRESS);
		return;
	}
	of_slots = limits_of_slots(limits);
	if (flashvm_stream_follow(slots, fault->index[FLASHVM_SLOT], &of_slots,
				  plan)) {
		set_space(plan, FLASHVM_SLOT);
		return;
	}
	if (fault->has_address)
		flashvm_stream_learn(pages, fault->index[FLASHVM_ADDRESS], limits,
				     plan);
	set_space(plan, FLASHVM_ADDRESS);
	if (plan->nr)
		return;
	flashvm_stream_learn(slots, fault->index[FLASHVM_SLOT], &of_slots, plan);
	set_space(plan, FLASHVM_SLOT);
}

/* Tell the streams in address order of a hit. Return: whose guess it was there. */
static enum flashvm_predictor hit_address(struct flashvm_predictors *p,
					  const struct flashvm_touch *hit,
					  const struct flashvm_limits *limits,
					  struct flashvm_plan *plan)
{
	struct flashvm_streams *streams = &p->streams[FLASHVM_ADDRESS];
	u32 index = hit->index[FLASHVM_ADDRESS];
	enum flashvm_predictor whose;

	whose = flashvm_stream_hit(streams, index, hit->late, limits, plan);
	if (!whose && !flashvm_stream_follow(streams, index, limits, plan))
		flashvm_stream_learn(streams, index, limits, plan);
	set_space(plan, FLASHVM_ADDRESS);
	return whose;
}

/* The same in slot order. @whose: whose guess it was in address order. */
static enum flashvm_predictor hit_slot(struct flashvm_predictors *p,
				       const struct flashvm_touch *hit,
				       const struct flashvm_limits *limits,
				       enum flashvm_predictor whose,
				       struct flashvm_plan *plan)
{
	struct flashvm_plan other = { .predictor = FLASHVM_NOBODY };
	struct flashvm_limits bounds = limits_of_slots(limits);

	/* It is not asked for a plan: what it has to read it keeps. */
	if (plan->nr || whose)
		bounds.room = 0;
	if (!flashvm_stream_hit(&p->streams[FLASHVM_SLOT],
				hit->index[FLASHVM_SLOT], hit->late, &bounds,
				&other) || whose)
		return whose;
	if (other.nr && !plan->nr) {
		*plan = other;
		set_space(plan, FLASHVM_SLOT);
	}
	return FLASHVM_EVICTION;
}

/**
 * flashvm_predict_hit() - Note that a page read ahead was touched, and go on.
 * @p: the history that the touch belongs to; updated
 * @hit: where the page is
 * @limits: bounds of the plan
 * @plan: what to read next, FLASHVM_HIT_PART pages at most unless the hit is late
 *
 * Return: whose guess it was, FLASHVM_NOBODY if that is forgotten.
 */
enum flashvm_predictor
flashvm_predict_hit(struct flashvm_predictors *p,
		    const struct flashvm_touch *hit,
		    const struct flashvm_limits *limits,
		    struct flashvm_plan *plan)
{
	struct flashvm_limits bounds = *limits;
	enum flashvm_predictor whose;

	*plan = (struct flashvm_plan){ .predictor = FLASHVM_NOBODY };
	if (!hit->late)
		bounds.room = min(bounds.room, FLASHVM_HIT_PART);
	whose = hit->has_address ? hit_address(p, hit, &bounds, plan) :
				   FLASHVM_NOBODY;
	if (!p->streams[FLASHVM_SLOT].nr_streams)
		return whose;
	return hit_slot(p, hit, &bounds, whose, plan);
}

/**
 * flashvm_predict_issued() - Note what was found of a plan.
 * @p: the history
 * @plan: the plan, the last one made for @p
 * @edge: index of the last page found, in the space of the plan, or where the
 *	search began
 * @issued: number of pages found, which are going to be read
 */
void flashvm_predict_issued(struct flashvm_predictors *p,
			    const struct flashvm_plan *plan, u64 edge,
			    unsigned int issued)
{
	if (plan->nr)
		flashvm_stream_issued(&p->streams[plan->space], plan, edge,
				      issued);
}

/**
 * flashvm_predict_left() - Note that the last pages of a plan were not read.
 * @p: the history
 * @plan: a plan made for @p, others may have been since
 * @edge: what flashvm_predict_issued() was told
 * @last: index of the last page that was read, or where the search began
 * @left: number of pages that were not
 */
void flashvm_predict_left(struct flashvm_predictors *p,
			  const struct flashvm_plan *plan, u64 edge, u64 last,
			  unsigned int left)
{
	flashvm_stream_left(&p->streams[plan->space], plan, edge, last, left);
}

/**
 * flashvm_predictors_live() - Count the streams that were touched lately.
 * @p: the history
 *
 * Return: their number.
 */
unsigned int flashvm_predictors_live(const struct flashvm_predictors *p)
{
	unsigned int live = 0;
	enum flashvm_space space;

	for (space = 0; space < FLASHVM_SPACES; space++)
		live += flashvm_streams_live(&p->streams[space]);
	return live;
}
