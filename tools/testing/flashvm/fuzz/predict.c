// SPDX-License-Identifier: GPL-2.0
/*
 *		A fuzzer of the predictors
 *
 * The bytes of an input are a program: faults and hits at absolute and relative
 * places, changes of the tunables, walks over a memory with holes. Each answer of
 * the predictors is held against what their headers promise, and their state
 * after each step against its bounds. libFuzzer looks for inputs that reach new
 * code, AddressSanitizer and UndefinedBehaviorSanitizer for what is wrong in C.
 *
 * Every input is run twice and must leave the same state: the policies have
 * no clock, no randomness, and read nothing that they were not given.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include "policy/predict.h"

#define MUST(what) do {							\
	if (!(what)) {							\
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,	\
			__LINE__, #what);				\
		abort();						\
	}								\
} while (0)

#define NR_PAGES	4096

struct machine {
	struct flashvm_predictors p;
	struct flashvm_limits limits;
	/* Position and step of the walk that is going on. */
	u32 page;
	s32 step;
	/* What is touched is still on its way. */
	bool late;
	/* There is no memory for what is planned. */
	bool full;
	/* What is on the device: a byte for each page. */
	u8 on_device[NR_PAGES];
	/* Of the search for a plan's pages. */
	u64 first, last, asked_last;
	unsigned int asked;
	u64 found[FLASHVM_PLAN_MAX];
	unsigned int nr_found;
	int direction;
};

struct input {
	const u8 *data;
	size_t size;
};

static u32 take(struct input *in, unsigned int bytes)
{
	u32 value = 0;

	while (bytes-- && in->size) {
		value = value << 8 | *in->data++;
		in->size--;
	}
	return value;
}

/* What a stream does not claim is not looked at. */
static bool claims(const struct flashvm_streams *s, unsigned int i, u32 index)
{
	return index - s->claim[i] <= s->claim_length[i];
}

static u32 way(const struct flashvm_stream *stream, u32 from, u32 to)
{
	return flashvm_stream_distance(stream, from, to);
}

static void check_streams(const struct flashvm_streams *s)
{
	unsigned int i, seen = 0;

	MUST(s->nr_faults <= FLASHVM_STREAM_FAULTS);
	for (i = 0; i < FLASHVM_STREAM_SEEN; i++)
		seen += s->seen[i];
	MUST(seen == s->nr_faults);
	for (i = 0, seen = 0; i < FLASHVM_STREAMS; i++)
		seen += s->stream[i].step != 0;
	MUST(seen == s->nr_streams);
	for (i = 0; i < s->nr_faults; i++)
		MUST(s->seen[s->fault[i] % FLASHVM_STREAM_SEEN]);
	for (i = 0; i < FLASHVM_STREAMS; i++) {
		const struct flashvm_stream *stream = &s->stream[i];

		if (stream->step) {
			MUST(claims(s, i, stream->base));
			MUST(claims(s, i, stream->edge + stream->step));
			MUST(claims(s, i, stream->last));
		}
		MUST(stream->step >= -FLASHVM_STREAM_REACH);
		MUST(stream->step <= FLASHVM_STREAM_REACH);
		MUST(!stream->step || stream->depth > 0);
		MUST(stream->depth <= FLASHVM_PLAN_MAX / 2);
		for (unsigned int plan = 0; plan < 2; plan++) {
			MUST(stream->used[plan] <= stream->issued[plan]);
			MUST(stream->issued[plan] <=
			     FLASHVM_COLUMN_PAGES + FLASHVM_PLAN_MAX);
		}
		MUST(stream->todo <= FLASHVM_PLAN_MAX);
		MUST(stream->next <= FLASHVM_STREAMS);
		MUST(stream->columns <= FLASHVM_COLUMN_KNOWN);
		MUST(stream->wide <= FLASHVM_COLUMNS_MAX);
		MUST(stream->turn <= FLASHVM_COLUMNS_MAX + 1);
		MUST(stream->exact <= 2);
		MUST(!stream->columns || stream->rows);
		MUST(!stream->ahead || !stream->issued[0]);
		MUST(way(stream, stream->base, stream->mid) <=
		     way(stream, stream->base, stream->edge));
		MUST(!stream->ahead ||
		     way(stream, stream->start - stream->step, stream->last) <=
		     stream->sooner * (u32)abs(stream->step));
		MUST(!stream->ahead || (stream->step != 1 && stream->step != -1));
		MUST(stream->trust <= 16);
		MUST(stream->silent <= FLASHVM_STREAM_SILENCE);
		MUST(stream->penalty <= FLASHVM_STREAM_SILENCE);
		MUST(stream->repeats <= FLASHVM_STREAM_REPEATS);
	}
}

