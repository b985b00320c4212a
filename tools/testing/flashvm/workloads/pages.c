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
 * On request a share of what is written is pages of zeros, which swap may treat
 * in a way of its own. Which ones follows from number and generation, too: a page
 * is zero once and something else the next time.
 *
 * On request a page holds the number of another page. It is added to a word that
 * the check does not read, so that what is not such a page gives a number
 * that is far too large.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pages.h"

/* The word that the number of another page is added to. */
#define LINK_WORD	1

/**
 * struct content - What a page holds: first, first + step, first + 2 step ...
 * @first:	the first word
 * @step:	odd, so that no two words are the same; 0 in a page of zeros
 */
struct content {
	uint64_t first;
	uint64_t step;
};

static const size_t checked_words[] = { 0, PAGE_WORDS / 2, PAGE_WORDS - 1 };

static inline struct content content(const struct pages *pages, size_t page)
{
	uint64_t stamp = mix64((uint64_t)pages->generation[page] << 40 ^
			       (pages->first + page));

	if (pages->zero && stamp % 100 < pages->zero)
		return (struct content){ };
	return (struct content){ stamp, 0xd1342543de82ef95 };
}

static inline uint64_t word(struct content content, size_t index)
{
	return content.first + index * content.step;
}

static void *map(size_t bytes, bool shared)
{
	int flags = MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE);
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

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
 * pages_bookkeeping() - Get memory that is not part of what is measured.
 * @bytes:	how much
 * @shared:	stay one and the same in forked children
 *
 * Bookkeeping that is swapped would change what is measured, but is no error:
 * without the right to lock memory the programs still check.
 *
 * Return: memory of zeros, locked if possible.
 */
void *pages_bookkeeping(size_t bytes, bool shared)
{
	void *memory = map(bytes, shared);

	(void)mlock(memory, bytes);
	return memory;
}

/**
 * pages_map() - Map anonymous memory; no page of it is written yet.
 * @pages:	filled in
 * @bytes:	size; the incomplete page at its end is left out
 * @shared:	shared with forked children (shmem) instead of copied on write
 */
void pages_map(struct pages *pages, size_t bytes, bool shared)
{
	*pages = (struct pages){
		.count = bytes / PAGE_BYTES,
		.shared = shared,
	};
	pages->memory = map(pages->count * PAGE_BYTES, shared);
	pages->generation = pages_bookkeeping(generation_bytes(pages), shared);
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
 * pages_part() - One of several equal parts of a mapping, with own counters.
 * @part:	filled in; its pages are numbered from 0
 * @pages:	the mapping
 * @index:	which part, from 0
 * @parts:	how many there are; the first ones may have a page more
 */
void pages_part(struct pages *part, const struct pages *pages, size_t index,
		size_t parts)
{
	size_t longer = pages->count % parts;
	size_t first = pages->count / parts * index +
		       (index < longer ? index : longer);

	*part = *pages;
	part->memory += first * PAGE_WORDS;
	part->generation += first;
	part->first += first;
	part->count = pages->count / parts + (index < longer);
	part->written = 0;
	part->rewritten = 0;
	part->checked = 0;
}

/**
 * pages_lock() - Lock the bookkeeping again: a fork undoes it in the child.
 * @pages:	the mapping, or a part of it
 */
void pages_lock(const struct pages *pages)
{
	(void)mlock(pages->generation,
		    pages->count * sizeof(*pages->generation));
}

/*
 * Each word is written once, and right: others may read the page meanwhile
 * when it is written with what it held.
 */
static inline void fill(struct pages *pages, size_t page, size_t next)
{
	uint64_t *words = pages->memory + page * PAGE_WORDS;
	struct content new = content(pages, page);

	words[0] = word(new, 0);
	words[LINK_WORD] = word(new, LINK_WORD) + next;
	for (size_t i = LINK_WORD + 1; i < PAGE_WORDS; i++)
		words[i] = word(new, i);
}

/**
 * pages_write() - Write the next generation of a page, all of it.
 * @pages:	the mapping
 * @page:	number of the page
 *
 * The number of another page that it holds stays.
 */
void pages_write(struct pages *pages, size_t page)
{
	size_t next = pages->linked ? pages_next(pages, page) : 0;

	pages->generation[page]++;
	fill(pages, page, next);
	pages->written++;
}

/**
 * pages_rewrite() - Write all of a page with what it held already.
 * @pages:	the mapping
 * @page:	number of the page; one that was written
 */
void pages_rewrite(struct pages *pages, size_t page)
{
	fill(pages, page, pages->linked ? pages_next(pages, page) : 0);
	pages->rewritten++;
}

/**
 * pages_link() - Write the next generation of a page with another's number.
 * @pages:	the mapping, without pages of zeros
 * @page:	number of the page
 * @next:	what pages_next() will find in it
 */
void pages_link(struct pages *pages, size_t page, size_t next)
{
	pages->linked = true;
	pages->generation[page]++;
	fill(pages, page, next);
	pages->written++;
}

/* Another thread may be here as well: exit() is for one. */
static void __attribute__((noreturn)) wrong(const struct pages *pages,
					    size_t page, size_t index,
					    uint64_t found, uint64_t right)
{
	size_t first = pages->first;

	fprintf(stderr,
		"page %zu of %zu to %zu, word %zu, generation %" PRIu32
		": found %016" PRIx64 ", expected %016" PRIx64 "\n",
		first + page, first, first + pages->count - 1, index,
		pages->generation[page], found, right);
	_exit(1);
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
	const volatile uint64_t *words = pages->memory + page * PAGE_WORDS;
	struct content last = content(pages, page);

	for (size_t i = 0; i < sizeof(checked_words) / sizeof(size_t); i++) {
		size_t index = checked_words[i];
		uint64_t found = words[index];
		uint64_t right = word(last, index);

		if (found != right)
			wrong(pages, page, index, found, right);
	}
	pages->checked++;
}

/**
 * pages_check_freed() - Check that nothing is left of a page that was freed.
 * @pages:	the mapping
 * @page:	number of the page; not written since
 * @lazily:	with MADV_FREE: it may go on holding its last generation, and
 *		lose it while it is read
 *
 * Names the page and exits with status 1 when it holds something else.
 */
void pages_check_freed(struct pages *pages, size_t page, bool lazily)
{
	const volatile uint64_t *words = pages->memory + page * PAGE_WORDS;
	struct content last = content(pages, page);

	for (size_t i = 0; i < sizeof(checked_words) / sizeof(size_t); i++) {
		size_t index = checked_words[i];
		uint64_t found = words[index];

		if (found && !(lazily && found == word(last, index)))
			wrong(pages, page, index, found, 0);
	}
	pages->checked++;
}

/**
 * pages_next() - Read the number that pages_link() wrote to a page.
 * @pages:	the mapping
 * @page:	number of the page
 *
 * Names the page and exits with status 1 when what it holds is no such number.
 *
 * Return: number of another page of @pages.
 */
size_t pages_next(const struct pages *pages, size_t page)
{
	const volatile uint64_t *words = pages->memory + page * PAGE_WORDS;
	uint64_t base = word(content(pages, page), LINK_WORD);
	uint64_t found = words[LINK_WORD];

	if (found - base >= pages->count)
		wrong(pages, page, LINK_WORD, found, base);
	return found - base;
}
