// SPDX-License-Identifier: GPL-2.0
/*
 *		Room for pages that are read ahead
 *
 * A page is charged to the cgroup of its slot. In a cgroup that is at its limit who
 * charges one page too many frees 32, in that very moment. A fault that reads ahead
 * does not: it takes what there is, for somebody waits. A hit makes room before it
 * reads on, eight times as much at one stop, and then has it for many parts of plans:
 * one long stop in 256 touches instead of a shorter one in 32, so that hardly a
 * touch is kept waiting.
 *
 * Where there is no order in the faults there are no hits, and each fault waits for
 * the device. In this time a worker makes the room that the next ones need
 * (prefetch/room), and they need not stop for it.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/oom.h>
#include <linux/psi.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/workqueue.h>

#include "internal.h"

#ifdef CONFIG_MEMCG

/* The part of all that a cgroup may have that is freed at a time, at most. */
#define ROOM_PART	32
/* Pages that are freed by one call. */
#define ROOM_AT_A_TIME	SWAP_CLUSTER_MAX
/* So many may do so at a time; of more each frees less. */
#define ROOM_CROWD	4UL
/* Cgroups for which room is made by workers at a time. */
#define ROOM_WORKERS	16
/* How long a worker keeps away that found nothing. */
#define ROOM_REST	(HZ / 50)

/* Above memory.high there is room still, but who takes it has to free it. */
static unsigned long limit_of(struct mem_cgroup *memcg)
{
	return min(READ_ONCE(memcg->memory.max), READ_ONCE(memcg->memory.high));
}

/* Pages that may be charged to @memcg itself and stay. */
static unsigned long room_of(struct mem_cgroup *memcg)
{
	unsigned long used = page_counter_read(&memcg->memory);
	unsigned long limit = limit_of(memcg);

	return used < limit ? limit - used : 0;
}

/* The one of @memcg and its ancestors with the least room. */
static struct mem_cgroup *narrowest(struct mem_cgroup *memcg,
				    unsigned long *room)
{
	struct mem_cgroup *found = NULL;
	unsigned long of_it;

	*room = ULONG_MAX;
	for (; memcg && !mem_cgroup_is_root(memcg);
	     memcg = parent_mem_cgroup(memcg)) {
		of_it = room_of(memcg);
		if (of_it >= *room)
			continue;
		*room = of_it;
		found = memcg;
	}
	return found;
}

/*
 * Free @pages of @memcg, a few by each call: one that wants many goes over memory again
 * and again, with a lower priority each time, and but for the first time the multi-gen LRU
 * makes a new generation as soon as the old ones are small. After three of them what was
 * read ahead is the oldest there is, and was evicted. A call that frees less has come to
 * the lowest priority, and there is no more to be had. Return: how many were freed.
 */
static unsigned long free_pages_of(struct mem_cgroup *memcg, unsigned int pages,
				   gfp_t gfp)
{
	unsigned long freed, all = 0;

	do {
		freed = try_to_free_mem_cgroup_pages(memcg, ROOM_AT_A_TIME, gfp,
						     MEMCG_RECLAIM_MAY_SWAP,
						     NULL);
		all += freed;
	} while (freed >= ROOM_AT_A_TIME && all < pages &&
		 !fatal_signal_pending(current));
	return all;
}

/* How many are making room, in all cgroups. */
static atomic_t making_room = ATOMIC_INIT(0);

/**
 * flashvm_make_room() - Free pages of a cgroup unless there is room.
 * @memcg_id: ID of the cgroup; 0: none
 * @nr: pages that are going to be charged
 * @pages: how many to free, if there is no room; fewer in a small cgroup, but
 *	SWAP_CLUSTER_MAX at least
 * @gfp: how they are going to be allocated
 *
 * Context: process context, outside of a plug; may sleep, unless @gfp forbids it.
 * Return: false if there is no room still; then it is no use to ask again.
 */
