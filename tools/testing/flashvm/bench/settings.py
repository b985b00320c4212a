# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The settings that benchmarks compare: what differs from Debian's defaults."""

PAGE_CLUSTER = "/proc/sys/vm/page-cluster"
FLASHVM = "/sys/kernel/mm/flashvm/{device}/"


class Setting:
    """Stock or FlashVM, and files of /proc or /sys with other values."""

    def __init__(self, base, title, **tunables):
        self.base = base
        self.title = title
        self.tunables = tunables

    def lines(self, device):
        """"FILE VALUE" a line, for guest-run."""
        names = {"page_cluster": PAGE_CLUSTER,
                 "window": FLASHVM + "prefetch/window",
                 "stride_blocks": FLASHVM + "prefetch/stride_blocks"}
        return "\n".join(f"{names[name].format(device=device)} {value}"
                         for name, value in self.tunables.items())


SETTINGS = {
    "stock": Setting("stock", "stock"),
    "flashvm": Setting("flashvm", "FlashVM"),
    "stock-0": Setting("stock", "stock, page-cluster 0", page_cluster=0),
    "stock-3": Setting("stock", "stock, page-cluster 3", page_cluster=3),
    "stock-5": Setting("stock", "stock, page-cluster 5", page_cluster=5),
    "window-16": Setting("flashvm", "FlashVM, window 16", window=16),
    "window-32": Setting("flashvm", "FlashVM, window 32", window=32),
    "window-64": Setting("flashvm", "FlashVM, window 64", window=64),
    "strides-0": Setting("flashvm", "FlashVM, no strides", stride_blocks=0),
    "strides-2": Setting("flashvm", "FlashVM, 2 blocks", stride_blocks=2),
    "strides-8": Setting("flashvm", "FlashVM, 8 blocks", stride_blocks=8),
}
