/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM flashvm

#if !defined(_TRACE_FLASHVM_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_FLASHVM_H

#include <linux/blkdev.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/tracepoint.h>

struct flashvm_plan;

/* enum flashvm_predictor */
#define flashvm_show_predictor(predictor)				\
	__print_symbolic(predictor, { 0, "none" }, { 1, "window" },	\
			 { 2, "stride" }, { 3, "eviction" })

/**
 * flashvm_device - A step in the life of a FlashVM device
 * @si: its swap area
 * @step: claim, activate, quiesce or release
 */
TRACE_EVENT(flashvm_device,

	TP_PROTO(const struct swap_info_struct *si, const char *step),

	TP_ARGS(si, step),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__string(step, step)
	),

	TP_fast_assign(
		__entry->dev = si->bdev->bd_dev;
		__assign_str(step);
	),

	TP_printk("dev=%d:%d step=%s", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __get_str(step))
);

/**
 * flashvm_fault - A page was demanded from the device
 * @swap: its slot
 * @page: its page number; in its file for shmem
 * @vma: its VMA; its file for shmem
 * @plan: who wanted to read ahead, and where
 * @picked: number of pages found there
 * @issued: number of pages read ahead
 */
TRACE_EVENT(flashvm_fault,

	TP_PROTO(swp_entry_t swap, u64 page, const void *vma,
		 const struct flashvm_plan *plan, unsigned int picked,
		 unsigned int issued),

	TP_ARGS(swap, page, vma, plan, picked, issued),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, slot)
		__field(u64, address)
		__field(const void *, vma)
		__field(int, predictor)
		__field(int, space)
		__field(int, step)
		__field(unsigned int, planned)
		__field(unsigned int, picked)
		__field(unsigned int, issued)
	),

	TP_fast_assign(
		__entry->dev = swp_swap_info(swap)->bdev->bd_dev;
		__entry->slot = swp_offset(swap);
		__entry->address = page << PAGE_SHIFT;
		__entry->vma = vma;
		__entry->predictor = plan->predictor;
		__entry->space = plan->space;
		__entry->step = plan->step;
		__entry->planned = plan->nr;
		__entry->picked = picked;
		__entry->issued = issued;
	),

	TP_printk("dev=%d:%d slot=%lu address=%#llx vma=%p predictor=%s space=%s step=%d planned=%u picked=%u issued=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->slot,
		  __entry->address, __entry->vma,
		  flashvm_show_predictor(__entry->predictor),
		  __print_symbolic(__entry->space, { 0, "address" },
				   { 1, "slot" }),
		  __entry->step, __entry->planned, __entry->picked,
		  __entry->issued)
);

/**
 * flashvm_hit - A page that was read ahead is touched for the first time
 * @swap: its slot
 * @predictor: who read it ahead, as far as is remembered
 * @late: it is not there yet, and is waited for
 * @plan: who wants to go on from there, and where
 * @picked: number of pages found there
 * @issued: number of pages read ahead
 */
TRACE_EVENT(flashvm_hit,

	TP_PROTO(swp_entry_t swap, int predictor, bool late,
		 const struct flashvm_plan *plan, unsigned int picked,
		 unsigned int issued),

	TP_ARGS(swap, predictor, late, plan, picked, issued),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, slot)
		__field(int, predictor)
		__field(bool, late)
		__field(int, next)
		__field(int, step)
		__field(unsigned int, planned)
		__field(unsigned int, picked)
		__field(unsigned int, issued)
	),

	TP_fast_assign(
		__entry->dev = swp_swap_info(swap)->bdev->bd_dev;
		__entry->slot = swp_offset(swap);
		__entry->predictor = predictor;
		__entry->late = late;
		__entry->next = plan->predictor;
		__entry->step = plan->step;
		__entry->planned = plan->nr;
		__entry->picked = picked;
		__entry->issued = issued;
	),

	TP_printk("dev=%d:%d slot=%lu predictor=%s late=%d next=%s step=%d planned=%u picked=%u issued=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->slot,
		  flashvm_show_predictor(__entry->predictor),
		  __entry->late,
		  flashvm_show_predictor(__entry->next),
		  __entry->step, __entry->planned, __entry->picked,
		  __entry->issued)
);

/**
 * flashvm_evict - A folio leaves the swap cache
 * @swap: its slot, the first one of a large folio
 *
 * Either it was taken out of memory and is on the device, or the slot is free.
 */
TRACE_EVENT(flashvm_evict,

	TP_PROTO(swp_entry_t swap),

	TP_ARGS(swap),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, slot)
	),

	TP_fast_assign(
		__entry->dev = swp_swap_info(swap)->bdev->bd_dev;
		__entry->slot = swp_offset(swap);
	),

	TP_printk("dev=%d:%d slot=%lu", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->slot)
);

/**
 * flashvm_waste - A page that was read ahead leaves the swap cache untouched
 * @swap: its slot
 * @stride: it was read along a stride
 */
TRACE_EVENT(flashvm_waste,

	TP_PROTO(swp_entry_t swap, bool stride),

	TP_ARGS(swap, stride),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, slot)
		__field(bool, stride)
	),

	TP_fast_assign(
		__entry->dev = swp_swap_info(swap)->bdev->bd_dev;
		__entry->slot = swp_offset(swap);
		__entry->stride = stride;
	),

	TP_printk("dev=%d:%d slot=%lu stride=%d", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->slot, __entry->stride)
);

/**
 * flashvm_io - A request of a FlashVM device is done
 * @si: the swap area
 * @folio: what was read or written
 * @write: direction
 * @us: time since submission in microseconds
 * @error: 0 or a negative error number
 */
TRACE_EVENT(flashvm_io,

	TP_PROTO(const struct swap_info_struct *si, const struct folio *folio,
		 bool write, unsigned long us, int error),

	TP_ARGS(si, folio, write, us, error),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, slot)
		__field(unsigned int, pages)
		__field(bool, write)
		__field(unsigned long, us)
		__field(int, error)
	),

	TP_fast_assign(
		__entry->dev = si->bdev->bd_dev;
		__entry->slot = swp_offset(folio->swap);
		__entry->pages = folio_nr_pages(folio);
		__entry->write = write;
		__entry->us = us;
		__entry->error = error;
	),

	TP_printk("dev=%d:%d op=%s slot=%lu pages=%u latency_us=%lu error=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  __entry->write ? "write" : "read", __entry->slot,
		  __entry->pages, __entry->us, __entry->error)
);

#endif /* _TRACE_FLASHVM_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
