/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replaying a trace under a predictor.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef _PREFETCHSIM_REPLAY_H
#define _PREFETCHSIM_REPLAY_H

#include "trace.h"

struct replay;

/**
 * struct predictor - What is to be compared.
 * @name: of it, and of its line in the table
 * @about: what it is, a line
 * @demand_last: the page that a fault waits for is submitted behind those that
 *	are read ahead of it, as in Linux 6.12
 * @size: of its state for a mapping, zeroed memory; see @shared
 * @shared: there is one state for all mappings
 * @fault: a page is demanded; reads ahead by replay_read_page() and _slot()
 * @used: a page that was read ahead is touched for the first time; may be NULL,
 *	may read ahead, too
 */
struct predictor {
	const char *name;
	const char *about;
	bool demand_last;
	size_t size;
	bool shared;
	void (*fault)(void *state, struct replay *replay,
		      const struct event *event);
	void (*used)(void *state, struct replay *replay,
		     const struct event *event);
};

/**
 * struct device - What a read costs.
 * @dies: reads that it does at a time
 * @read_ns: of a page, by a die
 * @link_ns: of a page, one at a time
 */
struct device {
	unsigned int dies;
	uint64_t read_ns;
	uint64_t link_ns;
};

/**
 * struct costs - What the rest costs.
 * @fault_ns: of the processor, for a page that is demanded
 * @used_ns: for the first touch of one that was read ahead
 * @issue_ns: for a page that is read ahead
 * @room: pages that may have been read ahead and not been touched yet; the
 *	oldest is dropped for one more
 */
struct costs {
	uint64_t fault_ns;
	uint64_t used_ns;
	uint64_t issue_ns;
	unsigned int room;
};

/**
 * struct figures - What came of it.
 * @touches: pages that were touched and not in memory by themselves
 * @demanded: of these, those that were read when they were touched
 * @issued: pages read ahead
 * @used: of these, those that were touched
 * @late: of these, those that were still on their way
 * @wasted: of those read ahead, those that were dropped or never touched
 * @stall_ns: time that the program waited for the device
 * @run_ns: all of it
 */
struct figures {
	uint64_t touches;
	uint64_t demanded;
	uint64_t issued;
	uint64_t used;
	uint64_t late;
	uint64_t wasted;
	uint64_t stall_ns;
	uint64_t run_ns;
};

extern const struct device replay_nvme;
extern const struct costs replay_costs;

bool replay(const struct trace *trace, const struct predictor *predictor,
	    const struct device *device, const struct costs *costs,
	    struct figures *figures);

bool replay_read_page(struct replay *replay, uint32_t area, uint64_t page);
bool replay_read_slot(struct replay *replay, uint32_t slot);
bool replay_has_page(const struct replay *replay, uint32_t area, uint64_t page);
bool replay_has_slot(const struct replay *replay, uint32_t slot);
uint32_t replay_slots(const struct replay *replay);
void replay_bounds(const struct replay *replay, uint32_t area, uint64_t *first,
		   uint64_t *last);
bool replay_late(const struct replay *replay);
bool replay_alike(const struct replay *replay, uint32_t slot,
		  const struct event *event);

#endif /* _PREFETCHSIM_REPLAY_H */
