// SPDX-License-Identifier: GPL-2.0
/*
 *		Tests of the simulator
 *
 * What the traces say and what is counted; and that each predictor does what it
 * is known for, where that can be worked out by hand. TAP.
 *
 * Copyright (C) 2026 The FlashVM authors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/array_size.h>

#include "convert.h"
#include "generate.h"
#include "predictors.h"

static int number, failed;
static bool sound;

static void expect(bool condition, const char *what, uint64_t got)
{
	if (condition)
		return;
	printf("# not so: %s (got %" PRIu64 ")\n", what, got);
	sound = false;
}

#define EXPECT(condition, got) expect(condition, #condition, got)

static void test(const char *name, void (*function)(void))
{
	sound = true;
	function();
	printf("%s %d - %s\n", sound ? "ok" : "not ok", ++number, name);
	failed += !sound;
}

static char path[32];

static struct trace made(const char *pattern)
{
	struct trace trace = { };

	EXPECT(generate(&trace, pattern, 4096, 2, 3000), 0);
	return trace;
}

static struct figures replayed(const struct trace *trace,
			       const struct predictor *predictor)
{
	struct figures figures;

	EXPECT(replay(trace, predictor, &replay_nvme, &replay_costs, &figures), 0);
	EXPECT(figures.touches == figures.demanded + figures.used,
	       figures.touches);
	EXPECT(figures.issued == figures.used + figures.wasted, figures.issued);
	EXPECT(figures.late <= figures.used, figures.late);
	return figures;
}

static struct figures on(const char *pattern, const struct predictor *predictor)
{
	struct trace trace = made(pattern);
	struct figures figures = replayed(&trace, predictor);

	trace_free(&trace);
	return figures;
}

/* --- traces -------------------------------------------------------------- */

static void read_back(void)
{
	struct trace trace = made("random"), again = { };

	EXPECT(trace_write(&trace, path), 0);
	EXPECT(trace_read(&again, path), 0);
	EXPECT(again.nr == trace.nr, again.nr);
	for (size_t i = 0; i < trace.nr && i < again.nr; i++)
		if (trace.event[i].kind != again.event[i].kind ||
		    trace.event[i].page != again.event[i].page ||
		    trace.event[i].slot != again.event[i].slot ||
		    trace.event[i].area != again.event[i].area ||
		    trace.event[i].think_ns != again.event[i].think_ns)
			EXPECT(!"the same", i);
	trace_free(&trace);
	trace_free(&again);
}

static void refuse(const char *text, size_t length)
{
	FILE *file = fopen(path, "wb");
	struct trace trace = { };

	if (!file || fwrite(text, 1, length, file) != length || fclose(file))
		abort();
	EXPECT(!trace_read(&trace, path), 0);
	EXPECT(!trace.nr && !trace.event, trace.nr);
}

static void broken(void)
{
	static const char good[] = "flashvm prefetch trace 1\n\2\2\2";

	refuse("", 0);
	refuse("flashvm", 7);
	refuse("another prefetch trace 1\n", 25);
	refuse(good, sizeof(good) - 1);		/* cut off in its first event */
	refuse("flashvm prefetch trace 1\n\2\377\377\377\377\377\377\1\2\1", 35);
	refuse("flashvm prefetch trace 1\n\3\2", 27);		/* has a page */
}

static void add(struct trace *trace, enum event_kind kind, uint64_t page,
		uint32_t slot)
{
	struct event event = {
		.kind = kind, .has_page = kind == TRACE_FAULT, .page = page,
		.slot = slot,
	};

	trace_add(trace, &event);
}

