# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The settings that benchmarks compare: what differs from Debian's defaults.

A name may have modifiers behind "+" that concern both sides: "stock-0+classic"
is stock with page-cluster 0 and without MGLRU. Stock and FlashVM are compared
with the same modifiers only.
"""

import functools

FLASHVM = "/sys/kernel/mm/flashvm/{device}/"
ZSWAP = "/sys/module/zswap/parameters/"
FILES = {
    "page_cluster": "/proc/sys/vm/page-cluster",
    "vma_readahead": "/sys/kernel/mm/swap/vma_ra_enabled",
    "lru_gen": "/sys/kernel/mm/lru_gen/enabled",
    "thp": "/sys/kernel/mm/transparent_hugepage/enabled",
    "zswap": ZSWAP + "enabled",
    "zswap_compressor": ZSWAP + "compressor",
    "zswap_pool": ZSWAP + "zpool",
    "zswap_shrinker": ZSWAP + "shrinker_enabled",
    "prefetch": FLASHVM + "prefetch/enabled",
    "window": FLASHVM + "prefetch/window",
    "stride_blocks": FLASHVM + "prefetch/stride_blocks",
    "room": FLASHVM + "prefetch/room",
    "columns": FLASHVM + "prefetch/columns",
    "eviction": FLASHVM + "prefetch/eviction_window",
}
# swapon(2): SWAP_FLAG_DISCARD with _ONCE or _PAGES
DISCARD_ONCE, DISCARD_PAGES = 0x30000, 0x50000


class Setting:
    """Stock or FlashVM, and files of /proc or /sys with other values.

    flags are more flags of swapon(2), through says what the swap area is:
    the device, or compressed memory that keeps what is left on it.
    """

    def __init__(self, base, title, flags=0, through="device", **tunables):
        self.base = base
        self.title = title
        self.flags = flags
        self.through = through
        self.tunables = tunables
        self.modifiers = ()

    def lines(self, device):
        """"FILE VALUE" a line, for guest-run."""
        return "\n".join(f"{FILES[name].format(device=device)} {value}"
                         for name, value in self.tunables.items())

    def modified(self, names):
        """The same with modifiers."""
        title = ", ".join([self.title] + [MODIFIERS[name][0] for name in names])
        tunables = dict(self.tunables)
        for name in names:
            tunables.update(MODIFIERS[name][1])
        changed = Setting(self.base, title, self.flags, self.through, **tunables)
        changed.modifiers = tuple(names)
        return changed


def zswap(compressor):
    """In this order: the pool is made when it is enabled."""
    return {"zswap_compressor": compressor, "zswap_pool": "zsmalloc",
            "zswap_shrinker": "Y", "zswap": "Y"}


MODIFIERS = {
    "classic": ("classic LRU", {"lru_gen": "n"}),
    "nothp": ("THP never", {"thp": "never"}),
}
PLAIN = {
    "stock": Setting("stock", "stock"),
    "flashvm": Setting("flashvm", "FlashVM"),
    "stock-0": Setting("stock", "stock, page-cluster 0", page_cluster=0),
    "stock-3": Setting("stock", "stock, page-cluster 3", page_cluster=3),
    "stock-5": Setting("stock", "stock, page-cluster 5", page_cluster=5),
    "slots-3": Setting("stock", "stock, no VMA readahead",
                       vma_readahead="false"),
    "slots-5": Setting("stock", "stock, no VMA readahead, page-cluster 5",
                       vma_readahead="false", page_cluster=5),
    "discard-once": Setting("stock", "stock, discard at swapon", DISCARD_ONCE),
    "discard-pages": Setting("stock", "stock, discard", DISCARD_PAGES),
    "zswap-lz4": Setting("stock", "stock, zswap lz4", **zswap("lz4")),
    "zswap-zstd": Setting("stock", "stock, zswap zstd", **zswap("zstd")),
    "zram": Setting("stock", "stock, zram", through="zram"),
    "zram-device": Setting("stock", "stock, zram and device",
                           through="zram-device"),
    "no-ahead": Setting("flashvm", "FlashVM, nothing ahead", window=0,
                        stride_blocks=0, eviction=0),
    "no-prefetch": Setting("flashvm", "FlashVM, no prefetching", prefetch=0),
    "window-16": Setting("flashvm", "FlashVM, window 16", window=16),
    "window-32": Setting("flashvm", "FlashVM, window 32", window=32),
    "window-64": Setting("flashvm", "FlashVM, window 64", window=64),
    "strides-0": Setting("flashvm", "FlashVM, no strides", stride_blocks=0),
    "strides-2": Setting("flashvm", "FlashVM, 2 blocks", stride_blocks=2),
    "strides-8": Setting("flashvm", "FlashVM, 8 blocks", stride_blocks=8),
    "only-window": Setting("flashvm", "FlashVM, neighbours only",
                           eviction=0,
                           stride_blocks=0),
    "only-stride": Setting("flashvm", "FlashVM, strides only",
                           window=0,
                           eviction=0),
    "only-eviction": Setting("flashvm", "FlashVM, order of eviction only",
                             window=0,
                             stride_blocks=0),
    "room-0": Setting("flashvm", "FlashVM, no room ahead", room=0),
    "columns-0": Setting("flashvm", "FlashVM, column by column", columns=0),
    "strides-64": Setting("flashvm", "FlashVM, 64 blocks", stride_blocks=64),
}

# What FlashVM is held against: ways to swap to the device. Compressed memory
# is beside them, because it takes memory that is not the program's.
STOCK = ["stock", "stock-0", "stock-5", "slots-3"]
DISCARDS = ["discard-once", "discard-pages"]
COMPRESSED = ["zswap-lz4", "zswap-zstd", "zram", "zram-device"]


@functools.lru_cache(maxsize=None)
def setting(name):
    """The setting of a name; KeyError if there is none."""
    plain, *modifiers = name.split("+")
    return PLAIN[plain].modified(modifiers) if modifiers else PLAIN[plain]
