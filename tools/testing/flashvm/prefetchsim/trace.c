// SPDX-License-Identifier: GPL-2.0
/*
 *		Compact traces
 *
 * A file is the line MAGIC and then, for each event, numbers in the variable
 * length of LEB128: "evicted" and "has a page" (bit 0 and 1) with the area above
 * them; the slot as the difference from the last slot; for a fault with a page
 * the difference from the last page of that area; for a fault what the program
 * did before it, in ns. Differences are zigzag, so that small ones of either sign
 * are short. A walk in order costs some 5 bytes a fault.
 *
 * The kernel sees a folio leave memory by its slot, and not whose it is: the
 * next fault on that slot says so. When the slot is left once more before
 * anybody touched it, its page was freed in between and was never on the device.
 * trace_complete() goes over a trace backwards for that.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define MAGIC	"flashvm prefetch trace 1\n"
#define AREAS	4096	/* more share their last pages: larger, not wrong */

/**
 * trace_add() - Append an event.
 * @trace: the trace; grows as needed, ends the program when it cannot
 * @event: copied
 */
void trace_add(struct trace *trace, const struct event *event)
{
	if (trace->nr == trace->room) {
		trace->room = trace->room ? 2 * trace->room : 4096;
		trace->event = realloc(trace->event,
				       trace->room * sizeof(*event));
		if (!trace->event) {
			fprintf(stderr, "prefetchsim: out of memory\n");
			exit(1);
		}
	}
	trace->event[trace->nr++] = *event;
}

/**
 * trace_free() - Free the events of a trace.
 * @trace: empty afterwards
 */
void trace_free(struct trace *trace)
{
	free(trace->event);
	memset(trace, 0, sizeof(*trace));
}

static void put(FILE *file, uint64_t value)
{
	while (value >= 0x80) {
		putc(value | 0x80, file);
		value >>= 7;
	}
	putc(value, file);
}

static void put_difference(FILE *file, uint64_t from, uint64_t to)
{
	uint64_t d = to - from;

	put(file, d << 1 ^ -(d >> 63));
}

static bool get(FILE *file, uint64_t *value)
{
	unsigned int shift;
	int c;

	*value = 0;
	for (shift = 0; shift < 64; shift += 7) {
		c = getc(file);
		if (c == EOF)
			return false;
		*value |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

static bool get_difference(FILE *file, uint64_t from, uint64_t *to)
{
	uint64_t d;

	if (!get(file, &d))
		return false;
	*to = from + ((d >> 1) ^ -(d & 1));
	return true;
}

/**
 * trace_write() - Write a trace into a file.
 * @trace: the trace
 * @path: the file; replaced
 *
 * Return: false, after a message, if it cannot be written.
 */
bool trace_write(const struct trace *trace, const char *path)
{
	static uint64_t last_page[AREAS];
	const struct event *event;
	uint64_t last_slot = 0;
	FILE *file = fopen(path, "wb");
	bool bad;

	memset(last_page, 0, sizeof(last_page));
	if (!file) {
		fprintf(stderr, "prefetchsim: %s: %s\n", path, strerror(errno));
		return false;
	}
	fputs(MAGIC, file);
	for (size_t i = 0; i < trace->nr; i++) {
		event = &trace->event[i];
		if (event->kind == TRACE_FAULT)
			put(file, (uint64_t)event->area << 2 |
				  event->has_page << 1);
		else	/* whose it was is found out again */
			put(file, 1);
		put_difference(file, last_slot, event->slot);
		last_slot = event->slot;
		if (event->kind != TRACE_FAULT)
			continue;
		if (event->has_page) {
			put_difference(file, last_page[event->area % AREAS],
				       event->page);
			last_page[event->area % AREAS] = event->page;
		}
		put(file, event->think_ns);
	}
	bad = ferror(file);
	if (fclose(file) || bad) {
		fprintf(stderr, "prefetchsim: %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

static bool read_event(FILE *file, struct event *event, uint64_t *last_slot,
		       uint64_t *last_page)
{
	uint64_t head;

	if (!get(file, &head) || head >> 2 > UINT32_MAX ||
	    !get_difference(file, *last_slot, last_slot) ||
	    *last_slot >= TRACE_SLOTS)
		return false;
	memset(event, 0, sizeof(*event));
	event->kind = head & 1 ? TRACE_EVICT : TRACE_FAULT;
	event->has_page = head >> 1 & 1;
	event->area = head >> 2;
	event->slot = *last_slot;
	if (event->kind == TRACE_EVICT)
		return !event->has_page;
	last_page += event->area % AREAS;
	if (event->has_page) {
		if (!get_difference(file, *last_page, last_page))
			return false;
		event->page = *last_page;
	}
	return get(file, &event->think_ns);
}

/**
 * trace_read() - Read a trace from a file, and complete it.
 * @trace: empty; filled
 * @path: the file
 *
 * Return: false, after a message, if it is no trace.
 */
bool trace_read(struct trace *trace, const char *path)
{
	static uint64_t last_page[AREAS];
	char magic[sizeof(MAGIC)] = "";
	uint64_t last_slot = 0;
	struct event event;
	FILE *file = fopen(path, "rb");
	int c;

	memset(last_page, 0, sizeof(last_page));
	if (!file) {
		fprintf(stderr, "prefetchsim: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (!fgets(magic, sizeof(magic), file) || strcmp(magic, MAGIC)) {
		fprintf(stderr, "prefetchsim: %s is no trace\n", path);
		fclose(file);
		return false;
	}
	while ((c = getc(file)) != EOF) {
		ungetc(c, file);
		if (!read_event(file, &event, &last_slot, last_page)) {
			fprintf(stderr, "prefetchsim: %s is cut off or broken after %zu events\n",
				path, trace->nr);
			fclose(file);
			trace_free(trace);
			return false;
		}
		trace_add(trace, &event);
	}
	fclose(file);
	trace_complete(trace);
	return true;
}

/**
 * trace_complete() - Find out whose the pages are that leave memory.
 * @trace: TRACE_EVICT without pages; those of pages that were freed are removed,
 *	the others get the page of the next fault on their slot, if there is one
 */
void trace_complete(struct trace *trace)
{
	struct event **next, *event;
	uint32_t slots = 0;
	size_t i, kept = 0;

	for (i = 0; i < trace->nr; i++)
		if (trace->event[i].slot >= slots)
			slots = trace->event[i].slot + 1;
	next = calloc(slots + 1, sizeof(*next));
	if (!next) {
		fprintf(stderr, "prefetchsim: out of memory\n");
		exit(1);
	}
	for (i = trace->nr; i--; ) {
		event = &trace->event[i];
		if (event->kind == TRACE_EVICT)
			event->area = TRACE_NOBODY;
		if (event->kind == TRACE_EVICT && next[event->slot]) {
			/* A fault in between would be next, and not that. */
			event->area = next[event->slot]->area;
			event->page = next[event->slot]->page;
			event->has_page = next[event->slot]->has_page;
			if (next[event->slot]->kind != TRACE_FAULT)
				event->kind = TRACE_FREED;
		}
		next[event->slot] = event;
	}
	free(next);
	for (i = 0; i < trace->nr; i++) {
		event = &trace->event[i];
		if (event->kind != TRACE_FREED)
			trace->event[kept++] = *event;
	}
	trace->nr = kept;
}
