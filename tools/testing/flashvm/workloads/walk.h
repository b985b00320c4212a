/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the program walk know of each other.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pages.h"
#include "patterns.h"
#include "walk-latency.h"

/* Threads have a stack each, children have counters in locked memory. */
#define THREADS_MAX	256
#define CHILDREN_MAX	256

/**
 * struct options - What the user asked for.
 * @pattern:	order of the touches, with its number
 * @size:	memory in bytes
 * @passes:	passes over it
 * @touches:	touches in a pass, all threads together; 0: a page each
 * @write:	percent of the touches that write something new
 * @rewrite:	percent of the touches that write what is there
 * @zero:	percent of what is written that is pages of zeros
 * @seed:	of everything that is random
 * @threads:	that share the memory between them
 * @children:	that walk after the fork; 0: the program itself does
 * @at_once:	children run side by side
 * @shmem:	memory is shared and not private
 * @huge:	"always", "never", or NULL: as the system is set up
 * @latency:	time each touch
 */
struct options {
	const char *pattern;
	uint64_t size;
	uint64_t passes;
	uint64_t touches;
	unsigned int write;
	unsigned int rewrite;
	unsigned int zero;
	uint64_t seed;
	unsigned int threads;
	unsigned int children;
	bool at_once;
	bool shmem;
	const char *huge;
	bool latency;
};

/**
 * struct tally - What came of walks.
 * @written:	pages written
 * @rewritten:	pages written with what they held
 * @checked:	pages checked
 * @phase_ns:	time in each phase, added up over passes, threads and children
 * @latency:	slow touches
 */
struct tally {
	uint64_t written;
	uint64_t rewritten;
	uint64_t checked;
	uint64_t phase_ns[PHASES_MAX];
	struct latency latency;
};

/**
 * struct walk - The walk of one thread.
 * @pages:	its part of the memory
 * @phases:	number of @walkers, one except for the pattern phases
 * @walkers:	one a phase
 * @names:	pattern of each phase
 * @passes:	passes to walk
 * @first_pass:	number of the first
 * @touches:	touches in a phase
 * @write:	percent of the touches that write something new
 * @rewrite:	percent of the touches that write what is there
 * @state:	of the random numbers that choose what is written
 * @latency:	where slow touches are counted, or NULL
 * @phase_ns:	time in each phase
 */
struct walk {
	struct pages pages;
	size_t phases;
	struct walker walkers[PHASES_MAX];
	const char *names[PHASES_MAX];
	uint64_t passes;
	uint64_t first_pass;
	uint64_t touches;
	unsigned int write;
	unsigned int rewrite;
	uint64_t state;
	struct latency *latency;
	uint64_t phase_ns[PHASES_MAX];
};

void options_parse(struct options *options, int argc, char **argv);

/* Returns NULL, or what is wrong with the pattern. */
const char *walk_init(struct walk *walk, const struct pages *pages,
		      unsigned int thread, const struct options *options);
void walk_fill(struct walk *walk);
void walk_skip(struct walk *walk, uint64_t passes);
void walk_run(struct walk *walk);
void walk_check(struct walk *walk);
void walk_tally(struct walk *walk, struct tally *tally);

/* Returns the status that the program is to end with. */
int shapes_run(struct walk *walks, const struct options *options,
	       struct tally *tally);

#endif /* WALK_H */
