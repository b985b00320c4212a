// SPDX-License-Identifier: GPL-2.0
/*
 * flashvmctl status: what the FlashVM devices do
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 * A line for each device, by libsmartcols like lsblk and zramctl, with their
 * options. A figure that a kernel does not have is an empty cell (null in
 * JSON), so that one program serves kernels with fewer and with more of them.
 */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flashvmctl.h"

enum column_id {
	COL_DEVICE, COL_KNAME, COL_UUID, COL_LABEL, COL_SIZE, COL_USED,
	COL_PRIO, COL_DEMAND, COL_AHEAD, COL_AHEAD_USED, COL_AHEAD_LATE,
	COL_AHEAD_WASTED, COL_ACCURACY, COL_COVERAGE, COL_DROPPED,
	COL_NEAR, COL_NEAR_USED, COL_EVICTION, COL_EVICTION_USED,
	 COL_STRIDE, COL_STRIDE_USED, COL_STRIDE_WASTED,
	COL_READ, COL_WRITTEN, COL_PAGES_WRITTEN, COL_ERRORS,
	COL_READ_ERRORS, COL_WRITE_ERRORS, COL_READ_P50, COL_READ_P99,
	COL_WRITE_P50, COL_WRITE_P99, COL_ALLOCATED, COL_FREED,
	COL_PREFETCH, COL_WINDOW, COL_STRIDE_BLOCKS,
	COL_COLUMNS, COL_EVICTION_WINDOW, COL_FLOOR, COL_IN_FLIGHT, COL_ROOM,
	N_COLUMNS
};

/* How a cell is written; each has a plain number behind it but TEXT. */
enum cell { TEXT, COUNT, SIZE, LATENCY, PERCENT };

/**
 * struct column - A column that can be asked for.
 * @name:	heading; in lower case the key in JSON
 * @cell:	how its cells are written
 * @file:	the file that has the number, if it is just that
 * @help:	one line
 */
struct column {
	const char *name;
	enum cell cell;
	const char *file;
	const char *help;
};

