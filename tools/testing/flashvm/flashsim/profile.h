/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that flashsim can be. See profile.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHSIM_PROFILE_H
#define _FLASHSIM_PROFILE_H

#include "timing.h"

/**
 * struct flashsim_profile - A device.
 * @name: of the profile
 * @rates: what things cost
 * @dies: of flash
 * @block_pages: of an erase block, of 4 KiB
 * @spare_per_mille: NAND beyond what the host sees
 * @endurance: erases that a block stands
 * @discard_ranges: the most of a discard command; 0: it knows none
 * @queue_depth: commands that it takes at a time
 * @one_queue: it has one in hardware, which Linux puts a scheduler in front of; else
 *	there is none by default, as with a queue for each processor
 * @rotational: what it says of itself
 */
struct flashsim_profile {
	const char *name;
	struct timing_rates rates;
	u32 dies;
	u32 block_pages;
	u32 spare_per_mille;
	u32 endurance;
	u32 discard_ranges;
	u32 queue_depth;
	bool one_queue;
	bool rotational;
};

/* The end is the one without a name; the first is the default. */
extern const struct flashsim_profile flashsim_profiles[];

const struct flashsim_profile *flashsim_find_profile(const char *name);

#endif /* _FLASHSIM_PROFILE_H */
