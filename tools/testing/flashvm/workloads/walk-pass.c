// SPDX-License-Identifier: GPL-2.0
/*
 * The walk of one thread over its part of the memory.
 *
 * Each part is a walk of its own: the pattern goes over it as if there was
 * nothing else, with its own random numbers. So what a thread touches, and what
 * it writes, depends on the seed and on nothing that another thread does.
 *
 * What is done at a touch, in this order:
 *
 *	the page's number	from the pattern
 *	the first load		timed, with --latency: the fault
 *	the check		is it what was last written?
 *	the next page's number	read from the page, with the pattern chase
 *	a write			with --write or --rewrite, by chance
 *
 * A touch of a page in memory takes some dozens of instructions, so that the
 * time of a walk is the time of its faults.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include "walk.h"

/* The touches are shared out like the pages. */
static uint64_t share(uint64_t touches, unsigned int thread,
		      unsigned int threads)
{
	return touches / threads + (thread < touches % threads);
}

static const char *add_walker(struct walk *walk, const char *name,
			      uint64_t seed)
{
	size_t i = walk->phases++;

	walk->names[i] = name;
	return walker_init(&walk->walkers[i], name, walk->pages.count, seed);
}

static const char *add_walkers(struct walk *walk, const char *name,
			       uint64_t seed)
{
	const char *wrong = add_walker(walk, name, seed);
	size_t phases;

	if (wrong || walk->walkers[0].pattern->next)
		return wrong;
	phases = walk->walkers[0].argument;
	walk->phases = 0;
	while (!wrong && walk->phases < phases)
		wrong = add_walker(walk, phase_names[walk->phases], seed);
	return wrong;
}

/**
 * walk_init() - Prepare the walk of a thread.
 * @walk:	filled in
 * @pages:	all of the memory
 * @thread:	number of the thread, from 0
 * @options:	what the user asked for
 *
 * Return: NULL, or what is wrong with the pattern.
 */
const char *walk_init(struct walk *walk, const struct pages *pages,
		      unsigned int thread, const struct options *options)
{
	/* Far from what a user would choose as the next seed. */
	uint64_t seed = options->seed + ((uint64_t)thread << 48);
	const char *wrong;

	*walk = (struct walk){
		.passes = options->passes,
		.write = options->write,
		.rewrite = options->rewrite,
		.state = mix64(~seed),
	};
	pages_part(&walk->pages, pages, thread, options->threads);
	walk->touches = options->touches ?
		share(options->touches, thread, options->threads) :
		walk->pages.count;
	wrong = add_walkers(walk, options->pattern, seed);
	if (!wrong && walk->walkers[0].pattern->follows && options->zero)
		wrong = "a page of zeros has no number of the next page";
	return wrong;
}

/**
 * walk_fill() - Write every page, from the first to the last.
 * @walk:	the walk
 */
void walk_fill(struct walk *walk)
{
	const struct walker *walker = &walk->walkers[0];

	for (size_t page = 0; page < walk->pages.count; page++) {
		if (walker->pattern->follows)
			pages_link(&walk->pages, page,
				   walker->pattern->follows(walker, page));
		else
			pages_write(&walk->pages, page);
	}
}

/**
 * walk_skip() - Leave out passes that another child has.
 * @walk:	the walk
 * @passes:	how many
 */
void walk_skip(struct walk *walk, uint64_t passes)
{
	walk->first_pass += passes;
	walk->state += passes * walk->phases * walk->touches;
}

/* The only access that may have to wait for the page. */
static void timed_load(struct walk *walk, size_t page)
{
	const volatile uint64_t *words = walk->pages.memory + page * PAGE_WORDS;
	uint64_t begin = now_ns();

	(void)*words;
	latency_record(walk->latency, now_ns() - begin);
}

static void maybe_write(struct walk *walk, size_t page)
{
	unsigned int chance = mix64(walk->state++) % 100;

	if (chance < walk->write)
		pages_write(&walk->pages, page);
	else if (chance < walk->write + walk->rewrite)
		pages_rewrite(&walk->pages, page);
}

static void walk_phase(struct walk *walk, struct walker *walker)
{
	bool writes = walk->write || walk->rewrite;

	for (uint64_t i = 0; i < walk->touches; i++) {
		size_t page = walker_next(walker);

		if (walk->latency)
			timed_load(walk, page);
		pages_check(&walk->pages, page);
		if (walk->pages.linked)
			walker->found = pages_next(&walk->pages, page);
		if (writes)
			maybe_write(walk, page);
	}
}

/**
 * walk_run() - Walk all passes.
 * @walk:	the walk, filled
 *
 * Names the page and exits with status 1 when one is wrong.
 */
void walk_run(struct walk *walk)
{
	if (walk->latency)
		latency_start(walk->latency);
	for (uint64_t pass = 0; pass < walk->passes; pass++) {
		for (size_t i = 0; i < walk->phases; i++) {
			uint64_t begin = now_ns();

			walker_pass(&walk->walkers[i], walk->first_pass + pass);
			walk_phase(walk, &walk->walkers[i]);
			walk->phase_ns[i] += now_ns() - begin;
		}
	}
}

/**
 * walk_check() - Check every page, from the first to the last.
 * @walk:	the walk
 */
void walk_check(struct walk *walk)
{
	for (size_t page = 0; page < walk->pages.count; page++) {
		pages_check(&walk->pages, page);
		if (walk->pages.linked)
			(void)pages_next(&walk->pages, page);
	}
}

/**
 * walk_tally() - Move what was counted to a tally.
 * @walk:	the walk; counts from 0 again
 * @tally:	what is added to
 */
void walk_tally(struct walk *walk, struct tally *tally)
{
	tally->written += walk->pages.written;
	tally->rewritten += walk->pages.rewritten;
	tally->checked += walk->pages.checked;
	walk->pages.written = 0;
	walk->pages.rewritten = 0;
	walk->pages.checked = 0;
	for (size_t i = 0; i < walk->phases; i++) {
		tally->phase_ns[i] += walk->phase_ns[i];
		walk->phase_ns[i] = 0;
	}
	if (walk->latency)
		latency_add(&tally->latency, walk->latency);
}