bool flashvm_make_room(unsigned short memcg_id, unsigned int nr,
		       unsigned int pages, gfp_t gfp)
{
	struct mem_cgroup *owner, *memcg;
	unsigned long room, limit, flags;
	int crowd;

	/* As for a charge: no reclaim within reclaim, nor by who is to end. */
	if (!gfpflags_allow_blocking(gfp) || current->flags & PF_MEMALLOC ||
	    tsk_is_oom_victim(current))
		return false;
	rcu_read_lock();
	owner = mem_cgroup_from_id(memcg_id);
	memcg = narrowest(owner, &room);
	/* For an owner that is gone somebody else is charged. */
	if (room >= nr || !mem_cgroup_online(owner) || !css_tryget(&memcg->css))
		memcg = NULL;
	rcu_read_unlock();
	if (!memcg)
		return true;
	crowd = atomic_inc_return(&making_room);
	limit = limit_of(memcg) / ROOM_PART;
	pages = min3(pages, limit, ROOM_CROWD * limit / crowd);
	psi_memstall_enter(&flags);
	free_pages_of(memcg, pages, gfp);
	psi_memstall_leave(&flags);
	atomic_dec(&making_room);
	room = room_of(memcg);
	css_put(&memcg->css);
	return room >= nr;
}

/**
 * struct room_worker - Makes room in one cgroup of those that share it.
 * @work: the work
 * @memcg: the cgroup, with a reference; NULL: has nothing to do. Who puts one there
 *	queues the work, and the work takes it away
 * @pages: how many to free
 * @rest: since when it rests, jiffies; long ago unless it found nothing
 */
struct room_worker {
	struct work_struct work;
	struct mem_cgroup *memcg;
	unsigned int pages;
	unsigned long rest;
};

static struct room_worker room_workers[ROOM_WORKERS];

/*
 * Kernel threads are not throttled, as those who are charged are, where all is under
 * write-back: so it keeps away for a while. Nobody waits for it: that is no stall.
 *
 * Context: a kernel thread, no locks held, may sleep.
 */
static void make_room(struct work_struct *work)
{
	struct room_worker *worker = container_of(work, struct room_worker, work);
	struct mem_cgroup *memcg = worker->memcg;
	unsigned long freed;

	freed = free_pages_of(memcg, worker->pages, GFP_KERNEL);
	WRITE_ONCE(worker->rest, jiffies - (freed ? ROOM_REST : 0));
	css_put(&memcg->css);
	smp_store_release(&worker->memcg, NULL);	/* flashvm_ask_for_room() */
}

/**
 * flashvm_ask_for_room() - Have a worker free pages of a cgroup.
 * @folio: a page that was charged to it
 * @pages: how many, if there is room for less than a quarter of them; 0: none. A
 *	32nd of its limit at most, or SWAP_CLUSTER_MAX
 *
 * Context: process context; does not sleep.
 * Return: true if a worker is going to do so; false if there is room, or the worker
 * of this cgroup, which others share, has something to do, or had no success.
 */
bool flashvm_ask_for_room(const struct folio *folio, unsigned int pages)
{
	struct room_worker *worker;
	struct mem_cgroup *memcg;
	unsigned long room, rest;

	rcu_read_lock();
	memcg = narrowest(folio_memcg((struct folio *)folio), &room);
	if (memcg)
		pages = min(pages, max(limit_of(memcg) / ROOM_PART,
				       SWAP_CLUSTER_MAX));
	if (room >= DIV_ROUND_UP(pages, 4) || !css_tryget(&memcg->css))
		memcg = NULL;
	rcu_read_unlock();
	if (!memcg)
		return false;
	worker = &room_workers[mem_cgroup_id(memcg) % ROOM_WORKERS];
	rest = READ_ONCE(worker->rest);
	/* Pairs with the release in make_room(): it is done with @pages. */
	if (time_in_range_open(jiffies, rest, rest + ROOM_REST) ||
	    cmpxchg_acquire(&worker->memcg, NULL, memcg)) {
		css_put(&memcg->css);
		return false;
	}
	worker->pages = pages;
	queue_work(system_unbound_wq, &worker->work);
	return true;
}

/** flashvm_room_init() - Make the workers. Context: an initcall. */
void __init flashvm_room_init(void)
{
	unsigned int i;

	for (i = 0; i < ROOM_WORKERS; i++) {
		INIT_WORK(&room_workers[i].work, make_room);
		room_workers[i].rest = jiffies - ROOM_REST;
	}
}

#else /* CONFIG_MEMCG */

bool flashvm_make_room(unsigned short memcg_id, unsigned int nr,
		       unsigned int pages, gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp);
}

bool flashvm_ask_for_room(const struct folio *folio, unsigned int pages)
{
	return false;
}

void __init flashvm_room_init(void)
{
}

#endif /* CONFIG_MEMCG */
