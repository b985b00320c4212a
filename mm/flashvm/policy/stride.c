// SPDX-License-Identifier: GPL-2.0
/*
 *		The stride predictor
 *
 * FlashVM (Saxena and Swift, USENIX ATC 2010) keeps a history of recent faults
 * in order of time, looks for a stride in it, and reads two more blocks along
 * that stride: on a device without seeks they cost what neighbours cost. Linux
 * 6.12 has nothing like it. Its readahead follows a stride of one page; at a
 * stride of five it sees faults that are no neighbours, and reads the faulting
 * page alone.
 *
 *	faults:     0     5    10    15                30
 *	            #.....#.....#.....#.....+.....+.....#.....+.....+
 *	             \____/\____/\____/      read          read
 *	            three equal distances    ahead         ahead
 *
 * Observations:
 *
 * 1. Two equal distances happen by chance. With 16 faults remembered of a
 *    program that touches N pages at random, a new fault has some older one at
 *    a distance d, and yet another at 2d, with a probability of about 120 / N;
 *    a third at 3d makes that 560 / N^2, one in 10,000 faults for 10 MB. So
 *    it takes three. The order counts: each must be older than the one before.
 *
 * 2. Walks are interleaved: a program reads two arrays, or two threads read one.
 *    So a distance is looked for between any two faults of the history, not only
 *    between neighbours in it, and a fault that belongs to a known stream is not
 *    put into the history. Sixteen are enough to find four streams at once.
 *
 * 3. A stream that is predicted well faults again one stride beyond what was
 *    read ahead. Or further, if the pages there were in memory.
 *
 * 4. A plan of which nothing was used was wrong: the walk is over, or its pages
 *    were pushed out again before they were touched, and both get worse when it
 *    goes on. So the stream is followed in silence for two faults, then for
 *    four, eight, ... up to 64, until a plan is right again.
 *
 * 5. Short walks end before they pay: four faults teach, and the fifth touch may
 *    be elsewhere. So when a stream gives way to a new one with nothing used of
 *    its last plan, new streams are doubted: they, too, are followed in silence
 *    for one fault, two, four ... Each right plan halves the doubt.
 *
 * The number of blocks is the operator's. It does not grow by itself: at the
 * end of a stream that many reads are in vain.
 *
 * Distances are taken modulo 2^32 pages. Nothing here locks, allocates, sleeps,
 * or reads a clock.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "stride.h"

/* Does @page lie on the stream, up to @slack strides beyond its edge? */
static bool on_stream(const struct flashvm_stream *stream, u32 page,
		      unsigned int slack)
{
	s32 stride = stream->stride;
	u32 distance, planned, step;

	if (!stride)
		return false;
	step = abs(stride);
	distance = stride > 0 ? page - stream->last : stream->last - page;
	planned = stride > 0 ? stream->edge - stream->last :
			       stream->last - stream->edge;
	return distance <= planned + slack * step && distance % step == 0;
}

static struct flashvm_stream *find_stream(struct flashvm_strides *s, u32 page,
					  unsigned int slack)
{
	unsigned int i;

	for (i = 0; i < FLASHVM_STRIDE_STREAMS; i++)
		if (on_stream(&s->stream[i], page, slack))
			return &s->stream[i];
	return NULL;
}

static struct flashvm_stream *oldest_stream(struct flashvm_strides *s)
{
	struct flashvm_stream *stream, *old = NULL;
	unsigned int i;

	for (i = 0; i < FLASHVM_STRIDE_STREAMS; i++) {
		stream = &s->stream[i];
		if (!stream->stride)
			return stream;
		if (!old || (u16)(s->clock - stream->age) >
			    (u16)(s->clock - old->age))
			old = stream;
	}
	return old;
}

static bool was_wrong(const struct flashvm_stream *stream)
{
	return stream->issued && !stream->used;
}

/* Judge the last plan. Return: true if the next one may be made. */
static bool trusted(struct flashvm_strides *s, struct flashvm_stream *stream)
{
	if (was_wrong(stream)) {
		stream->penalty = clamp(2 * stream->penalty, 2,
					FLASHVM_STRIDE_SILENCE);
		stream->silent = stream->penalty;
	} else if (stream->issued) {
		stream->penalty = 0;
		s->doubt /= 2;
	}
	if (!stream->silent)
		return true;
	stream->silent--;
	return false;
}

/* Go on from a fault at @page; the plan is filled in if there is to be one. */
static void advance(struct flashvm_strides *s, struct flashvm_stream *stream,
		    u32 page, unsigned int blocks, struct flashvm_plan *plan)
{
	bool may_plan = trusted(s, stream);

	stream->last = page;
	stream->edge = page;
	stream->issued = 0;
	stream->used = 0;
	stream->age = ++s->clock;
	if (!may_plan || !blocks)
		return;
	plan->predictor = FLASHVM_STRIDE;
	plan->space = FLASHVM_ADDRESS;
	plan->step = stream->stride;
	plan->nr = min(blocks, FLASHVM_STRIDE_MAX);
	plan->source = stream - s->stream;
}

