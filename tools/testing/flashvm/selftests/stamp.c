// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that say what they should hold; see stamp.h.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "stamp.h"

#define STEP	0xd1342543de82ef95	/* odd: no word repeats */

/* The first word is the tag itself, so that a stray page tells its name. */
static inline uint64_t word(uint64_t tag, uint64_t seed, size_t i)
{
	return i ? seed + i * STEP : tag;
}

void stamp(void *page, uint64_t tag)
{
	uint64_t seed = mix64(tag);
	uint64_t *words = page;

	for (size_t i = 0; i < PAGE_WORDS; i++)
		words[i] = word(tag, seed, i);
}

bool stamped(const void *page, uint64_t tag)
{
	const volatile uint64_t *words = page;
	uint64_t seed = mix64(tag);

	for (size_t i = 0; i < PAGE_WORDS; i++)
		if (words[i] != word(tag, seed, i))
			return false;
	return true;
}

bool is_zero(const void *page)
{
	const volatile uint64_t *words = page;

	for (size_t i = 0; i < PAGE_WORDS; i++)
		if (words[i])
			return false;
	return true;
}

static void print_tag(const char *what, uint64_t tag)
{
	fprintf(stderr, " %s page %" PRIu32 " of owner %u, writing %u", what,
		(uint32_t)tag, (unsigned int)(tag >> 52),
		(unsigned int)(tag >> 32 & 0xfffff));
}

static void describe(const void *page)
{
	uint64_t copy[PAGE_WORDS];

	memcpy(copy, page, PAGE);
	if (is_zero(copy))
		fprintf(stderr, ", found a zero page");
	else if (stamped(copy, copy[0]))
		print_tag(", found", copy[0]);
	else
		fprintf(stderr, ", found no stamp: %016" PRIx64 " %016" PRIx64
			" ... %016" PRIx64, copy[0], copy[1],
			copy[PAGE_WORDS - 1]);
}

void expect(const void *page, uint64_t tag, const char *when)
{
	if (stamped(page, tag))
		return;
	fprintf(stderr, "wrong data %s at %p:", when, page);
	print_tag("expected", tag);
	describe(page);
	fputc('\n', stderr);
	exit(1);
}

void expect_zero(const void *page, const char *when)
{
	if (is_zero(page))
		return;
	fprintf(stderr, "wrong data %s at %p: expected a zero page", when,
		page);
	describe(page);
	fputc('\n', stderr);
	exit(1);
}

noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

noreturn void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *map_pages(size_t pages, int flags)
{
	void *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | flags, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}
