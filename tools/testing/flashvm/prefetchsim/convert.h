/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the kernel's trace to a compact one.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _PREFETCHSIM_CONVERT_H
#define _PREFETCHSIM_CONVERT_H

#include "trace.h"

bool convert(struct trace *trace, const char *path);

#endif /* _PREFETCHSIM_CONVERT_H */
