// SPDX-License-Identifier: GPL-2.0
/*
 *		Reading from a FlashVM device, and reading ahead
 *
 * Linux 6.12 submits the page that a fault waits for in the middle of its
 * window, behind an allocation and a charge for every page before it, and all
 * of it in one plug. Here the demanded page is submitted first and alone, and
 * while the device works on it the plan is made and its pages follow in a
 * plug of their own.
 *
 * The first touch of a page that was read ahead is told to the policies, too, and
 * they may want to go on from there: so a steady walk never comes to the end of
 * what was read ahead. Nobody waits then, but for the memory.
 *
 * So many pages may be on their way at a time (prefetch/in_flight): what is
 * demanded has to wait behind them. Reading ahead at a fault takes memory that is
 * free; at a hit room is made before (room.c), and then one round of reclaim is
 * allowed (__GFP_NORETRY). The first page that gets none ends the plan, and the rest
 * of it is counted as dropped. Reclaim works outside the plug: what it writes would
 * stay in there, and as long as nothing is written it finds nothing to free, and
 * writes on. A device whose requests are synchronous (PMEM) would make the fault wait
 * for each page, so nothing is read ahead from it.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/blkdev.h>
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/swap_cgroup.h>

#include <trace/events/flashvm.h>

#include "../internal.h"
#include "../swap.h"
#include "internal.h"

/*
 * A struct flashvm_picked is 832 bytes, most of them in arrays that are filled as far
 * as they are used: to clear it costs as much as the policies at a touch. So it is
 * __uninitialized: who makes one sets what its kind of page has.
 */

/* Whose touches are remembered together: those of a VMA, or of a file. */
static const void *history_key(const struct flashvm_picked *p)
{
	return p->vma ? (const void *)p->vma : (const void *)p->mapping;
}

static struct flashvm_touch touch_of(const struct flashvm_picked *p,
				     swp_entry_t entry)
{
	struct flashvm_touch touch = {
		.index = {
			[FLASHVM_ADDRESS] = p->page,
			[FLASHVM_SLOT] = swp_offset(entry),
		},
		.has_address = true,
	};

	return touch;
}

/* Pages that may be read ahead from a device beside those on their way. */
static unsigned int room_in_flight(const struct flashvm_dev *dev)
{
	int in_flight = atomic_read(&dev->in_flight);
	int most = READ_ONCE(dev->in_flight_max);

	return in_flight < most ? most - in_flight : 0;
}

/* May pages be read ahead of the one that was touched? */
static bool may_read_ahead(const struct swap_info_struct *si,
			   struct flashvm_limits *limits)
{
	const struct flashvm_dev *dev = si->flashvm;

	limits->window = READ_ONCE(dev->prefetch_window);
	limits->stride_blocks = READ_ONCE(dev->stride_blocks);
	limits->eviction = READ_ONCE(dev->eviction_window);
	limits->columns = READ_ONCE(dev->columns);
	limits->floor = READ_ONCE(dev->prefetch_floor);
	limits->room = room_in_flight(dev);
	/* Who reclaims memory takes none for a guess. */
	return !(READ_ONCE(si->flags) & SWP_SYNCHRONOUS_IO) &&
	       !(current->flags & PF_MEMALLOC) &&
	       (limits->window || limits->stride_blocks || limits->eviction);
}

/* swapoff(2) walks all page tables upwards: no lesson in that. */
static bool is_swapoff(const struct swap_info_struct *si)
{
	return !(READ_ONCE(si->flags) & SWP_WRITEOK);
}

static void count_dropped(struct flashvm_dev *dev, unsigned int nr)
{
	flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_DROPPED, nr);
	count_vm_events(FLASHVM_AHEAD_DROPPED, nr);
}

/* Index of the last page of @p, in the space of @plan. */
static u64 last_of(const struct flashvm_picked *p, const struct flashvm_plan *plan)
{
	if (plan->space == FLASHVM_SLOT)
		return swp_offset(p->entry[p->nr - 1]);
	return p->page + p->pages[p->nr - 1];
}

/* Index of the page that was touched, in the space of @plan. */
static u64 touched(const struct flashvm_picked *p, swp_entry_t entry,
		   const struct flashvm_plan *plan)
{
	return plan->space == FLASHVM_SLOT ? swp_offset(entry) : p->page;
}

