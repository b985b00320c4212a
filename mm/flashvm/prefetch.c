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
 * Reading ahead takes memory only if one round of reclaim finds some
 * (__GFP_NORETRY); the first page that gets none ends the plan, and the rest
 * of it is counted as dropped. Reclaim works outside the plug: what it writes
 * would stay in there, and as long as nothing is written it finds nothing to
 * free, and writes on. A device whose requests are synchronous (PMEM)
 * would make the fault wait for each page, so nothing is read ahead from it.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/blkdev.h>
#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/swap_cgroup.h>

#include <trace/events/flashvm.h>

#include "../internal.h"
#include "../swap.h"
#include "internal.h"

static const void *history_key(const struct swap_info_struct *si,
			       const struct vm_area_struct *vma)
{
	return vma ? (const void *)vma : (const void *)si;
}

static void set_touch(struct flashvm_touch *touch, swp_entry_t entry,
		      const struct vm_area_struct *vma, unsigned long addr)
{
	touch->index[FLASHVM_ADDRESS] = addr >> PAGE_SHIFT;
	touch->index[FLASHVM_SLOT] = swp_offset(entry);
	touch->has_address = vma;
}

/* May pages be read ahead of the one that was touched? */
static bool may_read_ahead(const struct swap_info_struct *si,
			   struct flashvm_limits *limits)
{
	const struct flashvm_dev *dev = si->flashvm;

	limits->window = READ_ONCE(dev->prefetch_window);
	limits->stride_blocks = READ_ONCE(dev->stride_blocks);
	limits->floor = READ_ONCE(dev->prefetch_floor);
	/* Who reclaims memory takes none for a guess. */
	return !(READ_ONCE(si->flags) & SWP_SYNCHRONOUS_IO) &&
	       !(current->flags & PF_MEMALLOC) &&
	       (limits->window || limits->stride_blocks);
}

/* swapoff(2) walks all page tables upwards: no lesson in that. */
static bool is_swapoff(const struct swap_info_struct *si)
{
	return !(READ_ONCE(si->flags) & SWP_WRITEOK);
}

/* Find the pages of a plan for swapoff(2): as many as there may be. */
static void plan_swapoff(struct flashvm_picked *p, swp_entry_t entry,
			 const struct flashvm_limits *limits,
			 struct flashvm_plan *plan)
{
	u64 edge;

	plan->predictor = FLASHVM_WINDOW;
	plan->space = FLASHVM_ADDRESS;
	plan->step = 1;
	plan->nr = limits->window;
	flashvm_pick(p, plan, entry, &edge);
}

/* Ask the policies at a fault, and find the pages that they want. */
static void plan_fault(struct flashvm_picked *p, swp_entry_t entry,
		       const struct flashvm_limits *limits,
		       struct flashvm_plan *plan)
{
	struct flashvm_predictors *predictors;
	struct flashvm_touch fault;
	u64 edge;

	predictors = flashvm_history_get(history_key(p->si, p->vma), true);
	if (!predictors)
		return;
	set_touch(&fault, entry, p->vma, p->address);
	flashvm_predict_fault(predictors, &fault, limits, plan);
	if (plan->nr) {
		flashvm_pick(p, plan, entry, &edge);
		flashvm_predict_issued(predictors, plan, edge, p->nr);
	}
	flashvm_history_put(predictors);
}

/* Tell the policies of a hit, and find the pages that they want. */
static enum flashvm_predictor plan_hit(struct flashvm_picked *p,
				       swp_entry_t entry, bool late,
				       const struct flashvm_limits *limits,
				       struct flashvm_plan *plan)
{
	enum flashvm_predictor whose;
	struct flashvm_predictors *predictors;
	struct flashvm_touch hit;
	u64 edge;

