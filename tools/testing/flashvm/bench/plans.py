# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""What "quick", "full" and "prefetch" measure.

One base point, footprint twice the limit, a quarter of the device in use, an
NVMe SSD, Debian's defaults, has all workloads with all settings. Every other
axis is varied by itself, for a few workloads, with FlashVM's default against
the setting of stock that was best at the base point. Beside them: stock on a
device without latency, which is one half of the limit (see Limit in matrix.py),
and boots that take the latencies of faults. A tenth is measured twice.
"""

import dataclasses

import settings
from boots import Point

WALKS = ["sequential", "reverse", "stride-5", "stride--5", "stride-64",
         "interleaved-2", "matrix", "threads", "child", "shmem", "shuffle",
         "random", "zipf", "chase"]
PROGRAMS = ["fio", "stress-ng", "sysbench", "jobs"]
PAPER = ["imagemagick", "spin", "memcached-store", "memcached-lookup",
         "warehouse"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """workloads and settings of the base point, those of the other axes,
    settings on the device without latency.

    again: (modifier, workloads, settings) of a base point with a modifier, which
    has limits of its own. alone: (workloads, settings) at the base point.
    """

    workloads: tuple
    settings: tuple
    varied: tuple
    axes: tuple
    instant: tuple
    again: tuple = ()
    alone: tuple = ()

    def only(self, names):
        """The same for some of the workloads."""
        def left(some):
            return tuple(name for name in some if name in names)

        return dataclasses.replace(
            self, workloads=tuple(names), varied=left(self.varied),
            again=tuple((modifier, left(some), with_it)
                        for modifier, some, with_it in self.again),
            alone=tuple((left(some), with_it) for some, with_it in self.alone))

    def base(self, chosen):
        """The points of the base: chosen is {name: Workload}."""
        return [Point(chosen[name], setting) for name in self.workloads
                for setting in self.settings]

    def more(self, chosen):
        """The base with modifiers, and predictors alone."""
        points = [Point(chosen[name], setting + modifier)
                  for modifier, names, settings in self.again
                  for name in names for setting in settings]
        points += [Point(chosen[name], setting + modifier, device="zero")
                   for modifier, names, _ in self.again
                   for name in names for setting in self.instant]
        return points + [Point(chosen[name], setting)
                         for names, settings in self.alone
                         for name in names for setting in settings]

    def limits(self, chosen):
        return [Point(chosen[name], setting, device="zero")
                for name in self.workloads for setting in self.instant]

    def faults(self, chosen):
        return [Point(chosen[name], setting, kind="faults")
                for name in self.workloads for setting in ("stock", "flashvm")]

    def repeated(self, chosen):
        """FlashVM's points once more, thinned to a tenth of the base."""
        base = self.base(chosen)
        ours = [point for point in base if point.setting == "flashvm"]
        step = max(1, round(10 * len(ours) / max(len(base), 1)))
        return [dataclasses.replace(point, number=2) for point in ours[::step]]

    def others(self, chosen, best):
        """The other axes; best is {workload: setting of stock}."""
        points = []
        for _, _, more, modifier in self.axes:
            for name in self.varied:
                for setting in (best[name], "flashvm"):
                    points.append(Point(chosen[name], setting + modifier, **more))
        return points


# title of the axis, title of its value, changes of the point, modifier
AXES = (
    ("device", "SATA SSD", {"device": "sata"}, ""),
    ("device", "eMMC", {"device": "emmc"}, ""),
    ("device", "NVMe SSD, used", {"device": "nvme-used"}, ""),
    ("device in use", "50 %", {"occupancy": 0.5}, ""),
    ("device in use", "75 %", {"occupancy": 0.75}, ""),
    ("footprint", "1.2 times the limit", {"ratio": 1.2}, ""),
    ("footprint", "4 times the limit", {"ratio": 4}, ""),
    ("page replacement", "classic LRU", {}, "+classic"),
    ("huge pages", "never", {}, "+nothp"),
)
QUICK_AXES = tuple(axis for axis in AXES
                   if axis[1] not in ("50 %", "NVMe SSD, used"))

REGULAR = ("sequential", "reverse", "stride-2", "stride-3", "stride-7",
           "stride-64", "stride--5", "interleaved-2", "interleaved-4", "matrix",
           "threads", "child", "shmem")
IRREGULAR = ("random", "zipf", "chase")
# phases, and what they are made of
PHASES = ("phases", "sequential-once", "stride-7", "shuffle", "reverse-once",
          "interleaved-2")
ONLY = ("only-window", "only-stride", "only-eviction")
PREFETCH_AXES = tuple(axis for axis in AXES if axis[1] not in (
    "50 %", "NVMe SSD, used", "never"))

PLANS = {
    "prefetch": Plan(
        REGULAR + IRREGULAR + tuple(name for name in PHASES
                                    if name not in REGULAR) +
        tuple(PAPER[:5]) + ("stress-ng", "sysbench"),
        ("stock", "stock-0", "stock-5", "slots-3", "flashvm"),
        ("sequential", "stride-7", "interleaved-2", "random"), PREFETCH_AXES,
        ("stock",),
        again=(("+nothp", REGULAR + IRREGULAR, ("stock", "stock-0", "stock-5",
                                                "flashvm")),),
        alone=((REGULAR, ONLY),)),
    "quick": Plan(
        ("sequential", "stride-5", "interleaved-2", "random", "zipf",
         "fio", "stress-ng", "imagemagick", "memcached-lookup", "warehouse"),
        ("stock", "stock-0", "stock-5", "flashvm"),
        ("stride-5", "random"), QUICK_AXES, ("stock",)),
    "full": Plan(
        tuple(WALKS[:3] + WALKS[4:6] + WALKS[7:10] + WALKS[11:] + PROGRAMS + PAPER),
        tuple(settings.STOCK + settings.DISCARDS + settings.COMPRESSED +
              ["flashvm"]),
        ("sequential", "stride-5", "random", "fio"), AXES,
        ("stock", "stock-0")),
}
