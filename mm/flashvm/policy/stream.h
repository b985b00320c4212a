/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Streams: walks of a program that are read ahead of it.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_STREAM_H
#define _FLASHVM_POLICY_STREAM_H

#include <linux/types.h>

#include "plan.h"

/* Pages ahead of a stream of neighbours: the most, and unless told otherwise. */
#define FLASHVM_WINDOW_MAX	64
#define FLASHVM_WINDOW_DEFAULT	64
/* The same for longer steps. */
#define FLASHVM_STRIDE_MAX	64
#define FLASHVM_STRIDE_DEFAULT	64
/* Per cent of a plan that is to be used, unless told otherwise. */
#define FLASHVM_FLOOR_DEFAULT	20

/* Pages of the first plan of a stride: as many as in the paper ... */
#define FLASHVM_STREAM_START	2
/* ... of neighbours, which need one witness less but come more often ... */
#define FLASHVM_STREAM_START_NEAR 4
/* ... and at most, if another stream of the same step needs so many. */
#define FLASHVM_STREAM_START_KNOWN 8
/* Streams that are followed at a time. */
#define FLASHVM_STREAMS		8
/* Faults of no stream that are remembered, and for how many touches. */
#define FLASHVM_STREAM_FAULTS	16
#define FLASHVM_STREAM_RECENT	128
/* Their indices are counted by the remainder of this: most others have none. */
#define FLASHVM_STREAM_SEEN	128
/* Of these, those that may be the start of a walk like another. */
#define FLASHVM_STREAM_LIKELY	4
/* Faults of no stream in a row after which some of a period only are looked at. */
#define FLASHVM_STREAM_IDLE	128
#define FLASHVM_STREAM_IDLE_LOOKS 16
#define FLASHVM_STREAM_IDLE_PERIOD 192
/* A fault at the place of so recent a touch is a retry. */
#define FLASHVM_STREAM_RETRY	8
/* Longest step, in pages. */
#define FLASHVM_STREAM_REACH	65536
/* Steps beyond its edge at which a fault still belongs to a stream ... */
#define FLASHVM_STREAM_SLACK	4
/* ... of neighbours, with pages between that are in memory. */
#define FLASHVM_STREAM_SLACK_NEAR 32
/* Equal distances that tell the step of a stream from what it is thought to be. */
#define FLASHVM_STREAM_REPEATS	4
/* Touches that are passed over: at most after wrong plans, and by new streams. */
#define FLASHVM_STREAM_SILENCE	64
#define FLASHVM_STREAM_DOUBT	3
/* Touches after which a stream that was not touched is over. */
#define FLASHVM_STREAM_OVER	32
/* Of so many pages read ahead it is remembered how many were used. */
#define FLASHVM_STREAM_MEMORY	64
/* Of sixteen pages used, those that make a stream trusted. */
#define FLASHVM_STREAM_TRUSTED	8
/* Columns ahead of the one that is walked: the most, and unless told otherwise ... */
#define FLASHVM_COLUMNS_MAX	4
#define FLASHVM_COLUMNS_DEFAULT	4
/* ... and the pages of all of them: as many as keep two dies busy for a column of 384. */
#define FLASHVM_COLUMN_PAGES	(9 * FLASHVM_STRIDE_MAX)

/**
 * struct flashvm_limits - What the operator allows.
 * @window: pages ahead of a stream of neighbours; 0: none
 * @stride_blocks: pages ahead of a stream of longer steps; 0: none
 * @eviction: as @window, in slot order
 * @columns: columns of a matrix ahead of the one that is walked
 * @floor: per cent of a plan that is to be used, else the stream falls silent
 * @room: pages that may be read now; the rest of a plan is read later
 */
struct flashvm_limits {
	unsigned int window;
	unsigned int stride_blocks;
	unsigned int eviction;
	unsigned int columns;
	unsigned int floor;
	unsigned int room;
};

/**
 * enum flashvm_columns - How sure is it that another column comes?
 * @FLASHVM_COLUMN_UNKNOWN: nothing is known
 * @FLASHVM_COLUMN_GUESSED: it may
 * @FLASHVM_COLUMN_KNOWN: as sure as that a stream goes on
 */
enum flashvm_columns {
	FLASHVM_COLUMN_UNKNOWN,
	FLASHVM_COLUMN_GUESSED,
	FLASHVM_COLUMN_KNOWN,
};