	predictors = flashvm_history_get(history_key(p->si, p->vma), false);
	if (!predictors)
		return FLASHVM_NOBODY;
	set_touch(&hit, entry, p->vma, p->address);
	hit.late = late;
	whose = flashvm_predict_hit(predictors, &hit, limits, plan);
	/* How shmem allocates is not known here: it goes on at its faults. */
	if (plan->nr && p->vma) {
		flashvm_pick(p, plan, entry, &edge);
		flashvm_predict_issued(predictors, plan, edge, p->nr);
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

/*
 * Get a folio for a page that is read ahead, in a plug, and do not wait for
 * others who are at the same page. Return: NULL with *@full if there is no
 * memory, or no room in the cgroup; NULL if the page is gone.
 */
static struct folio *folio_ahead(const struct flashvm_picked *p, unsigned int i,
				 gfp_t gfp, struct mempolicy *mpol, pgoff_t ilx,
				 struct blk_plug *plug, bool *allocated,
				 bool *full)
{
	struct folio *folio;

	folio = __read_swap_cache_async(p->entry[i], gfp & ~__GFP_DIRECT_RECLAIM,
					mpol, ilx + p->pages[i], allocated, true);
	if (!folio && flashvm_entry_on_device(p, p->entry[i])) {
		blk_finish_plug(plug);
		/* That of a caller, in which ours did not count. */
		blk_flush_plug(current->plug, false);
		folio = __read_swap_cache_async(p->entry[i], gfp, mpol,
						ilx + p->pages[i], allocated,
						true);
		blk_start_plug(plug);
	}
	*full = !folio && flashvm_entry_on_device(p, p->entry[i]);
	return folio;
}

/* Read what was picked. Return: number of pages submitted. */
static unsigned int flashvm_read_ahead(struct flashvm_dev *dev,
				       const struct flashvm_picked *p,
				       enum flashvm_predictor predictor,
				       gfp_t gfp, struct mempolicy *mpol,
				       pgoff_t ilx)
{
	unsigned int i, issued = 0;
	struct blk_plug plug;
	struct folio *folio;
	bool allocated, full;

	gfp |= __GFP_NORETRY | __GFP_NOWARN;
	blk_start_plug(&plug);
	for (i = 0; i < p->nr; i++) {
		folio = folio_ahead(p, i, gfp, mpol, ilx, &plug, &allocated,
				    &full);
		if (full)
			break;
		if (!folio)
			continue;
		if (allocated) {
			note_predictor(p->entry[i], predictor);
			/* Before the read: it is counted by this flag. */
			folio_set_readahead(folio);
			count_vm_event(SWAP_RA);
			swap_read_folio(folio, NULL);
			issued++;
		}
		folio_put(folio);
	}
	blk_finish_plug(&plug);
	if (i < p->nr) {
		flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_DROPPED, p->nr - i);
		count_vm_events(FLASHVM_AHEAD_DROPPED, p->nr - i);
	}
	lru_add_drain();	/* where reclaim can see them */
	return issued;
}

bool __flashvm_prefetches(const struct flashvm_dev *dev)
{
	return READ_ONCE(dev->prefetch_enabled);
}

/**
 * flashvm_swapin() - Read a page from a FlashVM device, and others ahead.
 * @entry: the page that is wanted
 * @gfp: how to allocate it
 * @mpol: NUMA policy of the fault
 * @ilx: interleave index of the fault
 * @vmf: the fault, of which vma, address and pmd are used; NULL for shmem
 *
 * Takes the place of swap_vma_readahead() and swap_cluster_readahead().
 *
 * Context: with a reference to the device, or from swapoff(2) itself; mmap or
 * VMA lock held if there is a VMA; may sleep.
 * Return: the folio of @entry, with a reference, perhaps still being read;
 * NULL if there was no memory or the slot is not in use any more.
 */
struct folio *flashvm_swapin(swp_entry_t entry, gfp_t gfp,
			     struct mempolicy *mpol, pgoff_t ilx,
			     struct vm_fault *vmf)
{
	struct swap_info_struct *si = swp_swap_info(entry);
	struct flashvm_plan plan = { .predictor = FLASHVM_NOBODY };
	struct flashvm_dev *dev = si->flashvm;
	struct flashvm_picked picked;
	struct flashvm_limits limits;
	unsigned int issued = 0;
	struct folio *folio;
	bool allocated;

	/* The arrays are filled as far as nr says. */
	picked.si = si;
	picked.vma = vmf ? vmf->vma : NULL;
	picked.address = vmf ? vmf->address : 0;
	picked.table = picked.address;
	picked.pmd = vmf ? vmf->pmd : NULL;
	picked.nr = 0;
	/* Now: cgroup v1 takes the owner off the slot when it is read. */
	picked.memcg = lookup_swap_cgroup_id(entry);

