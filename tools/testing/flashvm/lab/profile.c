// SPDX-License-Identifier: GPL-2.0
/*
 * profile - a plugin of QEMU that counts the instructions of a guest.
 *
 * In virtual time an instruction is a nanosecond, so what counts instructions knows
 * where the time goes, to the last one, and disturbs nothing: a run takes the same
 * virtual time with it and without. QEMU translates code in blocks that end with a
 * jump; each block gets a counter. (A block that a fault ends in its middle counts as
 * a whole.) A repeated string instruction counts once for each repetition.
 *
 * Counted is what lies between two marks in the guest: no-operations with an operand
 * that nobody else has (timed.c, mark()). Without marks all that ran since the boot is
 * counted.
 *
 * Argument: out=FILE, into which go lines "ADDRESS INSTRUCTIONS" of the blocks of the
 * kernel, in hexadecimal and decimal, and one of the address 0 for all of user space.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

int qemu_plugin_version = 1;

/* nopl 0x5A4D5246(%rax,%rax,1), the mark of timed.c */
static const uint8_t mark[] = { 0x0f, 0x1f, 0x84, 0x00, 'F', 'R', 'M', 'Z' };

/* Blocks by address, a hash table that is never full: a kernel has 200,000. */
#define BLOCKS_BITS	21
#define BLOCKS		0x200000u	/* 2 ^ BLOCKS_BITS */

/**
 * struct block - A block of the kernel.
 * @address: of its first instruction; 0: the place is free
 * @count: instructions that were executed
 * @at_mark: the same at the first mark, then between the marks
 */
struct block {
	uint64_t address;
	uint64_t count;
	uint64_t at_mark;
};

static struct block *blocks;
static struct block user;
static unsigned int used, marks;
static const char *path;

static struct block *block_at(uint64_t address)
{
	uint64_t hash = address * 0x9e3779b97f4a7c15ull;
	uint32_t i;

	for (i = hash >> (64 - BLOCKS_BITS);
	     blocks[i].address && blocks[i].address != address;
	     i = (i + 1) % BLOCKS)
		;
	if (!blocks[i].address && ++used > BLOCKS / 4 * 3) {
		fprintf(stderr, "profile: too many blocks of code\n");
		exit(1);
	}
	blocks[i].address = address;
	return &blocks[i];
}

/* The first mark begins what is counted, the second ends it, others are nothing. */
static void pass(struct block *block)
{
	if (marks <= 2)
		block->at_mark = block->count - block->at_mark;
}

static void on_mark(unsigned int cpu, void *data)
{
	uint32_t i;

	(void)cpu;
	(void)data;
	marks++;
	pass(&user);
	for (i = 0; i < BLOCKS; i++)
		pass(&blocks[i]);
}

static void count(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t i, nr = qemu_plugin_tb_n_insns(tb);
	bool kernel = address >> 63;
	struct qemu_plugin_insn *insn;
	uint64_t *counter;

	(void)id;
	counter = kernel ? &block_at(address)->count : &user.count;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64, counter, nr);
	for (i = 0; i < nr && !kernel; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (qemu_plugin_insn_size(insn) == sizeof(mark) &&
		    !memcmp(qemu_plugin_insn_data(insn), mark, sizeof(mark)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
							       NO_REGISTERS, NULL);
	}
}

static void report(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(path, "w");
	uint32_t i;

	(void)id;
	(void)data;
	if (!file) {
		perror(path);
		return;
	}
	fprintf(file, "0 %" PRIu64 "\n", marks >= 2 ? user.at_mark : user.count);
	for (i = 0; i < BLOCKS; i++) {
		uint64_t nr = marks >= 2 ? blocks[i].at_mark : blocks[i].count;

		if (nr)
			fprintf(file, "%" PRIx64 " %" PRIu64 "\n",
				blocks[i].address, nr);
	}
	if (fclose(file))
		perror(path);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			path = strdup(argv[i] + 4);
	blocks = calloc(BLOCKS, sizeof(*blocks));
	if (!path || !blocks) {
		fprintf(stderr, "profile: %s\n", path ? "no memory" : "no out=FILE");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, count);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
