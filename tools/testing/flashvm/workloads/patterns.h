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
 * @zipf:	constants of the zipf pattern
 */
struct walker {
	const struct pattern *pattern;
	size_t pages;
	double argument;
	uint64_t seed;
	uint64_t pass;
	uint64_t step;
	uint64_t state;
	struct {
		double zeta, alpha, eta, second;
	} zipf;
};

/**
 * struct pattern - One order.
 * @name:	what the user calls it
 * @argument:	name of the number after the colon, or NULL
 * @value:	its default
 * @help:	one line
 * @start:	called once, or NULL; returns NULL, or what is wrong
 * @next:	the page to touch next; @walker->step counts from 0 in each
 *		pass and may be larger than the number of pages
 */
struct pattern {
	const char *name;
	const char *argument;
	double value;
	const char *help;
	const char *(*start)(struct walker *walker);
	size_t (*next)(struct walker *walker);
};

extern const struct pattern patterns[];

/* Returns NULL, or what is wrong with @name. */
const char *walker_init(struct walker *walker, const char *name, size_t pages,
			uint64_t seed);
void walker_pass(struct walker *walker, uint64_t pass);
size_t walker_next(struct walker *walker);
uint64_t walker_random(struct walker *walker);

#endif /* PATTERNS_H */
