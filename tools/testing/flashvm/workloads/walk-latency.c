// SPDX-License-Identifier: GPL-2.0
/*
 * A histogram of how long touches took.
 *
 * A touch of a page in memory takes nanoseconds, a fault that has to wait for a
 * device ten thousand times that. Percentiles of all touches would be those of
 * memory, so only touches count that took longer than a microsecond.
 *
 * The histogram has a fixed size: it needs no memory while the walk runs. It is
 * linear within a power of two and logarithmic beyond, as in HdrHistogram by
 * Gil Tene:
 *
 *	1024 ns                2048 ns                4096 ns
 *	  |  64 buckets of 16 ns |  64 buckets of 32 ns |  64 of 64 ns ...
 *
 * so that a bucket is at most 1/64 (1.6 %) as wide as what is in it is long. A
 * percentile is the upper end of its bucket, and never too low.
 *
 * Reading the clock may take a system call, depending on the clock: what
 * it takes is measured first, and left out.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <stddef.h>

#include "walk-latency.h"

/* Touches that took no longer than this found their page in memory. */
#define RESIDENT_NS	1000

/**
 * latency_start() - Measure what the clock takes.
 * @latency:	an empty histogram
 */
void latency_start(struct latency *latency)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 32; i++) {
		uint64_t begin = now_ns();
		uint64_t taken = now_ns() - begin;

		if (taken < least)
			least = taken;
	}
	latency->clock_ns = least;
}

static size_t bucket_of(uint64_t ns)
{
	unsigned int shift = 0;

	if (ns >> LATENCY_LARGEST)
		return LATENCY_BUCKETS - 1;
	if (ns >> LATENCY_BITS)
		shift = 63 - __builtin_clzll(ns) - LATENCY_BITS;
	/* The first bit that is set is the 64 that carries into the shift. */
	return ((size_t)shift << LATENCY_BITS) + (ns >> shift);
}

/* The largest number that is in a bucket. */
static uint64_t upper_end(size_t bucket)
{
	unsigned int shift = 0;

	if (bucket >> LATENCY_BITS)
		shift = (bucket >> LATENCY_BITS) - 1;
	bucket -= (size_t)shift << LATENCY_BITS;
	return ((uint64_t)(bucket + 1) << shift) - 1;
}

/**
 * latency_record() - Count a touch, if it was slow.
 * @latency:	the histogram
 * @ns:		from before the touch to after it
 */
void latency_record(struct latency *latency, uint64_t ns)
{
	if (ns <= latency->clock_ns + RESIDENT_NS)
		return;
	ns -= latency->clock_ns;
	latency->slow++;
	if (ns > latency->max_ns)
		latency->max_ns = ns;
	latency->bucket[bucket_of(ns)]++;
}

/**
 * latency_add() - Add a histogram to another.
 * @to:		the sum
 * @from:	what is added
 */
void latency_add(struct latency *to, const struct latency *from)
{
	to->slow += from->slow;
	if (from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	for (size_t i = 0; i < LATENCY_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

/**
 * latency_per_mille() - A percentile of the slow touches.
 * @latency:	the histogram
 * @per_mille:	how many of a thousand took no longer; not 0
 *
 * Return: nanoseconds, at most 1.6 % too many; 0 if no touch was slow.
 */
uint64_t latency_per_mille(const struct latency *latency,
			   unsigned int per_mille)
{
	uint64_t rank = (latency->slow * per_mille + 999) / 1000;
	uint64_t seen = 0;
	size_t i;

	if (!latency->slow)
		return 0;
	for (i = 0; i < LATENCY_BUCKETS - 1; i++) {
		seen += latency->bucket[i];
		if (seen >= rank)
			break;
	}
	/* The last bucket has no end. */
	if (i == LATENCY_BUCKETS - 1 || upper_end(i) > latency->max_ns)
		return latency->max_ns;
	return upper_end(i);
}
