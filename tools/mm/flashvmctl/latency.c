// SPDX-License-Identifier: GPL-2.0
/*
 * Log2 histograms of latencies
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * stats/read_latency_us and stats/write_latency_us have a line "LOWER COUNT"
 * for each bucket; LOWER is 0, 1, 2, 4, 8, ... microseconds and a bucket ends
 * where the next one starts. All buckets are listed; the last one is open. A
 * percentile is only known to lie in a bucket, so the bucket's upper bound is
 * what is reported: a promise that holds, at most twice the true figure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flashvmctl.h"

static void add_bucket(struct latency *lat, uint64_t lower, uint64_t count)
{
	lat->lower = xrealloc(lat->lower, lat->n + 1, sizeof(*lat->lower));
	lat->count = xrealloc(lat->count, lat->n + 1, sizeof(*lat->count));
	lat->lower[lat->n] = lower;
	lat->count[lat->n] = count;
	lat->n++;
	lat->total += count;
}

/**
 * latency_read() - Read a histogram of a FlashVM device.
 * @lat:	result, to be released by latency_release()
 * @kname:	the kernel's name of the device
 * @file:	name of a file in its stats directory
 *
 * Return: whether there is a histogram; it may be without any request.
 */
bool latency_read(struct latency *lat, const char *kname, const char *file)
{
	char *text, *line, *state = NULL;
	uint64_t lower, count;

	memset(lat, 0, sizeof(*lat));
	text = read_text("/sys/kernel/mm/flashvm/%s/stats/%s", kname, file);
	if (!text)
		return false;
	for (line = strtok_r(text, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state))
		if (sscanf(line, "%" SCNu64 " %" SCNu64, &lower, &count) == 2)
			add_bucket(lat, lower, count);
	free(text);
	return lat->n > 0;
}

void latency_release(struct latency *lat)
{
	free(lat->lower);
	free(lat->count);
	memset(lat, 0, sizeof(*lat));
}

/**
 * latency_percentile() - Find the bucket in which a percentile lies.
 * @lat:	histogram
 * @percent:	1 to 100
 * @bound:	result: upper bound of that bucket, in microseconds
 * @open:	result: the bucket has none, @bound is its lower bound
 *
 * Return: false when the histogram is empty.
 */
bool latency_percentile(const struct latency *lat, unsigned int percent,
			uint64_t *bound, bool *open)
{
	uint64_t rank, seen = 0;
	size_t i;

	if (!lat->total)
		return false;
	/* The smallest rank with percent % of all at or below it. */
	rank = lat->total - lat->total / 100 * (100 - percent) -
	       lat->total % 100 * (100 - percent) / 100;
	for (i = 0; i < lat->n; i++) {
		seen += lat->count[i];
		if (seen < rank)
			continue;
		*open = i + 1 == lat->n;
		*bound = lat->lower[*open ? i : i + 1];
		return true;
	}
	return false;
}

/**
 * latency_to_string() - Write a latency with a unit: 128us, 16.4ms, 2.1s.
 * @us:	microseconds
 *
 * Return: a string to free.
 */
char *latency_to_string(uint64_t us)
{
	if (us < 10000)
		return xasprintf("%" PRIu64 "us", us);
	if (us < 1000000)
		return xasprintf("%.1fms", (double)us / 1e3);
	return xasprintf("%.1fs", (double)us / 1e6);
}
