/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stride predictor: which pages to read ahead of a regular walk.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_STRIDE_H
#define _FLASHVM_POLICY_STRIDE_H

#include "plan.h"

/* Blocks read ahead along a stride: the paper's, and the bound. */
#define FLASHVM_STRIDE_DEFAULT	2
#define FLASHVM_STRIDE_MAX	32
/* Faults that are remembered, and equal distances that make a stride. */
#define FLASHVM_STRIDE_FAULTS	16
#define FLASHVM_STRIDE_CONFIRM	3
/* The longest stride, in pages. */
#define FLASHVM_STRIDE_REACH	4096
/* Streams remembered in a history. */
#define FLASHVM_STRIDE_STREAMS	8
/* A stream goes on if the next fault is so many strides beyond the last plan. */
#define FLASHVM_STRIDE_SLACK	16
/* The most faults of a stream that are passed over when its plans are wrong. */
#define FLASHVM_STRIDE_SILENCE	64

/**
 * struct flashvm_stream - A walk in equal steps.
 * @last: page number of its last fault
 * @edge: page number of the last page that was read ahead from there
 * @stride: pages from one touch to the next, negative when it goes down; 0:
 *	the stream is free
 * @age: the history's clock when it was of use the last time
 * @issued: pages found for the last plan
 * @used: how many of them were touched since
 * @silent: faults still to be passed over without a plan
 * @penalty: faults that are passed over after the next wrong plan
 */
struct flashvm_stream {
	u32 last;
	u32 edge;
	s16 stride;
	u16 age;
	u8 issued;
	u8 used;
	u8 silent;
	u8 penalty;
};

/**
 * struct flashvm_strides - What is remembered of the strides of a history.
 * @fault: page numbers of the last faults that belong to no stream, the newest
 *	first
 * @stream: the streams in it
 * @nr_faults: how many of @fault are known
 * @doubt: faults of a new stream that are passed over without a plan
 * @clock: counts touches of streams
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_strides {
	u32 fault[FLASHVM_STRIDE_FAULTS];
	struct flashvm_stream stream[FLASHVM_STRIDE_STREAMS];
	u8 nr_faults;
	u8 doubt;
	u16 clock;
};

bool flashvm_stride_follow(struct flashvm_strides *s, u32 page,
			   unsigned int blocks, struct flashvm_plan *plan);
void flashvm_stride_learn(struct flashvm_strides *s, u32 page,
			  unsigned int blocks, struct flashvm_plan *plan);
void flashvm_stride_issued(struct flashvm_strides *s,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued);
void flashvm_stride_used(struct flashvm_strides *s, u32 page);

#endif /* _FLASHVM_POLICY_STRIDE_H */
