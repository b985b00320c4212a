// SPDX-License-Identifier: GPL-2.0
/*
 * A flash translation layer with a map of pages and greedy garbage collection.
 *
 * NAND is programmed a page at a time and erased a block at a time, and a page
 * cannot be programmed twice. So a page that the host writes again goes to
 * another place, and the old one is of no use until its block is erased; what
 * else is in that block has to be moved first. That is write amplification: NAND
 * pages programmed for each page of the host.
 *
 *   die:   [ free ] [ free ] [ open: host ] [ open: moved ] [ closed ] ...
 *
 * Pages of the host go to the dies in turn. A die fills an open block for them,
 * and another one for what is moved, which is colder. Two free blocks are kept
 * for moving; when a die has no more than these, the closed block with the fewest
 * valid pages is emptied and erased, until it has (greedy): a few pages with each
 * of the host, as many as it takes to win a block while the host fills one, so
 * that dies do not all stop at once, for as long as that takes. For pages written
 * uniformly at random, with spare NAND of p times what the host sees, that gives
 * a write amplification of about (1 + p) / (2 p) (Agarwal and Marrow, "A
 * closed-form expression for write amplification in NAND flash", 2010).
 *
 * Free blocks are used in the order in which they became free. Nothing is moved
 * for the sake of wear alone, so data that never changes keeps its blocks young:
 * ftl_wear() shows the spread. A block that was erased as often as it stands is
 * taken out. A die that can free no block any more is passed over, and when all
 * are, the device is read-only: what it has can still be read, and trimmed.
 *
 * Pure C: no locks, clock, allocation. Each operation is O(1) but for garbage
 * collection: a block after the other until one is gained, each proportional to
 * its pages. With little spare that are many for one write.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "ftl.h"

enum { HOST, MOVED, STREAMS };
enum { FREE, OPEN, CLOSED, EMPTIED, WORN };

/*
 * Free blocks that a die keeps for moving: a second one, as the block that is
 * erased for the first may turn out to be worn. Beside data and spare it has
 * those, and one that is filled. Without spare it has one more: data may fill its
 * blocks to the last page, while what was moved into an open one is of no use any
 * more, and then there is nothing to be won from any closed block.
 */
#define KEPT	2
#define RESERVE	(KEPT + 1)

struct ftl_block {
	u32 erases;
	u32 next;
	u32 prev;
	u16 valid;
	u16 filled;
	u8 state;
};

struct ftl_die {
	u32 first_free;
	u32 last_free;
	u32 nr_free;
	u32 open[STREAMS];
	u32 emptied;
	u32 at;
	u32 share;
};

static u64 blocks_of_die(const struct ftl_shape *shape)
{
	u64 pages = (u64)shape->pages * (1000 + shape->spare_per_mille);
	u64 per_row = (u64)shape->block_pages * shape->dies * 1000;

	return (pages + per_row - 1) / per_row + RESERVE + !shape->spare_per_mille;
}

/**
 * ftl_shape_valid() - Can a device have this shape?
 * @shape: to be looked at
 *
 * Return: false if a number is out of its range, or pages would not have numbers
 * of 32 bits.
 */
bool ftl_shape_valid(const struct ftl_shape *shape)
{
	if (!shape->pages || !shape->dies || shape->dies > FTL_DIES ||
	    shape->block_pages < 2 || shape->block_pages > FTL_BLOCK_PAGES ||
	    shape->spare_per_mille > 100000)
		return false;
	return blocks_of_die(shape) * shape->dies * shape->block_pages < FTL_NONE;
}

static u32 nand_pages(const struct ftl *f)
{
	return f->die_blocks * f->shape.dies * f->shape.block_pages;
}

static u32 nand_blocks(const struct ftl *f)
{
	return f->die_blocks * f->shape.dies;
}

/**
 * ftl_size() - Memory that a device needs.
 * @shape: a valid one
 *
 * Return: bytes.
 */
