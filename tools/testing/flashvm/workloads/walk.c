// SPDX-License-Identifier: GPL-2.0
/*
 * walk - write memory, then touch it in some order and check every page.
 *
 * The program of a benchmark: all of memory is written once from the first
 * page to the last, then read in the order of a pattern; with --write some of
 * the touched pages are written again. Ends with status 1 and names the page
 * when a page does not hold what was last written to it.
 *
 * The line that it prints ends with what was counted:
 *
 *	written, checked	pages, the first writing included
 *	fill_ns, walk_ns	time of the first writing, and of the walk
 *
 * and then has, of what was asked for,
 *
 *	rewrite, rewritten	percent, pages
 *	zero			percent
 *	threads			how many
 *	children, at_once	how many, 1: all together
 *	after_ns		time in which the parent checked all of memory
 *	shmem, huge		1; always or never
 *	phases, phase1 ...	how many, and the pattern of each
 *	phase1_ns ...		time in each, of all threads and children
 *	slow, p50_ns, p99_ns, p999_ns, max_ns
 *				touches that took more than 1 us, percentiles of
 *				their latency, and the slowest
 *
 * With children, what they write and check is counted, too.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "walk.h"
#include "walk-number.h"

/* A kernel without huge pages never has them; one with, but off, is no error. */
static void set_huge(const struct pages *pages, const char *when)
{
	bool always = !strcmp(when, "always");

	if (madvise(pages->memory, pages->count * PAGE_BYTES,
		    always ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && always)
		bad("--huge", when, strerror(errno));
}

static struct walk *prepare(struct pages *pages, const struct options *options)
{
	struct walk *walks;

	pages_map(pages, options->size, options->shmem);
	pages->zero = options->zero;
	if (options->huge)
		set_huge(pages, options->huge);
	walks = pages_bookkeeping(options->threads * sizeof(*walks), false);
	for (unsigned int i = 0; i < options->threads; i++) {
		const char *wrong = walk_init(&walks[i], pages, i, options);

		if (wrong)
			bad("--pattern", options->pattern, wrong);
	}
	return walks;
}

static void report_phases(const struct walk *walk, const struct tally *tally)
{
	printf(" phases=%zu", walk->phases);
	for (size_t i = 0; i < walk->phases; i++)
		printf(" phase%zu=%s phase%zu_ns=%" PRIu64, i + 1,
		       walk->names[i], i + 1, tally->phase_ns[i]);
}

static void report_latency(const struct latency *latency)
{
	printf(" slow=%" PRIu64 " p50_ns=%" PRIu64 " p99_ns=%" PRIu64
	       " p999_ns=%" PRIu64 " max_ns=%" PRIu64, latency->slow,
	       latency_per_mille(latency, 500), latency_per_mille(latency, 990),
	       latency_per_mille(latency, 999), latency->max_ns);
}

/* What only those see who asked for it. */
static void report_more(const struct walk *walk, const struct options *options,
			const struct tally *tally, uint64_t after_ns)
{
	if (options->rewrite)
		printf(" rewrite=%u rewritten=%" PRIu64, options->rewrite,
		       tally->rewritten);
	if (options->zero)
		printf(" zero=%u", options->zero);
	if (options->threads > 1)
		printf(" threads=%u", options->threads);
	if (options->children)
		printf(" children=%u at_once=%d after_ns=%" PRIu64,
		       options->children, options->at_once, after_ns);
	if (options->shmem)
		printf(" shmem=1");
	if (options->huge)
		printf(" huge=%s", options->huge);
	if (walk->names[0] != options->pattern)
		report_phases(walk, tally);
	if (options->latency)
		report_latency(&tally->latency);
}

int main(int argc, char **argv)
{
	struct options options = {
		.pattern = "sequential",
		.size = 64 << 20,
		.passes = 1,
		.seed = 1,
		.threads = 1,
	};
	static struct tally tally;
	struct pages pages;
	struct walk *walks;
	uint64_t begin, filled, walked, end;
	int status;

	options_parse(&options, argc, argv);
	walks = prepare(&pages, &options);

	begin = now_ns();
	for (unsigned int i = 0; i < options.threads; i++) {
		walk_fill(&walks[i]);
		walk_tally(&walks[i], &tally);
	}
	filled = now_ns();
	status = shapes_run(walks, &options, &tally);
	if (status)
		return status;
	walked = now_ns();
	for (unsigned int i = 0; options.children && i < options.threads; i++) {
		walk_check(&walks[i]);
		walk_tally(&walks[i], &tally);
	}
	end = now_ns();

	printf("pattern=%s size=%" PRIu64 " pages=%zu passes=%" PRIu64
	       " touches=%" PRIu64 " write=%u seed=%" PRIu64
	       " written=%" PRIu64 " checked=%" PRIu64 " fill_ns=%" PRIu64
	       " walk_ns=%" PRIu64, options.pattern, options.size, pages.count,
	       options.passes, options.touches ? options.touches : pages.count,
	       options.write, options.seed, tally.written, tally.checked,
	       filled - begin, walked - filled);
	report_more(walks, &options, &tally, end - walked);
	putchar('\n');
	pages_unmap(&pages);
	return 0;
}
