# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Where the figures of a benchmark go, and what they were made with."""

import argparse
import hashlib
import json
import os

import devices
from settings import setting
from workloads import BUILD, TOP, BenchError

RESULTS = os.path.join(BUILD, "results")


def positive(text):
    """The type of an option: 1, 2 ..."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def kernel_directory(name, names):
    """The build directory, if the kernel in it can run the settings of names."""
    directory = name if "/" in name else os.path.join(BUILD, name)
    image = os.path.join(directory, "vmlinux")
    if not os.path.exists(image):
        raise BenchError(f"no kernel: {os.path.relpath(image, TOP)} is missing; "
                         "run 'make kernel' first")
    config = os.path.join(directory, ".config")
    needed = any(setting(one).base == "flashvm" for one in names)
    with open(config, encoding="utf-8") as file:
        if needed and "CONFIG_FLASHVM=y\n" not in file:
            raise BenchError(f"the kernel has no FlashVM: no CONFIG_FLASHVM=y "
                             f"in {os.path.relpath(config, TOP)}")
    return os.path.abspath(directory)


def meta(boots, directory):
    """How to get the same figures again; no dates, no names of machines."""
    with open(os.path.join(directory, ".config"), "rb") as file:
        config = hashlib.sha256(file.read()).hexdigest()
    first = next(boot.result for boot in boots if not boot.failed)
    return {
        "kernel_release": first["kernel_release"],
        "kernel_version": first["kernel_version"],
        "kernel_config_sha256": config,
        "time": "virtual: 1 instruction = 1 ns",
        "devices": {
            boot.point.device: vars(devices.DEVICES[boot.point.device])
            for boot in boots},
        "settings": {
            boot.point.setting: {
                "title": setting(boot.point.setting).title,
                "flags": setting(boot.point.setting).flags,
                "files": setting(boot.point.setting).lines(devices.NAME)
                .splitlines(),
                "found": {key: boot.result[key] for key in
                          ("page_cluster", "prefetch_enabled",
                           "prefetch_window", "prefetch_stride_blocks",
                           "prefetch_eviction_window",
                           "prefetch_accuracy_floor", "prefetch_in_flight",
                           "prefetch_room")
                          if key in boot.result}} for boot in boots},
        "workloads": {
            boot.workload.name: {"command": boot.workload.command,
                                 "prepare": boot.workload.prepare}
            for boot in boots},
        "boots": {boot.name: " ".join(boot.command) for boot in boots},
        "failed": {boot.name: boot.failed.splitlines()[0]
                   for boot in boots if boot.failed},
    }


def relative(value):
    """Paths below the checkout without the checkout."""
    return json.loads(json.dumps(value).replace(TOP + "/", ""))


def write(name, text):
    """A file of results, whole or not at all."""
    os.makedirs(RESULTS, exist_ok=True)
    path = os.path.join(RESULTS, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def write_rows(bench, rows, made_with):
    """BENCH.json, one row a figure, and BENCH.meta.json."""
    write(f"{bench}.json", json.dumps(rows, indent=1) + "\n")
    write(f"{bench}.meta.json", json.dumps(relative(made_with), indent=1) + "\n")


def write_figures(bench, rows, boots, directory):
    """The same for boots of guests."""
    write_rows(bench, rows, meta(boots, directory))
