// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of policy/column.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <kunit/test.h>
#include <linux/limits.h>

#include "model.h"

#define ROW	64
#define ROWS	(NR_PAGES / ROW)
/* What it takes to guess the next column: two of them. */
#define LEARNT	2
/* What it takes to know that they are of the same length: one more. */
#define MEASURED	3

/* A matrix in the pages from @first on, which are 0 at least. */
struct matrix {
	unsigned int first, row, rows;
};

static const struct matrix all = { 0, ROW, ROWS };

static unsigned int cell(const struct matrix *matrix, unsigned int row,
			 unsigned int column)
{
	return matrix->first + row * matrix->row + column;
}

static void walk_column(struct model *m, const struct matrix *matrix,
			unsigned int column)
{
	unsigned int row;

	for (row = 0; row < matrix->rows; row++)
		touch(m, cell(matrix, row, column));
}

static void walk_columns(struct model *m, const struct matrix *matrix,
			 unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		walk_column(m, matrix, from);
}

/* Pages that were read ahead and not touched, from @page on. */
static unsigned int pages_ahead_from(const struct model *m, unsigned int page)
{
	return bitmap_weight(m->ahead, NR_PAGES) -
	       bitmap_weight(m->ahead, page);
}

static void the_next_column_is_known(struct kunit *test)
{
	struct model *m = model_new(test);

	walk_columns(m, &all, 0, LEARNT);
	KUNIT_EXPECT_GT(test, m->faults, 0);
	m->faults = 0;
	walk_columns(m, &all, LEARNT, ROW);
	KUNIT_EXPECT_EQ(test, m->faults, 0);
}

/* The same from the last page to the first, and from column to column. */
static void columns_may_go_back(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int page, column;

	for (column = 0; column < ROW; column++) {
		if (column == LEARNT)
			m->faults = 0;
		for (page = 0; page < ROWS; page++)
			touch(m, NR_PAGES - 1 - column - page * ROW);
	}
	KUNIT_EXPECT_EQ(test, m->faults, 0);
}

static unsigned int columns_ahead(const struct model *m)
{
	unsigned int i, nr = 0;

	for (i = 0; i < FLASHVM_STREAMS; i++)
		nr += m->s.stream[i].ahead;
	return nr;
}

/* Two columns, and then nothing more. */
static void a_wrong_guess_costs_little(struct kunit *test)
{
	struct model *m = model_new(test);

	m->latency = 5;
	walk_columns(m, &all, 0, LEARNT);
	KUNIT_EXPECT_EQ(test, columns_ahead(m), 1);
	KUNIT_EXPECT_LE(test, m->issued - m->used, FLASHVM_STRIDE_MAX);
}

/* Nor if the program had to wait for the device. */
static void a_wrong_guess_is_one_column(struct kunit *test)
{
	struct model *m = model_new(test);

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_columns(m, &all, 0, LEARNT);
	KUNIT_EXPECT_EQ(test, columns_ahead(m), 1);
	KUNIT_EXPECT_LE(test, m->issued - m->used, ROWS);
}

/* Short walks may be anything. */
static void short_walks_are_no_columns(struct kunit *test)
{
	const struct matrix small = { 0, ROW, 12 };
	struct model *m = model_new(test);

	walk_columns(m, &small, 0, LEARNT);
	KUNIT_EXPECT_EQ(test, columns_ahead(m), 0);
}

/* Two arrays of a program, an element of each in turn. */
static void walks_side_by_side_are_no_columns(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int row, most = 0;

	/* One of them is a long walk by then. */
	for (row = 0; row < 40; row++)
		touch(m, cell(&all, row, 0));
	for (; row < ROWS; row++) {
		touch(m, cell(&all, row, 0));
		touch(m, cell(&all, row - 40, 3));
		most = max(most, columns_ahead(m));
	}
	KUNIT_EXPECT_EQ(test, most, 0);
}

/* Two columns side by side, then two others: what was wrong once is not guessed again. */
static void a_wrong_guess_is_the_last(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int column;

	m->latency = 5;
	m->dies = MODEL_DIES;
	for (column = 0; column + 1 < ROW; column += 4)
		walk_columns(m, &all, column, column + 2);
	/* One of them, and what is read beyond the end of columns. */
	KUNIT_EXPECT_LE(test, m->issued - m->used, 2 * ROWS);
}

