// SPDX-License-Identifier: GPL-2.0
/*
 *		Access histories
 *
 * A history belongs to a VMA, or, for faults of shmem, which come without
 * one, to a swap area. It hangs on neither: the table has a fixed size, is
 * keyed by address, and forgets the least recently used of a bucket. So there
 * are no fields in vm_area_struct or mm_struct to copy at fork, split or
 * merge and nothing to free; the history of a VMA that is gone is found by
 * another one at the same address at worst, which costs one bad guess.
 *
 * A bucket belongs to whoever sets its bit; nobody waits for it: who does not
 * get it goes without a prediction. So it is no lock that could be taken in a
 * wrong order, and its owner may be preempted.
 *
 * The table is made for the first FlashVM device and never freed: faults may
 * look at it as long as the machine runs.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "internal.h"

#define HISTORY_BITS	7	/* 128 buckets of 4: 840 KiB in all */
#define HISTORY_WAYS	4

struct history {
	const void *key;
	struct flashvm_predictors predictors;
	struct history_bucket *bucket;
	u32 used;		/* the bucket's clock at the last use */
};

struct history_bucket {
	unsigned long busy;	/* bit 0: somebody is at what follows */
	u32 clock;
	struct history way[HISTORY_WAYS];
} ____cacheline_aligned_in_smp;

static DEFINE_MUTEX(flashvm_history_mutex);	/* for making the table */
static struct history_bucket *history_table;

/**
 * flashvm_history_init() - Make the table, if there is none yet.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int flashvm_history_init(void)
{
	struct history_bucket *table;
	int i, w, err = 0;

	mutex_lock(&flashvm_history_mutex);
	if (history_table)
		goto unlock;
	table = kvcalloc(1 << HISTORY_BITS, sizeof(*table), GFP_KERNEL);
	if (!table) {
		err = -ENOMEM;
		goto unlock;
	}
	for (i = 0; i < 1 << HISTORY_BITS; i++)
		for (w = 0; w < HISTORY_WAYS; w++)
			table[i].way[w].bucket = &table[i];
	/*
	 * Faults read it without a lock; they come after enable_swap_info(),
	 * which publishes the device.
	 */
	smp_store_release(&history_table, table);	/* flashvm_history_streams() */
unlock:
	mutex_unlock(&flashvm_history_mutex);
	return err;
}

static struct history *history_find(struct history_bucket *bucket,
				    const void *key, bool create)
{
	struct history *oldest = &bucket->way[0];
	int w;

	for (w = 0; w < HISTORY_WAYS; w++) {
		struct history *h = &bucket->way[w];

		if (h->key == key)
			return h;
		if (bucket->clock - h->used > bucket->clock - oldest->used)
			oldest = h;
	}
	if (!create)
		return NULL;
	oldest->key = key;
	memset(&oldest->predictors, 0, sizeof(oldest->predictors));
	return oldest;
}

/**
 * flashvm_history_get() - Find a history and keep others off it.
 * @key: address of the VMA or swap area that it belongs to
 * @create: if there is none, forget another one for it
 *
 * Context: process context; does not wait.
 * Return: the history, to be given back by flashvm_history_put(); NULL if there
 * is none or somebody else is at it.
 */
struct flashvm_predictors *flashvm_history_get(const void *key, bool create)
{
	struct history_bucket *bucket;
	struct history *h;

	bucket = &history_table[hash_ptr(key, HISTORY_BITS)];
	if (test_and_set_bit_lock(0, &bucket->busy))
		return NULL;
	h = history_find(bucket, key, create);
	if (!h) {
		clear_bit_unlock(0, &bucket->busy);
		return NULL;
	}
	h->used = ++bucket->clock;
	return &h->predictors;
}

/**
 * flashvm_history_streams() - How many streams are followed?
 *
 * Context: process context; does not wait: what others are at is not counted.
 * Return: the number of those that were touched lately in their histories.
 */
unsigned int flashvm_history_streams(void)
{
	struct history_bucket *table, *bucket;
	unsigned int streams = 0;
	int i, w;

	/* Pairs with the release in flashvm_history_init(). */
	table = smp_load_acquire(&history_table);
	for (i = 0; table && i < 1 << HISTORY_BITS; i++) {
		bucket = &table[i];
		if (test_and_set_bit_lock(0, &bucket->busy))
			continue;
		for (w = 0; w < HISTORY_WAYS; w++)
			streams += flashvm_predictors_live(&bucket->way[w].predictors);
		clear_bit_unlock(0, &bucket->busy);
		cond_resched();
	}
	return streams;
}

/**
 * flashvm_history_put() - Let go of a history.
 * @predictors: what flashvm_history_get() returned
 */
void flashvm_history_put(struct flashvm_predictors *predictors)
{
	struct history *h = container_of(predictors, struct history,
					 predictors);

	clear_bit_unlock(0, &h->bucket->busy);
}
