// SPDX-License-Identifier: GPL-2.0
/*
 * model_test - Does the model behave as flash is known to?
 *
 * The FTL and the timing of flashsim in user space, against figures that are not
 * theirs: formulas, the tables of the profiles, the FlashVM paper. One line of
 * TAP a test.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ftl.h"
#include "profile.h"
#include "timing.h"

#define MB	256	/* pages of it */

static int number, failed;
static bool bad;

static void result(const char *what)
{
	printf("%sok %d - %s\n", bad ? "not " : "", ++number, what);
	failed += bad;
	bad = false;
}

/* @got within @per_mille of @want, or a line that says by how much it is not. */
static void near(const char *what, double got, double want, double per_mille)
{
	if (got >= want * (1 - per_mille / 1000) &&
	    got <= want * (1 + per_mille / 1000))
		return;
	printf("# %s: got %.6g, expected %.6g within %g per mille\n", what, got,
	       want, per_mille);
	bad = true;
}

static void holds(const char *what, bool yes)
{
	if (yes)
		return;
	printf("# not so: %s\n", what);
	bad = true;
}

static uint64_t seed = 1;

static uint32_t any(uint32_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 32) * below >> 32;
}

static void *memory(u64 bytes)
{
	void *p = malloc(bytes);

	if (!p) {
		perror("malloc");
		exit(1);
	}
	return p;
}

static void nothing(void *context, enum ftl_nand op, u32 die)
{
	(void)context;
	(void)op;
	(void)die;
}

static struct ftl *new_ftl(const struct ftl_shape *shape)
{
	struct ftl *f = memory(sizeof(*f));

	if (!ftl_shape_valid(shape)) {
		puts("# not a valid shape");
		exit(1);
	}
	ftl_init(f, shape, memory(ftl_size(shape)));
	return f;
}

static void free_ftl(struct ftl *f)
{
	free(f->map);
	free(f);
}

/*
 * Uniform overwriting with a share of the pages trimmed for good; returns NAND
 * programs for each page written, once that is steady.
 */
static double amplification(u32 spare_per_mille, u32 trimmed_per_mille)
{
	const struct ftl_shape shape = {
		.pages = 256 * MB, .dies = 4, .block_pages = 64,
		.spare_per_mille = spare_per_mille,
	};
	struct ftl *f = new_ftl(&shape);
	u32 used = (u64)shape.pages * (1000 - trimmed_per_mille) / 1000;
	double wa;

	ftl_age(f, 1000, 1000);
	for (u32 page = used; page < shape.pages; page++)
		ftl_trim(f, page);
	for (u32 i = 0; i < 3 * used; i++)
		ftl_write(f, any(used), nothing, NULL);
	ftl_forget_counts(f);
	for (u32 i = 0; i < 2 * used; i++)
		ftl_write(f, any(used), nothing, NULL);
	holds("the maps agree", ftl_consistent(f));
	holds("a program is of the host or of what is moved", f->counts.moved &&
	      f->counts.programs == f->counts.written + f->counts.moved);
	wa = (double)f->counts.programs / f->counts.written;
	free_ftl(f);
	return wa;
}

static void greedy_formula(void)
{
	static const u32 spare[] = { 100, 200, 400 };

	for (int i = 0; i < 3; i++) {
		double p = spare[i] / 1000.0;
		double wa = amplification(spare[i], 0);

		printf("# spare %.1f %%: write amplification %.3f, formula %.3f\n",
		       p * 100, wa, (1 + p) / (2 * p));
		near("write amplification", wa, (1 + p) / (2 * p), 150);
	}
	result("overwriting at random: write amplification is (1 + p) / 2p");
}

/* 10 % spare and a tenth of the pages trimmed is 22.2 % of what is used. */
static void trimmed_is_spare(void)
{
	double less = amplification(100, 100), p = 1.1 / 0.9 - 1;

	printf("# a tenth trimmed: %.3f, formula %.3f\n", less,
	       (1 + p) / (2 * p));
	near("write amplification", less, (1 + p) / (2 * p), 150);
	holds("it is lower than without", less < amplification(100, 0) * 0.7);
	result("discarded space lowers write amplification as if it were spare");
}

