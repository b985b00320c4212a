// SPDX-License-Identifier: GPL-2.0
/*
 *		Finding the pages of a plan
 *
 * A plan of policy/ is a number of pages and a step, in the addresses of a VMA or
 * in the slots of a device:
 *
 *   addresses  are looked up in the page tables of the VMA, which cannot go
 *              away under the mmap or VMA lock; never outside the VMA, whose
 *              lock may be the only one that is held. Those of shmem are indices of
 *              its file, and looked up in the page cache.
 *   slots      are looked up in swap_map without a lock. Only those of the
 *              same kind (anonymous or shmem) count.
 *
 * Free and bad slots, pages that are in memory or in the swap cache, and zero
 * pages, which need no device, are holes. So are those of other cgroups: pages are
 * charged to the owner of the slot, and what a stranger reads ahead would push out
 * what it uses. Both look-ups are guesses:
 * __read_swap_cache_async() takes the reference to the device and pins the
 * slot, or finds that the page is gone.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/swap_cgroup.h>
#include <linux/swapops.h>
#include <linux/xarray.h>

#include "../internal.h"
#include "../swap.h"
#include "internal.h"

/* Is the slot in use, not in the swap cache, and not a zero page? */
static bool slot_on_device(const struct swap_info_struct *si, u64 slot)
{
	unsigned char count;

	/* What was read without a lock may be half of two entries. */
	if (slot >= si->max)
		return false;
	/* A guess: the owner may free the slot at any time. */
	count = READ_ONCE(si->swap_map[slot]);
	if (!count || count == SWAP_MAP_BAD || count & SWAP_HAS_CACHE)
		return false;
	return !test_bit(slot, si->zeromap);
}

/* Is it there, and the page of the same cgroup? With a reference to @si. */
static bool ours_on_device(const struct flashvm_picked *p,
			   const struct swap_info_struct *si, swp_entry_t entry)
{
	return slot_on_device(si, swp_offset(entry)) &&
	       lookup_swap_cgroup_id(entry) == p->memcg;
}

/**
 * flashvm_entry_on_device() - Is a page to be had from a device, by waiting?
 * @p: whose pages are picked
 * @entry: the page; those of a program may be on several devices
 *
 * Context: with a reference to the device that was touched.
 * Return: true if it is now, and charged to the same cgroup; a guess.
 */
bool flashvm_entry_on_device(const struct flashvm_picked *p, swp_entry_t entry)
{
	struct swap_info_struct *si;
	bool on;

	if (swp_type(entry) == p->si->type)
		return ours_on_device(p, p->si, entry);
	/* swapoff takes the records of the cgroups away, too. */
	si = get_swap_device(entry);
	if (!si)
		return false;
	on = flashvm_dev(si) && !(READ_ONCE(si->flags) & SWP_SYNCHRONOUS_IO) &&
	     ours_on_device(p, si, entry);
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

	if (shmem != !p->vma || !ours_on_device(p, p->si, entry))
		return false;
	pick(p, entry, 0);
	return true;
}

/* The PTE of @address, in a table that may be gone, or gone again, by now. */
static pte_t read_pte(struct flashvm_picked *p, unsigned long address)
{
	pte_t *ptep, pte = __pte(0);

	if (!p->table || (p->table & PMD_MASK) != (address & PMD_MASK))
		p->pmd = mm_find_pmd(p->vma->vm_mm, address);
	p->table = address;
	ptep = p->pmd ? pte_offset_map(p->pmd, address) : NULL;
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
	if (non_swap_entry(entry) || !flashvm_entry_on_device(p, entry))
		return false;
	pick(p, entry, vpn - p->page);
	return true;
}

/* Of large folios, the page at that index. */
static bool pick_index(void *ctx, u64 index)
{
	struct flashvm_picked *p = ctx;
	XA_STATE(xas, &p->mapping->i_pages, index);
	unsigned int order = 0;
	swp_entry_t entry;
	void *value;

	rcu_read_lock();
	value = xas_load(&xas);
	if (xa_is_value(value)) {
		order = xas_get_order(&xas);
		/* Else it may be the order of another entry. */
		if (xas_reload(&xas) != value)
			value = NULL;
	}
	rcu_read_unlock();
	if (!xa_is_value(value))
		return false;
	entry = radix_to_swp_entry(value);
	if (non_swap_entry(entry))
		return false;
	entry.val += index & (BIT(order) - 1);
	if (!flashvm_entry_on_device(p, entry))
		return false;
	pick(p, entry, index - p->page);
	return true;
}

/**
 * flashvm_pick() - Find the pages of a plan.
 * @p: si, vma or mapping, page, memcg and table are filled in, nr is 0; takes the pages
 * @plan: the plan
 * @entry: the slot that was touched
 * @edge: index of the last page found, or where the search began, in the space of
 *	the plan
 *
 * Context: with a reference to the device; mmap or VMA lock held if there is a
 * VMA; does not sleep.
 */
void flashvm_pick(struct flashvm_picked *p, const struct flashvm_plan *plan,
		  swp_entry_t entry, u64 *edge)
{
	bool (*valid)(void *ctx, u64 index);
	u64 first, last, from;

	if (plan->space == FLASHVM_SLOT) {
		valid = pick_slot;
		from = swp_offset(entry);
		first = 1;
		last = p->si->max - 1;
	} else if (p->vma) {
		valid = pick_address;
		from = p->page;
		first = p->vma->vm_start >> PAGE_SHIFT;
		last = (p->vma->vm_end >> PAGE_SHIFT) - 1;
	} else {
		valid = pick_index;
		from = p->page;
		first = 0;
		last = i_size_read(p->mapping->host) >> PAGE_SHIFT;
	}
	flashvm_plan_pick(plan, from + plan->skip, first, last, valid, p, edge);
}
