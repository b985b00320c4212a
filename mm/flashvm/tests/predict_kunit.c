// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/predict.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>

#include "../policy/predict.h"
#include "model.h"

/* A history of nothing. It is too large for the stack. */
static struct flashvm_predictors *none(struct kunit *test)
{
	struct flashvm_predictors *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static struct flashvm_touch touch_at(u64 page, u64 slot)
{
	struct flashvm_touch touch = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
		.has_address = true,
	};

	return touch;
}

static struct flashvm_plan fault_at(struct flashvm_predictors *p, u64 page,
				    u64 slot)
{
	const struct flashvm_touch fault = touch_at(page, slot);
	struct flashvm_plan plan;

	flashvm_predict_fault(p, &fault, &defaults, &plan);
	return plan;
}

static enum flashvm_predictor hit_at(struct flashvm_predictors *p, u64 page,
				     u64 slot, struct flashvm_plan *plan)
{
	const struct flashvm_touch hit = touch_at(page, slot);

	return flashvm_predict_hit(p, &hit, &defaults, plan);
}

/* All of a plan is found. */
static void issue(struct flashvm_predictors *p, const struct flashvm_plan *plan,
		  u64 index)
{
	flashvm_predict_issued(p, plan,
			       index + plan->skip + plan->step * (int)plan->nr,
			       plan->nr);
}

static void nothing_is_known_at_first(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);

	KUNIT_EXPECT_EQ(test, fault_at(p, 1, 1).predictor, FLASHVM_NOBODY);
}

static void address_order_is_asked_first(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_plan plan;

	fault_at(p, 10, 500);
	plan = fault_at(p, 11, 501);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	KUNIT_EXPECT_EQ(test, plan.space, FLASHVM_ADDRESS);
}

/* An irregular walk that repeats the order of eviction. */
static void slot_order_where_addresses_are_irregular(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_plan plan;

	fault_at(p, 10, 500);
	plan = fault_at(p, 777, 501);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_EVICTION);
	KUNIT_EXPECT_EQ(test, plan.space, FLASHVM_SLOT);
	KUNIT_EXPECT_EQ(test, plan.step, 1);
	issue(p, &plan, 501);
	KUNIT_EXPECT_EQ(test, hit_at(p, 123456, 502, &plan),
			FLASHVM_EVICTION);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_EVICTION);
	KUNIT_EXPECT_EQ(test, plan.skip, FLASHVM_STREAM_START_NEAR - 1);
}

static void eviction_has_a_bound_of_its_own(struct kunit *test)
{
	const struct flashvm_limits addresses = { .window = 8, .room = 8 };
	const struct flashvm_limits slots = { .eviction = 8, .room = 8 };
	const struct flashvm_touch near[] = {
		touch_at(10, 500), touch_at(777, 501), touch_at(778, 900),
	};
	struct flashvm_predictors *p = none(test);
	struct flashvm_plan plan;

	flashvm_predict_fault(p, &near[0], &addresses, &plan);
	flashvm_predict_fault(p, &near[1], &addresses, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	flashvm_predict_fault(p, &near[2], &addresses, &plan);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	memset(p, 0, sizeof(*p));
	flashvm_predict_fault(p, &near[1], &slots, &plan);
	flashvm_predict_fault(p, &near[2], &slots, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	flashvm_predict_fault(p, &near[0], &slots, &plan);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_EVICTION);
}

static void slots_have_no_strides(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_touch fault = {};
	struct flashvm_plan plan;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		fault.index[FLASHVM_SLOT] = 1000 + 7 * i;
		flashvm_predict_fault(p, &fault, &defaults, &plan);
		KUNIT_EXPECT_EQ(test, plan.nr, 0);
	}
}

/* No address is next to no address. */
static void touches_without_address(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_touch fault = {};
	struct flashvm_plan plan;

	fault.index[FLASHVM_SLOT] = 500;
	flashvm_predict_fault(p, &fault, &defaults, &plan);
	fault.index[FLASHVM_SLOT] = 700;
	flashvm_predict_fault(p, &fault, &defaults, &plan);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
	fault.index[FLASHVM_SLOT] = 701;
	flashvm_predict_fault(p, &fault, &defaults, &plan);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_EVICTION);
	KUNIT_EXPECT_EQ(test, fault_at(p, 1, 9000).nr, 0);
}

