/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flash translation layer of flashsim: which NAND page holds which page of
 * the host, and what has to be moved and erased for that. See ftl.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHSIM_FTL_H
#define _FLASHSIM_FTL_H

#include <linux/limits.h>
#include <linux/types.h>

/* No page, no block. */
#define FTL_NONE	U32_MAX
/* The most pages of a block, the most dies. */
#define FTL_BLOCK_PAGES	4096
#define FTL_DIES	256

/**
 * enum ftl_nand - What the layer does to a die.
 * @FTL_READ: a page is read, to be moved
 * @FTL_MOVE: that page is programmed
 * @FTL_PROGRAM: a page of the host is programmed
 * @FTL_ERASE: a block is erased
 */
enum ftl_nand { FTL_READ, FTL_MOVE, FTL_PROGRAM, FTL_ERASE };

/* Told of each operation, in the order in which a die gets them. */
typedef void (*ftl_nand_fn)(void *context, enum ftl_nand op, u32 die);

/**
 * struct ftl_shape - What does not change while a device lives.
 * @pages: pages that the host sees, of 4 KiB
 * @dies: dies, 1 to FTL_DIES
 * @block_pages: pages of an erase block, 2 to FTL_BLOCK_PAGES
 * @spare_per_mille: NAND beyond what the host sees, in thousandths of that; the
 *	blocks that each die needs to move pages at all come on top
 * @endurance: erases that a block stands; 0: any number
 */
struct ftl_shape {
	u32 pages;
	u32 dies;
	u32 block_pages;
	u32 spare_per_mille;
	u32 endurance;
};

/**
 * struct ftl_counts - What has been done, in pages unless said otherwise.
 * @written: pages that the host has written
 * @trimmed: pages that the host has discarded, and that were mapped
 * @programs: NAND pages programmed, moved ones among them
 * @moved: pages moved to free a block
 * @erases: blocks erased
 * @worn: blocks that are worn out
 * @refused: writes that came when the device could take no more
 */
struct ftl_counts {
	u64 written;
	u64 trimmed;
	u64 programs;
	u64 moved;
	u64 erases;
	u64 worn;
	u64 refused;
};

/**
 * struct ftl_wear - Erases of the blocks.
 * @least: of the block with the fewest
 * @most: of the block with the most
 * @mean_centi: mean, in hundredths
 */
struct ftl_wear {
	u32 least;
	u32 most;
	u64 mean_centi;
};

/**
 * struct ftl_ageing - How far ftl_age_some() has come. See ftl_age().
 * @next: page that is filled next
 * @filled: pages that are filled, from the first on
 * @rewrites: that are left
 */
struct ftl_ageing {
	u64 next;
	u64 filled;
	u64 rewrites;
};

struct ftl_block;
struct ftl_die;

/**
 * struct ftl - A device. The owner serialises access.
 * @shape: what it was made of
 * @counts: since ftl_init() or ftl_forget_counts()
 * @die_blocks: blocks of a die
 * @mapped: pages of the host that are somewhere
 * @read_only: the end of its life: nothing is written any more
 * @map: NAND page of each page of the host
 * @back: page of the host in each NAND page
 * @block: state of each block, die by die
 * @die: state of each die
 * @bucket: for each die and number of valid pages, the first of the closed
 *	blocks with so many
 * @turn: the die that gets the next page
 * @random: state of ftl_age()'s generator
 */
struct ftl {
	struct ftl_shape shape;
	struct ftl_counts counts;
	u32 die_blocks;
	u32 mapped;
	bool read_only;
	u32 *map;
	u32 *back;
	struct ftl_block *block;
	struct ftl_die *die;
	u32 *bucket;
	u32 turn;
	u64 random;
};

bool ftl_shape_valid(const struct ftl_shape *shape);
u64 ftl_size(const struct ftl_shape *shape);
void ftl_init(struct ftl *f, const struct ftl_shape *shape, void *memory);
u32 ftl_find(const struct ftl *f, u32 page);
bool ftl_write(struct ftl *f, u32 page, ftl_nand_fn nand, void *context);
bool ftl_trim(struct ftl *f, u32 page);
void ftl_age_begin(const struct ftl *f, struct ftl_ageing *ageing,
		   u32 filled_per_mille, u32 rewrites_per_mille);
bool ftl_age_some(struct ftl *f, struct ftl_ageing *ageing, u64 steps);
void ftl_age(struct ftl *f, u32 filled_per_mille, u32 rewrites_per_mille);
void ftl_forget_counts(struct ftl *f);
void ftl_wear(const struct ftl *f, struct ftl_wear *wear);
bool ftl_consistent(const struct ftl *f);

#endif /* _FLASHSIM_FTL_H */