static void check_state(const struct machine *m)
{
	check_streams(&m->p.streams[FLASHVM_ADDRESS]);
	check_streams(&m->p.streams[FLASHVM_SLOT]);
}

static void check_plan(const struct machine *m,
		       const struct flashvm_touch *touch,
		       const struct flashvm_plan *plan)
{
	switch (plan->predictor) {
	case FLASHVM_NOBODY:
		MUST(plan->nr == 0);
		return;
	case FLASHVM_EVICTION:
		MUST(plan->space == FLASHVM_SLOT);
		MUST(plan->nr <= m->limits.eviction);
		MUST(plan->step == 1 || plan->step == -1);
		break;
	case FLASHVM_WINDOW:
		MUST(plan->space == FLASHVM_ADDRESS);
		MUST(plan->nr <= m->limits.window);
		MUST(plan->step == 1 || plan->step == -1);
		break;
	case FLASHVM_STRIDE:
		MUST(plan->space == FLASHVM_ADDRESS);
		MUST(plan->nr <= m->limits.stride_blocks);
		MUST(plan->step > 1 || plan->step < -1);
		MUST(plan->step >= -FLASHVM_STREAM_REACH);
		MUST(plan->step <= FLASHVM_STREAM_REACH);
		break;
	default:
		MUST(!"a known predictor");
	}
	MUST(plan->nr > 0 && plan->nr <= FLASHVM_PLAN_MAX);
	MUST(plan->source < FLASHVM_STREAMS);
	MUST(plan->space == FLASHVM_SLOT || touch->has_address);
}

/* Each index once, in order, inside the bounds. */
static bool valid(void *ctx, u64 index)
{
	struct machine *m = ctx;

	MUST(index >= m->first && index <= m->last);
	MUST(m->direction > 0 ? (s64)(index - m->asked_last) > 0 :
				(s64)(index - m->asked_last) < 0);
	m->asked_last = index;
	m->asked++;
	if (!m->on_device[index % NR_PAGES])
		return false;
	m->on_device[index % NR_PAGES] = 0;
	m->found[m->nr_found++] = index;
	return true;
}

static void read_ahead(struct machine *m, const struct flashvm_plan *plan,
		       u64 touched)
{
	u64 from = touched + plan->skip, edge = from;
	unsigned int nr = 0, left, i;

	m->first = touched - touched % NR_PAGES;
	m->last = m->first + NR_PAGES - 1;
	m->asked_last = from;
	m->asked = 0;
	m->nr_found = 0;
	m->direction = plan->step;
	nr = flashvm_plan_pick(plan, from, m->first, m->last, valid, m, &edge);
	MUST(!nr || (edge >= m->first && edge <= m->last));
	MUST(!plan->steps || m->asked <= plan->steps);
	/* No walk here is that long. */
	MUST(plan->steps < 1 << 20);
	MUST(nr <= plan->nr);
	MUST(plan->depth <= FLASHVM_PLAN_MAX / 2);
	MUST(m->asked <= FLASHVM_PLAN_SCAN *
	     (plan->nr > plan->depth ? plan->nr : plan->depth));
	MUST(nr || edge == from);
	flashvm_predict_issued(&m->p, plan, edge, nr);
	if (!m->full || !nr)
		return;
	/* Memory for half of them, or none. */
	left = m->asked % 2 ? nr : nr - nr / 2;
	flashvm_predict_left(&m->p, plan, edge,
			     left < nr ? m->found[nr - left - 1] : from, left);
	for (i = nr - left; i < nr; i++)
		m->on_device[m->found[i] % NR_PAGES] = 1;
}

