// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/config/flashsim/NAME: what a device is, is told, and tells.
 *
 *   mkdir NAME; echo sata >profile; echo 256 >size_mb; echo 1 >power
 *
 * makes /dev/NAME. "profile" sets all the numbers of a device, each can be set
 * after it; they count from the next power on (EBUSY while it is on). What can
 * be told to a device that is on is in its own part below: age, faults, spikes,
 * oracles. "counters" has one line a figure, "name value".
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "flashsim.h"

/* The most MB, bounded by vmalloc() of a guest rather than by numbers. */
#define MOST_MB		65536

static struct flashsim *to_sim(struct config_item *item)
{
	return container_of(to_config_group(item), struct flashsim, group);
}

/* --- settings ----------------------------------------------------------------- */

static int parse_u32(const char *page, u32 *value, u32 least, u32 most)
{
	int error = kstrtou32(page, 0, value);

	if (error)
		return error;
	return *value < least || *value > most ? -ERANGE : 0;
}

/* @do_this if the device is off: EBUSY else. */
#define WHILE_OFF(sim, do_this) ({					\
	int _error = -EBUSY;						\
									\
	mutex_lock(&(sim)->config);					\
	if (!(sim)->disk) {						\
		do_this;						\
		_error = 0;						\
	}								\
	mutex_unlock(&(sim)->config);					\
	_error;								\
})

#define SETTING(name, field, least, most)				\
static ssize_t flashsim_##name##_show(struct config_item *item, char *page) \
{									\
	return sysfs_emit(page, "%u\n", (u32)to_sim(item)->field);	\
}									\
static ssize_t flashsim_##name##_store(struct config_item *item,	\
				       const char *page, size_t count)	\
{									\
	struct flashsim *sim = to_sim(item);				\
	u32 value;							\
	int error;							\
									\
	error = parse_u32(page, &value, least, most) ?:			\
		WHILE_OFF(sim, sim->field = value);			\
	return error ?: count;						\
}									\
CONFIGFS_ATTR(flashsim_, name)

#define NS	4000000000U

SETTING(size_mb, size_mb, 1, MOST_MB);
SETTING(fit, fit, 0, 1);
SETTING(seed, seed, 0, U32_MAX);
SETTING(oracle_data, data, 0, 1);
SETTING(command_ns, set.rates.command, 0, NS);
SETTING(link_ns, set.rates.link, 0, NS);
SETTING(channel_ns, set.rates.channel, 0, NS);
SETTING(read_ns, set.rates.read, 0, NS);
SETTING(program_ns, set.rates.program, 0, NS);
SETTING(erase_ns, set.rates.erase, 0, NS);
SETTING(suspend_ns, set.rates.suspend, 0, NS);
SETTING(discard_ns, set.rates.discard, 0, NS);
SETTING(discard_range_ns, set.rates.discard_range, 0, NS);
SETTING(discard_mb_ns, set.rates.discard_mb, 0, NS);
SETTING(discard_blocks, set.rates.discard_blocks, 0, 1);
SETTING(discard_ranges, set.discard_ranges, 0, 256);
SETTING(seek_least_ns, set.rates.seek_least, 0, NS);
SETTING(seek_most_ns, set.rates.seek_most, 0, NS);
SETTING(turn_ns, set.rates.turn, 0, NS);
SETTING(channels, set.rates.channels, 1, TIMING_CHANNELS);
SETTING(buffer_pages, set.rates.buffer, 0, TIMING_BUFFER);
SETTING(dies, set.dies, 1, FTL_DIES);
SETTING(block_pages, set.block_pages, 2, FTL_BLOCK_PAGES);
SETTING(spare_per_mille, set.spare_per_mille, 0, 100000);
SETTING(endurance, set.endurance, 0, U32_MAX);
SETTING(queue_depth, set.queue_depth, 1, 1024);
SETTING(one_queue, set.one_queue, 0, 1);
SETTING(rotational, set.rotational, 0, 1);

static ssize_t flashsim_profile_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n", to_sim(item)->profile);
}

static void take_profile(struct flashsim *sim,
			 const struct flashsim_profile *profile)
{
	sim->set = *profile;
	strscpy(sim->profile, profile->name, sizeof(sim->profile));
}

static ssize_t flashsim_profile_store(struct config_item *item,
				      const char *page, size_t count)
{
	struct flashsim *sim = to_sim(item);
	const struct flashsim_profile *profile;
	char name[16];
	int error;

	if (strscpy(name, page, sizeof(name)) < 0)
		return -EINVAL;
	profile = flashsim_find_profile(strim(name));
	if (!profile)
		return -EINVAL;
	error = WHILE_OFF(sim, take_profile(sim, profile));
	return error ?: count;
}
CONFIGFS_ATTR(flashsim_, profile);

