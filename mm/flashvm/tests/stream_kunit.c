// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/stream.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>
#include <linux/limits.h>

#include "model.h"

static struct flashvm_plan fault_at(struct flashvm_streams *s, u32 index,
				    const struct flashvm_limits *limits)
{
	struct flashvm_plan plan = {};

	if (!flashvm_stream_follow(s, index, limits, &plan))
		flashvm_stream_learn(s, index, limits, &plan);
	return plan;
}

static struct flashvm_plan hit_at(struct flashvm_streams *s, u32 index)
{
	struct flashvm_plan plan = {};

	flashvm_stream_hit(s, index, false, &defaults, &plan);
	return plan;
}

/* A zeroed state knows no neighbour, not even of index 0. */
static void the_first_fault_plans_nothing(struct kunit *test)
{
	struct flashvm_streams s = {};

	KUNIT_EXPECT_EQ(test, fault_at(&s, 1, &defaults).nr, 0);
}

static void neighbours_make_a_stream(struct kunit *test)
{
	struct flashvm_streams s = {};
	struct flashvm_plan plan;

	fault_at(&s, 10, &defaults);
	plan = fault_at(&s, 11, &defaults);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	KUNIT_EXPECT_EQ(test, plan.step, 1);
	KUNIT_EXPECT_EQ(test, plan.skip, 0);
	KUNIT_EXPECT_EQ(test, plan.nr, FLASHVM_STREAM_START_NEAR);
	memset(&s, 0, sizeof(s));
	fault_at(&s, 11, &defaults);
	KUNIT_EXPECT_EQ(test, fault_at(&s, 10, &defaults).step, -1);
}

static void three_faults_make_a_stride(struct kunit *test)
{
	static const s32 steps[] = {
		2, -2, 5, -5, 64, 4096, FLASHVM_STREAM_REACH,
		-FLASHVM_STREAM_REACH,
	};
	struct flashvm_plan plan;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		struct flashvm_streams s = {};

		fault_at(&s, 1000000, &defaults);
		KUNIT_EXPECT_EQ(test, 0,
				fault_at(&s, 1000000 + steps[i], &defaults).nr);
		plan = fault_at(&s, 1000000 + 2 * steps[i], &defaults);
		KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_STRIDE);
		KUNIT_EXPECT_EQ(test, plan.step, steps[i]);
		KUNIT_EXPECT_EQ(test, plan.nr, FLASHVM_STREAM_START);
	}
}

static void the_reach_is_bounded(struct kunit *test)
{
	struct flashvm_streams s = {};
	unsigned int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, 0,
				fault_at(&s, i * (FLASHVM_STREAM_REACH + 1),
					 &defaults).nr);
}

static void faults_out_of_order_make_none(struct kunit *test)
{
	struct flashvm_streams s = {};

	fault_at(&s, 105, &defaults);
	fault_at(&s, 100, &defaults);
	KUNIT_EXPECT_EQ(test, fault_at(&s, 110, &defaults).nr, 0);
}

static void indices_wrap(struct kunit *test)
{
	struct flashvm_streams s = {};

	fault_at(&s, U32_MAX, &defaults);
	KUNIT_EXPECT_EQ(test, fault_at(&s, 0, &defaults).step, 1);
	memset(&s, 0, sizeof(s));
	fault_at(&s, -9, &defaults);
	fault_at(&s, -2, &defaults);
	KUNIT_EXPECT_EQ(test, fault_at(&s, 5, &defaults).step, 7);
}

static void a_retry_teaches_nothing(struct kunit *test)
{
	struct flashvm_streams s = {}, *before;
	struct flashvm_plan plan;

	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	fault_at(&s, 10, &defaults);
	plan = fault_at(&s, 11, &defaults);
	flashvm_stream_issued(&s, &plan, 15, 4);
	*before = s;
	KUNIT_EXPECT_EQ(test, fault_at(&s, 11, &defaults).nr, 0);
	KUNIT_EXPECT_MEMEQ(test, &s, before, sizeof(s));
	fault_at(&s, 5000, &defaults);
	*before = s;
	fault_at(&s, 5000, &defaults);
	KUNIT_EXPECT_MEMEQ(test, &s, before, sizeof(s));
}

