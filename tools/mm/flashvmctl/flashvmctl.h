/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flashvmctl: switch FlashVM devices on and off, and show what they do
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * One subject a file:
 *	main.c		table of commands, usage, version
 *	on.c off.c	the two system calls, and what their errors mean
 *	apply.c		tunables of flashvm.conf; conf.c reads it
 *	fstab.c		what fstab marks with x-flashvm
 *	status.c	the table; detail.c the long form of one device
 *	device.c	from what the user typed to a block device; its signature
 *	sysfs.c		/sys, /proc/cmdline, /proc/self/mountinfo
 *	swaps.c		/proc/swaps
 *	latency.c	log2 histograms
 *	util.c		memory, strings, sizes
 */
#ifndef FLASHVMCTL_H
#define FLASHVMCTL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	__attribute__((__format__(__printf__, a, b)))
#define __noreturn	__attribute__((__noreturn__))

/* swapon(2), of <linux/swap.h>; <sys/swap.h> does not have all of them. */
#define SWAP_PREFER		0x8000
#define SWAP_PRIO_MASK		0x7fff
#define SWAP_DISCARD		0x10000
#define SWAP_DISCARD_ONCE	0x20000
#define SWAP_DISCARD_PAGES	0x40000
#define SWAP_FLASHVM		0x80000

/* Exit codes. */
enum {
	EXIT_OK		= 0,
	EXIT_FAILED	= 1,	/* wrong usage, or nothing was done */
	EXIT_SOME	= 64,	/* some devices succeeded, others failed */
};

/* main.c */

/**
 * struct command - A command of the tool.
 * @name:	as typed
 * @run:	gets the arguments behind @name; returns an exit code
 * @summary:	one line for the list of commands
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

void __noreturn bad_usage(const char *command);
int exit_code(size_t succeeded, size_t failed);

int cmd_on(int argc, char **argv);
int cmd_off(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_apply(int argc, char **argv);
int cmd_fstab(int argc, char **argv);

/* util.c */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xvasprintf(const char *fmt, va_list ap) __printf(1, 0);
char *xasprintf(const char *fmt, ...) __printf(1, 2);
char *size_to_string(uint64_t bytes);
bool parse_u64(const char *s, uint64_t *value);
const char *permission_denied(void);

/**
 * struct strings - A growing list of strings, which it owns.
 * @n:	how many
 * @s:	the strings
 */
struct strings {
	size_t n;
	char **s;
};

void strings_add(struct strings *list, char *s);
void strings_sort(struct strings *list);
void strings_free(struct strings *list);

/* sysfs.c */

/* Whether the running kernel can have FlashVM devices. */
enum support {
	SUPPORT_UNKNOWN,	/* sysfs is not there to tell */
	SUPPORT_NONE,		/* a kernel without FlashVM */
	SUPPORT_OFF,		/* switched off on the kernel command line */
	SUPPORT_YES,
};

extern const char *sysroot;

char *root_path(const char *fmt, ...) __printf(1, 2);
bool path_exists(const char *fmt, ...) __printf(1, 2);
char *read_text(const char *fmt, ...) __printf(1, 2);
bool read_number(uint64_t *value, const char *fmt, ...) __printf(2, 3);
void list_dir(struct strings *names, bool dirs, const char *fmt, ...)
	__printf(3, 4);

enum support flashvm_support(void);
const char *support_reason(enum support support);
bool flashvm_active(const char *kname);
void flashvm_devices(struct strings *knames);
char *block_kname(dev_t rdev);
bool block_rdev(const char *kname, dev_t *rdev);
char *block_disk(const char *kname);
char *block_holder(const char *kname);
char *block_mountpoint(const char *kname);

/* device.c */

/**
 * struct device - What an argument of the user means.
 * @spec:	the argument, for messages; belongs to the caller
 * @path:	the device node, or the file, with symbolic links resolved
 * @kname:	the kernel's name of the block device; NULL for a file
 */
struct device {
	const char *spec;
	char *path;
	char *kname;
};

/* What is on a device, in the eyes of swapon(2). */
enum signature {
	SIGNATURE_ERROR,	/* could not be read; message printed */
	SIGNATURE_NONE,		/* no swap area; message printed */
	SIGNATURE_SWAP,
	SIGNATURE_OTHER_PAGE_SIZE,
	SIGNATURE_HIBERNATED,
};

int device_resolve(struct device *dev, const char *spec);
void device_release(struct device *dev);
bool device_is(const char *spec, const char *kname);
enum signature device_signature(const struct device *dev);
int device_forget_hibernation(const struct device *dev);
char *device_label(const char *path, const char *what);
char *device_display_path(const char *kname);

/* swaps.c */

/**
 * struct swap - A line of /proc/swaps.
 * @path:	the node it was switched on by
 * @size:	bytes
 * @used:	bytes
 * @priority:	negative when the kernel chose it
 */
struct swap {
	char *path;
	uint64_t size;
	uint64_t used;
	int priority;
};

bool swaps_find(const char *path, const char *kname, struct swap *swap);
void swap_release(struct swap *swap);

/* conf.c */

/**
 * struct setting - A line of the configuration.
 * @section:	"*" or a device, as written
 * @key:	path of the tunable below the device's directory
 * @value:	what to write into it
 * @line:	number of the line, for messages
 */
struct setting {
	char *section;
	char *key;
	char *value;
	unsigned int line;
};

/**
 * struct conf - The configuration, in the order of the file.
 * @path:	the file, for messages
 * @n:		how many settings
 * @s:		the settings
 */
struct conf {
	const char *path;
	size_t n;
	struct setting *s;
};

enum conf_state { CONF_OK, CONF_MISSING, CONF_BAD };

enum conf_state conf_read(struct conf *conf, const char *path);
void conf_release(struct conf *conf);
const struct setting **conf_for(const struct conf *conf, const char *kname,
				size_t *n);

/* apply.c */
void apply_conf(const char *kname);

/* latency.c */

/**
 * struct latency - A log2 histogram of latencies.
 * @n:		number of buckets
 * @lower:	lower bound of each bucket, microseconds
 * @count:	requests in each bucket
 * @total:	requests in all of them
 */
struct latency {
	size_t n;
	uint64_t *lower;
	uint64_t *count;
	uint64_t total;
};

bool latency_read(struct latency *lat, const char *kname, const char *file);
void latency_release(struct latency *lat);
bool latency_percentile(const struct latency *lat, unsigned int percent,
			uint64_t *bound, bool *open);
char *latency_to_string(uint64_t us);

/* detail.c */
void detail_print(const char *kname);

#endif /* FLASHVMCTL_H */
