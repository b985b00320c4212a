// SPDX-License-Identifier: GPL-2.0
/*
 *		Streams
 *
 * A program that walks over its memory touches pages at equal distances. FlashVM
 * (Saxena and Swift, USENIX ATC 2010) finds that distance in the history of its
 * faults and reads two blocks more along it; Linux 6.12 knows a distance of one
 * page only, reads a window when the program has come to the end of the last, and
 * lets it wait there each time.
 *
 * A stream is such a walk, in steps of one index or of many, up or down, and what
 * is read ahead of it: two plans, one behind the other. When the first page of the
 * newer one is touched, the older has been passed: it is judged, and the next plan
 * is made. So a steady walk never comes to the end of what was read, and the
 * program never waits.
 *
 *	   base             mid            edge
 *	    v                v               v
 *	----#...+...+...+...+#...+...+...+...+- - - - - - -
 *	         older plan  ^  newer plan     next plan
 *	                     touched: read on from the edge
 *
 * The indices are page numbers of a VMA, or slots of a device, which are in the
 * order of eviction. Pages that are in memory already, or not the program's, are
 * holes: they are passed over when a plan is carried out.
 *
 * Observations:
 *
 * 1. Faults that belong to no stream are remembered. Two of them side by side, or
 *    three at equal distances, each older than the one before, make a stream.
 *    Others may be in between, for walks are interleaved. With sixteen faults
 *    remembered of a program that touches N pages at random, chance makes
 *    neighbours at a rate of 32 / N, and a stride at 120 / N.
 *
 * 2. A walk is seldom the only one of its kind: the columns of a matrix, or the
 *    same loop once more. Where a stream has that step that was not found wrong, two
 *    faults are enough, and it begins with as many pages as that one needs.
 *
 * 3. How far to read ahead is the device's latency over the program's time from
 *    touch to touch. Neither needs to be known: as long as the program waits for
 *    pages that are on their way, the next plan is twice as deep. Deeper than that
 *    costs memory, and what is read in vain at the end of the walk.
 *
 *    Not all of a plan need be read at once: who waits for the device has time for
 *    it, and touches that do not wait read parts, for none is to take long.
 *
 * 4. A plan of which less than the floor was used was wrong: the walk is over, or
 *    its pages were pushed out before they were touched, and both get worse when
 *    it goes on. So the stream is followed in silence for two faults, then four,
 *    eight, ... up to 64, until a plan is right. Meanwhile what it claims may
 *    belong to another stream, too.
 *
 * 5. Of the pages that were read ahead lately it is known how many were used.
 *    Below the floor, new streams are doubted: they are followed in silence for
 *    three faults, and begin with two pages. For random access has neighbours, too,
 *    and these are not followed. A stream that goes on in silence counts as pages
 *    that would have been used: else the doubt would never end.
 *
 * 6. Holes hide the step of a walk. Where pages are touched at one distance again
 *    and again, that is the step; unless those between were read and touched, too,
 *    or are in memory.
 *
 * 7. A fault inside of a plan is a page that was pushed out before it was touched:
 *    there is memory for less, so the next plan is half as deep. Of columns, which are
 *    read longer before, a page now and then tells nothing.
 *
 * 8. Where 128 faults in a row were of no stream there is none as a rule, and looking
 *    for one costs more than all the rest. Then 16 of 192 are looked at, and those
 *    that go on as the last two did, until a page that was read ahead is touched.
 *
 * Distances are taken modulo 2^32. Nothing here locks, allocates, sleeps, or reads
 * a clock.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "column.h"
#include "stream.h"

enum { OLDER, NEWER };

/* Pages that may be ahead of a stream. */
static unsigned int most(s32 step, const struct flashvm_limits *limits)
{
	if (flashvm_step_is_near(step))
		return min(limits->window, FLASHVM_WINDOW_MAX);
	return min(limits->stride_blocks, FLASHVM_STRIDE_MAX);
}

/*
 * Pages that were found for its plans and not touched yet. What the program passed by
 * is not ahead of it any more.
 */
