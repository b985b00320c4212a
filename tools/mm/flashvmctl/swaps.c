// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/swaps
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * The kernel writes the path by which an area was switched on, seen from our
 * root, with white space as octal escapes. Inside a chroot, or after the node
 * was removed, that path leads nowhere; its last component still names the
 * device in the usual case.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flashvmctl.h"

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undo the kernel's \040 and the like, in place. */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) &&
		    is_octal(s[3])) {
			*out++ = (char)((s[1] - '0') << 6 |
					(s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

static bool parse_line(char *line, struct swap *swap)
{
	char *fields;

	fields = strpbrk(line, " \t");
	if (!fields)
		return false;
	*fields++ = '\0';
	/* The heading has words where the numbers are. */
	if (sscanf(fields, "%*s %" SCNu64 " %" SCNu64 " %d",
		   &swap->size, &swap->used, &swap->priority) != 3)
		return false;
	unescape(line);
	swap->path = line;
	swap->size *= 1024;
	swap->used *= 1024;
	return true;
}

static bool same_basename(const char *path, const char *kname)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t len = strlen(kname);

	/* The kernel adds " (deleted)" when the node is gone. */
	return !strncmp(name, kname, len) &&
	       (!name[len] || !strcmp(name + len, " (deleted)"));
}

static bool same_area(const char *swap_path, const char *path,
		      const char *kname)
{
	struct stat st;
	bool same = false;
	char *full;
	dev_t rdev;

	if (path && !strcmp(swap_path, path))
		return true;
	if (!kname)
		return false;
	full = root_path("%s", swap_path);
	if (!stat(full, &st) && S_ISBLK(st.st_mode) && block_rdev(kname, &rdev))
		same = st.st_rdev == rdev;
	else
		same = same_basename(swap_path, kname);
	free(full);
	return same;
}

/**
 * swaps_find() - Look an active swap area up.
 * @path:	its file or device node, or NULL
 * @kname:	the kernel's name of its block device, or NULL
 * @swap:	result, to be released by swap_release()
 *
 * Return: whether it is active.
 */
bool swaps_find(const char *path, const char *kname, struct swap *swap)
{
	char *text, *line, *state = NULL;
	bool found = false;

	memset(swap, 0, sizeof(*swap));
	text = read_text("/proc/swaps");
	if (!text)
		return false;
	for (line = strtok_r(text, "\n", &state); line && !found;
	     line = strtok_r(NULL, "\n", &state))
		found = parse_line(line, swap) &&
			same_area(swap->path, path, kname);
	if (found)
		swap->path = xstrdup(swap->path);
	else
		memset(swap, 0, sizeof(*swap));
	free(text);
	return found;
}

void swap_release(struct swap *swap)
{
	free(swap->path);
	swap->path = NULL;
}