static void completed(void)
{
	struct trace trace = { };

	add(&trace, TRACE_EVICT, 0, 5);		/* freed, see the next of it */
	add(&trace, TRACE_EVICT, 0, 6);		/* page 40 */
	add(&trace, TRACE_EVICT, 0, 5);		/* page 50 */
	add(&trace, TRACE_EVICT, 0, 7);		/* nobody's */
	add(&trace, TRACE_FAULT, 50, 5);
	add(&trace, TRACE_FAULT, 40, 6);
	add(&trace, TRACE_EVICT, 0, 6);		/* page 41 now */
	add(&trace, TRACE_FAULT, 41, 6);
	trace_complete(&trace);
	EXPECT(trace.nr == 7, trace.nr);
	EXPECT(trace.event[0].page == 40 && trace.event[0].has_page,
	       trace.event[0].page);
	EXPECT(trace.event[1].page == 50 && trace.event[1].has_page,
	       trace.event[1].page);
	EXPECT(!trace.event[2].has_page && trace.event[2].area == TRACE_NOBODY,
	       trace.event[2].area);
	EXPECT(trace.event[5].page == 41, trace.event[5].page);
	trace_free(&trace);
}

static void from_kernel(void)
{
	static const char text[] =
"# tracer: nop\n"
" walk-89 [000] d..1. 1.000100: flashvm_evict: dev=259:0 slot=9\n"
" walk-89 [000] d..1. 1.000150: flashvm_evict: dev=259:0 slot=10\n"
" walk-89 [000] ..... 1.000200: flashvm_fault: dev=259:0 slot=9 address=0x7f0000003000 vma=00000000abcd predictor=none space=address step=0 planned=0 picked=0 issued=0\n"
" walk-89 [000] ..... 1.000210: flashvm_fault: dev=253:0 slot=1 address=0x5000 vma=00000000abcd predictor=none\n"
" walk-89 [000] d.h.. 1.000280: flashvm_io: dev=259:0 op=read slot=9 pages=1 latency_us=80 error=0\n"
" walk-89 [000] d.h.. 1.000281: flashvm_io: dev=259:0 op=write slot=9 pages=1 latency_us=80 error=0\n"
" kw-5 [001] ..... 1.000300: flashvm_fault: dev=259:0 slot=10 address=0 vma=0 predictor=none\n"
" kw-5 [001] ..... 1.000300: sched_switch: prev_comm=a slot=1\n";
	FILE *file = fopen(path, "w");
	struct trace trace = { };

	if (!file || fputs(text, file) == EOF || fclose(file))
		abort();
	EXPECT(convert(&trace, path), 0);
	EXPECT(trace.nr == 4, trace.nr);
	EXPECT(trace.event[0].page == 0x7f0000003, trace.event[0].page);
	EXPECT(trace.event[2].has_page && trace.event[2].slot == 9,
	       trace.event[2].slot);
	EXPECT(!trace.event[3].has_page && trace.event[3].area == 1,
	       trace.event[3].area);
	EXPECT(trace.event[3].think_ns / 1000 == 20 ||
	       trace.event[3].think_ns / 1000 == 19, trace.event[3].think_ns);
	trace_free(&trace);
}

static void large_folios(void)
{
	static const char text[] =
" kswapd0-30 [000] d.h.. 1.000281: flashvm_io: dev=259:0 op=write slot=512 pages=512 latency_us=80 error=0\n"
" kswapd0-30 [000] d..1. 1.000400: flashvm_evict: dev=259:0 slot=512\n"
" walk-89 [000] ..... 1.000500: flashvm_fault: dev=259:0 slot=600 address=0x7f0000003000 vma=00000000abcd predictor=none\n"
" walk-89 [000] d..1. 1.000600: flashvm_evict: dev=259:0 slot=512\n";
	FILE *file = fopen(path, "w");
	struct trace trace = { };

	if (!file || fputs(text, file) == EOF || fclose(file))
		abort();
	EXPECT(convert(&trace, path), 0);
	/* Slot 512 was freed in between, 511 others were evicted. */
	EXPECT(trace.nr == 513, trace.nr);
	EXPECT(trace.event[0].slot == 513, trace.event[0].slot);
	EXPECT(trace.event[87].slot == 600 && trace.event[87].page == 0x7f0000003,
	       trace.event[87].slot);
	EXPECT(trace.event[511].kind == TRACE_FAULT, trace.event[511].kind);
	EXPECT(trace.event[512].slot == 512, trace.event[512].slot);
	trace_free(&trace);
}

static void from_nothing(void)
{
	struct trace trace = { };

	refuse("# tracer: nop\n", 14);
	EXPECT(!convert(&trace, path), 0);
	EXPECT(!convert(&trace, "/nonexistent"), 0);
}

