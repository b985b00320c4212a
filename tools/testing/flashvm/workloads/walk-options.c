// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of walk.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "walk.h"
#include "walk-number.h"

/* What has no letter. */
enum {
	OPTION_REWRITE = 256,
	OPTION_ZERO,
	OPTION_THREADS,
	OPTION_CHILDREN,
	OPTION_AT_ONCE,
	OPTION_SHMEM,
	OPTION_HUGE,
	OPTION_LATENCY,
};

static const char help[] =
	"Usage: walk [OPTION...]\n"
	"Write memory, then touch its pages in some order and check them.\n\n"
	"  -p, --pattern NAME    order of the touches (sequential)\n"
	"  -s, --size BYTES      memory, with K, M or G (64M)\n"
	"  -n, --passes N        passes over it (1)\n"
	"  -t, --touches N       touches in a pass by all threads (one a page)\n"
	"  -w, --write PERCENT   touches that write the page, too (0)\n"
	"      --rewrite PERCENT touches that write it with what it holds (0)\n"
	"      --zero PERCENT    of what is written: pages of zeros (0)\n"
	"  -r, --seed N          of the random numbers (1)\n"
	"      --threads N       N threads, each has a part of the memory (1)\n"
	"      --children N      N forked children walk, one after the other\n"
	"      --at-once         all children at the same time\n"
	"      --shmem           shared memory instead of private\n"
	"      --huge WHEN       huge pages: always, never (as set up)\n"
	"      --latency         time touches, print percentiles of the slow ones\n"
	"  -h, --help            this text\n\n"
	"Prints a line of key=value. Status: 0; 1: a page is wrong; 2: it cannot be\n"
	"done; with --children that of the first child that fails.\n\n"
	"Patterns:\n";

static void usage(void)
{
	const struct pattern *pattern;

	fputs(help, stdout);
	for (pattern = patterns; pattern->name; pattern++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s%s%s", pattern->name,
			 pattern->argument ? "[:" : "",
			 pattern->argument ? pattern->argument : "",
			 pattern->argument ? "]" : "");
		printf("  %-20s  %s", name, pattern->help);
		if (pattern->argument)
			printf(" (%s = %g)", pattern->argument, pattern->value);
		putchar('\n');
	}
	puts("Phases, with --touches in each:");
	for (size_t i = 0; i < PHASES_MAX; i++)
		printf("  %zu %s\n", i + 1, phase_names[i]);
}

static void set(struct options *options, int option, const char *value)
{
	switch (option) {
	case 'p':
		options->pattern = value;
		break;
	case 's':
		options->size = bytes("--size", value);
		break;
	case 'n':
		options->passes = number("--passes", value, 0, UINT64_MAX);
		break;
	case 't':
		options->touches = number("--touches", value, 0, UINT64_MAX);
		break;
	case 'w':
		options->write = percent("--write", value);
		break;
	case OPTION_REWRITE:
		options->rewrite = percent("--rewrite", value);
		break;
	case OPTION_ZERO:
		options->zero = percent("--zero", value);
		break;
	case 'r':
		options->seed = number("--seed", value, 0, UINT64_MAX);
		break;
	case OPTION_THREADS:
		options->threads = number("--threads", value, 1, THREADS_MAX);
		break;
	case OPTION_CHILDREN:
		options->children = number("--children", value, 1,
					   CHILDREN_MAX);
		break;
	case OPTION_AT_ONCE:
		options->at_once = true;
		break;
	case OPTION_SHMEM:
		options->shmem = true;
		break;
	case OPTION_HUGE:
		if (strcmp(value, "always") && strcmp(value, "never"))
			bad("--huge", value, "neither always nor never");
		options->huge = value;
		break;
	case OPTION_LATENCY:
		options->latency = true;
		break;
	case 'h':
		usage();
		exit(0);
	default:
		/* getopt has said what is wrong. */
		exit(2);
	}
}

/* What is wrong only with something else. */
static void check(const struct options *options)
{
	const char *why = NULL;

	if (options->write + options->rewrite > 100)
		why = "--write and --rewrite are more than 100 percent";
	else if (options->at_once && !options->children)
		why = "--at-once needs --children";
	else if (options->at_once && options->shmem && options->write)
		why = "children --at-once cannot --write the same --shmem";
	else if (options->threads > options->size / PAGE_BYTES)
		why = "there are more --threads than pages";
	if (why) {
		fprintf(stderr, "walk: %s\n", why);
		exit(2);
	}
}

/**
 * options_parse() - Read the command line.
 * @options:	defaults, then what was asked for
 * @argc:	of main()
 * @argv:	of main()
 *
 * Ends the program with status 2 and one line when something is wrong.
 */
void options_parse(struct options *options, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "pattern", required_argument, NULL, 'p' },
		{ "size", required_argument, NULL, 's' },
		{ "passes", required_argument, NULL, 'n' },
		{ "touches", required_argument, NULL, 't' },
		{ "write", required_argument, NULL, 'w' },
		{ "rewrite", required_argument, NULL, OPTION_REWRITE },
		{ "zero", required_argument, NULL, OPTION_ZERO },
		{ "seed", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, OPTION_THREADS },
		{ "children", required_argument, NULL, OPTION_CHILDREN },
		{ "at-once", no_argument, NULL, OPTION_AT_ONCE },
		{ "shmem", no_argument, NULL, OPTION_SHMEM },
		{ "huge", required_argument, NULL, OPTION_HUGE },
		{ "latency", no_argument, NULL, OPTION_LATENCY },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "p:s:n:t:w:r:h", longopts,
				     NULL)) != -1)
		set(options, option, optarg);
	if (optind < argc)
		bad("argument", argv[optind], "not an option");
	check(options);
}
