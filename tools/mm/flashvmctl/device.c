// SPDX-License-Identifier: GPL-2.0
/*
 * From what the user typed to a block device, and what is on it
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * A device may be given by any path (symbolic links are resolved, so that
 * /dev/disk/by-id/x and /dev/mapper/x work), by a tag as in fstab(5), or by
 * the kernel's name, which is what sysfs, flashvm.auto= and the kernel log
 * use.
 *
 * Under a test's --sysroot a regular file stands for a block device if
 * sysfs below that root knows a block device of its name.
 */
#include <blkid.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flashvmctl.h"

/* Where the magic of a swap header starts, from the end of its page. */
#define SWAP_MAGIC	"SWAPSPACE2"
#define SWAP_MAGIC_LEN	10

static const struct {
	const char *tag;
	const char *dir;
} tags[] = {
	{ "UUID",	"by-uuid" },
	{ "LABEL",	"by-label" },
	{ "PARTUUID",	"by-partuuid" },
	{ "PARTLABEL",	"by-partlabel" },
};

/* /dev/NAME of a kernel name, which has ! where the node has a slash. */
static char *node_path(const char *kname)
{
	char *path, *c;

	path = xasprintf("/dev/%s", kname);
	for (c = path; *c; c++)
		if (*c == '!')
			*c = '/';
	return path;
}

/**
 * device_display_path() - Name a device the way its owner does.
 * @kname:	the kernel's name
 *
 * Return: a path to free; /dev/mapper/NAME for device-mapper, if udev made it.
 */
char *device_display_path(const char *kname)
{
	char *name, *path;

	name = read_text("/sys/class/block/%s/dm/name", kname);
	if (name) {
		name[strcspn(name, "\n")] = '\0';
		path = xasprintf("/dev/mapper/%s", name);
		free(name);
		if (path_exists("%s", path))
			return path;
		free(path);
	}
	return node_path(kname);
}

/* The device that has a tag; udev keeps links for every tag. */
static char *find_tag(const char *tag, const char *dir, const char *value)
{
	char encoded[1024];

	if (!*sysroot)
		return blkid_evaluate_tag(tag, value, NULL);
	if (blkid_encode_string(value, encoded, sizeof(encoded)))
		return NULL;
	return root_path("/dev/disk/%s/%s", dir, encoded);
}

/**
 * spec_to_path() - Find the path that an argument means.
 * @spec:	the argument
 * @tagged:	set to the tag, if it is one of fstab's
 *
 * Return: a path to free; NULL if no device has that tag.
 */
static char *spec_to_path(const char *spec, const char **tagged)
{
	char *tag = NULL, *value = NULL, *node, *path = NULL;
	size_t i;

	*tagged = NULL;
	if (!blkid_parse_tag_string(spec, &tag, &value)) {
		for (i = 0; tag && value && i < ARRAY_SIZE(tags); i++) {
			if (strcmp(tag, tags[i].tag))
				continue;
			*tagged = tags[i].tag;
			path = find_tag(tag, tags[i].dir, value);
		}
		free(tag);
		free(value);
		if (*tagged)
			return path;
	}
	if (spec[0] == '/')
		return root_path("%s", spec);
	if (!strchr(spec, '/') && *spec && spec[0] != '.' &&
	    path_exists("/sys/class/block/%s", spec)) {
		node = node_path(spec);
		path = root_path("%s", node);
		free(node);
		return path;
	}
	return xstrdup(spec);
}

static char *stand_in_kname(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (*sysroot && path_exists("/sys/class/block/%s", name))
		return xstrdup(name);
	return NULL;
}

static int identify(struct device *dev)
{
	const char *slash;
	struct stat st;

	if (stat(dev->path, &st)) {
		warn("%s", dev->spec);
		return -1;
	}
	if (S_ISBLK(st.st_mode)) {
		slash = strrchr(dev->path, '/');
		dev->kname = block_kname(st.st_rdev);
		if (!dev->kname)
			dev->kname = xstrdup(slash ? slash + 1 : dev->path);
		return 0;
	}
	if (S_ISREG(st.st_mode)) {
		dev->kname = stand_in_kname(dev->path);
		return 0;
	}
	warnx("%s: not a block device: name a disk, a partition or a logical volume",
	      dev->spec);
	return -1;
}

/**
 * device_resolve() - Find what an argument means.
 * @dev:	result, to be released by device_release()
 * @spec:	path, tag or kernel name
 *
 * Return: 0, or -1 after one line of explanation.
 */
int device_resolve(struct device *dev, const char *spec)
{
	const char *tag;
	char *path;

	memset(dev, 0, sizeof(*dev));
	dev->spec = spec;
	path = spec_to_path(spec, &tag);
	if (path)
		dev->path = realpath(path, NULL);
	if (!dev->path) {
		if (tag)
			warnx("%s: no device has this %s: \"blkid\" lists what there is",
			      spec, tag);
		else if (errno == ENOENT || errno == ENOTDIR)
			warnx("%s: no such device", spec);
		else
			warn("%s", spec);
		free(path);
		return -1;
	}
	free(path);
	if (identify(dev)) {
		device_release(dev);
		return -1;
	}
	return 0;
}

void device_release(struct device *dev)
{
	free(dev->path);
	free(dev->kname);
	dev->path = NULL;
	dev->kname = NULL;
}

/**
 * device_is() - Does this mean that block device?
 * @spec:	path, tag or kernel name
 * @kname:	the kernel's name of a device
 *
 * Return: false too if @spec means nothing, about which nothing is said.
 */
