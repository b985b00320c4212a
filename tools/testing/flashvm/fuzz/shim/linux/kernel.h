/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_KERNEL_H
#define _SHIM_LINUX_KERNEL_H

#include <stdlib.h>
#include <linux/array_size.h>
#include <linux/minmax.h>

#endif
