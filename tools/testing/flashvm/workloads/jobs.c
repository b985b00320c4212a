// SPDX-License-Identifier: GPL-2.0
/*
 * jobs - processes that grow a heap, work on it and exit, some at a time.
 *
 * Stands for the build of a large program, "make -j": what people do who run
 * out of memory. FlashVM's paper (Saxena and Swift, USENIX ATC 2010) has no such
 * workload; it is here because memory is used in another way than by one large
 * process. A process lives a second, all that it had is freed at once,
 * swapped out or not, and the next one starts from nothing beside others that
 * are half way.
 *
 * A compilation is a process. It parses: functions become trees of nodes
 * whose leaves point to symbols, found in a hash table, often one that was just
 * used. It optimises: each tree is walked from its leaves to its root, and
 * becomes a list of instructions. It emits: functions are visited in a somewhat
 * other order than they were read in, and their lists and trees are read. Its
 * heap only grows, as is the habit of compilers. Most heaps are small and few are
 * large: sizes are spread evenly on a logarithmic scale, from two fifths to
 * eight fifths of a job's share of --size.
 *
 * The link comes last, alone: a process with three quarters of --size. It reads
 * sections and symbols, then visits the sections kind by kind, and looks
 * up the symbols that each refers to.
 *
 *	scale		options					memory
 *	default		--jobs 4 --size 48M			44 MB
 *	a large one	--jobs 4 --size 1G --compilations 40	1.1 GB
 *
 * What is checked: a function has a value, computed when it is made up, and
 * again from its tree, and again from its list; a tree carries a hash of all
 * that is below a node. A job's result depends on the seed, its number and its
 * size, so that the result of all is the same in whatever order they end.
 * Status 1: memory was damaged, or a process died.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pages.h"
#include "walk-latency.h"
#include "walk-number.h"

#define CHUNK		(64 << 10)	/* what the heap grows by */
#define NODES		256		/* of a function, at most */
#define RECENT		32		/* symbols that are used again */
#define NEAR		32		/* functions change places */
#define RELOCATIONS	8		/* of a section */
#define KINDS		3		/* of sections */
#define RUN		16		/* sections of a kind in a row */

struct options {
	uint64_t jobs;
	uint64_t compilations;
	uint64_t size;
	uint64_t seed;
};

struct symbol {
	struct symbol *next;		/* in its bucket */
	uint64_t name;
	uint64_t value;
	uint64_t uses;
};

/* A leaf has a symbol, another node has two nodes below it. */
struct node {
	struct node *left, *right;
	struct symbol *symbol;
	uint64_t operation;
	uint64_t value;
	uint64_t hash;
};

struct instruction {
	struct instruction *next;
	const struct node *node;
	uint64_t value;
};

/* What a linker reads; three kinds of them take turns in an object file. */
struct section {
	uint64_t number;
	struct {
		uint64_t name;
		uint64_t value;
	} relocations[RELOCATIONS];
	uint64_t text[111];
};

struct function {
	struct function *next;
	struct node *tree;
	struct instruction *first;
	uint64_t value;			/* as it was made up */
	uint64_t number;
};

/* A compilation or the link: a process. */
struct job {
	uint64_t random;
	uint64_t heap;			/* bytes it is to have */
	uint64_t used;
	char *chunk;
	size_t left;			/* of the chunk */
	struct symbol **symbols;	/* hash table */
	uint64_t buckets;
	struct symbol *recent[RECENT];
	uint64_t names;			/* symbols there are */
	uint64_t leaves;		/* emitted */
	struct function *functions;
	uint64_t count;
};

/* What a job leaves behind, in memory that all processes share. */
struct result {
	uint64_t value;
	uint64_t bytes;
	uint64_t done;
};

static void __attribute__((noreturn)) damaged(const char *what)
{
	fprintf(stderr, "jobs: damaged memory: %s\n", what);
	_exit(1);
}

/* A job's heap */

/* Memory grows as malloc makes it grow; nothing is ever freed. */
static void *allocate(struct job *job, size_t bytes)
{
	void *memory;

	if (job->left < bytes) {
		job->chunk = sbrk(CHUNK);
		if (job->chunk == (void *)-1) {
			perror("jobs");
			_exit(2);
		}
		job->left = CHUNK;
		job->used += CHUNK;
	}
	memory = job->chunk;
	job->chunk += bytes;
	job->left -= bytes;
	return memset(memory, 0, bytes);
}