static unsigned int ahead(const struct flashvm_stream *stream)
{
	unsigned int pages = stream->issued[OLDER] - stream->used[OLDER] +
			     stream->issued[NEWER] - stream->used[NEWER];
	u32 way = flashvm_stream_distance(stream, stream->last, stream->edge);

	return min(pages, way / abs(stream->step));
}

static enum flashvm_predictor predictor_of(const struct flashvm_stream *stream)
{
	return flashvm_step_is_near(stream->step) ? FLASHVM_WINDOW : FLASHVM_STRIDE;
}

/* Indices beyond the edge that are still on the way. */
static u32 slack_of(const struct flashvm_stream *stream)
{
	if (!flashvm_step_is_near(stream->step))
		return (stream->silent ? 1 : FLASHVM_STREAM_SLACK) *
		       abs(stream->step);
	/* The deeper the plans, the longer a hole it may have jumped over. */
	return min(2 * stream->depth + 2, FLASHVM_STREAM_SLACK_NEAR);
}

/**
 * flashvm_stream_claim() - Note what a stream may claim.
 * @s: the streams; updated
 * @stream: one of them, which has gone on, or has changed its mind
 *
 * The indices are kept beside those of the others, where they are looked at for each
 * touch.
 */
void flashvm_stream_claim(struct flashvm_streams *s,
			  const struct flashvm_stream *stream)
{
	unsigned int i = stream - s->stream;
	u32 reach = flashvm_stream_distance(stream, stream->base, stream->edge) +
		    slack_of(stream);

	s->claim[i] = stream->step > 0 ? stream->base : stream->base - reach;
	s->claim_length[i] = reach;
}

/* A bit for each stream that may claim @index: most touches at random set none. */
static unsigned int claimants(const struct flashvm_streams *s, u32 index)
{
	unsigned int i, bits = 0, left = s->nr_streams;

	/* They are the first ones as a rule; each claims something. */
	for (i = 0; i < FLASHVM_STREAMS && left; i++) {
		left -= s->claim_length[i] != 0;
		bits |= (index - s->claim[i] <= s->claim_length[i]) << i;
	}
	return bits;
}

static void note_touched(struct flashvm_streams *s, struct flashvm_stream *stream)
{
	stream->age = ++s->clock;
	s->recent = stream - s->stream;
}

/* Was @stream touched after @other? */
static bool is_younger(const struct flashvm_streams *s,
		       const struct flashvm_stream *stream,
		       const struct flashvm_stream *other)
{
	return (u16)(s->clock - stream->age) < (u16)(s->clock - other->age);
}

/* Was it touched lately? */
static bool is_live(const struct flashvm_streams *s,
		    const struct flashvm_stream *stream)
{
	return stream->step &&
	       (u16)(s->clock - stream->age) <= FLASHVM_STREAM_OVER;
}

/*
 * The stream on whose way @index comes next: in its plans, or beyond, too. If it is
 * the next step of several, it is that of the one that was here last.
 */
static struct flashvm_stream *find_stream(struct flashvm_streams *s, u32 index,
					  unsigned int bits, bool beyond)
{
	struct flashvm_stream *stream, *found = NULL;
	u32 way, reach, nearest = 0;
	unsigned int i;

	for (i = 0; bits >> i; i++) {
		stream = &s->stream[i];
		if (!(bits >> i & 1) || !stream->step)
			continue;
		way = flashvm_stream_distance(stream, stream->base, index);
		reach = flashvm_stream_distance(stream, stream->base, stream->edge);
		if (beyond)
			reach += slack_of(stream);
		if (!way || way > reach)
			continue;
		if (!flashvm_step_is_near(stream->step) && way % abs(stream->step))
			continue;
		if (index - stream->last == (u32)stream->step &&
		    is_live(s, stream))
			way = 0;
		if (found && (way > nearest || (way == nearest &&
						!is_younger(s, stream, found))))
			continue;
		nearest = way;
		found = stream;
	}
	return found;
}

/* Is @index the next step of @stream, and was read ahead? No other is nearer then. */
static bool is_next(const struct flashvm_streams *s,
		    const struct flashvm_stream *stream, u32 index)
{
	return index - stream->last == (u32)stream->step &&
	       flashvm_stream_distance(stream, stream->base, index) - 1 <
	       flashvm_stream_distance(stream, stream->base, stream->edge) &&
	       is_live(s, stream);
}

