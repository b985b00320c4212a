/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers on the command line.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef WALK_NUMBER_H
#define WALK_NUMBER_H

#include <stdint.h>

/* These end the program with status 2 and one line when something is wrong. */
void bad(const char *what, const char *value, const char *why)
	__attribute__((noreturn));
uint64_t number(const char *what, const char *text, uint64_t least,
		uint64_t most);
uint64_t bytes(const char *what, const char *text);
unsigned int percent(const char *what, const char *text);

#endif /* WALK_NUMBER_H */
