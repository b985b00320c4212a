// SPDX-License-Identifier: GPL-2.0
/*
 * call - One system call, its result in a word.
 *
 *	call [-u UID] swapon PATH [FLAGS]
 *	call [-u UID] swapoff PATH
 *	call [-u UID] store FILE	write(2) of standard input, in one piece
 *	call seed			the random numbers of a guest: the same always
 *
 * Prints "ok" or the name of the error, and exits with 0 or 1. No shell can
 * say which error it was, pass a flag that swapon(8) does not know, or write
 * a NUL, nothing, or 5000 bytes to a file of sysfs.
 *
 * A PATH of "(null)" is a NULL pointer.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

int main(int argc, char **argv)
{
	const char *verb, *path;
	unsigned long flags = 0;
	long ret;

	if (argc > 2 && !strcmp(argv[1], "-u")) {
		if (setresuid(atoi(argv[2]), atoi(argv[2]), atoi(argv[2]))) {
			perror("setresuid");
			return 2;
		}
		argv += 2;
		argc -= 2;
	}
	if (argc == 2 && !strcmp(argv[1], "seed"))
		return seed();
	if (argc < 3) {
		fputs("usage: call [-u UID] swapon|swapoff|store PATH [FLAGS]\n",
		      stderr);
		return 2;
	}
	verb = argv[1];
	path = strcmp(argv[2], "(null)") ? argv[2] : NULL;
	if (argc > 3)
		flags = strtoul(argv[3], NULL, 0);

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
	puts(ret ? strerrorname_np(errno) : "ok");
	return ret ? 1 : 0;
}
