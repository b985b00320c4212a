// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel tells in /sys and /proc
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * Nothing here is taken for granted: a chroot or an initramfs may have
 * neither file system, an older kernel has fewer files, and a device can go
 * away between two reads. What is missing is reported as missing.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "flashvmctl.h"

#define FLASHVM_DIR	"/sys/kernel/mm/flashvm"

/* Where / is, for tests; without a slash at its end. */
const char *sysroot = "";

__printf(1, 0)
static char *vroot_path(const char *fmt, va_list ap)
{
	char *path, *full;

	path = xvasprintf(fmt, ap);
	full = xasprintf("%s%s", sysroot, path);
	free(path);
	return full;
}

/**
 * root_path() - Build a path below the system's root.
 * @fmt:	format of an absolute path
 *
 * Return: a string to free.
 */
char *root_path(const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = vroot_path(fmt, ap);
	va_end(ap);
	return path;
}

bool path_exists(const char *fmt, ...)
{
	va_list ap;
	char *path;
	bool exists;

	va_start(ap, fmt);
	path = vroot_path(fmt, ap);
	va_end(ap);
	exists = access(path, F_OK) == 0;
	free(path);
	return exists;
}

static char *read_file(const char *path)
{
	size_t len = 0, size = 0, got;
	char *text = NULL;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return NULL;
	do {
		size += BUFSIZ;
		text = xrealloc(text, size + 1, 1);
		got = fread(text + len, 1, size - len, f);
		len += got;
	} while (len == size);
	text[len] = '\0';
	if (ferror(f)) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

/**
 * read_text() - Read a whole small file.
 * @fmt:	format of its absolute path
 *
 * Return: its text, to free; NULL when it cannot be read.
 */
char *read_text(const char *fmt, ...)
{
	va_list ap;
	char *path, *text;

	va_start(ap, fmt);
	path = vroot_path(fmt, ap);
	va_end(ap);
	text = read_file(path);
	free(path);
	return text;
}

/**
 * read_number() - Read a file that holds one decimal number.
 * @value:	result; unchanged on failure
 * @fmt:	format of its absolute path
 *
 * Return: whether there was a number.
 */
bool read_number(uint64_t *value, const char *fmt, ...)
{
	va_list ap;
	char *path, *text;
	bool ok;

	va_start(ap, fmt);
	path = vroot_path(fmt, ap);
	va_end(ap);
	text = read_file(path);
	ok = text && parse_u64(text, value);
	free(text);
	free(path);
	return ok;
}

/**
 * list_dir() - List a directory, sorted, without what starts with a dot.
 * @names:	list to add the names to
 * @dirs:	directories (true) or everything else (false)
 * @fmt:	format of its absolute path
 */
void list_dir(struct strings *names, bool dirs, const char *fmt, ...)
{
	struct dirent *entry;
	struct stat st;
	va_list ap;
	char *path;
	DIR *dir;

	va_start(ap, fmt);
	path = vroot_path(fmt, ap);
	va_end(ap);
	dir = opendir(path);
	free(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, 0))
			continue;
		if (S_ISDIR(st.st_mode) == dirs)
			strings_add(names, xstrdup(entry->d_name));
	}
	closedir(dir);
	strings_sort(names);
}

static bool cmdline_says_off(void)
{
	char *cmdline, *word, *state = NULL;
	bool off = false;

	cmdline = read_text("/proc/cmdline");
	if (!cmdline)
		return false;
	for (word = strtok_r(cmdline, " \t\n", &state); word;
	     word = strtok_r(NULL, " \t\n", &state))
		if (!strcmp(word, "flashvm=off"))
			off = true;
	free(cmdline);
	return off;
}

enum support flashvm_support(void)
{
	if (path_exists(FLASHVM_DIR))
		return SUPPORT_YES;
	if (cmdline_says_off())
		return SUPPORT_OFF;
	if (path_exists("/sys/kernel/mm"))
		return SUPPORT_NONE;
	return SUPPORT_UNKNOWN;
}

