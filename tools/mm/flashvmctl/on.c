// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl on: make FlashVM devices of swap areas
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * The kernel decides. What it says by EINVAL can mean a dozen things, so that
 * is when this looks at sysfs, and explains. With --fallback anything that is
 * wrong with FlashVM, rather than with the swap area, ends in a plain
 * swapon(2): a host that needs swap to come up has to get it.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "flashvmctl.h"

/**
 * struct on_options - What to ask of swapon(2).
 * @flags:	flags without SWAP_FLASHVM
 * @fallback:	plain swap will do
 */
struct on_options {
	int flags;
	bool fallback;
};

static void usage(void)
{
	fputs("Usage: flashvmctl on [options] DEVICE...\n"
	      "\n"
	      "Make FlashVM devices of swap areas.\n"
	      "\n"
	      "DEVICE is a path, a kernel name such as nvme0n1p3, UUID=..., LABEL=...,\n"
	      "PARTUUID=... or PARTLABEL=...\n"
	      "\n"
	      "Options:\n"
	      " -p, --priority N        swap priority, 0 to 32767; the highest is used first\n"
	      " -d, --discard[=POLICY]  discard free space: 'once' now, 'pages' as they are freed,\n"
	      "                           both without a policy\n"
	      "     --fallback          where FlashVM is not possible, use ordinary swap\n"
	      " -h, --help              show this help\n", stdout);
}

/* The line for a device on which swapon(2) gave EINVAL. */
static char *why_invalid(const struct device *dev)
{
	enum support support = flashvm_support();
	char *disk, *zoned, *why;
	uint64_t rotational;

	if (support != SUPPORT_YES)
		return xstrdup(support_reason(support));
	if (!dev->kname)
		return xstrdup("a file: FlashVM needs a whole block device or partition");

	disk = block_disk(dev->kname);
	zoned = read_text("/sys/class/block/%s/queue/zoned", disk);
	if (zoned && strncmp(zoned, "none", 4))
		why = xstrdup("a zoned device, on which Linux cannot swap");
	else if (read_number(&rotational, "/sys/class/block/%s/queue/rotational",
			     disk) && rotational)
		why = xasprintf("says that it is a rotating disk: if it is flash, \"echo 0 > /sys/block/%s/queue/rotational\" and try again",
				disk);
	else
		why = xstrdup("refused by the kernel: \"dmesg | grep flashvm:\" says why");
	free(zoned);
	free(disk);
	return why;
}

static char *why_busy(const struct device *dev)
{
	char *where, *holder, *why;
	struct swap swap;

	if (swaps_find(dev->path, dev->kname, &swap)) {
		swap_release(&swap);
		if (dev->kname && flashvm_active(dev->kname))
			return xstrdup("already active as a FlashVM device");
		return xstrdup("already active as ordinary swap: run swapoff on it first");
	}
	if (dev->kname) {
		where = block_mountpoint(dev->kname);
		if (where) {
			why = xasprintf("in use: mounted on %s", where);
			free(where);
			return why;
		}
		holder = block_holder(dev->kname);
		if (holder) {
			why = xasprintf("in use by %s, which is built on it",
					holder);
			free(holder);
			return why;
		}
	}
	return xstrdup("in use by the kernel or by another program");
}

/**
 * why_failed() - Explain an error of swapon(2) in one line.
 * @dev:	the device
 * @err:	its errno
 *
 * Return: a string to free.
 */
static char *why_failed(const struct device *dev, int err)
{
	switch (err) {
	case EINVAL:
	case EOPNOTSUPP:
		return why_invalid(dev);
	case EBUSY:
		return why_busy(dev);
	case EPERM:
	case EACCES:
		return xstrdup(permission_denied());
	case ENOMEM:
		return xstrdup("not enough memory for what the kernel keeps about its pages");
	case EEXIST:
		return xstrdup("a removed device of this name still has its swap area: give this one another name, or reboot");
	case EIO:
		return xstrdup("the device does not read: I/O error");
	case EROFS:
		return xstrdup("the device is read-only");
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return xstrdup("the device has gone");
	default:
		return xstrdup(strerror(err));
	}
}

/* What the user can do about a kernel that cannot do it at all. */
static const char *advice(enum support support)
{
	switch (support) {
	case SUPPORT_NONE:
		return ": boot a FlashVM kernel or use --fallback";
	case SUPPORT_OFF:
		return ": boot without it or use --fallback";
	default:
		return "";
	}
}

/* swapon(8) gives the same warning. */
static void check_mode(const struct device *dev)
{
	struct stat st;

	if (!stat(dev->path, &st) && S_ISREG(st.st_mode) &&
	    st.st_mode & 077)
		warnx("%s: insecure permissions %04o: others can read memory from it, 0600 is right",
		      dev->spec, st.st_mode & 07777);
}

/**
 * fall_back() - Use ordinary swap for a device that FlashVM cannot have.
 * @dev:	the device or file
 * @flags:	for swapon(2)
 * @err:	errno of swapon(2) with SWAP_FLASHVM
 * @why:	what that means
 *
 * Return: 0, or -1; after one line of explanation.
 */
