/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_MATH_H
#define _SHIM_LINUX_MATH_H

#define abs_diff(a, b) ({		\
	__auto_type _a = (a);		\
	__auto_type _b = (b);		\
	_a > _b ? _a - _b : _b - _a; })

#endif
