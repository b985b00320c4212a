// SPDX-License-Identifier: GPL-2.0
/*
 * churn - allocate, write, check and free memory, again and again.
 *
 * A walk writes its memory once: what is swapped keeps its slot until it comes
 * back. Here memory is freed all the time, some of it while it is in swap, so
 * that slots become free, clusters are discarded, and what is written next
 * gets slots that held something else a moment ago.
 *
 * In each step a block is allocated: a random one of a table. If it was in use,
 * it is checked and freed first; if there is no room, others are freed, too.
 * There are three ways to free a block, which take turns:
 *
 *	munmap		the block gets a new address and size next time
 *	MADV_DONTNEED	its pages must be zero at once
 *	MADV_FREE	its pages may go on holding what they held, or be zero;
 *			they are looked at when the block is allocated again
 *
 * Sizes are random between 64 KB and --max, small ones as often as large ones:
 * each power of two has the same share. After each step some pages of a random
 * block are checked, and all pages of a block before it is freed. Page numbers
 * are never used for two blocks, so that a page of another block, or of one
 * that is gone, is seen.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pages.h"
#include "walk-latency.h"
#include "walk-number.h"

/* The smallest block. */
#define LEAST_PAGES	16UL
/* Each has two mappings, and vm.max_map_count is 65530. */
#define BLOCKS_MAX	16384UL

struct options {
	uint64_t size;
	uint64_t max;
	uint64_t steps;
	uint64_t seed;
	unsigned int check;
};

enum state { UNMAPPED, IN_USE, DROPPED, DROPPED_LAZILY };

/* The ways to free a block, in the order of their turns. */
enum way { MUNMAP, DONTNEED, FREE, WAYS };

struct block {
	enum state state;
	struct pages pages;
};

/**
 * struct churn - All of it.
 * @options:	what the user asked for
 * @blocks:	the table
 * @count:	blocks in it
 * @in_use:	pages of all blocks in use
 * @numbers:	page numbers that were given out
 * @state:	of the random numbers
 * @frees:	blocks that were freed
 * @freed:	pages that were freed, each way
 * @written:	pages written
 * @checked:	pages checked, freed ones included
 */
struct churn {
	struct options options;
	struct block *blocks;
	size_t count;
	size_t in_use;
	size_t numbers;
	uint64_t state;
	uint64_t frees;
	uint64_t freed[WAYS];
	uint64_t written;
	uint64_t checked;
};

static const char help[] =
	"Usage: churn [OPTION...]\n"
	"Allocate, write, check and free blocks of memory, again and again.\n\n"
	"  -s, --size BYTES      of all blocks in use, with K, M or G (64M)\n"
	"  -m, --max BYTES       the largest block, 64K at least (4M)\n"
	"  -n, --steps N         blocks to allocate (256)\n"
	"  -c, --check PERCENT   of a random block, after each step (25)\n"
	"  -r, --seed N          of the random numbers (1)\n"
	"  -h, --help            this text\n\n"
	"Prints a line of key=value. Status: 0; 1: a page is wrong; 2: it cannot\n"
	"be done.\n";

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "size", required_argument, NULL, 's' },
		{ "max", required_argument, NULL, 'm' },
		{ "steps", required_argument, NULL, 'n' },
		{ "check", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *max = "4M";
	int option;

	while ((option = getopt_long(argc, argv, "s:m:n:c:r:h", longopts,
				     NULL)) != -1) {
		switch (option) {
		case 's':
			options->size = bytes("--size", optarg);
			break;
		case 'm':
			max = optarg;
			break;
		case 'n':
			options->steps = number("--steps", optarg, 0,
						UINT64_MAX);
			break;
		case 'c':
			options->check = percent("--check", optarg);
			break;
		case 'r':
			options->seed = number("--seed", optarg, 0, UINT64_MAX);
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			/* getopt has said what is wrong. */
			exit(2);
		}
	}
	if (optind < argc)
		bad("argument", argv[optind], "not an option");
	options->max = bytes("--max", max);
	if (options->max < LEAST_PAGES * PAGE_BYTES)
		bad("--max", max, "less than 64K");
	if (options->max > options->size)
		bad("--max", max, "more than --size");
}

static uint64_t random_number(struct churn *churn, uint64_t limit)
{
	return mix64(churn->state++) % limit;
}

/* First the power of two, then a size between it and the next. */
static size_t random_pages(struct churn *churn)
{
	size_t most = churn->options.max / PAGE_BYTES;
	unsigned int powers = 1;
	size_t least, pages;

	while (LEAST_PAGES << powers < most)
		powers++;
	least = LEAST_PAGES << random_number(churn, powers);
	pages = least + random_number(churn, least);
	return pages < most ? pages : most;
}