/* Two or three faults for each walk, and then none; nothing is read in vain. */
static void a_steady_walk_never_stops(struct kunit *test)
{
	static const struct {
		unsigned int start;
		int step;
		unsigned int faults;
	} walks[] = {
		{ 0, 1, 2 }, { NR_PAGES - 1, -1, 2 }, { 0, 2, 3 }, { 1, 3, 3 },
		{ 0, 7, 3 }, { 63, 64, 3 }, { NR_PAGES - 1, -5, 3 },
		{ 0, 1024, 3 },
	};
	struct model *m = model_new(test);
	unsigned int i, touches;

	for (i = 0; i < ARRAY_SIZE(walks); i++) {
		memset(&m->s, 0, sizeof(m->s));
		evict_all(m);
		touches = walk(m, walks[i].start, walks[i].step);
		KUNIT_EXPECT_EQ(test, m->faults, walks[i].faults);
		KUNIT_EXPECT_EQ(test, m->issued, touches - walks[i].faults);
	}
}

/* A page is there ten touches after it was asked for. */
static void it_reads_as_far_ahead_as_it_must(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i, deepest = 0;

	m->latency = 10;
	walk(m, 0, 1);
	for (i = 0; i < FLASHVM_STREAMS; i++)
		deepest = max(deepest, m->s.stream[i].depth);
	KUNIT_EXPECT_LE(test, m->late, 20);
	KUNIT_EXPECT_GE(test, deepest, 8);
	KUNIT_EXPECT_LE(test, deepest, 16);
}

/* Deep plans are read in parts, if there is no room for more at a time. */
static void a_plan_is_read_in_parts(struct kunit *test)
{
	struct model *m = model_new(test);

	m->latency = 50;
	m->limits.room = 8;
	walk(m, 0, 1);
	KUNIT_EXPECT_EQ(test, m->s.stream[0].depth, FLASHVM_PLAN_MAX / 2);
	KUNIT_EXPECT_EQ(test, m->most, 8);
	KUNIT_EXPECT_EQ(test, m->faults, 2);
	KUNIT_EXPECT_EQ(test, m->issued, NR_PAGES - 2);
}

/* A stream at 10 of which 15 is read and a plan of 32 begun, in parts of 8. */
static struct flashvm_plan first_part(struct kunit *test,
				      struct flashvm_streams *s,
				      struct flashvm_limits *parts)
{
	struct flashvm_plan plan;

	parts->room = 8;
	fault_at(s, 10, parts);
	plan = fault_at(s, 11, parts);
	s->stream[plan.source].depth = 32;
	flashvm_stream_issued(s, &plan, 15, 4);
	plan = (struct flashvm_plan){};
	flashvm_stream_hit(s, 12, false, parts, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 8);
	return plan;
}

/* What is not there is not looked for at every touch. */
static void a_part_in_vain_ends_the_plan(struct kunit *test)
{
	struct flashvm_limits parts = defaults;
	struct flashvm_streams s = {};
	struct flashvm_plan plan;
	u32 i;

	plan = first_part(test, &s, &parts);
	flashvm_stream_issued(&s, &plan, 17, 2);
	for (i = 13; i <= 15; i++) {
		plan = (struct flashvm_plan){};
		flashvm_stream_hit(&s, i, false, &parts, &plan);
		KUNIT_EXPECT_EQ(test, plan.nr, 0);
	}
	flashvm_stream_hit(&s, 16, false, &parts, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 8);
}

