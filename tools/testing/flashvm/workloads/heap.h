/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A heap of small objects from which nothing is freed by hand.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLAB_BYTES	16384UL		/* objects of one kind */
#define HEAP_KINDS	8		/* numbered from 1 */

/**
 * struct object - The begin of everything in a heap.
 * @magic:	says that it is an object
 * @kind:	what it is; 0: free
 * @words:	its size in words of 8 bytes, without this structure
 * @mark:	number of the last collection that reached it
 * @sum:	checksum of @kind, @words and what follows
 */
struct object {
	uint32_t magic;
	uint8_t kind;
	uint8_t words;
	uint16_t mark;
	uint64_t sum;
};

/**
 * struct heap - A heap.
 * @memory:	of @slabs * SLAB_BYTES
 * @slabs:	how many it has
 * @used:	slabs that have ever been used
 * @kinds:	kind of the objects of each slab, 0: of none
 * @sizes:	of the objects of each kind, in bytes; multiples of 8
 * @free:	free objects of each kind
 * @mark:	number of the last collection
 * @roots:	calls heap_mark() for all objects that are in use
 * @collections: how many there were
 * @marked:	objects in use, the sum of all collections
 * @swept:	objects that were freed
 */
struct heap {
	char *memory;
	size_t slabs;
	size_t used;
	uint8_t *kinds;
	const size_t *sizes;
	struct free_object *free[HEAP_KINDS];
	uint16_t mark;
	void (*roots)(struct heap *heap);
	uint64_t collections;
	uint64_t marked;
	uint64_t swept;
};

/* All of these end the program when something is wrong. */
void heap_init(struct heap *heap, void *memory, size_t bytes,
	       const size_t *sizes, void (*roots)(struct heap *heap));
void heap_exit(struct heap *heap);
void *heap_alloc(struct heap *heap, unsigned int kind);
bool heap_mark(struct heap *heap, void *what, unsigned int kind);

void object_seal(void *what);
void object_check(const void *what, unsigned int kind);
void object_glance(const void *what, unsigned int kind);
void __attribute__((noreturn)) damaged(const char *what, const void *where);

#endif /* HEAP_H */
