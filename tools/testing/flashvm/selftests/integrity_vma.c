// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios of integrity(1) that change mappings or look into them.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "integrity.h"

#define SEGMENTS	16

/* Move segments about, to odd page numbers, too; grow and shrink them. */
void do_mremap(void)
{
	size_t each = pages / SEGMENTS;
	struct area a[SEGMENTS];
	unsigned char *room, *old;

	for (int i = 0; i < SEGMENTS; i++) {
		area_map(&a[i], each, MAP_PRIVATE);
		area_fill(&a[i], i + 1);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < SEGMENTS; i++) {
			old = a[i].memory;
			room = map_pages(each + 1, MAP_PRIVATE | MAP_NORESERVE);
			room = mremap(old, each * PAGE, each * PAGE,
				      MREMAP_MAYMOVE | MREMAP_FIXED,
				      room + (round % 2) * PAGE);
			if (room == MAP_FAILED)
				die("mremap");
			a[i].memory = room;
			if (i % 4 == 0)
				pageout(&a[i]);
			area_check(&a[i], any(each), "after a move");
		}
		for (int i = 0; i < SEGMENTS; i++) {
			size_t half = each / 2;

			area_check_all(&a[i], "after moves");
			/* Give the second half back, and get it anew. */
			if (mremap(a[i].memory, each * PAGE, half * PAGE, 0) ==
			    MAP_FAILED)
				die("mremap to shrink");
			room = mremap(a[i].memory, half * PAGE, each * PAGE,
				      MREMAP_MAYMOVE);
			if (room == MAP_FAILED)
				die("mremap to grow");
			a[i].memory = room;
			area_forget(&a[i], half, each - half);
			for (size_t page = 0; page < each; page += 3)
				area_write(&a[i], page, i + 1);
			area_check_all(&a[i], "after a change of size");
		}
	}
}

static struct area guarded;
static volatile size_t traps;

/* What a garbage collector does: let the page be written. */
static void on_segv(int number, siginfo_t *info, void *context)
{
	uintptr_t where = (uintptr_t)info->si_addr & -PAGE;

	(void)context;
	if (where - (uintptr_t)guarded.memory >= guarded.pages * PAGE ||
	    mprotect((void *)where, PAGE, PROT_READ | PROT_WRITE)) {
		signal(number, SIG_DFL);
		return;
	}
	traps++;
}

static void protect(int how)
{
	if (mprotect(guarded.memory, guarded.pages * PAGE, how))
		die("mprotect");
}

void do_mprotect(void)
{
	struct sigaction segv = { .sa_sigaction = on_segv,
				  .sa_flags = SA_SIGINFO };
	size_t writes = 0;

	area_map(&guarded, pages, MAP_PRIVATE);
	area_fill(&guarded, 1);
	sigaction(SIGSEGV, &segv, NULL);
	protect(PROT_READ);
	area_check_all(&guarded, "that may only be read");
	for (size_t page = 0; page < pages; page += 5) {
		area_write(&guarded, page, 2);
		writes++;
	}
	if (traps != writes)
		wrong("%zu writes to read-only pages, %zu traps", writes, traps);
	protect(PROT_NONE);
	protect(PROT_READ | PROT_WRITE);
	area_check_all(&guarded, "after PROT_NONE");
	if (mlock(area_page(&guarded, pages / 2), pages / 8 * PAGE))
		die("mlock");
	area_check_all(&guarded, "partly locked");
	munlock(area_page(&guarded, pages / 2), pages / 8 * PAGE);
	pageout(&guarded);
	area_check_all(&guarded, "after munlock");
}

/* Many VMAs, some as small as a page: prefetching must not leave one. */
void do_vmas(void)
{
	const size_t step = 4;
	struct area a;

	area_map(&a, pages, MAP_PRIVATE);
	area_fill(&a, 1);
	for (size_t page = 0; page + step <= pages; page += step)
		if (mprotect(area_page(&a, page), page % 3 + 1 == 1 ? PAGE :
			     2 * PAGE, PROT_READ))
			die("mprotect");
	area_check_all(&a, "in small VMAs");
	for (size_t page = pages; page-- > 0;)
		area_check(&a, page, "in small VMAs, backward");
	for (size_t page = 1; page + 2 <= pages; page += 2 * step) {
		if (mmap(area_page(&a, page), 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		    MAP_FAILED)
			die("mmap");
		area_forget(&a, page, 2);
	}
	area_check_all(&a, "beside mappings that were replaced");
	if (mprotect(a.memory, pages * PAGE, PROT_READ | PROT_WRITE))
		die("mprotect");
	for (size_t page = 0; page < pages; page += 2)
		area_write(&a, page, 2);
	pageout(&a);
	area_check_all(&a, "in VMAs that were merged");
}

static int uffd;
static size_t protected_writes;

static void lift(unsigned long address)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = address, .len = PAGE },
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		die("UFFDIO_WRITEPROTECT to lift");
}