static const struct column columns[N_COLUMNS] = {
	[COL_DEVICE] = { "DEVICE", TEXT, NULL,
		"device node" },
	[COL_KNAME] = { "KNAME", TEXT, NULL,
		"the kernel's name, as in /sys/kernel/mm/flashvm" },
	[COL_UUID] = { "UUID", TEXT, NULL,
		"UUID of the swap area (needs root)" },
	[COL_LABEL] = { "LABEL", TEXT, NULL,
		"label of the swap area (needs root)" },
	[COL_SIZE] = { "SIZE", SIZE, NULL,
		"size of the swap area" },
	[COL_USED] = { "USED", SIZE, NULL,
		"space of the swap area in use" },
	[COL_PRIO] = { "PRIO", COUNT, NULL,
		"swap priority" },
	[COL_DEMAND] = { "DEMAND", COUNT, "stats/pages_demand",
		"pages read because a program waited for them" },
	[COL_AHEAD] = { "AHEAD", COUNT, "stats/pages_ahead",
		"pages read ahead" },
	[COL_AHEAD_USED] = { "AHEAD-USED", COUNT, "stats/pages_ahead_used",
		"pages read ahead that were used" },
	[COL_AHEAD_LATE] = { "AHEAD-LATE", COUNT, "stats/pages_ahead_late",
		"pages read ahead that were used, and waited for" },
	[COL_AHEAD_WASTED] = { "AHEAD-WASTED", COUNT,
		"stats/pages_ahead_wasted",
		"pages read ahead that were evicted unused" },
	[COL_ACCURACY] = { "USED%", PERCENT, NULL,
		"share of the pages read ahead that were used" },
	[COL_COVERAGE] = { "COVER%", PERCENT, NULL,
		"share of the pages used from the device that were read ahead" },
	[COL_DROPPED] = { "DROPPED", COUNT, "stats/pages_ahead_dropped",
		"pages that were to be read ahead and were not" },
	[COL_NEAR] = { "NEAR", COUNT, "stats/window_issued",
		"pages read ahead as neighbours" },
	[COL_NEAR_USED] = { "NEAR-USED", COUNT, "stats/window_used",
		"pages read ahead as neighbours that were used" },
	[COL_EVICTION] = { "EVICTION", COUNT, "stats/eviction_issued",
		"pages read ahead in the order of eviction" },
	[COL_EVICTION_USED] = { "EVICTION-USED", COUNT, "stats/eviction_used",
		"pages read ahead in the order of eviction that were used" },
	[COL_STRIDE] = { "STRIDE", COUNT, "stats/stride_issued",
		"pages read ahead along strides" },
	[COL_STRIDE_USED] = { "STRIDE-USED", COUNT, "stats/stride_used",
		"pages read ahead along strides that were used" },
	[COL_STRIDE_WASTED] = { "STRIDE-WASTED", COUNT, "stats/stride_wasted",
		"pages read ahead along strides that were evicted unused" },
	[COL_READ] = { "READ", SIZE, "stats/bytes_read",
		"bytes read" },
	[COL_WRITTEN] = { "WRITTEN", SIZE, "stats/bytes_written",
		"bytes written" },
	[COL_PAGES_WRITTEN] = { "PAGES-WRITTEN", COUNT, "stats/pages_written",
		"pages written" },
	[COL_ERRORS] = { "ERRORS", COUNT, NULL,
		"failed reads and writes" },
	[COL_READ_ERRORS] = { "READ-ERRORS", COUNT, "stats/read_errors",
		"failed reads" },
	[COL_WRITE_ERRORS] = { "WRITE-ERRORS", COUNT, "stats/write_errors",
		"failed writes" },
	[COL_READ_P50] = { "READ-P50", LATENCY, NULL,
		"half of all reads took less than this" },
	[COL_READ_P99] = { "READ-P99", LATENCY, NULL,
		"99 % of all reads took less than this" },
	[COL_WRITE_P50] = { "WRITE-P50", LATENCY, NULL,
		"half of all writes took less than this" },
	[COL_WRITE_P99] = { "WRITE-P99", LATENCY, NULL,
		"99 % of all writes took less than this" },
	[COL_ALLOCATED] = { "ALLOCATED", COUNT, "stats/slots_allocated",
		"swap slots allocated since it was switched on" },
	[COL_FREED] = { "FREED", COUNT, "stats/slots_freed",
		"swap slots freed since it was switched on" },
	[COL_PREFETCH] = { "PREFETCH", COUNT, "prefetch/enabled",
		"1: FlashVM reads ahead; 0: the kernel's ordinary readahead" },
	[COL_WINDOW] = { "WINDOW", COUNT, "prefetch/window",
		"pages ahead of a walk at most" },
	[COL_STRIDE_BLOCKS] = { "STRIDE-BLOCKS", COUNT, "prefetch/stride_blocks",
		"pages ahead of a stride at most; 0: no strides" },
	[COL_COLUMNS] = { "COLUMNS", COUNT, "prefetch/columns",
		"columns of a matrix read ahead at most" },
	[COL_EVICTION_WINDOW] = { "EVICTION-WINDOW", COUNT,
		"prefetch/eviction_window",
		"pages ahead in the order of eviction at most; 0: none" },
	[COL_FLOOR] = { "FLOOR%", PERCENT, "prefetch/accuracy_floor",
		"share of the pages read ahead that is to be used" },
	[COL_IN_FLIGHT] = { "IN-FLIGHT", COUNT, "prefetch/in_flight",
		"pages that are being read ahead at a time, at most" },
	[COL_ROOM] = { "ROOM", COUNT, "prefetch/room",
		"pages freed at a time by a worker; 0: none" },
};

static const char default_columns[] =
	"DEVICE,SIZE,USED,PRIO,DEMAND,AHEAD,USED%,COVER%,DROPPED,WRITTEN,ERRORS,READ-P50,READ-P99";

/**
 * struct status_options - What to print, and how.
 * @n:		number of columns
 * @ids:	the columns
 * @json:	JSON
 * @raw:	no alignment, no blanks inside a cell
 * @noheadings:	no headings
 * @plain:	bytes and microseconds instead of 1.5G and 128us
 * @verbose:	the long form
 */
struct status_options {
	size_t n;
	enum column_id *ids;
	bool json, raw, noheadings, plain, verbose;
};

static void usage(void)
{
	size_t i;

	fputs("Usage: flashvmctl status [options] [DEVICE...]\n"
	      "\n"
	      "Show FlashVM devices and their figures since they were switched on.\n"
	      "\n"
	      "Options:\n"
	      " -b, --bytes        sizes in bytes, latencies in microseconds\n"
	      " -J, --json         JSON output\n"
	      " -n, --noheadings   no headings\n"
	      " -o, --output LIST  columns to show; +LIST adds to the default ones\n"
	      " -r, --raw          raw output: one blank between columns\n"
	      " -v, --verbose      everything there is to know of a device, in a long form\n"
	      " -h, --help         show this help\n"
	      "\n"
	      "Columns:\n", stdout);
	for (i = 0; i < N_COLUMNS; i++)
		printf(" %15s  %s\n", columns[i].name, columns[i].help);
}

static void add_column(struct status_options *opt, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < N_COLUMNS; i++) {
		if (strncasecmp(columns[i].name, name, len) ||
		    columns[i].name[len])
			continue;
		opt->ids = xrealloc(opt->ids, opt->n + 1, sizeof(*opt->ids));
		opt->ids[opt->n++] = (enum column_id)i;
		return;
	}
	warnx("unknown column '%.*s'", (int)len, name);
	bad_usage("status");
}

