// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/stride.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/limits.h>

#include "../policy/stride.h"

#define NR_PAGES	8192

/* A model of memory: bit set: the page is on the device. */
struct model {
	struct flashvm_strides s;
	DECLARE_BITMAP(swapped, NR_PAGES);
	unsigned int faults, issued, plans;
};

static bool model_valid(void *ctx, u64 index)
{
	struct model *m = ctx;

	if (!test_bit(index, m->swapped))
		return false;
	__clear_bit(index, m->swapped);
	m->issued++;
	return true;
}

/* What the glue does at a fault that no other predictor can explain. */
static struct flashvm_plan fault(struct flashvm_strides *s, u32 page,
				 unsigned int blocks)
{
	struct flashvm_plan plan = { .predictor = FLASHVM_NOBODY };

	if (!flashvm_stride_follow(s, page, blocks, &plan))
		flashvm_stride_learn(s, page, blocks, &plan);
	return plan;
}

/* Touch a page: a fault if it is on the device, or the use of a prefetch. */
static void touch(struct model *m, u32 page, unsigned int blocks)
{
	struct flashvm_plan plan;
	unsigned int nr;
	u64 edge;

	if (!test_bit(page, m->swapped)) {
		flashvm_stride_used(&m->s, page);
		return;
	}
	__clear_bit(page, m->swapped);
	m->faults++;
	plan = fault(&m->s, page, blocks);
	if (!plan.nr)
		return;
	m->plans++;
	nr = flashvm_plan_pick(&plan, page, 0, NR_PAGES - 1, model_valid, m,
			       &edge);
	flashvm_stride_issued(&m->s, &plan, edge, nr);
}

static struct model *model_new(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	bitmap_fill(m->swapped, NR_PAGES);
	return m;
}

/* Return: number of faults of a walk. */
static unsigned int walk(struct kunit *test, u32 from, int stride,
			 unsigned int touches, unsigned int blocks)
{
	struct model *m = model_new(test);
	unsigned int i;

	for (i = 0; i < touches; i++)
		touch(m, from + i * stride, blocks);
	return m->faults;
}

/* Feed equal distances until there is a stream; its plan is the result. */
static struct flashvm_plan confirm(struct flashvm_strides *s, u32 from,
				   int stride, unsigned int blocks)
{
	unsigned int i;

	for (i = 0; i < FLASHVM_STRIDE_CONFIRM; i++)
		fault(s, from + i * stride, blocks);
	return fault(s, from + i * stride, blocks);
}

static void three_distances_make_a_stride(struct kunit *test)
{
	struct flashvm_strides s = {};
	struct flashvm_plan plan;

	KUNIT_EXPECT_EQ(test, fault(&s, 100, 2).nr, 0);
	KUNIT_EXPECT_EQ(test, fault(&s, 105, 2).nr, 0);
	KUNIT_EXPECT_EQ(test, fault(&s, 110, 2).nr, 0);
	plan = fault(&s, 115, 2);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_STRIDE);
	KUNIT_EXPECT_EQ(test, plan.space, FLASHVM_ADDRESS);
	KUNIT_EXPECT_EQ(test, plan.step, 5);
	KUNIT_EXPECT_EQ(test, plan.nr, 2);
}

static void a_stride_may_go_down(struct kunit *test)
{
	struct flashvm_strides s = {};
	struct flashvm_plan plan = confirm(&s, 1000, -16, 2);

	KUNIT_EXPECT_EQ(test, plan.step, -16);
	KUNIT_EXPECT_EQ(test, plan.nr, 2);
}

static void faults_out_of_order_make_none(struct kunit *test)
{
	struct flashvm_strides s = {};

	fault(&s, 10, 2);
	fault(&s, 30, 2);
	fault(&s, 20, 2);
	KUNIT_EXPECT_EQ(test, fault(&s, 40, 2).nr, 0);
}

static void neighbours_make_none(struct kunit *test)
{
	struct flashvm_strides s = {};
	unsigned int i;

	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, fault(&s, 100 + i, 2).nr, 0);
}

static void the_reach_is_bounded(struct kunit *test)
{
	struct flashvm_strides s = {}, far = {};

	KUNIT_EXPECT_EQ(test, confirm(&s, 0, FLASHVM_STRIDE_REACH, 2).step,
			FLASHVM_STRIDE_REACH);
	KUNIT_EXPECT_EQ(test, confirm(&far, 0, FLASHVM_STRIDE_REACH + 1, 2).nr,
			0);
}

