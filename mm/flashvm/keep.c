// SPDX-License-Identifier: GPL-2.0
/*
 *		Keeping what was read ahead
 *
 * The multi-gen LRU tells pages that are used from others by the accessed bits of
 * page tables. What was read ahead is in no page table yet: each time the LRU makes
 * a new generation, it grows older by one, and its neighbours that are mapped do not.
 * Where a program touches all its memory again and again there is soon little else
 * in the oldest generation, and the pages are evicted that are needed next.
 *
 * There is one more sign of use, for pages that are read and written by system calls
 * and in no page table either: a count of accesses in the flags of a folio. One that
 * is full saves the folio once: reclaim moves it to the next generation and starts to
 * count anew. So a page that was read ahead gets a full count, and its first touch
 * takes it away: from then on there are accessed bits. A bad guess stays for one
 * generation more.
 *
 * PG_workingset is a part of that count. Who waits for such a folio counts as stalled
 * for want of memory (PSI), which is what he is; so it stays as long as the folio is
 * read.
 *
 * The classic LRU counts nothing of that sort, and is left alone.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmzone.h>
#include <linux/pagevec.h>
#include <linux/swap.h>

#include "internal.h"

#define FULL_COUNT	(LRU_REFS_MASK | BIT(PG_workingset))

/**
 * flashvm_keep_ahead() - Let folios that are read ahead survive one more generation.
 * @batch: the folios, added to the LRU on this processor and submitted; empty then, and
 *	the references of the caller are gone
 *
 * They are where reclaim can see them, too: else who frees memory would not know what
 * the last plan has taken.
 *
 * Context: process context, no locks held.
 */
void flashvm_keep_ahead(struct folio_batch *batch)
{
	unsigned int i;

	/* A folio that becomes part of the LRU loses its count. */
	lru_add_drain();
	for (i = 0; lru_gen_enabled() && i < folio_batch_count(batch); i++) {
		/* Unless somebody has touched it meanwhile. */
		if (folio_test_readahead(batch->folios[i]))
			set_mask_bits(&batch->folios[i]->flags, 0, FULL_COUNT);
	}
	folios_put(batch);
}

/**
 * flashvm_keep_no_more() - Treat a folio like others from now on.
 * @folio: was read ahead, and is touched
 *
 * Context: any, with a reference.
 */
void flashvm_keep_no_more(struct folio *folio)
{
	if (lru_gen_enabled())
		set_mask_bits(&folio->flags, folio_test_uptodate(folio) ?
			      FULL_COUNT : LRU_REFS_MASK, 0);
}
