// SPDX-License-Identifier: GPL-2.0
/*
 * worker - Processes that use more memory than they have, and check it.
 *
 * Each process stamps all of its pages, then walks over them, checks each page
 * that it comes to, and stamps every so manieth anew. What it keeps about its
 * pages is locked in memory, so that only stamped pages are swapped.
 *
 * Prints a line a process: pages=N passes=N checked=N lost=N majors=N
 * minors=N (faults of the walks alone). Exits with 1 on wrong data; with 3, if
 * -b allows that, when pages were lost to SIGBUS and all others were right.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stamp.h"

#define LOST	UINT32_MAX

enum pattern { SEQUENTIAL, BACKWARD, RANDOM, STRIDE };

static const char usage[] =
	"usage: worker [OPTIONS]\n"
	"  -m MB     memory of each process (16)\n"
	"  -c N      processes (1)\n"
	"  -n N      passes; 0: until SIGTERM, then a last one (1)\n"
	"  -i        idle until SIGTERM, then one pass\n"
	"  -p WHICH  seq, back, rand, or a stride in pages, -N: down (seq)\n"
	"  -w N      every Nth page visited is written; 0: none (4)\n"
	"  -s        shared memory (shmem)\n"
	"  -H        huge pages\n"
	"  -f        passes are walked by a forked child, each by another\n"
	"  -l        the program itself stays in memory, its stack, too\n"
	"  -b        go on after SIGBUS, without the page\n"
	"  -r FILE   append a line to FILE when the memory is filled\n";

static size_t megabytes = 16;
static int processes = 1, passes = 1, write_every = 4;
static bool idle, shared, huge, forking, tolerant, resident;
static enum pattern pattern;
static long stride;
static const char *ready;

static unsigned char *memory;
static uint32_t *generation;
static size_t pages;
static unsigned int owner;
static unsigned long walked;

/* In shared memory: forked children count, too. */
static struct counts {
	unsigned long checked;
	unsigned long lost;
} *counts;

static volatile sig_atomic_t stop;
static volatile sig_atomic_t touching;
static sigjmp_buf after_touch;

static pid_t children[64];

static void on_term(int number)
{
	(void)number;
	stop = 1;
	for (int i = 0; i < processes; i++)
		if (children[i] > 0)
			kill(children[i], SIGTERM);
}

static void on_bus(int number)
{
	if (touching)
		siglongjmp(after_touch, 1);
	signal(number, SIG_DFL);
	raise(number);
}

/* Check a page, and stamp it anew if @renew. */
static void touch(size_t page, bool renew)
{
	unsigned char *where = memory + page * PAGE;

	if (generation[page] == LOST)
		return;
	if (tolerant && sigsetjmp(after_touch, 1)) {
		touching = 0;
		generation[page] = LOST;
		counts->lost++;
		return;
	}
	touching = 1;
	expect(where, tag_of(owner, page, generation[page]), "in a walk");
	if (renew)
		stamp(where, tag_of(owner, page, ++generation[page]));
	touching = 0;
	counts->checked++;
}

/* Every Nth page, then the ones between; a stride divides the pages. */
static size_t stride_place(size_t step)
{
	size_t width = labs(stride);
	size_t column = pages / width;
	size_t page = step / column + step % column * width;

	return stride > 0 ? page : pages - 1 - page;
}

static size_t place(size_t step, uint64_t pass)
{
	switch (pattern) {
	case BACKWARD:
		return pages - 1 - step;
	case STRIDE:
		return stride_place(step);
	case RANDOM:
		return mix64(step ^ pass << 40 ^ (uint64_t)owner << 56) % pages;
	default:
		return step;
	}
}

static void walk(uint64_t pass, bool to_the_end)
{
	for (size_t step = 0; step < pages && (to_the_end || !stop); step++) {
		size_t page = place(step, pass);

		touch(page, write_every && step % write_every == 0);
	}
	walked++;
}

static void walk_in_child(uint64_t pass)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		walk(pass, false);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		if (tolerant && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGBUS)
			return;
		wrong("child: wait status %#x", status);
	}
	walked++;
}

static void tell_ready(void)
{
	int fd;

	if (!ready)
		return;
	fd = open(ready, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "ready\n", 6) != 6)
		die(ready);
	close(fd);
}

