// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/window.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>
#include <linux/bitmap.h>

#include "../policy/window.h"

#define NR_PAGES	4096

/* A model of memory: bit set: the page is on the device. */
struct model {
	struct flashvm_window w;
	DECLARE_BITMAP(swapped, NR_PAGES);
	unsigned int faults, issued, asked;
	u64 slot_of_page_0;		/* slot = page + this */
	u64 last_asked;
};

static bool model_valid(void *ctx, u64 index)
{
	struct model *m = ctx;

	m->asked++;
	m->last_asked = index;
	if (!test_bit(index, m->swapped))
		return false;
	__clear_bit(index, m->swapped);
	m->issued++;
	return true;
}

static void plan_at(struct flashvm_window *w, u64 page, u64 slot,
		    unsigned int max, struct flashvm_plan *plan)
{
	struct flashvm_fault fault = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
	};

	flashvm_window_plan(w, &fault, max, plan);
}

/* Touch a page: a fault if it is on the device, or the use of a prefetch. */
static void touch(struct model *m, u64 page, unsigned int max)
{
	struct flashvm_plan plan;
	u64 edge;

	if (!test_bit(page, m->swapped)) {
		flashvm_window_used(&m->w);
		return;
	}
	__clear_bit(page, m->swapped);
	m->faults++;
	plan_at(&m->w, page, page + m->slot_of_page_0, max, &plan);
	if (plan.space == FLASHVM_ADDRESS) {
		unsigned int nr = flashvm_window_pick(&plan, page, 0,
						      NR_PAGES - 1, model_valid,
						      m, &edge);
		flashvm_window_issued(&m->w, &plan, edge, nr);
	}
}

static struct model *model_new(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	bitmap_fill(m->swapped, NR_PAGES);
	m->slot_of_page_0 = 100000;
	return m;
}

static void first_fault_plans_nothing(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 20, 16, &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_SPACES);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
}

/* Index 0 is an index like any other: a zeroed state does not know it. */
static void zeroed_state_knows_no_neighbour(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 1, 1, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
}

static void neighbour_starts_a_run(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 11, 900, 16, &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_ADDRESS);
	KUNIT_EXPECT_EQ(test, plan.dir, 1);
	KUNIT_EXPECT_EQ(test, plan.nr, FLASHVM_WINDOW_START);
}

static void backward_run(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 11, 500, 16, &plan);
	plan_at(&w, 10, 900, 16, &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_ADDRESS);
	KUNIT_EXPECT_EQ(test, plan.dir, -1);
}

/* An irregular walk that repeats the order of eviction. */
static void slot_run_when_addresses_are_irregular(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 777, 501, 16, &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_SLOT);
	KUNIT_EXPECT_EQ(test, plan.dir, 1);
	flashvm_window_issued(&w, &plan, 505, 4);
	plan_at(&w, 33, 506, 16, &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_SLOT);
}