/* Faults of short walks of other steps behind two columns. */
static unsigned int faults_behind(struct kunit *test, unsigned int columns)
{
	struct model *m = model_new(test);
	unsigned int i, row;

	m->latency = 5;
	m->dies = MODEL_DIES;
	m->limits.columns = columns;
	walk_columns(m, &all, 0, LEARNT);
	m->faults = 0;
	for (i = 0; i < 12; i++)
		for (row = 0; row < 12; row++)
			touch(m, 4 + 300 * i + row * (70 + i));
	return m->faults;
}

/* They are found by as many as if nothing had been guessed. */
static void a_wrong_guess_raises_no_doubt(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, faults_behind(test, FLASHVM_COLUMNS_DEFAULT),
			faults_behind(test, 0));
}

static unsigned int rows_ahead(const struct model *m, const struct matrix *matrix,
			       unsigned int column)
{
	unsigned int row, nr = 0;

	for (row = 0; row < matrix->rows; row++)
		nr += test_bit(cell(matrix, row, column), m->ahead);
	return nr;
}

/* Of the next of four columns three quarters, of the last one nothing, and so on. */
static void columns_are_read_at_the_pace_of_the_walk(struct kunit *test)
{
	const struct matrix small = { 0, ROW, 100 };
	const unsigned int wide = FLASHVM_COLUMNS_MAX;
	struct model *m = model_new(test);
	unsigned int column, row, nth, done, due, ahead, slack = 10;

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_columns(m, &small, 0, 20);
	m->limits.room = 3;
	walk_columns(m, &small, 20, 24);
	for (column = 24; column < 40; column++)
		for (row = 0; row < small.rows; row++) {
			touch(m, cell(&small, row, column));
			/* All of the next one is there in time. */
			done = min(row + small.rows / 8, small.rows);
			for (nth = 1; nth <= wide; nth++) {
				due = ((wide - nth) * small.rows + done) / wide;
				ahead = rows_ahead(m, &small, column + nth);
				KUNIT_ASSERT_LE(test, ahead, due + slack);
				KUNIT_ASSERT_GE(test, ahead + slack, due);
			}
		}
}

/* A page is read in five touches' time, and all of a column by one die. */
static void columns_keep_dies_busy(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int alone, begin;

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_column(m, &all, 0);
	alone = m->now;
	walk_columns(m, &all, 1, LEARNT + 4);
	begin = m->now;
	walk_columns(m, &all, LEARNT + 4, LEARNT + 14);
	KUNIT_EXPECT_GT(test, alone, 4 * ROWS);
	KUNIT_EXPECT_LT(test, (m->now - begin) / 10, 2 * ROWS);
}

/* If there is no need to, no more is read ahead than of a stream. */
static void no_more_is_read_than_must(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int column, row, most = 0;

	m->latency = 5;
	for (column = 0; column < ROW; column++)
		for (row = 0; row < ROWS; row++) {
			touch(m, cell(&all, row, column));
			most = max(most, m->issued - m->used);
		}
	KUNIT_EXPECT_LE(test, most, FLASHVM_STRIDE_MAX);
}

/* What lies behind the matrix is not read, and no column behind the last. */
static void it_ends_where_the_matrix_ends(struct kunit *test)
{
	const struct matrix small = { 0, ROW, 100 };
	struct model *m = model_new(test);
	unsigned int behind;

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_columns(m, &small, 0, MEASURED);
	behind = pages_ahead_from(m, small.rows * ROW);
	walk_columns(m, &small, MEASURED, ROW);
	KUNIT_EXPECT_EQ(test, pages_ahead_from(m, 0), behind);
}

/* Sixteen columns of 64 are used, and then other pages. */
static void who_turns_away_loses_little(struct kunit *test)
{
	struct model *m = model_new(test);

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_columns(m, &all, 0, 16);
	KUNIT_EXPECT_LE(test, m->issued - m->used,
			FLASHVM_COLUMN_PAGES + FLASHVM_STRIDE_MAX);
}

/* Faults behind the first @known columns, where one in @every has a page more. */
static unsigned int faults_of_growing(struct kunit *test, unsigned int every,
				      unsigned int known)
{
	struct matrix matrix = all;
	struct model *m = model_new(test);
	unsigned int column;

	for (column = 0; column < ROW; column++) {
		if (column == known)
			m->faults = 0;
		matrix.rows = 100 + column / every;
		walk_column(m, &matrix, column);
	}
	return m->faults;
}