/*
 * The stream that @index is the next step of, of several the one that was here last. Most
 * touches of a walk, and of several in turn, are like that.
 */
static struct flashvm_stream *goes_on(struct flashvm_streams *s, u32 index)
{
	struct flashvm_stream *stream = &s->stream[s->recent], *found = NULL;
	unsigned int i, left = s->nr_streams;

	if (is_next(s, stream, index))
		return stream;
	for (i = 0; i < FLASHVM_STREAMS && left; i++) {
		stream = &s->stream[i];
		left -= stream->step != 0;
		if (is_next(s, stream, index) &&
		    (!found || is_younger(s, stream, found)))
			found = stream;
	}
	return found;
}

/* The stream that touched @index last: that is where it came by, so it claims it. */
static struct flashvm_stream *stream_at(struct flashvm_streams *s, u32 index,
					unsigned int bits)
{
	struct flashvm_stream *stream, *latest = NULL;
	unsigned int i;

	for (i = 0; bits >> i; i++) {
		stream = &s->stream[i];
		if (!(bits >> i & 1) || !stream->step || stream->ahead ||
		    stream->last != index)
			continue;
		if (!latest || is_younger(s, stream, latest))
			latest = stream;
	}
	return latest;
}

static struct flashvm_stream *oldest_stream(struct flashvm_streams *s)
{
	struct flashvm_stream *stream, *old = NULL;
	unsigned int i;

	for (i = 0; i < FLASHVM_STREAMS; i++) {
		stream = &s->stream[i];
		if (!stream->step)
			return stream;
		if (!old || is_younger(s, old, stream))
			old = stream;
	}
	return old;
}

/* Keep count of what became of the pages that were read ahead. */
static void settle(struct flashvm_streams *s, unsigned int issued,
		   unsigned int used)
{
	s->issued += issued;
	s->used += used;
	while (s->issued >= FLASHVM_STREAM_MEMORY) {
		s->issued /= 2;
		s->used /= 2;
	}
}

/*
 * Faults for which a new stream is followed in silence. Streams that nobody touched
 * for a while count: what is ahead of them will hardly be used.
 */
static unsigned int doubt(const struct flashvm_streams *s,
			  const struct flashvm_limits *limits)
{
	unsigned int i, issued = s->issued, used = s->used;
	const struct flashvm_stream *stream;

	for (i = 0; i < FLASHVM_STREAMS; i++) {
		stream = &s->stream[i];
		if (!stream->step || is_live(s, stream) ||
		    flashvm_column_is_guess(stream))
			continue;
		issued += stream->issued[OLDER] + stream->issued[NEWER];
		used += stream->used[OLDER] + stream->used[NEWER];
	}
	return 100 * used < limits->floor * issued ? FLASHVM_STREAM_DOUBT : 0;
}

/* Read further ahead: the program had to wait. */
static void deepen(struct flashvm_stream *stream)
{
	if (stream->depth < FLASHVM_PLAN_MAX / 2) {
		stream->depth = min(2 * stream->depth, FLASHVM_PLAN_MAX / 2);
		/* Two plans are late still: they were made before. */
		stream->settles = 2;
	}
	if (stream->depth == FLASHVM_PLAN_MAX / 2 &&
	    stream->wide < FLASHVM_COLUMNS_MAX)
		stream->wide++;
}

/* Judge a plan that was passed. */
static void judge(struct flashvm_streams *s, struct flashvm_stream *stream,
		  unsigned int issued, unsigned int used,
		  const struct flashvm_limits *limits)
{
	bool late;

	if (!issued)
		return;
	used = min(used, issued);
	settle(s, issued, used);
	late = stream->late;
	stream->late = false;
	stream->trust = (stream->trust + 16 * used / issued) / 2;
	if (!used || 100 * used < limits->floor * issued) {
		stream->penalty = clamp(2 * stream->penalty, 2,
					FLASHVM_STREAM_SILENCE);
		stream->silent = stream->penalty;
		stream->depth = FLASHVM_STREAM_START;
		stream->wide = 0;
		return;
	}
	stream->penalty = 0;
	if (2 * used < issued) {
		stream->depth = max(stream->depth / 2, 1);
		stream->wide = 0;
	}
	if (stream->settles)
		stream->settles--;
	else if (late && 2 * used >= issued)
		deepen(stream);
}