static void blocks_are_bounded(struct kunit *test)
{
	struct flashvm_strides s = {}, none = {};

	KUNIT_EXPECT_EQ(test, confirm(&s, 0, 7, UINT_MAX).nr,
			FLASHVM_STRIDE_MAX);
	KUNIT_EXPECT_EQ(test, confirm(&none, 0, 7, 0).nr, 0);
}

static void distances_wrap(struct kunit *test)
{
	struct flashvm_strides s = {};
	struct flashvm_plan plan = confirm(&s, U32_MAX - 10, 5, 2);

	KUNIT_EXPECT_EQ(test, plan.step, 5);
	flashvm_stride_issued(&s, &plan, 14, 2);
	flashvm_stride_used(&s, 9);
	KUNIT_EXPECT_EQ(test, fault(&s, 19, 2).nr, 2);
}

static void a_retry_teaches_nothing(struct kunit *test)
{
	struct flashvm_strides s = {}, before;
	struct flashvm_plan plan = confirm(&s, 100, 5, 2);

	flashvm_stride_issued(&s, &plan, 125, 2);
	before = s;
	KUNIT_EXPECT_EQ(test, fault(&s, 115, 2).nr, 0);
	KUNIT_EXPECT_MEMEQ(test, &s, &before, sizeof(s));
}

/* Of 100 touches four teach, and each later fault saves as many as it reads. */
static void two_blocks_save_two_faults_in_three(struct kunit *test)
{
	static const int strides[] = { 2, 5, 7, 16, 64, -2, -5, -16 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(strides); i++) {
		u32 from = strides[i] > 0 ? 0 : NR_PAGES - 1;

		KUNIT_EXPECT_LE(test, walk(test, from, strides[i], 100, 2), 36);
		KUNIT_EXPECT_LE(test, walk(test, from, strides[i], 100, 8), 15);
		KUNIT_EXPECT_EQ(test, walk(test, from, strides[i], 100, 0), 100);
	}
}

static void pages_in_memory_are_passed_over(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i;

	for (i = 0; i < 100; i++)
		touch(m, i * 8, 2);
	m->faults = 0;
	/* Of the next 200 steps ten in a row are in memory, then ten are not. */
	for (i = 100; i < 300; i++)
		if (i / 10 % 2)
			__clear_bit(i * 8, m->swapped);
	for (i = 100; i < 300; i++)
		touch(m, i * 8, 2);
	KUNIT_EXPECT_LE(test, m->faults, 36);
}

static void interleaved_streams_are_found(struct kunit *test)
{
	static const int strides[] = { 5, -16, 7, 3 };
	static const u32 from[] = { 0, 4000, 4097, 6000 };
	struct model *m = model_new(test);
	unsigned int i, k;

	for (i = 0; i < 100; i++)
		for (k = 0; k < ARRAY_SIZE(strides); k++)
			touch(m, from[k] + i * strides[k], 2);
	KUNIT_EXPECT_LE(test, m->faults, 4 * 36);
}

static void random_faults_between_do_no_harm(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i;
	u32 random = 1;

	for (i = 0; i < 100; i++) {
		touch(m, i * 16, 2);
		random = random * 1664525 + 1013904223;
		/* Not on the walk: it is 16 apart, these are odd. */
		touch(m, (random >> 16) % NR_PAGES | 1, 2);
	}
	KUNIT_EXPECT_LE(test, m->faults, 100 + 40);
}

static void random_access_is_not_read_ahead(struct kunit *test)
{
	struct model *m = model_new(test);
	u32 random = 12345;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		random = random * 1664525 + 1013904223;
		touch(m, (random >> 12) % NR_PAGES, 2);
		/* What is touched is evicted: memory is small. */
		bitmap_fill(m->swapped, NR_PAGES);
	}
	KUNIT_EXPECT_EQ(test, m->faults, 10000);
	KUNIT_EXPECT_LE(test, m->issued, 100);
}

/* All that is read ahead is pushed out again before it is touched. */
static void wrong_plans_make_it_silent(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i;

	for (i = 0; i < 512; i++) {
		touch(m, i * 16, 2);
		bitmap_fill(m->swapped, NR_PAGES);
	}
	KUNIT_EXPECT_EQ(test, m->faults, 512);
	KUNIT_EXPECT_LE(test, m->plans, 12);
	KUNIT_EXPECT_GE(test, m->plans, 6);
}

