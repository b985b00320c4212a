// SPDX-License-Identifier: GPL-2.0
/*
 * call - One system call, its result in a word.
 *
 *	call [-u UID] [-n N] swapon PATH [FLAGS]
 *	call [-u UID] [-n N] swapoff PATH
 *	call each PATH FLAGS		swapon(2), each allocation failing in turn
 *	call [-u UID] store FILE	write(2) of standard input, in one piece
 *	call seed			the random numbers of a guest: the same always
 *
 * Prints "ok" or the name of the error, and exits with 0 or 1. No shell can
 * say which error it was, pass a flag that swapon(8) does not know, or write
 * a NUL, nothing, or 5000 bytes to a file of sysfs.
 *
 * A PATH of "(null)" is a NULL pointer. With -n the Nth allocation of the call
 * fails, on a kernel that can inject that; "unreached" is printed behind the
 * result if the call made fewer. "each" does that for the first, the second ...
 * until there are no more, looks whether a refused swapon left anything, ends
 * one that succeeded, and prints how many it tried and how many were refused.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long store(const char *path)
{
	static char buf[65536];
	size_t size = 0;
	ssize_t got;
	int fd;

	while ((got = read(0, buf + size, sizeof(buf) - size)) > 0)
		size += got;
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -1;
	return write(fd, buf, size) < 0 ? -1 : 0;
}

/* A guest has no entropy for a minute: getrandom(2) would wait for it. */
static int seed(void)
{
	struct {
		struct rand_pool_info head;
		char bytes[32];
	} pool = { .head = { .entropy_count = 256, .buf_size = 32 },
		   .bytes = "no secret is kept in this guest" };
	int fd = open("/dev/random", O_WRONLY);

	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool)) {
		perror("/dev/random");
		return 2;
	}
	return 0;
}

/* Let the Nth allocation from now on fail; 0: none. Exits if that cannot be. */
static void fail_nth(int fd, const char *nth)
{
	if (write(fd, nth, strlen(nth)) != (ssize_t)strlen(nth)) {
		perror("/proc/thread-self/fail-nth");
		exit(2);
	}
}

/* Return: true if the failure is still to come. */
static bool fail_to_come(int fd)
{
	char left[16] = "";

	if (pread(fd, left, sizeof(left) - 1, 0) < 1) {
		perror("/proc/thread-self/fail-nth");
		exit(2);
	}
	return atoi(left) > 0;
}

static bool lines_in(const char *path, int wanted)
{
	FILE *file = fopen(path, "r");
	int byte, lines = 0;

	while (file && (byte = getc(file)) != EOF)
		lines += byte == '\n';
	if (file)
		fclose(file);
	return lines == wanted;
}

/* Nothing is enabled: /proc/swaps has its heading, FlashVM no directory. */
static bool nothing_on(void)
{
	struct stat st;

	return lines_in("/proc/swaps", 1) &&
	       !stat("/sys/kernel/mm/flashvm", &st) && st.st_nlink == 2;
}

static int each(int fd, const char *path, unsigned long flags)
{
	unsigned int tried = 0, refused = 0;
	char nth[16];
	bool more;
	int error;

	do {
		snprintf(nth, sizeof(nth), "%u", ++tried);
		fail_nth(fd, nth);
		error = syscall(SYS_swapon, path, flags) ? errno : 0;
		more = !fail_to_come(fd);
		fail_nth(fd, "0");
		if (!error && syscall(SYS_swapoff, path))
			error = errno;
		else if (error == ENOMEM)
			refused++;
		if ((error && error != ENOMEM) || !nothing_on()) {
			printf("allocation %u: %s, %s\n", tried,
			       error ? strerrorname_np(error) : "ok",
			       nothing_on() ? "nothing left" : "something left");
			return 1;
		}
	} while (more);
	printf("%u %u\n", tried, refused);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb, *path, *nth = NULL;
	unsigned long flags = 0;
	bool unreached = false;
	int fd = -1;
	long ret;

	if (argc > 2 && !strcmp(argv[1], "-u")) {
		if (setresuid(atoi(argv[2]), atoi(argv[2]), atoi(argv[2]))) {
			perror("setresuid");
			return 2;
		}
		argv += 2;
		argc -= 2;
	}
	if (argc > 2 && !strcmp(argv[1], "-n")) {
		nth = argv[2];
		fd = open("/proc/thread-self/fail-nth", O_RDWR);
		argv += 2;
		argc -= 2;
	}
	if (argc == 2 && !strcmp(argv[1], "seed"))
		return seed();
	if (argc < 3) {
		fputs("usage: call [-u UID] [-n N] swapon|swapoff|each|store PATH [FLAGS]\n",
		      stderr);
		return 2;
	}
	verb = argv[1];
	path = strcmp(argv[2], "(null)") ? argv[2] : NULL;
	if (argc > 3)
		flags = strtoul(argv[3], NULL, 0);

	if (!strcmp(verb, "each"))
		return each(open("/proc/thread-self/fail-nth", O_RDWR), path,
			    flags);
	if (nth)
		fail_nth(fd, nth);
	if (!strcmp(verb, "swapon")) {
		ret = syscall(SYS_swapon, path, flags);
	} else if (!strcmp(verb, "swapoff")) {
		ret = syscall(SYS_swapoff, path);
	} else if (!strcmp(verb, "store") && path) {
		ret = store(path);
	} else {
		fprintf(stderr, "call: no verb %s\n", verb);
		return 2;
	}
	path = ret ? strerrorname_np(errno) : "ok";
	if (nth) {
		unreached = fail_to_come(fd);
		fail_nth(fd, "0");
	}
	printf("%s%s\n", path, unreached ? " unreached" : "");
	return ret ? 1 : 0;
}