/* Plan the next pages of the newer plan, as many as may be read now. */
static void plan_part(const struct flashvm_streams *s,
		      struct flashvm_stream *stream, u32 index,
		      const struct flashvm_limits *limits,
		      struct flashvm_plan *plan)
{
	unsigned int rest, nr = limits->room, max = most(stream->step, limits);

	if (!stream->todo)
		return;
	rest = flashvm_column_rest(stream, stream->edge);
	if (!rest)
		stream->todo = 0;
	/* Neighbours are read by one request, pages of a stride by one each. */
	if (!flashvm_step_is_near(stream->step))
		nr = (nr + 1) / 2;
	/* The bound may be lower than when the plan was begun. */
	nr = min3(nr, stream->todo, max - min(ahead(stream), max));
	nr = min(nr, rest);
	if (!nr)
		return;
	stream->todo -= nr;
	plan->predictor = predictor_of(stream);
	plan->step = stream->step;
	plan->skip = stream->edge - index;
	plan->nr = nr;
	plan->source = stream - s->stream;
	plan->depth = stream->depth;
	plan->steps = rest < U32_MAX ? rest : 0;
}

/* Begin a new plan at the edge, unless the stream is to be silent. */
static void go_on(const struct flashvm_streams *s, struct flashvm_stream *stream,
		  u32 index, const struct flashvm_limits *limits,
		  struct flashvm_plan *plan)
{
	unsigned int max = most(stream->step, limits);

	stream->todo = 0;
	if (stream->silent) {
		stream->silent--;
		return;
	}
	if (ahead(stream) >= max)
		return;
	stream->todo = min(stream->depth, max - ahead(stream));
	plan_part(s, stream, index, limits, plan);
}

/* A column is touched that was read ahead: the one before it is over. */
static void enter_column(struct flashvm_streams *s,
			 struct flashvm_stream *column, u32 index,
			 const struct flashvm_limits *limits)
{
	struct flashvm_stream *before = flashvm_column_walked(s, column);
	unsigned int issued, beyond;

	if (before && !before->ahead) {
		issued = before->issued[OLDER] + before->issued[NEWER];
		/* That it ends there is not the fault of its plans. */
		beyond = flashvm_stream_distance(before, before->last, before->edge) /
			 abs(before->step);
		judge(s, before, issued - min(issued, beyond),
		      before->used[OLDER] + before->used[NEWER], limits);
		memset(before->issued, 0, sizeof(before->issued));
		memset(before->used, 0, sizeof(before->used));
	}
	flashvm_column_enter(column, index, before);
	flashvm_stream_claim(s, column);
	if (before)
		before->columns = 0;
}

/* Begin anew at @index: nothing is ahead of it. */
static void restart(struct flashvm_streams *s, struct flashvm_stream *stream,
		    u32 index, const struct flashvm_limits *limits,
		    struct flashvm_plan *plan)
{
	stream->base = index;
	stream->mid = index;
	stream->edge = index;
	stream->last = index;
	memset(stream->issued, 0, sizeof(stream->issued));
	memset(stream->used, 0, sizeof(stream->used));
	stream->whole = false;
	stream->gap = false;
	note_touched(s, stream);
	go_on(s, stream, index, limits, plan);
	flashvm_stream_claim(s, stream);
}

/*
 * A page of a column was pushed out before it was touched: pass it, and leave what lies
 * behind it as it is. To look for it all anew would find nothing, as it is in memory, and
 * what was read ahead would be nobody's.
 */
