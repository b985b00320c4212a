// SPDX-License-Identifier: GPL-2.0
/*
 * Memory whose every page knows what it should hold.
 *
 * A page is filled with 512 words that follow from its number and its
 * generation, which is how often it was written. No page is zero, none equals
 * another, and none equals itself one generation ago: whatever else swap
 * might bring back, the check sees it. A check reads the first, the middle and
 * the last word: enough to see a wrong, an old, a zero or a torn page, and
 * little enough that the time of a walk is the time of its faults.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "pages.h"

static uint64_t stamp(size_t page, uint32_t generation)
{
	return mix64((uint64_t)generation << 40 ^ page);
}

/* The multiplier is odd: no two words of a page are the same. */
static uint64_t word(uint64_t stamp, size_t index)
{
	return stamp + index * 0xd1342543de82ef95;
}

static void *map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return memory;
}

static size_t generation_bytes(const struct pages *pages)
{
	size_t bytes = pages->count * sizeof(*pages->generation);

	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/**
 * pages_map() - Map anonymous memory; no page of it is written yet.
 * @pages:	filled in
 * @bytes:	size; the incomplete page at its end is left out
 */
void pages_map(struct pages *pages, size_t bytes)
{
	*pages = (struct pages){ .count = bytes / PAGE_BYTES };
	pages->memory = map(pages->count * PAGE_BYTES);
	pages->generation = map(generation_bytes(pages));
	/*
	 * Bookkeeping that is swapped would change what is measured, but is
	 * no error: without the right to lock memory the walk still checks.
	 */
	(void)mlock(pages->generation, generation_bytes(pages));
}

/**
 * pages_unmap() - Give the memory back.
 * @pages:	what pages_map() filled in
 */
void pages_unmap(struct pages *pages)
{
	munmap(pages->generation, generation_bytes(pages));
	munmap(pages->memory, pages->count * PAGE_BYTES);
}

/**
 * pages_write() - Write the next generation of a page, all of it.
 * @pages:	the mapping
 * @page:	number of the page
 */
void pages_write(struct pages *pages, size_t page)
{
	uint64_t *words = pages->memory + page * PAGE_WORDS;
	uint64_t first = stamp(page, ++pages->generation[page]);

	for (size_t i = 0; i < PAGE_WORDS; i++)
		words[i] = word(first, i);
	pages->written++;
}

/**
 * pages_check() - Check that a page holds its last generation.
 * @pages:	the mapping
 * @page:	number of the page; one that was written
 *
 * Names the page and exits with status 1 when it does not.
 */
void pages_check(struct pages *pages, size_t page)
{
	static const size_t places[] = { 0, PAGE_WORDS / 2, PAGE_WORDS - 1 };
	const volatile uint64_t *words = pages->memory + page * PAGE_WORDS;
	uint32_t generation = pages->generation[page];
	uint64_t first = stamp(page, generation);

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		uint64_t found = words[places[i]];
		uint64_t right = word(first, places[i]);

		if (found == right)
			continue;
		fprintf(stderr,
			"page %zu of %zu, word %zu, generation %" PRIu32
			": found %016" PRIx64 ", expected %016" PRIx64 "\n",
			page, pages->count, places[i], generation, found,
			right);
		exit(1);
	}
	pages->checked++;
}
