// SPDX-License-Identifier: GPL-2.0
/*
 * What a host must never do, watched from below.
 *
 * A device may do what it likes with a page that is written and discarded by
 * two commands on their way at the same time, and with a page that is read after
 * a discard. A host that does so has lost track of its data, and mostly gets away
 * with it: here it does not. The third oracle is about this device itself, or
 * about memory below it: data that comes back has the check sum that it had.
 *
 * Each function says whether it was an offence; the owner says so to the user.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <linux/bits.h>
#include <linux/crc32.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "oracle.h"

/* State of a page: commands on their way, up to 7 of a kind, and written. */
#define WRITES		0x07
#define A_WRITE		0x01
#define DISCARDS	0x38
#define A_DISCARD	0x08
#define WRITTEN		0x40

/**
 * oracle_init() - Nothing was written yet.
 * @oracle: to be made
 * @pages: of the device
 * @data: look at the data, too, which costs much more than all the rest
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int oracle_init(struct flashsim_oracle *oracle, u32 pages, bool data)
{
	memset(oracle, 0, sizeof(*oracle));
	oracle->state = vzalloc(pages);
	if (oracle->state && data)
		oracle->sum = vzalloc(array_size(pages, sizeof(*oracle->sum)));
	if (oracle->state && (oracle->sum || !data))
		return 0;
	oracle_free(oracle);
	return -ENOMEM;
}

/**
 * oracle_free() - Forget it all.
 * @oracle: to be freed
 */
void oracle_free(struct flashsim_oracle *oracle)
{
	vfree(oracle->state);
	vfree(oracle->sum);
	oracle->state = NULL;
	oracle->sum = NULL;
}

/* One more on its way; more than can be counted stay uncounted. */
static void begin(u8 *state, u8 mask, u8 one)
{
	if ((*state & mask) != mask)
		*state += one;
}

static void end(u8 *state, u8 mask, u8 one)
{
	if (*state & mask)
		*state -= one;
}

static bool tripped(struct flashsim_oracle *oracle, enum flashsim_trip trip,
		    bool yes)
{
	oracle->trips[trip] += yes;
	return yes;
}

/**
 * oracle_write_begin() - A write of a page is on its way from here on.
 * @oracle: of the device
 * @page: of the host
 *
 * Return: true if that is an offence.
 */
bool oracle_write_begin(struct flashsim_oracle *oracle, u32 page)
{
	u8 *state = &oracle->state[page];

	begin(state, WRITES, A_WRITE);
	*state |= WRITTEN;
	return tripped(oracle, TRIP_OVERLAP, *state & DISCARDS);
}

/**
 * oracle_write_end() - It is done.
 * @oracle: of the device
 * @page: of the host
 */
void oracle_write_end(struct flashsim_oracle *oracle, u32 page)
{
	end(&oracle->state[page], WRITES, A_WRITE);
}

/**
 * oracle_discard_begin() - A discard of a page is on its way from here on.
 * @oracle: of the device
 * @page: of the host
 *
 * Return: true if that is an offence.
 */
bool oracle_discard_begin(struct flashsim_oracle *oracle, u32 page)
{
	u8 *state = &oracle->state[page];

	begin(state, DISCARDS, A_DISCARD);
	*state &= ~WRITTEN;
	return tripped(oracle, TRIP_OVERLAP, *state & WRITES);
}

/**
 * oracle_discard_end() - It is done.
 * @oracle: of the device
 * @page: of the host
 */
void oracle_discard_end(struct flashsim_oracle *oracle, u32 page)
{
	end(&oracle->state[page], DISCARDS, A_DISCARD);
}

/**
 * oracle_read() - A page is read.
 * @oracle: of the device
 * @page: of the host
 *
 * Return: true if that is an offence.
 */
bool oracle_read(struct flashsim_oracle *oracle, u32 page)
{
	return tripped(oracle, TRIP_UNWRITTEN, oracle->reads &&
		       !(oracle->state[page] & WRITTEN));
}

/* Zero stands for a page that has no sum yet. */
static u32 sum_of(const void *data)
{
	u32 sum = crc32_le(~0, data, PAGE_SIZE);

	return sum ?: 1;
}

/**
 * oracle_keep() - Remember the data of a page.
 * @oracle: of the device
 * @page: of the host
 * @data: what was written to it
 */
void oracle_keep(struct flashsim_oracle *oracle, u32 page, const void *data)
{
	if (oracle->sum)
		oracle->sum[page] = sum_of(data);
}

/**
 * oracle_compare() - Is it the data of this page?
 * @oracle: of the device
 * @page: of the host
 * @data: what is given back
 *
 * Return: true if not, which is an offence.
 */
bool oracle_compare(struct flashsim_oracle *oracle, u32 page, const void *data)
{
	return oracle->sum && oracle->sum[page] &&
		tripped(oracle, TRIP_DATA, oracle->sum[page] != sum_of(data));
}