static void pass_gap(struct flashvm_streams *s, struct flashvm_stream *stream,
		     u32 index)
{
	int plan = OLDER;
	u32 way;

	if (flashvm_stream_distance(stream, stream->base, index) >
	    flashvm_stream_distance(stream, stream->base, stream->mid)) {
		stream->issued[OLDER] = 0;
		stream->used[OLDER] = 0;
		stream->base = stream->mid;
		stream->mid = index;
		plan = NEWER;
	}
	way = flashvm_stream_distance(stream, stream->base, index) /
	      abs(stream->step);
	stream->issued[plan] -= min(stream->issued[plan], way);
	stream->used[plan] = 0;
	stream->base = index;
	stream->last = index;
	stream->gap = true;
	note_touched(s, stream);
	flashvm_stream_claim(s, stream);
}

/*
 * A page of a column is not there. Look for those that follow it, @rows of them, and go
 * on where the stream was.
 */
static void look_again(struct flashvm_streams *s, struct flashvm_stream *stream,
		       u32 index, u32 rows, const struct flashvm_limits *limits,
		       struct flashvm_plan *plan)
{
	rows = min(rows, flashvm_stream_distance(stream, index, stream->edge) /
			 abs(stream->step));
	flashvm_column_plan_start(s, stream, index, index, rows, limits, plan);
	if (!plan->nr)
		plan_part(s, stream, index, limits, plan);
	if (!plan->nr)
		flashvm_column_plan(s, stream, index, limits, plan);
}

/**
 * flashvm_stream_follow() - Go on with the stream that a fault belongs to.
 * @s: the streams; updated
 * @index: of the fault
 * @limits: bounds of the plan
 * @plan: where to read ahead: predictor, step, skip, nr and source are filled in,
 *	or nothing if there is nothing to be read
 *
 * The last fault of a stream again (a retry) plans nothing and teaches nothing.
 *
 * Return: false if the fault may be learnt from: it belongs to no stream, or to
 * one that was wrong and plans nothing.
 */
bool flashvm_stream_follow(struct flashvm_streams *s, u32 index,
			   const struct flashvm_limits *limits,
			   struct flashvm_plan *plan)
{
	struct flashvm_stream *stream;
	unsigned int issued, used, bits;
	bool on_step, beyond, lost, gone, lone, again;
	u32 way, front;

	bits = s->nr_streams ? claimants(s, index) : 0;
	if (!bits)
		return false;
	stream = stream_at(s, index, bits);
	if (stream && (u16)(s->clock - stream->age) < FLASHVM_STREAM_RETRY)
		return true;
	stream = find_stream(s, index, bits, true);
	if (!stream || !most(stream->step, limits))
		return false;
	issued = stream->issued[OLDER] + stream->issued[NEWER];
	on_step = index - stream->last == (u32)stream->step;
	way = flashvm_stream_distance(stream, stream->base, index);
	beyond = way > flashvm_stream_distance(stream, stream->base, stream->edge);
	if (stream->ahead) {
		front = flashvm_column_rows_sooner(stream, index);
		enter_column(s, stream, index, limits);
		/* One page of it is not there, which tells nothing of the others. */
		if (!beyond) {
			stream->last = index;
			note_touched(s, stream);
			front = max(front, flashvm_column_rows_leaving(stream, index));
			look_again(s, stream, index, front, limits, plan);
			return true;
		}
	}
	if (beyond)
		/* What there was did not suffice. */
		stream->late |= issued;
	else
		/* Pushed out again; what lies beyond may be there still. */
		issued = min(issued, way / abs(stream->step));
	used = stream->used[OLDER] + stream->used[NEWER];
	lost = !beyond && stream->columns;
	/* The first rows of a column may have left after they were looked for. */
	front = lost && !stream->gap ? flashvm_column_rows_leaving(stream, index) : 0;
	/* A column that is pushed out was no wrong guess, but in vain. */
	gone = lost && !front && !used &&
	       stream->base == stream->start - stream->step;
	/* All but it were there so far, or nearly so. */
	lone = front || (lost && !gone && !stream->gap &&
			 4 * (min(used, issued) + 1) >= 3 * issued);
	/* Two in a row are not: those that follow may be gone, too, or all of them are. */
	again = lost && !gone && stream->gap &&
		stream->depth > 4 * FLASHVM_STREAM_START;
	if (gone)
		settle(s, issued, 0);
	else if (again)
		settle(s, 1, 0);
	else if (!front)
		judge(s, stream, issued, used, limits);
	if (on_step)
		s->idle = 0;
	if (on_step && stream->silent && !stream->penalty)
		settle(s, 1, 1);
	/* That there is memory for less is known by this fault alone. */
	if (!beyond && !gone && !lone && (!stream->gap || again))
		stream->depth = max(stream->depth / 2, FLASHVM_STREAM_START);
	if (!beyond && !lone)
		stream->wide /= 2;
	/* The rest of a column is there as a rule. */
	if (lost && (front || again || !stream->gap) && !stream->silent) {
		pass_gap(s, stream, index);
		look_again(s, stream, index, again ? stream->depth : front, limits,
			   plan);
		return true;
	}
	/* The column is longer than it was thought to be. */
	if (!flashvm_column_rest(stream, index - stream->step))
		stream->exact = 0;
	restart(s, stream, index, limits, plan);
	return plan->nr || !stream->penalty || on_step;
}

