# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""What came of the boots: rows for JSON, the table, two sentences."""

import dataclasses
import math

from settings import setting
from workloads import SPREAD

TIE = 0.0005                # as far as two runs of a walk are apart

# metric, key of the result, unit, factor
TIMED = (
    ("run_time", "run_ns", "s", 1e-9),
    ("user_time", "user_ns", "s", 1e-9),
    ("system_time", "system_ns", "s", 1e-9),
    ("busy_time", "busy_ns", "s", 1e-9),
    ("walk_time", "program_walk_ns", "s", 1e-9),
    ("lookup_time", "program_lookup_ns", "s", 1e-9),
    ("major_faults", "pgmajfault", "faults", 1),
    ("minor_faults", "minflt", "faults", 1),
    ("touches", "touches", "pages", 1),
    ("waits", "waits", "faults", 1),
    ("stream_waits", "stream_waits", "faults", 1),
    ("pages_read", "pswpin", "pages", 1),
    ("pages_written", "pswpout", "pages", 1),
    ("device_read_bytes", "device_read_sectors", "bytes", 512),
    ("device_write_bytes", "device_write_sectors", "bytes", 512),
    ("requests", "device_requests", "requests", 1),
    ("memory_stall", "pressure_some_us", "s", 1e-6),
    ("memory_stall_full", "pressure_full_us", "s", 1e-6),
    ("memory_peak", "memory_peak", "bytes", 1),
    ("swap_peak", "swap_peak", "bytes", 1),
    ("zram_memory", "zram_memory", "bytes", 1),
    ("device_work", "device_work_ns", "s", 1e-9),
    ("device_busy", "flash_busy_ns", "s", 1e-9),
    ("device_discarded_pages", "flash_host_pages_discarded", "pages", 1),
    ("nand_programs", "flash_nand_pages_programmed", "pages", 1),
    ("nand_moved", "flash_nand_pages_moved", "pages", 1),
    ("nand_erases", "flash_nand_erases", "blocks", 1),
    ("write_amplification", "flash_write_amplification_milli", "ratio", 1e-3),
    ("queue_depth", "flash_queue_depth_mean_centi", "commands", 1e-2),
    ("simulator_cpu", "flash_own_cpu_ns", "s", 1e-9),
    ("flashvm_demand", "flashvm_demand", "pages", 1),
    ("flashvm_ahead", "flashvm_ahead", "pages", 1),
    ("flashvm_ahead_used", "flashvm_ahead_used", "pages", 1),
    ("flashvm_ahead_dropped", "flashvm_ahead_dropped", "pages", 1),
    ("flashvm_written", "flashvm_written", "pages", 1),
    ("ahead_late", "pages_ahead_late", "pages", 1),
    ("ahead_wasted", "pages_ahead_wasted", "pages", 1),
    ("window_issued", "window_issued", "pages", 1),
    ("window_used", "window_used", "pages", 1),
    ("window_late", "window_late", "pages", 1),
    ("eviction_issued", "eviction_issued", "pages", 1),
    ("eviction_used", "eviction_used", "pages", 1),
    ("eviction_late", "eviction_late", "pages", 1),
    ("stride_issued", "stride_issued", "pages", 1),
    ("stride_used", "stride_used", "pages", 1),
    ("stride_late", "stride_late", "pages", 1),
    ("stride_wasted", "stride_wasted", "pages", 1),
)
REQUESTS = tuple((f"{name}_{kind}", f"trace_{name}_{kind}", "requests", 1)
                 for kind in ("reads", "writes", "discards")
                 for name in ("queued", "issued"))
FAULTS = tuple((f"fault_{name}", f"fault_{name}_ns", "s", 1e-9)
               for name in ("p50", "p99", "p999", "max")) + (
    ("faults_timed", "faults_timed", "faults", 1),
)
OUT_OF_MEMORY = (("out_of_memory", "memory_event_oom_kill", "kills", 1),)
METRICS = {"timed": TIMED, "requests": REQUESTS, "faults": FAULTS}

# heading, metric, how to print it
COLUMNS = (
    ("run time (s)", "run_time", "{:.3f}"),
    ("major faults", "major_faults", "{:.0f}"),
    ("pages read", "pages_read", "{:.0f}"),
    ("pages written", "pages_written", "{:.0f}"),
    ("requests", "requests", "{:.0f}"),
)


