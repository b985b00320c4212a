// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl fstab: the swap areas that fstab marks with x-flashvm
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * swapon(8) and systemd leave options alone that start with "x-", and cannot
 * pass the FlashVM flag. The kernel has a list of areas for which it adds the
 * flag by itself, /sys/kernel/mm/flashvm/auto; this puts the marked ones on
 * it, before they are switched on. By UUID if there is one, whatever fstab
 * calls the area: that is what the kernel reads in the swap header.
 */
#include <blkid.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "flashvmctl.h"

#define AUTO_PATH	"/sys/kernel/mm/flashvm/auto"
#define OPTION		"x-flashvm"

static void usage(void)
{
	fputs("Usage: flashvmctl fstab [options] [DEVICE]\n"
	      "\n"
	      "Tell the kernel which swap areas /etc/fstab marks with " OPTION ", so that\n"
	      "plain swapon makes FlashVM devices of them; with DEVICE only that one.\n"
	      "\n"
	      "Options:\n"
	      " -n, --dry-run  print what the kernel would be told\n"
	      " -h, --help     show this help\n", stdout);
}

/**
 * marked_areas() - Read what fstab marks.
 * @areas:	first fields of the entries, decoded, are added
 * @only:	a device; NULL for all
 *
 * Return: 0, or -1 after one line of explanation.
 */
static int marked_areas(struct strings *areas, const struct device *only)
{
	struct mntent *entry;
	char *path;
	FILE *f;

	path = root_path("/etc/fstab");
	f = setmntent(path, "re");
	free(path);
	if (!f) {
		if (errno == ENOENT)
			return 0;
		warn("/etc/fstab");
		return -1;
	}
	while ((entry = getmntent(f))) {
		if (strcmp(entry->mnt_type, "swap") ||
		    !hasmntopt(entry, OPTION))
			continue;
		if (only && strcmp(entry->mnt_fsname, only->spec) &&
		    !(only->kname &&
		      device_is(entry->mnt_fsname, only->kname)))
			continue;
		strings_add(areas, xstrdup(entry->mnt_fsname));
	}
	endmntent(f);
	return 0;
}

/* As the kernel wants it: 36 characters, hexadecimal but for four dashes. */
static bool is_uuid(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' :
		    !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	return i == 36;
}

/* What fstab says is enough: the device need not be there yet. */
static char *item_as_written(const char *area)
{
	char *tag = NULL, *value = NULL, *item = NULL;

	if (!strncmp(area, "/dev/mapper/", 12))
		return xstrdup(area);
	if (!blkid_parse_tag_string(area, &tag, &value) && tag && value &&
	    !strcmp(tag, "UUID") && is_uuid(value))
		item = xasprintf("UUID=%s", value);
	free(tag);
	free(value);
	return item;
}

/**
 * item_for() - Write an area the way the kernel's list wants it.
 * @area:	first field of fstab
 *
 * Return: a string to free; NULL after one line of explanation.
 */
static char *item_for(const char *area)
{
	char *item, *uuid, *path;
	struct device dev;

	item = item_as_written(area);
	if (item || device_resolve(&dev, area))
		return item;
	if (!dev.kname) {
		warnx("%s: ordinary swap: a file, and FlashVM needs a whole block device or partition",
		      area);
	} else {
		path = device_display_path(dev.kname);
		uuid = device_label(path, "UUID");
		if (uuid && is_uuid(uuid))
			item = xasprintf("UUID=%s", uuid);
		else
			item = xstrdup(dev.kname);
		free(uuid);
		free(path);
	}
	device_release(&dev);
	return item;
}

static bool list_has(const char *list, const char *item)
{
	size_t len = strlen(item), n;

	for (; *list; list += n) {
		list += strspn(list, " \n");
		n = strcspn(list, " \n");
		if (n == len && !strncmp(list, item, n))
			return true;
	}
	return false;
}

/* Units for several devices may be at work at the same time: hence the lock. */
static int open_list(void)
{
	char *path;
	int fd;

	path = root_path(AUTO_PATH);
	fd = open(path, O_RDWR | O_CLOEXEC);
	free(path);
	if (fd >= 0 && flock(fd, LOCK_EX)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		if (errno == EACCES || errno == EPERM)
			warnx(AUTO_PATH ": %s", permission_denied());
		else
			warn(AUTO_PATH);
	}
	return fd;
}

static int write_list(int fd, const char *list)
{
	size_t len = strlen(list);

	if (pwrite(fd, list, len, 0) == (ssize_t)len)
		return 0;
	if (errno == ERANGE)
		warnx(AUTO_PATH ": the list is too long for the kernel: mark fewer areas in /etc/fstab");
	else if (errno == EINVAL)
		warnx(AUTO_PATH ": the kernel does not understand '%s'", list);
	else
		warn(AUTO_PATH);
	return -1;
}

static int add_items(const struct strings *items)
{
	char *list, *longer;
	bool more = false;
	int fd, ret = 0;
	size_t i;

	fd = open_list();
	if (fd < 0)
		return -1;
	list = read_text(AUTO_PATH);
	if (!list)
		list = xstrdup("");
	list[strcspn(list, "\n")] = '\0';
	for (i = 0; i < items->n; i++) {
		if (list_has(list, items->s[i]) || list_has(list, "all"))
			continue;
		longer = xasprintf("%s%s%s", list, *list ? " " : "",
				   items->s[i]);
		free(list);
		list = longer;
		more = true;
	}
	if (more)
		ret = write_list(fd, list);
	free(list);
	close(fd);
	return ret;
}

static int tell_kernel(const struct strings *areas, bool dry_run)
{
	enum support support = flashvm_support();
	struct strings items = { 0 };
	size_t failed = 0, i;
	char *item;

	if (support != SUPPORT_YES && !dry_run) {
		for (i = 0; i < areas->n; i++)
			warnx("%s: ordinary swap, not FlashVM: %s", areas->s[i],
			      support_reason(support));
		return EXIT_OK;
	}
	for (i = 0; i < areas->n; i++) {
		item = item_for(areas->s[i]);
		if (!item) {
			failed++;
			continue;
		}
		if (dry_run)
			puts(item);
		strings_add(&items, item);
	}
	i = items.n;
	if (!dry_run && items.n && add_items(&items)) {
		failed += items.n;
		i = 0;
	}
	strings_free(&items);
	return exit_code(i, failed);
}

int cmd_fstab(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run",	no_argument,	   NULL, 'n' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL }
	};
	struct strings areas = { 0 };
	struct device dev = { 0 };
	bool dry_run = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "nh", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			dry_run = true;
			break;
		case 'h':
			usage();
			return EXIT_OK;
		default:
			bad_usage("fstab");
		}
	}
	if (argc - optind > 1) {
		warnx("fstab: more than one device given");
		bad_usage("fstab");
	}
	if (optind < argc && device_resolve(&dev, argv[optind]))
		return EXIT_FAILED;
	ret = marked_areas(&areas, optind < argc ? &dev : NULL) ?
		EXIT_FAILED : tell_kernel(&areas, dry_run);
	device_release(&dev);
	strings_free(&areas);
	return ret;
}