static ssize_t flashsim_power_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", !!to_sim(item)->disk);
}

static ssize_t flashsim_power_store(struct config_item *item,
				    const char *page, size_t count)
{
	struct flashsim *sim = to_sim(item);
	int error;
	bool on;

	error = kstrtobool(page, &on);
	if (error)
		return error;
	mutex_lock(&sim->config);
	if (on && !sim->disk)
		error = flashsim_power_on(sim);
	else if (!on && sim->disk)
		flashsim_power_off(sim);
	mutex_unlock(&sim->config);
	return error ?: count;
}
CONFIGFS_ATTR(flashsim_, power);

/* --- while it is on ----------------------------------------------------------- */

/* @do_this with @model, if the device is on: ENODEV else. */
#define WHILE_ON(sim, do_this) ({					\
	int _error = -ENODEV;						\
									\
	mutex_lock(&(sim)->config);					\
	if ((sim)->disk) {						\
		spin_lock_irq(&(sim)->model);				\
		do_this;						\
		spin_unlock_irq(&(sim)->model);				\
		_error = 0;						\
	}								\
	mutex_unlock(&(sim)->config);					\
	_error;								\
})

/* All but the wear, and offences. Called with @model. */
static void forget_counts(struct flashsim *sim)
{
	ftl_forget_counts(&sim->ftl);
	memset(&sim->counts, 0, sizeof(sim->counts));
	sim->busy_since = ktime_get_ns();
}

/* In pieces: it may be many times the device. Called with @config. */
static int age(struct flashsim *sim, u32 filled, u32 rewrites)
{
	struct ftl_ageing ageing;
	bool more;

	if (!sim->disk)
		return -ENODEV;
	ftl_age_begin(&sim->ftl, &ageing, filled, rewrites);
	do {
		spin_lock_irq(&sim->model);
		more = ftl_age_some(&sim->ftl, &ageing, FLASHSIM_CHUNK);
		forget_counts(sim);
		spin_unlock_irq(&sim->model);
		if (more && fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	} while (more);
	return 0;
}

/* "FILLED REWRITES", per mille of the pages; the counters are zero afterwards. */
static ssize_t flashsim_age_store(struct config_item *item, const char *page,
				  size_t count)
{
	struct flashsim *sim = to_sim(item);
	u32 filled, rewrites;
	int error;
	char more;

	if (sscanf(page, "%u %u %c", &filled, &rewrites, &more) != 2)
		return -EINVAL;
	if (filled > 1000 || rewrites > 100000)
		return -ERANGE;
	mutex_lock(&sim->config);
	error = age(sim, filled, rewrites);
	mutex_unlock(&sim->config);
	return error ?: count;
}
CONFIGFS_ATTR_WO(flashsim_, age);

static int parse_fault(const char *text, struct flashsim_fault *fault)
{
	static const struct {
		const char *name;
		enum req_op op;
		blk_opf_t flags;
	} ops[] = {
		{ "read", REQ_OP_READ },
		{ "ahead", REQ_OP_READ, REQ_RAHEAD },
		{ "write", REQ_OP_WRITE },
		{ "discard", REQ_OP_DISCARD },
	};
	char name[8], more;

	if (sscanf(text, "%7s %u %u %u %c", name, &fault->from, &fault->to,
		   &fault->per_mille, &more) != 4)
		return -EINVAL;
	if (fault->from > fault->to || fault->per_mille > 1000)
		return -ERANGE;
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		if (strcmp(ops[i].name, name))
			continue;
		fault->op = ops[i].op;
		fault->flags = ops[i].flags;
		return 0;
	}
	return -EINVAL;
}

/* "read|ahead|write|discard FROM TO PER_MILLE": one more rule; "none": no rule. */
static ssize_t flashsim_fault_store(struct config_item *item, const char *page,
				    size_t count)
{
	struct flashsim *sim = to_sim(item);
	struct flashsim_fault fault;
	bool full = false;
	int error;

	if (sysfs_streq(page, "none")) {
		error = WHILE_ON(sim, sim->nr_faults = 0);
		return error ?: count;
	}
	error = parse_fault(page, &fault);
	if (error)
		return error;
	error = WHILE_ON(sim, {
		full = sim->nr_faults == FLASHSIM_FAULTS;
		if (!full)
			sim->fault[sim->nr_faults++] = fault;
	});
	return error ?: full ? -ENOSPC : count;
}
CONFIGFS_ATTR_WO(flashsim_, fault);

