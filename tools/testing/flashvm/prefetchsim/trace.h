/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traces of a program whose memory is swapped: compact, one file a program.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _PREFETCHSIM_TRACE_H
#define _PREFETCHSIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum event_kind - What happened.
 * @TRACE_FAULT: a page that was on the device was touched; it is in memory now
 * @TRACE_EVICT: a page left memory, and the device has it
 * @TRACE_FREED: a page left memory for good; in no trace that is complete
 */
enum event_kind {
	TRACE_FAULT,
	TRACE_EVICT,
	TRACE_FREED,
};

/* The mapping of a page that nobody touches any more. */
#define TRACE_NOBODY	UINT32_MAX
/* Slots are below; 1 TB of them. */
#define TRACE_SLOTS	268435456u

/**
 * struct event - A step of the program, or of reclaim.
 * @kind: what happened
 * @area: number of the mapping, counted from 0
 * @has_page: @page is known; not so for shared memory, nor for a page of
 *	TRACE_EVICT that nobody touches any more
 * @page: virtual page number
 * @slot: where it is on the device
 * @think_ns: TRACE_FAULT: what the program did since its last fault had its
 *	page, in ns
 */
struct event {
	uint8_t kind;
	bool has_page;
	uint32_t area;
	uint64_t page;
	uint32_t slot;
	uint64_t think_ns;
};

/**
 * struct trace - A trace in memory.
 * @event: the events, in order
 * @nr: number of them
 * @room: number of them that there is memory for
 */
struct trace {
	struct event *event;
	size_t nr;
	size_t room;
};

void trace_add(struct trace *trace, const struct event *event);
bool trace_read(struct trace *trace, const char *path);
bool trace_write(const struct trace *trace, const char *path);
void trace_complete(struct trace *trace);
void trace_free(struct trace *trace);

#endif /* _PREFETCHSIM_TRACE_H */
