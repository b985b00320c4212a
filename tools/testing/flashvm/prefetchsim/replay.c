// SPDX-License-Identifier: GPL-2.0
/*
 *		Replaying a trace under a predictor
 *
 * The trace was recorded without any reading ahead, so each of its faults is a
 * touch of a page that was not in memory. Here a page may have been read ahead by
 * then: its touch costs what is left of its way, or nothing. What the program does
 * between two faults, and which pages reclaim takes from it, is as recorded.
 *
 *	think          think            think
 *	------> demand ------> used     ------> late
 *	        |wait        ^ nothing          |rest|
 *	        '--- reads ahead ---'
 *
 * That leaves out that what is read ahead takes memory from what the program
 * has; instead there is a bound of pages that wait to be touched, of which the
 * oldest is dropped. So the replay tells predictors from each other, and not how
 * long a program takes: the benchmarks do that.
 *
 * The device: a read waits for its die (slot modulo dies), then for the link.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

/* The profile "nvme" of flashsim. */
const struct device replay_nvme = {
	.dies = 32, .read_ns = 63500, .link_ns = 1300,
};

/* As measured in the guest of the lab, 1 ns an instruction. */
const struct costs replay_costs = {
	.fault_ns = 7000, .used_ns = 3500, .issue_ns = 2500, .room = 1024,
};

/* Where the page of a slot is. */
enum place {
	NOWHERE,	/* no page, or in memory by itself */
	ON_DEVICE,
	AHEAD,		/* read ahead, and not touched yet */
};

struct slot {
	uint8_t place;
	bool has_page;
	uint32_t area;
	uint64_t page;
	uint64_t ready_ns;	/* AHEAD: when it is there */
	uint64_t order;		/* AHEAD: the how manieth it was */
};

/* From the pages of a mapping to their slots. */
struct bucket {
	uint64_t page;
	uint32_t area;
	uint32_t slot;		/* + 1; 0: free */
};

struct area {
	uint64_t first;
	uint64_t last;
	void *state;
};

struct replay {
	const struct predictor *predictor;
	const struct device *device;
	const struct costs *costs;
	struct figures *figures;
	struct slot *slot;
	uint32_t slots;
	struct area *area;
	uint32_t areas;
	struct bucket *bucket;
	size_t mask;
	uint64_t *die_free_ns;
	uint64_t link_free_ns;
	uint64_t now_ns;
	uint32_t *queue;	/* of slots read ahead, the oldest at tail */
	uint64_t head;
	uint64_t tail;
	unsigned int ahead;	/* not touched yet */
	bool late;		/* the page that is touched, see replay_late() */
};

static struct bucket *find(const struct replay *r, uint32_t area, uint64_t page)
{
	size_t i = (page * 0x9e3779b97f4a7c15ull ^ area * 0xff51afd7ed558ccdull) >> 17;

	for (i &= r->mask; r->bucket[i].slot; i = (i + 1) & r->mask)
		if (r->bucket[i].page == page && r->bucket[i].area == area)
			break;
	return &r->bucket[i];
}

/* The slot in which a page is, or was last; NULL: none. */
static struct slot *slot_of(const struct replay *r, uint32_t area, uint64_t page)
{
	struct bucket *bucket = find(r, area, page);
	struct slot *slot = bucket->slot ? &r->slot[bucket->slot - 1] : NULL;

	return slot && slot->has_page && slot->area == area &&
	       slot->page == page ? slot : NULL;
}

/**
 * replay_slots() - How many slots there are.
 * @r: the replay
 *
 * Return: one above the highest that the trace names.
 */
uint32_t replay_slots(const struct replay *r)
{
	return r->slots;
}

/**
 * replay_bounds() - The ends of a mapping.
 * @r: the replay
 * @area: its number
 * @first: its lowest page that the trace names
 * @last: its highest
 */
void replay_bounds(const struct replay *r, uint32_t area, uint64_t *first,
		   uint64_t *last)
{
	*first = r->area[area].first;
	*last = r->area[area].last;
}

/**
 * replay_has_slot() - Could a slot be read ahead?
 * @r: the replay
 * @slot: any number
 *
 * Return: true if its page is on the device, and not in memory.
 */
