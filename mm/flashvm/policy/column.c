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
 *	column 1   #       #       +		is walked, was read ahead
 *	column 2   +       +       -		is read ahead
 *	column 3   -       .       .
 *	           ^
 *	           start of column 1 + shift
 *
 * Observations:
 *
 * 1. When a stream is found, the last one of its step has ended as a rule. If it
 *    began at a distance shorter than the step, the next one may begin at that
 *    distance, too: after a long walk that is guessed, and one column is read ahead; once,
 *    until a guess was right.
 *    If the one before it began at the same distance, and both were of the same length
 *    but for an eighth, these are columns, and the next ones are known. A column is a
 *    stream like the others, that nobody has touched yet, and is read ahead at the
 *    touches of the one before it.
 *
 * 2. The order of the touches is known now beyond the end of a column, and reading
 *    ahead goes as far as in the middle of a stream. Where the program waits
 *    although its stream gets as deep as streams may be, going further along the column
 *    does not help. Then whole columns are read ahead beside, up to four, and as many
 *    dies are busy.
 *
 * 3. A die that is asked for a whole column at once has a long queue, and what is wanted
 *    of it meanwhile waits at its end. So all of the columns are read at the pace of
 *    the walk: of the next of four, three quarters are there when the first row is
 *    walked, of the one behind it a half, ... and all of the next an eighth before the
 *    last row is. The columns have their turn one after the other. Only all of a
 *    column that is guessed is asked for at once: the one at hand was not read ahead.
 *
 * 4. Where three columns in a row had the same length, nothing is read beyond it. There
 *    are no more columns than rows have pages.
 *
 * 5. Columns get longer while they are walked: what the program has filled before leaves
 *    memory from one end on. They are expected to grow as they did, and as rows may have
 *    left that were in memory when a column was read, the next one is looked at once more
 *    when all of it is due.
 *
 * 6. Where a program walks down, or back, it is the first rows that leave memory: each
 *    column begins some rows sooner than the one before it. Before the next one is
 *    begun, its way is looked at from twice as many rows sooner on. If that does not do,
 *    a fault a few rows more before the first one that was read is the first of the
 *    column.
 *
 * 7. A page of a column that was pushed out before it was touched is passed: the others
 *    are there as a rule. Where others were, too, the number of columns that are read
 *    ahead is halved. Where the column at hand goes on beyond its length, it was none.
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

/* Rows of a column from which the next one may be guessed. */
#define LONG	16
/* Rows that a column is found too late at most. */
#define LATE	4
/* After so many of the same length as the one before them they all have it. */
#define EXACT	2
/* Rows of a column that are read at a time, at least. */
#define PART	2

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

/* The next column may be longer, too, but none is expected to be of another length. */
static u32 growth(u32 rows, const struct flashvm_stream *before)
{
	u32 others = before->rows + before->sooner;

	if (rows < before->rows)
		return 0;
	return min3(max(rows > others ? rows - others : 0, before->grows / 2),
		    rows / 16, U8_MAX);
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

/* The same for rows before the first one of @before, where the next starts at @start. */
static u32 growth_before(u32 rows, const struct flashvm_stream *before, u32 start)
{
	s32 late = rows_late(start, before->start, before->step);

	return min3(max(-late, before->sooner / 2), (s32)(rows / 16), U8_MAX);
}

/* May the stream that starts at @start be the next column? */
static bool is_beside(u32 start, const struct flashvm_stream *before)
{
	s32 late = rows_late(start, before->start, before->step);

	return late <= LATE && late >= -(s32)max(LATE, rows_walked(before) / 8);
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
		    !is_beside(start, stream))
			continue;
		if (!before || (u16)(s->clock - stream->age) <
			       (u16)(s->clock - before->age))
			before = stream;
	}
	return before ? *before : (struct flashvm_stream){};
}

/* Was @before not touched any more when @column began, after a long walk? */
static bool is_over(const struct flashvm_streams *s,
		    const struct flashvm_stream *before, u32 touches)
{
	return (u16)(s->clock - before->age) >= touches &&
	       rows_walked(before) >= LONG;
}

/**
 * flashvm_column_begin() - A stream was found: is it a column?
 * @s: the streams
 * @column: the stream; what concerns columns is filled in
 * @start: its first index, which @column has, too
 * @index: of the touch that it was found by
 * @before: what flashvm_column_before() found
 *
 * The first rows of either may have been in memory, or were not enough to tell it.
 */