/* Tell the policies that there was memory only for those of @plan still in @p. */
static void note_left(const struct flashvm_picked *p, swp_entry_t entry,
		      const struct flashvm_plan *plan, u64 edge,
		      unsigned int left)
{
	struct flashvm_predictors *predictors;
	u64 last = p->nr ? last_of(p, plan) : touched(p, entry, plan) + plan->skip;

	predictors = flashvm_history_get(history_key(p), false);
	if (!predictors)
		return;
	flashvm_predict_left(predictors, plan, edge, last, left);
	flashvm_history_put(predictors);
}

/* Does a slot lose the record of its cgroup when it is read? So it is with v1. */
static bool owner_is_lost(void)
{
#ifdef CONFIG_MEMCG
	return !cgroup_subsys_on_dfl(memory_cgrp_subsys);
#else
	return false;
#endif
}

/* ID of the cgroup of a page of the device, which was read just now, or before. */
static unsigned short owner_of(swp_entry_t entry, const struct folio *folio)
{
	unsigned short id = lookup_swap_cgroup_id(entry);
	struct mem_cgroup *memcg;

	if (id)
		return id;
	rcu_read_lock();
	memcg = folio_memcg((struct folio *)folio);
	id = memcg ? mem_cgroup_id(memcg) : 0;
	rcu_read_unlock();
	return id;
}

/* Ask the policies at a fault, and find the pages that they want. Return: edge. */
static u64 plan_fault(struct flashvm_picked *p, swp_entry_t entry,
		      const struct folio *folio,
		      const struct flashvm_limits *limits,
		      struct flashvm_plan *plan)
{
	struct flashvm_predictors *predictors;
	struct flashvm_touch fault = touch_of(p, entry);
	u64 edge = 0;

	predictors = flashvm_history_get(history_key(p), true);
	if (!predictors)
		return edge;
	flashvm_predict_fault(predictors, &fault, limits, plan);
	if (plan->nr) {
		p->memcg = p->memcg ?: owner_of(entry, folio);
		flashvm_pick(p, plan, entry, &edge);
		flashvm_predict_issued(predictors, plan, edge, p->nr);
	}
	flashvm_history_put(predictors);
	return edge;
}

/* Tell the policies of a hit, and find the pages that they want, up to @edge. */
static enum flashvm_predictor plan_hit(struct flashvm_picked *p,
				       swp_entry_t entry, bool late,
				       const struct folio *folio,
				       const struct flashvm_limits *limits,
				       struct flashvm_plan *plan, u64 *edge)
{
	enum flashvm_predictor whose;
	struct flashvm_touch hit = touch_of(p, entry);
	struct flashvm_predictors *predictors;

	predictors = flashvm_history_get(history_key(p), false);
	if (!predictors)
		return FLASHVM_NOBODY;
	hit.late = late;
	whose = flashvm_predict_hit(predictors, &hit, limits, plan);
	if (plan->nr) {
		p->memcg = owner_of(entry, folio);
		flashvm_pick(p, plan, entry, edge);
		flashvm_predict_issued(predictors, plan, *edge, p->nr);
	}
	flashvm_history_put(predictors);
	return whose;
}

static const enum flashvm_stat issued_stat[FLASHVM_PREDICTORS] = {
	[FLASHVM_WINDOW] = FLASHVM_STAT_WINDOW_ISSUED,
	[FLASHVM_STRIDE] = FLASHVM_STAT_STRIDE_ISSUED,
	[FLASHVM_EVICTION] = FLASHVM_STAT_EVICTION_ISSUED,
};

static const enum flashvm_stat used_stat[FLASHVM_PREDICTORS] = {
	[FLASHVM_WINDOW] = FLASHVM_STAT_WINDOW_USED,
	[FLASHVM_STRIDE] = FLASHVM_STAT_STRIDE_USED,
	[FLASHVM_EVICTION] = FLASHVM_STAT_EVICTION_USED,
};

static const enum flashvm_stat late_stat[FLASHVM_PREDICTORS] = {
	[FLASHVM_WINDOW] = FLASHVM_STAT_WINDOW_LATE,
	[FLASHVM_STRIDE] = FLASHVM_STAT_STRIDE_LATE,
	[FLASHVM_EVICTION] = FLASHVM_STAT_EVICTION_LATE,
};

