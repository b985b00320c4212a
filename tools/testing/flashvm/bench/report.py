# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""What came of the boots: rows for JSON, the table, two sentences."""

import math

from guests import DEVICE_NAME
from settings import SETTINGS
from workloads import SPREAD

# metric, key of the result, unit, factor; traced runs give no times
TIMED = (
    ("run_time", "run_ns", "s", 1e-9),
    ("user_time", "user_ns", "s", 1e-9),
    ("system_time", "system_ns", "s", 1e-9),
    ("major_faults", "pgmajfault", "faults", 1),
    ("minor_faults", "minflt", "faults", 1),
    ("pages_read", "pswpin", "pages", 1),
    ("pages_written", "pswpout", "pages", 1),
    ("device_read_bytes", "device_read_sectors", "bytes", 512),
    ("device_write_bytes", "device_write_sectors", "bytes", 512),
    ("memory_stall", "pressure_some_us", "s", 1e-6),
    ("flashvm_demand", "flashvm_demand", "pages", 1),
    ("flashvm_ahead", "flashvm_ahead", "pages", 1),
    ("flashvm_ahead_used", "flashvm_ahead_used", "pages", 1),
    ("flashvm_ahead_dropped", "flashvm_ahead_dropped", "pages", 1),
    ("flashvm_written", "flashvm_written", "pages", 1),
    ("stride_issued", "stride_issued", "pages", 1),
    ("stride_used", "stride_used", "pages", 1),
    ("stride_wasted", "stride_wasted", "pages", 1),
)
TRACED = tuple((f"{name}_{kind}", f"trace_{name}_{kind}", "requests", 1)
               for kind in ("reads", "writes", "discards")
               for name in ("queued", "issued")) + (
    ("requests", "requests", "requests", 1),
)

# heading, metric, how to print it
COLUMNS = (
    ("run time (s)", "run_time", "{:.3f}"),
    ("major faults", "major_faults", "{:.0f}"),
    ("pages read", "pages_read", "{:.0f}"),
    ("pages written", "pages_written", "{:.0f}"),
    ("requests", "requests", "{:.0f}"),
)


def rows(bench, boots):
    """One row a metric a boot."""
    found = []
    for boot in boots:
        size = boot.result["swap_size"]
        for metric, key, unit, factor in TRACED if boot.trace else TIMED:
            if key not in boot.result:
                continue
            value = boot.result[key] * factor
            found.append({
                "bench": bench, "workload": boot.workload.name,
                "device": DEVICE_NAME, "setting": boot.setting,
                "occupancy": round(boot.result["swap_peak"] / size, 3),
                "footprint": boot.workload.footprint, "metric": metric,
                "value": round(value, 9) if unit == "s" else value,
                "unit": unit, "run": boot.number,
            })
    return found


def values(found, workload, setting, metric):
    return [row["value"] for row in found if row["workload"] == workload.name
            and row["setting"] == setting and row["metric"] == metric]


def mean(found, workload, setting, metric):
    """Mean over the repeated runs; None when there was none."""
    all_of_it = values(found, workload, setting, metric)
    return sum(all_of_it) / len(all_of_it) if all_of_it else None


def change(found, workload, metric="run_time"):
    """FlashVM against stock, per cent; None when one is missing or 0."""
    stock = mean(found, workload, "stock", metric)
    flashvm = mean(found, workload, "flashvm", metric)
    if not stock or flashvm is None:
        return None
    return 100 * (flashvm / stock - 1)


def percent(value):
    """A change with its sign; never minus nothing."""
    if value is None:
        return "-"
    return f"{round(value, 1) + 0.0:+.1f} %"


def table(found, chosen, settings):
    """The table as lines of text."""
    head, below = [""], ["workload"]
    for heading, metric, _ in COLUMNS:
        names = [SETTINGS[setting].title for setting in settings]
        if metric == "run_time" and len(settings) == 2:
            names.append("change")
        head += [heading] + [None] * (len(names) - 1)
        below += names
    body = []
    for workload in chosen:
        line = [workload.title]
        for _, metric, form in COLUMNS:
            for setting in settings:
                value = mean(found, workload, setting, metric)
                line.append("-" if value is None else form.format(value))
            if metric == "run_time" and len(settings) == 2:
                line.append(percent(change(found, workload)))
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


def changes(found, chosen):
    """(change, workload), best first."""
    return sorted(((change(found, workload), workload) for workload in chosen
                   if change(found, workload) is not None),
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


def total_in_words(found, chosen, metric, unit):
    """'12.3 % fewer major faults' over all workloads."""
    sums = {setting: sum(mean(found, workload, setting, metric) or 0
                         for workload in chosen)
            for setting in ("stock", "flashvm")}
    if not sums["stock"]:
        return f"{sums['flashvm']:.0f} {unit} where stock had none"
    value = 100 * (sums["flashvm"] / sums["stock"] - 1)
    if f"{abs(value):.1f}" == "0.0":
        return f"as many {unit}"
    return f"{abs(value):.1f} % {'fewer' if value < 0 else 'more'} {unit}"


def sentences(found, chosen):
    """What was seen, good or bad, in two sentences."""
    ordered = changes(found, chosen)
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
    totals = [total_in_words(found, chosen, metric, unit) for metric, unit in
              (("major_faults", "major faults"), ("pages_read", "pages read"),
               ("requests", "requests"))
              if mean(found, chosen[0], "stock", metric) is not None]
    second = f"It took {', '.join(totals[:-1])} and {totals[-1]}; "
    if slower:
        second += f"slower than stock: {', '.join(slower)}."
    else:
        second += "no workload was more than 0.5 % slower."
    return first + " " + second


def spreads(found, chosen, settings):
    """(workload, setting, runs, spread in per cent, bound) of repeated runs."""
    result = []
    for workload in chosen:
        for setting in settings:
            times = values(found, workload, setting, "run_time")
            if len(times) > 1:
                average = sum(times) / len(times)
                result.append((workload, setting, times,
                               100 * (max(times) - min(times)) / average,
                               SPREAD[workload.kind]))
    return result


def spread_table(measured):
    """The table of the spread, and whether all are within their bounds."""
    lines, good = [], True
    body = []
    for workload, setting, times, spread, bound in measured:
        good = good and spread < bound
        body.append([workload.title, SETTINGS[setting].title, str(len(times)),
                     f"{min(times):.4f}", f"{max(times):.4f}",
                     f"{spread:.3f} %", f"{bound} %",
                     "yes" if spread < bound else "NO"])
    lines = layout([""] * 8, ["workload", "setting", "runs", "least (s)",
                              "most (s)", "spread", "bound", "within"], body)
    return lines[1:], good