/* Both orders know of it: the first one goes on. */
static void a_hit_is_told_to_both(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_plan plan, slots;

	fault_at(p, 5000, 100);
	slots = fault_at(p, 7000, 101);
	KUNIT_EXPECT_EQ(test, slots.predictor, FLASHVM_EVICTION);
	issue(p, &slots, 101);
	fault_at(p, 10, 900);
	plan = fault_at(p, 11, 950);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	issue(p, &plan, 11);
	KUNIT_EXPECT_EQ(test, hit_at(p, 12, 102, &plan), FLASHVM_WINDOW);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	KUNIT_EXPECT_EQ(test, p->streams[FLASHVM_SLOT].stream[slots.source].last,
			102);
}

/* What the slots have to read while addresses are asked first is not lost. */
static void who_is_not_asked_keeps_its_plan(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_stream *slots;
	struct flashvm_plan plan;
	unsigned int todo;

	fault_at(p, 5000, 100);
	plan = fault_at(p, 7000, 101);
	slots = &p->streams[FLASHVM_SLOT].stream[plan.source];
	issue(p, &plan, 101);
	slots->todo = 8;
	todo = slots->todo;
	fault_at(p, 10, 900);
	plan = fault_at(p, 11, 950);
	issue(p, &plan, 11);
	slots->mid = 105;
	hit_at(p, 12, 102, &plan);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_WINDOW);
	KUNIT_EXPECT_EQ(test, slots->todo, todo);
}

/* Slots that are read one after the other are every third page of a program. */
static void hits_teach_addresses(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_plan plan;
	unsigned int i;

	fault_at(p, 0, 100);
	plan = fault_at(p, 3, 101);
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_EVICTION);
	issue(p, &plan, 101);
	for (i = 2; i < 6; i++) {
		hit_at(p, 3 * i, 100 + i, &plan);
		if (plan.nr)
			issue(p, &plan, plan.space == FLASHVM_SLOT ?
					 100 + i : 3 * i);
	}
	KUNIT_EXPECT_EQ(test, plan.predictor, FLASHVM_STRIDE);
	KUNIT_EXPECT_EQ(test, plan.step, 3);
}

static void a_retry_plans_nothing(struct kunit *test)
{
	struct flashvm_predictors *p = none(test), *before = none(test);
	struct flashvm_plan plan;

	fault_at(p, 10, 500);
	plan = fault_at(p, 11, 900);
	issue(p, &plan, 11);
	*before = *p;
	KUNIT_EXPECT_EQ(test, fault_at(p, 11, 900).nr, 0);
	KUNIT_EXPECT_MEMEQ(test, p, before, sizeof(*p));
}

static void forgotten_hits_are_nobodys(struct kunit *test)
{
	struct flashvm_predictors *p = none(test);
	struct flashvm_plan plan;

	KUNIT_EXPECT_EQ(test, hit_at(p, 10, 500, &plan), FLASHVM_NOBODY);
	KUNIT_EXPECT_EQ(test, plan.nr, 0);
}

static struct kunit_case predict_cases[] = {
	KUNIT_CASE(nothing_is_known_at_first),
	KUNIT_CASE(address_order_is_asked_first),
	KUNIT_CASE(slot_order_where_addresses_are_irregular),
	KUNIT_CASE(eviction_has_a_bound_of_its_own),
	KUNIT_CASE(slots_have_no_strides),
	KUNIT_CASE(touches_without_address),
	KUNIT_CASE(a_hit_is_told_to_both),
	KUNIT_CASE(who_is_not_asked_keeps_its_plan),
	KUNIT_CASE(hits_teach_addresses),
	KUNIT_CASE(a_retry_plans_nothing),
	KUNIT_CASE(forgotten_hits_are_nobodys),
	{}
};

static struct kunit_suite predict_suite = {
	.name = "flashvm-predict",
	.test_cases = predict_cases,
};

kunit_test_suite(predict_suite);

MODULE_DESCRIPTION("KUnit suite of FlashVM's choice between predictors");
MODULE_LICENSE("GPL");
