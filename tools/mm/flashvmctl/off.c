// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl off: switch FlashVM devices off
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * swapoff(2) brings every page back into memory and can take minutes. It runs
 * in a child, for three reasons: this process can show what is left, the
 * OOM killer (which takes the caller of swapoff first) takes the child and
 * leaves somebody to report it, and Ctrl-C has one place to go to. A signal
 * ends the system call with EINTR, and the kernel then puts the area back
 * into service with the pages that are still on it: nothing is lost.
 *
 * Signals are blocked here and taken by sigtimedwait(2), so there is no
 * handler and no race with the child's end.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flashvmctl.h"

/* Quick ones stay silent; longer ones say how much is left. */
#define PROGRESS_AFTER_MS	2000
#define PROGRESS_EVERY_MS	500

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static const char device_gone[] =
	"the device has gone and cannot be opened to switch it off";

static void usage(void)
{
	fputs("Usage: flashvmctl off [options] DEVICE...\n"
	      "       flashvmctl off --all\n"
	      "\n"
	      "Switch FlashVM devices off. Their pages come back into memory first;\n"
	      "Ctrl-C stops that and leaves the device active.\n"
	      "\n"
	      "DEVICE is a path, a kernel name such as nvme0n1p3, UUID=..., LABEL=...,\n"
	      "PARTUUID=... or PARTLABEL=...\n"
	      "\n"
	      "Options:\n"
	      " -a, --all       every FlashVM device, and no other swap area\n"
	      "     --fallback  ordinary swap too, which 'on --fallback' may have made\n"
	      " -h, --help      show this help\n", stdout);
}