u64 ftl_size(const struct ftl_shape *shape)
{
	u64 blocks = blocks_of_die(shape) * shape->dies;

	return blocks * sizeof(struct ftl_block) +
		shape->dies * sizeof(struct ftl_die) +
		sizeof(u32) * (shape->pages + blocks * shape->block_pages +
			       (u64)shape->dies * (shape->block_pages + 1));
}

static void add_free(struct ftl *f, u32 block)
{
	struct ftl_die *die = &f->die[block / f->die_blocks];

	f->block[block].state = FREE;
	f->block[block].next = FTL_NONE;
	if (die->nr_free++)
		f->block[die->last_free].next = block;
	else
		die->first_free = block;
	die->last_free = block;
}

static u32 take_free(struct ftl *f, struct ftl_die *die)
{
	u32 block = die->first_free;

	die->nr_free--;
	die->first_free = f->block[block].next;
	f->block[block].state = OPEN;
	f->block[block].filled = 0;
	f->block[block].valid = 0;
	return block;
}

static u32 *bucket_of(struct ftl *f, u32 block)
{
	u32 die = block / f->die_blocks;

	return &f->bucket[die * (f->shape.block_pages + 1) +
			  f->block[block].valid];
}

static void bucket_add(struct ftl *f, u32 block)
{
	u32 *first = bucket_of(f, block);

	f->block[block].prev = FTL_NONE;
	f->block[block].next = *first;
	if (*first != FTL_NONE)
		f->block[*first].prev = block;
	*first = block;
}

static void bucket_remove(struct ftl *f, u32 block)
{
	struct ftl_block *b = &f->block[block];

	if (b->prev == FTL_NONE)
		*bucket_of(f, block) = b->next;
	else
		f->block[b->prev].next = b->next;
	if (b->next != FTL_NONE)
		f->block[b->next].prev = b->prev;
}

/**
 * ftl_init() - Make a new device: nothing is mapped, no block was ever erased.
 * @f: the device
 * @shape: a valid one
 * @memory: of ftl_size() bytes, aligned for u64; it stays the caller's
 */
void ftl_init(struct ftl *f, const struct ftl_shape *shape, void *memory)
{
	memset(f, 0, sizeof(*f));
	f->shape = *shape;
	f->die_blocks = blocks_of_die(shape);
	f->random = 88172645463325252ULL;
	f->map = memory;
	f->back = f->map + shape->pages;
	f->bucket = f->back + nand_pages(f);
	f->block = (void *)(f->bucket + shape->dies * (shape->block_pages + 1));
	f->die = (void *)(f->block + nand_blocks(f));
	/* All that are arrays of numbers begin as FTL_NONE, which is all ones. */
	memset(memory, 0xff, (char *)f->block - (char *)memory);
	memset(f->block, 0, nand_blocks(f) * sizeof(*f->block));
	memset(f->die, 0, shape->dies * sizeof(*f->die));
	for (u32 block = 0; block < nand_blocks(f); block++)
		add_free(f, block);
	for (u32 die = 0; die < shape->dies; die++) {
		f->die[die].emptied = FTL_NONE;
		for (int stream = 0; stream < STREAMS; stream++)
			f->die[die].open[stream] = FTL_NONE;
	}
}

/**
 * ftl_find() - Where is a page?
 * @f: the device
 * @page: of the host
 *
 * Return: its die, or FTL_NONE if it was never written, or trimmed.
 */
u32 ftl_find(const struct ftl *f, u32 page)
{
	u32 at = f->map[page];

	return at == FTL_NONE ? FTL_NONE :
		at / f->shape.block_pages / f->die_blocks;
}

/* The page that was at @at is of no use any more. */
static void invalidate(struct ftl *f, u32 at)
{
	u32 block = at / f->shape.block_pages;

	f->back[at] = FTL_NONE;
	if (f->block[block].state != CLOSED) {
		f->block[block].valid--;
		return;
	}
	bucket_remove(f, block);
	f->block[block].valid--;
	bucket_add(f, block);
}

