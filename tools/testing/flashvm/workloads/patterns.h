/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orders in which a program may touch its pages.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef PATTERNS_H
#define PATTERNS_H

#include <stddef.h>
#include <stdint.h>

/* A walk has at most so many phases. */
#define PHASES_MAX	8

struct pattern;

/**
 * struct walker - Where a walk is.
 * @pattern:	the order
 * @pages:	number of pages
 * @argument:	number after the colon of the pattern's name, or its default
 * @seed:	of everything that is random
 * @pass:	passes done; a random order is another one in each pass
 * @step:	touches done in this pass
 * @state:	of the random numbers
 * @found:	what stood in the page touched last, when the order is in the
 *		pages; whoever touches them sets it
 * @zipf:	constants of the zipf pattern
 * @tiles:	pages of the tiles pattern, less its incomplete last row
 */
struct walker {
	const struct pattern *pattern;
	size_t pages;
	double argument;
	uint64_t seed;
	uint64_t pass;
	uint64_t step;
	uint64_t state;
	size_t found;
	struct {
		double zeta, alpha, eta, second;
	} zipf;
	struct {
		size_t rows, columns;
	} tiles;
};

/**
 * struct pattern - One order.
 * @name:	what the user calls it
 * @argument:	name of the number after the colon, or NULL
 * @value:	its default
 * @help:	one line
 * @start:	called once, or NULL; returns NULL, or what is wrong
 * @next:	the page to touch next; @walker->step counts from 0 in each
 *		pass and may be larger than the number of pages. NULL: a pass is
 *		made of phases, as many as the number says, of phase_names
 * @follows:	the page whose number a page has to hold, when the order is in
 *		the pages, or NULL
 */
struct pattern {
	const char *name;
	const char *argument;
	double value;
	const char *help;
	const char *(*start)(struct walker *walker);
	size_t (*next)(struct walker *walker);
	size_t (*follows)(const struct walker *walker, size_t page);
};

extern const struct pattern patterns[];
extern const char *const phase_names[PHASES_MAX];

/* Returns NULL, or what is wrong with @name. */
const char *walker_init(struct walker *walker, const char *name, size_t pages,
			uint64_t seed);
void walker_pass(struct walker *walker, uint64_t pass);
size_t walker_next(struct walker *walker);
uint64_t walker_random(struct walker *walker);

#endif /* PATTERNS_H */