bool replay_has_slot(const struct replay *r, uint32_t slot)
{
	return slot < r->slots && r->slot[slot].place == ON_DEVICE;
}

/**
 * replay_has_page() - Could a page be read ahead?
 * @r: the replay
 * @area: its mapping
 * @page: any page
 *
 * Return: true if it is on the device, and not in memory.
 */
bool replay_has_page(const struct replay *r, uint32_t area, uint64_t page)
{
	struct slot *slot = slot_of(r, area, page);

	return slot && slot->place == ON_DEVICE;
}

/**
 * replay_alike() - Is a slot of the same kind as a fault?
 * @r: the replay
 * @slot: a slot that has a page
 * @event: the fault
 *
 * Return: true if both are of shared memory, or both not. Of a page that nobody
 * touches any more it is not known: true.
 */
bool replay_alike(const struct replay *r, uint32_t slot,
		  const struct event *event)
{
	return r->slot[slot].has_page == event->has_page ||
	       r->slot[slot].area == TRACE_NOBODY;
}

/**
 * replay_late() - Is the page that is touched still on its way?
 * @r: the replay, within struct predictor.used()
 *
 * Return: true if the program has to wait for it.
 */
bool replay_late(const struct replay *r)
{
	return r->late;
}

/* Submit a read now. Return: when it is done. */
static uint64_t submit(struct replay *r, uint32_t slot)
{
	uint64_t *die = &r->die_free_ns[slot % r->device->dies];
	uint64_t begin = *die > r->now_ns ? *die : r->now_ns;
	uint64_t end = begin + r->device->read_ns;

	*die = end;
	if (r->link_free_ns > end)
		end = r->link_free_ns;
	end += r->device->link_ns;
	r->link_free_ns = end;
	return end;
}

/* The ring is full, of touched ones and of others. */
static void drop_oldest(struct replay *r)
{
	struct slot *slot = &r->slot[r->queue[r->tail % r->costs->room]];

	if (slot->place == AHEAD && slot->order == r->tail) {
		slot->place = ON_DEVICE;
		r->figures->wasted++;
		r->ahead--;
	}
	r->tail++;
}

/**
 * replay_read_slot() - Read a slot ahead.
 * @r: the replay
 * @number: any number
 *
 * Return: false if there is nothing to read.
 */
bool replay_read_slot(struct replay *r, uint32_t number)
{
	struct slot *slot = &r->slot[number];

	if (!replay_has_slot(r, number))
		return false;
	if (r->head - r->tail == r->costs->room)
		drop_oldest(r);
	r->now_ns += r->costs->issue_ns;
	slot->place = AHEAD;
	slot->ready_ns = submit(r, number);
	slot->order = r->head;
	r->queue[r->head++ % r->costs->room] = number;
	r->ahead++;
	r->figures->issued++;
	return true;
}

/**
 * replay_read_page() - Read a page ahead.
 * @r: the replay
 * @area: its mapping
 * @page: any page
 *
 * Return: false if there is nothing to read.
 */
bool replay_read_page(struct replay *r, uint32_t area, uint64_t page)
{
	struct slot *slot = slot_of(r, area, page);

	return slot && replay_read_slot(r, slot - r->slot);
}

static void *state_of(struct replay *r, const struct event *event)
{
	struct area *area = &r->area[r->predictor->shared ? 0 : event->area];
	void *state = area->state;

	if (state)
		return state;
	state = calloc(1, r->predictor->size + 1);
	if (!state) {
		fprintf(stderr, "prefetchsim: out of memory\n");
		exit(1);
	}
	area->state = state;
	return state;
}

static void wait_until(struct replay *r, uint64_t ready_ns)
{
	if (ready_ns <= r->now_ns)
		return;
	r->figures->stall_ns += ready_ns - r->now_ns;
	r->now_ns = ready_ns;
}

