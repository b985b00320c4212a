// SPDX-License-Identifier: GPL-2.0
/*
 *		Columns
 *
 * The columns of a matrix that is stored by rows are streams of one step, one beside
 * the other, and of the same length. Each of them ends, and the next one has to be
 * learnt. And, worse, on a device of many dies they may have one die each: where the
 * length of a row is a multiple of their number, all pages of a column lie on the
 * same one, which reads them one after the other, however early each is asked for.
 * The other dies have the other columns.
 *
 *	         row 0   row 1   row 2
 *	column 0   #       #       #		was walked
 *	column 1   #       +       +		is walked, was read ahead
 *	column 2   .       .       -		is read ahead
 *	           ^
 *	           start of column 1 + shift
 *
 * Observations:
 *
 * 1. When a stream is found, the last one of its step has ended as a rule. If it
 *    began at a distance shorter than the step, and the one before it at the same
 *    distance, and both were of the same length but for an eighth, these are
 *    columns, and the next one is known: it begins at that distance, too. It is a
 *    stream like the others, that nobody has touched yet, and is read ahead at the
 *    touches of the one before it.
 *
 * 2. The order of the touches is known now beyond the end of a column, and reading
 *    ahead goes as far as in the middle of a stream. Where the program waits
 *    although its stream is as deep as streams may be, going further along the column
 *    does not help. Then one whole column more is read ahead, up to four, and as
 *    many dies are busy.
 *
 * 3. Where the last two columns had the same length, nothing is read beyond it. There
 *    are no more columns than rows have pages.
 *
 * 4. A page of a column that was pushed out before it was touched halves the number of
 *    columns that are read ahead. Where the column at hand goes on beyond its length, it
 *    was none.
 *
 * Nothing here locks, allocates, sleeps, or reads a clock.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "column.h"

/* After so many columns at one distance the next one is known. */
#define KNOWN	2
/* Rows that a column is found too late at most. */
#define LATE	4

/* Steps from @from to @to; the other way it is huge. */
static u32 steps(const struct flashvm_stream *column, u32 from, u32 to)
{
	return flashvm_stream_distance(column, from, to) / abs(column->step);
}

/* Touches of a column that is over. */
static u32 rows_walked(const struct flashvm_stream *column)
{
	return steps(column, column->start, column->last) + 1;
}

static bool about_equal(u32 rows, u32 others)
{
	return abs_diff(rows, others) <= 1 + others / 8;
}

/*
 * A stream of step @step from @start on: how many rows behind the start of another one
 * does it begin? To the nearest, so that the rest is the distance of the columns.
 */
static s32 rows_late(u32 start, u32 other, s32 step)
{
	bool above = (s32)(start - other) < 0;
	u32 way = above ? other - start : start - other;
	s32 rows = (way + abs(step) / 2) / abs(step);

	return above == (step < 0) ? rows : -rows;
}

/* Is there a column that starts at @start, or does that belong to the first one? */
static bool in_rows(const struct flashvm_stream *column, u32 start)
{
	return abs((s32)(start - column->origin)) < abs(column->step);
}

/**
 * flashvm_column_before() - Find the column that a new stream may be the next one of.
 * @s: the streams
 * @start: first index of the new one
 * @step: its step
 *
 * Return: what is known of the latest stream of that step that began some rows away
 * at most; all zero if there is none.
 */
struct flashvm_stream flashvm_column_before(const struct flashvm_streams *s,
					    u32 start, s32 step)
{
	const struct flashvm_stream *stream, *before = NULL;
	unsigned int i;

	/* Neighbours make no columns. */
	for (i = 0; abs(step) > 1 && i < FLASHVM_STREAMS; i++) {
		stream = &s->stream[i];
		if (stream->step != step || stream->ahead ||
		    abs(rows_late(start, stream->start, step)) > LATE)
			continue;
		if (!before || (u16)(s->clock - stream->age) <
			       (u16)(s->clock - before->age))
			before = stream;
	}
	return before ? *before : (struct flashvm_stream){};
}

/**
 * flashvm_column_begin() - A stream was found: is it a column?
 * @column: the stream; what concerns columns is filled in
 * @start: its first index
 * @before: what flashvm_column_before() found
 *
 * The first rows of either may have been in memory, or were not enough to tell it.
 */
void flashvm_column_begin(struct flashvm_stream *column, u32 start,
			  const struct flashvm_stream *before)
{
	s32 shift, late;

	column->start = start;
	column->origin = start;
	if (!before->step)
		return;
	late = rows_late(start, before->start, column->step);
	shift = start - before->start - late * column->step;
	if (!shift)
		return;
	column->shift = shift;
	column->rows = rows_walked(before);
	column->columns = 1;
	if (late >= 0)
		column->start = before->start + shift;
	column->origin = column->start - shift;
	if (before->shift != shift || !about_equal(column->rows, before->rows))
		return;
	column->origin = before->origin + min(late, 0) * column->step;
	/* That was the last one, and this is the first one again. */
	if (!in_rows(column, column->start))
		column->origin = column->start;
	column->columns = min(before->columns + 1, KNOWN);
	column->wide = before->wide;
	column->exact = column->rows == before->rows;
}

/* The column behind @column, if it is read ahead already. */
static struct flashvm_stream *next_column(struct flashvm_streams *s,
					  const struct flashvm_stream *column)
{
	struct flashvm_stream *next;

	if (!column->next)
		return NULL;
	next = &s->stream[column->next - 1];
	/* Another stream may have its place by now. */
	return next->ahead && next->step == column->step &&
	       next->start == column->start + column->shift ? next : NULL;
}

