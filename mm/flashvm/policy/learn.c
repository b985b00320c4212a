// SPDX-License-Identifier: GPL-2.0
/*
 *		How streams are found
 *
 * Faults that belong to no stream are remembered: sixteen of them, the latest first.
 * Two side by side, or three at equal distances, each older than the one before, are
 * a walk that begins; so are two at the distance of a stream that is trusted (stream.c,
 * observations 1 and 2). The walk is followed from there on (flashvm_stream_begin()).
 *
 * Most faults of a program without order lead to nothing, and are to cost next to
 * nothing: how many of the remembered ones have each remainder is counted, so that
 * most others need not be looked for; and when 128 faults in a row were of no stream,
 * 16 of 192 are looked at (observation 8).
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "stream.h"

/* Is @index among the remembered faults from number @from on? Return: which */
static unsigned int find_fault(const struct flashvm_streams *s, u32 index,
			       unsigned int from)
{
	while (from < s->nr_faults && s->fault[from] != index)
		from++;
	return from;
}

/* Does a trusted stream have that step? Its depth is what a new one needs. */
static bool known_step(const struct flashvm_streams *s, s32 step, u8 *depth)
{
	const struct flashvm_stream *stream;
	unsigned int i;

	for (i = 0; i < FLASHVM_STREAMS; i++) {
		stream = &s->stream[i];
		if (stream->step != step || stream->penalty ||
		    stream->trust < FLASHVM_STREAM_TRUSTED)
			continue;
		*depth = clamp(stream->depth, *depth,
			       FLASHVM_STREAM_START_KNOWN);
		return true;
	}
	return false;
}

/* May there be a fault at @index? It need not be looked for if not. */
static bool may_be_fault(const struct flashvm_streams *s, u32 index)
{
	return s->seen[index % FLASHVM_STREAM_SEEN];
}

/* Return: the step to @index from a fault beside it, the latest one; or 0. */
static s32 find_near(const struct flashvm_streams *s, u32 index)
{
	unsigned int i;
	s32 step;

	for (i = 0; i < s->nr_faults; i++) {
		step = index - s->fault[i];
		if (flashvm_step_is_near(step))
			return step;
	}
	return 0;
}

/* May there be a fault in a step of a stream before @index? */
static bool may_be_known(const struct flashvm_streams *s, u32 index)
{
	bool may = false;
	unsigned int i;

	for (i = 0; i < FLASHVM_STREAMS; i++)
		may |= may_be_fault(s, index - s->stream[i].step);
	return may;
}

/* Return: the step of the stream that ends with a fault at @index, or 0. */
static s32 find_step(const struct flashvm_streams *s, u32 index,
		     const struct flashvm_limits *limits, u8 *depth)
{
	unsigned int i, likely;
	s32 step = 0;
	u32 third;

	*depth = FLASHVM_STREAM_START_NEAR;
	if (may_be_fault(s, index - 1) || may_be_fault(s, index + 1))
		step = find_near(s, index);
	if (step) {
		/* Every other page of neighbours is no stride. */
		if (!limits->window)
			return 0;
		known_step(s, step, depth);
		return step;
	}
	*depth = FLASHVM_STREAM_START;
	if (!limits->stride_blocks)
		return 0;
	likely = may_be_known(s, index) ? FLASHVM_STREAM_LIKELY : 0;
	for (i = 0; i < s->nr_faults; i++) {
		step = index - s->fault[i];
		third = s->fault[i] - step;
		if (i < likely && flashvm_step_within_reach(step) &&
		    known_step(s, step, depth))
			return step;
		if (may_be_fault(s, third) && flashvm_step_within_reach(step) &&
		    find_fault(s, third, i + 1) < s->nr_faults)
			return step;
	}
	return 0;
}

static void forget_last(struct flashvm_streams *s)
{
	s->nr_faults--;
	s->seen[s->fault[s->nr_faults] % FLASHVM_STREAM_SEEN]--;
}

static void remember(struct flashvm_streams *s, u32 index)
{
	if (s->nr_faults == FLASHVM_STREAM_FAULTS)
		forget_last(s);
	memmove(&s->fault[1], &s->fault[0],
		sizeof(s->fault) - sizeof(s->fault[0]));
	memmove(&s->when[1], &s->when[0],
		sizeof(s->when) - sizeof(s->when[0]));
	s->fault[0] = index;
	s->when[0] = ++s->clock;
	s->nr_faults++;
	s->seen[index % FLASHVM_STREAM_SEEN]++;
}

static void forget(struct flashvm_streams *s)
{
	while (s->nr_faults && (u16)(s->clock - s->when[s->nr_faults - 1]) >
			       FLASHVM_STREAM_RECENT)
		forget_last(s);
}

/* Return: where the stream began that ends with a fault at @index. */
static u32 find_start(const struct flashvm_streams *s, u32 index, s32 step)
{
	unsigned int i;

	/* None of them is there twice. */
	for (i = 0; i < s->nr_faults; i++) {
		if (!may_be_fault(s, index - step) ||
		    find_fault(s, index - step, 0) == s->nr_faults)
			break;
		index -= step;
	}
	return index;
}

static void note_latest(struct flashvm_streams *s, u32 index)
{
	s->delta = index - s->latest;
	s->latest = index;
}

/*
 * Observation 8: a fault of no stream that is not looked at, unless it goes on where the
 * one before led to. Return: true if that was all.
 */
static bool pass_over(struct flashvm_streams *s, u32 index)
{
	u32 delta = index - s->latest;

	if (s->idle < FLASHVM_STREAM_IDLE + FLASHVM_STREAM_IDLE_LOOKS)
		return false;
	if (flashvm_step_is_near(delta) || delta == s->delta) {
		s->idle = FLASHVM_STREAM_IDLE;
		if (delta == s->delta)
			remember(s, s->latest - delta);
		remember(s, s->latest);
		return false;
	}
	if (!delta)
		return true;
	note_latest(s, index);
	s->clock++;
	if (++s->idle == FLASHVM_STREAM_IDLE + FLASHVM_STREAM_IDLE_PERIOD)
		s->idle = FLASHVM_STREAM_IDLE;
	return true;
}

/**
 * flashvm_stream_learn() - Look for a walk that ends with a fault.
 * @s: the streams; updated
 * @index: of the fault, for which flashvm_stream_follow() returned false
 * @limits: as for that
 * @plan: as for that
 */
void flashvm_stream_learn(struct flashvm_streams *s, u32 index,
			  const struct flashvm_limits *limits,
			  struct flashvm_plan *plan)
{
	s32 step;
	u8 depth;

	if (pass_over(s, index))
		return;
	forget(s);
	/* A fault again: a retry, or its page was pushed out at once. */
	if (may_be_fault(s, index) && find_fault(s, index, 0) < s->nr_faults)
		return;
	note_latest(s, index);
	if (++s->idle == FLASHVM_STREAM_IDLE + FLASHVM_STREAM_IDLE_LOOKS)
		flashvm_streams_end_old(s);
	step = find_step(s, index, limits, &depth);
	if (!step) {
		remember(s, index);
		return;
	}
	flashvm_stream_begin(s, index, step, find_start(s, index, step), depth,
			     limits, plan);
}
