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
 * The plan comes from policy/: a number of pages and a step, in the address
 * space of the VMA or in the slots of the device. Finding the pages is done
 * here:
 *
 *   addresses  are looked up in the page tables of the VMA, which cannot go
 *              away under the mmap or VMA lock; never outside the VMA, whose
 *              lock may be the only one that is held.
 *   slots      are looked up in swap_map without a lock. Only those of the
 *              same kind (anonymous or shmem) and the same cgroup count:
 *              pages are charged to the owner of the slot, and what a
 *              stranger's fault reads ahead would push out what it uses.
 *
 * Free and bad slots, pages that are in memory or in the swap cache, and zero
 * pages, which need no device, are holes. Both look-ups are guesses:
 * __read_swap_cache_async() takes the reference to the device and pins the
 * slot, or finds that the page is gone.
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
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/swap_cgroup.h>

#include <trace/events/flashvm.h>

#include "../internal.h"
#include "../swap.h"
#include "internal.h"

/* What flashvm_plan_pick() has found so far. */
struct flashvm_picked {
	struct swap_info_struct *si;	/* of the fault */
	struct vm_fault *vmf;		/* NULL: shmem */
	unsigned short memcg;		/* owner of the faulting slot */
	pmd_t *pmd;			/* of the address looked at last */
	unsigned long addr;
	unsigned int nr;
	swp_entry_t entry[FLASHVM_PLAN_MAX];
	int pages[FLASHVM_PLAN_MAX];	/* address of the entry - fault's */
};

/* Is the slot in use, not in the swap cache, and not a zero page? */
static bool slot_on_device(const struct swap_info_struct *si, u64 slot)
{
	/* A guess: the owner may free the slot at any time. */
	unsigned char count = READ_ONCE(si->swap_map[slot]);

	if (!count || count == SWAP_MAP_BAD || count & SWAP_HAS_CACHE)
		return false;
	return !test_bit(slot, si->zeromap);
}

/* The pages of a program may be on several devices. */
static bool entry_on_device(const struct flashvm_picked *p, swp_entry_t entry)
{
	struct swap_info_struct *si;
	bool on;

	if (swp_type(entry) == p->si->type)
		return slot_on_device(p->si, swp_offset(entry));
	si = get_swap_device(entry);
	if (!si)
		return false;
	on = flashvm_dev(si) && !(READ_ONCE(si->flags) & SWP_SYNCHRONOUS_IO) &&
	     slot_on_device(si, swp_offset(entry));
	put_swap_device(si);
	return on;
}

static void pick(struct flashvm_picked *p, swp_entry_t entry, long pages)
{
	p->pages[p->nr] = pages;
	p->entry[p->nr++] = entry;
}

static bool pick_slot(void *ctx, u64 slot)
{
	struct flashvm_picked *p = ctx;
	swp_entry_t entry = swp_entry(p->si->type, slot);
	bool shmem = READ_ONCE(p->si->swap_map[slot]) == SWAP_MAP_SHMEM;

	if (!slot_on_device(p->si, slot) || shmem != !p->vmf)
		return false;
	if (lookup_swap_cgroup_id(entry) != p->memcg)
		return false;
	pick(p, entry, 0);
	return true;
}

/* The PTE of @addr, in a table that may be gone, or gone again, by now. */
static pte_t read_pte(struct flashvm_picked *p, unsigned long addr)
{
	pte_t *ptep, pte = __pte(0);

	if ((p->addr & PMD_MASK) != (addr & PMD_MASK))
		p->pmd = mm_find_pmd(p->vmf->vma->vm_mm, addr);
	p->addr = addr;
	ptep = p->pmd ? pte_offset_map(p->pmd, addr) : NULL;
	if (!ptep)
		return pte;
	__acquire(RCU);		/* sparse does not see that it was taken */
	pte = ptep_get_lockless(ptep);
	pte_unmap(ptep);
	return pte;
}

static bool pick_address(void *ctx, u64 vpn)
{
	struct flashvm_picked *p = ctx;
	pte_t pte = read_pte(p, vpn << PAGE_SHIFT);
	swp_entry_t entry;

	if (!is_swap_pte(pte))
		return false;
	entry = pte_to_swp_entry(pte);
	if (non_swap_entry(entry) || !entry_on_device(p, entry))
		return false;
	pick(p, entry, vpn - (p->vmf->address >> PAGE_SHIFT));
	return true;
}

static unsigned int pick_plan(struct flashvm_picked *p,
			      const struct flashvm_plan *plan,
			      swp_entry_t entry, u64 *edge)
{
	if (plan->space == FLASHVM_SLOT)
		return flashvm_plan_pick(plan, swp_offset(entry), 1,
					 p->si->max - 1, pick_slot, p, edge);

	p->pmd = p->vmf->pmd;
	p->addr = p->vmf->address;
	return flashvm_plan_pick(plan, p->addr >> PAGE_SHIFT,
				 p->vmf->vma->vm_start >> PAGE_SHIFT,
				 (p->vmf->vma->vm_end >> PAGE_SHIFT) - 1,
				 pick_address, p, edge);
}

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

