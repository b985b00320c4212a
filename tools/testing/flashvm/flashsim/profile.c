// SPDX-License-Identifier: GPL-2.0
/*
 * The profiles: devices of a kind, not of a make.
 *
 * Times are those of a page of 4 KiB. NAND programs larger units (16 KiB and
 * more, several planes at once), so that @program is the share of 4 KiB in such
 * a unit; a read costs the whole time of the cell. Where the numbers are from:
 *
 *   nvme         TLC: 60 us read, 600 us for a unit of 16 KiB, 1200 MT/s channel,
 *                four lanes of PCIe 3; a queue of its own for discards.
 *   sata         MLC/TLC, 550 MB/s of link, discards hold up the queue.
 *   ocz-vertex   the SSD of the FlashVM paper: read and write of 4 KiB
 *                under 0.5 ms, erase of 128 KiB 2 ms, discard of up to 1 MB 55 ms,
 *                of 1 GB 417 ms: 354 us for each MB more.
 *   emmc         one channel, two dies, small buffer.
 *   disk         7200 turns a minute, 100 MB/s, 0.5 to 15 ms of seek.
 *   zero         no time at all: what a run takes on it is processor alone.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <linux/string.h>

#include "profile.h"

#define US	1000
#define MS	1000000

const struct flashsim_profile flashsim_profiles[] = {
	{
		.name = "nvme",
		.rates = {
			.command = 6 * US, .link = 1300, .channel = 3500,
			.read = 60 * US, .program = 150 * US, .erase = 3 * MS,
			.suspend = 10 * US,
			.discard = 30 * US, .discard_range = 1 * US,
			.discard_mb = 2 * US,
			.channels = 8, .buffer = 512,
		},
		.dies = 32, .block_pages = 256, .spare_per_mille = 70,
		.endurance = 3000, .discard_ranges = 256, .queue_depth = 256,
	}, {
		.name = "sata",
		.rates = {
			.command = 20 * US, .link = 7400, .channel = 10 * US,
			.read = 70 * US, .program = 200 * US, .erase = 4 * MS,
			.discard = 500 * US, .discard_range = 5 * US,
			.discard_mb = 5 * US,
			.channels = 4, .buffer = 256, .discard_blocks = true,
		},
		.dies = 8, .block_pages = 256, .spare_per_mille = 70,
		.endurance = 3000, .discard_ranges = 64, .queue_depth = 32,
		.one_queue = true,
	}, {
		.name = "ocz-vertex",
		.rates = {
			.command = 60 * US, .link = 20 * US, .channel = 100 * US,
			.read = 120 * US, .program = 250 * US, .erase = 2 * MS,
			.discard = 54646 * US, .discard_mb = 354 * US,
			.channels = 4, .discard_blocks = true,
		},
		.dies = 4, .block_pages = 32, .spare_per_mille = 70,
		.endurance = 10000, .discard_ranges = 1, .queue_depth = 32,
		.one_queue = true,
	}, {
		.name = "emmc",
		.rates = {
			.command = 80 * US, .link = 20 * US, .channel = 20 * US,
			.read = 100 * US, .program = 400 * US, .erase = 5 * MS,
			.discard = 1 * MS, .discard_mb = 20 * US,
			.channels = 1, .buffer = 16, .discard_blocks = true,
		},
		.dies = 2, .block_pages = 128, .spare_per_mille = 70,
		.endurance = 3000, .discard_ranges = 1, .queue_depth = 32,
		.one_queue = true,
	}, {
		.name = "disk",
		.rates = {
			.command = 20 * US, .link = 40 * US,
			.seek_least = 500 * US, .seek_most = 15 * MS,
			.turn = 8333333, .channels = 1,
		},
		.dies = 1, .block_pages = 256, .queue_depth = 32,
		.one_queue = true, .rotational = true,
	}, {
		.name = "zero",
		.rates = { .channels = 1 },
		.dies = 1, .block_pages = 256, .spare_per_mille = 280,
		.discard_ranges = 256, .queue_depth = 256,
	},
	{ }
};

/**
 * flashsim_find_profile() - The profile of a name.
 * @name: to be looked for
 *
 * Return: it, or NULL.
 */
const struct flashsim_profile *flashsim_find_profile(const char *name)
{
	const struct flashsim_profile *profile = flashsim_profiles;

	while (profile->name && strcmp(profile->name, name))
		profile++;
	return profile->name ? profile : NULL;
}
