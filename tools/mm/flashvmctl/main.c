// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl: switch FlashVM devices on and off, and show what they do
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <blkid.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flashvmctl.h"

static const struct command commands[] = {
	{ "on",		cmd_on,		"make FlashVM devices of swap areas" },
	{ "off",	cmd_off,	"switch FlashVM devices off" },
	{ "status",	cmd_status,	"show the FlashVM devices and their figures" },
	{ "apply",	cmd_apply,	"give devices the tunables of flashvm.conf" },
	{ "fstab",	cmd_fstab,	"tell the kernel what fstab marks with x-flashvm" },
};

static void usage(void)
{
	size_t i;

	puts("Usage: flashvmctl COMMAND [options] [DEVICE...]\n"
	     "\n"
	     "Make memory of flash: swap devices with policies of their own.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf(" %-8s %s\n", commands[i].name, commands[i].summary);
	puts("\n"
	     "Options:\n"
	     " -h, --help     show this help; 'flashvmctl COMMAND --help' that of a command\n"
	     " -V, --version  show the version\n"
	     "\n"
	     "For more details see flashvmctl(8).");
}

static void version(void)
{
	const char *blkid = NULL;

	blkid_get_library_version(&blkid, NULL);
	printf("flashvmctl %s (libsmartcols %s, libblkid %s)\n",
	       FLASHVMCTL_VERSION, LIBSMARTCOLS_VERSION,
	       blkid ? blkid : "unknown");
}

/**
 * bad_usage() - End, after a line about what was wrong, with a hint.
 * @command:	whose help to point to, or NULL
 */
void __noreturn bad_usage(const char *command)
{
	fprintf(stderr, "Try 'flashvmctl %s%s--help'.\n",
		command ? command : "", command ? " " : "");
	exit(EXIT_FAILED);
}

int exit_code(size_t succeeded, size_t failed)
{
	if (!failed)
		return EXIT_OK;
	return succeeded ? EXIT_SOME : EXIT_FAILED;
}

/* Output that did not arrive (a full disk) must not look like success. */
static void close_stdout(void)
{
	if (ferror(stdout) || fclose(stdout)) {
		if (errno == EPIPE)
			_Exit(EXIT_FAILED);
		warn("write error");
		_Exit(EXIT_FAILED);
	}
}

static void set_sysroot(const char *dir)
{
	static char *root;

	free(root);
	root = realpath(dir, NULL);
	if (!root)
		err(EXIT_FAILED, "%s", dir);
	sysroot = strcmp(root, "/") ? root : "";
}

int main(int argc, char **argv)
{
	enum { OPT_SYSROOT = 256 };
	static const struct option options[] = {
		{ "help",	no_argument,	   NULL, 'h' },
		{ "version",	no_argument,	   NULL, 'V' },
		{ "sysroot",	required_argument, NULL, OPT_SYSROOT },
		{ NULL }
	};
	size_t i;
	int c;

	/* getopt(3) starts its messages with this. */
	argv[0] = program_invocation_short_name;
	setlocale(LC_CTYPE, "");
	atexit(close_stdout);
	scols_init_debug(0);

	/* Options behind the command belong to the command: hence the '+'. */
	while ((c = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			usage();
			return EXIT_OK;
		case 'V':
			version();
			return EXIT_OK;
		case OPT_SYSROOT:
			set_sysroot(optarg);
			break;
		default:
			bad_usage(NULL);
		}
	}
	if (optind == argc) {
		warnx("no command given");
		bad_usage(NULL);
	}
	argv += optind;
	argc -= optind;
	optind = 0;	/* glibc: start over, and forget the '+' */
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		argv[0] = program_invocation_short_name;
		return commands[i].run(argc, argv);
	}
	warnx("unknown command '%s'", argv[0]);
	bad_usage(NULL);
}
