// SPDX-License-Identifier: GPL-2.0
/*
 * Orders in which a program may touch its pages.
 *
 * One row of the table and one function each. A function sees the walker
 * only: the same seed gives the same walk on every machine. Nothing
 * here needs memory of the size of the walk, which would be swapped too.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "patterns.h"

static size_t next_sequential(struct walker *walker)
{
	return walker->step % walker->pages;
}

static size_t next_reverse(struct walker *walker)
{
	return walker->pages - 1 - walker->step % walker->pages;
}

static bool whole(double number, double most)
{
	return number >= 1 && number <= most && number == (size_t)number;
}

/* A negative number is the same from the last page down. */
static size_t directed(const struct walker *walker, size_t page)
{
	return walker->argument > 0 ? page : walker->pages - 1 - page;
}

static const char *start_stride(struct walker *walker)
{
	double stride = fabs(walker->argument);

	if (!(stride >= 1 && stride <= walker->pages))
		return "the stride must be from 1 to the number of pages, or minus that";
	if (stride != (size_t)stride)
		return "the stride must be a whole number";
	return NULL;
}

/*
 * 0, N, 2N ... to the end of memory, then 1, N + 1 ...: the order in which a
 * column of a matrix after the other is read. Every page once a pass. With -N
 * the same from the last page down.
 */
static size_t next_stride(struct walker *walker)
{
	size_t stride = fabs(walker->argument);
	size_t step = walker->step % walker->pages;
	size_t whole = walker->pages / stride;
	size_t longer = walker->pages % stride;
	size_t in_longer = longer * (whole + 1);
	size_t page;

	/* The first @longer columns have one page more than the others. */
	if (step < in_longer) {
		page = step / (whole + 1) + step % (whole + 1) * stride;
	} else {
		step -= in_longer;
		page = longer + step / whole + step % whole * stride;
	}
	return directed(walker, page);
}

static const char *start_interleaved(struct walker *walker)
{
	if (!whole(fabs(walker->argument), walker->pages))
		return "the streams must be from 1 to the number of pages, or minus that";
	return NULL;
}

/*
 * One page of each stream in turn: a merge of sorted runs, or columns of
 * a table that is stored by columns. Every page once a pass; the first streams
 * may have one page more than the others.
 */
static size_t next_interleaved(struct walker *walker)
{
	size_t streams = fabs(walker->argument);
	size_t step = walker->step % walker->pages;
	size_t stream = step % streams;
	size_t longer = walker->pages % streams;
	size_t page = stream * (walker->pages / streams) +
		      (stream < longer ? stream : longer) + step / streams;

	return directed(walker, page);
}

static const char *start_tiles(struct walker *walker)
{
	size_t side = sqrt(walker->pages);

	if (!whole(walker->argument, side))
		return "the tile must be from 1 to the square root of the pages";
	walker->tiles.columns = side;
	walker->tiles.rows = walker->pages / side;
	return NULL;
}

/*
 * A matrix of as many rows as columns, stored by rows, is read in tiles of
 * C x C pages as a blocked transposition does: the tiles from top to bottom,
 * then those right of them, and in a tile a column after the other. (Without
 * tiles, column by column, that is the stride.) Tiles at the right and at the
 * bottom may be smaller. What the square leaves of the pages comes last.
 */
static size_t next_tiles(struct walker *walker)
{
	size_t rows = walker->tiles.rows, columns = walker->tiles.columns;
	size_t tile = walker->argument;
	size_t step = walker->step % walker->pages;
	size_t left, top, width, height;

	if (step >= rows * columns)
		return step;
	left = step / (rows * tile) * tile;
	width = columns - left < tile ? columns - left : tile;
	step -= left * rows;
	top = step / (width * tile) * tile;
	height = rows - top < tile ? rows - top : tile;
	step -= top * width;
	return (top + step % height) * columns + left + step / height;
}

static size_t next_random(struct walker *walker)
{
	return walker_random(walker) % walker->pages;
}

/* Half the bits of the numbers that are permuted. */
static unsigned int half_bits(size_t pages)
{
	unsigned int half = 1;

	while (half < 31 && 1UL << 2 * half < pages)
		half++;
	return half;
}

/*
 * A permutation by four Feistel rounds on the next even number of bits;
 * numbers beyond the last page are permuted again until they are inside.
 */
static size_t permute(size_t page, size_t pages, uint64_t key)
{
	unsigned int half = half_bits(pages);
	size_t mask = (1UL << half) - 1;

	do {
		size_t left = page >> half, right = page & mask;

		for (int round = 0; round < 4; round++) {
			size_t mixed = mix64((key + round) ^ right << 8) & mask;
			size_t swap = right;

			right = left ^ mixed;
			left = swap;
		}
		page = left << half | right;
	} while (page >= pages);
	return page;
}

/* What permute() makes @page of: the same rounds, back from the last. */
static size_t unpermute(size_t page, size_t pages, uint64_t key)
{
	unsigned int half = half_bits(pages);
	size_t mask = (1UL << half) - 1;

	do {
		size_t left = page >> half, right = page & mask;

		for (int round = 3; round >= 0; round--) {
			size_t mixed = mix64((key + round) ^ left << 8) & mask;
			size_t swap = left;

			left = right ^ mixed;
			right = swap;
		}
		page = left << half | right;
	} while (page >= pages);
	return page;
}

static size_t next_shuffle(struct walker *walker)
{
	return permute(walker->step % walker->pages, walker->pages,
		       mix64(walker->seed + walker->pass));
}