static void add_columns(struct status_options *opt, const char *list)
{
	size_t len;

	for (;;) {
		len = strcspn(list, ",");
		add_column(opt, list, len);
		if (!list[len])
			return;
		list += len + 1;
	}
}

static void choose_columns(struct status_options *opt, const char *list)
{
	if (!list || *list == '+')
		add_columns(opt, default_columns);
	if (list)
		add_columns(opt, *list == '+' ? list + 1 : list);
}

static bool read_figure(const char *kname, const char *file, uint64_t *value)
{
	return read_number(value, "/sys/kernel/mm/flashvm/%s/%s", kname, file);
}

static char *plain_number(uint64_t value)
{
	return xasprintf("%" PRIu64, value);
}

static char *size_cell(uint64_t bytes, bool plain)
{
	return plain ? plain_number(bytes) : size_to_string(bytes);
}

static char *swap_cell(const char *kname, enum column_id id, bool plain)
{
	struct swap swap;
	char *cell;

	if (!swaps_find(NULL, kname, &swap))
		return NULL;
	if (id == COL_PRIO)
		cell = xasprintf("%d", swap.priority);
	else
		cell = size_cell(id == COL_SIZE ? swap.size : swap.used, plain);
	swap_release(&swap);
	return cell;
}

static char *accuracy_cell(const char *kname)
{
	uint64_t ahead, used;

	if (!read_figure(kname, "stats/pages_ahead", &ahead) ||
	    !read_figure(kname, "stats/pages_ahead_used", &used) || !ahead)
		return NULL;
	/* The two are read one after the other, while both go on counting. */
	if (used > ahead)
		used = ahead;
	return xasprintf("%.1f", 100.0 * (double)used / (double)ahead);
}

static char *coverage_cell(const char *kname)
{
	uint64_t demand, used;

	if (!read_figure(kname, "stats/pages_demand", &demand) ||
	    !read_figure(kname, "stats/pages_ahead_used", &used) ||
	    !(demand + used))
		return NULL;
	return xasprintf("%.1f", 100.0 * (double)used / (double)(demand + used));
}

static char *errors_cell(const char *kname)
{
	uint64_t reads, writes;

	if (!read_figure(kname, "stats/read_errors", &reads) ||
	    !read_figure(kname, "stats/write_errors", &writes))
		return NULL;
	return plain_number(reads + writes);
}

static char *latency_cell(const char *kname, const char *file,
			  unsigned int percent, bool plain)
{
	char *text, *cell = NULL;
	struct latency lat;
	uint64_t bound;
	bool open;

	if (latency_read(&lat, kname, file) &&
	    latency_percentile(&lat, percent, &bound, &open)) {
		text = plain ? plain_number(bound) : latency_to_string(bound);
		cell = xasprintf("%s%s", open && !plain ? ">" : "", text);
		free(text);
	}
	latency_release(&lat);
	return cell;
}

static char *tag_cell(const char *kname, const char *tag)
{
	char *path, *value;

	path = device_display_path(kname);
	value = device_label(path, tag);
	free(path);
	return value;
}

static char *file_cell(const char *kname, const struct column *column,
		       bool plain)
{
	uint64_t value;

	if (!column->file || !read_figure(kname, column->file, &value))
		return NULL;
	return column->cell == SIZE ? size_cell(value, plain) :
				      plain_number(value);
}

/* Text of a cell, to free; NULL when there is nothing to show. */
static char *make_cell(const char *kname, enum column_id id, bool plain)
{
	switch (id) {
	case COL_DEVICE:
		return device_display_path(kname);
	case COL_KNAME:
		return xstrdup(kname);
	case COL_UUID:
		return tag_cell(kname, "UUID");
	case COL_LABEL:
		return tag_cell(kname, "LABEL");
	case COL_SIZE:
	case COL_USED:
	case COL_PRIO:
		return swap_cell(kname, id, plain);
	case COL_ACCURACY:
		return accuracy_cell(kname);
	case COL_COVERAGE:
		return coverage_cell(kname);
	case COL_ERRORS:
		return errors_cell(kname);
	case COL_READ_P50:
		return latency_cell(kname, "read_latency_us", 50, plain);
	case COL_READ_P99:
		return latency_cell(kname, "read_latency_us", 99, plain);
	case COL_WRITE_P50:
		return latency_cell(kname, "write_latency_us", 50, plain);
	case COL_WRITE_P99:
		return latency_cell(kname, "write_latency_us", 99, plain);
	default:
		return file_cell(kname, &columns[id], plain);
	}
}

static bool is_number(enum cell cell, bool plain)
{
	return cell == COUNT || cell == PERCENT || (cell != TEXT && plain);
}