/**
 * flashvm_column_walked() - Find the column before one.
 * @s: the streams
 * @column: one that was read ahead
 *
 * Return: the column at whose touches it was read, or NULL.
 */
struct flashvm_stream *flashvm_column_walked(struct flashvm_streams *s,
					     const struct flashvm_stream *column)
{
	unsigned int i;

	for (i = 0; i < FLASHVM_STREAMS; i++)
		if (next_column(s, &s->stream[i]) == column)
			return &s->stream[i];
	return NULL;
}

/**
 * flashvm_column_enter() - A column that was read ahead is touched.
 * @column: the column
 * @before: the one before it, which is over, and was judged; or NULL
 */
void flashvm_column_enter(struct flashvm_stream *column,
			  const struct flashvm_stream *before)
{
	u32 rows;

	column->ahead = false;
	column->columns = 0;
	if (!before || before->ahead) {
		column->whole = false;
		return;
	}
	rows = rows_walked(before);
	column->depth = before->depth;
	column->trust = before->trust;
	column->settles = before->settles;
	column->wide = before->wide;
	column->exact = rows == before->rows;
	/* Else what is in memory now may be on the device when its turn comes. */
	column->whole &= column->exact;
	if (about_equal(rows, before->rows))
		column->columns = before->columns;
	column->rows = rows;
}

/**
 * flashvm_column_rest() - How far may a stream be read ahead?
 * @column: the stream
 * @index: the last index that was read
 *
 * Return: steps from there to the end of the column, if it is known; U32_MAX if not.
 */
unsigned int flashvm_column_rest(const struct flashvm_stream *column, u32 index)
{
	u32 done;

	if (column->columns < KNOWN || !column->exact)
		return U32_MAX;
	done = steps(column, column->start - column->step, index);
	return done < column->rows ? column->rows - done : 0;
}

/* Begin to read the column behind @column ahead. Return: NULL if there is none. */
static struct flashvm_stream *begin_next(struct flashvm_streams *s,
					 struct flashvm_stream *column)
{
	u32 start = column->start + column->shift;
	struct flashvm_stream *next;

	if (!in_rows(column, start))
		return NULL;
	next = flashvm_stream_unused(s);
	if (!next)
		return NULL;
	next->step = column->step;
	next->base = start - column->step;
	next->mid = next->base;
	next->edge = next->base;
	next->last = next->base;
	next->depth = column->depth;
	next->trust = column->trust;
	next->ahead = true;
	next->columns = column->columns;
	next->rows = column->rows;
	next->start = start;
	next->shift = column->shift;
	next->origin = column->origin;
	next->exact = column->exact;
	next->age = s->clock;
	s->nr_streams++;
	flashvm_stream_claim(s, next);
	column->next = next - s->stream + 1;
	return next;
}

static u32 most_of(const struct flashvm_limits *limits)
{
	return min(limits->stride_blocks, FLASHVM_STRIDE_MAX);
}

/* Steps ahead of the program that are read: of its stream, and of columns. */
static u32 reach_of(const struct flashvm_stream *stream,
		    const struct flashvm_limits *limits)
{
	u32 most = most_of(limits);

	return min(2 * stream->depth, most) +
	       min(min(stream->wide, limits->columns) * stream->rows,
		   most * (FLASHVM_COLUMN_PAGES / FLASHVM_STRIDE_MAX));
}

/**
 * flashvm_column_plan() - Read the next columns ahead.
 * @s: the streams; updated
 * @stream: the one that was touched, and has nothing to read itself
 * @index: the touch
 * @limits: bounds of the plan
 * @plan: where to read ahead, unchanged if nothing is to be
 */
void flashvm_column_plan(struct flashvm_streams *s, struct flashvm_stream *stream,
			 u32 index, const struct flashvm_limits *limits,
			 struct flashvm_plan *plan)
{
	struct flashvm_stream *column = stream, *next;
	unsigned int nr = (limits->room + 1) / 2, i;
	u32 left, reach, done;

	if (stream->columns < KNOWN || !limits->columns || stream->penalty ||
	    stream->silent || !nr)
		return;
	reach = reach_of(stream, limits);
	done = steps(stream, stream->start, index) + 1;
	left = done < stream->rows ? stream->rows - done : 0;
	/* It goes on: it was no column. */
	if (!left && !about_equal(done, stream->rows))
		stream->columns = 0;
	for (i = 0; stream->columns && left < reach && i < limits->columns; i++) {
		next = next_column(s, column);
		if (!next)
			next = begin_next(s, column);
		if (!next)
			return;
		/* It is waited for. */
		next->age = s->clock;
		next->rows = stream->rows;
		done = steps(next, next->base, next->edge);
		if (done >= next->rows)
			next->whole = true;
		if (!next->whole) {
			if (left + done >= reach)
				return;
			plan->predictor = FLASHVM_STRIDE;
			plan->step = next->step;
			plan->skip = next->edge - index;
			plan->steps = next->rows - done;
			plan->nr = min3(nr, plan->steps, reach - left - done);
			plan->nr = min(plan->nr, most_of(limits));
			plan->source = next - s->stream;
			plan->depth = next->depth;
			return;
		}
		left += next->rows;
		column = next;
	}
}