/* shmem faults have no address, and no address is next to no address. */
static void faults_without_address(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, FLASHVM_NO_INDEX, 500, 16, &plan);
	plan_at(&w, FLASHVM_NO_INDEX, 700, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	plan_at(&w, FLASHVM_NO_INDEX, 701, 16, &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_SLOT);
	/* The largest index must not look like a neighbour of "none". */
	plan_at(&w, FLASHVM_NO_INDEX - 1, 5, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	plan_at(&w, 0, 9000, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
}

static void retry_teaches_nothing(struct kunit *test)
{
	struct flashvm_window w = {}, before;
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 11, 501, 16, &plan);
	flashvm_window_issued(&w, &plan, 15, 4);
	before = w;
	plan_at(&w, 11, 501, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	KUNIT_EXPECT_MEMEQ(test, &w, &before, sizeof(w));
}

static void depth_doubles_up_to_the_bound(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;
	unsigned int expect = FLASHVM_WINDOW_START;
	u64 page = 100;
	int i, j;

	plan_at(&w, page - 1, 5000, 32, &plan);
	for (i = 0; i < 6; i++) {
		plan_at(&w, page, 9000 + 100 * i, 32, &plan);
		KUNIT_EXPECT_EQ(test, plan.nr, expect);
		flashvm_window_issued(&w, &plan, page + plan.nr, plan.nr);
		for (j = 0; j < plan.nr; j++)
			flashvm_window_used(&w);
		page += plan.nr + 1;
		expect = min(expect * 2, 32U);
	}
}

static void unused_pages_halve_the_depth(struct kunit *test)
{
	struct flashvm_window w = { .depth = 16 };
	struct flashvm_plan plan;

	plan_at(&w, 10, 5000, 16, &plan);
	w.depth = 16;
	plan_at(&w, 11, 6000, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 16);
	flashvm_window_issued(&w, &plan, 27, 16);
	flashvm_window_used(&w);
	plan_at(&w, 28, 7000, 16, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 8);
}

/* A run never dies of waste alone: one page a plan finds out if it is back. */
static void depth_of_a_run_stays_above_zero(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;
	u64 page = 10;
	int i;

	plan_at(&w, page++, 5000, 16, &plan);
	for (i = 0; i < 10; i++) {
		plan_at(&w, page, 6000 + 100 * i, 16, &plan);
		KUNIT_EXPECT_GE(test, plan.nr, 1);
		flashvm_window_issued(&w, &plan, page + plan.nr, plan.nr);
		page += plan.nr + 1;
	}
	KUNIT_EXPECT_EQ(test, plan.nr, 1);
}

static void window_bounds(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 0, &plan);
	plan_at(&w, 11, 501, 0, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	KUNIT_EXPECT_EQ(test, (int)plan.space, (int)FLASHVM_SPACES);
	w.depth = 200;
	plan_at(&w, 12, 502, UINT_MAX, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, FLASHVM_WINDOW_MAX);
	plan_at(&w, 13, 503, 3, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 3);
}

static void sequential_walk(struct kunit *test)
{
	struct model *m = model_new(test);
	u64 page;

	for (page = 0; page < NR_PAGES; page++)
		touch(m, page, 16);
	/* One fault in 17 pages, and a few to begin with. */
	KUNIT_EXPECT_LE(test, m->faults, NR_PAGES / 17 + 4);
	KUNIT_EXPECT_EQ(test, m->faults + m->issued, NR_PAGES);
}

static void reverse_walk(struct kunit *test)
{
	struct model *m = model_new(test);
	u64 page;

	for (page = NR_PAGES; page--; )
		touch(m, page, 16);
	KUNIT_EXPECT_LE(test, m->faults, NR_PAGES / 17 + 4);
}

static void random_walk_stays_silent(struct kunit *test)
{
	struct model *m = model_new(test);
	u32 x = 12345;
	int i;

	for (i = 0; i < 1000; i++) {
		x = x * 1664525 + 1013904223;
		touch(m, (x >> 8) % NR_PAGES, 16);
	}
	KUNIT_EXPECT_LE(test, m->issued, 50);
}

/* Three pages of four are in memory: the window still brings 16 pages. */
static void holes_are_not_counted(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.space = FLASHVM_SLOT, .dir = 1, .nr = 16,
	};
	u64 edge, page;

	for (page = 0; page < NR_PAGES; page++)
		if (page % 4)
			__clear_bit(page, m->swapped);
	KUNIT_EXPECT_EQ(test, 16,
			flashvm_window_pick(&plan, 0, 0, NR_PAGES - 1,
					    model_valid, m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 64);
}

static void pick_is_bounded(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.space = FLASHVM_SLOT, .dir = 1, .nr = 16,
	};
	u64 edge;

	bitmap_zero(m->swapped, NR_PAGES);
	KUNIT_EXPECT_EQ(test, 0,
			flashvm_window_pick(&plan, 7, 0, NR_PAGES - 1,
					    model_valid, m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 7);
	KUNIT_EXPECT_EQ(test, m->asked, 16 * FLASHVM_WINDOW_SCAN);
}

static void pick_stays_inside(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.space = FLASHVM_ADDRESS, .dir = 1, .nr = 16,
	};
	u64 edge;

	KUNIT_EXPECT_EQ(test, 3,
			flashvm_window_pick(&plan, 100, 90, 103, model_valid,
					    m, &edge));
	KUNIT_EXPECT_EQ(test, m->last_asked, 103);
	plan.dir = -1;
	KUNIT_EXPECT_EQ(test, 10,
			flashvm_window_pick(&plan, 100, 90, 103, model_valid,
					    m, &edge));
	KUNIT_EXPECT_EQ(test, m->last_asked, 90);
	KUNIT_EXPECT_EQ(test, edge, 90);
}

static void use_is_counted_up_to_what_was_issued(struct kunit *test)
{
	struct flashvm_window w = { .issued = 1 };

	flashvm_window_used(&w);
	flashvm_window_used(&w);
	KUNIT_EXPECT_EQ(test, w.used, 1);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(first_fault_plans_nothing),
	KUNIT_CASE(zeroed_state_knows_no_neighbour),
	KUNIT_CASE(neighbour_starts_a_run),
	KUNIT_CASE(backward_run),
	KUNIT_CASE(slot_run_when_addresses_are_irregular),
	KUNIT_CASE(faults_without_address),
	KUNIT_CASE(retry_teaches_nothing),
	KUNIT_CASE(depth_doubles_up_to_the_bound),
	KUNIT_CASE(unused_pages_halve_the_depth),
	KUNIT_CASE(depth_of_a_run_stays_above_zero),
	KUNIT_CASE(window_bounds),
	KUNIT_CASE(sequential_walk),
	KUNIT_CASE(reverse_walk),
	KUNIT_CASE(random_walk_stays_silent),
	KUNIT_CASE(holes_are_not_counted),
	KUNIT_CASE(pick_is_bounded),
	KUNIT_CASE(pick_stays_inside),
	KUNIT_CASE(use_is_counted_up_to_what_was_issued),
	{}
};

static struct kunit_suite window_suite = {
	.name = "flashvm-window",
	.test_cases = window_cases,
};
kunit_test_suite(window_suite);

MODULE_DESCRIPTION("KUnit suite of the FlashVM window predictor");
MODULE_LICENSE("GPL");