static bool has_room(const struct ftl *f, u32 block)
{
	return block != FTL_NONE &&
		f->block[block].filled < f->shape.block_pages;
}

/* Program @page on a die that has room for it in the block of this stream. */
static void program(struct ftl *f, u32 die_nr, int stream, u32 page)
{
	struct ftl_die *die = &f->die[die_nr];
	struct ftl_block *b;
	u32 at;

	if (!has_room(f, die->open[stream]))
		die->open[stream] = take_free(f, die);
	b = &f->block[die->open[stream]];
	at = die->open[stream] * f->shape.block_pages + b->filled++;
	b->valid++;
	f->back[at] = page;
	f->map[page] = at;
	f->counts.programs++;
	if (b->filled == f->shape.block_pages) {
		b->state = CLOSED;
		bucket_add(f, die->open[stream]);
		die->open[stream] = FTL_NONE;
	}
}

/* The closed block of a die with the fewest valid pages, or FTL_NONE. */
static u32 emptiest(const struct ftl *f, u32 die)
{
	const u32 *bucket = &f->bucket[die * (f->shape.block_pages + 1)];

	for (u32 valid = 0; valid < f->shape.block_pages; valid++)
		if (bucket[valid] != FTL_NONE)
			return bucket[valid];
	return FTL_NONE;
}

/* Choose a block to be emptied. Return false as collect() does. */
static bool choose(struct ftl *f, u32 die_nr)
{
	struct ftl_die *die = &f->die[die_nr];
	u32 block = emptiest(f, die_nr), open = die->open[MOVED], room;
	struct ftl_block *b;

	if (block == FTL_NONE)
		return false;
	b = &f->block[block];
	room = has_room(f, open) ?
		f->shape.block_pages - f->block[open].filled : 0;
	if (b->valid > room && !die->nr_free)
		return false;
	bucket_remove(f, block);
	b->state = EMPTIED;
	die->emptied = block;
	die->at = block * f->shape.block_pages;
	/* Pages to be moved for each that is won, rounded up. */
	die->share = (f->shape.block_pages - 1) / (f->shape.block_pages - b->valid);
	return true;
}

/*
 * Go on with emptying a block, by up to @most pages, and erase it in the end.
 * Return false if that gains nothing: there is none with a page to win, or no
 * place for its valid pages.
 */
static bool collect(struct ftl *f, u32 die_nr, u32 most, ftl_nand_fn nand,
		    void *context)
{
	struct ftl_die *die = &f->die[die_nr];
	struct ftl_block *b;

	if (die->emptied == FTL_NONE && !choose(f, die_nr))
		return false;
	b = &f->block[die->emptied];
	for (; b->valid; die->at++) {
		u32 page = f->back[die->at];

		if (page == FTL_NONE)
			continue;
		if (!most--)
			return true;
		f->back[die->at] = FTL_NONE;
		b->valid--;
		nand(context, FTL_READ, die_nr);
		program(f, die_nr, MOVED, page);
		nand(context, FTL_MOVE, die_nr);
		f->counts.moved++;
	}
	nand(context, FTL_ERASE, die_nr);
	f->counts.erases++;
	b->erases++;
	if (f->shape.endurance && b->erases >= f->shape.endurance) {
		b->state = WORN;
		f->counts.worn++;
	} else {
		add_free(f, die->emptied);
	}
	die->emptied = FTL_NONE;
	return true;
}

/* Make room for a page of the host; the last free blocks are for moving. */
static bool make_room(struct ftl *f, u32 die_nr, ftl_nand_fn nand, void *context)
{
	struct ftl_die *die = &f->die[die_nr];

	if (has_room(f, die->open[HOST])) {
		if (die->nr_free <= KEPT &&
		    (die->emptied != FTL_NONE || choose(f, die_nr)))
			collect(f, die_nr, die->share, nand, context);
		return true;
	}
	while (die->nr_free <= KEPT)
		if (!collect(f, die_nr, U32_MAX, nand, context))
			return false;
	return true;
}

