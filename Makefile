# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# Thin: what is behind a target is a program below tools/, which works by
# itself. Everything generated is in build/.
#
#   ACCEL=kvm         run guests under KVM where time is not measured
#   KERNEL_SRC=PATH   a tree or tarball of Linux 6.12.y, not Debian's
#   CONFIG=FILE       deb: the kernel's configuration; REVISION=N
#   SCALE=paper       benchmarks: as large as in the paper (hours, 12 GB)

lab := tools/testing/flashvm/lab
ARGS ?=

ifdef ACCEL
export ACCEL
endif
ifdef KERNEL_SRC
export KERNEL_SRC
endif
ifdef CONFIG
export CONFIG
endif
ifdef REVISION
export REVISION
endif
ifdef DEVICE
export DEVICE
endif
ifdef SCALE
export SCALE
endif

help: ## show this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

demo: kernel ## stock 6.12 against FlashVM: six workloads, a table, a plot
	@tools/testing/flashvm/bench/demo $(ARGS)

bench-stride: kernel ## what reading ahead along strides saves, and what it costs
	@tools/testing/flashvm/bench/stride $(ARGS)

bench: kernel ## ten workloads, four settings, other devices: 20 minutes
	@tools/testing/flashvm/bench/matrix --plan quick $(ARGS)

bench-full: kernel ## all workloads with all settings: 75 minutes
	@tools/testing/flashvm/bench/matrix --plan full $(ARGS)

bench-prefetch: kernel ## reading ahead, by pattern and predictor: 70 minutes
	@tools/testing/flashvm/bench/matrix --plan prefetch $(ARGS)

bench-all: kernel ## the last three at once, what they share only once: 110 minutes
	@tools/testing/flashvm/bench/matrix --plan quick,full,prefetch $(ARGS)

bench-paper: kernel ## the figures of the FlashVM paper, in kind; SCALE=paper
	@tools/testing/flashvm/bench/paper $(ARGS)

bench-traces: kernel ## what each predictor makes of the same faults
	@tools/testing/flashvm/bench/traces $(ARGS)

bench-profile: kernel ## ARGS="WORKLOAD:SETTING [...]": where instructions go
	@tools/testing/flashvm/bench/profile $(ARGS)

bench-real: setup ## DEVICE=/dev/...: on a device of this machine; erases it
	@tools/testing/flashvm/bench/real $(ARGS)

scorecard: setup ## what was promised and what the newest results say
	@tools/testing/flashvm/bench/scorecard $(ARGS)

test: kernel debug-kernel ## all tests: the sources, KUnit, guests on both kernels
	@tools/testing/flashvm/selftests/run --kernel both $(ARGS)

lint: setup ## what finds mistakes by reading: style, documents, scripts, C
	@tools/testing/flashvm/lint/run $(ARGS)

test-quick: kernel ## lint, KUnit and one boot
	@tools/testing/flashvm/selftests/run --quick $(ARGS)

test-debug: debug-kernel ## the tests in guests of the debug kernel
	@tools/testing/flashvm/selftests/run --kernel debug $(ARGS)

test-long: setup ## all of mm/ in all variants, each patch, on each 6.12 of apt
	@ALL=1 tools/testing/flashvm/lint/run --only kernel
	@$(lab)/kunit
	@tools/testing/flashvm/series/long $(ARGS)

series: setup ## all of it as patches for git am, in OUT= (build/series)
	@tools/testing/flashvm/series/generate $(if $(OUT),--out '$(OUT)') $(ARGS)

refresh: setup ## ARGS=--start: the hooks as commits, build/hooks; then: back to patches
	@tools/testing/flashvm/series/refresh $(ARGS)

kunit: setup ## the KUnit suites, under user-mode Linux
	@$(lab)/kunit $(ARGS)

fuzz: setup ## look for inputs that break a policy; MINUTES=5
	@$(MAKE) -s -C tools/testing/flashvm/fuzz fuzz $(if $(MINUTES),MINUTES=$(MINUTES))

kernel: setup ## get, patch, configure and build the kernel
	@$(lab)/kernel build lab

debug-kernel: setup ## the same with KASAN, lockdep, kmemleak, fault injection
	@$(lab)/kernel build debug

vm: kernel ## a shell in the guest; ARGS='--disk nullb0:1G -- COMMAND'
	@$(lab)/vm $(ARGS)

setup: ## install what is missing of the Debian packages
	@$(lab)/setup

flashvmctl: ## build build/bin/flashvmctl
	@$(MAKE) -C tools/mm/flashvmctl O=$(CURDIR)/build/bin

deb: ## Debian packages of the kernel and of flashvmctl; CONFIG=FILE
	@$(lab)/setup deb
	@tools/testing/flashvm/deb/build $(ARGS)

install: ## install flashvmctl and its manual page; DESTDIR=, PREFIX=
	@$(MAKE) -C tools/mm/flashvmctl O=$(CURDIR)/build/bin install

clean: ## remove built kernels, programs and logs, keep source and ccache
	@rm -rf build/lab build/debug build/flashsim build/um build/bin build/logs build/long build/state/config-*

clean-all: ## remove all of build/
	@rm -rf build

.PHONY: help lint demo bench bench-all bench-full bench-paper bench-prefetch bench-profile bench-real bench-stride bench-traces scorecard fuzz test test-quick test-debug test-long series refresh kunit kernel debug-kernel vm setup flashvmctl deb install clean clean-all
