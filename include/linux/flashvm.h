/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FlashVM: a dedicated flash or PMEM device that serves as memory.
 *
 * All that the generic memory manager sees of it. Every hook is a static
 * branch, then a test of si->flashvm, which is both the predicate and the
 * data: without a FlashVM device nothing else is executed, and with
 * CONFIG_FLASHVM=n nothing at all.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _LINUX_FLASHVM_H
#define _LINUX_FLASHVM_H

#include <linux/bio.h>
#include <linux/jump_label.h>
#include <linux/swap.h>
#include <linux/swapops.h>

struct address_space;
struct flashvm_dev;
struct mempolicy;
struct vm_fault;

#ifdef CONFIG_FLASHVM

DECLARE_STATIC_KEY_FALSE(flashvm_key);

int flashvm_claim(struct swap_info_struct *si, int swap_flags,
		  const union swap_header *header, const char *path);
int flashvm_activate(struct swap_info_struct *si);
void __flashvm_quiesce(struct swap_info_struct *si);
void __flashvm_release(struct swap_info_struct *si);

void __flashvm_slots_allocated(struct flashvm_dev *dev, unsigned int nr);
void __flashvm_slots_freed(struct flashvm_dev *dev, unsigned int nr);

unsigned long __flashvm_io_begin(struct flashvm_dev *dev, struct bio *bio);
void __flashvm_io_end(struct bio *bio, unsigned long start);

bool __flashvm_prefetches(const struct flashvm_dev *dev);
struct folio *flashvm_swapin(swp_entry_t entry, gfp_t gfp,
			     struct mempolicy *mpol, pgoff_t ilx,
			     struct vm_fault *vmf);
struct folio *flashvm_shmem_swapin(swp_entry_t entry, gfp_t gfp,
				   struct mempolicy *mpol, pgoff_t ilx,
				   struct address_space *mapping, pgoff_t index);
void __flashvm_hit(struct flashvm_dev *dev, swp_entry_t entry,
		   struct folio *folio, struct vm_area_struct *vma,
		   unsigned long addr);
void __flashvm_shmem_hit(struct flashvm_dev *dev, swp_entry_t entry,
			 struct folio *folio, gfp_t gfp,
			 struct mempolicy *mpol, pgoff_t ilx,
			 struct address_space *mapping, pgoff_t index);
bool __flashvm_reread(struct flashvm_dev *dev, swp_entry_t entry,
		      struct folio *folio);
void __flashvm_cache_deleted(struct flashvm_dev *dev, swp_entry_t entry,
			     const struct folio *folio);

/**
 * flashvm_dev() - Get the FlashVM device behind a swap area.
 * @si: the swap area
 *
 * Context: any in which @si cannot be freed by swapoff: with a reference of
 * get_swap_device(), under si->lock with a slot in use, or with a locked or
 * written-back folio in its swap cache.
 * Return: the device, or NULL if the area is ordinary swap.
 */
static __always_inline struct flashvm_dev *
flashvm_dev(const struct swap_info_struct *si)
{
	if (!static_branch_unlikely(&flashvm_key))
		return NULL;
	return READ_ONCE(si->flashvm);
}

/* swapoff(2), once nobody can use the area any more; may sleep. */
static inline void flashvm_quiesce(struct swap_info_struct *si)
{
	if (flashvm_dev(si))
		__flashvm_quiesce(si);
}

/* swapoff(2) after the last allocator left, or failed swapon(2); may sleep. */
static inline void flashvm_release(struct swap_info_struct *si)
{
	if (flashvm_dev(si))
		__flashvm_release(si);
}

/* Under si->lock; no sleep, no allocation. */
static inline void flashvm_slots_allocated(const struct swap_info_struct *si,
					   unsigned int nr)
{
	struct flashvm_dev *dev = flashvm_dev(si);

	if (dev)
		__flashvm_slots_allocated(dev, nr);
}

/* Under si->lock, perhaps a page table lock; state of interrupts unknown. */
static inline void flashvm_slots_freed(const struct swap_info_struct *si,
				       unsigned int nr)
{
	struct flashvm_dev *dev = flashvm_dev(si);

	if (dev)
		__flashvm_slots_freed(dev, nr);
}

/*
 * Just before @bio is submitted. The start time goes into bi_private, which
 * swap leaves NULL, for an asynchronous end_io; submit_bio_wait() overwrites
 * it, so it is returned too.
 */
static inline unsigned long flashvm_io_begin(const struct swap_info_struct *si,
					     struct bio *bio)
{
	struct flashvm_dev *dev = flashvm_dev(si);