bool device_is(const char *spec, const char *kname)
{
	char *path, *real, *name = NULL;
	bool same = false;
	const char *tag;
	struct stat st;

	if (!strcmp(spec, kname))
		return true;
	path = spec_to_path(spec, &tag);
	real = path ? realpath(path, NULL) : NULL;
	if (real && !stat(real, &st)) {
		name = S_ISBLK(st.st_mode) ? block_kname(st.st_rdev) :
					     stand_in_kname(real);
		same = name && !strcmp(name, kname);
	}
	free(name);
	free(real);
	free(path);
	return same;
}

static void complain_open(const struct device *dev)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		warnx("%s: %s", dev->spec, permission_denied());
		break;
	case ENXIO:
	case ENODEV:
		warnx("%s: no device behind this node", dev->spec);
		break;
	default:
		warn("%s: cannot open", dev->spec);
	}
}

/* Say what a device without a swap area holds, so that nobody overwrites it. */
static void complain_contents(const struct device *dev, int fd)
{
	const char *type = NULL, *what = "";
	char *where = NULL;
	blkid_probe pr;

	pr = blkid_new_probe();
	if (pr && !blkid_probe_set_device(pr, fd, 0, 0)) {
		blkid_probe_enable_superblocks(pr, 1);
		blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE);
		blkid_probe_enable_partitions(pr, 1);
		if (blkid_do_fullprobe(pr) == 0 &&
		    blkid_probe_lookup_value(pr, "TYPE", &type, NULL) &&
		    !blkid_probe_lookup_value(pr, "PTTYPE", &type, NULL))
			what = "a partition table, ";
	}
	if (dev->kname)
		where = block_mountpoint(dev->kname);
	if (where)
		warnx("%s: holds %s and is mounted on %s, it is not swap: name another device",
		      dev->spec, type ? type : "a file system", where);
	else if (type)
		warnx("%s: holds %s%s, not swap: run mkswap on it only if that can go",
		      dev->spec, what, type);
	else
		warnx("%s: no swap signature: run mkswap on it first", dev->spec);
	free(where);
	blkid_free_probe(pr);
}

static enum signature probe_swap(const struct device *dev, int fd)
{
	char *names[] = { "swap", "swsuspend", NULL };
	enum signature sig = SIGNATURE_NONE;
	const char *type, *offset;
	uint64_t start;
	blkid_probe pr;

	pr = blkid_new_probe();
	if (!pr || blkid_probe_set_device(pr, fd, 0, 0)) {
		warnx("%s: cannot be probed for a swap signature", dev->spec);
		blkid_free_probe(pr);
		return SIGNATURE_ERROR;
	}
	/* Ask for swap alone: that is all that swapon(2) looks at. */
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE |
					      BLKID_SUBLKS_MAGIC);
	blkid_probe_filter_superblocks_type(pr, BLKID_FLTR_ONLYIN, names);
	if (blkid_do_safeprobe(pr) == 0 &&
	    !blkid_probe_lookup_value(pr, "TYPE", &type, NULL)) {
		sig = strcmp(type, "swap") ? SIGNATURE_HIBERNATED :
					     SIGNATURE_SWAP;
		if (!blkid_probe_lookup_value(pr, "SBMAGIC_OFFSET", &offset,
					      NULL) &&
		    parse_u64(offset, &start) &&
		    start != (uint64_t)getpagesize() - SWAP_MAGIC_LEN)
			sig = SIGNATURE_OTHER_PAGE_SIZE;
	}
	blkid_free_probe(pr);
	return sig;
}

/**
 * device_signature() - Look for a swap area on a device.
 * @dev:	the device or file
 *
 * Return: what there is; SIGNATURE_ERROR and SIGNATURE_NONE come after one
 * line of explanation.
 */
enum signature device_signature(const struct device *dev)
{
	enum signature sig;
	int fd;

	fd = open(dev->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain_open(dev);
		return SIGNATURE_ERROR;
	}
	sig = probe_swap(dev, fd);
	if (sig == SIGNATURE_NONE)
		complain_contents(dev, fd);
	close(fd);
	return sig;
}

/**
 * device_forget_hibernation() - Make an ordinary swap area of a saved image.
 * @dev:	a device with SIGNATURE_HIBERNATED
 *
 * As swapon(8) does at boot: an image that is still there by then was not
 * resumed and never will be.
 *
 * Return: 0, or -1 with errno.
 */
int device_forget_hibernation(const struct device *dev)
{
	off_t offset = getpagesize() - SWAP_MAGIC_LEN;
	int fd, err = 0;
	ssize_t len;

	fd = open(dev->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	errno = EIO;	/* what a short write means here */
	len = pwrite(fd, SWAP_MAGIC, SWAP_MAGIC_LEN, offset);
	if (len != SWAP_MAGIC_LEN || fsync(fd))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	errno = err;
	return err ? -1 : 0;
}

/**
 * device_label() - Read the UUID or LABEL of a swap area.
 * @path:	device node
 * @what:	"UUID" or "LABEL"
 *
 * Return: a string to free; NULL if there is none or it may not be read.
 */
char *device_label(const char *path, const char *what)
{
	char *value = NULL, *full;
	const char *data;
	blkid_probe pr;

	full = root_path("%s", path);
	pr = blkid_new_probe_from_filename(full);
	free(full);
	if (!pr)
		return NULL;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_LABEL |
					      BLKID_SUBLKS_UUID);
	if (blkid_do_safeprobe(pr) == 0 &&
	    !blkid_probe_lookup_value(pr, what, &data, NULL))
		value = xstrdup(data);
	blkid_free_probe(pr);
	return value;
}
