/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The predictors of a history, asked together.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_PREDICT_H
#define _FLASHVM_POLICY_PREDICT_H

#include "stride.h"
#include "window.h"

/**
 * struct flashvm_predictors - What is remembered of an access history.
 * @window: runs of neighbours
 * @strides: walks in longer steps
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_predictors {
	struct flashvm_window window;
	struct flashvm_strides strides;
};

/**
 * struct flashvm_limits - What the operator allows.
 * @window: bound of a plan of the window, in pages; 0: none is made
 * @stride_blocks: pages of a plan along a stride; 0: none is made
 */
struct flashvm_limits {
	unsigned int window;
	unsigned int stride_blocks;
};

void flashvm_predict(struct flashvm_predictors *p,
		     const struct flashvm_touch *fault,
		     const struct flashvm_limits *limits,
		     struct flashvm_plan *plan);
void flashvm_predict_issued(struct flashvm_predictors *p,
			    const struct flashvm_plan *plan, u64 edge,
			    unsigned int issued);
void flashvm_predict_used(struct flashvm_predictors *p,
			  const struct flashvm_touch *hit);

#endif /* _FLASHVM_POLICY_PREDICT_H */
