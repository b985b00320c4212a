// SPDX-License-Identifier: GPL-2.0
/*
 * spin-model - search all states of a model, and check how many there are.
 *
 * The program that spin makes of spin-election.pml, with a command line of
 * ours around it. Spin is the model checker of FlashVM's paper (Saxena and
 * Swift, USENIX ATC 2010), where it visited 10 million states. The model is
 * ours. What matters to memory is the same for all of them: each new state is
 * copied behind the last one and hung into a hash table, so that memory grows
 * until the search ends, is never freed, and is read in an order without any
 * pattern.
 *
 * Partial order reduction is off, as it leaves few of the states. The hash
 * table is small, 2^18 chains of 8 bytes, because spin clears it before it
 * begins; what grows is the states.
 *
 *	scale		options					memory
 *	default		--nodes 8				49 MB
 *	the paper's	--nodes 11 --starters 10 --hash 22	1.7 GB
 *
 * The number of states is known, and the search is wrong if it finds another:
 * that is how damaged memory shows, besides by an error in the model. Spin
 * writes its own report; the last line is ours.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "spin-model.h"
#include "walk-latency.h"
#include "walk-number.h"

int model_nodes = 8;
int model_starters;

/* The default size first. */
static const struct {
	int nodes, starters;
	uint64_t states;
} known[] = {
	{ 8, 8, 240134 },
	{ 9, 9, 1095234 },
	{ 10, 10, 4995800 },
	{ 11, 10, 7833883 },
};

static uint64_t expected;
static uint64_t begin;

static void usage(FILE *to)
{
	fputs("Usage: spin-model [OPTION...]\n"
	      "Search all states of the election of a leader in a ring.\n\n"
	      "  -n, --nodes N       nodes of the ring, 2 to 11 (8)\n"
	      "  -k, --starters N    nodes that may start an election (all)\n"
	      "  -w, --hash BITS     the hash table has 2^BITS chains (18)\n"
	      "  -e, --states N      states there are; fails if it finds others\n"
	      "                      (known for some sizes; else 0: any number)\n"
	      "  -h, --help          this text\n", to);
}

/* Spin's program ends in exit(), and whatever it found, with status 0. */
static void finish(void)
{
	uint64_t states = nstates;

	printf("\nnodes=%d starters=%d states=%" PRIu64
	       " transitions=%.0f errors=%lu ns=%" PRIu64 "\n",
	       model_nodes, model_starters, states, nstates + truncs, errors,
	       now_ns() - begin);
	if (expected && states != expected)
		fprintf(stderr, "spin-model: found %" PRIu64
			" states, there are %" PRIu64 "\n", states, expected);
	fflush(NULL);
	if (errors || (expected && states != expected))
		_exit(1);
}

static uint64_t known_states(void)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].nodes == model_nodes &&
		    known[i].starters == model_starters)
			return known[i].states;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "nodes", required_argument, NULL, 'n' },
		{ "starters", required_argument, NULL, 'k' },
		{ "hash", required_argument, NULL, 'w' },
		{ "states", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	char program[] = "spin-model", table[8];
	char *pan_argv[3] = { program, table };
	const char *starters = NULL;
	uint64_t bits = 18;
	int c;

	expected = UINT64_MAX;
	while ((c = getopt_long(argc, argv, "n:k:w:e:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'n':
			model_nodes = number("--nodes", optarg, 2, 11);
			break;
		case 'k':
			starters = optarg;
			model_starters = number("--starters", starters, 1, 11);
			break;
		case 'w':
			bits = number("--hash", optarg, 10, 30);
			break;
		case 'e':
			expected = number("--states", optarg, 0, UINT32_MAX);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc)
		bad("argument", argv[optind], "not an option");
	if (model_starters > model_nodes)
		bad("--starters", starters, "more than there are nodes");
	if (!model_starters)
		model_starters = model_nodes;
	if (expected == UINT64_MAX)
		expected = known_states();

	snprintf(table, sizeof(table), "-w%u", (unsigned int)bits);
	atexit(finish);
	begin = now_ns();
	return pan_main(2, pan_argv);
}
