# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Percentiles of the latency of faults, from a histogram of the kernel.

guest-run asks the kernel for one of the time from the page fault of a program to
the end of do_swap_page(), or of shmem_swapin_folio() for shared memory: every fault on
a page that is in swap, whether it reads the device, waits for a page on its way, or
finds it in the swap cache, and whether the program touches it or, but for shared
memory, the kernel in a system call. What the kernel
reaches without a fault, by get_user_pages(), is not in it.
"""

import re

from workloads import BenchError

ENTRY = re.compile(r"^{ lat: *~? ?(\d+)-(\d+) *} hitcount: *(\d+)", re.M)
DROPPED = re.compile(r"^ *Dropped: (\d+)", re.M)
PERCENTILES = (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))


def read(path):
    """[(upper end of the bucket in ns, faults)], ascending."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise BenchError(f"no histogram of faults: {error}") from None
    dropped = DROPPED.search(text)
    if dropped and int(dropped[1]):
        raise BenchError(f"{path}: the kernel dropped {dropped[1]} faults")
    return sorted((int(end), int(count)) for _, end, count in
                  ENTRY.findall(text))


def percentiles(path):
    """{fault_p50_ns ..., fault_max_ns, faults_timed}; upper ends of buckets."""
    buckets = read(path)
    total = sum(count for _, count in buckets)
    if not total:
        raise BenchError(f"{path}: no fault in it")
    found = {"faults_timed": total, "fault_max_ns": buckets[-1][0]}
    for name, share in PERCENTILES:
        seen = 0
        for end, count in buckets:
            seen += count
            if seen >= share * total:
                found[f"fault_{name}_ns"] = end
                break
    return found
