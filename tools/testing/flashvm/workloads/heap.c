// SPDX-License-Identifier: GPL-2.0
/*
 * A heap of small objects from which nothing is freed by hand.
 *
 * It consists of slabs of objects of one kind. When no slab and no object is
 * left, the owner marks all that can be reached, the rest is free again, and the
 * program goes on: mark and sweep, as Java's first collectors did it. Objects do
 * not move. Whatever order a program touches its objects in, the collector
 * touches all of them, in the order of pointers, and then from the last slab to
 * the first; this is why a collected heap that is larger than memory pages so
 * badly.
 *
 * An object has a magic number and a checksum of all that it holds; the owner
 * computes it after each change and has it checked before it believes the
 * object. The collector checks each object that it marks. A page that comes
 * back wrong is found by the first of them.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#define MAGIC		0x0b1ec7edu

struct free_object {
	struct object object;
	struct free_object *next;
};

/**
 * damaged() - Say that memory does not hold what was written, and exit.
 * @what:	how it shows
 * @where:	address of the object, or NULL
 */
void __attribute__((noreturn)) damaged(const char *what, const void *where)
{
	fprintf(stderr, "damaged memory: %s (%p)\n", what, where);
	exit(1);
}

static uint64_t sum(const struct object *object)
{
	const uint64_t *word = (const uint64_t *)(object + 1);
	uint64_t sum = object->kind << 8 | object->words;

	for (unsigned int i = 0; i < object->words; i++)
		sum = (sum ^ word[i]) * 0x9e3779b97f4a7c15;
	return sum;
}

/**
 * object_seal() - Compute an object's checksum; after each change of it.
 * @what:	the object
 */
void object_seal(void *what)
{
	struct object *object = what;

	object->sum = sum(object);
}

/**
 * object_glance() - Check no more than what kind of object it is.
 * @what:	the object
 * @kind:	what it should be
 */
void object_glance(const void *what, unsigned int kind)
{
	const struct object *object = what;

	if (object->magic != MAGIC || object->kind != kind)
		damaged("not the object that it should be", object);
}

/**
 * object_check() - Check all of an object.
 * @what:	the object
 * @kind:	what it should be
 */
void object_check(const void *what, unsigned int kind)
{
	const struct object *object = what;

	object_glance(object, kind);
	if (object->sum != sum(object))
		damaged("an object with a wrong checksum", object);
}

/**
 * heap_init() - Begin a heap; no page of it is touched yet.
 * @heap:	filled in
 * @memory:	where its objects will be
 * @bytes:	size of @memory; the incomplete slab at its end is left out
 * @sizes:	of the objects of each kind, 0 of kinds that are not used
 * @roots:	calls heap_mark() for all objects that are in use
 */
void heap_init(struct heap *heap, void *memory, size_t bytes,
	       const size_t *sizes, void (*roots)(struct heap *heap))
{
	*heap = (struct heap){
		.memory = memory,
		.slabs = bytes / SLAB_BYTES,
		.kinds = calloc(bytes / SLAB_BYTES + 1, 1),
		.sizes = sizes,
		.roots = roots,
	};
	if (!heap->kinds) {
		perror("heap");
		exit(2);
	}
}

/**
 * heap_exit() - End a heap; its memory is the owner's again.
 * @heap:	what heap_init() filled in
 */
void heap_exit(struct heap *heap)
{
	free(heap->kinds);
}

static void *object_at(const struct heap *heap, size_t slab, size_t index)
{
	return heap->memory + slab * SLAB_BYTES +
	       index * heap->sizes[heap->kinds[slab]];
}

static size_t objects_of(const struct heap *heap, size_t slab)
{
	return SLAB_BYTES / heap->sizes[heap->kinds[slab]];
}

static void release(struct heap *heap, unsigned int kind, void *what)
{
	struct free_object *object = what;

	object->object.magic = MAGIC;
	object->object.kind = 0;
	object->next = heap->free[kind];
	heap->free[kind] = object;
}

/**
 * heap_mark() - Say that an object is in use; it is checked.
 * @heap:	where it is
 * @what:	the object
 * @kind:	what it should be
 *
 * Context: called from heap->roots only.
 *
 * Return: true, or false if it has been marked before.
 */
bool heap_mark(struct heap *heap, void *what, unsigned int kind)
{
	struct object *object = what;

	object_check(object, kind);
	if (object->mark == heap->mark)
		return false;
	object->mark = heap->mark;
	heap->marked++;
	return true;
}

/* The number of marked objects of a slab; the others become free. */
static size_t sweep_slab(struct heap *heap, size_t slab)
{
	size_t alive = 0;

	for (size_t i = objects_of(heap, slab); i--;) {
		const struct object *object = object_at(heap, slab, i);

		if (object->kind && object->mark == heap->mark) {
			alive++;
			continue;
		}
		heap->swept += object->kind != 0;
		release(heap, heap->kinds[slab], object_at(heap, slab, i));
	}
	return alive;
}

/*
 * From the last slab to the first, so that the first is filled first. Objects
 * of a slab without life are taken off the list again: it may change its kind.
 */
static void sweep(struct heap *heap)
{
	memset(heap->free, 0, sizeof(heap->free));
	for (size_t slab = heap->used; slab--;) {
		unsigned int kind = heap->kinds[slab];
		struct free_object *list = heap->free[kind];

		if (!kind || sweep_slab(heap, slab))
			continue;
		heap->kinds[slab] = 0;
		heap->free[kind] = list;
	}
}

/* A slab of no kind, or the number of slabs. */
static size_t empty_slab(struct heap *heap)
{
	if (heap->used < heap->slabs)
		return heap->used++;
	for (size_t slab = 0; slab < heap->slabs; slab++)
		if (!heap->kinds[slab])
			return slab;
	return heap->slabs;
}

static void refill(struct heap *heap, unsigned int kind)
{
	size_t slab = empty_slab(heap);

	if (slab == heap->slabs) {
		heap->mark++;
		heap->roots(heap);
		sweep(heap);
		heap->collections++;
		if (heap->free[kind])
			return;
		slab = empty_slab(heap);
	}
	if (slab == heap->slabs) {
		fputs("heap: too small for what is in use\n", stderr);
		exit(2);
	}
	heap->kinds[slab] = kind;
	for (size_t i = objects_of(heap, slab); i--;)
		release(heap, kind, object_at(heap, slab, i));
}

/**
 * heap_alloc() - Make an object.
 * @heap:	where
 * @kind:	of what kind
 *
 * May collect: what nothing but a local variable points to is lost then.
 *
 * Return: the object; zeroes, with a valid checksum.
 */
void *heap_alloc(struct heap *heap, unsigned int kind)
{
	struct free_object *object;

	if (!heap->free[kind])
		refill(heap, kind);
	object = heap->free[kind];
	object_glance(object, 0);
	heap->free[kind] = object->next;

	memset(object, 0, heap->sizes[kind]);
	object->object.magic = MAGIC;
	object->object.kind = kind;
	object->object.words = (heap->sizes[kind] - sizeof(struct object)) / 8;
	object->object.mark = heap->mark;
	object_seal(object);
	return object;
}