/* The next in turn that has room, or FTL_NONE. */
static u32 next_die(struct ftl *f, ftl_nand_fn nand, void *context)
{
	u32 tries = f->read_only ? 0 : f->shape.dies;

	while (tries--) {
		u32 die = f->turn;

		f->turn = die + 1 == f->shape.dies ? 0 : die + 1;
		if (make_room(f, die, nand, context))
			return die;
	}
	return FTL_NONE;
}

/**
 * ftl_write() - The host writes a page.
 * @f: the device
 * @page: which one
 * @nand: is told what the dies have to do; the page's own program comes last
 * @context: for @nand
 *
 * Return: false if the device has come to the end of its life; the page is then
 * what it was before.
 */
bool ftl_write(struct ftl *f, u32 page, ftl_nand_fn nand, void *context)
{
	u32 die = next_die(f, nand, context), old;

	if (die == FTL_NONE) {
		f->read_only = true;
		f->counts.refused++;
		return false;
	}
	/* Not before: making room may have moved it. */
	old = f->map[page];
	if (old != FTL_NONE)
		invalidate(f, old);
	else
		f->mapped++;
	program(f, die, HOST, page);
	f->counts.written++;
	nand(context, FTL_PROGRAM, die);
	return true;
}

/**
 * ftl_trim() - The host needs a page no longer.
 * @f: the device
 * @page: which one
 *
 * Return: true if there was something to forget.
 */
bool ftl_trim(struct ftl *f, u32 page)
{
	if (f->map[page] == FTL_NONE)
		return false;
	invalidate(f, f->map[page]);
	f->map[page] = FTL_NONE;
	f->mapped--;
	f->counts.trimmed++;
	return true;
}

static void nothing(void *context, enum ftl_nand op, u32 die)
{
	(void)context;
	(void)op;
	(void)die;
}

/* xorshift64 (Marsaglia, 2003) */
static u64 next_random(struct ftl *f)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random;
}

/**
 * ftl_age_begin() - Begin what ftl_age() does, to do it piece by piece.
 * @f: the device
 * @ageing: to be given to ftl_age_some()
 * @filled_per_mille: see ftl_age()
 * @rewrites_per_mille: see ftl_age()
 */
void ftl_age_begin(const struct ftl *f, struct ftl_ageing *ageing,
		   u32 filled_per_mille, u32 rewrites_per_mille)
{
	ageing->next = 0;
	ageing->filled = (u64)f->shape.pages * min(filled_per_mille, 1000U) / 1000;
	ageing->rewrites = ageing->filled ?
		(u64)f->shape.pages * rewrites_per_mille / 1000 : 0;
}

/**
 * ftl_age_some() - Go on with it.
 * @f: the device
 * @ageing: how far it has come
 * @steps: pages to be looked at
 *
 * Return: true if there is more to be done.
 */
bool ftl_age_some(struct ftl *f, struct ftl_ageing *ageing, u64 steps)
{
	for (; steps; steps--) {
		u32 page;

		if (ageing->next < ageing->filled) {
			page = ageing->next++;
			if (f->map[page] != FTL_NONE)
				continue;
		} else if (ageing->rewrites) {
			/* The upper half times a number below 2^32: no bias. */
			page = ((next_random(f) >> 32) * ageing->filled) >> 32;
			ageing->rewrites--;
		} else {
			return false;
		}
		if (!ftl_write(f, page, nothing, NULL))
			return false;
	}
	return true;
}