static int fall_back(const struct device *dev, int flags, int err,
		     const char *why)
{
	int stock_err;
	char *stock_why;

	if (!dev->kname)
		check_mode(dev);
	if (!swapon(dev->path, flags)) {
		warnx("%s: ordinary swap, not FlashVM: %s", dev->spec, why);
		return 0;
	}
	stock_err = errno;
	/* EINVAL of the second call is about the swap area itself. */
	if (stock_err == EINVAL)
		stock_why = xstrdup("not accepted as ordinary swap either: \"dmesg\" says why");
	else
		stock_why = why_failed(dev, stock_err);
	/* The same error twice is said once; these are not about FlashVM. */
	if ((stock_err == err && err != EINVAL) || stock_err == EPERM ||
	    stock_err == EBUSY)
		why = NULL;
	warnx("%s: %s%s%s", dev->spec, why ? why : "", why ? "; " : "",
	      stock_why);
	free(stock_why);
	return -1;
}

static int switch_on(const struct device *dev, const struct on_options *opt)
{
	enum support support;
	int err, ret = -1;
	char *why;

	if (!swapon(dev->path, opt->flags | SWAP_FLASHVM)) {
		if (dev->kname)
			apply_conf(dev->kname);
		return 0;
	}
	err = errno;
	why = why_failed(dev, err);
	if (opt->fallback && err != EPERM && err != EBUSY) {
		ret = fall_back(dev, opt->flags, err, why);
	} else {
		support = err == EINVAL || err == EOPNOTSUPP ?
			flashvm_support() : SUPPORT_UNKNOWN;
		warnx("%s: %s%s", dev->spec, why, advice(support));
	}
	free(why);
	return ret;
}

static bool signature_fits(const struct device *dev, bool fallback)
{
	switch (device_signature(dev)) {
	case SIGNATURE_SWAP:
		return true;
	case SIGNATURE_OTHER_PAGE_SIZE:
		warnx("%s: made by mkswap for another page size than %d bytes: run mkswap on it again",
		      dev->spec, getpagesize());
		return false;
	case SIGNATURE_HIBERNATED:
		if (!fallback) {
			warnx("%s: holds a hibernated system: resume it, or run mkswap to give it up",
			      dev->spec);
			return false;
		}
		if (device_forget_hibernation(dev)) {
			warn("%s: cannot replace the signature of a hibernated system",
			     dev->spec);
			return false;
		}
		warnx("%s: held a hibernated system that was not resumed: made swap of it again",
		      dev->spec);
		return true;
	case SIGNATURE_ERROR:
	case SIGNATURE_NONE:
		break;
	}
	return false;
}

static int turn_on(const char *spec, const struct on_options *opt)
{
	struct device dev;
	struct swap swap;
	int ret = -1;
	char *why;

	if (device_resolve(&dev, spec))
		return -1;
	if (!dev.kname && !opt->fallback) {
		warnx("%s: a file: FlashVM needs a whole block device or partition",
		      spec);
	} else if (swaps_find(dev.path, dev.kname, &swap)) {
		swap_release(&swap);
		why = why_busy(&dev);
		warnx("%s: %s", spec, why);
		free(why);
	} else if (signature_fits(&dev, opt->fallback)) {
		ret = switch_on(&dev, opt);
	}
	device_release(&dev);
	return ret;
}

static int discard_flags(const char *policy)
{
	if (!policy)
		return SWAP_DISCARD;
	if (*policy == '=')	/* -d=once, as people type it */
		policy++;
	if (!strcmp(policy, "once"))
		return SWAP_DISCARD | SWAP_DISCARD_ONCE;
	if (!strcmp(policy, "pages"))
		return SWAP_DISCARD | SWAP_DISCARD_PAGES;
	warnx("unknown discard policy '%s': it is 'once' or 'pages'", policy);
	bad_usage("on");
}

static int priority_flags(const char *text)
{
	uint64_t priority;

	if (!parse_u64(text, &priority) || priority > SWAP_PRIO_MASK) {
		warnx("bad priority '%s': it is a number from 0 to %d",
		      text, SWAP_PRIO_MASK);
		bad_usage("on");
	}
	return SWAP_PREFER | (int)priority;
}

static void parse_options(int argc, char **argv, struct on_options *opt)
{
	enum { OPT_FALLBACK = 256 };
	static const struct option options[] = {
		{ "priority",	required_argument, NULL, 'p' },
		{ "discard",	optional_argument, NULL, 'd' },
		{ "fallback",	no_argument,	   NULL, OPT_FALLBACK },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL }
	};
	int priority = 0, discard = 0, c;

	while ((c = getopt_long(argc, argv, "p:d::h", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			priority = priority_flags(optarg);
			break;
		case 'd':
			discard = discard_flags(optarg);
			break;
		case OPT_FALLBACK:
			opt->fallback = true;
			break;
		case 'h':
			usage();
			exit(EXIT_OK);
		default:
			bad_usage("on");
		}
	}
	opt->flags = priority | discard;
}

int cmd_on(int argc, char **argv)
{
	struct on_options opt = { 0 };
	size_t done = 0, failed = 0;
	enum support support;

	parse_options(argc, argv, &opt);
	if (optind == argc) {
		warnx("on: no device given");
		bad_usage("on");
	}
	/* Nothing about any device matters on a kernel that cannot do it. */
	support = flashvm_support();
	if (!opt.fallback &&
	    (support == SUPPORT_NONE || support == SUPPORT_OFF))
		errx(EXIT_FAILED, "%s%s", support_reason(support),
		     advice(support));

	for (; optind < argc; optind++) {
		if (turn_on(argv[optind], &opt))
			failed++;
		else
			done++;
	}
	return exit_code(done, failed);
}