static uint64_t random_below(struct job *job, uint64_t limit)
{
	return mix64(job->random++) % limit;
}

/* Parse */

/* One that has to be there. */
static struct symbol *known_symbol(const struct job *job, uint64_t name)
{
	struct symbol *symbol = job->symbols[name % job->buckets];

	while (symbol && symbol->name != name)
		symbol = symbol->next;
	if (symbol && symbol->value == mix64(~name))
		return symbol;
	damaged("a symbol is missing or wrong");
}

static struct symbol *new_symbol(struct job *job)
{
	struct symbol *symbol = allocate(job, sizeof(*symbol));
	struct symbol **bucket;

	symbol->name = mix64(job->names++);
	symbol->value = mix64(~symbol->name);
	bucket = &job->symbols[symbol->name % job->buckets];
	symbol->next = *bucket;
	*bucket = symbol;
	return symbol;
}

/* One in eight is new, one in eight any, the others were used lately. */
static struct symbol *any_symbol(struct job *job)
{
	uint64_t choice = random_below(job, 8);
	struct symbol **recent = &job->recent[random_below(job, RECENT)];

	if (!choice || !*recent)
		*recent = new_symbol(job);
	else if (choice == 1)
		*recent = known_symbol(job,
				       mix64(random_below(job, job->names)));
	return *recent;
}

static uint64_t combine(uint64_t operation, uint64_t left, uint64_t right)
{
	switch (operation % 4) {
	case 0:
		return left + right;
	case 1:
		return left ^ right << 1;
	case 2:
		return left - right;
	default:
		return left * (right | 1);
	}
}

/* Returns what the tree is worth; it is not stored in it yet. */
static uint64_t make_tree(struct job *job, struct node **place,
			  unsigned int nodes)
{
	struct node *node = allocate(job, sizeof(*node));
	uint64_t left, right;
	unsigned int some;

	*place = node;
	node->operation = random_below(job, 64);
	if (nodes < 3) {
		node->symbol = any_symbol(job);
		node->symbol->uses++;
		return node->symbol->value;
	}
	some = 1 + random_below(job, nodes - 2);
	left = make_tree(job, &node->left, some);
	right = make_tree(job, &node->right, nodes - 1 - some);
	return combine(node->operation, left, right);
}

static void parse(struct job *job)
{
	/* A third of the heap is for the instructions. */
	while (job->used < job->heap / 3 * 2) {
		struct function *function = allocate(job, sizeof(*function));

		function->value = make_tree(job, &function->tree,
					    1 + random_below(job, NODES));
		function->number = job->count++;
		function->next = job->functions;
		job->functions = function;
	}
}

/* Optimise */

static uint64_t hash(const struct node *node)
{
	uint64_t hash = node->operation ^ node->value;

	if (node->symbol)
		return mix64(hash ^ node->symbol->name);
	return mix64(mix64(hash ^ node->left->hash) ^ node->right->hash);
}

/* From the leaves to the root; returns the place of the next instruction. */
static struct instruction **fold(struct job *job, struct node *node,
				 struct instruction **place)
{
	struct instruction *instruction;

	if (node->symbol) {
		node->value = node->symbol->value;
	} else {
		place = fold(job, node->left, place);
		place = fold(job, node->right, place);
		node->value = combine(node->operation, node->left->value,
				      node->right->value);
	}
	node->hash = hash(node);
	instruction = allocate(job, sizeof(*instruction));
	instruction->node = node;
	instruction->value = node->value ^ node->hash;
	*place = instruction;
	return &instruction->next;
}

static void optimise(struct job *job)
{
	struct function *function;

	for (function = job->functions; function; function = function->next) {
		fold(job, function->tree, &function->first);
		if (function->tree->value != function->value)
			damaged("a tree has another value");
	}
}

/* Emit */