/**
 * ftl_age() - Bring a device into a used state, in no time.
 * @f: the device
 * @filled_per_mille: of the pages of the host that are written first
 * @rewrites_per_mille: pages written at random among them afterwards, in
 *	thousandths of all pages of the host
 *
 * What is mapped by it is what a host has left on a device that it never
 * trimmed. The counts and the wear go on; see ftl_forget_counts().
 */
void ftl_age(struct ftl *f, u32 filled_per_mille, u32 rewrites_per_mille)
{
	struct ftl_ageing ageing;

	ftl_age_begin(f, &ageing, filled_per_mille, rewrites_per_mille);
	while (ftl_age_some(f, &ageing, U32_MAX))
		;
}

/**
 * ftl_forget_counts() - Count from here on.
 * @f: the device
 *
 * Blocks that are worn out stay counted, as they stay worn out.
 */
void ftl_forget_counts(struct ftl *f)
{
	u64 worn = f->counts.worn;

	memset(&f->counts, 0, sizeof(f->counts));
	f->counts.worn = worn;
}

/**
 * ftl_wear() - How often have the blocks been erased?
 * @f: the device
 * @wear: the answer
 */
void ftl_wear(const struct ftl *f, struct ftl_wear *wear)
{
	u64 sum = 0;

	wear->least = U32_MAX;
	wear->most = 0;
	for (u32 block = 0; block < nand_blocks(f); block++) {
		u32 erases = f->block[block].erases;

		sum += erases;
		wear->least = min(wear->least, erases);
		wear->most = max(wear->most, erases);
	}
	wear->mean_centi = sum * 100 / nand_blocks(f);
}

/* Is each free block of a die in its list, and each closed one where it belongs? */
static bool lists_consistent(const struct ftl *f, u32 die_nr)
{
	const struct ftl_die *die = &f->die[die_nr];
	u32 first = die_nr * f->die_blocks, nr_free = 0, closed = 0, at;

	for (u32 block = first; block < first + f->die_blocks; block++) {
		nr_free += f->block[block].state == FREE;
		closed += f->block[block].state == CLOSED;
	}
	if (nr_free != die->nr_free)
		return false;
	for (at = die->first_free; nr_free; at = f->block[at].next, nr_free--)
		if (at - first >= f->die_blocks || f->block[at].state != FREE ||
		    (nr_free == 1 && at != die->last_free))
			return false;
	for (u32 valid = 0; valid <= f->shape.block_pages; valid++) {
		u32 prev = FTL_NONE;

		at = f->bucket[die_nr * (f->shape.block_pages + 1) + valid];
		for (; at != FTL_NONE; prev = at, at = f->block[at].next)
			if (!closed-- || at - first >= f->die_blocks ||
			    f->block[at].state != CLOSED ||
			    f->block[at].valid != valid ||
			    f->block[at].prev != prev)
				return false;
	}
	return !closed;
}

/**
 * ftl_consistent() - Does all that is known agree? For tests.
 * @f: the device
 *
 * Return: true if the two maps, the counts of valid pages and the lists do.
 * Proportional to the size of the device.
 */
bool ftl_consistent(const struct ftl *f)
{
	u32 mapped = 0, valid = 0;

	for (u32 page = 0; page < f->shape.pages; page++) {
		if (f->map[page] == FTL_NONE)
			continue;
		mapped++;
		if (f->map[page] >= nand_pages(f) ||
		    f->back[f->map[page]] != page)
			return false;
	}
	for (u32 block = 0; block < nand_blocks(f); block++) {
		const struct ftl_block *b = &f->block[block];
		u32 here = 0;

		for (u32 i = 0; i < f->shape.block_pages; i++)
			here += f->back[block * f->shape.block_pages + i] !=
				FTL_NONE;
		if (b->state == FREE || b->state == WORN ? here :
		    here != b->valid || b->valid > b->filled)
			return false;
		valid += here;
	}
	for (u32 die = 0; die < f->shape.dies; die++)
		if (!lists_consistent(f, die))
			return false;
	return mapped == f->mapped && valid == mapped;
}
