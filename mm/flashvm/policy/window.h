/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The window predictor: which pages to read ahead at a fault.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_WINDOW_H
#define _FLASHVM_POLICY_WINDOW_H

#include "plan.h"

/* The largest bound of a plan, and the one a new device starts with. */
#define FLASHVM_WINDOW_MAX	FLASHVM_PLAN_MAX
#define FLASHVM_WINDOW_DEFAULT	64
/* Pages in the first plan of a run; the paper read two blocks ahead, too. */
#define FLASHVM_WINDOW_START	2
/* A run goes on if the next fault is not too far beyond the last plan: at most. */
#define FLASHVM_WINDOW_SLACK	32
/* Runs remembered in a history, and how many of them may be mere candidates. */
#define FLASHVM_WINDOW_RUNS	12
#define FLASHVM_WINDOW_CANDIDATES 6
/* The most faults that a new run is followed in silence. */
#define FLASHVM_WINDOW_DOUBT	7

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
 * @silent: faults still to be passed over without a plan
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
	u8 silent;
};

/**
 * struct flashvm_window - What is remembered of an access history.
 * @run: the runs in it
 * @clock: counts faults and hits
 * @doubt: faults of a new run that are passed over without a plan
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_window {
	struct flashvm_run run[FLASHVM_WINDOW_RUNS];
	u16 clock;
	u8 doubt;
};

bool flashvm_window_plan(struct flashvm_window *w,
			 const struct flashvm_touch *fault, unsigned int max,
			 struct flashvm_plan *plan);
void flashvm_window_issued(struct flashvm_window *w,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued);
void flashvm_window_used(struct flashvm_window *w,
			 const struct flashvm_touch *hit);

#endif /* _FLASHVM_POLICY_WINDOW_H */
