// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded by test.sh in place of swapon(2), swapoff(2) and write(2)
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * FAKESWAP_LOG		file to append a line a call to
 * FAKESWAP_FLASHVM	errno of swapon with the FlashVM flag
 * FAKESWAP_STOCK	errno of swapon without it
 * FAKESWAP_OFF		errno of swapoff
 * FAKESWAP_SLEEP	seconds that swapoff takes
 * FAKESWAP_WRITE	errno of writing FAKESWAP_VALUE, wherever
 * Success where there is no errno.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SWAP_FLASHVM	0x80000

static int number(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : 0;
}

static void record(const char *call, const char *path, int flags)
{
	const char *log = getenv("FAKESWAP_LOG");
	const char *slash = strrchr(path, '/');
	FILE *f = log ? fopen(log, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "%s %s 0x%x\n", call, slash ? slash + 1 : path, flags);
	fclose(f);
}

static int result(int err)
{
	errno = err;
	return err ? -1 : 0;
}

int swapon(const char *path, int flags)
{
	record("swapon", path, flags);
	return result(number(flags & SWAP_FLASHVM ? "FAKESWAP_FLASHVM" :
						    "FAKESWAP_STOCK"));
}

int swapoff(const char *path)
{
	record("swapoff", path, 0);
	if (sleep(number("FAKESWAP_SLEEP")))
		return result(EINTR);
	return result(number("FAKESWAP_OFF"));
}

/* In place of a kernel that refuses a value. */
ssize_t write(int fd, const void *buf, size_t len)
{
	const char *value = getenv("FAKESWAP_VALUE");

	if (value && len == strlen(value) && !memcmp(buf, value, len))
		return result(number("FAKESWAP_WRITE"));
	return syscall(SYS_write, fd, buf, len);
}