/* Ask the policies, and find the pages that they want. */
static void flashvm_plan(struct flashvm_picked *p, swp_entry_t entry,
			 const struct flashvm_limits *limits,
			 struct flashvm_plan *plan)
{
	const struct vm_area_struct *vma = p->vmf ? p->vmf->vma : NULL;
	struct flashvm_predictors *predictors;
	struct flashvm_touch fault;
	u64 edge;

	/* swapoff walks all page tables upwards: no lesson in that. */
	if (p->vmf && !(READ_ONCE(p->si->flags) & SWP_WRITEOK)) {
		plan->predictor = FLASHVM_WINDOW;
		plan->space = FLASHVM_ADDRESS;
		plan->step = 1;
		plan->nr = limits->window;
		pick_plan(p, plan, entry, &edge);
		return;
	}

	predictors = flashvm_history_get(history_key(p->si, vma), true);
	if (!predictors)
		return;
	set_touch(&fault, entry, vma, vma ? p->vmf->address : 0);
	flashvm_predict(predictors, &fault, limits, plan);
	if (plan->nr) {
		pick_plan(p, plan, entry, &edge);
		flashvm_predict_issued(predictors, plan, edge, p->nr);
	}
	flashvm_history_put(predictors);
}

/*
 * Remember who reads a slot ahead, before anybody can find its folio marked
 * as read ahead. The bit of an earlier reading is overwritten, or left where
 * the folio was touched before it was marked: that one counts as wasted.
 */
static void note_predictor(swp_entry_t entry, enum flashvm_predictor predictor)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));
	bool stride = predictor == FLASHVM_STRIDE;

	if (!dev)	/* not any more: it was the page of another device */
		return;
	assign_bit(swp_offset(entry), dev->stride_slots, stride);
	if (stride)
		flashvm_count(dev, FLASHVM_STAT_STRIDE_ISSUED, 1);
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
	if (!folio && entry_on_device(p, p->entry[i])) {
		blk_finish_plug(plug);
		folio = __read_swap_cache_async(p->entry[i], gfp, mpol,
						ilx + p->pages[i], allocated,
						true);
		blk_start_plug(plug);
	}
	*full = !folio && entry_on_device(p, p->entry[i]);
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

	/* Now: cgroup v1 takes the owner off the slot when it is read. */
	picked.memcg = lookup_swap_cgroup_id(entry);

	folio = __read_swap_cache_async(entry, gfp, mpol, ilx, &allocated,
					false);
	if (!folio)
		return NULL;
	if (allocated)
		swap_read_folio(folio, NULL);

	limits.window = READ_ONCE(dev->prefetch_window);
	limits.stride_blocks = READ_ONCE(dev->stride_blocks);

	/* The arrays are filled as far as nr says. */
	picked.si = si;
	picked.vmf = vmf;
	picked.nr = 0;
	if (!(READ_ONCE(si->flags) & SWP_SYNCHRONOUS_IO) &&
	    (limits.window || limits.stride_blocks))
		flashvm_plan(&picked, entry, &limits, &plan);
	if (picked.nr) {
		issued = flashvm_read_ahead(dev, &picked, plan.predictor, gfp,
					    mpol, ilx);
		lru_add_drain();	/* where reclaim can see them */
	}
	trace_flashvm_fault(entry, vmf ? vmf->address : 0, vmf ? vmf->vma : NULL,
			    &plan, picked.nr, issued);
	return folio;
}

/*
 * Process context, with a reference to the device of @entry; see flashvm.h.
 * PG_readahead is PG_reclaim, too: a folio under write-back was not read ahead
 * but is on its way out. Nor is what the stock readahead read a hit of ours.
 */
void __flashvm_hit(struct flashvm_dev *dev, swp_entry_t entry,
		   const struct folio *folio, const struct vm_area_struct *vma,
		   unsigned long addr)
{
	struct flashvm_predictors *predictors;
	struct flashvm_touch hit;
	bool stride;

	stride = test_and_clear_bit(swp_offset(entry), dev->stride_slots);
	if (stride)
		flashvm_count(dev, FLASHVM_STAT_STRIDE_USED, 1);
	if (folio_test_writeback(folio) || !__flashvm_prefetches(dev))
		return;
	flashvm_count(dev, FLASHVM_STAT_PAGES_AHEAD_USED, 1);
	count_vm_event(FLASHVM_AHEAD_USED);
	trace_flashvm_hit(entry, stride);
	predictors = flashvm_history_get(history_key(dev->si, vma), false);
	if (!predictors)
		return;
	set_touch(&hit, entry, vma, addr);
	flashvm_predict_used(predictors, &hit);
	flashvm_history_put(predictors);
}

/*
 * Under the lock of the swap cache, interrupts off; see flashvm.h. Its first
 * touch would have cleared the bit of a folio that was read along a stride.
 */
void __flashvm_cache_deleted(struct flashvm_dev *dev, swp_entry_t entry)
{
	trace_flashvm_evict(entry);
	/* Most slots were not: spare them the locked instruction. */
	if (!test_bit(swp_offset(entry), dev->stride_slots) ||
	    !test_and_clear_bit(swp_offset(entry), dev->stride_slots))
		return;
	flashvm_count(dev, FLASHVM_STAT_STRIDE_WASTED, 1);
	trace_flashvm_waste(entry);
}