static void end_stream(struct flashvm_streams *s, struct flashvm_stream *stream)
{
	unsigned int i = stream - s->stream;

	/* That a guess was wrong tells nothing of what has been learnt. */
	if (!flashvm_column_is_guess(stream))
		settle(s, stream->issued[OLDER] + stream->issued[NEWER],
		       stream->used[OLDER] + stream->used[NEWER]);
	memset(stream, 0, sizeof(*stream));
	s->claim[i] = 0;
	s->claim_length[i] = 0;
	s->nr_streams--;
}

/**
 * flashvm_streams_end_old() - Forget the streams that were not touched lately.
 * @s: the streams; updated
 */
void flashvm_streams_end_old(struct flashvm_streams *s)
{
	unsigned int i;

	for (i = 0; i < FLASHVM_STREAMS; i++)
		if (s->stream[i].step && !is_live(s, &s->stream[i]))
			end_stream(s, &s->stream[i]);
}

/**
 * flashvm_stream_unused() - Find a place for a stream that nobody touched yet.
 * @s: the streams; updated
 *
 * Return: the place, all zero, of which @s->nr_streams does not know; NULL if all
 * streams were touched lately.
 */
struct flashvm_stream *flashvm_stream_unused(struct flashvm_streams *s)
{
	struct flashvm_stream *stream = oldest_stream(s);

	if (is_live(s, stream))
		return NULL;
	if (stream->step)
		end_stream(s, stream);
	return stream;
}

/**
 * flashvm_stream_begin() - Follow a walk from now on.
 * @s: the streams; updated
 * @index: of its last touch
 * @step: from there to its next
 * @start: index of its first touch
 * @depth: pages of its first plan
 * @limits: as for flashvm_stream_follow()
 * @plan: as for that
 *
 * Nothing happens if a stream of that step is there already. A stream of another step
 * that came by there last was mistaken in it; else the one goes that was touched last
 * before all others.
 */
void flashvm_stream_begin(struct flashvm_streams *s, u32 index, s32 step,
			  u32 start, u8 depth,
			  const struct flashvm_limits *limits,
			  struct flashvm_plan *plan)
{
	struct flashvm_stream *stream, before;

	stream = stream_at(s, index, claimants(s, index));
	if (stream && stream->step == step)
		return;
	if (!stream)
		stream = oldest_stream(s);
	before = flashvm_column_before(s, start, step);
	if (stream->step)
		end_stream(s, stream);
	s->nr_streams++;
	stream->step = step;
	stream->depth = depth;
	stream->start = start;
	stream->origin = start;
	if (limits->columns)
		flashvm_column_begin(s, stream, start, index, &before);
	stream->trust = FLASHVM_STREAM_TRUSTED;
	stream->silent = doubt(s, limits);
	if (stream->silent) {
		stream->depth = FLASHVM_STREAM_START;
		settle(s, 1, 0);
	}
	restart(s, stream, index, limits, plan);
}

/* The plan of a stream that @index, which is not beyond its edge, lies in. */
static int plan_with(const struct flashvm_stream *stream, u32 index)
{
	return flashvm_stream_distance(stream, stream->base, index) <=
	       flashvm_stream_distance(stream, stream->base, stream->mid) ?
	       OLDER : NEWER;
}

