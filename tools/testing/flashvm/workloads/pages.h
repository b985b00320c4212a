/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose every page knows what it should hold.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES	4096UL
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))

/**
 * struct pages - A mapping under test.
 * @memory:	the mapping; page n starts at word n * PAGE_WORDS
 * @count:	pages in it
 * @generation:	how often each page was written; locked in memory, so that a
 *		page that comes back old differs from what is expected of it
 * @written:	pages written, in all
 * @checked:	pages checked, in all
 */
struct pages {
	uint64_t *memory;
	size_t count;
	uint32_t *generation;
	uint64_t written;
	uint64_t checked;
};

/* All of these end the program when something is wrong. */
void pages_map(struct pages *pages, size_t bytes);
void pages_unmap(struct pages *pages);
void pages_write(struct pages *pages, size_t page);
void pages_check(struct pages *pages, size_t page);

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
