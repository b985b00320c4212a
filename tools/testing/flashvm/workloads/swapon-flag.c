// SPDX-License-Identifier: GPL-2.0
/*
 * swapon-flag - swapon(2) with any flags.
 *
 * swapon(8) passes only the flags it knows. This passes what it is told, valid
 * or not: benchmarks and tests need both and must not depend on flashvmctl.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>

int main(int argc, char **argv)
{
	unsigned long flags;
	char *end;

	if (argc != 3) {
		fputs("Usage: swapon-flag DEVICE FLAGS\n"
		      "FLAGS is a number; 0x80000 asks for FlashVM.\n", stderr);
		return 2;
	}
	errno = 0;
	flags = strtoul(argv[2], &end, 0);
	if (end == argv[2] || *end || errno || flags > 0xffffffff) {
		fprintf(stderr, "swapon-flag: '%s' is not a number of flags\n",
			argv[2]);
		return 2;
	}
	if (swapon(argv[1], flags)) {
		fprintf(stderr, "swapon-flag: %s: %s\n", argv[1],
			strerror(errno));
		return 1;
	}
	return 0;
}
