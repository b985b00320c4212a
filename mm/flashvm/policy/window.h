/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The window predictor: which pages to read ahead around a fault.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_WINDOW_H
#define _FLASHVM_POLICY_WINDOW_H

#include <linux/types.h>

/* The most pages one plan can hold. */
#define FLASHVM_WINDOW_MAX	64
/* The bound that a new device starts with, in pages. */
#define FLASHVM_WINDOW_DEFAULT	16
/* The window that a new sequential run starts with, in pages. */
#define FLASHVM_WINDOW_START	4
/* A run goes on if the next fault is at most so far beyond the last plan. */
#define FLASHVM_WINDOW_SLACK	32
/* How many indices flashvm_window_pick() looks at for each page it needs. */
#define FLASHVM_WINDOW_SCAN	8

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

/* An index that is not known; no space has it. */
#define FLASHVM_NO_INDEX	U64_MAX

/**
 * struct flashvm_fault - What is known of a fault that must read the device.
 * @index: position in each space; FLASHVM_NO_INDEX where there is none
 *	(shmem faults have no address)
 */
struct flashvm_fault {
	u64 index[FLASHVM_SPACES];
};

/**
 * struct flashvm_plan - Where to read ahead.
 * @space: the space to walk; FLASHVM_SPACES when nothing should be read
 * @dir: 1 or -1, the direction to walk from the faulting index
 * @nr: number of valid pages to take, at most FLASHVM_WINDOW_MAX
 */
struct flashvm_plan {
	enum flashvm_space space;
	int dir;
	unsigned int nr;
};

/**
 * struct flashvm_window - What is remembered of an access history.
 * @last: index of the last fault in each space
 * @edge: outermost index that was planned from there
 * @dir: direction of the run in each space; 0: none
 * @depth: pages that the next plan reads; 0: the run is new
 * @issued: pages that the last plan read
 * @used: how many of them were touched since
 * @live: a fault has been seen
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_window {
	u64 last[FLASHVM_SPACES];
	u64 edge[FLASHVM_SPACES];
	s8 dir[FLASHVM_SPACES];
	u8 depth;
	u8 issued;
	u8 used;
	bool live;
};

void flashvm_window_plan(struct flashvm_window *w,
			 const struct flashvm_fault *fault, unsigned int max,
			 struct flashvm_plan *plan);
unsigned int flashvm_window_pick(const struct flashvm_plan *plan, u64 from,
				 u64 first, u64 last,
				 bool (*valid)(void *ctx, u64 index),
				 void *ctx, u64 *edge);
void flashvm_window_issued(struct flashvm_window *w,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued);
void flashvm_window_used(struct flashvm_window *w);

#endif /* _FLASHVM_POLICY_WINDOW_H */