static void sequential(void)
{
	const struct ftl_shape shape = {
		.pages = 64 * MB, .dies = 4, .block_pages = 64,
		.spare_per_mille = 70,
	};
	struct ftl *f = new_ftl(&shape);

	for (u32 i = 0; i < 5 * shape.pages; i++)
		ftl_write(f, i % shape.pages, nothing, NULL);
	holds("all was written", f->counts.written == 5 * shape.pages);
	/* What is free in the end was erased, but for what never was in use. */
	holds("blocks were erased", f->counts.erases * shape.block_pages >=
	      4 * shape.pages - shape.pages / 5);
	holds("nothing was moved", !f->counts.moved);
	holds("a program is of the host or of what is moved",
	      f->counts.programs == f->counts.written);
	free_ftl(f);
	result("overwriting in order moves nothing");
}

/* Maps, lists and counts under any mix of writes and trims, on any shape. */
static void any_mix(void)
{
	for (int round = 0; round < 200; round++) {
		const struct ftl_shape shape = {
			.pages = 1 + any(4000), .dies = 1 + any(8),
			.block_pages = 2 + any(60),
			.spare_per_mille = any(4) ? any(300) : 0,
			.endurance = any(3) ? 0 : 1 + any(200),
		};
		struct ftl *f = new_ftl(&shape);
		bool *there = calloc(shape.pages, sizeof(*there));
		u64 trimmed = 0;

		for (u32 i = 0; there && i < 20000; i++) {
			u32 page = any(shape.pages);

			if (!any(4)) {
				trimmed += there[page];
				there[page] = ftl_trim(f, page) && false;
			} else if (ftl_write(f, page, nothing, NULL)) {
				there[page] = true;
			}
		}
		for (u32 page = 0; there && page < shape.pages; page++)
			if ((ftl_find(f, page) != FTL_NONE) != there[page])
				bad = true;
		holds("the maps agree", there && ftl_consistent(f));
		holds("what was there and was trimmed is counted",
		      f->counts.trimmed == trimmed);
		holds("without wear there is no end", shape.endurance ||
		      !f->counts.refused);
		free(there);
		free_ftl(f);
	}
	result("writes and trims at random: all that is known agrees");
}

/*
 * Data fills its blocks to the last page, and all that was moved into the open
 * block was written again: no closed block has a page to win.
 */
static void without_spare(void)
{
	static const u32 trimmed[] = { 1, 2, 3, 5, 6, 7 };
	static const u32 written[] = { 1, 2, 3, 5, 0, 4, 6, 7, 20, 21, 22, 23, 24 };
	const struct ftl_shape shape = { .pages = 32, .dies = 1, .block_pages = 4 };
	struct ftl *f = new_ftl(&shape);

	for (u32 page = 0; page < shape.pages; page++)
		ftl_write(f, page, nothing, NULL);
	for (size_t i = 0; i < sizeof(trimmed) / sizeof(*trimmed); i++)
		ftl_trim(f, trimmed[i]);
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++)
		holds("it can be written", ftl_write(f, written[i], nothing, NULL));
	holds("the maps agree", ftl_consistent(f));
	free_ftl(f);
	result("a device without spare can be written for ever");
}

/* In pieces or at once: the same device. */
static void ages(void)
{
	const struct ftl_shape shape = {
		.pages = 16 * MB, .dies = 4, .block_pages = 32,
		.spare_per_mille = 100,
	};
	struct ftl *at_once = new_ftl(&shape), *pieces = new_ftl(&shape);
	struct ftl_ageing ageing;

	ftl_age(at_once, 500, 3000);
	holds("half is written, and rewritten thrice as much as there is",
	      at_once->counts.written == shape.pages / 2 + 3 * shape.pages &&
	      at_once->mapped == shape.pages / 2);
	ftl_age_begin(pieces, &ageing, 500, 3000);
	while (ftl_age_some(pieces, &ageing, 1 + any(1000)))
		;
	holds("in pieces it is the same",
	      !memcmp(at_once->map, pieces->map, shape.pages * sizeof(u32)));
	free_ftl(at_once);
	free_ftl(pieces);
	result("ageing writes what it says");
}

