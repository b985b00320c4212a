// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/window.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/limits.h>

#include "../policy/window.h"

#define NR_PAGES	4096

/* A model of memory: bit set: the page is on the device. */
struct model {
	struct flashvm_window w;
	DECLARE_BITMAP(swapped, NR_PAGES);
	unsigned int faults, issued, asked;
	u64 last_asked;
};

#define SLOT_OF_PAGE_0	100000	/* slot = page + this */

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

static struct flashvm_touch touch_at(u64 page, u64 slot)
{
	struct flashvm_touch touch = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
		.has_address = true,
	};

	return touch;
}

static void plan_at(struct flashvm_window *w, u64 page, u64 slot,
		    unsigned int max, struct flashvm_plan *plan)
{
	struct flashvm_touch fault = touch_at(page, slot);

	flashvm_window_plan(w, &fault, max, plan);
}

/* A fault of shmem. */
static void plan_at_slot(struct flashvm_window *w, u64 slot,
			 struct flashvm_plan *plan)
{
	struct flashvm_touch fault = touch_at(0, slot);

	fault.has_address = false;
	flashvm_window_plan(w, &fault, 16, plan);
}

static void use(struct flashvm_window *w, u64 page, u64 slot)
{
	struct flashvm_touch hit = touch_at(page, slot);

	flashvm_window_used(w, &hit);
}

/* Touch a page: a fault if it is on the device, or the use of a prefetch. */
static void touch(struct model *m, u64 page, unsigned int max)
{
	struct flashvm_plan plan;
	u64 edge;

	if (!test_bit(page, m->swapped)) {
		use(&m->w, page, page + SLOT_OF_PAGE_0);
		return;
	}
	__clear_bit(page, m->swapped);
	m->faults++;
	plan_at(&m->w, page, page + SLOT_OF_PAGE_0, max, &plan);
	if (plan.nr && plan.space == FLASHVM_ADDRESS) {
		unsigned int nr = flashvm_plan_pick(&plan, page, 0,
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
	return m;
}

#define EXPECT_SILENT(test, plan) do {					\
	KUNIT_EXPECT_EQ(test, (plan).predictor, FLASHVM_NOBODY);	\
	KUNIT_EXPECT_EQ(test, (plan).nr, 0);				\
} while (0)

#define EXPECT_PLAN(test, plan, _space, _dir, _nr) do {			\
	KUNIT_EXPECT_EQ(test, (int)(plan).space, (int)(_space));	\
	KUNIT_EXPECT_EQ(test, (plan).step, _dir);			\
	KUNIT_EXPECT_EQ(test, (plan).nr, _nr);				\
} while (0)

/* A zeroed state knows no neighbour, not even of index 0. */
static void first_fault_plans_nothing(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 1, 1, 16, &plan);
	EXPECT_SILENT(test, plan);
}

static void neighbour_starts_a_run(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 11, 900, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, FLASHVM_WINDOW_START);
}

static void backward_run(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 11, 500, 16, &plan);
	plan_at(&w, 10, 900, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, -1, FLASHVM_WINDOW_START);
	flashvm_window_issued(&w, &plan, 8, 2);
	use(&w, 9, 901);
	plan_at(&w, 7, 300, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, -1, 2 * FLASHVM_WINDOW_START);
}

/* An irregular walk that repeats the order of eviction. */
static void slot_run_when_addresses_are_irregular(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 777, 501, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_SLOT, 1, FLASHVM_WINDOW_START);
	flashvm_window_issued(&w, &plan, 503, 2);
	use(&w, 9999, 502);
	plan_at(&w, 33, 504, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_SLOT, 1, 2 * FLASHVM_WINDOW_START);
}

/* shmem faults have no address, and no address is next to no address. */
static void faults_without_address(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at_slot(&w, 500, &plan);
	plan_at_slot(&w, 700, &plan);
	EXPECT_SILENT(test, plan);
	plan_at_slot(&w, 701, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_SLOT, 1, FLASHVM_WINDOW_START);
	/* Page 1 is next to page 0, but that is not where those faults were. */
	plan_at(&w, 1, 9000, 16, &plan);
	EXPECT_SILENT(test, plan);
}

static void indices_wrap(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, U32_MAX, 500, 16, &plan);
	plan_at(&w, 0x100000000ULL, 900, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, FLASHVM_WINDOW_START);
}

