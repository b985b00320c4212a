/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose every page knows what it should hold.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef PAGES_H
#define PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES	4096UL
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))

/**
 * struct pages - A mapping under test, or a part of one.
 * @memory:	the mapping; page n starts at word n * PAGE_WORDS
 * @count:	pages in it
 * @first:	added to a page's number for its content; less than 2^40
 * @generation:	how often each page was written; locked in memory, so that a
 *		page that comes back old differs from what is expected of it
 * @zero:	percent of what is written that is a page of zeros
 * @linked:	each page holds the number of another, from pages_link()
 * @shared:	the mapping stays one and the same in forked children
 * @written:	pages written, in all
 * @rewritten:	pages written with what they held, in all
 * @checked:	pages checked, in all
 */
struct pages {
	uint64_t *memory;
	size_t count;
	size_t first;
	uint32_t *generation;
	unsigned int zero;
	bool linked;
	bool shared;
	uint64_t written;
	uint64_t rewritten;
	uint64_t checked;
};

/* All of these end the program when something is wrong. */
void pages_map(struct pages *pages, size_t bytes, bool shared);
void pages_unmap(struct pages *pages);
void pages_part(struct pages *part, const struct pages *pages, size_t index,
		size_t parts);
void pages_lock(const struct pages *pages);
void pages_write(struct pages *pages, size_t page);
void pages_rewrite(struct pages *pages, size_t page);
void pages_check(struct pages *pages, size_t page);
void pages_check_freed(struct pages *pages, size_t page, bool lazily);
void pages_link(struct pages *pages, size_t page, size_t next);
size_t pages_next(const struct pages *pages, size_t page);
void *pages_bookkeeping(size_t bytes, bool shared);

/**
 * mix64() - Spread the bits of a number over all 64 (splitmix64).
 * @x:	the number
 *
 * Return: a number that is different for each @x.
 */
static inline uint64_t mix64(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

#endif /* PAGES_H */