static uint64_t emit_one(struct job *job, const struct function *function)
{
	const struct instruction *instruction;
	const struct node *node = NULL;
	uint64_t text = 0;

	for (instruction = function->first; instruction;
	     instruction = instruction->next) {
		node = instruction->node;
		if (node->hash != hash(node) ||
		    instruction->value != (node->value ^ node->hash))
			damaged("an instruction is not its node's");
		text = mix64(text ^ instruction->value);
		job->leaves += !!node->symbol;
	}
	if (!node || node->value != function->value)
		damaged("a list has another value");
	return text;
}

/* The functions; none is far from where it was in the source. */
static const struct function **order(struct job *job)
{
	const struct function **list = malloc(job->count * sizeof(*list));
	const struct function *function;
	uint64_t i = 0;

	if (!list) {
		perror("jobs");
		_exit(2);
	}
	for (function = job->functions; function; function = function->next) {
		uint64_t near = i < NEAR ? i : NEAR;
		uint64_t other = i - random_below(job, near + 1);

		list[i] = list[other];
		list[other] = function;
		i++;
	}
	if (i != job->count)
		damaged("a function is missing");
	return list;
}

static uint64_t emit(struct job *job)
{
	const struct function **list = order(job);
	uint64_t text = 0, uses = 0;

	for (uint64_t i = 0; i < job->count; i++)
		text += emit_one(job, list[i]) ^ list[i]->number;
	free(list);
	for (uint64_t i = 0; i < job->names; i++)
		uses += known_symbol(job, mix64(i))->uses;
	if (uses != job->leaves)
		damaged("symbols are used more or less often than counted");
	return text;
}

/* Link */

static uint64_t contents(const struct section *section)
{
	uint64_t sum = section->number;

	for (size_t i = 0; i < sizeof(section->text) / 8; i++)
		sum = (sum ^ section->text[i]) * 0x9e3779b97f4a7c15;
	return sum;
}

static struct section *read_section(struct job *job, uint64_t number)
{
	struct section *section = allocate(job, sizeof(*section));
	uint64_t text = mix64(job->random++);

	section->number = number;
	for (size_t i = 0; i < sizeof(section->text) / 8; i++)
		section->text[i] = text + i * 0xd1342543de82ef95;
	for (size_t i = 0; i < RELOCATIONS; i++)
		section->relocations[i].name =
			mix64(random_below(job, job->names));
	return section;
}

static void relocate(const struct job *job, struct section *section)
{
	for (size_t i = 0; i < RELOCATIONS; i++) {
		uint64_t name = section->relocations[i].name;

		section->relocations[i].value = known_symbol(job, name)->value;
	}
}

static uint64_t do_link(struct job *job)
{
	uint64_t count = job->heap / 8 * 7 / sizeof(struct section);
	struct section **sections = malloc((count + 1) * sizeof(*sections));
	uint64_t before = 0, after = 0, kind, i;

	if (!sections) {
		perror("jobs");
		_exit(2);
	}
	while (job->used < job->heap / 8)
		new_symbol(job);
	for (i = 0; i < count; i++) {
		sections[i] = read_section(job, i);
		before += contents(sections[i]);
	}
	for (kind = 0; kind < KINDS; kind++) {
		for (i = 0; i < count; i++) {
			if (i / RUN % KINDS != kind)
				continue;
			relocate(job, sections[i]);
			after += contents(sections[i]);
		}
	}
	free(sections);
	if (before != after)
		damaged("sections hold something else");
	return after;
}

/* The processes */