static void demand(struct replay *r, const struct event *event)
{
	uint64_t ready_ns = 0;

	r->now_ns += r->costs->fault_ns;
	r->figures->demanded++;
	if (!r->predictor->demand_last)
		ready_ns = submit(r, event->slot);
	if (r->predictor->fault)
		r->predictor->fault(state_of(r, event), r, event);
	if (r->predictor->demand_last)
		ready_ns = submit(r, event->slot);
	wait_until(r, ready_ns);
}

static void touch(struct replay *r, const struct event *event)
{
	struct slot *slot = &r->slot[event->slot];
	uint8_t place = slot->place;

	r->now_ns += event->think_ns;
	r->figures->touches++;
	/* It is in memory from here on, whoever brings it. */
	slot->place = NOWHERE;
	if (place != AHEAD) {
		demand(r, event);
		return;
	}
	r->ahead--;
	r->now_ns += r->costs->used_ns;
	r->figures->used++;
	r->late = slot->ready_ns > r->now_ns;
	r->figures->late += r->late;
	if (r->predictor->used)
		r->predictor->used(state_of(r, event), r, event);
	wait_until(r, slot->ready_ns);
}

static void evict(struct replay *r, const struct event *event)
{
	struct slot *slot = &r->slot[event->slot];
	struct bucket *bucket;

	slot->place = ON_DEVICE;
	slot->has_page = event->has_page;
	slot->area = event->area;
	slot->page = event->page;
	if (!event->has_page)
		return;
	bucket = find(r, event->area, event->page);
	bucket->area = event->area;
	bucket->page = event->page;
	bucket->slot = event->slot + 1;
}

static bool set_up(struct replay *r, const struct trace *trace)
{
	const struct event *event;
	struct area *area;
	size_t i;

	for (i = 0; i < trace->nr; i++) {
		event = &trace->event[i];
		if (event->slot >= r->slots)
			r->slots = event->slot + 1;
		if (event->area != TRACE_NOBODY && event->area >= r->areas)
			r->areas = event->area + 1;
	}
	for (r->mask = 1024; r->mask < 3 * trace->nr; r->mask *= 2)
		;
	r->slot = calloc(r->slots + 1, sizeof(*r->slot));
	r->area = calloc(r->areas + 1, sizeof(*r->area));
	r->bucket = calloc(r->mask, sizeof(*r->bucket));
	r->mask--;
	r->die_free_ns = calloc(r->device->dies, sizeof(*r->die_free_ns));
	r->queue = calloc(r->costs->room, sizeof(*r->queue));
	if (!r->slot || !r->area || !r->bucket || !r->die_free_ns || !r->queue)
		return false;
	for (i = 0; i < r->areas; i++)
		r->area[i].first = UINT64_MAX;
	for (i = 0; i < trace->nr; i++) {
		event = &trace->event[i];
		if (!event->has_page)
			continue;
		area = &r->area[event->area];
		if (event->page < area->first)
			area->first = event->page;
		if (event->page > area->last)
			area->last = event->page;
	}
	return true;
}

static void tear_down(struct replay *r)
{
	for (uint32_t i = 0; r->area && i < r->areas; i++)
		free(r->area[i].state);
	free(r->slot);
	free(r->area);
	free(r->bucket);
	free(r->die_free_ns);
	free(r->queue);
}

/**
 * replay() - Go through a trace.
 * @trace: complete
 * @predictor: who reads ahead
 * @device: what a read costs
 * @costs: what the rest costs
 * @figures: filled
 *
 * Return: false, after a message, if there is no memory.
 */
bool replay(const struct trace *trace, const struct predictor *predictor,
	    const struct device *device, const struct costs *costs,
	    struct figures *figures)
{
	struct replay r = {
		.predictor = predictor, .device = device, .costs = costs,
		.figures = figures,
	};

	memset(figures, 0, sizeof(*figures));
	if (!set_up(&r, trace)) {
		fprintf(stderr, "prefetchsim: out of memory\n");
		tear_down(&r);
		return false;
	}
	for (size_t i = 0; i < trace->nr; i++) {
		if (trace->event[i].kind == TRACE_FAULT)
			touch(&r, &trace->event[i]);
		else
			evict(&r, &trace->event[i]);
	}
	figures->wasted += r.ahead;
	figures->run_ns = r.now_ns;
	tear_down(&r);
	return true;
}