void flashvm_column_begin(const struct flashvm_streams *s,
			  struct flashvm_stream *column, u32 start, u32 index,
			  const struct flashvm_stream *before)
{
	s32 shift, late;

	if (!before->step)
		return;
	late = rows_late(start, before->start, column->step);
	shift = start - before->start - late * column->step;
	if (!shift)
		return;
	column->shift = shift;
	column->rows = rows_walked(before);
	column->sooner = growth_before(column->rows, before, start);
	column->wide = before->wide;
	column->vain = before->vain || before->columns == FLASHVM_COLUMN_GUESSED;
	/* That it begins much sooner may have other reasons. */
	if (!column->vain && late >= -max(LATE, column->sooner) &&
	    is_over(s, before, steps(column, start, index))) {
		column->columns = FLASHVM_COLUMN_GUESSED;
		column->depth = max(column->depth, before->depth);
		column->wide = before->wide ?: before->late;
	}
	if (late >= 0)
		column->start = before->start + shift;
	column->origin = column->start - shift;
	if (before->shift != shift)
		return;
	column->origin = before->origin + min(late, 0) * column->step;
	/* That was the last one, and this is the first one again. */
	if (!in_rows(column, column->start))
		column->origin = column->start;
	if (!about_equal(column->rows, before->rows))
		return;
	column->columns = FLASHVM_COLUMN_KNOWN;
	column->vain = false;
	column->exact = column->rows == before->rows ?
			min(before->exact + 1, EXACT) : 0;
	column->grows = growth(column->rows, before);
}

