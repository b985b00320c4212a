/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock, and a histogram of how long touches took.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef WALK_LATENCY_H
#define WALK_LATENCY_H

#include <stdint.h>
#include <time.h>

/* A power of two has 64 buckets, and what takes 2^40 ns or more shares one. */
#define LATENCY_BITS	6
#define LATENCY_LARGEST	40
#define LATENCY_BUCKETS	((LATENCY_LARGEST - LATENCY_BITS + 1) << LATENCY_BITS)

/**
 * struct latency - A histogram of slow touches.
 * @clock_ns:	what reading the clock takes; not part of a touch
 * @slow:	touches in the histogram
 * @max_ns:	the slowest of them
 * @bucket:	touches by latency
 */
struct latency {
	uint64_t clock_ns;
	uint64_t slow;
	uint64_t max_ns;
	uint32_t bucket[LATENCY_BUCKETS];
};

void latency_start(struct latency *latency);
void latency_record(struct latency *latency, uint64_t ns);
void latency_add(struct latency *to, const struct latency *from);
uint64_t latency_per_mille(const struct latency *latency,
			   unsigned int per_mille);

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

#endif /* WALK_LATENCY_H */