static void columns_may_grow(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, faults_of_growing(test, 1, LEARNT), 0);
	/* Two of the same length are no end of it. */
	KUNIT_EXPECT_EQ(test, faults_of_growing(test, 2, MEASURED), 0);
}

/* Rows from 0 to @rows of a column that nobody has asked for. */
static unsigned int rows_not_read(const struct model *m, unsigned int rows,
				  unsigned int column)
{
	unsigned int row, nr = 0;

	for (row = 0; row < rows; row++)
		nr += test_bit(cell(&all, row, column), m->on_device);
	return nr;
}

/* Each three rows longer than the one before it: not when it is at hand, but before. */
static void growing_columns_are_read_before_they_begin(struct kunit *test)
{
	struct matrix matrix = all;
	struct model *m = model_new(test);
	unsigned int column;

	m->latency = 5;
	m->dies = MODEL_DIES;
	for (column = 0; column < 40; column++) {
		matrix.rows = 100 + 3 * column;
		walk_column(m, &matrix, column);
		if (column > MEASURED)
			KUNIT_EXPECT_EQ(test, rows_not_read(m, matrix.rows + 3,
							    column + 1), 0);
	}
}

/* As a program walks, what it has filled before leaves memory, some rows at a time. */
static void rows_that_leave_memory_are_read(struct kunit *test)
{
	const unsigned int some = 3;
	struct model *m = model_new(test);
	unsigned int column, gone = 60;

	m->latency = 5;
	m->dies = MODEL_DIES;
	bitmap_clear(m->on_device, gone * ROW, (ROWS - gone) * ROW);
	for (column = 0; column < 40; column++) {
		walk_column(m, &all, column);
		if (column > MEASURED)
			KUNIT_EXPECT_EQ(test, rows_not_read(m, gone, column + 1),
					0);
		bitmap_set(m->on_device, gone * ROW, some * ROW);
		bitmap_clear(m->ahead, gone * ROW, some * ROW);
		gone += some;
	}
}

/* Most of the first column is in memory, so no other is guessed: it is the first one. */
static void the_first_column_may_be_short(struct kunit *test)
{
	const struct matrix few = { 0, 5, 1000 };
	struct model *m = model_new(test);
	unsigned int row;

	for (row = 12; row < few.rows; row++)
		__clear_bit(cell(&few, row, 0), m->on_device);
	walk_columns(m, &few, 0, few.row);
	/* A column behind the last would be of the rows of the first. */
	KUNIT_EXPECT_LE(test, m->issued - m->used, 2 * FLASHVM_STRIDE_MAX);
	KUNIT_EXPECT_EQ(test, columns_ahead(m), 0);
}

/*
 * The first @gone rows are in memory. In the midst of each column the last @some of
 * them leave it. Return: faults from the column @known on.
 */
static unsigned int faults_of_leaving(struct kunit *test, unsigned int gone,
				      unsigned int some, unsigned int known)
{
	struct model *m = model_new(test);
	unsigned int column, row;

	m->latency = 5;
	m->dies = MODEL_DIES;
	bitmap_clear(m->on_device, 0, gone * ROW);
	for (column = 0; column < 40; column++) {
		if (column == known)
			m->faults = 0;
		for (row = 0; row < ROWS; row++) {
			touch(m, cell(&all, row, column));
			if (row != (gone + ROWS) / 2 || gone < some)
				continue;
			gone -= some;
			bitmap_set(m->on_device, gone * ROW, some * ROW);
			bitmap_clear(m->ahead, gone * ROW, some * ROW);
		}
	}
	return m->faults;
}

/* Each begins some rows sooner than the one before it. */
static void columns_may_begin_sooner(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, faults_of_leaving(test, 120, 2, MEASURED), 1);
	KUNIT_EXPECT_LE(test, faults_of_leaving(test, 120, 3, MEASURED), 1);
	/* More than a step to the side: it is the next one all the same. */
	KUNIT_EXPECT_LE(test, faults_of_leaving(test, 180, 5, MEASURED), 5);
}

