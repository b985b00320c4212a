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

static void ask(struct flashvm_predictors *predictors, struct replay *replay,
		const struct event *event, struct flashvm_limits limits)
{
	struct picked picked = { .replay = replay, .event = event };
	struct flashvm_touch touch = touch_of(event);
	struct flashvm_plan plan = { .predictor = FLASHVM_NOBODY };
	uint64_t first, last;
	u64 edge;

	flashvm_predict(predictors, &touch, &limits, &plan);
	if (!plan.nr)
		return;
	if (plan.space == FLASHVM_SLOT) {
		flashvm_plan_pick(&plan, event->slot, 0,
				  replay_slots(replay) - 1, valid_slot, &picked,
				  &edge);
	} else {
		replay_bounds(replay, event->area, &first, &last);
		flashvm_plan_pick(&plan, event->page, first, last, valid_page,
				  &picked, &edge);
	}
	flashvm_predict_issued(predictors, &plan, edge, picked.nr);
	for (unsigned int i = 0; i < picked.nr; i++) {
		if (plan.space == FLASHVM_SLOT)
			replay_read_slot(replay, picked.index[i]);
		else
			replay_read_page(replay, event->area, picked.index[i]);
	}
}

static void fault_both(void *state, struct replay *replay,
		       const struct event *event)
{
	ask(state, replay, event, (struct flashvm_limits){
		.window = FLASHVM_WINDOW_DEFAULT,
		.stride_blocks = FLASHVM_STRIDE_DEFAULT });
}

static void fault_window(void *state, struct replay *replay,
			 const struct event *event)
{
	ask(state, replay, event, (struct flashvm_limits){
		.window = FLASHVM_WINDOW_DEFAULT });
}

static void fault_stride(void *state, struct replay *replay,
			 const struct event *event)
{
	ask(state, replay, event, (struct flashvm_limits){
		.stride_blocks = FLASHVM_STRIDE_DEFAULT });
}

static void used(void *state, struct replay *replay, const struct event *event)
{
	struct flashvm_touch touch = touch_of(event);

	(void)replay;
	flashvm_predict_used(state, &touch);
}

const struct predictor flashvm = {
	.name = "flashvm", .about = "FlashVM's default",
	.size = sizeof(struct flashvm_predictors),
	.fault = fault_both, .used = used,
};

const struct predictor flashvm_window = {
	.name = "window", .about = "FlashVM, the window alone",
	.size = sizeof(struct flashvm_predictors),
	.fault = fault_window, .used = used,
};

const struct predictor flashvm_stride = {
	.name = "stride", .about = "FlashVM, strides alone",
	.size = sizeof(struct flashvm_predictors),
	.fault = fault_stride, .used = used,
};