static long elapsed_ms(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

/* "1.5G", the space of an area that is in use; NULL when it is not active. */
static char *space_left(const struct device *dev)
{
	struct swap swap;

	if (!swaps_find(dev->path, dev->kname, &swap))
		return NULL;
	swap_release(&swap);
	return size_to_string(swap.used);
}

static void show_progress(const struct device *dev, bool *shown)
{
	char *left;

	if (!isatty(STDERR_FILENO))
		return;
	left = space_left(dev);
	if (!left)
		return;
	fprintf(stderr, "\r%s: %s left to bring back into memory\033[K",
		dev->spec, left);
	fflush(stderr);
	free(left);
	*shown = true;
}

static void hide_progress(bool shown)
{
	if (!shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* The signals to wait for; those that nohup(1) and shells ignore stay so. */
static void wait_set(sigset_t *set)
{
	struct sigaction action;
	size_t i;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (i = 0; i < ARRAY_SIZE(stop_signals); i++)
		if (!sigaction(stop_signals[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(set, stop_signals[i]);
}

/* The child: its exit code is the errno. */
static void __noreturn do_swapoff(const char *path, const sigset_t *old_mask,
				  pid_t parent)
{
	sigset_t mask = *old_mask;

	/*
	 * A stop signal would end the system call like any other: block it,
	 * so that Ctrl-Z stops the display and not the work.
	 */
	sigaddset(&mask, SIGTSTP);
	sigaddset(&mask, SIGTTOU);
	sigaddset(&mask, SIGTTIN);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	/* Do not go on for minutes when nobody waits any more. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EINTR);
	_exit(swapoff(path) ? errno : 0);
}

/**
 * wait_swapoff() - Wait for the child, show progress, pass signals on.
 * @dev:	the device
 * @child:	process that runs swapoff(2)
 * @set:	blocked signals
 * @signal:	set to the signal that stopped us, if one did
 *
 * Return: the wait status of the child.
 */
static int wait_swapoff(const struct device *dev, pid_t child,
			const sigset_t *set, int *signal)
{
	struct timespec start, timeout;
	long wait_ms = PROGRESS_AFTER_MS;
	bool shown = false;
	int status, sig;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (waitpid(child, &status, WNOHANG) != child) {
		timeout.tv_sec = wait_ms / 1000;
		timeout.tv_nsec = wait_ms % 1000 * 1000000;
		sig = sigtimedwait(set, NULL, &timeout);
		if (sig > 0 && sig != SIGCHLD) {
			/* From the keyboard the child has it already. */
			*signal = sig;
			kill(child, sig);
		}
		if (elapsed_ms(&start) >= PROGRESS_AFTER_MS) {
			show_progress(dev, &shown);
			wait_ms = PROGRESS_EVERY_MS;
		}
	}
	hide_progress(shown);
	return status;
}

static void complain(const struct device *dev, int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		warnx("%s: %s", dev->spec, permission_denied());
		break;
	case ENOMEM:
		warnx("%s: not enough memory to take its pages back (a cgroup's memory.max counts too): free memory or add other swap first",
		      dev->spec);
		break;
	case EINVAL:
		warnx("%s: no longer active: something else switched it off",
		      dev->spec);
		break;
	case ENOENT:
	case ENXIO:
	case ENODEV:
		warnx("%s: %s", dev->spec, device_gone);
		break;
	default:
		warnx("%s: cannot be switched off: %s", dev->spec,
		      strerror(err));
	}
}

static void complain_stopped(const struct device *dev, const char *why)
{
	char *left = space_left(dev);

	if (left)
		warnx("%s: %s: still active with %s in use", dev->spec, why,
		      left);
	else
		warnx("%s: %s", dev->spec, why);
	free(left);
}

/* Judge how the child ended. */
static int report(const struct device *dev, int status, int signal)
{
	int err;

	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	err = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		complain_stopped(dev, "killed, most likely because memory ran out");
	else if (signal || err == EINTR)
		complain_stopped(dev, "interrupted");
	else
		complain(dev, err);
	return -1;
}

/* End by the signal itself, so that shells and systemd see what happened. */
static void die_by(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

static int switch_off(const struct device *dev)
{
	pid_t child, parent = getpid();
	sigset_t set, old_mask;
	int status, ret, sig = 0;

	wait_set(&set);
	sigprocmask(SIG_BLOCK, &set, &old_mask);
	child = fork();
	if (child < 0) {
		warn("cannot start a process for swapoff");
		ret = -1;
	} else {
		if (!child)
			do_swapoff(dev->path, &old_mask, parent);
		status = wait_swapoff(dev, child, &set, &sig);
		ret = report(dev, status, sig);
	}
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	if (sig)
		die_by(sig);
	return ret;
}

/* Whether a device is one to switch off; one line if it is not. */
static bool may_switch_off(const struct device *dev, bool fallback)
{
	struct swap swap;

	if (dev->kname && flashvm_active(dev->kname))
		return true;
	if (!swaps_find(dev->path, dev->kname, &swap)) {
		warnx("%s: not active", dev->spec);
		return false;
	}
	swap_release(&swap);
	if (fallback)
		return true;
	warnx("%s: ordinary swap, not a FlashVM device: use swapoff(8)",
	      dev->spec);
	return false;
}

static int turn_off(const char *spec, bool fallback)
{
	struct device dev;
	int ret = -1;

	/* Pulled out while it was active: the area outlives its device. */
	if (!strchr(spec, '/') && flashvm_active(spec) &&
	    !path_exists("/sys/class/block/%s", spec)) {
		warnx("%s: %s", spec, device_gone);
		return -1;
	}
	if (device_resolve(&dev, spec))
		return -1;
	if (may_switch_off(&dev, fallback))
		ret = switch_off(&dev);
	device_release(&dev);
	return ret;
}

static int turn_all_off(void)
{
	struct strings knames = { 0 };
	size_t i, done = 0, failed = 0;

	flashvm_devices(&knames);
	if (!knames.n)
		warnx("no FlashVM device is active");
	for (i = 0; i < knames.n; i++) {
		if (turn_off(knames.s[i], false))
			failed++;
		else
			done++;
	}
	strings_free(&knames);
	return exit_code(done, failed);
}

int cmd_off(int argc, char **argv)
{
	enum { OPT_FALLBACK = 256 };
	static const struct option options[] = {
		{ "all",	no_argument, NULL, 'a' },
		{ "fallback",	no_argument, NULL, OPT_FALLBACK },
		{ "help",	no_argument, NULL, 'h' },
		{ NULL }
	};
	bool all = false, fallback = false;
	size_t done = 0, failed = 0;
	int c;

	while ((c = getopt_long(argc, argv, "ah", options, NULL)) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case OPT_FALLBACK:
			fallback = true;
			break;
		case 'h':
			usage();
			return EXIT_OK;
		default:
			bad_usage("off");
		}
	}
	if (all && (optind < argc || fallback)) {
		warnx("off: --all takes neither devices nor --fallback");
		bad_usage("off");
	}
	if (all)
		return turn_all_off();
	if (optind == argc) {
		warnx("off: no device given");
		bad_usage("off");
	}
	for (; optind < argc; optind++) {
		if (turn_off(argv[optind], fallback))
			failed++;
		else
			done++;
	}
	return exit_code(done, failed);
}