/* Rows before a column that was read ahead have left memory: one fault, and they come. */
static void a_fault_before_a_column_is_of_it(struct kunit *test)
{
	const unsigned int gone = 80, some = 4;
	struct model *m = model_new(test);

	bitmap_clear(m->on_device, 0, gone * ROW);
	walk_columns(m, &all, 0, 10);
	bitmap_set(m->on_device, (gone - some) * ROW, some * ROW);
	m->faults = 0;
	walk_column(m, &all, 10);
	KUNIT_EXPECT_EQ(test, m->faults, 1);
	m->faults = 0;
	walk_column(m, &all, 11);
	KUNIT_EXPECT_LE(test, m->faults, 1);
	KUNIT_EXPECT_LE(test, flashvm_streams_live(&m->s), 2);
}

/* There is memory for two of the six rows that were found of ten. */
static void rows_without_memory_are_looked_for_again(struct kunit *test)
{
	const struct flashvm_plan plan = {
		.predictor = FLASHVM_STRIDE, .step = ROW, .nr = 10, .steps = 10,
		.inside = true,
	};
	const u32 start = FIRST_PAGE;
	struct model *m = model_new(test);
	struct flashvm_stream *column = &m->s.stream[plan.source];

	*column = (struct flashvm_stream){
		.step = ROW, .ahead = true, .depth = 32, .issued = { 0, 50 },
		.start = start, .sooner = 10, .rows = 60, .base = start - ROW,
		.mid = start - ROW, .last = start - ROW, .edge = start + 59 * ROW,
	};
	m->s.nr_streams = 1;
	flashvm_stream_issued(&m->s, &plan, start + 7 * ROW, 6);
	KUNIT_EXPECT_EQ(test, column->issued[1], 56);
	KUNIT_EXPECT_EQ(test, column->last, start + 9 * ROW);
	flashvm_stream_left(&m->s, &plan, start + 7 * ROW, start + 2 * ROW, 4);
	KUNIT_EXPECT_EQ(test, column->issued[1], 52);
	KUNIT_EXPECT_EQ(test, column->last, start + 2 * ROW);
	KUNIT_EXPECT_EQ(test, column->edge, start + 59 * ROW);
}

/* Of the streams that there are. */
static unsigned int widest(const struct model *m)
{
	unsigned int i, most = 0;

	for (i = 0; i < FLASHVM_STREAMS; i++)
		most = max(most, m->s.stream[i].wide);
	return most;
}

/* Two pages of a column are on the device again when they are touched. */
static void a_page_that_was_pushed_out_is_no_end(struct kunit *test)
{
	const unsigned int rows[] = { ROWS / 4, ROWS / 2 };
	struct model *m = model_new(test);
	unsigned int column, i, page, wide;

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_columns(m, &all, 0, 10);
	wide = widest(m);
	m->faults = 0;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		page = cell(&all, rows[i], 10);
		KUNIT_EXPECT_TRUE(test, __test_and_clear_bit(page, m->ahead));
		__set_bit(page, m->on_device);
	}
	for (column = 10; column < 20; column++) {
		walk_column(m, &all, column);
		KUNIT_EXPECT_EQ(test, rows_not_read(m, ROWS, column + 1), 0);
		KUNIT_EXPECT_EQ(test, widest(m), wide);
	}
	KUNIT_EXPECT_EQ(test, m->faults, ARRAY_SIZE(rows));
}

/* Two matrices, a column of each in turn. */
static void matrices_are_told_apart(struct kunit *test)
{
	const struct matrix one = { 0, ROW, ROWS / 2 };
	const struct matrix other = { NR_PAGES / 2, ROW, ROWS / 2 };
	struct model *m = model_new(test);
	unsigned int column;

	for (column = 0; column < ROW; column++) {
		if (column == LEARNT)
			m->faults = 0;
		walk_column(m, &one, column);
		walk_column(m, &other, column);
	}
	KUNIT_EXPECT_LE(test, m->faults, 4 * (ROW - LEARNT));
	KUNIT_EXPECT_LE(test, m->issued - m->used, 3 * FLASHVM_STRIDE_MAX);
}

/* Columns that are not there when they are touched are not read ahead any more. */
static void pushed_out_columns_are_not_read(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int column, row, vain = 0;

	m->latency = 5;
	m->dies = MODEL_DIES;
	walk_columns(m, &all, 0, 10);
	KUNIT_EXPECT_GT(test, widest(m), 0);
	/* Memory for sixteen pages. */
	for (column = 10; column < 20; column++)
		for (row = 0; row < ROWS; row++) {
			if (row % 16 == 0) {
				vain += m->issued - m->used;
				evict_all(m);
			}
			touch(m, cell(&all, row, column));
		}
	/* What was read ahead before, and then less than what was touched. */
	KUNIT_EXPECT_LE(test, vain, FLASHVM_COLUMN_PAGES + 10 * ROWS);
	KUNIT_EXPECT_EQ(test, widest(m), 0);
}

