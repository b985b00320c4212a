// SPDX-License-Identifier: GPL-2.0
/*
 *		From the kernel's trace to a compact one
 *
 * Reads what the file "trace" of tracefs has after a run with the events
 * flashvm_fault, flashvm_io and flashvm_evict, of a FlashVM device that reads
 * nothing ahead (window, stride_blocks and eviction_window 0).
 *
 * A large folio leaves memory by its first slot; how many pages it has the write
 * before says. If it was split in between, its pages leave one by one as well,
 * which trace_complete() takes for slots that were freed and used again.
 *
 * What the program did between two faults is the time from the end of the first
 * one's read to the second. Threads are taken as one: their faults come in the
 * order of time.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"

#define AREAS	65536

struct conversion {
	struct trace *trace;
	char device[32];
	char *area[AREAS];	/* names of mappings; shared memory is "0" */
	uint32_t areas;
	uint16_t *pages;	/* by slot: of the last write there */
	uint32_t slots;
	uint64_t busy_ns;	/* until then the last fault waited */
	unsigned long other;	/* events of other devices */
};

/* The value of "key=" in a line, as text; false: there is none. */
static bool value_of(const char *line, const char *key, char *value, size_t size)
{
	const char *at = line;
	size_t length = strlen(key);

	while ((at = strstr(at, key))) {
		if (at != line && at[-1] == ' ' && at[length] == '=')
			break;
		at += length;
	}
	if (!at)
		return false;
	at += length + 1;
	length = strcspn(at, "\n ");
	if (length >= size)
		return false;
	memcpy(value, at, length);
	value[length] = '\0';
	return true;
}

static bool number_of(const char *line, const char *key, uint64_t *number)
{
	char value[32], *end;

	if (!value_of(line, key, value, sizeof(value)))
		return false;
	*number = strtoull(value, &end, 0);
	return end != value && !*end;
}

static bool area_of(struct conversion *c, const char *line, uint32_t *area)
{
	char name[32];

	if (!value_of(line, "vma", name, sizeof(name)))
		return false;
	/* The newest are asked first: programs stay where they are. */
	for (*area = c->areas; (*area)--; )
		if (!strcmp(c->area[*area], name))
			return true;
	if (c->areas == AREAS)
		return false;
	*area = c->areas;
	c->area[c->areas++] = strdup(name);
	return true;
}

static bool fault(struct conversion *c, const char *line, uint64_t now_ns,
		  uint64_t slot)
{
	struct event event = { .kind = TRACE_FAULT, .slot = slot };
	uint64_t address;

	if (!number_of(line, "address", &address) ||
	    !area_of(c, line, &event.area))
		return false;
	event.has_page = address;
	event.page = address >> 12;
	if (now_ns > c->busy_ns)
		event.think_ns = now_ns - c->busy_ns;
	c->busy_ns = now_ns;
	trace_add(c->trace, &event);
	return true;
}

/* The pages of a write, or, with 0, those of the last write; 0: no memory. */
static unsigned int pages_at(struct conversion *c, uint32_t slot,
			     unsigned int pages)
{
	uint16_t *larger;
	uint32_t slots;

	if (slot >= c->slots) {
		slots = 2 * slot + 1024;
		larger = realloc(c->pages, slots * sizeof(*larger));
		if (!larger)
			return 0;
		for (; c->slots < slots; c->slots++)
			larger[c->slots] = 1;
		c->pages = larger;
	}
	if (pages)
		c->pages[slot] = pages;
	return c->pages[slot];
}

static bool evict(struct conversion *c, uint32_t slot)
{
	struct event event = { .kind = TRACE_EVICT, .slot = slot };
	unsigned int pages = pages_at(c, slot, 0);

	for (unsigned int i = 0; i < pages; i++, event.slot++)
		trace_add(c->trace, &event);
	/* Large folios are written, and never read. */
	return pages && pages_at(c, slot, 1);
}

static bool io(struct conversion *c, const char *line, uint64_t now_ns,
	       uint32_t slot)
{
	uint64_t pages;
	char op[8];

	if (!value_of(line, "op", op, sizeof(op)) ||
	    !number_of(line, "pages", &pages) || !pages || pages > 512)
		return false;
	if (strcmp(op, "write")) {
		c->busy_ns = now_ns;
		return true;
	}
	return pages_at(c, slot, pages);
}

/* One line. Return: false if it is an event of ours that makes no sense. */
static bool take(struct conversion *c, const char *line)
{
	const char *name = strstr(line, ": flashvm_"), *stamp;
	uint64_t now_ns, slot;
	char device[32];
	double seconds;

	if (!name || *line == '#')
		return true;
	for (stamp = name; stamp > line && stamp[-1] != ' '; stamp--)
		;
	if (sscanf(stamp, "%lf:", &seconds) != 1)
		return false;
	now_ns = seconds * 1e9;
	if (!value_of(name, "dev", device, sizeof(device)) ||
	    !number_of(name, "slot", &slot) || slot >= TRACE_SLOTS - 512)
		return strncmp(name, ": flashvm_device", 16) == 0;
	if (!*c->device)
		memcpy(c->device, device, sizeof(device));
	if (strcmp(c->device, device)) {
		c->other++;
		return true;
	}
	if (!strncmp(name, ": flashvm_fault: ", 17))
		return fault(c, name, now_ns, slot);
	if (!strncmp(name, ": flashvm_evict: ", 17))
		return evict(c, slot);
	return strncmp(name, ": flashvm_io: ", 14) || io(c, name, now_ns, slot);
}

/**
 * convert() - Read a trace of the kernel.
 * @trace: empty; filled, and complete
 * @path: the file, text
 *
 * Return: false, after a message, if it cannot be read or nothing is in it.
 */
bool convert(struct trace *trace, const char *path)
{
	static struct conversion c;
	FILE *file = fopen(path, "r");
	unsigned long number = 0;
	bool sound = true;
	char line[1024];

	memset(&c, 0, sizeof(c));
	c.trace = trace;
	if (!file) {
		fprintf(stderr, "prefetchsim: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (sound && fgets(line, sizeof(line), file)) {
		number++;
		sound = take(&c, line);
		if (strstr(line, "LOST") && strstr(line, "EVENTS"))
			sound = false;
	}
	fclose(file);
	free(c.pages);
	for (uint32_t i = 0; i < c.areas; i++)
		free(c.area[i]);
	if (!sound)
		fprintf(stderr, "prefetchsim: %s:%lu: lost events, or no event of FlashVM\n",
			path, number);
	else if (!trace->nr)
		fprintf(stderr, "prefetchsim: %s: no event of FlashVM in it\n", path);
	if (c.other)
		fprintf(stderr, "prefetchsim: %s: %lu events of other devices than %s left out\n",
			path, c.other, c.device);
	if (!sound || !trace->nr) {
		trace_free(trace);
		return false;
	}
	trace_complete(trace);
	return true;
}