/*
 * Remember who reads a slot ahead, before anybody can find its folio marked
 * as read ahead. The bit of an earlier reading is overwritten, or left where
 * the folio was touched before it was marked: that one counts as wasted.
 */
static void note_predictor(swp_entry_t entry, enum flashvm_predictor predictor)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));

	if (!dev)	/* not any more: it was the page of another device */
		return;
	assign_bit(swp_offset(entry), dev->stride_slots,
		   predictor == FLASHVM_STRIDE);
	flashvm_count(dev, issued_stat[predictor], 1);
}

/* How pages are allocated: as for the page that was touched. */
struct flashvm_allocation {
	gfp_t gfp;
	struct mempolicy *mpol;
	pgoff_t ilx;
};

/*
 * Get a folio for a page that is read ahead, in a plug, and do not wait for
 * others who are at the same page. Return: NULL with *@full if there is no
 * memory, or no room in the cgroup; NULL if the page is gone.
 */
static struct folio *folio_ahead(const struct flashvm_picked *p, unsigned int i,
				 const struct flashvm_allocation *how,
				 struct blk_plug *plug, bool *allocated,
				 bool *full)
{
	gfp_t gfp = how->gfp | __GFP_NORETRY | __GFP_NOWARN;
	pgoff_t ilx = how->ilx + p->pages[i];
	struct folio *folio;

	folio = __read_swap_cache_async(p->entry[i], gfp & ~__GFP_DIRECT_RECLAIM,
					how->mpol, ilx, allocated, true);
	if (!folio && gfpflags_allow_blocking(gfp) &&
	    flashvm_entry_on_device(p, p->entry[i])) {
		blk_finish_plug(plug);
		/* That of a caller, in which ours did not count. */
		blk_flush_plug(current->plug, false);
		folio = __read_swap_cache_async(p->entry[i], gfp, how->mpol, ilx,
						allocated, true);
		blk_start_plug(plug);
	}
	*full = !folio && flashvm_entry_on_device(p, p->entry[i]);
	return folio;
}

/*
 * Read what was picked, as far as there is memory: the rest is taken out of @p.
 * Return: number of pages submitted.
 */
static unsigned int flashvm_read_ahead(struct flashvm_dev *dev,
				       struct flashvm_picked *p,
				       const struct flashvm_plan *plan,
				       const struct flashvm_allocation *how)
{
	unsigned int i, issued = 0;
	struct folio_batch batch;
	struct blk_plug plug;
	struct folio *folio;
	bool allocated, full;

	folio_batch_init(&batch);
	blk_start_plug(&plug);
	for (i = 0; i < p->nr; i++) {
		folio = folio_ahead(p, i, how, &plug, &allocated, &full);
		if (full)
			break;
		if (!folio)
			continue;
		if (!allocated) {
			folio_put(folio);
			continue;
		}
		note_predictor(p->entry[i], plan->predictor);
		/* Before the read: it is counted by this flag. */
		folio_set_readahead(folio);
		count_vm_event(SWAP_RA);
		swap_read_folio(folio, NULL);
		issued++;
		if (!folio_batch_add(&batch, folio))
			flashvm_keep_ahead(&batch);
	}
	blk_finish_plug(&plug);
	if (i < p->nr)
		count_dropped(dev, p->nr - i);
	p->nr = i;
	flashvm_count_depth(dev, plan->depth, issued);
	flashvm_keep_ahead(&batch);
	return issued;
}

/* Read what was picked, and tell the policies what was not. */
static unsigned int carry_out(struct flashvm_dev *dev, struct flashvm_picked *p,
			      swp_entry_t entry, const struct flashvm_plan *plan,
			      u64 edge, const struct flashvm_allocation *how)
{
	unsigned int found = p->nr, issued;

	if (!found)
		return 0;
	issued = flashvm_read_ahead(dev, p, plan, how);
	if (p->nr < found)
		note_left(p, entry, plan, edge, found - p->nr);
	return issued;
}