static void stride_blocks_0_reads_no_columns(struct kunit *test)
{
	struct model *m = model_new(test);

	walk_columns(m, &all, 0, LEARNT + 1);
	/* What has been asked for is still on its way. */
	m->limits.stride_blocks = 0;
	m->issued = 0;
	walk_columns(m, &all, LEARNT + 1, LEARNT + 4);
	KUNIT_EXPECT_EQ(test, m->issued, 0);
}

static void columns_0_waits_for_faults(struct kunit *test)
{
	struct model *m = model_new(test);

	m->limits.columns = 0;
	walk_columns(m, &all, 0, ROW);
	KUNIT_EXPECT_GE(test, m->faults, ROW);
}

/* As few blocks as in the paper, and fewer. */
static void few_blocks_will_do(struct kunit *test)
{
	struct matrix matrix = all;
	unsigned int blocks, rows;
	struct model *m;

	for (blocks = 1; blocks <= 2; blocks++)
		for (rows = 150; rows < ROWS; rows += 20) {
			m = model_new(test);
			m->latency = 1;
			m->limits.stride_blocks = blocks;
			matrix.rows = rows;
			walk_columns(m, &matrix, 0, ROW);
			KUNIT_EXPECT_LE_MSG(test, m->faults, 16,
					    "%u blocks, %u rows", blocks, rows);
		}
}

/* As many as are allowed, and no more. */
static void fewer_columns_can_be_allowed(struct kunit *test)
{
	struct model *m = model_new(test);
	unsigned int column, row, most = 0;

	m->latency = 5;
	m->dies = MODEL_DIES;
	m->limits.columns = 1;
	walk_columns(m, &all, 0, LEARNT + 4);
	for (column = LEARNT + 4; column < ROW - 4; column++)
		for (row = 0; row < ROWS; row++) {
			touch(m, cell(&all, row, column));
			most = max(most, pages_ahead_from(m, 0));
		}
	KUNIT_EXPECT_GT(test, most, ROWS / 2);
	KUNIT_EXPECT_LE(test, most, ROWS + 2 * FLASHVM_STRIDE_MAX);
}

static struct kunit_case column_cases[] = {
	KUNIT_CASE(the_next_column_is_known),
	KUNIT_CASE(columns_may_go_back),
	KUNIT_CASE(a_wrong_guess_costs_little),
	KUNIT_CASE(a_wrong_guess_is_one_column),
	KUNIT_CASE(a_wrong_guess_is_the_last),
	KUNIT_CASE(a_wrong_guess_raises_no_doubt),
	KUNIT_CASE(short_walks_are_no_columns),
	KUNIT_CASE(walks_side_by_side_are_no_columns),
	KUNIT_CASE(columns_are_read_at_the_pace_of_the_walk),
	KUNIT_CASE(columns_keep_dies_busy),
	KUNIT_CASE(no_more_is_read_than_must),
	KUNIT_CASE(it_ends_where_the_matrix_ends),
	KUNIT_CASE(who_turns_away_loses_little),
	KUNIT_CASE(columns_may_grow),
	KUNIT_CASE(growing_columns_are_read_before_they_begin),
	KUNIT_CASE(rows_that_leave_memory_are_read),
	KUNIT_CASE(the_first_column_may_be_short),
	KUNIT_CASE(columns_may_begin_sooner),
	KUNIT_CASE(a_fault_before_a_column_is_of_it),
	KUNIT_CASE(rows_without_memory_are_looked_for_again),
	KUNIT_CASE(a_page_that_was_pushed_out_is_no_end),
	KUNIT_CASE(matrices_are_told_apart),
	KUNIT_CASE(pushed_out_columns_are_not_read),
	KUNIT_CASE(stride_blocks_0_reads_no_columns),
	KUNIT_CASE(columns_0_waits_for_faults),
	KUNIT_CASE(few_blocks_will_do),
	KUNIT_CASE(fewer_columns_can_be_allowed),
	{}
};

static struct kunit_suite column_suite = {
	.name = "flashvm-column",
	.test_cases = column_cases,
};

kunit_test_suite(column_suite);

MODULE_DESCRIPTION("KUnit suite of the columns of a matrix");
MODULE_LICENSE("GPL");
