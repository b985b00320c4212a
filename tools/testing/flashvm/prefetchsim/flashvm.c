// SPDX-License-Identifier: GPL-2.0
/*
 *		FlashVM's predictors
 *
 * The code of mm/flashvm/policy itself, with the pages of the trace in place of
 * page tables and swap_map.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include "policy/predict.h"

#include "predictors.h"

/* What flashvm_plan_pick() finds. */
struct picked {
	struct replay *replay;
	const struct event *event;
	unsigned int nr;
	uint64_t index[FLASHVM_PLAN_MAX];
};

static struct flashvm_touch touch_of(const struct event *event)
{
	struct flashvm_touch touch = {
		.index = { event->page, event->slot },
		.has_address = event->has_page,
	};

	return touch;
}

static bool valid_page(void *ctx, u64 page)
{
	struct picked *p = ctx;

	if (!replay_has_page(p->replay, p->event->area, page))
		return false;
	p->index[p->nr++] = page;
	return true;
}

static bool valid_slot(void *ctx, u64 slot)
{
	struct picked *p = ctx;

	if (!replay_has_slot(p->replay, slot) ||
	    !replay_alike(p->replay, slot, p->event))
		return false;
	p->index[p->nr++] = slot;
	return true;
}

static void carry_out(struct flashvm_predictors *predictors,
		      struct replay *replay, const struct event *event,
		      const struct flashvm_plan *plan)
{
	struct picked picked = { .replay = replay, .event = event };
	bool slots = plan->space == FLASHVM_SLOT;
	uint64_t first = 0, last = replay_slots(replay) - 1;
	u64 from = (slots ? event->slot : event->page) + (s64)plan->skip;
	u64 edge = from;

	if (!plan->nr)
		return;
	if (!slots)
		replay_bounds(replay, event->area, &first, &last);
	flashvm_plan_pick(plan, from, first, last,
			  slots ? valid_slot : valid_page, &picked, &edge);
	flashvm_predict_issued(predictors, plan, edge, picked.nr);
	for (unsigned int i = 0; i < picked.nr; i++) {
		if (slots)
			replay_read_slot(replay, picked.index[i]);
		else
			replay_read_page(replay, event->area, picked.index[i]);
	}
}

static void fault(void *state, struct replay *replay, const struct event *event,
		  const struct flashvm_limits *limits)
{
	struct flashvm_touch touch = touch_of(event);
	struct flashvm_plan plan;

	flashvm_predict_fault(state, &touch, limits, &plan);
	carry_out(state, replay, event, &plan);
}

static void hit(void *state, struct replay *replay, const struct event *event,
		const struct flashvm_limits *limits)
{
	struct flashvm_touch touch = touch_of(event);
	struct flashvm_plan plan;

	touch.late = replay_late(replay);
	flashvm_predict_hit(state, &touch, limits, &plan);
	carry_out(state, replay, event, &plan);
}

/* A predictor with limits of its own. */
#define FLASHVM(_name, _about, _window, _stride_blocks, _eviction)	\
static const struct flashvm_limits _name##_limits = {			\
	.window = _window,						\
	.stride_blocks = _stride_blocks,				\
	.eviction = _eviction,						\
	.columns = FLASHVM_COLUMNS_DEFAULT,				\
	.floor = FLASHVM_FLOOR_DEFAULT,					\
	.room = FLASHVM_PLAN_MAX,					\
};									\
									\
static void _name##_fault(void *state, struct replay *replay,		\
			  const struct event *event)			\
{									\
	fault(state, replay, event, &_name##_limits);			\
}									\
									\
static void _name##_used(void *state, struct replay *replay,		\
			 const struct event *event)			\
{									\
	hit(state, replay, event, &_name##_limits);			\
}									\
									\
const struct predictor _name = {					\
	.name = #_name, .about = _about,				\
	.size = sizeof(struct flashvm_predictors),			\
	.fault = _name##_fault, .used = _name##_used,			\
}

FLASHVM(flashvm, "FlashVM's default", FLASHVM_WINDOW_DEFAULT,
	FLASHVM_STRIDE_DEFAULT, FLASHVM_WINDOW_DEFAULT);
FLASHVM(neighbours, "FlashVM, neighbours alone", FLASHVM_WINDOW_DEFAULT, 0, 0);
FLASHVM(strides, "FlashVM, strides alone", 0, FLASHVM_STRIDE_DEFAULT, 0);
FLASHVM(eviction, "FlashVM, the order of eviction alone", 0, 0,
	FLASHVM_WINDOW_DEFAULT);