/* "PER_MILLE NANOSECONDS" */
static ssize_t flashsim_spike_store(struct config_item *item, const char *page,
				    size_t count)
{
	struct flashsim *sim = to_sim(item);
	u32 per_mille, ns;
	int error;
	char more;

	if (sscanf(page, "%u %u %c", &per_mille, &ns, &more) != 2)
		return -EINVAL;
	if (per_mille > 1000 || ns > NS)
		return -ERANGE;
	error = WHILE_ON(sim, {
		sim->spike_per_mille = per_mille;
		sim->spike_ns = ns;
	});
	return error ?: count;
}
CONFIGFS_ATTR_WO(flashsim_, spike);

/* "PAGE": its data changes by a bit, below all that knows of it. */
static ssize_t flashsim_corrupt_store(struct config_item *item,
				      const char *page, size_t count)
{
	struct flashsim *sim = to_sim(item);
	bool there = false;
	u32 which;
	int error;

	error = parse_u32(page, &which, 0, U32_MAX) ?: WHILE_ON(sim, {
		there = which < sim->ftl.shape.pages;
		if (there)
			((u8 *)sim->store)[(size_t)which << PAGE_SHIFT] ^= 1;
	});
	return error ?: there ? count : -ERANGE;
}
CONFIGFS_ATTR_WO(flashsim_, corrupt);

static ssize_t flashsim_oracle_read_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", to_sim(item)->oracle.reads);
}

static ssize_t flashsim_oracle_read_store(struct config_item *item,
					  const char *page, size_t count)
{
	struct flashsim *sim = to_sim(item);
	int error;
	bool on;

	error = kstrtobool(page, &on) ?:
		WHILE_ON(sim, sim->oracle.reads = on);
	return error ?: count;
}
CONFIGFS_ATTR(flashsim_, oracle_read);

static ssize_t flashsim_oracle_trim_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", to_sim(item)->trim);
}

static ssize_t flashsim_oracle_trim_store(struct config_item *item,
					  const char *page, size_t count)
{
	struct flashsim *sim = to_sim(item);
	int error;
	bool on;

	error = kstrtobool(page, &on) ?:
		WHILE_ON(sim, WRITE_ONCE(sim->trim, on));
	return error ?: count;
}
CONFIGFS_ATTR(flashsim_, oracle_trim);

static ssize_t emit_counters(struct flashsim *sim, char *page)
{
	const struct ftl_counts *nand = &sim->ftl.counts;
	const struct flashsim_counts *host = &sim->counts;
	struct ftl_wear wear;
	int at = 0;

	ftl_wear(&sim->ftl, &wear);
#define LINE(name, value)						\
	(at += sysfs_emit_at(page, at, name " %llu\n", (u64)(value)))
	LINE("host_pages_read", host->read);
	LINE("host_pages_written", host->written);
	LINE("host_pages_discarded", host->discarded);
	LINE("host_commands", host->commands);
	LINE("host_discard_ranges", host->ranges);
	LINE("host_failed", host->failed);
	LINE("nand_pages_programmed", nand->programs);
	LINE("nand_pages_moved", nand->moved);
	LINE("nand_pages_read", nand->moved + host->nand_read);
	LINE("nand_erases", nand->erases);
	LINE("nand_blocks_worn", nand->worn);
	LINE("nand_writes_refused", nand->refused);
	LINE("pages_mapped", sim->ftl.mapped);
	LINE("pages_trimmed", nand->trimmed);
	LINE("write_amplification_milli", nand->written ?
	     div64_u64(nand->programs * 1000, nand->written) : 0);
	LINE("block_pages", sim->ftl.shape.block_pages);
	LINE("erases_least", wear.least);
	LINE("erases_most", wear.most);
	LINE("erases_mean_centi", wear.mean_centi);
	LINE("queue_depth_most", host->depth_most);
	LINE("queue_depth_mean_centi", host->commands ?
	     div64_u64(host->depth_sum * 100, host->commands) : 0);
	LINE("busy_ns", host->busy_ns +
	     (sim->depth ? ktime_get_ns() - sim->busy_since : 0));
	LINE("own_cpu_ns", host->own_ns);
	LINE("oracle_overlap", sim->oracle.trips[TRIP_OVERLAP]);
	LINE("oracle_unwritten", sim->oracle.trips[TRIP_UNWRITTEN]);
	LINE("oracle_data", sim->oracle.trips[TRIP_DATA]);
	LINE("read_only", sim->ftl.read_only);
#undef LINE
	return at;
}

