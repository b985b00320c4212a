/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Columns: walks of equal steps, one beside the other.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHVM_POLICY_COLUMN_H
#define _FLASHVM_POLICY_COLUMN_H

#include "stream.h"

/* Is it a column that nobody has touched, and that may never be? */
static inline bool flashvm_column_is_guess(const struct flashvm_stream *stream)
{
	return stream->ahead && stream->columns == FLASHVM_COLUMN_GUESSED;
}

/* The last of the rows by which a column that is ahead may begin sooner. */
static inline u32 flashvm_column_last_sooner(const struct flashvm_stream *column)
{
	return column->start + (column->sooner - 1) * column->step;
}

struct flashvm_stream flashvm_column_before(const struct flashvm_streams *s,
					    u32 start, s32 step);
void flashvm_column_begin(const struct flashvm_streams *s,
			  struct flashvm_stream *column, u32 start, u32 index,
			  const struct flashvm_stream *before);
struct flashvm_stream *flashvm_column_walked(struct flashvm_streams *s,
					     const struct flashvm_stream *column);
void flashvm_column_enter(struct flashvm_stream *column, u32 index,
			  const struct flashvm_stream *before);
u32 flashvm_column_rows_sooner(const struct flashvm_stream *column, u32 index);
u32 flashvm_column_rows_leaving(const struct flashvm_stream *column, u32 index);
unsigned int flashvm_column_rest(const struct flashvm_stream *column, u32 index);
void flashvm_column_plan_start(const struct flashvm_streams *s,
			       const struct flashvm_stream *column, u32 index,
			       u32 from, u32 rows,
			       const struct flashvm_limits *limits,
			       struct flashvm_plan *plan);
void flashvm_column_plan(struct flashvm_streams *s, struct flashvm_stream *stream,
			 u32 index, const struct flashvm_limits *limits,
			 struct flashvm_plan *plan);

#endif /* _FLASHVM_POLICY_COLUMN_H */
