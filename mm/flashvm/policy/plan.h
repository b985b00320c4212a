/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plans: what the predictors share.
 *
 * A predictor sees the touches of a program, one after the other, and answers
 * with plans: so many pages from some place on, in steps. Finding them is
 * not its business, for that takes page tables or the map of the slots.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_PLAN_H
#define _FLASHVM_POLICY_PLAN_H

#include <linux/types.h>

/* The most pages one plan can hold. */
#define FLASHVM_PLAN_MAX	64
/* How many indices flashvm_plan_pick() looks at for each page it needs. */
#define FLASHVM_PLAN_SCAN	8

/**
 * enum flashvm_space - An order in which the next pages can be found.
 * @FLASHVM_ADDRESS: virtual page numbers of the VMA
 * @FLASHVM_SLOT: slots of the device, that is, the order of eviction
 * @FLASHVM_SPACES: number of spaces
 */
enum flashvm_space {
	FLASHVM_ADDRESS,
	FLASHVM_SLOT,
	FLASHVM_SPACES,
};

/**
 * enum flashvm_predictor - Who made a plan.
 * @FLASHVM_NOBODY: there is no plan
 * @FLASHVM_WINDOW: a stream of neighbours in address order
 * @FLASHVM_STRIDE: a stream of longer steps in address order
 * @FLASHVM_EVICTION: a stream of neighbours in slot order
 * @FLASHVM_PREDICTORS: number of them
 */
enum flashvm_predictor {
	FLASHVM_NOBODY,
	FLASHVM_WINDOW,
	FLASHVM_STRIDE,
	FLASHVM_EVICTION,
	FLASHVM_PREDICTORS,
};

/**
 * struct flashvm_touch - Where a page is that was touched.
 * @index: its position in each space, the low 32 bits of it: neighbours are
 *	what matters, and distances are taken modulo 2^32
 * @has_address: index[FLASHVM_ADDRESS] is known; a trace may not have it
 * @late: the page was read ahead, and the program waits for it all the same
 */
struct flashvm_touch {
	u32 index[FLASHVM_SPACES];
	bool has_address;
	bool late;
};

/**
 * struct flashvm_plan - Where to read ahead.
 * @predictor: who made it; FLASHVM_NOBODY when nothing should be read
 * @space: the space to walk
 * @step: indices from one page to the next, negative to walk down
 * @nr: number of valid pages to take, at most FLASHVM_PLAN_MAX; not 0 but for
 *	FLASHVM_NOBODY
 * @skip: indices from the touch to where the search begins: what was read before
 *	lies between
 * @steps: how far to look at most, in steps; 0: as FLASHVM_PLAN_SCAN says
 * @source: the stream that it continues
 * @depth: pages that this stream reads at a time
 * @inside: it is for pages before the edge of that stream, which stays where it is
 */
struct flashvm_plan {
	enum flashvm_predictor predictor;
	enum flashvm_space space;
	int step;
	int skip;
	unsigned int nr;
	unsigned int steps;
	u8 source;
	u8 depth;
	bool inside;
};

unsigned int flashvm_plan_pick(const struct flashvm_plan *plan, u64 from,
			       u64 first, u64 last,
			       bool (*valid)(void *ctx, u64 index),
			       void *ctx, u64 *edge);

#endif /* _FLASHVM_POLICY_PLAN_H */