/* --- the replay ---------------------------------------------------------- */

static void costs(void)
{
	struct trace trace = made("random");
	struct figures figures = replayed(&trace, &nothing);
	uint64_t think_ns = 0;

	for (size_t i = 0; i < trace.nr; i++)
		think_ns += trace.event[i].think_ns;
	EXPECT(figures.demanded == figures.touches, figures.demanded);
	EXPECT(figures.stall_ns == figures.touches *
	       (replay_nvme.read_ns + replay_nvme.link_ns), figures.stall_ns);
	EXPECT(figures.run_ns == figures.stall_ns + think_ns +
	       figures.touches * replay_costs.fault_ns, figures.run_ns);
	trace_free(&trace);
}

static void reads_all_slots(void *state, struct replay *replay,
			    const struct event *event)
{
	(void)state;
	(void)event;
	for (uint32_t slot = 0; slot < replay_slots(replay) + 2; slot++)
		replay_read_slot(replay, slot);
}

/* Who reads everything at each fault has what there is room for. */
static void room(void)
{
	const struct predictor greedy = {
		.name = "greedy", .fault = reads_all_slots,
	};
	struct costs few = replay_costs;
	struct trace trace = made("sequential");
	struct figures figures;

	few.room = 10;
	EXPECT(replay(&trace, &greedy, &replay_nvme, &few, &figures), 0);
	EXPECT(figures.issued == figures.used + figures.wasted, figures.issued);
	EXPECT(figures.wasted > 100 * figures.used, figures.used);
	trace_free(&trace);
}

static void late(void)
{
	struct costs instant = replay_costs;
	struct trace trace = made("sequential");
	struct figures figures;

	instant.issue_ns = 0;
	instant.used_ns = 0;
	for (size_t i = 0; i < trace.nr; i++)
		trace.event[i].think_ns = 0;
	EXPECT(replay(&trace, &leap_address, &replay_nvme, &instant, &figures), 0);
	/* The link brings one page after the other; stock waits for the last. */
	EXPECT(figures.late > figures.used / 10, figures.late);
	trace_free(&trace);
}

/* --- predictors ---------------------------------------------------------- */

static void random_order(void)
{
	static const struct predictor *const silent[] = {
		&leap_address, &leap_slot, &stock_vma_3, &stock_cluster_3,
	};
	struct figures figures;

	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		figures = on("random", silent[i]);
		/* Stock begins with a window, and hits by chance keep it up. */
		EXPECT(figures.issued * (i < 2 ? 50 : 10) <= figures.touches,
		       figures.issued);
	}
	/* In a memory so small chance has walks, too. */
	figures = on("random", &flashvm);
	EXPECT(figures.wasted * 100 <= figures.touches, figures.wasted);
	EXPECT(figures.issued * 10 <= figures.touches, figures.issued);
}

/* A window of 8 or 32 is demanded once, and all of it used. */
static void stock_in_order(void)
{
	struct figures vma = on("sequential", &stock_vma_3);
	struct figures deep = on("sequential", &stock_vma_5);
	struct figures cluster = on("sequential", &stock_cluster_3);

	EXPECT(vma.demanded >= vma.touches / 8 &&
	       vma.demanded <= vma.touches / 8 + 10, vma.demanded);
	EXPECT(deep.demanded >= deep.touches / 32 &&
	       deep.demanded <= deep.touches / 32 + 20, deep.demanded);
	EXPECT(cluster.demanded >= cluster.touches / 8 &&
	       cluster.demanded <= cluster.touches / 8 + 10, cluster.demanded);
	EXPECT(!vma.wasted && !deep.wasted, vma.wasted);
}

static void stock_backward(void)
{
	struct figures vma = on("reverse", &stock_vma_3);

	EXPECT(vma.demanded <= vma.touches / 8 + 20, vma.demanded);
}

/* VMA readahead sees no neighbours in a stride, but for its first window. */
static void stock_strides(void)
{
	struct figures vma = on("stride:5", &stock_vma_5);

	EXPECT(vma.issued && vma.issued < vma.touches / 64, vma.issued);
	EXPECT(vma.demanded >= vma.touches - vma.issued, vma.demanded);
}

