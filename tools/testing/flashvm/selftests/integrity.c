// SPDX-License-Identifier: GPL-2.0
/*
 * integrity - Every page read back is the page written.
 *
 *	integrity MB SCENARIO
 *
 * Each scenario does to its memory what programs do, and knows at any time
 * what every page must hold. It is run in a control group that has less
 * memory than that, so that reclaim and faults happen in between everywhere;
 * that they did is checked outside. Exits with 1 and a line about the first
 * wrong page, with 2 if the system refuses a call.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integrity.h"

#define HUGE	(2UL << 20)

size_t pages;
static uint32_t writing;	/* a number for each page ever written */

/* --- areas ------------------------------------------------------------- */

void area_map(struct area *area, size_t count, int flags)
{
	area->pages = count;
	area->memory = map_pages(count, flags);
	area->tag = calloc(count, sizeof(*area->tag));
	if (!area->tag)
		die("calloc");
}

void area_unmap(struct area *area)
{
	munmap(area->memory, area->pages * PAGE);
	free(area->tag);
}

unsigned char *area_page(const struct area *area, size_t page)
{
	return area->memory + page * PAGE;
}

void area_write(struct area *area, size_t page, unsigned int owner)
{
	area->tag[page] = tag_of(owner, page, ++writing);
	stamp(area_page(area, page), area->tag[page]);
}

void area_fill(struct area *area, unsigned int owner)
{
	for (size_t page = 0; page < area->pages; page++)
		area_write(area, page, owner);
}

void area_check(const struct area *area, size_t page, const char *when)
{
	if (area->tag[page])
		expect(area_page(area, page), area->tag[page], when);
	else
		expect_zero(area_page(area, page), when);
}

void area_check_all(const struct area *area, const char *when)
{
	for (size_t page = 0; page < area->pages; page++)
		area_check(area, page, when);
}

/* These pages were given back: they must be zero. */
void area_forget(struct area *area, size_t from, size_t count)
{
	memset(area->tag + from, 0, count * sizeof(*area->tag));
}

void advise(const struct area *area, size_t from, size_t count, int advice,
	    const char *name)
{
	while (madvise(area_page(area, from), count * PAGE, advice)) {
		if (errno != EAGAIN)
			die(name);
	}
}

void pageout(const struct area *area)
{
	advise(area, 0, area->pages, MADV_PAGEOUT, "MADV_PAGEOUT");
}

/* The same sequence in every run. */
size_t any(size_t below)
{
	static _Thread_local uint64_t state;

	if (!state)
		state = (uintptr_t)&state;
	return mix64(state++) % below;
}

void reap(pid_t child, const char *who)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		wrong("%s: wait status %#x", who, status);
}

static pid_t start_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	return child;
}

/* --- scenarios --------------------------------------------------------- */

static void do_walks(void)
{
	struct area a;

	area_map(&a, pages, MAP_PRIVATE);
	area_fill(&a, 1);
	for (size_t page = 0; page < pages; page++) {
		area_check(&a, page, "forward");
		if (page % 4 == 0)
			area_write(&a, page, 2);
	}
	for (size_t page = pages; page-- > 0;)
		area_check(&a, page, "backward");
	for (size_t first = 0; first < 7; first++)
		for (size_t page = first; page < pages; page += 7)
			area_check(&a, page, "with stride 7");
	for (size_t i = 0; i < pages; i++) {
		size_t page = any(pages);

		area_check(&a, page, "at random");
		area_write(&a, page, 3);
	}
	area_check_all(&a, "at the end");
	area_unmap(&a);
}

/* Parent, child and grandchild share pages, write some, and must not meet. */
static void do_fork(void)
{
	pid_t child, grandchild;
	struct area a;

	/* Three copies of what is written: more than the group has. */
	area_map(&a, pages / 2, MAP_PRIVATE);
	area_fill(&a, 1);
	for (int round = 0; round < 2; round++) {
		child = start_child();
		if (!child) {
			grandchild = start_child();
			for (size_t page = 0; page < a.pages; page++) {
				area_check(&a, page, "in a child");
				if (page % (grandchild ? 2 : 5) == 0)
					area_write(&a, page, grandchild ? 2 : 3);
			}
			area_check_all(&a, "in a child that wrote");
			if (grandchild)
				reap(grandchild, "grandchild");
			_exit(0);
		}
		for (size_t page = a.pages; page-- > 0;) {
			if (page % 3 == 0)
				area_write(&a, page, 1);
			area_check(&a, page, "in the parent");
		}
		reap(child, "child");
		area_check_all(&a, "in the parent of a child that ended");
	}
}

/* A page of which MADV_FREE was told may be lost or not, but not damaged. */
static void check_freed(struct area *a, size_t from, size_t count)
{
	for (size_t page = from; page < from + count; page++) {
		if (!is_zero(area_page(a, page)))
			area_check(a, page, "after MADV_FREE");
		area_write(a, page, 4);
	}
}

