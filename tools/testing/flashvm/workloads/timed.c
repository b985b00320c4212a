// SPDX-License-Identifier: GPL-2.0
/*
 * timed - run a command in a control group and say how long it took.
 *
 * A child joins the group, so that nothing but the command is charged to it, and
 * becomes the command without a shell between. To join takes some ticks of the timer
 * (a grace period of RCU), and they are not the command's: the clock runs from when the
 * child is told to go on to the end of the command.
 *
 * At both ends is a mark for lab/profile.c, an instruction that does nothing.
 *
 * The command starts at a full tenth of a second plus PHASE: the timer tick then
 * comes at the same places of every run, however long the boot took.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define _GNU_SOURCE	/* pipe2() */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline void mark(void)
{
#ifdef __x86_64__
	asm volatile("nopl 0x5a4d5246(%%rax,%%rax,1)" ::: "memory");
#endif
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void wait_for_phase(uint64_t phase_ns)
{
	const uint64_t tenth = 100000000;
	uint64_t start = (now_ns() / tenth + 1) * tenth + phase_ns;
	struct timespec until = {
		.tv_sec = start / 1000000000,
		.tv_nsec = start % 1000000000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
			       NULL) == EINTR)
		;
}

static uint64_t timeval_ns(struct timeval time)
{
	return time.tv_sec * 1000000000ull + time.tv_usec * 1000ull;
}

/* Join the group, say so to @joined, and become the command when @go says so. */
static void __attribute__((noreturn)) child(int group, int joined, int go,
					    char **command)
{
	char byte = 0;

	if (write(group, "0", 1) != 1) {
		perror("timed: cannot join the control group");
		_exit(126);
	}
	if (write(joined, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		_exit(126);
	execvp(command[0], command);
	fprintf(stderr, "timed: %s: %s\n", command[0], strerror(errno));
	_exit(127);
}

/* Wait for a byte. Return: false if who was to send it is gone. */
static bool wait_for_byte(int from)
{
	char byte;
	ssize_t got;

	do
		got = read(from, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1;
}

int main(int argc, char **argv)
{
	int joined[2], go[2];
	struct rusage usage;
	uint64_t begin, end;
	int group, status;
	FILE *report;
	uint64_t phase;
	pid_t pid;
	char *rest;

	if (argc < 5) {
		fputs("Usage: timed CGROUP.PROCS REPORT PHASE COMMAND [ARG...]\n"
		      "Write key=value lines to REPORT; exit as COMMAND did.\n"
		      "PHASE is in microseconds after a full tenth of a second.\n",
		      stderr);
		return 2;
	}
	phase = strtoull(argv[3], &rest, 10);
	if (rest == argv[3] || *rest) {
		fprintf(stderr, "timed: '%s' is not a number\n", argv[3]);
		return 2;
	}
	group = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (group < 0) {
		fprintf(stderr, "timed: %s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	report = fopen(argv[2], "we");
	if (!report) {
		fprintf(stderr, "timed: %s: %s\n", argv[2], strerror(errno));
		return 125;
	}

	if (pipe2(joined, O_CLOEXEC) || pipe2(go, O_CLOEXEC)) {
		perror("timed: pipe");
		fclose(report);
		return 125;
	}
	pid = fork();
	if (pid < 0) {
		perror("timed: fork");
		fclose(report);
		return 125;
	}
	if (!pid) {
		close(joined[0]);
		close(go[1]);
		child(group, joined[1], go[0], argv + 4);
	}
	close(joined[1]);
	close(go[0]);
	/* It may be gone by then, which its status says. */
	signal(SIGPIPE, SIG_IGN);
	if (wait_for_byte(joined[0]))
		wait_for_phase(phase * 1000);
	mark();
	begin = now_ns();
	if (write(go[1], "", 1) != 1 && errno != EPIPE)
		perror("timed: pipe");
	while (wait4(pid, &status, 0, &usage) < 0) {
		if (errno != EINTR) {
			perror("timed: wait4");
			fclose(report);
			return 125;
		}
	}
	end = now_ns();
	mark();

	status = WIFEXITED(status) ? WEXITSTATUS(status) :
				     128 + WTERMSIG(status);
	fprintf(report,
		"run_ns=%" PRIu64 "\nuser_ns=%" PRIu64 "\nsystem_ns=%" PRIu64
		"\nmajflt=%ld\nminflt=%ld\nexit_status=%d\n",
		end - begin, timeval_ns(usage.ru_utime),
		timeval_ns(usage.ru_stime), usage.ru_majflt, usage.ru_minflt,
		status);
	if (fclose(report)) {
		perror("timed: report");
		return 125;
	}
	return status;
}