static void retry_teaches_nothing(struct kunit *test)
{
	struct flashvm_window w = {}, before;
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 11, 501, 16, &plan);
	flashvm_window_issued(&w, &plan, 13, 2);
	before = w;
	plan_at(&w, 11, 501, 16, &plan);
	EXPECT_SILENT(test, plan);
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
	for (i = 0; i < 7; i++) {
		plan_at(&w, page, 9000 + 100 * i, 32, &plan);
		KUNIT_EXPECT_EQ(test, plan.nr, expect);
		flashvm_window_issued(&w, &plan, page + plan.nr, plan.nr);
		for (j = 1; j <= plan.nr; j++)
			use(&w, page + j, 1);
		page += plan.nr + 1;
		expect = min(expect * 2, 32U);
	}
}

static void few_used_pages_halve_the_depth(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 5000, 16, &plan);
	plan_at(&w, 11, 6000, 16, &plan);
	w.run[plan.source].depth = 16;
	flashvm_window_issued(&w, &plan, 27, 16);
	use(&w, 12, 1);
	plan_at(&w, 28, 7000, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, 8);
	flashvm_window_issued(&w, &plan, 36, 8);
	use(&w, 29, 1);
	use(&w, 30, 1);
	plan_at(&w, 37, 8000, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, 8);
}

static void unused_plan_ends_the_run(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 5000, 16, &plan);
	plan_at(&w, 11, 6000, 16, &plan);
	flashvm_window_issued(&w, &plan, 13, 2);
	plan_at(&w, 14, 7000, 16, &plan);
	EXPECT_SILENT(test, plan);
	/* It is a candidate again: a neighbour confirms it, one more is asked. */
	plan_at(&w, 15, 8000, 16, &plan);
	EXPECT_SILENT(test, plan);
	plan_at(&w, 16, 9000, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, FLASHVM_WINDOW_START);
}

static void window_bounds(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 0, &plan);
	plan_at(&w, 11, 501, 0, &plan);
	EXPECT_SILENT(test, plan);
	plan_at(&w, 12, 502, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, FLASHVM_WINDOW_START);
	w.run[plan.source].depth = 200;
	plan_at(&w, 13, 503, UINT_MAX, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, FLASHVM_WINDOW_MAX);
	plan_at(&w, 14, 504, 3, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 3);
}

/* A page of a plan that was pushed out again faults inside the plan. */
static void fault_inside_a_plan_goes_on(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 5000, 16, &plan);
	plan_at(&w, 11, 6000, 16, &plan);
	flashvm_window_issued(&w, &plan, 13, 2);
	use(&w, 12, 1);
	plan_at(&w, 13, 7000, 16, &plan);
	EXPECT_PLAN(test, plan, FLASHVM_ADDRESS, 1, 2 * FLASHVM_WINDOW_START);
}

static void sequential_walk(struct kunit *test)
{
	struct model *m = model_new(test);
	u64 page;

	for (page = 0; page < NR_PAGES; page++)
		touch(m, page, 16);
	/* One fault in 17 pages, and a few to begin with. */
	KUNIT_EXPECT_LE(test, m->faults, NR_PAGES / 17 + 5);
	KUNIT_EXPECT_EQ(test, m->faults + m->issued, NR_PAGES);
}

static void reverse_walk(struct kunit *test)
{
	struct model *m = model_new(test);
	u64 page;

	for (page = NR_PAGES; page--; )
		touch(m, page, 16);
	KUNIT_EXPECT_LE(test, m->faults, NR_PAGES / 17 + 5);
}

/* Three arrays at a time, one of them backwards. */
static void interleaved_walks(struct kunit *test)
{
	struct model *m = model_new(test);
	u64 i;

	for (i = 0; i < 1000; i++) {
		touch(m, i, 16);
		touch(m, 1500 + i, 16);
		touch(m, NR_PAGES - 1 - i, 16);
	}
	KUNIT_EXPECT_LE(test, m->faults, 3 * (1000 / 17 + 6));
}

