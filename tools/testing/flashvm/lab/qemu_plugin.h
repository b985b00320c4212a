/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What profile.c needs of the interface of QEMU's plugins, version 1, QEMU 4.2 and later.
 * Debian 12 has no header of it.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef FLASHVM_LAB_QEMU_PLUGIN_H
#define FLASHVM_LAB_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_insn;
struct qemu_plugin_tb;

typedef uint64_t qemu_plugin_id_t;
typedef void (*on_translation)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*at_end)(qemu_plugin_id_t id, void *data);
typedef void (*on_execution)(unsigned int cpu, void *data);

enum { ADD_U64 };
enum { NO_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   on_translation call);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb,
					      int operation, void *counter,
					      uint64_t operand);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    on_execution call, int registers,
					    void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, at_end call, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t number);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			char **argv);

#endif
