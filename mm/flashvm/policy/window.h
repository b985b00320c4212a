/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The window predictor: which pages to read ahead at a fault.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_WINDOW_H
#define _FLASHVM_POLICY_WINDOW_H

#include <linux/types.h>

/* The most pages one plan can hold, and the bound a new device starts with. */
#define FLASHVM_WINDOW_MAX	64
#define FLASHVM_WINDOW_DEFAULT	16
/* Pages in the first plan of a run; the paper read two blocks ahead, too. */
#define FLASHVM_WINDOW_START	2
/* A run goes on if the next fault is at most so far beyond the last plan. */
#define FLASHVM_WINDOW_SLACK	32
/* How many indices flashvm_window_pick() looks at for each page it needs. */
#define FLASHVM_WINDOW_SCAN	8
/* Runs remembered in a history, and how many of them may be mere candidates. */
#define FLASHVM_WINDOW_RUNS	12
#define FLASHVM_WINDOW_CANDIDATES 6

/**
 * enum flashvm_space - An order in which the next pages can be found.
 * @FLASHVM_ADDRESS: virtual page numbers of the VMA
 * @FLASHVM_SLOT: slots of the device, that is, the order of eviction
 * @FLASHVM_SPACES: number of spaces; as the space of a plan: no plan
 */
enum flashvm_space {
	FLASHVM_ADDRESS,
	FLASHVM_SLOT,
	FLASHVM_SPACES,
};

/**
 * struct flashvm_touch - Where a page is that was touched.
 * @index: its position in each space, the low 32 bits of it: neighbours are
 *	what matters, and distances are taken modulo 2^32
 * @has_address: index[FLASHVM_ADDRESS] is known (it is not for shmem)
 */
struct flashvm_touch {
	u32 index[FLASHVM_SPACES];
	bool has_address;
};

/**
 * struct flashvm_plan - Where to read ahead.
 * @space: the space to walk; FLASHVM_SPACES when nothing should be read
 * @dir: 1 or -1, the direction to walk from the faulting index
 * @nr: number of valid pages to take, at most FLASHVM_WINDOW_MAX
 * @run: the run in the history that it continues
 */
struct flashvm_plan {
	enum flashvm_space space;
	int dir;
	unsigned int nr;
	unsigned int run;
};

/**
 * struct flashvm_run - A sequence of faults that go one way.
 * @last: index of its last fault in each space
 * @edge: outermost index that was read ahead from there, in @space
 * @age: the history's clock when it was of use the last time
 * @state: what it is, see window.c
 * @has_address: last[FLASHVM_ADDRESS] is known
 * @space: the space in which it goes, once confirmed
 * @dir: 1 or -1, once confirmed
 * @depth: pages of its last plan
 * @issued: pages found for that plan
 * @used: how many of them were touched since
 */
struct flashvm_run {
	u32 last[FLASHVM_SPACES];
	u32 edge;
	u16 age;
	u8 state;
	bool has_address;
	u8 space;
	s8 dir;
	u8 depth;
	u8 issued;
	u8 used;
};

/**
 * struct flashvm_window - What is remembered of an access history.
 * @run: the runs in it
 * @clock: counts faults and hits
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_window {
	struct flashvm_run run[FLASHVM_WINDOW_RUNS];
	u16 clock;
};

void flashvm_window_plan(struct flashvm_window *w,
			 const struct flashvm_touch *fault, unsigned int max,
			 struct flashvm_plan *plan);
unsigned int flashvm_window_pick(const struct flashvm_plan *plan, u64 from,
				 u64 first, u64 last,
				 bool (*valid)(void *ctx, u64 index),
				 void *ctx, u64 *edge);
void flashvm_window_issued(struct flashvm_window *w,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued);
void flashvm_window_used(struct flashvm_window *w,
			 const struct flashvm_touch *hit);

#endif /* _FLASHVM_POLICY_WINDOW_H */