/**
 * flashvm_stream_issued() - Note what was found of a plan.
 * @s: the streams
 * @plan: the plan, the last one made for @s
 * @edge: index of the last page found, or where the search began
 * @issued: number of pages found, which are going to be read
 */
void flashvm_stream_issued(struct flashvm_streams *s,
			   const struct flashvm_plan *plan, u32 edge,
			   unsigned int issued)
{
	struct flashvm_stream *stream = &s->stream[plan->source];
	int which = plan->inside ? plan_with(stream, edge) : NEWER;

	stream->issued[which] = min(stream->issued[which] + issued,
				    FLASHVM_COLUMN_PAGES + FLASHVM_PLAN_MAX);
	if (plan->inside) {
		/* Rows by which a column begins sooner: all of it is there. */
		if (stream->ahead)
			stream->last = issued < plan->nr ?
				       flashvm_column_last_sooner(stream) : edge;
		flashvm_stream_claim(s, stream);
		return;
	}
	stream->edge = edge;
	/* There are no more, or the way to them is long. */
	stream->whole = issued < plan->nr;
	if (stream->whole)
		stream->todo = 0;
	flashvm_stream_claim(s, stream);
}

/* The same for pages before the edge. */
static void left_inside(struct flashvm_stream *stream, u32 edge, u32 last,
			unsigned int left)
{
	int which = plan_with(stream, edge);
	u32 from = stream->start - stream->step;

	/* The stream may have gone on, or be another one. */
	if (flashvm_stream_distance(stream, stream->base, edge) >
	    flashvm_stream_distance(stream, stream->base, stream->edge) ||
	    stream->issued[which] - stream->used[which] < left)
		return;
	stream->issued[which] -= left;
	/* Rows by which a column begins sooner are looked for again. */
	if (stream->ahead && flashvm_stream_distance(stream, from, last) <
			     flashvm_stream_distance(stream, from, stream->last))
		stream->last = last;
}

/**
 * flashvm_stream_left() - Note that the last pages of a plan were not read.
 * @s: the streams
 * @plan: the plan
 * @edge: what flashvm_stream_issued() was told
 * @last: index of the last page that was read, or where the search began
 * @left: number of pages that were not
 *
 * They are read later, unless the stream has gone on meanwhile.
 */
void flashvm_stream_left(struct flashvm_streams *s,
			 const struct flashvm_plan *plan, u32 edge, u32 last,
			 unsigned int left)
{
	struct flashvm_stream *stream = &s->stream[plan->source];

	if (stream->step != plan->step)
		return;
	if (plan->inside) {
		left_inside(stream, edge, last, left);
		return;
	}
	if (stream->edge != edge ||
	    stream->issued[NEWER] - stream->used[NEWER] < left)
		return;
	/* The program may be beyond them by now. */
	if (!stream->ahead && flashvm_stream_distance(stream, stream->base, last) <
			      flashvm_stream_distance(stream, stream->base, stream->last))
		return;
	/* It is in the newer plan, unless that was begun anew. */
	if (flashvm_stream_distance(stream, stream->mid, last) >
	    flashvm_stream_distance(stream, stream->mid, edge))
		return;
	stream->edge = last;
	stream->issued[NEWER] -= left;
	stream->todo = min(stream->todo + left, FLASHVM_PLAN_MAX);
	stream->whole = false;
	flashvm_stream_claim(s, stream);
}

/* Was half of what was passed up to @index used? */
static bool half_used(const struct flashvm_stream *stream, u32 index)
{
	u32 plan = flashvm_stream_distance(stream, stream->base, stream->mid);
	u32 way = min(flashvm_stream_distance(stream, stream->base, index), plan);

	return 2ull * (stream->used[OLDER] + 1) * plan >=
	       (u64)stream->issued[OLDER] * way;
}