static void __attribute__((noreturn)) run(const struct options *options,
					  uint64_t number, uint64_t heap,
					  struct result *result)
{
	struct job job = {
		.random = mix64(options->seed * 1000003 + number),
		.heap = heap,
		.buckets = heap / 1024,
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	job.symbols = calloc(job.buckets, sizeof(*job.symbols));
	if (!job.symbols) {
		perror("jobs");
		_exit(2);
	}
	if (number < options->compilations) {
		parse(&job);
		optimise(&job);
		result->value = emit(&job);
	} else {
		result->value = do_link(&job);
	}
	result->bytes = job.used;
	result->done = 1;
	_exit(0);
}

/* Few are large: each doubling has as many as the one before it. */
static uint64_t heap_of(const struct options *options, uint64_t number)
{
	uint64_t random = mix64(mix64(options->seed) ^ number);

	if (number == options->compilations)
		return options->size / 4 * 3;
	return options->size / options->jobs * 2 / 5 *
	       exp2((random >> 11) / (double)(1ull << 52));
}

static void start(const struct options *options, uint64_t number,
		  struct result *results, pid_t *pids)
{
	pids[number] = fork();
	if (pids[number] < 0) {
		perror("jobs: fork");
		exit(2);
	}
	if (!pids[number])
		run(options, number, heap_of(options, number),
		    &results[number]);
}

/* Ends the program when a job failed; the others are killed with it. */
static void finish_one(const struct options *options,
		       const struct result *results, const pid_t *pids)
{
	uint64_t number = 0;
	int status;
	pid_t pid = wait(&status);

	if (pid < 0) {
		perror("jobs: wait");
		exit(2);
	}
	while (number < options->compilations && pids[number] != pid)
		number++;
	if (!status && results[number].done)
		return;
	fprintf(stderr, "jobs: job %" PRIu64 " ended with %s %d\n", number,
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	exit(1);
}

/* Some at a time, and the link when all of them are done. */
static void build(const struct options *options, struct result *results,
		  pid_t *pids)
{
	uint64_t running = 0;

	for (uint64_t number = 0; number < options->compilations; number++) {
		if (running == options->jobs) {
			finish_one(options, results, pids);
			running--;
		}
		start(options, number, results, pids);
		running++;
	}
	while (running--)
		finish_one(options, results, pids);
}

/* The program */

static void usage(FILE *to)
{
	fputs("Usage: jobs [OPTION...]\n"
	      "Processes that grow a heap, work on it and exit, some at a time.\n\n"
	      "  -j, --jobs N          how many at a time (4)\n"
	      "  -c, --compilations N  how many in all, before the link (12)\n"
	      "  -s, --size BYTES      memory of those that run at a time, about (48M)\n"
	      "  -r, --seed N          of sizes and contents (1)\n"
	      "  -h, --help            this text\n", to);
}

static void parse_options(struct options *options, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "jobs", required_argument, NULL, 'j' },
		{ "compilations", required_argument, NULL, 'c' },
		{ "size", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *size = "48M";
	int c;

	while ((c = getopt_long(argc, argv, "j:c:s:r:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'j':
			options->jobs = number("--jobs", optarg, 1, 256);
			break;
		case 'c':
			options->compilations =
				number("--compilations", optarg, 0, 100000);
			break;
		case 's':
			size = optarg;
			options->size = bytes("--size", size);
			break;
		case 'r':
			options->seed = number("--seed", optarg, 0, UINT32_MAX);
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
	if (options->size / options->jobs < 1 << 20)
		bad("--size", size, "less than 1 MB for each job");
}

/* All that all processes need to see: one result each. */
static struct result *share(size_t count)
{
	struct result *results = mmap(NULL, count * sizeof(*results),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (results == MAP_FAILED) {
		perror("jobs: mmap");
		exit(2);
	}
	return results;
}

int main(int argc, char **argv)
{
	struct options options = {
		.jobs = 4,
		.compilations = 12,
		.size = 48 << 20,
		.seed = 1,
	};
	uint64_t begin, compiled, end, value = 0, bytes = 0;
	struct result *results;
	pid_t *pids;

	parse_options(&options, argc, argv);
	results = share(options.compilations + 1);
	pids = calloc(options.compilations + 1, sizeof(*pids));
	if (!pids) {
		perror("jobs");
		return 2;
	}

	begin = now_ns();
	build(&options, results, pids);
	compiled = now_ns();
	start(&options, options.compilations, results, pids);
	finish_one(&options, results, pids);
	end = now_ns();

	for (uint64_t i = 0; i <= options.compilations; i++) {
		value += mix64(results[i].value ^ i);
		bytes += results[i].bytes;
	}
	printf("jobs=%" PRIu64 " compilations=%" PRIu64 " size=%" PRIu64
	       " seed=%" PRIu64 " value=%016" PRIx64 " bytes=%" PRIu64
	       " compile_ns=%" PRIu64 " link_ns=%" PRIu64 "\n",
	       options.jobs, options.compilations, options.size, options.seed,
	       value, bytes, compiled - begin, end - compiled);
	free(pids);
	return 0;
}
