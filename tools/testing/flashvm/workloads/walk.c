// SPDX-License-Identifier: GPL-2.0
/*
 * walk - write memory, then touch it in some order and check every page.
 *
 * The program of a benchmark: all of memory is written once from the first
 * page to the last, then read in the order of a pattern; with --write some of
 * the touched pages are written again. Ends with status 1 and names the page
 * when a page does not hold what was last written to it.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pages.h"
#include "patterns.h"

struct options {
	const char *pattern;
	uint64_t size;
	uint64_t passes;
	uint64_t touches;
	uint64_t write;
	uint64_t seed;
};

static void usage(FILE *to)
{
	const struct pattern *pattern;

	fputs("Usage: walk [OPTION...]\n"
	      "Write memory, then touch its pages in some order and check them.\n\n"
	      "  -p, --pattern NAME    order of the touches (sequential)\n"
	      "  -s, --size BYTES      memory, with K, M or G (64M)\n"
	      "  -n, --passes N        passes over it (1)\n"
	      "  -t, --touches N       touches in a pass (as many as pages)\n"
	      "  -w, --write PERCENT   touches that write the page, too (0)\n"
	      "  -r, --seed N          of the random numbers (1)\n"
	      "  -h, --help            this text\n\nPatterns:\n", to);
	for (pattern = patterns; pattern->name; pattern++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s%s%s", pattern->name,
			 pattern->argument ? "[:" : "",
			 pattern->argument ? pattern->argument : "",
			 pattern->argument ? "]" : "");
		fprintf(to, "  %-20s  %s", name, pattern->help);
		if (pattern->argument)
			fprintf(to, " (%s = %g)", pattern->argument,
				pattern->value);
		fputc('\n', to);
	}
}

static void __attribute__((noreturn)) bad(const char *what, const char *value,
					  const char *why)
{
	fprintf(stderr, "walk: %s '%s': %s\n", what, value, why);
	exit(2);
}

static uint64_t number(const char *what, const char *text, bool suffix)
{
	static const char suffixes[] = "KMG";
	unsigned int shift = 0;
	const char *found;
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (end == text || *text == '-')
		bad(what, text, "not a number");
	found = *end ? strchr(suffixes, *end) : NULL;
	if (suffix && found) {
		shift = 10 * (found - suffixes + 1);
		end++;
	}
	if (*end)
		bad(what, text, "not a number");
	if (errno || value << shift >> shift != value)
		bad(what, text, "too large");
	return value << shift;
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "pattern", required_argument, NULL, 'p' },
		{ "size", required_argument, NULL, 's' },
		{ "passes", required_argument, NULL, 'n' },
		{ "touches", required_argument, NULL, 't' },
		{ "write", required_argument, NULL, 'w' },
		{ "seed", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "p:s:n:t:w:r:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'p':
			options->pattern = optarg;
			break;
		case 's':
			options->size = number("--size", optarg, true);
			if (options->size < PAGE_BYTES)
				bad("--size", optarg, "less than a page");
			break;
		case 'n':
			options->passes = number("--passes", optarg, false);
			break;
		case 't':
			options->touches = number("--touches", optarg, false);
			break;
		case 'w':
			options->write = number("--write", optarg, false);
			if (options->write > 100)
				bad("--write", optarg, "more than 100 percent");
			break;
		case 'r':
			options->seed = number("--seed", optarg, false);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc)
		bad("argument", argv[optind], "not an option");
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void walk(struct pages *pages, struct walker *walker,
		 const struct options *options)
{
	uint64_t state = mix64(~options->seed);

	for (uint64_t pass = 0; pass < options->passes; pass++) {
		walker_pass(walker, pass);
		for (uint64_t i = 0; i < options->touches; i++) {
			size_t page = walker_next(walker);

			pages_check(pages, page);
			if (options->write &&
			    mix64(state++) % 100 < options->write)
				pages_write(pages, page);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options = {
		.pattern = "sequential",
		.size = 64 << 20,
		.passes = 1,
		.seed = 1,
	};
	struct walker walker;
	struct pages pages;
	const char *wrong;
	uint64_t begin, filled, end;

	parse(&options, argc, argv);
	wrong = walker_init(&walker, options.pattern,
			    options.size / PAGE_BYTES, options.seed);
	if (wrong)
		bad("--pattern", options.pattern, wrong);
	pages_map(&pages, options.size);
	if (!options.touches)
		options.touches = pages.count;

	begin = now_ns();
	for (size_t page = 0; page < pages.count; page++)
		pages_write(&pages, page);
	filled = now_ns();
	walk(&pages, &walker, &options);
	end = now_ns();

	printf("pattern=%s size=%" PRIu64 " pages=%zu passes=%" PRIu64
	       " touches=%" PRIu64 " write=%" PRIu64 " seed=%" PRIu64
	       " written=%" PRIu64 " checked=%" PRIu64 " fill_ns=%" PRIu64
	       " walk_ns=%" PRIu64 "\n",
	       options.pattern, options.size, pages.count, options.passes,
	       options.touches, options.write, options.seed, pages.written,
	       pages.checked, filled - begin, end - filled);
	pages_unmap(&pages);
	return 0;
}