	folio = __read_swap_cache_async(entry, gfp, mpol, ilx, &allocated,
					false);
	if (!folio)
		return NULL;
	if (allocated) {
		swap_read_folio(folio, NULL);
		blk_flush_plug(current->plug, false);
	}

	if (may_read_ahead(si, &limits)) {
		if (vmf && is_swapoff(si))
			plan_swapoff(&picked, entry, &limits, &plan);
		else
			plan_fault(&picked, entry, &limits, &plan);
	}
	if (picked.nr)
		issued = flashvm_read_ahead(dev, &picked, plan.predictor, gfp,
					    mpol, ilx);
	trace_flashvm_fault(entry, picked.address, picked.vma, &plan, picked.nr,
			    issued);
	return folio;
}

/* With cgroup v1 the slot's own record is gone once it was read. */
static unsigned short memcg_of(const struct folio *folio)
{
	struct mem_cgroup *memcg;
	unsigned short id;

	rcu_read_lock();
	memcg = folio_memcg((struct folio *)folio);
	id = memcg ? mem_cgroup_id(memcg) : 0;
	rcu_read_unlock();
	return id;
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
static unsigned int read_on(struct flashvm_dev *dev,
			    const struct flashvm_picked *p,
			    enum flashvm_predictor predictor)
{
	struct mempolicy *mpol;
	unsigned int issued;
	pgoff_t ilx;

	mpol = get_vma_policy(p->vma, p->address, 0, &ilx);
	issued = flashvm_read_ahead(dev, p, predictor, GFP_HIGHUSER_MOVABLE,
				    mpol, ilx);
	mpol_cond_put(mpol);
	return issued;
}

/*
 * Process context, with a reference to the device of @entry, the mmap or VMA lock
 * if there is a VMA, no lock of a folio or a page table; may sleep. See flashvm.h.
 * PG_readahead is PG_reclaim, too: a folio under write-back was not read ahead
 * but is on its way out. Nor is what the stock readahead read a hit of ours.
 */
void __flashvm_hit(struct flashvm_dev *dev, swp_entry_t entry,
		   const struct folio *folio, struct vm_area_struct *vma,
		   unsigned long addr)
{
	struct flashvm_plan plan = { .predictor = FLASHVM_NOBODY };
	enum flashvm_predictor whose = FLASHVM_NOBODY;
	bool late = !folio_test_uptodate(folio);
	struct flashvm_picked picked;
	struct flashvm_limits limits;
	unsigned int issued = 0;
	bool stride;

	stride = test_and_clear_bit(swp_offset(entry), dev->stride_slots);
	if (folio_test_writeback(folio) || !__flashvm_prefetches(dev)) {
		if (stride)
			flashvm_count(dev, FLASHVM_STAT_STRIDE_USED, 1);
		return;
	}
	picked.si = dev->si;
	picked.vma = vma;
	picked.address = addr;
	picked.table = 0;
	picked.nr = 0;
	picked.memcg = lookup_swap_cgroup_id(entry) ?: memcg_of(folio);
	if (may_read_ahead(dev->si, &limits) && !is_swapoff(dev->si))
		whose = plan_hit(&picked, entry, late, &limits, &plan);
	if (stride)
		whose = FLASHVM_STRIDE;
	else if (whose == FLASHVM_STRIDE)
		whose = FLASHVM_NOBODY;
	count_hit(dev, whose, late);
	if (picked.nr)
		issued = read_on(dev, &picked, plan.predictor);
	trace_flashvm_hit(entry, whose, late, &plan, picked.nr, issued);
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
	/* Most slots were not: spare them the locked instruction. */
	stride = test_bit(swp_offset(entry), dev->stride_slots) &&
		 test_and_clear_bit(swp_offset(entry), dev->stride_slots);
	if (!stride && !folio_test_readahead(folio))
		return;
	flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_WASTED, 1);
	if (stride)
		flashvm_count(dev, FLASHVM_STAT_STRIDE_WASTED, 1);
	trace_flashvm_waste(entry, stride);
}
