/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The predictors that are compared.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _PREFETCHSIM_PREDICTORS_H
#define _PREFETCHSIM_PREDICTORS_H

#include "replay.h"

extern const struct predictor nothing;
extern const struct predictor flashvm, neighbours, strides, eviction;
extern const struct predictor stock_vma_3, stock_vma_5;
extern const struct predictor stock_cluster_3, stock_cluster_5;
extern const struct predictor leap_address, leap_slot;

#endif /* _PREFETCHSIM_PREDICTORS_H */
