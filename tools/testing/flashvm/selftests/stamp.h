/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that say what they should hold.
 *
 * A page is filled with words that follow from a tag: which page of whom it
 * is, and which writing of it. No stamped page is zero, no two tags give the
 * same page, and no word of a page equals another: a wrong, old, zero, shifted
 * or torn page is seen, and the message says which of them it is.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef STAMP_H
#define STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

#define PAGE		4096UL
#define PAGE_WORDS	(PAGE / sizeof(uint64_t))

/* @owner: up to 12 bits, @generation: 20 bits, @page: 32 bits */
static inline uint64_t tag_of(unsigned int owner, size_t page,
			      uint32_t generation)
{
	return (uint64_t)(owner & 0xfff) << 52 |
	       (uint64_t)(generation & 0xfffff) << 32 | (uint32_t)page;
}

/* splitmix64 */
static inline uint64_t mix64(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

void stamp(void *page, uint64_t tag);
bool stamped(const void *page, uint64_t tag);
bool is_zero(const void *page);

/* These end the program with status 1 when the page is not as it should be. */
void expect(const void *page, uint64_t tag, const char *when);
void expect_zero(const void *page, const char *when);

/* What the system refused: status 2. What a test is about: status 1. */
noreturn void die(const char *what);
noreturn void wrong(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

void *map_pages(size_t pages, int flags);

#endif /* STAMP_H */