	return dev ? __flashvm_io_begin(dev, bio) : 0;
}

/* When @bio is done, its folio still locked or under write-back; any context */
static inline void flashvm_io_end(struct bio *bio, unsigned long start)
{
	if (static_branch_unlikely(&flashvm_key) && start)
		__flashvm_io_end(bio, start);
}

/* With a reference to the device of @entry. */
static inline bool flashvm_prefetches(swp_entry_t entry)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));

	return dev && __flashvm_prefetches(dev);
}

/*
 * PG_readahead was found, and cleared, on @folio; @vma is NULL for shmem. With a
 * reference to the device, no lock of a folio or a page table; may sleep.
 */
static inline void flashvm_hit(swp_entry_t entry, struct folio *folio,
			       struct vm_area_struct *vma, unsigned long addr)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));

	if (dev)
		__flashvm_hit(dev, entry, folio, vma, addr);
}

/*
 * shmem has found @folio, at @index of @mapping, in the swap cache and says how it
 * allocates its like. Same context.
 */
static inline void flashvm_shmem_hit(swp_entry_t entry, struct folio *folio,
				     gfp_t gfp, struct mempolicy *mpol,
				     pgoff_t ilx, struct address_space *mapping,
				     pgoff_t index)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));

	if (dev && !folio_test_large(folio) &&
	    folio_test_clear_readahead(folio))
		__flashvm_shmem_hit(dev, entry, folio, gfp, mpol, ilx, mapping,
				    index);
}

/*
 * @folio is locked and has to be up to date: if it is not, and still in the swap
 * cache, it is read once more. With a reference to the device; may sleep. Return:
 * true if the folio is not locked any more, because it is being read.
 */
static inline bool flashvm_reread(swp_entry_t entry, struct folio *folio)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));

	return dev && unlikely(!folio_test_uptodate(folio)) &&
	       __flashvm_reread(dev, entry, folio);
}

/* The slot's folio leaves the swap cache; under its lock, interrupts off. */
static inline void flashvm_cache_deleted(swp_entry_t entry,
					 const struct folio *folio)
{
	struct flashvm_dev *dev = flashvm_dev(swp_swap_info(entry));

	if (dev)
		__flashvm_cache_deleted(dev, entry, folio);
}

#else /* CONFIG_FLASHVM */

static inline int flashvm_claim(struct swap_info_struct *si, int swap_flags,
				const union swap_header *header,
				const char *path)
{
	return 0;
}

static inline int flashvm_activate(struct swap_info_struct *si)
{
	return 0;
}

static inline void flashvm_quiesce(struct swap_info_struct *si)
{
}

static inline void flashvm_release(struct swap_info_struct *si)
{
}

static inline void flashvm_slots_allocated(const struct swap_info_struct *si,
					   unsigned int nr)
{
}

static inline void flashvm_slots_freed(const struct swap_info_struct *si,
				       unsigned int nr)
{
}

static inline unsigned long flashvm_io_begin(const struct swap_info_struct *si,
					     struct bio *bio)
{
	return 0;
}

static inline void flashvm_io_end(struct bio *bio, unsigned long start)
{
}

static inline bool flashvm_prefetches(swp_entry_t entry)
{
	return false;
}

static inline struct folio *flashvm_swapin(swp_entry_t entry, gfp_t gfp,
					   struct mempolicy *mpol, pgoff_t ilx,
					   struct vm_fault *vmf)
{
	return NULL;
}

static inline struct folio *
flashvm_shmem_swapin(swp_entry_t entry, gfp_t gfp, struct mempolicy *mpol,
		     pgoff_t ilx, struct address_space *mapping, pgoff_t index)
{
	return NULL;
}

static inline void flashvm_hit(swp_entry_t entry, struct folio *folio,
			       struct vm_area_struct *vma, unsigned long addr)
{
}

static inline void flashvm_shmem_hit(swp_entry_t entry, struct folio *folio,
				     gfp_t gfp, struct mempolicy *mpol,
				     pgoff_t ilx, struct address_space *mapping,
				     pgoff_t index)
{
}

/* A macro: even an empty function would change the code of do_swap_page(). */
#define flashvm_reread(entry, folio) ((void)(entry), (void)(folio), false)

static inline void flashvm_cache_deleted(swp_entry_t entry,
					 const struct folio *folio)
{
}

#endif /* CONFIG_FLASHVM */
#endif /* _LINUX_FLASHVM_H */
