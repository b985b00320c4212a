// SPDX-License-Identifier: GPL-2.0
/*
 *		Choosing between predictors
 *
 * Each fault is shown to the window, and, if it has an address, to the stride
 * predictor. The stride predictor learns only from faults that the window has
 * nothing to say of: the faults of a sequential walk are equally far from each
 * other, too, a window apart, and are no stride.
 *
 * When both have a plan the longer one is taken, for both grow or fall silent by
 * what became of their last one. When they are equally long it is the window's:
 * it is the one that can grow. A walk in strides that is repeated is sequential
 * in the slots, where the pages lie in the order in which they were evicted.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>

#include "predict.h"

/**
 * flashvm_predict() - Decide what to read ahead at a fault.
 * @p: the history that the fault belongs to; updated
 * @fault: where the fault is
 * @limits: bounds of the plan
 * @plan: the decision
 *
 * The last fault again (a retry) plans nothing and teaches nothing.
 */
void flashvm_predict(struct flashvm_predictors *p,
		     const struct flashvm_touch *fault,
		     const struct flashvm_limits *limits,
		     struct flashvm_plan *plan)
{
	struct flashvm_plan stride = { .predictor = FLASHVM_NOBODY };
	u32 page = fault->index[FLASHVM_ADDRESS];

	if (!flashvm_window_plan(&p->window, fault, limits->window, plan))
		return;
	if (!fault->has_address || !limits->stride_blocks)
		return;
	if (!flashvm_stride_follow(&p->strides, page, limits->stride_blocks,
				   &stride) && !plan->nr)
		flashvm_stride_learn(&p->strides, page, limits->stride_blocks,
				     &stride);
	if (stride.nr > plan->nr)
		*plan = stride;
}

/**
 * flashvm_predict_issued() - Note what was found of a plan.
 * @p: the history
 * @plan: the plan, the last one made for @p
 * @edge: outermost index found, in the space of the plan
 * @issued: number of pages found, which are going to be read
 */
void flashvm_predict_issued(struct flashvm_predictors *p,
			    const struct flashvm_plan *plan, u64 edge,
			    unsigned int issued)
{
	switch (plan->predictor) {
	case FLASHVM_WINDOW:
		flashvm_window_issued(&p->window, plan, edge, issued);
		break;
	case FLASHVM_STRIDE:
		flashvm_stride_issued(&p->strides, plan, edge, issued);
		break;
	case FLASHVM_NOBODY:
		break;
	}
}

/**
 * flashvm_predict_used() - Note that a page read ahead was touched.
 * @p: the history
 * @hit: the page
 */
void flashvm_predict_used(struct flashvm_predictors *p,
			  const struct flashvm_touch *hit)
{
	flashvm_window_used(&p->window, hit);
	if (hit->has_address)
		flashvm_stride_used(&p->strides, hit->index[FLASHVM_ADDRESS]);
}
