/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenarios of integrity(1): what the two halves of it share.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef INTEGRITY_H
#define INTEGRITY_H

#include <sys/types.h>

#include "stamp.h"

/**
 * struct area - Memory, and what each page of it must hold.
 * @memory:	the mapping
 * @tag:	of each page; 0: all zeros
 * @pages:	number of pages
 */
struct area {
	unsigned char *memory;
	uint64_t *tag;
	size_t pages;
};

extern size_t pages;	/* that a scenario works on */

void area_map(struct area *area, size_t pages, int flags);
void area_unmap(struct area *area);
unsigned char *area_page(const struct area *area, size_t page);
void area_write(struct area *area, size_t page, unsigned int owner);
void area_fill(struct area *area, unsigned int owner);
void area_check(const struct area *area, size_t page, const char *when);
void area_check_all(const struct area *area, const char *when);
void area_forget(struct area *area, size_t from, size_t count);
void advise(const struct area *area, size_t from, size_t count, int advice,
	    const char *name);
void pageout(const struct area *area);
size_t any(size_t below);
void reap(pid_t child, const char *who);

void do_mremap(void);
void do_mprotect(void);
void do_vmas(void);
void do_uffd(void);
void do_ksm(void);
void do_gup(void);

#endif /* INTEGRITY_H */