/* swapoff(2): as many as there may be. Return: number of pages submitted. */
static unsigned int read_at_swapoff(struct flashvm_dev *dev,
				    struct flashvm_picked *p, swp_entry_t entry,
				    const struct flashvm_limits *limits,
				    struct flashvm_plan *plan,
				    const struct flashvm_allocation *how)
{
	u64 edge;

	plan->predictor = FLASHVM_WINDOW;
	plan->space = FLASHVM_ADDRESS;
	plan->step = 1;
	plan->nr = min(limits->window, limits->room);
	plan->depth = plan->nr;
	flashvm_pick(p, plan, entry, &edge);
	return p->nr ? flashvm_read_ahead(dev, p, plan, how) : 0;
}

bool __flashvm_prefetches(const struct flashvm_dev *dev)
{
	return READ_ONCE(dev->prefetch_enabled);
}

/*
 * Read a page, and others ahead. @p: vma, page, pmd and table are filled in, or
 * mapping and page. Return: the folio, see flashvm_swapin().
 */
static struct folio *swapin(swp_entry_t entry, struct flashvm_picked *p,
			    struct flashvm_allocation how)
{
	struct swap_info_struct *si = swp_swap_info(entry);
	struct flashvm_plan plan = { .predictor = FLASHVM_NOBODY };
	struct flashvm_dev *dev = si->flashvm;
	struct flashvm_limits limits;
	unsigned int issued = 0;
	bool allocated, zero;
	struct folio *folio;
	u64 edge;

	/* The arrays are filled as far as nr says. */
	p->si = si;
	p->nr = 0;
	p->memcg = owner_is_lost() ? lookup_swap_cgroup_id(entry) : 0;

	folio = __read_swap_cache_async(entry, how.gfp, how.mpol, how.ilx,
					&allocated, false);
	if (!folio)
		return NULL;
	/* A page of zeroes: the device has no part in it. */
	zero = test_bit(swp_offset(entry), si->zeromap);
	if (allocated) {
		swap_read_folio(folio, NULL);
		blk_flush_plug(current->plug, false);
		/* While the device is at it: else the next page would wait for it. */
		if (!zero && !(READ_ONCE(si->flags) & SWP_SYNCHRONOUS_IO) &&
		    flashvm_ask_for_room(folio, READ_ONCE(dev->room)))
			flashvm_count(dev, FLASHVM_STAT_ROOM_ASKED, 1);
	}

	if (!zero && may_read_ahead(si, &limits)) {
		if (is_swapoff(si)) {
			p->memcg = p->memcg ?: owner_of(entry, folio);
			issued = read_at_swapoff(dev, p, entry, &limits, &plan,
						 &how);
		} else {
			edge = plan_fault(p, entry, folio, &limits, &plan);
			/* Somebody waits: take the memory that there is. */
			how.gfp &= ~__GFP_DIRECT_RECLAIM;
			issued = carry_out(dev, p, entry, &plan, edge, &how);
		}
	}
	if (!zero)
		trace_flashvm_fault(entry, p->page, history_key(p), &plan, p->nr,
				    issued);
	return folio;
}

/**
 * flashvm_swapin() - Read a page from a FlashVM device, and others ahead.
 * @entry: the page that is wanted
 * @gfp: how to allocate it
 * @mpol: NUMA policy of the fault
 * @ilx: interleave index of the fault
 * @vmf: the fault, of which vma, address and pmd are used
 *
 * Takes the place of swap_vma_readahead() and swap_cluster_readahead().
 *
 * Context: with a reference to the device, or from swapoff(2) itself; mmap or
 * VMA lock held; may sleep.
 * Return: the folio of @entry, with a reference, perhaps still being read;
 * NULL if there was no memory or the slot is not in use any more.
 */
struct folio *flashvm_swapin(swp_entry_t entry, gfp_t gfp,
			     struct mempolicy *mpol, pgoff_t ilx,
			     struct vm_fault *vmf)
{
	struct flashvm_allocation how = {
		.gfp = gfp, .mpol = mpol, .ilx = ilx,
	};
	struct flashvm_picked picked __uninitialized;

	picked.vma = vmf->vma;
	picked.page = vmf->address >> PAGE_SHIFT;
	picked.table = vmf->address;
	picked.pmd = vmf->pmd;
	return swapin(entry, &picked, how);
}

