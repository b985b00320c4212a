/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The default limits, and a model of a program and its memory, for the KUnit suites.
 *
 * Pages are on the device, or were read ahead and not touched yet, or are in memory. A
 * touch takes one unit of time. What was read less than @latency ago is late. With
 * @dies, each reads one page after the other, and who is late waits.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_TESTS_MODEL_H
#define _FLASHVM_TESTS_MODEL_H

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/minmax.h>

#include "../policy/stream.h"

#define NR_PAGES	16384
#define MODEL_DIES	32
#define FIRST_PAGE	0x10000u	/* room for a stream to look back */

static const struct flashvm_limits defaults = {
	.window = FLASHVM_WINDOW_DEFAULT,
	.stride_blocks = FLASHVM_STRIDE_DEFAULT,
	.eviction = FLASHVM_WINDOW_DEFAULT,
	.columns = FLASHVM_COLUMNS_DEFAULT,
	.floor = FLASHVM_FLOOR_DEFAULT,
	.room = FLASHVM_PLAN_MAX,
};

struct model {
	struct flashvm_streams s;
	struct flashvm_limits limits;
	DECLARE_BITMAP(on_device, NR_PAGES);
	DECLARE_BITMAP(ahead, NR_PAGES);
	unsigned int ready_at[NR_PAGES];
	unsigned int busy_until[MODEL_DIES];
	unsigned int latency;
	unsigned int dies;
	unsigned int now, faults, late, issued, used;
	unsigned int most;	/* pages of a plan that was made at a hit */
};

/* Return: when a page is there that is asked for now. */
static inline unsigned int model_read(struct model *m, unsigned int page)
{
	unsigned int *busy_until;

	if (!m->dies)
		return m->now + m->latency;
	busy_until = &m->busy_until[page % m->dies];
	*busy_until = max(*busy_until, m->now) + m->latency;
	return *busy_until;
}

static inline bool model_valid(void *ctx, u64 index)
{
	struct model *m = ctx;
	unsigned int page = index - FIRST_PAGE;

	if (!test_bit(page, m->on_device))
		return false;
	__clear_bit(page, m->on_device);
	__set_bit(page, m->ahead);
	m->ready_at[page] = model_read(m, page);
	m->issued++;
	return true;
}

static inline void carry_out(struct model *m, u32 index,
			     const struct flashvm_plan *plan)
{
	u64 edge = index + plan->skip;
	unsigned int nr;

	if (!plan->nr)
		return;
	nr = flashvm_plan_pick(plan, edge, FIRST_PAGE,
			       FIRST_PAGE + NR_PAGES - 1, model_valid, m, &edge);
	flashvm_stream_issued(&m->s, plan, edge, nr);
}

/* Touch a page as a program would. */
static inline void touch(struct model *m, unsigned int page)
{
	u32 index = FIRST_PAGE + page;
	struct flashvm_plan plan = {};
	bool late;

	m->now++;
	if (test_bit(page, m->on_device)) {
		__clear_bit(page, m->on_device);
		m->faults++;
		if (m->dies)
			m->now = model_read(m, page);
		if (!flashvm_stream_follow(&m->s, index, &m->limits, &plan))
			flashvm_stream_learn(&m->s, index, &m->limits, &plan);
	} else if (test_bit(page, m->ahead)) {
		__clear_bit(page, m->ahead);
		late = m->now < m->ready_at[page];
		m->late += late;
		if (m->dies && late)
			m->now = m->ready_at[page];
		m->used++;
		flashvm_stream_hit(&m->s, index, late, &m->limits, &plan);
		m->most = max(m->most, plan.nr);
	}
	carry_out(m, index, &plan);
}

static inline void evict_all(struct model *m)
{
	bitmap_fill(m->on_device, NR_PAGES);
	bitmap_zero(m->ahead, NR_PAGES);
	m->faults = 0;
	m->late = 0;
	m->issued = 0;
	m->used = 0;
}

static inline struct model *model_new(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->limits = defaults;
	evict_all(m);
	return m;
}

/* Walk from a page, as far as there are pages. Return: number of touches. */
static inline unsigned int walk(struct model *m, unsigned int page, int step)
{
	unsigned int touches = 0;

	for (; page < NR_PAGES; page += step, touches++)
		touch(m, page);
	return touches;
}

#endif /* _FLASHVM_TESTS_MODEL_H */