static void end_of_life(void)
{
	const struct ftl_shape shape = {
		.pages = 8 * MB, .dies = 2, .block_pages = 32,
		.spare_per_mille = 100, .endurance = 50,
	};
	struct ftl *f = new_ftl(&shape);
	u64 blocks, written = 0;
	struct ftl_wear wear;

	for (u32 page = 0; page < shape.pages; page++)
		ftl_write(f, page, nothing, NULL);
	while (ftl_write(f, any(shape.pages), nothing, NULL))
		written++;
	ftl_wear(f, &wear);
	blocks = f->die_blocks * shape.dies;
	printf("# %" PRIu64 " pages written, %" PRIu64 " of %" PRIu64
	       " blocks worn out, erased %u to %u times\n", written,
	       f->counts.worn, blocks, wear.least, wear.most);
	holds("it is read-only", f->read_only);
	holds("all pages are still there", f->mapped == shape.pages &&
	      ftl_consistent(f));
	holds("no block was erased more often than it stands",
	      wear.most <= shape.endurance);
	holds("most of what the blocks stand was used",
	      f->counts.erases * 10 > blocks * shape.endurance * 5);
	holds("a page can be trimmed", ftl_trim(f, 0) && ftl_consistent(f));
	holds("some are worn out", f->counts.worn);
	blocks = f->counts.worn;
	ftl_forget_counts(f);
	holds("and stay so", f->counts.worn == blocks && !f->counts.erases);
	free_ftl(f);
	result("worn-out blocks end in a device that can only be read");
}

/* --- time ------------------------------------------------------------------ */

struct device {
	const struct flashsim_profile *profile;
	struct ftl *ftl;
	struct timing t;
	void *times;
};

static struct device new_device(const char *name, u32 pages)
{
	struct device d = { .profile = flashsim_find_profile(name) };
	struct ftl_shape shape = {
		.pages = pages, .dies = d.profile->dies,
		.block_pages = d.profile->block_pages,
		.spare_per_mille = d.profile->spare_per_mille,
	};

	d.ftl = new_ftl(&shape);
	d.times = memory(timing_size(&d.profile->rates, shape.dies));
	timing_init(&d.t, &d.profile->rates, shape.dies, pages, d.times);
	holds("the rates are valid", timing_rates_valid(&d.profile->rates));
	return d;
}

static void free_device(struct device *d)
{
	free_ftl(d->ftl);
	free(d->times);
}

/* One page at @now; returns when it is done. */
static u64 write_page(struct device *d, u64 now, u32 page)
{
	u64 done = timing_write_begin(&d->t, timing_begin(&d->t, now)), end;

	ftl_write(d->ftl, page, timing_nand, &d->t);
	end = timing_write_end(&d->t, ftl_find(d->ftl, page));
	return d->t.rates.buffer ? done : end;
}

static u64 read_page(struct device *d, u64 now, u32 page)
{
	return timing_read(&d->t, timing_begin(&d->t, now),
			   ftl_find(d->ftl, page));
}

static void single_commands(void)
{
	const char *name;

	for (unsigned int i = 0; (name = flashsim_profiles[i].name); i++) {
		struct device d = new_device(name, 64 * MB);
		const struct timing_rates *r = &d.t.rates;
		u64 now = 1000000000;

		if (r->turn) {
			free_device(&d);
			continue;
		}
		near("write", write_page(&d, now, 5) - now,
		     r->command + r->link +
		     (r->buffer ? 0 : r->channel + r->program), 0);
		now += 1000000000;
		near("read", read_page(&d, now, 5) - now,
		     r->command + r->read + r->channel + r->link, 0);
		now += 1000000000;
		near("read of what was never written",
		     read_page(&d, now, 6) - now, r->command + r->link, 0);
		if (bad)
			printf("# (%s)\n", name);
		free_device(&d);
	}
	result("a single command takes what the profile says");
}