static void drop(struct block *block, int advice)
{
	if (!madvise(block->pages.memory, block->pages.count * PAGE_BYTES,
		     advice))
		return;
	fprintf(stderr, "churn: madvise: %s\n", strerror(errno));
	exit(2);
}

static void check_freed(struct block *block)
{
	for (size_t page = 0; page < block->pages.count; page++)
		pages_check_freed(&block->pages, page,
				  block->state == DROPPED_LAZILY);
}

static void unmap(struct churn *churn, struct block *block)
{
	churn->written += block->pages.written;
	churn->checked += block->pages.checked;
	pages_unmap(&block->pages);
	block->state = UNMAPPED;
}

static void free_block(struct churn *churn, struct block *block)
{
	enum way way = churn->frees++ % WAYS;
	size_t count = block->pages.count;

	for (size_t page = 0; page < count; page++)
		pages_check(&block->pages, page);
	churn->in_use -= count;
	churn->freed[way] += count;
	switch (way) {
	case DONTNEED:
		drop(block, MADV_DONTNEED);
		block->state = DROPPED;
		check_freed(block);
		break;
	case FREE:
		drop(block, MADV_FREE);
		block->state = DROPPED_LAZILY;
		break;
	default:
		/* MUNMAP */
		unmap(churn, block);
	}
}

/* Returns NULL when none is in use. */
static struct block *random_in_use(struct churn *churn)
{
	size_t start = random_number(churn, churn->count);

	for (size_t i = 0; i < churn->count; i++) {
		struct block *block = &churn->blocks[(start + i) % churn->count];

		if (block->state == IN_USE)
			return block;
	}
	return NULL;
}

static void make_room(struct churn *churn, size_t pages)
{
	size_t most = churn->options.size / PAGE_BYTES;

	while (churn->in_use + pages > most) {
		struct block *block = random_in_use(churn);

		/* Without one in use there is room for any. */
		if (!block)
			break;
		free_block(churn, block);
	}
}

static void allocate(struct churn *churn, struct block *block)
{
	struct pages *pages = &block->pages;

	if (block->state == UNMAPPED) {
		size_t count = random_pages(churn);

		make_room(churn, count);
		pages_map(pages, count * PAGE_BYTES, false);
		pages->first = churn->numbers;
		churn->numbers += count;
	} else {
		make_room(churn, pages->count);
		check_freed(block);
	}
	for (size_t page = 0; page < pages->count; page++)
		pages_write(pages, page);
	churn->in_use += pages->count;
	block->state = IN_USE;
}

static void check_some(struct churn *churn)
{
	struct block *block = random_in_use(churn);

	if (!block)
		return;
	for (size_t page = 0; page < block->pages.count; page++)
		if (random_number(churn, 100) < churn->options.check)
			pages_check(&block->pages, page);
}

static void step(struct churn *churn)
{
	struct block *block;

	block = &churn->blocks[random_number(churn, churn->count)];
	if (block->state == IN_USE)
		free_block(churn, block);
	allocate(churn, block);
	check_some(churn);
}

static void finish(struct churn *churn)
{
	for (size_t i = 0; i < churn->count; i++) {
		struct block *block = &churn->blocks[i];

		if (block->state == IN_USE)
			free_block(churn, block);
		if (block->state != UNMAPPED) {
			check_freed(block);
			unmap(churn, block);
		}
	}
}

int main(int argc, char **argv)
{
	struct churn churn = {
		.options = {
			.size = 64 << 20,
			.steps = 256,
			.seed = 1,
			.check = 25,
		},
	};
	const struct options *options = &churn.options;
	uint64_t begin, end;

	parse(&churn.options, argc, argv);
	churn.state = mix64(options->seed);
	/* A block has a quarter of the largest on average: half are in use. */
	churn.count = options->size / options->max * 8;
	if (churn.count > BLOCKS_MAX)
		churn.count = BLOCKS_MAX;
	churn.blocks = pages_bookkeeping(churn.count * sizeof(*churn.blocks),
					 false);

	begin = now_ns();
	for (uint64_t i = 0; i < options->steps; i++)
		step(&churn);
	finish(&churn);
	end = now_ns();

	printf("size=%" PRIu64 " max=%" PRIu64 " steps=%" PRIu64
	       " check=%u seed=%" PRIu64 " blocks=%zu frees=%" PRIu64
	       " munmap_pages=%" PRIu64 " dontneed_pages=%" PRIu64
	       " free_pages=%" PRIu64 " written=%" PRIu64 " checked=%" PRIu64
	       " run_ns=%" PRIu64 "\n",
	       options->size, options->max, options->steps, options->check,
	       options->seed, churn.count, churn.frees, churn.freed[MUNMAP],
	       churn.freed[DONTNEED], churn.freed[FREE], churn.written,
	       churn.checked, end - begin);
	return 0;
}