static ssize_t flashsim_counters_show(struct config_item *item, char *page)
{
	struct flashsim *sim = to_sim(item);
	ssize_t size = 0;
	int error = WHILE_ON(sim, size = emit_counters(sim, page));

	return error ?: size;
}

/* 0: all of them are zero again; the wear is not. */
static ssize_t flashsim_counters_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct flashsim *sim = to_sim(item);
	int error;

	if (!sysfs_streq(page, "0"))
		return -EINVAL;
	error = WHILE_ON(sim, {
		forget_counts(sim);
		memset(sim->oracle.trips, 0, sizeof(sim->oracle.trips));
	});
	return error ?: count;
}
CONFIGFS_ATTR(flashsim_, counters);

static struct configfs_attribute *flashsim_attrs[] = {
	&flashsim_attr_profile,
	&flashsim_attr_size_mb,
	&flashsim_attr_fit,
	&flashsim_attr_seed,
	&flashsim_attr_oracle_data,
	&flashsim_attr_command_ns,
	&flashsim_attr_link_ns,
	&flashsim_attr_channel_ns,
	&flashsim_attr_read_ns,
	&flashsim_attr_program_ns,
	&flashsim_attr_erase_ns,
	&flashsim_attr_suspend_ns,
	&flashsim_attr_discard_ns,
	&flashsim_attr_discard_range_ns,
	&flashsim_attr_discard_mb_ns,
	&flashsim_attr_discard_blocks,
	&flashsim_attr_discard_ranges,
	&flashsim_attr_seek_least_ns,
	&flashsim_attr_seek_most_ns,
	&flashsim_attr_turn_ns,
	&flashsim_attr_channels,
	&flashsim_attr_buffer_pages,
	&flashsim_attr_dies,
	&flashsim_attr_block_pages,
	&flashsim_attr_spare_per_mille,
	&flashsim_attr_endurance,
	&flashsim_attr_queue_depth,
	&flashsim_attr_one_queue,
	&flashsim_attr_rotational,
	&flashsim_attr_power,
	&flashsim_attr_age,
	&flashsim_attr_fault,
	&flashsim_attr_spike,
	&flashsim_attr_corrupt,
	&flashsim_attr_oracle_read,
	&flashsim_attr_oracle_trim,
	&flashsim_attr_counters,
	NULL,
};

/* --- directories ---------------------------------------------------------------- */

static void release_sim(struct config_item *item)
{
	kfree(to_sim(item));
}

static struct configfs_item_operations sim_ops = {
	.release = release_sim,
};

static const struct config_item_type sim_type = {
	.ct_item_ops = &sim_ops,
	.ct_attrs = flashsim_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_group *make_sim(struct config_group *group,
				     const char *name)
{
	struct flashsim *sim;

	if (strlen(name) >= DISK_NAME_LEN)
		return ERR_PTR(-ENAMETOOLONG);
	sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return ERR_PTR(-ENOMEM);
	mutex_init(&sim->config);
	spin_lock_init(&sim->model);
	sim->size_mb = 256;
	sim->fit = true;
	take_profile(sim, &flashsim_profiles[0]);
	config_group_init_type_name(&sim->group, name, &sim_type);
	return &sim->group;
}

static void drop_sim(struct config_group *group, struct config_item *item)
{
	struct flashsim *sim = to_sim(item);

	mutex_lock(&sim->config);
	if (sim->disk)
		flashsim_power_off(sim);
	mutex_unlock(&sim->config);
	config_item_put(item);
}

static struct configfs_group_operations root_ops = {
	.make_group = make_sim,
	.drop_item = drop_sim,
};

static const struct config_item_type root_type = {
	.ct_group_ops = &root_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem flashsim_subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "flashsim",
			.ci_type = &root_type,
		},
	},
};

static int __init flashsim_init(void)
{
	config_group_init(&flashsim_subsystem.su_group);
	mutex_init(&flashsim_subsystem.su_mutex);
	return configfs_register_subsystem(&flashsim_subsystem);
}

static void __exit flashsim_exit(void)
{
	configfs_unregister_subsystem(&flashsim_subsystem);
}

module_init(flashsim_init);
module_exit(flashsim_exit);
MODULE_DESCRIPTION("A block device that behaves as flash");
MODULE_AUTHOR("The FlashVM authors");
MODULE_LICENSE("GPL");
