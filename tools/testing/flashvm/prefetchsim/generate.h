/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traces of programs that nobody has run.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _PREFETCHSIM_GENERATE_H
#define _PREFETCHSIM_GENERATE_H

#include "trace.h"

extern const char *const generate_patterns;

bool generate(struct trace *trace, const char *pattern, uint64_t pages,
	      unsigned int passes, uint64_t think_ns);

#endif /* _PREFETCHSIM_GENERATE_H */