static u32 next_random(u32 *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

static void random_walk_stays_silent(struct kunit *test)
{
	struct model *m = model_new(test);
	u32 x = 12345;
	int i;

	for (i = 0; i < 1000; i++)
		touch(m, next_random(&x) % NR_PAGES, 16);
	KUNIT_EXPECT_LE(test, m->issued, 40);
}

/* Five random faults for each page of a walk do not push it out. */
/* Small memory, many neighbours by chance: 5000 faults, nothing of use. */
static void chance_neighbours_are_doubted(struct kunit *test)
{
	struct model *m = model_new(test);
	u32 random = 99;
	unsigned int i;

	for (i = 0; i < 5000; i++) {
		random = random * 1664525 + 1013904223;
		touch(m, random >> 12 & 1023, 64);
		/* What was read ahead is evicted before it is touched. */
		bitmap_fill(m->swapped, NR_PAGES);
	}
	KUNIT_EXPECT_EQ(test, m->faults, 5000);
	KUNIT_EXPECT_LE(test, m->issued, 50);

	/* A walk is believed after 7 faults, and the next one at once. */
	m->faults = 0;
	for (i = 2000; i < 2100; i++)
		touch(m, i, 64);
	KUNIT_EXPECT_LE(test, m->faults, 20);
	KUNIT_EXPECT_LE(test, m->w.doubt, 1);
}

static void walk_among_random_faults(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan;
	u32 x = 12345;
	u64 page;
	int i;

	/* Twice the same place close together would not be a walk. */
	for (page = 0; page < 4; page++)
		touch(m, page, 16);
	for (; page < 1000; page++) {
		touch(m, page, 16);
		for (i = 0; i < 5; i++) {
			u32 r = next_random(&x);

			plan_at(&m->w, 1000000 + 97 * r, 2000000 + 89 * r, 16,
				&plan);
		}
	}
	KUNIT_EXPECT_LE(test, m->faults, 1000 / 17 + 10);
}

/* Three pages of four are in memory: the window still brings 16 pages. */
static void holes_are_not_counted(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.space = FLASHVM_SLOT, .step = 1, .nr = 16,
	};
	u64 edge, page;

	for (page = 0; page < NR_PAGES; page++)
		if (page % 4)
			__clear_bit(page, m->swapped);
	KUNIT_EXPECT_EQ(test, 16,
			flashvm_plan_pick(&plan, 0, 0, NR_PAGES - 1,
					  model_valid, m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 64);
}

static void pick_is_bounded(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.space = FLASHVM_SLOT, .step = 1, .nr = 16,
	};
	u64 edge;

	bitmap_zero(m->swapped, NR_PAGES);
	KUNIT_EXPECT_EQ(test, 0,
			flashvm_plan_pick(&plan, 7, 0, NR_PAGES - 1,
					  model_valid, m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 7);
	KUNIT_EXPECT_EQ(test, m->asked, 16 * FLASHVM_PLAN_SCAN);
}

static void pick_stays_inside(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.space = FLASHVM_ADDRESS, .step = 1, .nr = 16,
	};
	u64 edge;

	KUNIT_EXPECT_EQ(test, 3,
			flashvm_plan_pick(&plan, 100, 90, 103, model_valid,
					  m, &edge));
	KUNIT_EXPECT_EQ(test, m->last_asked, 103);
	plan.step = -1;
	KUNIT_EXPECT_EQ(test, 10,
			flashvm_plan_pick(&plan, 100, 90, 103, model_valid,
					  m, &edge));
	KUNIT_EXPECT_EQ(test, m->last_asked, 90);
	KUNIT_EXPECT_EQ(test, edge, 90);
}

static void use_is_counted_up_to_what_was_issued(struct kunit *test)
{
	struct flashvm_window w = {};
	struct flashvm_plan plan;

	plan_at(&w, 10, 500, 16, &plan);
	plan_at(&w, 11, 900, 16, &plan);
	flashvm_window_issued(&w, &plan, 13, 2);
	use(&w, 12, 1);
	use(&w, 13, 1);
	use(&w, 13, 1);
	use(&w, 14, 1);		/* beyond the edge: not of this plan */
	use(&w, 500, 1);	/* of no run */
	KUNIT_EXPECT_EQ(test, w.run[plan.source].used, 2);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(first_fault_plans_nothing),
	KUNIT_CASE(neighbour_starts_a_run),
	KUNIT_CASE(backward_run),
	KUNIT_CASE(slot_run_when_addresses_are_irregular),
	KUNIT_CASE(faults_without_address),
	KUNIT_CASE(indices_wrap),
	KUNIT_CASE(retry_teaches_nothing),
	KUNIT_CASE(depth_doubles_up_to_the_bound),
	KUNIT_CASE(few_used_pages_halve_the_depth),
	KUNIT_CASE(unused_plan_ends_the_run),
	KUNIT_CASE(window_bounds),
	KUNIT_CASE(fault_inside_a_plan_goes_on),
	KUNIT_CASE(sequential_walk),
	KUNIT_CASE(reverse_walk),
	KUNIT_CASE(interleaved_walks),
	KUNIT_CASE(random_walk_stays_silent),
	KUNIT_CASE(chance_neighbours_are_doubted),
	KUNIT_CASE(walk_among_random_faults),
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