/**
 * flashvm_stride_follow() - Continue the stream that a fault belongs to.
 * @s: the history; updated
 * @page: page number of the fault, the low 32 bits
 * @blocks: pages to read ahead; values above FLASHVM_STRIDE_MAX count as that
 * @plan: the decision; not touched if there is nothing to read ahead
 *
 * The last fault of a stream again (a retry) plans nothing and teaches nothing.
 *
 * Return: true if the fault belongs to a stream.
 */
bool flashvm_stride_follow(struct flashvm_strides *s, u32 page,
			   unsigned int blocks, struct flashvm_plan *plan)
{
	struct flashvm_stream *stream;

	stream = find_stream(s, page, FLASHVM_STRIDE_SLACK);
	if (!stream)
		return false;
	if (page != stream->last)
		advance(s, stream, page, blocks, plan);
	return true;
}

/* Is @page among the remembered faults from number @from on? Return: which */
static unsigned int find_fault(const struct flashvm_strides *s, u32 page,
			       unsigned int from)
{
	while (from < s->nr_faults && s->fault[from] != page)
		from++;
	return from;
}

/* Steps of one page are the window's. */
static bool is_neighbour(u32 page, u32 other)
{
	return page - other + 1 <= 2;
}

/* Return: the stride that ends with a fault at @page, or 0. */
static int find_stride(const struct flashvm_strides *s, u32 page)
{
	unsigned int first, at, nr;
	u32 distance;

	/* Every second page of a sequential walk is no stride. */
	if (s->nr_faults && is_neighbour(page, s->fault[0]))
		return 0;
	for (first = 0; first + FLASHVM_STRIDE_CONFIRM <= s->nr_faults;
	     first++) {
		distance = page - s->fault[first];
		if (distance + FLASHVM_STRIDE_REACH > 2 * FLASHVM_STRIDE_REACH)
			continue;
		if (is_neighbour(page, s->fault[first]))
			continue;
		at = first;
		for (nr = 2; nr <= FLASHVM_STRIDE_CONFIRM; nr++) {
			at = find_fault(s, page - nr * distance, at + 1);
			if (at >= s->nr_faults)
				break;
		}
		if (nr > FLASHVM_STRIDE_CONFIRM)
			return (s32)distance;
	}
	return 0;
}

/**
 * flashvm_stride_learn() - Look for a stride that ends with a fault.
 * @s: the history; updated
 * @page: page number of the fault, the low 32 bits; it belongs to no stream
 * @blocks: as for flashvm_stride_follow()
 * @plan: as for flashvm_stride_follow()
 */
void flashvm_stride_learn(struct flashvm_strides *s, u32 page,
			  unsigned int blocks, struct flashvm_plan *plan)
{
	struct flashvm_stream *stream;
	int stride;

	/* A fault again: a retry, or its page was pushed out at once. */
	if (find_fault(s, page, 0) < s->nr_faults)
		return;
	stride = find_stride(s, page);
	if (stride) {
		stream = oldest_stream(s);
		if (was_wrong(stream))
			s->doubt = clamp(2 * s->doubt, 1,
					 FLASHVM_STRIDE_SILENCE);
		memset(stream, 0, sizeof(*stream));
		stream->stride = stride;
		stream->silent = s->doubt;
		advance(s, stream, page, blocks, plan);
		return;
	}
	memmove(&s->fault[1], &s->fault[0],
		sizeof(s->fault) - sizeof(s->fault[0]));
	s->fault[0] = page;
	s->nr_faults = min(s->nr_faults + 1, FLASHVM_STRIDE_FAULTS);
}

/**
 * flashvm_stride_issued() - Note what was found of a plan.
 * @s: the history
 * @plan: the plan, the last one made for @s, by this predictor
 * @edge: page number of the last page found
 * @issued: number of pages found, which are going to be read
 */
void flashvm_stride_issued(struct flashvm_strides *s,
			   const struct flashvm_plan *plan, u64 edge,
			   unsigned int issued)
{
	struct flashvm_stream *stream = &s->stream[plan->source];

	stream->edge = edge;
	stream->issued = min(issued, FLASHVM_STRIDE_MAX);
}

/**
 * flashvm_stride_used() - Note that a page read ahead was touched.
 * @s: the history
 * @page: page number of the touch, the low 32 bits
 */
void flashvm_stride_used(struct flashvm_strides *s, u32 page)
{
	struct flashvm_stream *stream = find_stream(s, page, 0);

	if (!stream || page == stream->last)
		return;
	stream->age = ++s->clock;
	if (stream->used < stream->issued)
		stream->used++;
}