static void do_madvise(void)
{
	size_t fifth = pages / 5;
	struct area a;

	area_map(&a, fifth * 5, MAP_PRIVATE);
	area_fill(&a, 1);
	for (int round = 0; round < 2; round++) {
		area_check_all(&a, "before advice");
		if (round)
			pageout(&a);
		advise(&a, 0, fifth / 2, MADV_DONTNEED, "MADV_DONTNEED");
		area_forget(&a, 0, fifth / 2);
		advise(&a, fifth, fifth, MADV_FREE, "MADV_FREE");
		advise(&a, 2 * fifth, fifth, MADV_PAGEOUT, "MADV_PAGEOUT");
		advise(&a, 3 * fifth, fifth, MADV_COLD, "MADV_COLD");
		advise(&a, 4 * fifth, fifth, MADV_PAGEOUT, "MADV_PAGEOUT");
		advise(&a, 4 * fifth, fifth, MADV_WILLNEED, "MADV_WILLNEED");
		advise(&a, 2 * fifth, fifth / 4, MADV_POPULATE_READ,
		       "MADV_POPULATE_READ");
		advise(&a, 3 * fifth, fifth / 4, MADV_POPULATE_WRITE,
		       "MADV_POPULATE_WRITE");
		check_freed(&a, fifth, fifth);
		area_check_all(&a, "after advice");
		for (size_t page = 0; page < a.pages; page += 3)
			area_write(&a, page, 2 + round);
		/* Half of what was freed is written again, and must stay. */
		advise(&a, fifth, fifth, MADV_FREE, "MADV_FREE");
		for (size_t page = fifth; page < 2 * fifth; page++)
			area_write(&a, page, 5);
		pageout(&a);
		area_check_all(&a, "at the end of a round");
	}
}

/* Lockstep of two processes: each side sends a byte and waits for one. */
static void meet(const int fd[2])
{
	char byte = 0;

	if (write(fd[1], &byte, 1) != 1 || read(fd[0], &byte, 1) != 1)
		die("pipe");
}

static void share(struct area *a, unsigned int me, const int fd[2])
{
	for (uint32_t round = 1; round <= 3; round++) {
		for (size_t page = me; page < pages; page += 2)
			stamp(area_page(a, page), tag_of(me, page, round));
		/*
		 * In turn: what two touch all the time is not reclaimed, and
		 * Linux then kills one of them.
		 */
		for (unsigned int turn = 0; turn < 2; turn++) {
			meet(fd);
			for (size_t page = 0; turn == me && page < pages; page++)
				expect(area_page(a, page),
				       tag_of(page % 2, page, round),
				       "shared by two");
		}
		meet(fd);
	}
}

static void do_shmem(void)
{
	unsigned char buf[PAGE];
	int to[2], from[2], fd;
	struct area a;
	pid_t child;

	fd = memfd_create("integrity", 0);
	if (fd < 0 || ftruncate(fd, pages * PAGE))
		die("memfd");
	area_map(&a, pages, MAP_PRIVATE);
	if (mmap(a.memory, pages * PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED || pipe(to) ||
	    pipe(from))
		die("shared mapping");
	child = start_child();
	if (!child) {
		share(&a, 1, (int[]){ to[0], from[1] });
		_exit(0);
	}
	share(&a, 0, (int[]){ from[0], to[1] });
	reap(child, "the other process");

	area_fill(&a, 3);
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      pages / 4 * PAGE, pages / 4 * PAGE))
		die("FALLOC_FL_PUNCH_HOLE");
	area_forget(&a, pages / 4, pages / 4);
	if (ftruncate(fd, pages / 4 * 3 * PAGE) ||
	    ftruncate(fd, pages * PAGE))
		die("ftruncate");
	area_forget(&a, pages / 4 * 3, pages - pages / 4 * 3);
	area_check_all(&a, "after holes");
	for (size_t page = 0; page < pages; page += 3) {
		a.tag[page] = tag_of(4, page, 1);
		stamp(buf, a.tag[page]);
		if (pwrite(fd, buf, PAGE, page * PAGE) != PAGE)
			die("pwrite");
	}
	pageout(&a);
	for (size_t page = 0; page < pages; page++) {
		if (pread(fd, buf, PAGE, page * PAGE) != PAGE)
			die("pread");
		if (a.tag[page])
			expect(buf, a.tag[page], "read from shmem");
		else
			expect_zero(buf, "read from shmem");
	}
	area_check_all(&a, "mapped after writes to the file");
}

static size_t huge_kb(void)
{
	FILE *smaps = fopen("/proc/self/smaps_rollup", "r");
	size_t kb = 0;
	char line[256];

	if (!smaps)
		die("/proc/self/smaps_rollup");
	while (fgets(line, sizeof(line), smaps))
		if (sscanf(line, "AnonHugePages: %zu", &kb) == 1)
			break;
	fclose(smaps);
	return kb;
}

