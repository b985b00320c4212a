// SPDX-License-Identifier: GPL-2.0
/*
 *		Traces of programs that nobody has run
 *
 * A program fills its memory from the first page to the last, and touches it
 * pass by pass in the order of a pattern. It has half of the memory that it wants,
 * and reclaim takes what was touched longest ago: so each touch is a fault, and
 * evicts the page that was touched half of the memory before.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

#define FIRST_PAGE	0x7f0000000ull

const char *const generate_patterns =
	"sequential, reverse, stride:N, interleaved:N, shuffle, random";

/* Numbers without an order, the same in each run (xorshift64*). */
static uint64_t number(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull >> 16;
}

/* The pages of a pass, in order. */
static bool order(uint64_t *at, const char *pattern, uint64_t pages,
		  uint64_t *seed)
{
	uint64_t i, n = 0, from, other, swapped;
	int64_t step;

	if (!strcmp(pattern, "sequential") || !strcmp(pattern, "shuffle")) {
		for (i = 0; i < pages; i++)
			at[i] = i;
	} else if (!strcmp(pattern, "reverse")) {
		for (i = 0; i < pages; i++)
			at[i] = pages - 1 - i;
	} else if (!strcmp(pattern, "random")) {
		for (i = 0; i < pages; i++)
			at[i] = number(seed) % pages;
	} else if (!strncmp(pattern, "stride:", 7)) {
		step = atoll(pattern + 7);
		if (!step || (uint64_t)llabs(step) >= pages)
			return false;
		for (from = 0; from < (uint64_t)llabs(step); from++)
			for (i = from; i < pages; i += llabs(step))
				at[n++] = step > 0 ? i : pages - 1 - i;
	} else if (!strncmp(pattern, "interleaved:", 12)) {
		step = atoll(pattern + 12);
		if (step < 1 || (uint64_t)step >= pages)
			return false;
		for (i = 0; i < pages / step; i++)
			for (from = 0; from < (uint64_t)step; from++)
				at[n++] = from * (pages / step) + i;
		for (; n < pages; n++)
			at[n] = n;
	} else {
		return false;
	}
	/* Fisher and Yates: the same order in each pass. */
	for (i = pages - 1; !strcmp(pattern, "shuffle") && i; i--) {
		other = number(seed) % (i + 1);
		swapped = at[i];
		at[i] = at[other];
		at[other] = swapped;
	}
	return true;
}

/*
 * What is in memory, in the order of the last touch: a ring of pages, of which
 * those that were touched again since are out of date.
 */
struct memory {
	uint64_t *page;
	uint64_t *stamp;	/* of the last touch of each page */
	uint64_t head;
	uint64_t tail;
	uint64_t in_memory;
	uint64_t size;
	bool *present;
	uint32_t *slot;
	uint32_t next_slot;
};

static void evict(struct memory *m, struct trace *trace)
{
	struct event event = { .kind = TRACE_EVICT };
	uint64_t page;

	for (;; m->tail++) {
		page = m->page[m->tail];
		if (m->present[page] && m->stamp[page] == m->tail)
			break;
	}
	m->tail++;
	m->present[page] = false;
	m->in_memory--;
	/* A slot is kept while its page is clean, and these are only read. */
	if (!m->slot[page])
		m->slot[page] = ++m->next_slot;
	event.slot = m->slot[page];
	trace_add(trace, &event);
}

static void touch(struct memory *m, struct trace *trace, uint64_t page,
		  uint64_t *think_ns, uint64_t each_ns)
{
	struct event event = {
		.kind = TRACE_FAULT, .has_page = true,
		.page = FIRST_PAGE + page, .slot = m->slot[page],
	};

	*think_ns += each_ns;
	m->page[m->head] = page;
	m->stamp[page] = m->head++;
	if (m->present[page])
		return;
	if (m->in_memory == m->size)
		evict(m, trace);
	m->present[page] = true;
	m->in_memory++;
	if (!m->slot[page])
		return;
	event.think_ns = *think_ns;
	*think_ns = 0;
	trace_add(trace, &event);
}

/**
 * generate() - Make a trace.
 * @trace: empty; filled, and complete
 * @pattern: see generate_patterns
 * @pages: of the program; at least 16
 * @passes: over all of its pages, after they were filled; at least 1
 * @think_ns: between two touches
 *
 * Return: false if there is no such pattern, or no memory.
 */
bool generate(struct trace *trace, const char *pattern, uint64_t pages,
	      unsigned int passes, uint64_t think_ns)
{
	uint64_t seed = 88172645463325252ull, first = seed, think = 0, i;
	uint64_t touches = pages * ((uint64_t)passes + 1);
	uint64_t *at = calloc(pages, sizeof(*at));
	struct memory m = {
		.page = calloc(touches, sizeof(*m.page)),
		.stamp = calloc(pages, sizeof(*m.stamp)),
		.present = calloc(pages, sizeof(*m.present)),
		.slot = calloc(pages, sizeof(*m.slot)),
		.size = pages / 2,
	};
	bool done = at && m.page && m.stamp && m.present && m.slot;

	for (i = 0; done && i < pages; i++)
		touch(&m, trace, i, &think, think_ns);
	for (unsigned int pass = 0; done && pass < passes; pass++) {
		/* Random is new in each pass, shuffle is not. */
		if (!strcmp(pattern, "shuffle"))
			seed = first;
		done = order(at, pattern, pages, &seed);
		for (i = 0; done && i < pages; i++)
			touch(&m, trace, at[i], &think, think_ns);
	}
	free(at);
	free(m.page);
	free(m.stamp);
	free(m.present);
	free(m.slot);
	if (done)
		trace_complete(trace);
	else
		trace_free(trace);
	return done;
}
