/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host must never do. See oracle.c.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _FLASHSIM_ORACLE_H
#define _FLASHSIM_ORACLE_H

#include <linux/types.h>

/**
 * enum flashsim_trip - An offence.
 * @TRIP_OVERLAP: a page is written and discarded at the same time
 * @TRIP_UNWRITTEN: a page is read that was discarded, or never written
 * @TRIP_DATA: a page read is not the page written
 */
enum flashsim_trip { TRIP_OVERLAP, TRIP_UNWRITTEN, TRIP_DATA, NR_TRIPS };

/**
 * struct flashsim_oracle - What is known of each page. The owner serialises.
 * @state: of each page
 * @sum: check sum of each page, or NULL: data is not looked at
 * @reads: reads of unwritten pages are offences; blkid and the scan for
 *	partitions read such, so from a moment that the user chooses
 * @trips: offences by kind
 */
struct flashsim_oracle {
	u8 *state;
	u32 *sum;
	bool reads;
	u64 trips[NR_TRIPS];
};

int oracle_init(struct flashsim_oracle *oracle, u32 pages, bool data);
void oracle_free(struct flashsim_oracle *oracle);
bool oracle_write_begin(struct flashsim_oracle *oracle, u32 page);
void oracle_write_end(struct flashsim_oracle *oracle, u32 page);
bool oracle_discard_begin(struct flashsim_oracle *oracle, u32 page);
void oracle_discard_end(struct flashsim_oracle *oracle, u32 page);
bool oracle_read(struct flashsim_oracle *oracle, u32 page);
void oracle_keep(struct flashsim_oracle *oracle, u32 page, const void *data);
bool oracle_compare(struct flashsim_oracle *oracle, u32 page, const void *data);

#endif /* _FLASHSIM_ORACLE_H */
