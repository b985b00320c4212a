# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Thin: what is behind a target is a program below tools/, which works by
# itself. Everything generated is in build/.
#
#   ACCEL=kvm         run guests under KVM where time is not measured
#   KERNEL_SRC=PATH   a tree or tarball of Linux 6.12.y, not Debian's

lab := tools/testing/flashvm/lab
ARGS ?=

ifdef ACCEL
export ACCEL
endif
ifdef KERNEL_SRC
export KERNEL_SRC
endif

help: ## show this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

demo: kernel ## stock 6.12 against FlashVM: six workloads, a table, a plot
	@tools/testing/flashvm/bench/demo $(ARGS)

test: kernel ## KUnit, then the tests in the guest
	@tools/testing/flashvm/selftests/run $(ARGS)

test-debug: setup ## the tests in the guest under the debug kernel
	@$(lab)/kernel build debug
	@tools/testing/flashvm/selftests/run --kernel debug $(ARGS)

kunit: setup ## the KUnit suites, under user-mode Linux
	@$(lab)/kunit $(ARGS)

kernel: setup ## get, patch, configure and build the kernel
	@$(lab)/kernel build lab

vm: kernel ## a shell in the guest; ARGS='--disk nullb0:1G -- COMMAND'
	@$(lab)/vm $(ARGS)

setup: ## install what is missing of the Debian packages
	@$(lab)/setup

flashvmctl: ## build build/bin/flashvmctl
	@$(MAKE) -C tools/mm/flashvmctl O=$(CURDIR)/build/bin

install: ## install flashvmctl and its manual page; DESTDIR=, PREFIX=
	@$(MAKE) -C tools/mm/flashvmctl O=$(CURDIR)/build/bin install

clean: ## remove built kernels, programs and logs, keep source and ccache
	@rm -rf build/lab build/debug build/um build/bin build/logs build/state/config-*

clean-all: ## remove all of build/
	@rm -rf build

.PHONY: help demo test test-debug kunit kernel vm setup flashvmctl install clean clean-all