/**
 * flashvm_shmem_swapin() - Read a page of shmem from a FlashVM device.
 * @entry: the page that is wanted
 * @gfp: how to allocate it
 * @mpol: NUMA policy of the page
 * @ilx: interleave index of the page
 * @mapping: its file
 * @index: its index in the file
 *
 * Takes the place of swap_cluster_readahead().
 *
 * Context: with a reference to the device and to the file; may sleep.
 * Return: as flashvm_swapin().
 */
struct folio *flashvm_shmem_swapin(swp_entry_t entry, gfp_t gfp,
				   struct mempolicy *mpol, pgoff_t ilx,
				   struct address_space *mapping, pgoff_t index)
{
	struct flashvm_allocation how = {
		.gfp = gfp, .mpol = mpol, .ilx = ilx,
	};
	struct flashvm_picked picked __uninitialized;

	picked.vma = NULL;
	picked.mapping = mapping;
	picked.page = index;
	return swapin(entry, &picked, how);
}

static void count_hit(struct flashvm_dev *dev, enum flashvm_predictor whose,
		      bool late)
{
	flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_USED, 1);
	count_vm_event(FLASHVM_AHEAD_USED);
	if (late)
		flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_LATE, 1);
	if (whose == FLASHVM_NOBODY)
		return;
	flashvm_count(dev, used_stat[whose], 1);
	if (late)
		flashvm_count(dev, late_stat[whose], 1);
}

/* Read on behind a hit. Return: number of pages submitted. */
static unsigned int read_on(struct flashvm_dev *dev, struct flashvm_picked *p,
			    swp_entry_t entry, const struct flashvm_plan *plan,
			    u64 edge, struct flashvm_allocation how)
{
	/* What a caller has in its plug would not be written. */
	blk_flush_plug(current->plug, false);
	if (!flashvm_make_room(p->memcg, p->nr, FLASHVM_ROOM_AT_HIT, how.gfp))
		how.gfp &= ~__GFP_DIRECT_RECLAIM;
	return carry_out(dev, p, entry, plan, edge, &how);
}

/* The same, allocated as the VMA wants it. */
static unsigned int read_on_in_vma(struct flashvm_dev *dev,
				   struct flashvm_picked *p, swp_entry_t entry,
				   const struct flashvm_plan *plan, u64 edge)
{
	struct flashvm_allocation how = { .gfp = GFP_HIGHUSER_MOVABLE };
	unsigned int issued;

	how.mpol = get_vma_policy(p->vma, p->page << PAGE_SHIFT, 0, &how.ilx);
	issued = read_on(dev, p, entry, plan, edge, how);
	mpol_cond_put(how.mpol);
	return issued;
}

/* Was the slot read along a stride? Nobody else is told so any more. */
static bool take_stride(struct flashvm_dev *dev, swp_entry_t entry)
{
	/* Most slots were not: spare them the locked instruction. */
	return test_bit(swp_offset(entry), dev->stride_slots) &&
	       test_and_clear_bit(swp_offset(entry), dev->stride_slots);
}

/*
 * Has the read failed already? Whoever finds the folio unlocked and then not up to
 * date does not just come too early.
 */
static bool has_failed(const struct folio *folio)
{
	return !folio_test_locked(folio) && !folio_test_uptodate(folio);
}

static void count_wasted(struct flashvm_dev *dev, swp_entry_t entry, bool stride)
{
	flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_WASTED, 1);
	if (stride)
		flashvm_count(dev, FLASHVM_STAT_STRIDE_WASTED, 1);
	trace_flashvm_waste(entry, stride);
}

/*
 * Count a hit, tell the policies, and read on. @p: vma and page are filled in, or
 * mapping and page; @how: NULL if there is a VMA.
 */