def rows(bench, boots):
    """One row a metric a boot; a boot that failed has none, one that ran out of
    memory has that alone."""
    found = []
    for boot in boots:
        point = boot.point
        if boot.failed:
            continue
        metrics = OUT_OF_MEMORY if boot.out_of_memory else METRICS[point.kind]
        for metric, key, unit, factor in metrics:
            if key not in boot.result:
                continue
            value = boot.result[key] * factor
            found.append({
                "bench": bench, "workload": point.workload.name,
                "device": point.device, "setting": point.setting,
                "occupancy": point.occupancy,
                "footprint": point.workload.footprint, "limit": point.limit,
                "metric": metric,
                "value": value if factor == 1 else round(value, 9),
                "unit": unit, "run": point.number,
            })
    return found


def sums(bench, found, parts):
    """Rows of what several workloads make together, as of workloads: "all", and
    the first of parts, whose time the others take one by one."""
    def of(metric, names=None):
        return [row for row in found if row["metric"] == metric and
                row["setting"] == "flashvm" and row["device"] == "nvme" and
                row["run"] == 1 and row["occupancy"] == 0.25 and
                row["footprint"] // row["limit"] == 2 and
                (names is None or row["workload"] in names)]

    made = []
    for metric in ("flashvm_ahead", "flashvm_ahead_used"):
        if rows_of_it := of(metric):
            made.append({**rows_of_it[0], "bench": bench, "workload": "all",
                         "footprint": 2, "limit": 1,
                         "value": sum(row["value"] for row in rows_of_it)})
    single = of("walk_time", parts[1:])
    whole = of("walk_time", parts[:1])
    if whole and len(single) == len(parts) - 1:
        made.append({**whole[0], "metric": "walk_time_one_by_one",
                     "value": round(sum(row["value"] for row in single), 9)})
    return made


class Figures:
    """Rows, found by what they are of."""

    def __init__(self, found):
        self.found = found
        self.index = {}
        for row in found:
            self.index.setdefault(self.key(row["workload"], row["setting"],
                                           row["metric"], row["device"],
                                           row["occupancy"],
                                           row["footprint"] / row["limit"]),
                                  []).append(row["value"])

    @staticmethod
    def key(workload, name, metric, device, occupancy, ratio):
        return workload, name, metric, device, occupancy, round(ratio, 2)

    def values(self, workload, name, metric, device="nvme", occupancy=0.25,
               ratio=2):
        """Of all repetitions."""
        return self.index.get(self.key(workload, name, metric, device,
                                       occupancy, ratio), [])

    def mean(self, *what, **more):
        """Over the repetitions; None when there was none."""
        all_of_it = self.values(*what, **more)
        return sum(all_of_it) / len(all_of_it) if all_of_it else None

    def best(self, workload, names, metric, **more):
        """(value, setting) of the least of some settings, or (None, None).

        Of several that are as good, it is the first: which of two settings is
        best by chance would change what is measured next.
        """
        means = [(self.mean(workload, name, metric, **more), name)
                 for name in names]
        means = [pair for pair in means if pair[0] is not None]
        if not means:
            return None, None
        least = min(value for value, _ in means)
        return least, next(name for value, name in means
                           if value <= least * (1 + TIE))

    def change(self, workload, metric="run_time", ours="flashvm",
               theirs="stock", **more):
        """Ours against theirs, per cent; None when one is missing or 0."""
        stock = self.mean(workload, theirs, metric, **more)
        flashvm = self.mean(workload, ours, metric, **more)
        if not stock or flashvm is None:
            return None
        return 100 * (flashvm / stock - 1)


def percent(value):
    """A change with its sign; never minus nothing."""
    if value is None:
        return "-"
    return f"{round(value, 1) + 0.0:+.1f} %"


def table(figures, chosen, settings):
    """The table as lines of text."""
    head, below = [""], ["workload"]
    for heading, metric, _ in COLUMNS:
        names = [setting(name).title for name in settings]
        if metric == "run_time" and len(settings) == 2:
            names.append("change")
        head += [heading] + [None] * (len(names) - 1)
        below += names
    body = []
    for workload in chosen:
        line = [workload.title]
        for _, metric, form in COLUMNS:
            for name in settings:
                value = figures.mean(workload.name, name, metric)
                line.append("-" if value is None else form.format(value))
            if metric == "run_time" and len(settings) == 2:
                line.append(percent(figures.change(workload.name)))
        body.append(line)
    return layout(head, below, body)