static void a_right_plan_ends_the_silence(struct kunit *test)
{
	struct flashvm_strides s = {};
	struct flashvm_plan plan = confirm(&s, 0, 10, 2);
	unsigned int silent = 0;
	u32 page = 30;

	/* Wrong twice: two faults in silence, then four. */
	flashvm_stride_issued(&s, &plan, page + 20, 2);
	while (!(plan = fault(&s, page += 10, 2)).nr)
		silent++;
	KUNIT_EXPECT_EQ(test, silent, 2);
	flashvm_stride_issued(&s, &plan, page + 20, 2);
	while (!(plan = fault(&s, page += 10, 2)).nr)
		silent++;
	KUNIT_EXPECT_EQ(test, silent, 2 + 4);

	/* Right once, and wrong again: two, as at the first time. */
	flashvm_stride_issued(&s, &plan, page + 20, 2);
	flashvm_stride_used(&s, page + 10);
	plan = fault(&s, page += 30, 2);
	KUNIT_EXPECT_EQ(test, plan.nr, 2);
	flashvm_stride_issued(&s, &plan, page + 20, 2);
	while (!(plan = fault(&s, page += 10, 2)).nr)
		silent++;
	KUNIT_EXPECT_EQ(test, silent, 2 + 4 + 2);
}

/* Four touches and away: long enough to learn, too short to be of use. */
static void short_walks_are_doubted(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int i, k;

	for (i = 0; i < 400; i++) {
		for (k = 0; k < 4; k++)
			touch(m, (i * 611) % 4096 + k * (20 + i % 7), 2);
		bitmap_fill(m->swapped, NR_PAGES);
	}
	KUNIT_EXPECT_EQ(test, m->faults, 1600);
	KUNIT_EXPECT_LE(test, m->issued, 32);

	/* A long one is believed all the same, and then others are. */
	m->faults = 0;
	for (i = 0; i < 400; i++)
		touch(m, i * 13, 2);
	KUNIT_EXPECT_LE(test, m->faults, 220);
	KUNIT_EXPECT_LE(test, m->s.doubt, 1);
}

static void the_oldest_stream_gives_way(struct kunit *test)
{
	struct flashvm_strides s = {};
	unsigned int i;

	for (i = 0; i <= FLASHVM_STRIDE_STREAMS; i++)
		KUNIT_EXPECT_EQ(test, confirm(&s, i << 24, 3 + i, 2).step, 3 + i);
	/* The second is still known, the first is not. */
	KUNIT_EXPECT_EQ(test, fault(&s, (1 << 24) + 4 * 4, 2).nr, 2);
	KUNIT_EXPECT_EQ(test, fault(&s, 4 * 3, 2).nr, 0);
}

static void picking_stops_at_the_ends(struct kunit *test)
{
	struct model *m = model_new(test);
	struct flashvm_plan plan = {
		.predictor = FLASHVM_STRIDE, .step = 100, .nr = 8,
	};
	u64 edge;

	KUNIT_EXPECT_EQ(test, flashvm_plan_pick(&plan, 50, 0, 250, model_valid,
						m, &edge), 2);
	KUNIT_EXPECT_EQ(test, edge, 250);
	plan.step = -100;
	KUNIT_EXPECT_EQ(test, flashvm_plan_pick(&plan, 240, 40, 250, model_valid,
						m, &edge), 2);
	KUNIT_EXPECT_EQ(test, edge, 40);
	KUNIT_EXPECT_EQ(test, flashvm_plan_pick(&plan, 99, 0, U64_MAX,
						model_valid, m, &edge), 0);
	KUNIT_EXPECT_EQ(test, edge, 99);
}

static struct kunit_case stride_cases[] = {
	KUNIT_CASE(three_distances_make_a_stride),
	KUNIT_CASE(a_stride_may_go_down),
	KUNIT_CASE(faults_out_of_order_make_none),
	KUNIT_CASE(neighbours_make_none),
	KUNIT_CASE(the_reach_is_bounded),
	KUNIT_CASE(blocks_are_bounded),
	KUNIT_CASE(distances_wrap),
	KUNIT_CASE(a_retry_teaches_nothing),
	KUNIT_CASE(two_blocks_save_two_faults_in_three),
	KUNIT_CASE(pages_in_memory_are_passed_over),
	KUNIT_CASE(interleaved_streams_are_found),
	KUNIT_CASE(random_faults_between_do_no_harm),
	KUNIT_CASE(random_access_is_not_read_ahead),
	KUNIT_CASE(wrong_plans_make_it_silent),
	KUNIT_CASE(a_right_plan_ends_the_silence),
	KUNIT_CASE(short_walks_are_doubted),
	KUNIT_CASE(the_oldest_stream_gives_way),
	KUNIT_CASE(picking_stops_at_the_ends),
	{}
};

static struct kunit_suite stride_suite = {
	.name = "flashvm-stride",
	.test_cases = stride_cases,
};

kunit_test_suite(stride_suite);

MODULE_DESCRIPTION("KUnit suite of FlashVM's stride predictor");
MODULE_LICENSE("GPL");
