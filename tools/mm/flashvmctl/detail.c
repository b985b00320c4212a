// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl status --verbose: one device in full
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * Tunables and figures are listed as sysfs has them, under their own names,
 * so that a feature of a later kernel shows up here without a change.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flashvmctl.h"

#define BAR_WIDTH	40

static const char bar[BAR_WIDTH + 1] =
	"########################################";

static void print_text(const char *name, const char *text)
{
	printf("  %-22s %s\n", name, text);
}

static void print_tag(const char *path, const char *tag)
{
	char *value;

	value = device_label(path, tag);
	if (value)
		print_text(tag, value);
	free(value);
}

static void print_swap(const char *kname)
{
	char *size, *used;
	struct swap swap;

	if (!swaps_find(NULL, kname, &swap))
		return;
	size = size_to_string(swap.size);
	used = size_to_string(swap.used);
	print_text("size", size);
	printf("  %-22s %s (%.1f %%)\n", "used", used,
	       swap.size ? 100.0 * (double)swap.used / (double)swap.size : 0.0);
	printf("  %-22s %d\n", "priority", swap.priority);
	free(size);
	free(used);
	swap_release(&swap);
}

/* Files with one line: tunables and counters, but not histograms. */
static void print_files(const char *kname, const char *dir)
{
	struct strings files = { 0 };
	char *text, *end;
	size_t i;

	list_dir(&files, false, "/sys/kernel/mm/flashvm/%s/%s", kname, dir);
	for (i = 0; i < files.n; i++) {
		text = read_text("/sys/kernel/mm/flashvm/%s/%s/%s", kname, dir,
				 files.s[i]);
		end = text ? strchr(text, '\n') : NULL;
		if (end && !end[1])
			*end = '\0';
		if (text && (!end || !*end))
			print_text(files.s[i], text);
		free(text);
	}
	strings_free(&files);
}

static void print_percentiles(const struct latency *lat)
{
	static const unsigned int percents[] = { 50, 90, 99 };
	uint64_t bound;
	bool open;
	size_t i;
	char *text;

	printf(" (%" PRIu64 " requests", lat->total);
	for (i = 0; i < ARRAY_SIZE(percents); i++) {
		if (!latency_percentile(lat, percents[i], &bound,
					&open))
			continue;
		text = latency_to_string(bound);
		printf("; p%u %c %s", percents[i], open ? '>' : '<', text);
		free(text);
	}
	puts(")");
}

static void print_bucket(const struct latency *lat, size_t i, uint64_t most)
{
	double width = (double)lat->count[i] * BAR_WIDTH / (double)most;
	char *low, *high;

	low = latency_to_string(lat->lower[i]);
	high = i + 1 < lat->n ? latency_to_string(lat->lower[i + 1]) :
				xstrdup("...");
	/* A single slow request among millions is news: show at least one. */
	printf("  %8s to %-8s %12" PRIu64 " |%.*s\n", low, high, lat->count[i],
	       width > 0 && width < 1 ? 1 : (int)(width + 0.5), bar);
	free(low);
	free(high);
}

static void print_histogram(const char *kname, const char *file,
			    const char *title)
{
	size_t i, first, last;
	struct latency lat;
	uint64_t most = 0;

	if (!latency_read(&lat, kname, file))
		return;
	first = lat.n;
	last = 0;
	for (i = 0; i < lat.n; i++) {
		if (!lat.count[i])
			continue;
		if (first == lat.n)
			first = i;
		last = i;
		if (lat.count[i] > most)
			most = lat.count[i];
	}
	fputs(title, stdout);
	print_percentiles(&lat);
	for (i = first; i < lat.n && i <= last; i++)
		print_bucket(&lat, i, most);
	latency_release(&lat);
}

/**
 * detail_print() - Print everything there is to know of a device.
 * @kname:	the kernel's name of an active FlashVM device
 */
void detail_print(const char *kname)
{
	struct strings features = { 0 };
	char *path;
	size_t i;

	path = device_display_path(kname);
	puts(path);
	print_text("kernel name", kname);
	print_tag(path, "UUID");
	print_tag(path, "LABEL");
	print_swap(kname);
	free(path);

	list_dir(&features, true, "/sys/kernel/mm/flashvm/%s", kname);
	for (i = 0; i < features.n; i++) {
		if (!strcmp(features.s[i], "stats"))
			continue;
		puts(features.s[i]);
		print_files(kname, features.s[i]);
	}
	strings_free(&features);

	puts("stats");
	print_files(kname, "stats");
	print_histogram(kname, "read_latency_us", "read latency");
	print_histogram(kname, "write_latency_us", "write latency");
}