static void note_hit(struct flashvm_dev *dev, swp_entry_t entry,
		     struct folio *folio, struct flashvm_picked *p,
		     const struct flashvm_allocation *how)
{
	struct flashvm_plan plan = { .predictor = FLASHVM_NOBODY };
	enum flashvm_predictor whose = FLASHVM_NOBODY;
	bool late = !folio_test_uptodate(folio);
	struct flashvm_limits limits;
	unsigned int issued = 0;
	bool stride;
	u64 edge = 0;

	stride = take_stride(dev, entry);
	if (folio_test_writeback(folio) || !__flashvm_prefetches(dev)) {
		if (stride)
			flashvm_count(dev, FLASHVM_STAT_STRIDE_USED, 1);
		return;
	}
	flashvm_keep_no_more(folio);
	p->si = dev->si;
	p->table = 0;
	p->nr = 0;
	if (may_read_ahead(dev->si, &limits) && !is_swapoff(dev->si))
		whose = plan_hit(p, entry, late, folio, &limits, &plan, &edge);
	if (stride)
		whose = FLASHVM_STRIDE;
	else if (whose == FLASHVM_STRIDE)
		whose = FLASHVM_NOBODY;
	count_hit(dev, whose, late);
	if (p->nr)
		issued = how ? read_on(dev, p, entry, &plan, edge, *how) :
			       read_on_in_vma(dev, p, entry, &plan, edge);
	trace_flashvm_hit(entry, whose, late, &plan, p->nr, issued);
}

/*
 * Process context, with a reference to the device of @entry, the mmap or VMA lock
 * if there is a VMA, no lock of a folio or a page table; may sleep. See flashvm.h.
 * PG_readahead is PG_reclaim, too: a folio under write-back was not read ahead
 * but is on its way out. Nor is what the stock readahead read a hit of ours, nor what
 * could not be read: a device that refuses guesses would seem to be late each time.
 *
 * Where a page of shmem lies and how it is allocated is not known here: its flag is
 * set again, and shmem comes back with that by flashvm_shmem_hit().
 */
void __flashvm_hit(struct flashvm_dev *dev, swp_entry_t entry,
		   struct folio *folio, struct vm_area_struct *vma,
		   unsigned long addr)
{
	struct flashvm_picked picked __uninitialized;

	if (has_failed(folio)) {
		count_wasted(dev, entry, take_stride(dev, entry));
		return;
	}
	if (!vma) {
		if (__flashvm_prefetches(dev))
			folio_set_readahead(folio);
		else if (take_stride(dev, entry))
			flashvm_count(dev, FLASHVM_STAT_STRIDE_USED, 1);
		return;
	}
	picked.vma = vma;
	picked.page = addr >> PAGE_SHIFT;
	note_hit(dev, entry, folio, &picked, NULL);
}

/* Process context, with a reference to the device of @entry; see flashvm.h. */
void __flashvm_shmem_hit(struct flashvm_dev *dev, swp_entry_t entry,
			 struct folio *folio, gfp_t gfp,
			 struct mempolicy *mpol, pgoff_t ilx,
			 struct address_space *mapping, pgoff_t index)
{
	const struct flashvm_allocation how = {
		.gfp = gfp, .mpol = mpol, .ilx = ilx,
	};
	struct flashvm_picked picked __uninitialized;

	picked.vma = NULL;
	picked.mapping = mapping;
	picked.page = index;
	note_hit(dev, entry, folio, &picked, &how);
}

/*
 * Read a page once more that could not be read: a guess that failed must not end a
 * program that may well get its page when it asks for it. Not if its memory is
 * broken: memory_failure() takes PG_uptodate off, to have it stay unread. Process
 * context, folio locked, with a reference to the device of @entry; may sleep. See
 * flashvm.h. Return: true if it is being read, and unlocks the folio when it was.
 */
bool __flashvm_reread(struct flashvm_dev *dev, swp_entry_t entry,
		      struct folio *folio)
{
	if (!folio_test_swapcache(folio) || folio_test_large(folio) ||
	    folio_test_hwpoison(folio) || folio->swap.val != entry.val)
		return false;
	flashvm_count(dev, FLASHVM_STAT_READS_RETRIED, 1);
	/* It is no guess any more, and the device is to try hard. */
	folio_clear_readahead(folio);
	flashvm_keep_no_more(folio);
	swap_read_folio(folio, NULL);
	blk_flush_plug(current->plug, false);
	return true;
}

/*
 * Under the lock of the swap cache, interrupts off; see flashvm.h. The first touch
 * would have cleared PG_readahead, and the bit of a folio read along a stride.
 */
void __flashvm_cache_deleted(struct flashvm_dev *dev, swp_entry_t entry,
			     const struct folio *folio)
{
	bool stride;

	trace_flashvm_evict(entry);
	stride = take_stride(dev, entry);
	if (stride || folio_test_readahead(folio))
		count_wasted(dev, entry, stride);
}