/* What is written is never swapped: SIGBUS is about stamped pages only. */
static void *locked(size_t bytes)
{
	void *table = map_pages((bytes + PAGE - 1) / PAGE,
				MAP_SHARED | MAP_POPULATE);

	if (mlock(table, bytes))
		die("mlock");
	return table;
}

static void fill(void)
{
	static size_t page;	/* not in a register: siglongjmp() */

	for (page = 0; page < pages; page++) {
		if (tolerant && sigsetjmp(after_touch, 1)) {
			touching = 0;
			generation[page] = LOST;
			counts->lost++;
			continue;
		}
		touching = 1;
		stamp(memory + page * PAGE, tag_of(owner, page, 0));
		touching = 0;
	}
}

/* SIGBUS shall be about stamped pages, not about the stack of its handler. */
static void lock_program(void)
{
	if ((tolerant || resident) && mlockall(MCL_CURRENT))
		die("mlockall");
}

static int work(void)
{
	struct rusage before, after;
	sigset_t term, old;
	uint64_t pass = 0;

	counts = locked(sizeof(*counts));
	generation = locked(pages * sizeof(*generation));
	lock_program();
	memory = map_pages(pages, shared ? MAP_SHARED : MAP_PRIVATE);
	if (huge)
		madvise(memory, pages * PAGE, MADV_HUGEPAGE);
	fill();
	tell_ready();

	getrusage(RUSAGE_SELF, &before);
	if (idle) {
		sigemptyset(&term);
		sigaddset(&term, SIGTERM);
		sigprocmask(SIG_BLOCK, &term, &old);
		while (!stop)
			sigsuspend(&old);
		sigprocmask(SIG_SETMASK, &old, NULL);
	}
	while (!idle && !stop && (!passes || pass < (uint64_t)passes)) {
		if (forking)
			walk_in_child(pass++);
		else
			walk(pass++, false);
	}
	if (idle || !passes) {
		pattern = SEQUENTIAL;
		walk(pass, true);
	}
	getrusage(RUSAGE_SELF, &after);
	printf("pages=%zu passes=%lu checked=%lu lost=%lu majors=%ld minors=%ld\n",
	       pages, walked, counts->checked, counts->lost,
	       after.ru_majflt - before.ru_majflt,
	       after.ru_minflt - before.ru_minflt);
	fflush(stdout);
	return counts->lost ? 3 : 0;
}

/* Return: the worst exit status; a signal counts as 128 more than itself. */
static int supervise(void)
{
	int worst = 0;

	lock_program();
	for (int i = 0; i < processes; i++) {
		children[i] = fork();
		if (children[i] < 0)
			die("fork");
		if (!children[i]) {
			memset(children, 0, sizeof(children));
			owner = i + 1;
			exit(work());
		}
	}
	for (int i = 0; i < processes; i++) {
		int status, code;

		while (waitpid(children[i], &status, 0) < 0)
			;
		code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					     WEXITSTATUS(status);
		if (code == 1 || (code > worst && worst != 1))
			worst = code;
	}
	return worst;
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "m:c:n:ip:w:sHfblr:")) != -1) {
		switch (option) {
		case 'm':
			megabytes = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			processes = atoi(optarg);
			break;
		case 'n':
			passes = atoi(optarg);
			break;
		case 'i':
			idle = true;
			break;
		case 'p':
			stride = atol(optarg);
			pattern = stride ? STRIDE :
				  *optarg == 'r' ? RANDOM :
				  *optarg == 'b' ? BACKWARD : SEQUENTIAL;
			break;
		case 'w':
			write_every = atoi(optarg);
			break;
		case 's':
			shared = true;
			break;
		case 'H':
			huge = true;
			break;
		case 'f':
			forking = true;
			break;
		case 'b':
			tolerant = true;
			break;
		case 'l':
			resident = true;
			break;
		case 'r':
			ready = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind != argc || !megabytes || processes < 1 ||
	    processes > 64) {
		fputs(usage, stderr);
		exit(2);
	}
	/* A child's new stamps die with it. */
	if (forking && !shared)
		write_every = 0;
	pages = megabytes << 20 >> 12;
}

int main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };

	parse(argc, argv);
	sigaction(SIGTERM, &term, NULL);
	if (tolerant)
		signal(SIGBUS, on_bus);
	return processes == 1 ? work() : supervise();
}