static void leap_strides(void)
{
	struct figures leap = on("stride:-16", &leap_address);

	/* Windows of 8: one in nine is demanded. */
	EXPECT(leap.demanded >= leap.touches / 9 &&
	       leap.demanded <= leap.touches / 7, leap.demanded);
}

/* Two streams that take turns have no distance in common with the next. */
static void leap_interleaved(void)
{
	struct figures leap = on("interleaved:2", &leap_address);

	EXPECT(leap.used < leap.touches * 2 / 3, leap.used);
}

/* Three faults for the start of a walk, and one touch in a hundred. */
static void flashvm_follows(const char *pattern, unsigned int walks)
{
	struct figures figures = on(pattern, &flashvm);

	EXPECT(figures.demanded <= figures.touches / 100 + 3 * walks,
	       figures.demanded);
	EXPECT(figures.wasted * 20 <= figures.issued, figures.wasted);
}

static void flashvm_in_order(void)
{
	flashvm_follows("sequential", 2);
	flashvm_follows("reverse", 2);
}

static void flashvm_strides(void)
{
	static const char *const patterns[] = {
		"stride:2", "stride:3", "stride:5", "stride:7", "stride:-5",
		"stride:16",
	};
	struct figures near = on("stride:7", &neighbours);

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		flashvm_follows(patterns[i], 2 * abs(atoi(patterns[i] + 7)));
	EXPECT(near.demanded * 2 >= near.touches, near.demanded);
}

static void flashvm_interleaved(void)
{
	flashvm_follows("interleaved:2", 4);
	flashvm_follows("interleaved:4", 8);
}

/* Shared memory has no pages here: slots alone. */
static void without_pages(void)
{
	static const struct predictor *const some[] = {
		&stock_vma_3, &stock_cluster_3, &leap_slot, &flashvm,
	};
	struct trace trace = made("sequential");
	struct figures figures;

	for (size_t i = 0; i < trace.nr; i++)
		trace.event[i].has_page = false;
	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		figures = replayed(&trace, some[i]);
		EXPECT(figures.demanded <= figures.touches / 6, figures.demanded);
	}
	figures = replayed(&trace, &leap_address);
	EXPECT(!figures.issued, figures.issued);
	trace_free(&trace);
}

static void no_such_pattern(void)
{
	static const char *const bad[] = {
		"", "sequentia", "stride:0", "stride:x", "stride:4096",
		"interleaved:0", "interleaved:-1", "interleaved:4096",
	};
	struct trace trace = { };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT(!generate(&trace, bad[i], 4096, 2, 0), i);
		EXPECT(!trace.nr, trace.nr);
	}
}

int main(void)
{
	int file;

	snprintf(path, sizeof(path), "/tmp/prefetchsim-XXXXXX");
	file = mkstemp(path);
	/* Refusals are asked for. */
	if (file < 0 || !freopen("/dev/null", "w", stderr))
		abort();
	close(file);
	test("a trace is read as it was written", read_back);
	test("whose the pages are that leave memory", completed);
	test("the kernel's trace", from_kernel);
	test("the kernel's trace of large folios", large_folios);
	test("each touch costs what it costs", costs);
	test("no more is read ahead than there is room for", room);
	test("what is on its way is waited for", late);
	test("random access: next to nothing is read ahead", random_order);
	test("stock, in order: once a window", stock_in_order);
	test("stock, backward: once a window", stock_backward);
	test("stock, strides: each page", stock_strides);
	test("Leap, strides: once a window", leap_strides);
	test("Leap, two streams: no trend", leap_interleaved);
	test("FlashVM, in order", flashvm_in_order);
	test("FlashVM, strides", flashvm_strides);
	test("FlashVM, four streams", flashvm_interleaved);
	test("shared memory: slots alone", without_pages);
	test("patterns that there are not", no_such_pattern);
	test("files that are no traces", broken);
	test("a trace of the kernel without events", from_nothing);
	unlink(path);
	printf("1..%d\n", number);
	return failed != 0;
}