static void fault(struct machine *m, u32 page, u32 slot, bool has_address)
{
	const struct flashvm_touch touch = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
		.has_address = has_address,
	};
	struct flashvm_plan plan;

	memset(&plan, 0xff, sizeof(plan));
	flashvm_predict_fault(&m->p, &touch, &m->limits, &plan);
	check_plan(m, &touch, &plan);
	if (!plan.nr)
		return;
	/* At a fault nothing lies between it and what is read, but for columns. */
	MUST(plan.skip == 0 || plan.steps ||
	     m->p.streams[plan.space].stream[plan.source].columns);
	read_ahead(m, &plan, touch.index[plan.space]);
	/* The same fault at once, a retry, gets no plan. */
	flashvm_predict_fault(&m->p, &touch, &m->limits, &plan);
	MUST(plan.nr == 0);
}

static void hit(struct machine *m, u32 page, u32 slot, bool has_address,
		bool late)
{
	const struct flashvm_touch touch = {
		.index = { [FLASHVM_ADDRESS] = page, [FLASHVM_SLOT] = slot },
		.has_address = has_address,
		.late = late,
	};
	enum flashvm_predictor whose;
	struct flashvm_plan plan;

	memset(&plan, 0xff, sizeof(plan));
	whose = flashvm_predict_hit(&m->p, &touch, &m->limits, &plan);
	MUST(whose < FLASHVM_PREDICTORS);
	MUST(late || plan.nr <= FLASHVM_HIT_PART);
	check_plan(m, &touch, &plan);
	if (!plan.nr)
		return;
	read_ahead(m, &plan, touch.index[plan.space]);
}

/* Touch a page as a program would. */
static void touch(struct machine *m, u32 page)
{
	if (!m->on_device[page % NR_PAGES]) {
		hit(m, page, page + 77, true, m->late);
		return;
	}
	m->on_device[page % NR_PAGES] = 0;
	fault(m, page, page + 77, true);
}

static void step(struct machine *m, struct input *in)
{
	unsigned int count;

	switch (take(in, 1) % 12) {
	case 0:
		m->page = take(in, 4);
		break;
	case 1:
		m->step = (s16)take(in, 2);
		break;
	case 2:
		fault(m, m->page, take(in, 4), true);
		break;
	case 3:
		fault(m, 0, take(in, 2), false);
		break;
	case 4:
		hit(m, m->page, take(in, 2), true, m->late);
		break;
	case 5:
		hit(m, 0, take(in, 2), false, m->late);
		break;
	case 6:
		count = take(in, 1);
		m->limits.window = count % (FLASHVM_WINDOW_MAX + 1);
		m->limits.eviction = (255 - count) % (FLASHVM_WINDOW_MAX + 1);
		m->limits.room = count / 64 ? 64 * FLASHVM_PLAN_MAX : count;
		m->limits.stride_blocks = take(in, 1) % (FLASHVM_STRIDE_MAX + 1);
		m->limits.floor = take(in, 1) % 101;
		m->limits.columns = count % (FLASHVM_COLUMNS_MAX + 1);
		break;
	case 7:
		/* Everything is evicted, but for every Nth page. */
		count = take(in, 1);
		for (unsigned int i = 0; i < NR_PAGES; i++)
			m->on_device[i] = !count || i % count;
		break;
	case 8:
		for (count = take(in, 1) % 64; count; count--) {
			touch(m, m->page);
			m->page += m->step;
		}
		break;
	case 9:
		m->page += (s8)take(in, 1);
		touch(m, m->page);
		break;
	case 10:
		m->late = !m->late;
		break;
	case 11:
		m->full = !m->full;
		break;
	}
}

static void run(struct machine *m, const u8 *data, size_t size)
{
	struct input in = { data, size };

	memset(m, 0, sizeof(*m));
	memset(m->on_device, 1, sizeof(m->on_device));
	m->limits.window = FLASHVM_WINDOW_DEFAULT;
	m->limits.stride_blocks = FLASHVM_STRIDE_DEFAULT;
	m->limits.eviction = FLASHVM_WINDOW_DEFAULT;
	m->limits.columns = FLASHVM_COLUMNS_DEFAULT;
	m->limits.floor = FLASHVM_FLOOR_DEFAULT;
	m->limits.room = 64 * FLASHVM_PLAN_MAX;
	while (in.size) {
		step(m, &in);
		check_state(m);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct machine one, other;

	run(&one, data, size);
	run(&other, data, size);
	MUST(!memcmp(&one, &other, sizeof(one)));
	return 0;
}