const char *support_reason(enum support support)
{
	switch (support) {
	case SUPPORT_OFF:
		return "FlashVM is switched off by flashvm=off on the kernel command line";
	case SUPPORT_NONE:
		return "this kernel has no FlashVM";
	case SUPPORT_UNKNOWN:
		return "the kernel refused it, and /sys is not mounted to tell why";
	case SUPPORT_YES:
		break;
	}
	return "the kernel has FlashVM";
}

bool flashvm_active(const char *kname)
{
	return path_exists(FLASHVM_DIR "/%s/stats", kname);
}

/**
 * flashvm_devices() - List the active FlashVM devices.
 * @knames:	list to add the kernel's names to
 */
void flashvm_devices(struct strings *knames)
{
	struct strings dirs = { 0 };
	size_t i;

	list_dir(&dirs, true, FLASHVM_DIR);
	for (i = 0; i < dirs.n; i++)
		if (flashvm_active(dirs.s[i]))
			strings_add(knames, xstrdup(dirs.s[i]));
	strings_free(&dirs);
}

/* The last component of what a symbolic link in /sys points to. */
static char *link_basename(const char *path)
{
	char target[PATH_MAX];
	ssize_t len;
	char *slash;

	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return NULL;
	target[len] = '\0';
	slash = strrchr(target, '/');
	return xstrdup(slash ? slash + 1 : target);
}

/**
 * block_kname() - Find the kernel's name of a block device.
 * @rdev:	its number
 *
 * Return: a string to free; NULL when sysfs does not have it.
 */
char *block_kname(dev_t rdev)
{
	char *path, *name;

	path = root_path("/sys/dev/block/%u:%u", major(rdev), minor(rdev));
	name = link_basename(path);
	free(path);
	return name;
}

bool block_rdev(const char *kname, dev_t *rdev)
{
	unsigned int maj, min;
	bool ok = false;
	char *text;

	text = read_text("/sys/class/block/%s/dev", kname);
	if (text && sscanf(text, "%u:%u", &maj, &min) == 2) {
		*rdev = makedev(maj, min);
		ok = true;
	}
	free(text);
	return ok;
}

/**
 * block_disk() - Find the disk that has a device's queue.
 * @kname:	a partition, or a whole disk
 *
 * Return: the disk's name, to free: @kname itself if it is no partition.
 */
char *block_disk(const char *kname)
{
	char *path, *real, *slash, *disk = NULL;

	if (!path_exists("/sys/class/block/%s/partition", kname))
		return xstrdup(kname);
	path = root_path("/sys/class/block/%s/..", kname);
	real = realpath(path, NULL);
	if (real) {
		slash = strrchr(real, '/');
		disk = xstrdup(slash ? slash + 1 : real);
	}
	free(real);
	free(path);
	return disk ? disk : xstrdup(kname);
}

/**
 * block_holder() - Find a device that is built on this one.
 * @kname:	the device below
 *
 * Return: the name of a device-mapper or RAID device, to free, or NULL.
 */
char *block_holder(const char *kname)
{
	struct strings holders = { 0 };
	char *name = NULL;

	list_dir(&holders, true, "/sys/class/block/%s/holders", kname);
	if (holders.n)
		name = xstrdup(holders.s[0]);
	strings_free(&holders);
	return name;
}

/**
 * block_mountpoint() - Find where a device is mounted.
 * @kname:	the device
 *
 * Return: a mount point as the kernel writes it, to free, or NULL.
 */
char *block_mountpoint(const char *kname)
{
	char *text, *line, *state = NULL, *found = NULL;
	unsigned int maj, min;
	char target[PATH_MAX];
	dev_t rdev;

	if (!block_rdev(kname, &rdev))
		return NULL;
	text = read_text("/proc/self/mountinfo");
	if (!text)
		return NULL;
	for (line = strtok_r(text, "\n", &state); line && !found;
	     line = strtok_r(NULL, "\n", &state)) {
		/* "36 35 98:0 /root/of/mount /mount/point ..." */
		if (sscanf(line, "%*u %*u %u:%u %*s %4095s",
			   &maj, &min, target) == 3 &&
		    makedev(maj, min) == rdev)
			found = xstrdup(target);
	}
	free(text);
	return found;
}
