/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The predictors of a history, asked together.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_PREDICT_H
#define _FLASHVM_POLICY_PREDICT_H

#include "stream.h"

/* Pages of a plan that a hit reads: who waits for nothing is not to wait long. */
#define FLASHVM_HIT_PART	3

/**
 * struct flashvm_predictors - What is remembered of an access history.
 * @streams: in address order and in slot order
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_predictors {
	struct flashvm_streams streams[FLASHVM_SPACES];
};

void flashvm_predict_fault(struct flashvm_predictors *p,
			   const struct flashvm_touch *fault,
			   const struct flashvm_limits *limits,
			   struct flashvm_plan *plan);
enum flashvm_predictor
flashvm_predict_hit(struct flashvm_predictors *p,
		    const struct flashvm_touch *hit,
		    const struct flashvm_limits *limits,
		    struct flashvm_plan *plan);
void flashvm_predict_issued(struct flashvm_predictors *p,
			    const struct flashvm_plan *plan, u64 edge,
			    unsigned int issued);
void flashvm_predict_left(struct flashvm_predictors *p,
			  const struct flashvm_plan *plan, u64 edge, u64 last,
			  unsigned int left);
unsigned int flashvm_predictors_live(const struct flashvm_predictors *p);

#endif /* _FLASHVM_POLICY_PREDICT_H */
