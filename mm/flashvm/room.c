// SPDX-License-Identifier: GPL-2.0
/*
 *		Room for pages that are read ahead
 *
 * A page is charged to the cgroup of its slot. In a cgroup that is at its limit who
 * charges one page too many frees 32, in that very moment. A fault that reads ahead
 * does not: it takes what there is, for somebody waits. A hit makes room before it
 * reads on, eight times as much at once, and then has it for many parts of plans: one
 * long stop in 256 touches instead of a shorter one in 32, so that hardly a
 * touch is kept waiting.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <linux/atomic.h>
#include <linux/limits.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/oom.h>
#include <linux/psi.h>
#include <linux/sched.h>
#include <linux/swap.h>

#include "internal.h"

#ifdef CONFIG_MEMCG

/* The part of all that a cgroup may have that is freed at a time, at most. */
#define ROOM_PART	32
/* So many may do so at a time; of more each frees less. */
#define ROOM_CROWD	4UL

/*
 * Pages that may be charged to @memcg itself. Above memory.high pages can be charged
 * still, and are taken away later.
 */
static unsigned long room_of(struct mem_cgroup *memcg)
{
	unsigned long limit = READ_ONCE(memcg->memory.max);
	unsigned long used = page_counter_read(&memcg->memory);

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
	limit = READ_ONCE(memcg->memory.max) / ROOM_PART;
	pages = min3(pages, limit, ROOM_CROWD * limit / crowd);
	psi_memstall_enter(&flags);
	try_to_free_mem_cgroup_pages(memcg, pages, gfp, MEMCG_RECLAIM_MAY_SWAP,
				     NULL);
	psi_memstall_leave(&flags);
	atomic_dec(&making_room);
	room = room_of(memcg);
	css_put(&memcg->css);
	return room >= nr;
}

#else /* CONFIG_MEMCG */

bool flashvm_make_room(unsigned short memcg_id, unsigned int nr,
		       unsigned int pages, gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp);
}

#endif /* CONFIG_MEMCG */
