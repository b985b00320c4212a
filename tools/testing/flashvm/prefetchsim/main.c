// SPDX-License-Identifier: GPL-2.0
/*
 *		prefetchsim
 *
 * Compare predictors on traces: FlashVM's own code, models of the readahead of
 * Linux 6.12, and a model of Leap.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/array_size.h>

#include "convert.h"
#include "generate.h"
#include "predictors.h"

static const struct predictor *const all[] = {
	&nothing, &stock_vma_3, &stock_vma_5, &stock_cluster_3, &stock_cluster_5,
	&leap_address, &leap_slot, &neighbours, &strides, &eviction, &flashvm,
};

#define ALL	ARRAY_SIZE(all)

static const struct predictor *chosen[ALL];
static unsigned int nr_chosen;

static const char usage[] =
"Usage: prefetchsim run [-j] [-p PREDICTOR]... TRACE...\n"
"       prefetchsim generate PATTERN TRACE [-n PAGES] [-l PASSES] [-t NS]\n"
"       prefetchsim convert TEXT TRACE\n"
"       prefetchsim list\n"
"\n"
"run       replay traces under predictors, and compare them\n"
"            -j            rows of JSON instead of tables\n"
"            -p PREDICTOR  only this one (repeatable; see list)\n"
"generate  make the trace of a program that walks over its memory\n"
"            PATTERN       %s\n"
"            -n PAGES      of its memory, of which half is there (16384)\n"
"            -l PASSES     over all of it (2)\n"
"            -t NS         between two touches (3000)\n"
"convert   read the file \"trace\" of tracefs with the events flashvm_fault,\n"
"          flashvm_io and flashvm_evict\n"
"list      the predictors\n";

static int wrong(const char *what, const char *of)
{
	fprintf(stderr, "prefetchsim: %s%s%s (see --help)\n", what, of ? ": " : "",
		of ? of : "");
	return 2;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void print_row(const struct predictor *p, const struct figures *f,
		      uint64_t bare_ns)
{
	char accuracy[16] = "-", timely[16] = "-";

	if (f->issued) {
		snprintf(accuracy, sizeof(accuracy), "%.1f",
			 percent(f->used, f->issued));
		snprintf(timely, sizeof(timely), "%.1f",
			 percent(f->used - f->late, f->used));
	}
	printf("%-10s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9.1f %9s %9s %10.1f %9.1f %9.1f\n",
	       p->name, f->demanded, f->issued, f->wasted,
	       percent(f->used, f->touches), accuracy, timely, f->wasted * 4 / 1024.0,
	       f->stall_ns / 1e6, percent(f->run_ns, bare_ns));
}

static void print_json(const struct predictor *p, const struct figures *f,
		       const char *path, bool first)
{
	printf("%s{\"trace\": \"%s\", \"predictor\": \"%s\", \"touches\": %" PRIu64
	       ", \"demanded\": %" PRIu64 ", \"issued\": %" PRIu64
	       ", \"used\": %" PRIu64 ", \"late\": %" PRIu64
	       ", \"wasted\": %" PRIu64 ", \"stall_ns\": %" PRIu64
	       ", \"run_ns\": %" PRIu64 "}",
	       first ? "[\n" : ",\n", path, p->name, f->touches, f->demanded,
	       f->issued, f->used, f->late, f->wasted, f->stall_ns, f->run_ns);
}

static bool run_trace(const char *path, bool json, bool *first)
{
	struct trace trace = { };
	struct figures figures, bare;

	if (!trace_read(&trace, path) ||
	    !replay(&trace, &nothing, &replay_nvme, &replay_costs, &bare)) {
		trace_free(&trace);
		return false;
	}
	if (!json) {
		printf("%s%s: %" PRIu64 " touches of pages on the device\n",
		       *first ? "" : "\n", path, bare.touches);
		printf("%-10s %9s %9s %9s %9s %9s %9s %10s %9s %9s\n",
		       "predictor", "demanded", "issued", "wasted", "covered %",
		       "used %", "in time %", "wasted MB", "stall ms", "time %");
	}
	for (unsigned int i = 0; i < nr_chosen; i++) {
		if (!replay(&trace, chosen[i], &replay_nvme, &replay_costs,
			    &figures)) {
			trace_free(&trace);
			return false;
		}
		if (json)
			print_json(chosen[i], &figures, path, *first);
		else
			print_row(chosen[i], &figures, bare.run_ns);
		*first = false;
	}
	trace_free(&trace);
	return true;
}

static bool choose(const char *name)
{
	for (unsigned int i = 0; i < ALL; i++) {
		if (strcmp(all[i]->name, name))
			continue;
		for (unsigned int k = 0; k < nr_chosen; k++)
			if (chosen[k] == all[i])
				return true;
		chosen[nr_chosen++] = all[i];
		return true;
	}
	return false;
}

static int run(int argc, char **argv)
{
	bool json = false, first = true;
	int option;

	while ((option = getopt(argc, argv, "jp:")) != -1) {
		if (option == 'j')
			json = true;
		else if (option != 'p')
			return wrong("no such option", NULL);
		else if (!choose(optarg))
			return wrong("no such predictor", optarg);
	}
	if (optind == argc)
		return wrong("which trace?", NULL);
	if (!nr_chosen)
		for (unsigned int i = 0; i < ALL; i++)
			choose(all[i]->name);
	for (; optind < argc; optind++)
		if (!run_trace(argv[optind], json, &first))
			return 1;
	if (json)
		printf("\n]\n");
	return 0;
}

static bool number(const char *text, uint64_t least, uint64_t most,
		   uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *value >= least &&
	       *value <= most;
}

static int make(int argc, char **argv)
{
	uint64_t pages = 16384, passes = 2, think_ns = 3000;
	struct trace trace = { };
	bool sound = true, written;
	int option;

	while ((option = getopt(argc, argv, "n:l:t:")) != -1) {
		if (option == 'n')
			sound = number(optarg, 16, 1 << 24, &pages);
		else if (option == 'l')
			sound = number(optarg, 1, 1000, &passes);
		else if (option == 't')
			sound = number(optarg, 0, 1000000000, &think_ns);
		else
			return wrong("no such option", NULL);
		if (!sound)
			return wrong("out of range", optarg);
	}
	if (argc - optind != 2)
		return wrong("generate takes a pattern and a file", NULL);
	if (!generate(&trace, argv[optind], pages, passes, think_ns))
		return wrong("no such pattern", argv[optind]);
	written = trace_write(&trace, argv[optind + 1]);
	trace_free(&trace);
	return !written;
}

static int read_text(int argc, char **argv)
{
	struct trace trace = { };
	bool written;

	if (argc != 3)
		return wrong("convert takes a text and a file", NULL);
	if (!convert(&trace, argv[1]))
		return 1;
	written = trace_write(&trace, argv[2]);
	trace_free(&trace);
	return !written;
}

static int list(void)
{
	for (unsigned int i = 0; i < ALL; i++)
		printf("%-10s %s\n", all[i]->name, all[i]->about);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return wrong("run, generate, convert or list?", NULL);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		printf(usage, generate_patterns);
		return 0;
	}
	if (!strcmp(argv[1], "run"))
		return run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "generate"))
		return make(argc - 1, argv + 1);
	if (!strcmp(argv[1], "convert"))
		return read_text(argc - 1, argv + 1);
	if (!strcmp(argv[1], "list") && argc == 2)
		return list();
	return wrong("no such command", argv[1]);
}