/* Huge pages that go out whole, are split before, or lose pages meanwhile. */
static void do_thp(void)
{
	const size_t huge = HUGE / PAGE;
	unsigned char *aligned;
	struct area a;

	area_map(&a, pages, MAP_PRIVATE);
	aligned = (void *)(((uintptr_t)a.memory + HUGE - 1) & -HUGE);
	a.pages = (pages - (aligned - a.memory) / PAGE) / huge * huge;
	a.memory = aligned;
	if (a.pages < 2 * huge)
		wrong("too little memory for two huge pages");
	advise(&a, 0, a.pages, MADV_HUGEPAGE, "MADV_HUGEPAGE");
	stamp(area_page(&a, 0), 0);
	if (!huge_kb())
		wrong("no huge page");
	for (int round = 0; round < 2; round++) {
		area_fill(&a, 1);
		pageout(&a);
		area_check_all(&a, "after huge pages went out");
		advise(&a, 0, a.pages, MADV_DONTNEED, "MADV_DONTNEED");
		area_forget(&a, 0, a.pages);
		area_fill(&a, 2);
		/* One page each of the first half goes, before and after. */
		for (size_t page = 7; page < a.pages / 2; page += huge) {
			advise(&a, page, 1, MADV_DONTNEED, "MADV_DONTNEED");
			area_forget(&a, page, 1);
		}
		pageout(&a);
		for (size_t page = 9; page < a.pages; page += huge) {
			advise(&a, page, 1, MADV_DONTNEED, "MADV_DONTNEED");
			area_forget(&a, page, 1);
			area_write(&a, page + 5, 3);
		}
		area_check_all(&a, "after huge pages were split");
		if (mprotect(area_page(&a, huge / 2), HUGE, PROT_READ) ||
		    mprotect(area_page(&a, huge / 2), HUGE,
			     PROT_READ | PROT_WRITE))
			die("mprotect");
		area_check_all(&a, "after a boundary inside of huge pages");
	}
}

#define THREADS	4
#define LOCKS	64

static struct area common;
static pthread_mutex_t lock[LOCKS];

static void *thread(void *arg)
{
	unsigned int me = (uintptr_t)arg;

	for (size_t i = 0; i < pages; i++) {
		/* Two go along the memory, two jump. */
		size_t page = me % 2 ? any(pages) :
				       (i + me * pages / THREADS) % pages;

		pthread_mutex_lock(&lock[page % LOCKS]);
		area_check(&common, page, "seen by a thread");
		if (i % 3 == 0) {
			common.tag[page] = tag_of(me, page, i);
			stamp(area_page(&common, page), common.tag[page]);
		}
		pthread_mutex_unlock(&lock[page % LOCKS]);
	}
	return NULL;
}

static void do_threads(void)
{
	pthread_t id[THREADS];

	area_map(&common, pages, MAP_PRIVATE);
	area_fill(&common, 9);
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&lock[i], NULL);
	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&id[i], NULL, thread, (void *)(i + 1)))
			wrong("no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(id[i], NULL);
	area_check_all(&common, "after all threads");
}

/* Zero pages have slots, but no content on the device. */
static void do_zero(void)
{
	struct area a;

	area_map(&a, pages, MAP_PRIVATE);
	for (int round = 0; round < 3; round++) {
		for (size_t page = 0; page < pages; page++) {
			if ((page + round) % 3) {
				area_write(&a, page, round);
			} else {
				memset(area_page(&a, page), 0, PAGE);
				area_forget(&a, page, 1);
			}
		}
		area_check_all(&a, "among zero pages");
		pageout(&a);
	}
	area_check_all(&a, "among zero pages at the end");
	area_unmap(&a);
}

/* Processes that end or unmap with pages in swap, others that stay. */
static void do_exit(void)
{
	struct area a, b;
	pid_t child[4];

	area_map(&a, pages / 2, MAP_PRIVATE);
	area_fill(&a, 1);
	for (int i = 0; i < 4; i++) {
		child[i] = start_child();
		if (child[i])
			continue;
		area_map(&b, pages / 4, MAP_PRIVATE);
		area_fill(&b, 2 + i);
		if (i % 2)
			area_check_all(&b, "in a child that ends");
		if (i == 2)
			area_unmap(&b);
		area_check_all(&a, "inherited by a child that ends");
		_exit(0);
	}
	area_check_all(&a, "beside children that end");
	for (int i = 0; i < 4; i++)
		reap(child[i], "child");
	area_check_all(&a, "after children ended");
	area_unmap(&a);
}

static const struct scenario {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{ "walks", do_walks },
	{ "fork", do_fork },
	{ "madvise", do_madvise },
	{ "shmem", do_shmem },
	{ "thp", do_thp },
	{ "threads", do_threads },
	{ "zero", do_zero },
	{ "exit", do_exit },
	{ "mremap", do_mremap },
	{ "mprotect", do_mprotect },
	{ "vmas", do_vmas },
	{ "uffd", do_uffd },
	{ "ksm", do_ksm },
	{ "gup", do_gup },
};

int main(int argc, char **argv)
{
	if (argc == 3) {
		pages = strtoul(argv[1], NULL, 0) << 20 >> 12;
		for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
			if (!strcmp(scenarios[i].name, argv[2]) && pages) {
				scenarios[i].run();
				return 0;
			}
	}
	fputs("usage: integrity MB SCENARIO\n", stderr);
	return 2;
}