/* prefetch/window is lowered while a plan is half read. */
static void a_lower_bound_holds_at_once(struct kunit *test)
{
	struct flashvm_limits parts = defaults;
	struct flashvm_streams s = {};
	struct flashvm_plan plan;

	plan = first_part(test, &s, &parts);
	flashvm_stream_issued(&s, &plan, 23, 8);
	parts.window = 4;
	plan = (struct flashvm_plan){};
	flashvm_stream_hit(&s, 13, false, &parts, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	parts.window = 12;
	flashvm_stream_hit(&s, 14, false, &parts, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 3);
}

/* What there was no memory for is read by the next touch. */
static void what_is_left_is_read_later(struct kunit *test)
{
	struct flashvm_streams s = {};
	struct flashvm_plan plan;

	fault_at(&s, 10, &defaults);
	plan = fault_at(&s, 11, &defaults);
	KUNIT_EXPECT_EQ(test, plan.nr, 4);
	flashvm_stream_issued(&s, &plan, 15, 4);
	flashvm_stream_left(&s, &plan, 15, 12, 3);
	plan = (struct flashvm_plan){};
	flashvm_stream_hit(&s, 12, false, &defaults, &plan);
	KUNIT_EXPECT_EQ(test, plan.skip, 0);
	KUNIT_EXPECT_EQ(test, plan.nr, 4);
	flashvm_stream_issued(&s, &plan, 16, 4);
	/* It has gone on: too late. */
	flashvm_stream_left(&s, &plan, 15, 12, 3);
	KUNIT_EXPECT_EQ(test, s.stream[plan.source].edge, 16);
}

static void limits_are_kept(struct kunit *test)
{
	const struct flashvm_limits small = {
		.window = 5, .stride_blocks = 2, .floor = 25,
		.room = FLASHVM_PLAN_MAX,
	};
	const struct flashvm_limits none = {};
	struct flashvm_streams s = {};
	struct flashvm_plan plan;

	fault_at(&s, 10, &none);
	fault_at(&s, 11, &none);
	KUNIT_EXPECT_EQ(test, fault_at(&s, 12, &none).nr, 0);
	memset(&s, 0, sizeof(s));
	fault_at(&s, 10, &small);
	plan = fault_at(&s, 11, &small);
	KUNIT_EXPECT_EQ(test, plan.nr, 4);
	flashvm_stream_issued(&s, &plan, 15, 4);
	/* Three are ahead still. */
	plan = (struct flashvm_plan){};
	flashvm_stream_hit(&s, 12, false, &small, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 2);
	memset(&s, 0, sizeof(s));
	fault_at(&s, 10, &small);
	fault_at(&s, 20, &small);
	plan = fault_at(&s, 30, &small);
	KUNIT_EXPECT_EQ(test, plan.nr, 2);
}

/* Two blocks of the paper: the program waits, but it takes no major faults. */
static void two_blocks_are_enough_not_to_fault(struct kunit *test)
{
	struct model *m = model_new(test);

	m->limits.stride_blocks = 2;
	walk(m, 0, 16);
	KUNIT_EXPECT_EQ(test, m->faults, 3);
}

/* The second column of a matrix begins where the first one taught to. */
static void a_known_step_takes_two_faults(struct kunit *test)
{
	struct model *m = model_new(test);

	m->latency = 10;
	walk(m, 0, 64);
	m->faults = 0;
	m->late = 0;
	walk(m, 1, 64);
	KUNIT_EXPECT_EQ(test, m->faults, 2);
	KUNIT_EXPECT_LE(test, m->late, 16);
}

static void interleaved_walks_are_found(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i, stream;

	for (i = 0; i < 1000; i++) {
		for (stream = 0; stream < 3; stream++)
			touch(m, stream * 2000 + i);
		touch(m, NR_PAGES - 1 - i);
		touch(m, 7000 + 7 * i);
	}
	KUNIT_EXPECT_LE(test, m->faults, 5 * 3);
}

static u32 next_random(u32 *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

static void random_access_is_not_read_ahead(struct kunit *test)
{
	struct model *m = model_new(test);
	u32 x = 12345;
	int i, step;

	for (step = 1; step <= 7; step += 6) {
		/* What is read ahead is evicted before it is touched. */
		m->faults = 0;
		m->issued = 0;
		bitmap_fill(m->on_device, NR_PAGES);
		for (i = 0; i < 10000; i++) {
			touch(m, next_random(&x) % NR_PAGES);
			bitmap_fill(m->on_device, NR_PAGES);
			bitmap_zero(m->ahead, NR_PAGES);
		}
		KUNIT_EXPECT_EQ(test, m->faults, 10000);
		KUNIT_EXPECT_LE(test, m->issued, 30);
		/* A walk is believed in soon all the same. */
		m->faults = 0;
		walk(m, 0, step);
		KUNIT_EXPECT_LE(test, m->faults, 10);
	}
}

/* Five random faults for each page of a walk do not push it out. */
static void a_walk_among_random_faults(struct kunit *test)
{
	struct model *m = model_new(test);
	u32 x = 12345;
	unsigned int page, i;

	for (page = 0; page < 3; page++)
		touch(m, page);
	for (; page < 1000; page++) {
		touch(m, page);
		for (i = 0; i < 5; i++)
			fault_at(&m->s, 0x80000000 + 97 * next_random(&x),
				 &defaults);
	}
	KUNIT_EXPECT_LE(test, m->faults, 10);
}

/* All that is read ahead is pushed out again before it is touched. */
static void wrong_plans_silence_it(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int page;

	for (page = 0; page < NR_PAGES; page++) {
		touch(m, page);
		bitmap_fill(m->on_device, NR_PAGES);
		bitmap_zero(m->ahead, NR_PAGES);
	}
	KUNIT_EXPECT_LE(test, m->issued, NR_PAGES / 20);
	/* The first plan that is right ends it. */
	evict_all(m);
	walk(m, 0, 1);
	KUNIT_EXPECT_LE(test, m->faults, FLASHVM_STREAM_SILENCE + 2);
}

/* Of four pages one is touched. */
static void the_floor_is_kept(struct kunit *test)
{
	struct flashvm_limits limits = defaults;
	struct flashvm_streams s;
	struct flashvm_plan plan;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		limits.floor = i ? 26 : 25;
		memset(&s, 0, sizeof(s));
		fault_at(&s, 10, &limits);
		plan = fault_at(&s, 11, &limits);
		flashvm_stream_issued(&s, &plan, 15, 4);
		plan = hit_at(&s, 13);
		flashvm_stream_issued(&s, &plan, 15, 0);
		plan = fault_at(&s, 17, &limits);
		KUNIT_EXPECT_EQ(test, plan.nr > 0, i == 0);
	}
}

/* Two touches and away: enough to learn from, too few to be of use. */
static void short_walks_are_doubted(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i, page;
	u32 x = 4711;

	for (i = 0; i < 200; i++) {
		page = next_random(&x) % (NR_PAGES - 1);
		touch(m, page);
		touch(m, page + 1);
	}
	/* Eight believed at first, four pages each; and then none. */
	KUNIT_EXPECT_LE(test, m->issued, 60);
}

/* Walks that are long enough end the doubt, also those that nothing is read for. */
static void longer_walks_are_believed_again(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i, k, page, used = 0;
	u32 x = 4711;

	for (i = 0; i < 400; i++) {
		page = next_random(&x) % (NR_PAGES - 5);
		evict_all(m);
		for (k = 0; k < (i < 200 ? 2 : 5); k++)
			touch(m, page + k);
		if (i >= 300)
			used += m->used;
	}
	KUNIT_EXPECT_GE(test, used, 200);
}

/* A few pages of a run are in memory, every other one: that is no stride. */
static void pages_in_memory_hide_no_step(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int page;

	for (page = 300; page <= 308; page += 2)
		__clear_bit(page, m->on_device);
	walk(m, 0, 1);
	KUNIT_EXPECT_EQ(test, m->s.stream[0].step, 1);
	KUNIT_EXPECT_EQ(test, m->faults, 2);
}

/* Without neighbours every other one of them is no stride either. */
static void window_0_reads_no_neighbours(struct kunit *test)
{
	struct model *m = model_new(test);

	m->limits.window = 0;
	walk(m, 0, 1);
	KUNIT_EXPECT_EQ(test, m->issued, 0);
}

/* Every third page of a run is on the device at first, then all are. */
static void holes_hide_the_step(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i, page, issued;

	touch(m, 0);
	touch(m, 1);
	for (page = 4; page < 1000; page += 3)
		touch(m, page);
	issued = m->issued;
	for (i = 0; i < FLASHVM_STREAMS; i++)
		if (m->s.stream[i].step && m->s.stream[i].last == page - 3)
			KUNIT_EXPECT_EQ(test, m->s.stream[i].step, 3);
	/* It was found out before much was read in vain. */
	KUNIT_EXPECT_LE(test, issued, 1000 / 3 + 60);
}

/* A page of a plan was pushed out again: the stream goes on from there. */
static void a_fault_inside_a_plan_goes_on(struct kunit *test)
{
	struct flashvm_streams s = {};
	struct flashvm_plan plan;

	fault_at(&s, 10, &defaults);
	plan = fault_at(&s, 11, &defaults);
	flashvm_stream_issued(&s, &plan, 15, 4);
	plan = hit_at(&s, 12);
	KUNIT_EXPECT_EQ(test, plan.skip, 3);
	flashvm_stream_issued(&s, &plan, 19, 4);
	plan = fault_at(&s, 13, &defaults);
	KUNIT_EXPECT_EQ(test, plan.skip, 0);
	KUNIT_EXPECT_GT(test, plan.nr, 0);
}

/* Pages that are pushed out before they are touched: there is memory for less. */
static void pushed_out_pages_shorten_plans(struct kunit *test)
{
	struct flashvm_streams s = {};
	struct flashvm_plan plan;
	u32 i;

	fault_at(&s, 10, &defaults);
	plan = fault_at(&s, 11, &defaults);
	s.stream[plan.source].depth = 32;
	for (i = 12; i < 22; i += 2) {
		flashvm_stream_issued(&s, &plan, i + 40, 8);
		hit_at(&s, i);
		plan = fault_at(&s, i + 1, &defaults);
	}
	KUNIT_EXPECT_EQ(test, s.stream[plan.source].depth, FLASHVM_STREAM_START);
}

/* A plan of which nothing was found: the stream goes on at the next fault. */
static void an_empty_plan_does_no_harm(struct kunit *test)
{
	struct flashvm_streams s = {};
	struct flashvm_plan plan;

	fault_at(&s, 10, &defaults);
	plan = fault_at(&s, 11, &defaults);
	flashvm_stream_issued(&s, &plan, 11, 0);
	KUNIT_EXPECT_EQ(test, hit_at(&s, 12).nr, 0);
	plan = fault_at(&s, 14, &defaults);
	KUNIT_EXPECT_EQ(test, plan.nr, FLASHVM_STREAM_START_NEAR);
}

static void the_oldest_stream_gives_way(struct kunit *test)
{
	struct flashvm_streams s = {};
	unsigned int i;

	for (i = 0; i <= FLASHVM_STREAMS; i++) {
		fault_at(&s, 100000 * i, &defaults);
		fault_at(&s, 100000 * i + 1, &defaults);
	}
	/* The first is gone, the second is not. */
	KUNIT_EXPECT_EQ(test, fault_at(&s, 2, &defaults).nr, 0);
	KUNIT_EXPECT_GT(test, fault_at(&s, 100002, &defaults).nr, 0);
}

static struct kunit_case stream_cases[] = {
	KUNIT_CASE(the_first_fault_plans_nothing),
	KUNIT_CASE(neighbours_make_a_stream),
	KUNIT_CASE(three_faults_make_a_stride),
	KUNIT_CASE(the_reach_is_bounded),
	KUNIT_CASE(faults_out_of_order_make_none),
	KUNIT_CASE(indices_wrap),
	KUNIT_CASE(a_retry_teaches_nothing),
	KUNIT_CASE(a_steady_walk_never_stops),
	KUNIT_CASE(it_reads_as_far_ahead_as_it_must),
	KUNIT_CASE(a_plan_is_read_in_parts),
	KUNIT_CASE(a_part_in_vain_ends_the_plan),
	KUNIT_CASE(a_lower_bound_holds_at_once),
	KUNIT_CASE(what_is_left_is_read_later),
	KUNIT_CASE(limits_are_kept),
	KUNIT_CASE(two_blocks_are_enough_not_to_fault),
	KUNIT_CASE(a_known_step_takes_two_faults),
	KUNIT_CASE(interleaved_walks_are_found),
	KUNIT_CASE(random_access_is_not_read_ahead),
	KUNIT_CASE(a_walk_among_random_faults),
	KUNIT_CASE(wrong_plans_silence_it),
	KUNIT_CASE(the_floor_is_kept),
	KUNIT_CASE(short_walks_are_doubted),
	KUNIT_CASE(longer_walks_are_believed_again),
	KUNIT_CASE(pages_in_memory_hide_no_step),
	KUNIT_CASE(window_0_reads_no_neighbours),
	KUNIT_CASE(holes_hide_the_step),
	KUNIT_CASE(a_fault_inside_a_plan_goes_on),
	KUNIT_CASE(pushed_out_pages_shorten_plans),
	KUNIT_CASE(an_empty_plan_does_no_harm),
	KUNIT_CASE(the_oldest_stream_gives_way),
	{}
};

static struct kunit_suite stream_suite = {
	.name = "flashvm-stream",
	.test_cases = stream_cases,
};

kunit_test_suite(stream_suite);

MODULE_DESCRIPTION("KUnit suite of FlashVM's streams");
MODULE_LICENSE("GPL");
