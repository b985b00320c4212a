// SPDX-License-Identifier: GPL-2.0
/*
 * Who walks: the program itself, threads, or forked children.
 *
 *	threads		one address space, each has a part of the memory: their
 *			faults come from several walks at once, in one VMA
 *	children	an address space each, with all of the memory: a page in swap
 *			has several references; what comes back first is shared,
 *			until a child writes to it (copy on write)
 *
 * Children may have threads. All children walk as if their passes were those of
 * one walk, so that a random order is another one in each. What a child writes
 * to private memory is seen by no other: each starts from the pages, and from the
 * bookkeeping, as they were before the forks.
 *
 * The bookkeeping of a child is copied on write, too, and its counters are
 * in shared memory, for its parent to read. When one child fails, all end.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "walk.h"

/* Enough for the message about a wrong page, and no 8 MB. */
#define STACK_BYTES	(128 * 1024)

static void __attribute__((noreturn)) fail(const char *what, int error)
{
	fprintf(stderr, "walk: %s: %s\n", what, strerror(error));
	exit(2);
}

static void *thread_main(void *walk)
{
	walk_run(walk);
	return NULL;
}

static void run_threads(struct walk *walks, unsigned int threads)
{
	pthread_t *thread = pages_bookkeeping(threads * sizeof(*thread), false);
	pthread_attr_t attr;
	int error;

	error = pthread_attr_init(&attr);
	if (!error)
		error = pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (unsigned int i = 0; !error && i < threads; i++)
		error = pthread_create(&thread[i], &attr, thread_main,
				       &walks[i]);
	if (error)
		fail("cannot start a thread", error);
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	pthread_attr_destroy(&attr);
}

/* All walks of this process. */
static void run(struct walk *walks, const struct options *options,
		struct tally *tally)
{
	unsigned int threads = options->threads;
	struct latency *latency = NULL;

	if (options->latency)
		latency = pages_bookkeeping(threads * sizeof(*latency), false);
	for (unsigned int i = 0; latency && i < threads; i++)
		walks[i].latency = &latency[i];
	if (threads == 1)
		walk_run(walks);
	else
		run_threads(walks, threads);
	for (unsigned int i = 0; i < threads; i++)
		walk_tally(&walks[i], tally);
}

static void start_child(struct walk *walks, const struct options *options,
			unsigned int child, struct tally *tally)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork", errno);
	if (pid)
		return;
	/* Whatever ends the parent ends its children. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0; i < options->threads; i++) {
		walk_skip(&walks[i], child * options->passes);
		/* Otherwise the parent's is read, and that is locked. */
		if (options->write)
			pages_lock(&walks[i].pages);
	}
	run(walks, options, tally);
	_exit(0);
}

/* Returns the status of a child that has ended, 128 and more for a signal. */
static int wait_child(void)
{
	int status;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		fail("cannot wait", errno);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "walk: child %d was killed by signal %d\n", pid,
		WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static int run_children(struct walk *walks, const struct options *options,
			struct tally *tallies)
{
	unsigned int running = 0;
	int status = 0;

	for (unsigned int i = 0; !status && i < options->children; i++) {
		start_child(walks, options, i, &tallies[i]);
		running++;
		if (options->at_once)
			continue;
		status = wait_child();
		running--;
	}
	/* Once a child has failed the program ends, and with it the others. */
	while (!status && running--)
		status = wait_child();
	return status;
}

static void add(struct tally *to, const struct tally *from)
{
	to->written += from->written;
	to->rewritten += from->rewritten;
	to->checked += from->checked;
	for (size_t i = 0; i < PHASES_MAX; i++)
		to->phase_ns[i] += from->phase_ns[i];
	latency_add(&to->latency, &from->latency);
}

/**
 * shapes_run() - Walk, with as many threads and children as the user wants.
 * @walks:	one a thread, filled
 * @options:	what the user asked for
 * @tally:	what is added to
 *
 * Return: 0, or the status of the first child that failed.
 */
int shapes_run(struct walk *walks, const struct options *options,
	       struct tally *tally)
{
	struct tally *tallies;
	int status;

	if (!options->children) {
		run(walks, options, tally);
		return 0;
	}
	tallies = pages_bookkeeping(options->children * sizeof(*tallies), true);
	status = run_children(walks, options, tallies);
	for (unsigned int i = 0; i < options->children; i++)
		add(tally, &tallies[i]);
	return status;
}