/* Pages a second with @depth reads of random pages on their way. */
static double reads_a_second(struct device *d, u32 pages, int depth)
{
	u64 done[1024] = { 0 }, start, now, last = 0;
	int reads = 20000;

	start = 1000000000;
	for (u32 i = 0; i < d->ftl->shape.dies; i++)
		start = d->t.die_free[i] > start ? d->t.die_free[i] : start;
	for (int i = 0; i < depth; i++)
		done[i] = start;
	for (int i = 0; i < reads; i++) {
		int next = 0;

		for (int j = 1; j < depth; j++)
			if (done[j] < done[next])
				next = j;
		now = done[next];
		done[next] = read_page(d, now, any(pages));
		last = done[next] > last ? done[next] : last;
	}
	return reads * 1e9 / (last - start);
}

static void reads_scale(void)
{
	struct device d = new_device("nvme", 256 * MB);
	const struct timing_rates *r = &d.t.rates;
	double one, four, all, cells, channels, link;

	for (u32 page = 0; page < 256 * MB; page++)
		write_page(&d, 0, page);
	one = reads_a_second(&d, 256 * MB, 1);
	four = reads_a_second(&d, 256 * MB, 4);
	all = reads_a_second(&d, 256 * MB, 512);
	near("reads with one on its way", one,
	     1e9 / (r->command + r->read + r->channel + r->link), 1);
	near("reads with four on their way", four, 4 * one, 100);
	cells = 1e9 / r->read * d.profile->dies;
	channels = 1e9 / r->channel * r->channels;
	link = 1e9 / r->link;
	printf("# reads a second: %.0f, %.0f with 4, %.0f with 512; dies %.0f, channels %.0f, link %.0f\n",
	       one, four, all, cells, channels, link);
	/* Random pages do not keep every die busy all the time. */
	cells = cells < channels ? cells : channels;
	near("reads with 512 on their way", all, cells < link ? cells : link,
	     150);
	free_device(&d);
	result("parallel reads scale with the dies, up to what is shared");
}

/* MB/s of overwriting at random, one command at a time is enough. */
static double writes_a_second(struct device *d, u32 pages, u32 count)
{
	u64 start = 0, now, i;

	for (i = 0; i < d->ftl->shape.dies; i++)
		start = d->t.die_free[i] > start ? d->t.die_free[i] : start;
	now = start;
	for (i = 0; i < count; i++)
		now = write_page(d, now, any(pages));
	return count * 1e9 / (now - start);
}

/* The paper: an aged, full device loses up to 85 % of its write throughput. */
static void aged_is_slow(void)
{
	struct device d = new_device("sata", 256 * MB);
	double fresh, aged, trimmed;

	fresh = writes_a_second(&d, 256 * MB, 32 * MB);
	ftl_age(d.ftl, 1000, 3000);
	aged = writes_a_second(&d, 256 * MB, 256 * MB);
	for (u32 page = 0; page < 256 * MB; page += 2)
		ftl_trim(d.ftl, page);
	trimmed = writes_a_second(&d, 256 * MB, 32 * MB);
	printf("# pages written a second: new %.0f, aged %.0f (%.0f %% less), half trimmed %.0f\n",
	       fresh, aged, 100 - aged * 100 / fresh, trimmed);
	holds("an aged, full device loses 60 to 90 %",
	      aged < fresh * 0.4 && aged > fresh * 0.1);
	holds("discarded space brings half of it back", trimmed > fresh / 2);
	free_device(&d);
	result("an aged, full device loses write throughput as in the paper");
}

