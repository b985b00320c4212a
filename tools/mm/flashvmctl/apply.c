// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl apply: give active devices the tunables of flashvm.conf
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * All of a device's tunables or none: first every name is looked up, then the
 * values are written, and if the kernel refuses one of them those before it
 * get back what they had.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flashvmctl.h"

#define CONF_PATH	"/etc/flashvm.conf"
#define FLASHVM_DIR	"/sys/kernel/mm/flashvm"

/**
 * struct apply_options - What to do.
 * @path:	the configuration
 * @check:	look, and change nothing
 * @fallback:	a device that is ordinary swap is no mistake
 */
struct apply_options {
	const char *path;
	bool check;
	bool fallback;
};

static void usage(void)
{
	fputs("Usage: flashvmctl apply [options] [DEVICE...]\n"
	      "\n"
	      "Give FlashVM devices, without arguments all active ones, the tunables that\n"
	      "are in " CONF_PATH ".\n"
	      "\n"
	      "Options:\n"
	      " -c, --check      say what is wrong with the file, and change nothing\n"
	      " -f, --file FILE  read this file\n"
	      "     --fallback   a DEVICE that is ordinary swap is no mistake\n"
	      " -h, --help       show this help\n", stdout);
}

static int write_value(const char *path, const char *value)
{
	size_t len = strlen(value);
	ssize_t done;
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* The kernel takes or refuses all of it. */
	done = write(fd, value, len);
	if (done != (ssize_t)len)
		err = done < 0 ? errno : EIO;
	close(fd);
	errno = err;
	return err ? -1 : 0;
}

static const char *why_refused(int err)
{
	switch (err) {
	case EINVAL:
		return "not a value that it takes";
	case ERANGE:
		return "out of its range";
	case EACCES:
	case EPERM:
		return permission_denied();
	default:
		return strerror(err);
	}
}

static bool setting_fits(const struct conf *conf, const struct setting *s,
			 const char *kname)
{
	struct stat st;
	char *path;
	bool fits = false;

	path = root_path(FLASHVM_DIR "/%s/%s", kname, s->key);
	if (stat(path, &st) || S_ISDIR(st.st_mode))
		warnx("%s:%u: %s has no tunable %s", conf->path, s->line,
		      kname, s->key);
	else if (!(st.st_mode & 0200))
		warnx("%s:%u: %s is a figure of %s, not a tunable", conf->path,
		      s->line, s->key, kname);
	else
		fits = true;
	free(path);
	return fits;
}

static void put_back(const char *kname, const struct setting **list,
		     char **old, size_t n)
{
	char *path;

	while (n--) {
		path = root_path(FLASHVM_DIR "/%s/%s", kname, list[n]->key);
		if (!old[n] || write_value(path, old[n]))
			warnx("%s: %s could not be put back", kname,
			      list[n]->key);
		free(path);
	}
}

static int write_settings(const struct conf *conf, const char *kname,
			  const struct setting **list, size_t n)
{
	char **old, *path;
	int err = 0;
	size_t i;

	old = xcalloc(n + 1, sizeof(*old));
	for (i = 0; i < n && !err; i++) {
		path = root_path(FLASHVM_DIR "/%s/%s", kname, list[i]->key);
		old[i] = read_text(FLASHVM_DIR "/%s/%s", kname, list[i]->key);
		if (write_value(path, list[i]->value)) {
			err = errno;
			warnx("%s:%u: %s = %s: %s; %s stays as it was",
			      conf->path, list[i]->line, list[i]->key,
			      list[i]->value, why_refused(err), kname);
			put_back(kname, list, old, i);
		}
		free(path);
	}
	for (i = 0; i < n; i++)
		free(old[i]);
	free(old);
	return err ? -1 : 0;
}

static int apply_device(const struct conf *conf, const char *kname, bool check)
{
	const struct setting **list;
	size_t n, i, bad = 0;
	int ret = -1;

	list = conf_for(conf, kname, &n);
	for (i = 0; i < n; i++)
		if (!setting_fits(conf, list[i], kname))
			bad++;
	if (!bad)
		ret = check ? 0 : write_settings(conf, kname, list, n);
	free(list);
	return ret;
}

/**
 * apply_conf() - Apply the configuration to a device that came up.
 * @kname:	an active FlashVM device
 *
 * What is wrong with the file is said, but does not keep the device from use.
 */
void apply_conf(const char *kname)
{
	struct conf conf;

	if (conf_read(&conf, CONF_PATH) != CONF_OK)
		return;
	apply_device(&conf, kname, false);
	conf_release(&conf);
}

static int apply_spec(const struct conf *conf, const char *spec,
		      const struct apply_options *opt)
{
	struct device dev;
	int ret = -1;

	if (device_resolve(&dev, spec))
		return -1;
	if (dev.kname && flashvm_active(dev.kname))
		ret = apply_device(conf, dev.kname, opt->check);
	else if (opt->fallback)
		ret = 0;
	else
		warnx("%s: not an active FlashVM device", spec);
	device_release(&dev);
	return ret;
}

static void parse_options(int argc, char **argv, struct apply_options *opt)
{
	enum { OPT_FALLBACK = 256 };
	static const struct option options[] = {
		{ "check",	no_argument,	   NULL, 'c' },
		{ "file",	required_argument, NULL, 'f' },
		{ "fallback",	no_argument,	   NULL, OPT_FALLBACK },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL }
	};
	int c;

	while ((c = getopt_long(argc, argv, "cf:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			opt->check = true;
			break;
		case 'f':
			opt->path = optarg;
			break;
		case OPT_FALLBACK:
			opt->fallback = true;
			break;
		case 'h':
			usage();
			exit(EXIT_OK);
		default:
			bad_usage("apply");
		}
	}
}

static int apply_all(const struct conf *conf, bool check)
{
	struct strings knames = { 0 };
	size_t done = 0, failed = 0, i;

	flashvm_devices(&knames);
	for (i = 0; i < knames.n; i++) {
		if (apply_device(conf, knames.s[i], check))
			failed++;
		else
			done++;
	}
	strings_free(&knames);
	return exit_code(done, failed);
}

int cmd_apply(int argc, char **argv)
{
	struct apply_options opt = { .path = CONF_PATH };
	size_t done = 0, failed = 0;
	enum support support;
	struct conf conf;
	int ret;

	parse_options(argc, argv, &opt);
	support = flashvm_support();
	if (support != SUPPORT_YES && !opt.check) {
		if (opt.fallback)
			return EXIT_OK;
		errx(EXIT_FAILED, "%s", support_reason(support));
	}
	switch (conf_read(&conf, opt.path)) {
	case CONF_OK:
		break;
	case CONF_MISSING:
		errx(EXIT_FAILED, "%s: no such file", opt.path);
	default:
		return EXIT_FAILED;
	}
	if (optind == argc) {
		ret = apply_all(&conf, opt.check);
	} else {
		for (; optind < argc; optind++) {
			if (apply_spec(&conf, argv[optind], &opt))
				failed++;
			else
				done++;
		}
		ret = exit_code(done, failed);
	}
	conf_release(&conf);
	return ret;
}