/* Return: true if the step of the stream is another than it was thought to be. */
static bool step_changed(struct flashvm_stream *stream, u32 index,
			 const struct flashvm_limits *limits)
{
	u32 delta = index - stream->last;

	stream->last = index;
	if (delta != stream->delta) {
		stream->delta = delta;
		stream->repeats = 0;
	} else if (stream->repeats < FLASHVM_STREAM_REPEATS) {
		stream->repeats++;
	}
	if (stream->repeats < FLASHVM_STREAM_REPEATS ||
	    (s32)delta == stream->step || !flashvm_step_within_reach(delta) ||
	    !most(delta, limits))
		return false;
	/* What a walk from page to page leaves out may be in memory already. */
	if (flashvm_step_is_near(stream->step) && half_used(stream, index))
		return false;
	stream->step = delta;
	stream->start = index;
	stream->origin = index;
	stream->columns = 0;
	stream->shift = 0;
	stream->sooner = 0;
	stream->rows = 0;
	return true;
}

static void count_used(struct flashvm_stream *stream, int plan)
{
	if (stream->used[plan] < stream->issued[plan])
		stream->used[plan]++;
}

/* The newer plan is touched, the older was passed. */
static void enter_newer(struct flashvm_streams *s, struct flashvm_stream *stream,
			u32 index, const struct flashvm_limits *limits,
			struct flashvm_plan *plan)
{
	count_used(stream, NEWER);
	judge(s, stream, stream->issued[OLDER], stream->used[OLDER], limits);
	stream->base = stream->mid;
	stream->mid = stream->edge;
	stream->issued[OLDER] = stream->issued[NEWER];
	stream->used[OLDER] = stream->used[NEWER];
	stream->issued[NEWER] = 0;
	stream->used[NEWER] = 0;
	go_on(s, stream, index, limits, plan);
	flashvm_stream_claim(s, stream);
}

/* Was there no newer plan made, so that the older one has to tell? */
static bool runs_dry(const struct flashvm_stream *stream)
{
	return stream->mid == stream->edge && !stream->todo && !stream->whole &&
	       !stream->silent && !stream->penalty &&
	       ahead(stream) <= stream->depth;
}

/**
 * flashvm_stream_hit() - Note that a page read ahead was touched, and go on.
 * @s: the streams; updated
 * @index: of the page
 * @late: the program waits for it
 * @limits: bounds of the plan
 * @plan: as for flashvm_stream_follow()
 *
 * Return: whose guess the page was, FLASHVM_NOBODY if it is ahead of no stream.
 */
enum flashvm_predictor
flashvm_stream_hit(struct flashvm_streams *s, u32 index, bool late,
		   const struct flashvm_limits *limits,
		   struct flashvm_plan *plan)
{
	struct flashvm_stream *stream = NULL;
	enum flashvm_predictor whose;

	if (s->nr_streams)
		stream = goes_on(s, index) ?:
			 find_stream(s, index, claimants(s, index), false);
	if (!stream)
		return FLASHVM_NOBODY;
	whose = predictor_of(stream);
	if (stream->last == index && !stream->ahead)
		return whose;
	note_touched(s, stream);
	stream->gap = false;
	s->idle = 0;
	if (stream->ahead)
		enter_column(s, stream, index, limits);
	stream->late |= late;
	if (step_changed(stream, index, limits)) {
		judge(s, stream, stream->issued[OLDER], stream->used[OLDER],
		      limits);
		restart(s, stream, index, limits, plan);
		return whose;
	}
	if (flashvm_stream_distance(stream, stream->base, index) >
	    flashvm_stream_distance(stream, stream->base, stream->mid)) {
		enter_newer(s, stream, index, limits, plan);
	} else {
		count_used(stream, OLDER);
		if (runs_dry(stream))
			go_on(s, stream, index, limits, plan);
		else if (stream->todo)
			plan_part(s, stream, index, limits, plan);
	}
	if (!plan->nr && stream->columns)
		flashvm_column_plan(s, stream, index, limits, plan);
	return whose;
}

/**
 * flashvm_streams_live() - Count the streams that were touched lately.
 * @s: the streams
 *
 * Return: their number, at most FLASHVM_STREAMS.
 */
unsigned int flashvm_streams_live(const struct flashvm_streams *s)
{
	unsigned int i, live = 0;

	for (i = 0; i < FLASHVM_STREAMS; i++)
		live += is_live(s, &s->stream[i]) && !s->stream[i].ahead;
	return live;
}