static void ocz_table(void)
{
	struct device d = new_device("ocz-vertex", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000;

	holds("write under 0.5 ms", write_page(&d, now, 1) - now < 500000);
	now += 1000000000;
	holds("read under 0.5 ms", read_page(&d, now, 1) - now < 500000);
	near("erase of a block", r->erase, 2e6, 0);
	near("erase block", d.profile->block_pages * 4, 128, 0);
	near("discard of 1 MB", timing_discard(&d.t, now, 1, MB) - now, 55e6, 10);
	near("a read that comes then", read_page(&d, now, 1) - now, 55.3e6, 10);
	now += 1000000000;
	near("discard of 1 GB", timing_discard(&d.t, now, 1, 1024 * MB) - now,
	     417e6, 10);
	free_device(&d);
	result("ocz-vertex: the table of the paper comes out");
}

/* Of a device whose dies are slower than what comes over the link. */
static void buffer_fills(void)
{
	struct device d = new_device("emmc", 256 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 0, begin, slowest = 0;
	u32 pages = 16384;

	holds("the dies are what is slow",
	      r->command + r->link < r->program / d.profile->dies * 0.9);

	for (u32 i = 0; i < pages; i++) {
		begin = now;
		now = write_page(&d, now, i);
		if (i < r->buffer)
			holds("the buffer takes it", now - begin ==
			      r->command + r->link);
		slowest = now - begin > slowest ? now - begin : slowest;
	}
	near("time for a page, over the long run", (double)now / pages,
	     (double)r->program / d.profile->dies, 50);
	near("the longest wait", slowest, r->program, 500);
	free_device(&d);
	result("the write buffer takes what it holds, then the dies count");
}

static void disk_seeks(void)
{
	struct device d = new_device("disk", 1024 * MB);
	const struct timing_rates *r = &d.t.rates;
	double sum = 0;
	u64 now = 0, begin;

	now = timing_disk(&d.t, timing_begin(&d.t, now), 1000, 1);
	begin = now;
	now = timing_disk(&d.t, timing_begin(&d.t, now), 1001, 256);
	near("what follows", now - begin, r->command + 256.0 * r->link, 0);
	begin = timing_disk(&d.t, timing_begin(&d.t, now), 1257, 100);
	near("what waits behind it",
	     timing_disk(&d.t, timing_begin(&d.t, now), 1357, 1) - begin, r->link, 0);
	now = begin + r->link;
	for (int i = 0; i < 2000; i++) {
		begin = now;
		now = timing_disk(&d.t, timing_begin(&d.t, now),
				  any(1024 * MB), 1);
		sum += now - begin;
	}
	/* A mean seek over random distances x is E(sqrt x) = 8/15 of the way. */
	near("a random page", sum / 2000, r->command + r->seek_least +
	     8.0 / 15 * (r->seek_most - r->seek_least) + r->turn / 2.0 +
	     r->link, 50);
	free_device(&d);
	result("disk: the next page at once, a random one after a seek and half a turn");
}

/* Without suspending, a read waits for what its die does, and the others do not. */
static void reads_wait(void)
{
	struct device d = new_device("sata", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000, one = r->command + r->read + r->channel + r->link;
	u32 slow, other;

	for (u32 page = 0; page < d.profile->dies; page++)
		write_page(&d, 0, page);
	/* More than a line remembers, but over. */
	for (u32 i = 0; i < 2 * TIMING_AHEAD; i++)
		read_page(&d, now += 1000000, 1);
	now += 1000000;
	slow = ftl_find(d.ftl, 0);
	/* On another channel. */
	for (other = 0; ftl_find(d.ftl, other) % r->channels == slow % r->channels;)
		other++;
	d.t.arrived = now;
	timing_nand(&d.t, FTL_ERASE, slow);
	near("a read behind an erase", read_page(&d, now, 0) - now,
	     (double)r->erase + r->read + r->channel + r->link, 0);
	near("a read behind a read", read_page(&d, now, 0) - now,
	     (double)r->erase + 2 * r->read + r->channel + r->link, 0);
	near("a read of another die meanwhile", read_page(&d, now, other) - now,
	     one, 0);
	near("a write meanwhile", write_page(&d, now, 100) - now,
	     r->command + r->link, 0);
	free_device(&d);
	result("a read waits for its die, and holds up nobody else");
}

/* One from each die: the cells work at once, the link does not. */
static void link_is_shared(void)
{
	struct device d = new_device("nvme", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000, last = 0, end;

	for (u32 page = 0; page < d.profile->dies; page++)
		write_page(&d, 0, page);
	for (u32 page = 0; page < d.profile->dies; page++) {
		end = read_page(&d, now, page);
		holds("one at a time", end >= last + r->link);
		last = end;
	}
	near("a page from each die", last - now, r->command + r->read + r->channel +
	     d.profile->dies * r->link, 0);
	free_device(&d);
	result("pages go over the link one at a time");
}

/* With one die that never rests, time is what it does. */
static void die_adds_up(void)
{
	const struct ftl_shape shape = {
		.pages = 16 * MB, .dies = 1, .block_pages = 64,
		.spare_per_mille = 100,
	};
	struct device d = { .profile = flashsim_find_profile("sata"),
			    .ftl = new_ftl(&shape) };
	const struct timing_rates *r = &d.profile->rates;
	const struct ftl_counts *c = &d.ftl->counts;

	d.times = memory(timing_size(r, 1));
	timing_init(&d.t, r, 1, shape.pages, d.times);
	ftl_age(d.ftl, 1000, 1000);
	ftl_forget_counts(d.ftl);
	for (u32 i = 0; i < shape.pages; i++)
		write_page(&d, 0, any(shape.pages));
	holds("pages were moved", c->moved > c->written);
	/* It begins with the first, which makes room before it is programmed. */
	near("time of the die", d.t.die_free[0], r->command + r->link +
	     (double)c->programs * r->program + (double)c->moved * r->read +
	     (double)c->erases * r->erase, 0.1);
	free_device(&d);
	result("a die takes the time of its reads, programs and erases");
}

/* The first time from @from on in which none of @nr jobs is at it. */
static u64 first_gap(const u64 *begun, u32 nr, u64 from, u32 cost)
{
	for (u32 i = 0; i < nr; i++)
		if (from < begun[i] + cost && begun[i] < from + cost) {
			from = begun[i] + cost;
			i = -1;
		}
	return from;
}

/* Pages that come to the link in any order, against a search through all of them. */
static void any_order(void)
{
	enum { MANY = TIMING_AHEAD / 2, TIMES = 50 };
	struct device d = new_device("nvme", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000, begun[MANY] = {}, at;
	u32 die;

	d.t.rates.suspend = 0;
	d.t.rates.channel = 0;
	for (u32 time = 0; time < TIMES; time++) {
		now += 1000000000;
		for (u32 i = 0; i < MANY; i++) {
			die = any(d.t.dies);
			at = now + any(MANY * r->link * 2);
			d.t.die_free[die] = at;
			begun[i] = first_gap(begun, i, at + r->read, r->link);
			near("a page in any order", timing_read(&d.t, now, die),
			     begun[i] + (double)r->link, 0);
		}
	}
	free_device(&d);
	result("pages that come to a link in any order go over it as early as may be");
}

/* A line that has more ahead than it can remember forgets gaps, but no job. */
static void much_ahead(void)
{
	struct device d = new_device("sata", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000, last = 0, end;
	u32 many = 3 * TIMING_AHEAD;

	write_page(&d, 0, 0);
	for (u32 i = 0; i < many; i++) {
		end = read_page(&d, now, 0);
		holds("they come in order", end >= last + r->read);
		last = end;
	}
	near("the last of them", last - now, r->command + (double)many * r->read +
	     r->channel + r->link, 0);
	/* For want of memory the others are behind them, but not on top of each other. */
	for (u32 page = 1; page < 4; page++) {
		write_page(&d, now, page);
		end = read_page(&d, now, page);
		holds("the link has one at a time", end >= last + r->link);
		last = end;
	}
	now = last;
	near("the next", read_page(&d, now, 0) - now,
	     r->command + r->read + r->channel + r->link, 0);
	free_device(&d);
	result("a link with much ahead loses nothing");
}

static void discard_costs(void)
{
	struct device d = new_device("nvme", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000, one;

	write_page(&d, 0, 1);
	one = timing_discard(&d.t, now, 3, 2 * MB) - now;
	near("a discard", one, r->discard + 3 * r->discard_range + 2 * r->discard_mb, 0);
	near("the one behind it", timing_discard(&d.t, now, 3, 2 * MB) - now,
	     2 * one, 0);
	near("a read meanwhile", read_page(&d, now, 1) - now,
	     r->command + r->read + r->channel + r->link, 0);
	free_device(&d);
	result("discards cost by command, range and size, one after the other");
}

static void suspend_helps(void)
{
	struct device d = new_device("nvme", 64 * MB);
	const struct timing_rates *r = &d.t.rates;
	u64 now = 1000000000;
	u32 die;

	write_page(&d, 0, 1);
	die = ftl_find(d.ftl, 1);
	d.t.arrived = now;
	timing_nand(&d.t, FTL_ERASE, die);
	near("a read while the die erases", read_page(&d, now, 1) - now,
	     r->command + r->suspend + r->read + r->channel + r->link, 0);
	near("the erase ends later by that", d.t.die_free[die] - now,
	     (double)r->erase + r->suspend + r->read, 0);
	now += 1000000000;
	read_page(&d, now, 1);
	d.t.arrived = now;
	timing_nand(&d.t, FTL_ERASE, die);
	near("an erase that comes during a read waits for it",
	     d.t.die_free[die] - now, (double)r->command + r->read + r->erase, 0);
	free_device(&d);
	result("a read suspends an erase, and delays it");
}

static void refused(void)
{
	struct ftl_shape shape = { .pages = 100, .dies = 1, .block_pages = 2 };
	struct timing_rates rates = { .channels = 1 };

	holds("a good shape", ftl_shape_valid(&shape));
	shape.dies = 0;
	holds("no dies", !ftl_shape_valid(&shape));
	shape = (struct ftl_shape){ .pages = FTL_NONE, .dies = 1, .block_pages = 64 };
	holds("too many pages", !ftl_shape_valid(&shape));
	shape = (struct ftl_shape){ .pages = 10, .dies = 1, .block_pages = 1 };
	holds("blocks of a page", !ftl_shape_valid(&shape));
	/* 2^32 blocks and a few. */
	shape = (struct ftl_shape){
		.pages = 85048859, .dies = 1, .block_pages = 2,
		.spare_per_mille = 100000,
	};
	holds("more blocks than have numbers", !ftl_shape_valid(&shape));
	holds("good rates", timing_rates_valid(&rates));
	rates.channels = 0;
	holds("no channels", !timing_rates_valid(&rates));
	rates = (struct timing_rates){ .channels = 1, .seek_least = 2, .seek_most = 1 };
	holds("seeks the wrong way round", !timing_rates_valid(&rates));
	holds("a name that is none", !flashsim_find_profile("nvm"));
	result("shapes and rates that make no sense are refused");
}

int main(void)
{
	static void (*const tests[])(void) = {
		greedy_formula, trimmed_is_spare, sequential, any_mix,
		without_spare, ages, end_of_life, single_commands, reads_scale,
		reads_wait, link_is_shared, die_adds_up, any_order, much_ahead,
		buffer_fills, aged_is_slow, ocz_table, discard_costs,
		suspend_helps, disk_seeks, refused,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", sizeof(tests) / sizeof(*tests));
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tests[i]();
	return failed != 0;
}