/*
 * A list: which page is next stands in the page before it, as with the nodes of
 * a tree or of a linked list, so that no page can be asked for early. The list
 * is one cycle, page after page of a permutation: every page once a pass.
 */
static size_t next_chase(struct walker *walker)
{
	if (walker->step)
		return walker->found;
	return permute(0, walker->pages, mix64(walker->seed));
}

static size_t follows_chase(const struct walker *walker, size_t page)
{
	uint64_t key = mix64(walker->seed);
	size_t place = unpermute(page, walker->pages, key);

	return permute((place + 1) % walker->pages, walker->pages, key);
}

/* Gray and others, SIGMOD 1994: the generator that YCSB made popular. */
static const char *start_zipf(struct walker *walker)
{
	double theta = walker->argument;
	double zeta = 0;

	/* The generator divides by 1 - theta and by zeta - second. */
	if (!(theta >= 0 && theta < 1))
		return "the exponent must be from 0 to less than 1";
	if (walker->pages < 3)
		return "three pages at least";
	for (size_t rank = 1; rank <= walker->pages; rank++)
		zeta += pow(rank, -theta);
	walker->zipf.zeta = zeta;
	walker->zipf.alpha = 1 / (1 - theta);
	walker->zipf.second = 1 + pow(2, -theta);
	walker->zipf.eta = (1 - pow(2.0 / walker->pages, 1 - theta)) /
			   (1 - walker->zipf.second / zeta);
	return NULL;
}

static size_t next_zipf(struct walker *walker)
{
	double uniform = (walker_random(walker) >> 11) * 0x1p-53;
	double scaled = uniform * walker->zipf.zeta;
	size_t rank;

	if (scaled < 1)
		rank = 0;
	else if (scaled < walker->zipf.second)
		rank = 1;
	else
		rank = walker->pages * pow(walker->zipf.eta * (uniform - 1) + 1,
					   walker->zipf.alpha);
	if (rank >= walker->pages)
		rank = walker->pages - 1;
	/* Popular keys are not neighbours in a hash table. */
	return permute(rank, walker->pages, mix64(walker->seed));
}

/* What a program does one after the other; each touches every page once. */
const char *const phase_names[PHASES_MAX] = {
	"sequential", "stride:7", "shuffle", "reverse", "interleaved:2",
	"tiles:4", "stride:-5", "interleaved:-3",
};

static const char *start_phases(struct walker *walker)
{
	if (!whole(walker->argument, PHASES_MAX))
		return "there are 1 to 8 phases";
	/* As many as the tile of the matrix has. */
	if (walker->pages < 16)
		return "16 pages at least";
	return NULL;
}

const struct pattern patterns[] = {
	{ "sequential", NULL, 0, "from the first page to the last",
	  NULL, next_sequential },
	{ "reverse", NULL, 0, "from the last page to the first",
	  NULL, next_reverse },
	{ "stride", "N", 5, "every Nth page, then the ones between; -N: down",
	  start_stride, next_stride },
	{ "interleaved", "N", 4, "N parts of memory in turn; -N: all down",
	  start_interleaved, next_interleaved },
	{ "tiles", "C", 8, "tiles of C x C pages, each column by column",
	  start_tiles, next_tiles },
	{ "shuffle", NULL, 0, "every page once a pass, in random order",
	  NULL, next_shuffle },
	{ "chase", NULL, 0, "the same, but the next page's number is in the page",
	  NULL, next_chase, follows_chase },
	{ "random", NULL, 0, "any page, each as likely as the other",
	  NULL, next_random },
	{ "zipf", "THETA", 0.99, "few pages often, most pages rarely",
	  start_zipf, next_zipf },
	{ "phases", "N", 5, "the first N of the phases, one after the other",
	  start_phases, NULL },
	{ }
};

/**
 * walker_init() - Start a walk.
 * @walker:	filled in
 * @name:	of the pattern, with its number after a colon or without
 * @pages:	number of pages, not 0
 * @seed:	of everything that is random
 *
 * Return: NULL, or what is wrong with @name.
 */
const char *walker_init(struct walker *walker, const char *name, size_t pages,
			uint64_t seed)
{
	size_t length = strcspn(name, ":");
	const struct pattern *pattern;
	char *end;

	for (pattern = patterns; pattern->name; pattern++)
		if (strlen(pattern->name) == length &&
		    !strncmp(pattern->name, name, length))
			break;
	if (!pattern->name)
		return "no such pattern";
	*walker = (struct walker){
		.pattern = pattern,
		.pages = pages,
		.argument = pattern->value,
		.seed = seed,
	};
	if (name[length]) {
		if (!pattern->argument)
			return "this pattern takes no number";
		walker->argument = strtod(name + length + 1, &end);
		if (end == name + length + 1 || *end)
			return "not a number after the colon";
	}
	walker_pass(walker, 0);
	return pattern->start ? pattern->start(walker) : NULL;
}

/**
 * walker_pass() - Begin a pass.
 * @walker:	the walk
 * @pass:	its number
 */
void walker_pass(struct walker *walker, uint64_t pass)
{
	walker->pass = pass;
	walker->step = 0;
	walker->state = mix64(walker->seed ^ pass << 32);
}

/**
 * walker_next() - The page to touch next.
 * @walker:	the walk
 *
 * Return: number of a page.
 */
size_t walker_next(struct walker *walker)
{
	size_t page = walker->pattern->next(walker);

	walker->step++;
	return page;
}

/**
 * walker_random() - A random number from the walk's seed.
 * @walker:	the walk
 *
 * Return: 64 random bits.
 */
uint64_t walker_random(struct walker *walker)
{
	return mix64(walker->state++);
}
