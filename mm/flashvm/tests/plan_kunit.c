// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/plan.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>

#include "../policy/plan.h"

/* A memory in which every so manyth page is on the device. */
struct memory {
	unsigned int every;	/* 0: none */
	unsigned int asked;
	u64 last_asked;
};

static bool on_device(void *ctx, u64 index)
{
	struct memory *m = ctx;

	m->asked++;
	m->last_asked = index;
	return m->every && index % m->every == 0;
}

static const struct flashvm_plan forward = {
	.predictor = FLASHVM_WINDOW, .step = 1, .nr = 16,
};

static void holes_are_not_counted(struct kunit *test)
{
	struct memory m = { .every = 4 };
	u64 edge;

	KUNIT_EXPECT_EQ(test, 16, flashvm_plan_pick(&forward, 0, 0, 4095,
						    on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 64);
}

static void the_search_is_bounded(struct kunit *test)
{
	struct memory m = {};
	u64 edge;

	KUNIT_EXPECT_EQ(test, 0, flashvm_plan_pick(&forward, 7, 0, 4095,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 7);
	KUNIT_EXPECT_EQ(test, m.asked, 16 * FLASHVM_PLAN_SCAN);
}

/* A part jumps over holes as long as the whole would. */
static void parts_search_as_far(struct kunit *test)
{
	struct flashvm_plan part = forward;
	struct memory m = {};
	u64 edge;

	part.nr = 3;
	part.depth = 16;
	KUNIT_EXPECT_EQ(test, 0, flashvm_plan_pick(&part, 7, 0, 4095,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, m.asked, 16 * FLASHVM_PLAN_SCAN);
}

/* A plan that nobody should have made. */
static void no_more_is_picked_than_fits(struct kunit *test)
{
	struct flashvm_plan huge = forward;
	struct memory m = { .every = 1 };
	u64 edge;

	huge.nr = 2 * FLASHVM_PLAN_MAX;
	KUNIT_EXPECT_EQ(test, FLASHVM_PLAN_MAX,
			flashvm_plan_pick(&huge, 0, 0, 4095, on_device, &m,
					  &edge));
}

static void it_stays_inside(struct kunit *test)
{
	struct flashvm_plan backward = forward;
	struct memory m = { .every = 1 };
	u64 edge;

	KUNIT_EXPECT_EQ(test, 3, flashvm_plan_pick(&forward, 100, 90, 103,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, m.last_asked, 103);
	backward.step = -1;
	KUNIT_EXPECT_EQ(test, 10, flashvm_plan_pick(&backward, 100, 90, 103,
						    on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, m.last_asked, 90);
	KUNIT_EXPECT_EQ(test, edge, 90);
}

static void long_steps_stop_at_the_ends(struct kunit *test)
{
	struct flashvm_plan stride = forward;
	struct memory m = { .every = 1 };
	u64 edge;

	stride.step = 65536;
	KUNIT_EXPECT_EQ(test, 1, flashvm_plan_pick(&stride, 5, 0, 65541,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 65541);
	stride.step = -65536;
	KUNIT_EXPECT_EQ(test, 0, flashvm_plan_pick(&stride, 65535, 0, 65541,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 65535);
}

/* What lies before the first is passed like a hole, what lies behind the last ends it. */
static void it_comes_in_from_outside(struct kunit *test)
{
	struct flashvm_plan stride = forward;
	struct memory m = { .every = 1 };
	u64 edge;

	stride.step = 10;
	stride.steps = 5;
	KUNIT_EXPECT_EQ(test, 3, flashvm_plan_pick(&stride, 75, 100, 200,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 125);
	stride.step = -10;
	KUNIT_EXPECT_EQ(test, 3, flashvm_plan_pick(&stride, 225, 100, 200,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 175);
	KUNIT_EXPECT_EQ(test, 0, flashvm_plan_pick(&stride, 75, 100, 200,
						   on_device, &m, &edge));
	KUNIT_EXPECT_EQ(test, edge, 75);
}

static struct kunit_case plan_cases[] = {
	KUNIT_CASE(holes_are_not_counted),
	KUNIT_CASE(the_search_is_bounded),
	KUNIT_CASE(parts_search_as_far),
	KUNIT_CASE(no_more_is_picked_than_fits),
	KUNIT_CASE(it_stays_inside),
	KUNIT_CASE(long_steps_stop_at_the_ends),
	KUNIT_CASE(it_comes_in_from_outside),
	{}
};

static struct kunit_suite plan_suite = {
	.name = "flashvm-plan",
	.test_cases = plan_cases,
};

kunit_test_suite(plan_suite);

MODULE_DESCRIPTION("KUnit suite of the search for the pages of a plan");
MODULE_LICENSE("GPL");
