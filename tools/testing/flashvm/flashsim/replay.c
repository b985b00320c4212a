// SPDX-License-Identifier: GPL-2.0
/*
 * replay - What would flash of this shape have done for that trace?
 *
 * Reads what blkparse(1) says of completed requests, one a line, "RWBS SECTOR
 * SECTORS", and gives writes and discards to the FTL of flashsim. Prints its
 * counters, "name value", as the module does.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ftl.h"
#include "profile.h"

#define SECTORS	8	/* of a page */

static const char usage[] =
	"usage: replay [OPTIONS] <TRACE\n"
	"\n"
	"Replays a trace of blktrace(8) on the flash translation layer of flashsim:\n"
	"\n"
	"  blkparse -q -a complete -f '%d %S %n\\n' -i TRACE | replay --size-mb 4096\n"
	"\n"
	"  --size-mb N           MB that the host sees (256)\n"
	"  --profile NAME        dies, block and spare of this device (nvme)\n"
	"  --dies N, --block-pages N, --spare-per-mille N, --endurance N\n"
	"                        each instead of the profile's\n"
	"  --age FILLED,REWRITES begin with so many thousandths of the pages\n"
	"                        written, and rewritten at random\n"
	"  --first-sector N      of the device within the trace (0)\n";

static void die(const char *text, const char *what)
{
	fprintf(stderr, "replay: %s%s\n", text, what);
	exit(2);
}

static uint32_t number(const char *option, const char *text)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || value > U32_MAX) {
		fprintf(stderr, "replay: --%s %s: not a number of 32 bits\n",
			option, text);
		exit(2);
	}
	return value;
}

struct totals {
	uint64_t lines, writes, discards, beyond;
};

static void nothing(void *context, enum ftl_nand op, u32 die)
{
	(void)context;
	(void)op;
	(void)die;
}

/* Pages that are touched at all are written, those that are whole discarded. */
static void replay(struct ftl *f, const char *rwbs, uint64_t sector,
		   uint64_t sectors, struct totals *totals)
{
	uint64_t from = sector / SECTORS;
	uint64_t to = (sector + sectors + SECTORS - 1) / SECTORS;
	bool discards = strchr(rwbs, 'D');

	if (!sectors || (!discards && !strchr(rwbs, 'W')))
		return;
	if (discards) {
		from = (sector + SECTORS - 1) / SECTORS;
		to = (sector + sectors) / SECTORS;
		totals->discards++;
	} else {
		totals->writes++;
	}
	for (; from < to; from++) {
		if (from >= f->shape.pages)
			totals->beyond++;
		else if (discards)
			ftl_trim(f, from);
		else
			ftl_write(f, from, nothing, NULL);
	}
}

static void print(const struct ftl *f, const struct totals *totals)
{
	struct ftl_wear wear;

	ftl_wear(f, &wear);
	printf("requests_written %" PRIu64 "\n", totals->writes);
	printf("requests_discarded %" PRIu64 "\n", totals->discards);
	printf("pages_beyond_the_end %" PRIu64 "\n", totals->beyond);
	printf("host_pages_written %" PRIu64 "\n", f->counts.written);
	printf("pages_trimmed %" PRIu64 "\n", f->counts.trimmed);
	printf("nand_pages_programmed %" PRIu64 "\n", f->counts.programs);
	printf("nand_pages_moved %" PRIu64 "\n", f->counts.moved);
	printf("nand_erases %" PRIu64 "\n", f->counts.erases);
	printf("nand_blocks_worn %" PRIu64 "\n", f->counts.worn);
	printf("nand_writes_refused %" PRIu64 "\n", f->counts.refused);
	printf("write_amplification_milli %" PRIu64 "\n", f->counts.written ?
	       f->counts.programs * 1000 / f->counts.written : 0);
	printf("erases_least %u\nerases_most %u\n", wear.least, wear.most);
	printf("erases_mean_centi %" PRIu64 "\n", wear.mean_centi);
}

int main(int argc, char **argv)
{
	enum { SIZE, PROFILE, DIES, BLOCK, SPARE, ENDURANCE, AGE, FIRST, HELP };
	static const struct option options[] = {
		[SIZE] = { "size-mb", required_argument, NULL, 0 },
		[PROFILE] = { "profile", required_argument, NULL, 0 },
		[DIES] = { "dies", required_argument, NULL, 0 },
		[BLOCK] = { "block-pages", required_argument, NULL, 0 },
		[SPARE] = { "spare-per-mille", required_argument, NULL, 0 },
		[ENDURANCE] = { "endurance", required_argument, NULL, 0 },
		[AGE] = { "age", required_argument, NULL, 0 },
		[FIRST] = { "first-sector", required_argument, NULL, 0 },
		[HELP] = { "help", no_argument, NULL, 0 },
		{ }
	};
	const struct flashsim_profile *profile = &flashsim_profiles[0];
	uint32_t size = 256, value[HELP] = { 0 }, filled = 0, rewrites = 0;
	bool given[HELP] = { false };
	struct totals totals = { 0 };
	uint64_t sector, sectors;
	struct ftl_shape shape;
	char line[256], rwbs[16];
	struct ftl ftl;
	char more;
	void *memory;
	int which, c;

	while ((c = getopt_long(argc, argv, "", options, &which)) != -1) {
		if (c == '?') {
			fputs("replay: --help lists the options\n", stderr);
			return 2;
		}
		switch (which) {
		case HELP:
			fputs(usage, stdout);
			return 0;
		case PROFILE:
			profile = flashsim_find_profile(optarg);
			if (!profile)
				die("no such profile: ", optarg);
			break;
		case AGE:
			if (sscanf(optarg, "%u,%u%c", &filled, &rewrites,
				   &more) != 2 || filled > 1000)
				die("--age wants FILLED,REWRITES, per mille: ", optarg);
			break;
		default:
			value[which] = number(options[which].name, optarg);
			given[which] = true;
		}
	}
	if (optind != argc)
		die("the trace comes from standard input, not from ", argv[optind]);
	if (given[SIZE])
		size = value[SIZE];
	if (!size || size > U32_MAX / 256)
		die("--size-mb: out of range", "");
	shape = (struct ftl_shape){
		.pages = size * 256,
		.dies = given[DIES] ? value[DIES] : profile->dies,
		.block_pages = given[BLOCK] ? value[BLOCK] : profile->block_pages,
		.spare_per_mille = given[SPARE] ? value[SPARE] :
			profile->spare_per_mille,
		.endurance = given[ENDURANCE] ? value[ENDURANCE] :
			profile->endurance,
	};
	if (!ftl_shape_valid(&shape))
		die("no device has such a shape: dies 1 to 256, block-pages 2 to 4096", "");
	memory = malloc(ftl_size(&shape));
	if (!memory)
		die("not enough memory", "");
	ftl_init(&ftl, &shape, memory);
	ftl_age(&ftl, filled, rewrites);
	ftl_forget_counts(&ftl);

	while (fgets(line, sizeof(line), stdin)) {
		totals.lines++;
		if (sscanf(line, "%15s %" SCNu64 " %" SCNu64 " %c", rwbs,
			   &sector, &sectors, &more) != 3) {
			fprintf(stderr, "replay: line %" PRIu64 " is not \"RWBS SECTOR SECTORS\": %s",
				totals.lines, line);
			return 1;
		}
		if (sector < value[FIRST])
			continue;
		replay(&ftl, rwbs, sector - value[FIRST], sectors, &totals);
	}
	print(&ftl, &totals);
	free(memory);
	return 0;
}