static void *uffd_thread(void *unused)
{
	struct uffd_msg msg;

	(void)unused;
	while (read(uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		if (msg.event != UFFD_EVENT_PAGEFAULT ||
		    !(msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP))
			wrong("userfaultfd: event %u, flags %#llx", msg.event,
			      (unsigned long long)msg.arg.pagefault.flags);
		__atomic_add_fetch(&protected_writes, 1, __ATOMIC_SEQ_CST);
		lift(msg.arg.pagefault.address & -PAGE);
	}
	return NULL;
}

/* The mark of write protection must survive swap: each write is told. */
void do_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_WP };
	struct uffdio_writeprotect wp = {
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	size_t writes = 0;
	pthread_t id;
	struct area a;

	area_map(&a, pages, MAP_PRIVATE);
	advise(&a, 0, pages, MADV_NOHUGEPAGE, "MADV_NOHUGEPAGE");
	area_fill(&a, 1);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		die("userfaultfd");
	reg.range.start = (unsigned long)a.memory;
	reg.range.len = pages * PAGE;
	wp.range = reg.range;
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("UFFDIO_REGISTER");
	/* Part of it is in swap already, the rest goes there later. */
	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		die("UFFDIO_WRITEPROTECT");
	pageout(&a);
	if (pthread_create(&id, NULL, uffd_thread, NULL))
		wrong("no thread");
	area_check_all(&a, "write-protected");
	/* Each is told to a thread and back; of neighbours one is enough. */
	for (size_t page = 0; page < pages; page += 8) {
		area_write(&a, page, 2);
		writes++;
	}
	area_check_all(&a, "after protected writes");
	if (protected_writes != writes)
		wrong("%zu writes to protected pages, %zu were told", writes,
		      protected_writes);
}

static long ksm(const char *file, const char *value)
{
	char path[64], buf[32] = "";
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/mm/ksm/%s", file);
	fd = open(path, value ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		die(path);
	size = value ? write(fd, value, strlen(value)) :
		       read(fd, buf, sizeof(buf) - 1);
	if (size < 0)
		die(path);
	close(fd);
	return atol(buf);
}

#define ALIKE	4	/* that many pages have one content */

static void check_alike(const struct area *a, const char *when)
{
	for (size_t page = 0; page < a->pages; page++)
		expect(area_page(a, page), a->tag[page], when);
}

/* Merged pages: read back as copies, written by one owner only. */
void do_ksm(void)
{
	struct area a;
	int tries;

	/*
	 * Half of it can be merged, and needs little memory then: the other
	 * half sees to the swapping. It comes first, as what is merged has to
	 * be in memory.
	 */
	area_map(&a, pages / 2, MAP_PRIVATE);
	for (size_t page = 0; page < a.pages; page++) {
		a.tag[page] = tag_of(1, page / ALIKE, 1);
		stamp(area_page(&a, page), a.tag[page]);
	}
	advise(&a, a.pages / 2, a.pages / 2, MADV_MERGEABLE, "MADV_MERGEABLE");
	ksm("pages_to_scan", "2000");
	ksm("sleep_millisecs", "1");
	ksm("run", "1");
	for (tries = 0; tries < 300 && !ksm("pages_sharing", NULL); tries++)
		usleep(50000);
	ksm("run", "0");
	if (!ksm("pages_sharing", NULL))
		wrong("no page was merged");
	for (int round = 0; round < 2; round++) {
		pageout(&a);
		check_alike(&a, "after merging");
		for (size_t page = round; page < a.pages; page += 3)
			area_write(&a, page, 2);
	}
	check_alike(&a, "after writes to merged pages");
	ksm("run", "2");
	check_alike(&a, "after they were separated");
	ksm("run", "0");
}

/* Other ways to a page than a fault of its owner. */
void do_gup(void)
{
	unsigned char buf[PAGE], again[PAGE];
	int to[2], data[2], mem;
	struct area a;
	char byte = 0, path[32];
	pid_t child;

	area_map(&a, pages, MAP_PRIVATE);
	area_fill(&a, 1);
	if (pipe(to) || pipe(data))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		area_fill(&a, 2);
		if (write(data[1], &byte, 1) != 1 || read(to[0], &byte, 1) != 1)
			_exit(2);
		for (size_t page = 0; page < pages; page += 2)
			a.tag[page] = tag_of(3, page, 1);
		area_check_all(&a, "written by another process");
		_exit(0);
	}
	if (read(data[0], &byte, 1) != 1)
		die("pipe");
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	mem = open(path, O_RDWR);
	if (mem < 0)
		die(path);
	for (size_t page = 0; page < pages; page++) {
		off_t there = (off_t)(uintptr_t)area_page(&a, page);

		if (pread(mem, buf, PAGE, there) != PAGE)
			die("reading /proc/PID/mem");
		/* The child's numbering went on from ours. */
		expect(buf, tag_of(2, page, pages + 1 + page),
		       "of another process");
		if (page % 2)
			continue;
		stamp(buf, tag_of(3, page, 1));
		if (pwrite(mem, buf, PAGE, there) != PAGE)
			die("writing /proc/PID/mem");
	}
	if (write(to[1], &byte, 1) != 1)
		die("pipe");
	reap(child, "child");

	for (size_t page = 0; page < pages; page++) {
		if (write(data[1], area_page(&a, page), PAGE) != PAGE ||
		    read(data[0], again, PAGE) != PAGE)
			die("pipe");
		expect(again, a.tag[page], "through a pipe");
	}
	area_check_all(&a, "at the end");
}
