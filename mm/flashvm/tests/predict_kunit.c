// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/predict.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>

#include "../policy/predict.h"

static struct flashvm_plan fault_at(struct flashvm_predictors *p, u64 page,
				    u64 slot, unsigned int window,
				    unsigned int blocks)
{
	const struct flashvm_limits limits = {
		.window = window,
		.stride_blocks = blocks,
	};
	const struct flashvm_touch fault = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
		.has_address = true,
	};
	struct flashvm_plan plan;

	flashvm_predict(p, &fault, &limits, &plan);
	return plan;
}

static void use(struct flashvm_predictors *p, u64 page, u64 slot)
{
	const struct flashvm_touch hit = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
		.has_address = true,
	};

	flashvm_predict_used(p, &hit);
}

static void nothing_is_known_at_first(struct kunit *test)
{
	struct flashvm_predictors p = {};

	KUNIT_EXPECT_EQ(test, fault_at(&p, 1, 1, 16, 2).predictor,
			FLASHVM_NOBODY);
}

/* Its faults are a constant distance apart: the window that was read ahead. */
static void a_sequential_walk_is_no_stride(struct kunit *test)
{
	struct flashvm_predictors p = {};
	struct flashvm_plan plan;
	unsigned int i;
	u64 page;

	plan = fault_at(&p, 0, 1000, 16, 32);
	for (page = 1; page < 1000; page += plan.nr + 1) {
		plan = fault_at(&p, page, 1000 + page, 16, 32);
		KUNIT_ASSERT_EQ(test, plan.predictor, FLASHVM_WINDOW);
		flashvm_predict_issued(&p, &plan, page + plan.nr, plan.nr);
		for (i = 1; i <= plan.nr; i++)
			use(&p, page + i, 1000 + page + i);
	}
	KUNIT_EXPECT_EQ(test, plan.nr, 16);
}

static void a_stride_is_no_run(struct kunit *test)
{
	struct flashvm_predictors p = {};
	struct flashvm_plan plan;
	unsigned int i;

	for (i = 0; i < FLASHVM_STRIDE_CONFIRM; i++)
		KUNIT_EXPECT_EQ(test, fault_at(&p, 5 * i, 7000 + 5 * i, 16, 2).nr,
				0);
	plan = fault_at(&p, 5 * i, 7000 + 5 * i, 16, 2);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_STRIDE);
	KUNIT_EXPECT_EQ(test, plan.step, 5);
}

static void strides_work_without_a_window(struct kunit *test)
{
	struct flashvm_predictors p = {};
	unsigned int i;

	for (i = 0; i < FLASHVM_STRIDE_CONFIRM; i++)
		fault_at(&p, 5 * i, 9 * i, 0, 2);
	KUNIT_EXPECT_EQ(test, fault_at(&p, 5 * i, 9 * i, 0, 2).predictor,
			FLASHVM_STRIDE);
}

static void no_blocks_no_stride(struct kunit *test)
{
	struct flashvm_predictors p = {};
	unsigned int i;

	for (i = 0; i < 50; i++)
		KUNIT_EXPECT_EQ(test, fault_at(&p, 5 * i, 9 * i, 16, 0).nr, 0);
}

/* Pages that were evicted in strides lie side by side in the slots. */
static void an_equal_window_goes_first(struct kunit *test)
{
	struct flashvm_predictors p = {};
	struct flashvm_plan plan;

	fault_at(&p, 0, 100, 16, 2);
	plan = fault_at(&p, 5, 101, 16, 2);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	KUNIT_EXPECT_EQ(test, plan.space, FLASHVM_SLOT);
}

static void a_longer_stride_goes_first(struct kunit *test)
{
	struct flashvm_predictors p = {};
	struct flashvm_plan plan;
	unsigned int i;

	for (i = 0; i <= FLASHVM_STRIDE_CONFIRM; i++)
		fault_at(&p, 5 * i, 9 * i, 16, 8);
	/* Neighbours in the slots for the first time, and on the stream. */
	plan = fault_at(&p, 5 * i, 9 * i - 8, 16, 8);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_STRIDE);
	KUNIT_EXPECT_EQ(test, plan.nr, 8);
}

static void shmem_has_no_strides(struct kunit *test)
{
	const struct flashvm_limits limits = { 16, 2 };
	struct flashvm_predictors p = {};
	struct flashvm_touch fault = {};
	struct flashvm_plan plan;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		fault.index[FLASHVM_SLOT] = 1000 + 7 * i;
		flashvm_predict(&p, &fault, &limits, &plan);
		KUNIT_EXPECT_EQ(test, plan.nr, 0);
	}
}

/* The retries of a sequential walk are as regular as its faults. */
static void retries_teach_no_stride(struct kunit *test)
{
	struct flashvm_predictors p = {};
	unsigned int i;

	fault_at(&p, 0, 1000, 2, 2);
	for (i = 1; i < 100; i += 3) {
		struct flashvm_plan plan = fault_at(&p, i, 1000 + i, 2, 2);

		KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
		flashvm_predict_issued(&p, &plan, i + 2, 2);
		KUNIT_EXPECT_EQ(test, fault_at(&p, i, 1000 + i, 2, 2).nr, 0);
		use(&p, i + 1, 1001 + i);
		use(&p, i + 2, 1002 + i);
	}
}

static struct kunit_case predict_cases[] = {
	KUNIT_CASE(nothing_is_known_at_first),
	KUNIT_CASE(a_sequential_walk_is_no_stride),
	KUNIT_CASE(a_stride_is_no_run),
	KUNIT_CASE(strides_work_without_a_window),
	KUNIT_CASE(no_blocks_no_stride),
	KUNIT_CASE(an_equal_window_goes_first),
	KUNIT_CASE(a_longer_stride_goes_first),
	KUNIT_CASE(shmem_has_no_strides),
	KUNIT_CASE(retries_teach_no_stride),
	{}
};

static struct kunit_suite predict_suite = {
	.name = "flashvm-predict",
	.test_cases = predict_cases,
};

kunit_test_suite(predict_suite);

MODULE_DESCRIPTION("KUnit suite of FlashVM's choice between predictors");
MODULE_LICENSE("GPL");
