// SPDX-License-Identifier: GPL-2.0
/*
 * Memory, strings, sizes
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flashvmctl.h"

/* A tool of this size has nothing better to do without memory than to end. */
static void *or_die(void *p)
{
	if (!p)
		errx(EXIT_FAILED, "out of memory");
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n, size));
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return or_die(reallocarray(p, n, size));
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	return or_die(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

/**
 * parse_u64() - Parse a whole decimal number, and nothing beside it.
 * @s:		text; a newline at its end is fine
 * @value:	result; unchanged on failure
 *
 * Return: whether @s is a number that fits.
 */
bool parse_u64(const char *s, uint64_t *value)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || (*end && strcmp(end, "\n")))
		return false;
	*value = v;
	return true;
}

/**
 * size_to_string() - Write a size as lsblk does: 1.5G, 512M, 0B.
 * @bytes:	the size
 *
 * Return: a string to free.
 */
char *size_to_string(uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;
	uint64_t whole, tenths;

	while (unit < sizeof(units) - 2 && bytes >> (10 * (unit + 1)))
		unit++;
	if (!unit)
		return xasprintf("%" PRIu64 "B", bytes);

	whole = bytes >> (10 * unit);
	/* Ten bits of fraction are enough for one rounded decimal. */
	tenths = bytes >> (10 * (unit - 1)) & 1023;
	tenths = (tenths * 10 + 512) >> 10;
	if (tenths == 10) {
		whole++;
		tenths = 0;
	}
	if (whole == 1024 && unit < sizeof(units) - 2) {
		whole = 1;
		unit++;
	}
	if (!tenths)
		return xasprintf("%" PRIu64 "%c", whole, units[unit]);
	return xasprintf("%" PRIu64 ".%" PRIu64 "%c", whole, tenths, units[unit]);
}

/* What to say about EPERM and EACCES. */
const char *permission_denied(void)
{
	if (geteuid())
		return "permission denied: run as root";
	return "permission denied, even to root: is this a container?";
}

void strings_add(struct strings *list, char *s)
{
	list->s = xrealloc(list->s, list->n + 1, sizeof(*list->s));
	list->s[list->n++] = s;
}

/* Numbers in names count as numbers: nvme2n1 before nvme10n1. */
static int compare(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

void strings_sort(struct strings *list)
{
	if (list->n)
		qsort(list->s, list->n, sizeof(*list->s), compare);
}

void strings_free(struct strings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->s[i]);
	free(list->s);
	list->s = NULL;
	list->n = 0;
}
