// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers on the command line.
 *
 * A benchmark that takes a wrong number for a right one measures something else
 * than its author thinks: what is not entirely a number, or not in its range,
 * is refused.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "walk-number.h"

/**
 * bad() - End the program: something on the command line is wrong.
 * @what:	the option
 * @value:	what was given
 * @why:	what is wrong with it
 */
void bad(const char *what, const char *value, const char *why)
{
	fprintf(stderr, "%s: %s '%s': %s\n", program_invocation_short_name,
		what, value, why);
	exit(2);
}

static uint64_t parse(const char *what, const char *text, char **end)
{
	uint64_t value;

	errno = 0;
	value = strtoull(text, end, 0);
	/* strtoull() would take blanks and a sign, too. */
	if (!isdigit((unsigned char)*text))
		bad(what, text, "not a number");
	if (errno)
		bad(what, text, "too large");
	return value;
}

/**
 * number() - Read a number.
 * @what:	the option
 * @text:	what was given
 * @least:	smallest number that is allowed
 * @most:	largest number that is allowed
 *
 * Return: the number.
 */
uint64_t number(const char *what, const char *text, uint64_t least,
		uint64_t most)
{
	char why[64];
	uint64_t value;
	char *end;

	value = parse(what, text, &end);
	if (*end)
		bad(what, text, "not a number");
	if (value < least || value > most) {
		snprintf(why, sizeof(why), "not from %" PRIu64 " to %" PRIu64,
			 least, most);
		bad(what, text, why);
	}
	return value;
}

/**
 * bytes() - Read a size.
 * @what:	the option
 * @text:	what was given: bytes, or K, M or G of 1024
 *
 * Return: bytes, a page at least.
 */
uint64_t bytes(const char *what, const char *text)
{
	static const char suffixes[] = "KMG";
	unsigned int shift = 0;
	const char *found;
	uint64_t value;
	char *end;

	value = parse(what, text, &end);
	found = *end ? strchr(suffixes, *end) : NULL;
	if (found) {
		shift = 10 * (found - suffixes + 1);
		end++;
	}
	if (*end)
		bad(what, text, "not a number");
	if (value << shift >> shift != value)
		bad(what, text, "too large");
	if (value << shift < PAGE_BYTES)
		bad(what, text, "less than a page");
	return value << shift;
}

/**
 * percent() - Read a percentage.
 * @what:	the option
 * @text:	what was given
 *
 * Return: 0 to 100.
 */
unsigned int percent(const char *what, const char *text)
{
	return number(what, text, 0, 100);
}