/* The column behind @column, if it is read ahead already. */
static struct flashvm_stream *next_column(struct flashvm_streams *s,
					  const struct flashvm_stream *column)
{
	struct flashvm_stream *next;
	s32 way;

	if (!column->next)
		return NULL;
	next = &s->stream[column->next - 1];
	/* Another stream may have its place by now. */
	if (!next->ahead || next->step != column->step)
		return NULL;
	way = next->start - column->start - column->shift;
	return !way || (!(way % column->step) &&
			abs(way / column->step) <= column->rows / 4 + LATE) ?
	       next : NULL;
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
 * flashvm_column_rows_sooner() - Does a column that was read ahead begin sooner?
 * @column: the column
 * @index: of its first touch
 *
 * Return: how many rows are there from there to the first one that was read at first, 0
 * if it is not before those that were looked for later.
 */
u32 flashvm_column_rows_sooner(const struct flashvm_stream *column, u32 index)
{
	u32 rows = steps(column, index, column->start);

	return rows && rows <= column->rows ? rows + column->sooner : 0;
}

/**
 * flashvm_column_rows_leaving() - Is it among the rows that left memory last?
 * @column: a column that is walked
 * @index: of a page of it that is not there
 *
 * Return: how many of them are behind it, at most; 0: it is none of them. They were in
 * memory when they were looked for, or there was no room to read them.
 */
u32 flashvm_column_rows_leaving(const struct flashvm_stream *column, u32 index)
{
	u32 rows = steps(column, column->start, index);
	u32 most = column->sooner ? 2 * column->sooner + LATE : 0;

	return rows < most ? most - rows : 0;
}

/**
 * flashvm_column_enter() - A column that was read ahead is touched.
 * @column: the column
 * @index: the touch
 * @before: the one before it, which is over, and was judged; or NULL
 */
void flashvm_column_enter(struct flashvm_stream *column, u32 index,
			  const struct flashvm_stream *before)
{
	u32 rows, start;
	bool sooner;

	column->ahead = false;
	column->columns = 0;
	/* The first of the rows that were looked for may be in memory still. */
	start = column->start +
		min(steps(column, column->start, index), column->sooner) *
			column->step;
	sooner = flashvm_column_rows_sooner(column, index);
	if (sooner)
		start = index;
	column->origin += start - column->start;
	column->start = start;
	column->base = column->start - column->step;
	column->mid = column->base;
	column->sooner = 0;
	column->todo = 0;
	if (!before || before->ahead) {
		column->whole = false;
		return;
	}
	rows = rows_walked(before);
	column->depth = before->depth;
	column->trust = before->trust;
	column->settles = before->settles;
	column->wide = before->wide;
	column->exact = rows == before->rows && !sooner ?
			min(before->exact + 1, EXACT) : 0;
	column->grows = growth(rows, before);
	column->sooner = growth_before(rows, before, column->start);
	column->again = false;
	/* Else what is in memory now may be on the device when its turn comes. */
	column->whole &= column->exact == EXACT;
	if (before->columns && about_equal(rows, before->rows))
		column->columns = FLASHVM_COLUMN_KNOWN;
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

	if (column->columns < FLASHVM_COLUMN_KNOWN || column->exact < EXACT)
		return U32_MAX;
	done = steps(column, column->start - column->step, index);
	return done < column->rows ? column->rows - done : 0;
}

/*
 * Begin to read a column behind @stream ahead, which starts at @start. Return: NULL if
 * there is none.
 */
static struct flashvm_stream *begin_at(struct flashvm_streams *s,
				       const struct flashvm_stream *stream,
				       u32 start)
{
	struct flashvm_stream *column;
	u32 sooner;

	if (!in_rows(stream, start))
		return NULL;
	column = flashvm_stream_unused(s);
	if (!column)
		return NULL;
	column->step = stream->step;
	column->edge = start - stream->step;
	column->last = column->edge;
	/* It may begin sooner. */
	sooner = min(2 * stream->sooner + LATE, stream->rows / 8);
	column->base = column->edge - sooner * stream->step;
	column->mid = column->base;
	column->depth = stream->depth;
	column->trust = stream->trust;
	column->ahead = true;
	column->columns = stream->columns;
	column->rows = stream->rows;
	column->start = start;
	column->shift = stream->shift;
	column->origin = stream->origin;
	column->exact = stream->exact;
	column->age = s->clock;
	s->nr_streams++;
	flashvm_stream_claim(s, column);
	return column;
}

/* How many columns behind @column may be read ahead? */
static u32 columns_ahead(const struct flashvm_stream *column,
			 const struct flashvm_limits *limits)
{
	return min(column->columns < FLASHVM_COLUMN_KNOWN ? column->columns :
							    FLASHVM_COLUMNS_MAX,
		   limits->columns);
}

static u32 most_of(const struct flashvm_limits *limits)
{
	return min(limits->stride_blocks, FLASHVM_STRIDE_MAX);
}

/* Rows of columns that may be ahead beside what belongs to a stream. */
static u32 rows_beside(const struct flashvm_limits *limits)
{
	return most_of(limits) * (FLASHVM_COLUMN_PAGES / FLASHVM_STRIDE_MAX);
}

/* The columns that they are of. */
static u32 columns_beside(const struct flashvm_stream *stream,
			  const struct flashvm_limits *limits)
{
	u32 wide = min(stream->wide, columns_ahead(stream, limits));

	/* At the end of a column (wide + 1) / 2 are ahead, see rows_due(). */
	while (wide > 1 && stream->rows > 2 * rows_beside(limits) / (wide + 1))
		wide--;
	return wide;
}

/*
 * Observation 3: rows of the @nth column behind @stream that are to be read by now, where
 * @done rows of the stream were walked, and @wide columns are read beside it.
 */
static u32 rows_due(const struct flashvm_stream *stream,
		    const struct flashvm_limits *limits, u32 wide, u32 nth,
		    u32 done)
{
	u32 reach = min(2 * stream->depth, most_of(limits));
	u32 before = nth * stream->rows - done;
	u32 beside = rows_beside(limits), part = beside * 2 / 3, due = 0;

	if (wide && stream->columns < FLASHVM_COLUMN_KNOWN) {
		due = part;
	} else if (nth <= wide) {
		/* So that nothing of it is on its way when it is begun. */
		done = min(done + stream->rows / 8, stream->rows);
		due = ((wide - nth) * stream->rows + done) / wide;
		/* Of one that is too long only a part. */
		if (stream->rows > beside)
			due = min(due, part > before ? part - before : 0);
	}
	if (reach > before)
		due = max(due, reach - before);
	return min(due, stream->rows);
}

/* The column whose turn it is, begun if need be. Return: NULL if there is none. */
static struct flashvm_stream *column_in_turn(struct flashvm_streams *s,
					     struct flashvm_stream *stream)
{
	struct flashvm_stream *column = stream, *next;
	u32 start = stream->start;
	unsigned int i;

	for (i = 0; i < stream->turn; i++) {
		start += stream->shift;
		next = next_column(s, column);
		if (!next)
			next = begin_at(s, stream, start);
		if (!next)
			return NULL;
		column->next = next - s->stream + 1;
		/* It is waited for. */
		next->age = s->clock;
		column = next;
	}
	return column;
}

/* Rows of the column behind @stream; what is known is the length of the one before. */
static u32 rows_ahead(const struct flashvm_stream *stream)
{
	return stream->rows + (stream->exact < EXACT ? 2 * stream->grows : 0);
}

/* Rows by which @column, the @nth behind @stream, begins later than that did. */
static s32 nth_late(const struct flashvm_stream *stream,
		    const struct flashvm_stream *column, u32 nth)
{
	u32 start = column->start - nth * stream->shift;

	if (start == stream->start)
		return 0;
	return rows_late(start, stream->start, stream->step);
}

/* Rows of a column that were read or passed. */
static u32 rows_read(const struct flashvm_stream *column)
{
	return steps(column, column->start - column->step, column->edge);
}

/* Choose the column whose turn it is. Return: false if nothing is read of it now. */
static bool choose_column(struct flashvm_streams *s, struct flashvm_stream *stream,
			  const struct flashvm_limits *limits, u32 done,
			  struct flashvm_stream **column, u32 *due)
{
	u32 wide = columns_beside(stream, limits), read;
	bool all;
	s32 late;

	if (!stream->turn || stream->turn > columns_ahead(stream, limits))
		stream->turn = 1;
	*due = rows_due(stream, limits, wide, stream->turn, done);
	*column = *due ? column_in_turn(s, stream) : NULL;
	if (!*column) {
		stream->turn = 1;
		return false;
	}
	late = nth_late(stream, *column, stream->turn);
	(*column)->rows = max((s32)stream->rows - late, 1);
	read = rows_read(*column);
	all = *due == stream->rows;
	*due = max((s32)(all ? rows_ahead(stream) : *due) - late, 0);
	(*column)->whole |= read >= *due && all;
	if (stream->turn == 1 && all && !stream->again && stream->exact < EXACT) {
		stream->again = true;
		(*column)->whole = false;
	}
	if ((*column)->whole) {
		stream->turn++;
		return false;
	}
	if (read < *due && (all || *due >= read + min(PART, most_of(limits))))
		return true;
	if (++stream->turn > wide)
		stream->turn = 1;
	return false;
}

/* Rows before @column, the next one of @stream, that may have left memory meanwhile. */
static u32 rows_sooner(const struct flashvm_stream *stream,
		       const struct flashvm_stream *column)
{
	u32 start = column->start;
	s32 most = (column->step > 0 ? start : U32_MAX - start) / abs(column->step);

	return clamp(2 * stream->sooner + nth_late(stream, column, 1), 0,
		     min(most, U8_MAX));
}

/* Let @column begin @rows sooner. Those before its last were looked for: none yet. */
static void begin_sooner(struct flashvm_stream *column, u32 rows)
{
	u32 way = rows * column->step;

	column->sooner = rows;
	column->start -= way;
	column->origin -= way;
	column->base -= way;
	column->mid = column->base;
	column->last = column->start - column->step;
}

/**
 * flashvm_column_plan_start() - Read rows that a column begins sooner.
 * @s: the streams
 * @column: the column; its edge stays where it is
 * @index: the touch
 * @from: one step before the first one to be read
 * @rows: how many there are
 * @limits: bounds of the plan
 * @plan: where to read ahead, unchanged if nothing is to be
 */
void flashvm_column_plan_start(const struct flashvm_streams *s,
			       const struct flashvm_stream *column, u32 index,
			       u32 from, u32 rows,
			       const struct flashvm_limits *limits,
			       struct flashvm_plan *plan)
{
	u32 nr = min3((limits->room + 1) / 2, most_of(limits), rows);

	if (!nr)
		return;
	plan->predictor = FLASHVM_STRIDE;
	plan->step = column->step;
	plan->skip = from - index;
	plan->steps = rows;
	plan->nr = nr;
	plan->source = column - s->stream;
	plan->depth = column->depth;
	plan->inside = true;
}

/*
 * Look for rows before what was read of the next column, some at a time. Return: true if
 * there may be some.
 */
static bool plan_sooner(struct flashvm_streams *s, struct flashvm_stream *stream,
			u32 index, const struct flashvm_limits *limits,
			struct flashvm_plan *plan)
{
	struct flashvm_stream *column = next_column(s, stream);
	u32 rows;

	if (!column)
		return false;
	if (!column->sooner) {
		rows = rows_sooner(stream, column);
		if (!rows)
			return false;
		begin_sooner(column, rows);
	}
	/* It is waited for. */
	column->age = s->clock;
	rows = steps(column, column->last, flashvm_column_last_sooner(column));
	flashvm_column_plan_start(s, column, index, column->last, rows, limits, plan);
	return rows;
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
	unsigned int nr = min((limits->room + 1) / 2, most_of(limits));
	struct flashvm_stream *column;
	u32 done, due;

	if (!columns_ahead(stream, limits) || stream->penalty || stream->silent ||
	    !nr)
		return;
	done = steps(stream, stream->start, index) + 1;
	/* It goes on: it was no column. */
	if (done > stream->rows && !about_equal(done, stream->rows)) {
		stream->columns = 0;
		return;
	}
	done = min(done, stream->rows);
	if (stream->exact < EXACT && done + stream->rows / 8 >= stream->rows &&
	    plan_sooner(s, stream, index, limits, plan))
		return;
	if (!choose_column(s, stream, limits, done, &column, &due))
		return;
	done = rows_read(column);
	plan->predictor = FLASHVM_STRIDE;
	plan->step = column->step;
	plan->skip = column->edge - index;
	plan->steps = max(column->rows, due) - done;
	plan->nr = min(nr, due - done);
	plan->source = column - s->stream;
	plan->depth = column->depth;
	if (done + plan->nr + PART > due)
		stream->turn++;
}