def layout(head, below, body):
    """Align columns; a heading stands over all of its columns, on the right."""
    widths = [max(len(line[i]) for line in [below] + body)
              for i in range(len(below))]
    first = 0
    spans = []                      # first and last column of each heading
    while first < len(head):
        last = first
        while last + 1 < len(head) and head[last + 1] is None:
            last += 1
        short = len(head[first]) - sum(widths[first:last + 1]) - 2 * (last - first)
        widths[first] += max(0, short)
        spans.append((first, last))
        first = last + 1
    lines = ["  ".join(head[first].rjust(sum(widths[first:last + 1])
                                         + 2 * (last - first))
                       for first, last in spans).rstrip()]
    for line in [below] + body:
        lines.append("  ".join([line[0].ljust(widths[0])] +
                               [cell.rjust(width) for cell, width
                                in zip(line[1:], widths[1:])]))
    rule = "-" * max(map(len, lines))
    return lines[:2] + [rule] + lines[2:]


def changes(figures, chosen):
    """(change, workload), best first."""
    pairs = ((figures.change(workload.name), workload) for workload in chosen)
    return sorted((pair for pair in pairs if pair[0] is not None),
                  key=lambda pair: pair[0])


def geometric_mean(some_changes):
    """Of changes in per cent."""
    logs = [math.log1p(value / 100) for value in some_changes]
    return 100 * math.expm1(sum(logs) / len(logs))


def in_words(value):
    size = f"{abs(value):.1f} %"
    if size == "0.0 %":
        return "the same time as"
    return f"{size} {'less' if value < 0 else 'more'} time than"


def total_in_words(figures, chosen, metric, unit):
    """'12.3 % fewer major faults' over all workloads."""
    sums = {name: sum(figures.mean(workload.name, name, metric) or 0
                      for workload in chosen) for name in ("stock", "flashvm")}
    if not sums["stock"]:
        return f"{sums['flashvm']:.0f} {unit} where stock had none"
    value = 100 * (sums["flashvm"] / sums["stock"] - 1)
    if f"{abs(value):.1f}" == "0.0":
        return f"as many {unit}"
    return f"{abs(value):.1f} % {'fewer' if value < 0 else 'more'} {unit}"


def sentences(figures, chosen):
    """What was seen, good or bad, in two sentences."""
    ordered = changes(figures, chosen)
    if not ordered:
        return ""
    (best, best_one), (worst, worst_one) = ordered[0], ordered[-1]
    overall = geometric_mean([value for value, _ in ordered])
    count = len(ordered)
    if count == 1:
        first = f"FlashVM took {in_words(best)} stock 6.12 for {best_one.title}."
    else:
        first = (f"Over {count} workloads FlashVM took {in_words(overall)} stock "
                 f"6.12 (geometric mean): {percent(best)} at best "
                 f"({best_one.title}), {percent(worst)} at worst "
                 f"({worst_one.title}).")
    slower = [f"{workload.title} by {value:.1f} %" for value, workload in
              reversed(ordered) if value > 0.5]
    totals = [total_in_words(figures, chosen, metric, unit) for metric, unit in
              (("major_faults", "major faults"), ("pages_read", "pages read"),
               ("requests", "requests"))
              if figures.mean(chosen[0].name, "stock", metric) is not None]
    second = f"It took {', '.join(totals[:-1])} and {totals[-1]}; "
    if slower:
        second += f"slower than stock: {', '.join(slower)}."
    else:
        second += "no workload was more than 0.5 % slower."
    return first + " " + second


def spreads(boots):
    """[(name of the point, bound, [run time of each repetition])]."""
    times = {}
    for boot in boots:
        if boot.point.kind == "timed" and boot.has_time():
            first = dataclasses.replace(boot.point, number=1, phase=0)
            times.setdefault(first, []).append(boot.result["run_ns"] * 1e-9)
    return [(point.name, SPREAD[point.workload.kind], found)
            for point, found in times.items() if len(found) > 1]


def spread_table(measured):
    """The table of the spread, and whether all are within their bounds."""
    good = True
    body = []
    for name, bound, times in measured:
        spread = 100 * (max(times) - min(times)) / (sum(times) / len(times))
        good = good and spread < bound
        body.append([name, str(len(times)), f"{min(times):.4f}",
                     f"{max(times):.4f}", f"{spread:.3f} %", f"{bound} %",
                     "yes" if spread < bound else "NO"])
    lines = layout([""] * 7, ["repeated", "runs", "least (s)", "most (s)",
                              "spread", "bound", "within"], body)
    return lines[1:], good