/**
 * struct flashvm_stream - A walk, and two plans ahead of it.
 * @base: index behind which the older plan begins
 * @mid: last of the older plan; the newer begins behind it
 * @edge: last of the newer plan
 * @last: index that was touched last
 * @step: indices from one touch to the next; 0: there is no stream
 * @delta: indices between the last two touches
 * @age: the clock at the last touch
 * @repeats: how often in a row there was the same @delta
 * @depth: pages of the next plan
 * @issued: pages found for the older plan and the newer one
 * @used: how many of them were touched
 * @trust: of sixteen pages of its plans, those that were used, of late
 * @silent: faults or plans still to be passed over
 * @penalty: how many are passed over after the next wrong plan; not 0: the last
 *	was wrong
 * @settles: plans that were made before @depth was doubled
 * @todo: pages of the newer plan that were not looked for yet
 * @late: the program waited for a page of it since the last plan was judged
 * @ahead: it is a column that was read ahead, and not touched yet
 * @whole: no more pages were found on its way
 * @exact: how many columns had the same length as the one before them; from 2 on, they
 *	end there
 * @columns: how sure the next column is, enum flashvm_columns
 * @vain: a column was guessed, and did not come
 * @grows: rows by which a column is longer than the one before it, of late
 * @sooner: rows by which it begins sooner than the one before it; while it is ahead,
 *	those from @start on that are looked for last, up to @last
 * @again: the next column was looked for once more
 * @gap: the page that was touched last had been pushed out of its plans
 * @next: one more than the number of the stream that reads it; 0: there is none
 * @wide: columns that are read ahead beside what belongs to a stream
 * @turn: which of the columns behind it is read next, from 1 on; 0: the first
 * @rows: touches of a column
 * @start: index of the first one
 * @shift: indices from there to the start of the next column
 * @origin: start of the first column
 */
struct flashvm_stream {
	u32 base;
	u32 mid;
	u32 edge;
	u32 last;
	s32 step;
	u32 delta;
	u16 age;
	u8 repeats;
	u8 depth;
	u16 issued[2];
	u16 used[2];
	u8 trust;
	u8 silent;
	u8 penalty;
	u8 settles : 2;
	u8 exact : 2;
	u8 vain : 1;
	u8 again : 1;
	u8 gap : 1;
	u8 todo;
	u8 grows;
	u8 sooner;
	bool late : 1;
	bool ahead : 1;
	bool whole : 1;
	u8 columns;
	u8 next;
	u8 wide;
	u8 turn;
	u32 rows;
	u32 start;
	u32 shift;
	u32 origin;
};

/**
 * struct flashvm_streams - What is remembered of the touches in a space.
 * @fault: indices of faults that belong to no stream, the latest first
 * @when: the clock at each of them
 * @latest: index of the last fault that belonged to none
 * @delta: indices between the last two
 * @seen: how many of @fault have each remainder
 * @claim: lowest index that may be on the way of each stream
 * @claim_length: indices behind it that may be, too
 * @stream: the streams
 * @nr_faults: how many of @fault there are
 * @nr_streams: how many of @stream there are
 * @recent: which of them was touched last
 * @issued: pages read ahead that were passed, of late
 * @used: how many of them were touched
 * @idle: faults of no stream since one was right
 * @clock: touches so far, modulo 2^16
 *
 * All zero is the initial state. The owner serialises access.
 */
struct flashvm_streams {
	u32 fault[FLASHVM_STREAM_FAULTS];
	u16 when[FLASHVM_STREAM_FAULTS];
	u32 latest;
	u32 delta;
	u8 seen[FLASHVM_STREAM_SEEN];
	u32 claim[FLASHVM_STREAMS];
	u32 claim_length[FLASHVM_STREAMS];
	struct flashvm_stream stream[FLASHVM_STREAMS];
	u8 nr_faults;
	u8 nr_streams;
	u8 recent;
	u16 issued;
	u16 used;
	u16 idle;
	u16 clock;
};

/* Indices from @from to @to, the way of the stream; the other way it is huge. */
static inline u32 flashvm_stream_distance(const struct flashvm_stream *stream,
					  u32 from, u32 to)
{
	return stream->step > 0 ? to - from : from - to;
}

/* Is it a step to a neighbour? */
static inline bool flashvm_step_is_near(s32 step)
{
	return step == 1 || step == -1;
}

/* May a stream have it? */
static inline bool flashvm_step_within_reach(s32 step)
{
	return step >= -FLASHVM_STREAM_REACH && step <= FLASHVM_STREAM_REACH;
}

void flashvm_stream_claim(struct flashvm_streams *s,
			  const struct flashvm_stream *stream);
struct flashvm_stream *flashvm_stream_unused(struct flashvm_streams *s);
bool flashvm_stream_follow(struct flashvm_streams *s, u32 index,
			   const struct flashvm_limits *limits,
			   struct flashvm_plan *plan);
void flashvm_stream_begin(struct flashvm_streams *s, u32 index, s32 step,
			  u32 start, u8 depth,
			  const struct flashvm_limits *limits,
			  struct flashvm_plan *plan);
void flashvm_streams_end_old(struct flashvm_streams *s);
void flashvm_stream_learn(struct flashvm_streams *s, u32 index,
			  const struct flashvm_limits *limits,
			  struct flashvm_plan *plan);
void flashvm_stream_issued(struct flashvm_streams *s,
			   const struct flashvm_plan *plan, u32 edge,
			   unsigned int issued);
void flashvm_stream_left(struct flashvm_streams *s,
			 const struct flashvm_plan *plan, u32 edge, u32 last,
			 unsigned int left);
unsigned int flashvm_streams_live(const struct flashvm_streams *s);
enum flashvm_predictor
flashvm_stream_hit(struct flashvm_streams *s, u32 index, bool late,
		   const struct flashvm_limits *limits,
		   struct flashvm_plan *plan);

#endif /* _FLASHVM_POLICY_STREAM_H */