static struct libscols_table *make_table(const struct status_options *opt)
{
	struct libscols_table *table = scols_new_table();
	struct libscols_column *col;
	const struct column *column;
	size_t i;

	if (!table)
		errx(EXIT_FAILED, "out of memory");
	scols_table_set_name(table, "flashvm");
	scols_table_enable_json(table, opt->json);
	scols_table_enable_raw(table, opt->raw);
	scols_table_enable_noheadings(table, opt->noheadings);
	for (i = 0; i < opt->n; i++) {
		column = &columns[opt->ids[i]];
		col = scols_table_new_column(table, column->name, 0,
					     column->cell == TEXT ?
						0 : SCOLS_FL_RIGHT);
		if (!col)
			errx(EXIT_FAILED, "out of memory");
		if (opt->json && is_number(column->cell, opt->plain))
			scols_column_set_json_type(col, SCOLS_JSON_NUMBER);
	}
	return table;
}

static void add_line(struct libscols_table *table,
		     const struct status_options *opt, const char *kname)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char *cell;
	size_t i;

	if (!line)
		errx(EXIT_FAILED, "out of memory");
	for (i = 0; i < opt->n; i++) {
		cell = make_cell(kname, opt->ids[i], opt->plain);
		if (cell && scols_line_refer_data(line, i, cell))
			errx(EXIT_FAILED, "out of memory");
	}
}

static void print_table(const struct status_options *opt,
			const struct strings *knames)
{
	struct libscols_table *table;
	size_t i;

	if (!knames->n && !opt->json)
		return;
	table = make_table(opt);
	for (i = 0; i < knames->n; i++)
		add_line(table, opt, knames->s[i]);
	if (scols_print_table(table))
		warnx("cannot print the table");
	scols_unref_table(table);
}

static void print_details(const struct strings *knames)
{
	size_t i;

	for (i = 0; i < knames->n; i++) {
		if (i)
			putchar('\n');
		detail_print(knames->s[i]);
	}
}

/* The kernel's name of the active FlashVM device that an argument means. */
static char *find_active(const char *spec)
{
	struct device dev;
	char *kname = NULL;

	/* A device that was pulled out has no node, but still has figures. */
	if (!strchr(spec, '/') && *spec && *spec != '.' && flashvm_active(spec))
		return xstrdup(spec);
	if (device_resolve(&dev, spec))
		return NULL;
	if (dev.kname && flashvm_active(dev.kname))
		kname = xstrdup(dev.kname);
	else
		warnx("%s: not an active FlashVM device", spec);
	device_release(&dev);
	return kname;
}

static int show(const struct status_options *opt, int n, char **specs)
{
	struct strings knames = { 0 };
	size_t found = 0, failed = 0;
	enum support support;
	char *kname;
	int i;

	for (i = 0; i < n; i++) {
		kname = find_active(specs[i]);
		if (kname) {
			strings_add(&knames, kname);
			found++;
		} else {
			failed++;
		}
	}
	if (!n) {
		flashvm_devices(&knames);
		support = flashvm_support();
		if (!knames.n)
			warnx("no FlashVM device is active%s%s",
			      support == SUPPORT_NONE ||
			      support == SUPPORT_OFF ? ": " : "",
			      support == SUPPORT_NONE ||
			      support == SUPPORT_OFF ?
				support_reason(support) : "");
	}
	if (opt->verbose)
		print_details(&knames);
	else
		print_table(opt, &knames);
	strings_free(&knames);
	return exit_code(found, failed);
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "bytes",	no_argument,	   NULL, 'b' },
		{ "json",	no_argument,	   NULL, 'J' },
		{ "noheadings",	no_argument,	   NULL, 'n' },
		{ "output",	required_argument, NULL, 'o' },
		{ "raw",	no_argument,	   NULL, 'r' },
		{ "verbose",	no_argument,	   NULL, 'v' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL }
	};
	struct status_options opt = { 0 };
	const char *list = NULL;
	int c, ret;

	while ((c = getopt_long(argc, argv, "bJno:rvh", options, NULL)) != -1) {
		switch (c) {
		case 'b':
			opt.plain = true;
			break;
		case 'J':
			opt.json = true;
			break;
		case 'n':
			opt.noheadings = true;
			break;
		case 'o':
			list = optarg;
			break;
		case 'r':
			opt.raw = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'h':
			usage();
			return EXIT_OK;
		default:
			bad_usage("status");
		}
	}
	if (opt.json && opt.raw) {
		warnx("status: --json and --raw exclude each other");
		bad_usage("status");
	}
	if (opt.verbose && (opt.json || opt.raw || list || opt.noheadings ||
			    opt.plain)) {
		warnx("status: --verbose has a form of its own and takes no other option");
		bad_usage("status");
	}
	choose_columns(&opt, list);
	ret = show(&opt, argc - optind, argv + optind);
	free(opt.ids);
	return ret;
}
