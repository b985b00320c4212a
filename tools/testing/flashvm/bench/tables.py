# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The tables of bench/matrix."""

from report import layout, percent
from settings import STOCK, setting


def limit(figures, workload, ours="flashvm", device="nvme"):
    """Seconds: see matrix; None where a half of it was not measured. Stock has
    the modifiers of ours."""
    _, plus, modifiers = ours.partition("+")
    instant, _ = figures.best(workload, [name + plus + modifiers for name in STOCK],
                              "run_time", device="zero")
    work = figures.mean(workload, ours, "device_work", device=device)
    return None if instant is None or work is None else max(instant, work)


def number(value, form="{:.3f}"):
    return "-" if value is None else form.format(value)


def ratio(value, to, form="{:.2f}"):
    return "-" if value is None or not to else form.format(value / to)


def against(value, to):
    return percent(100 * (value / to - 1)) if value is not None and to else "-"


def base(figures, plan, chosen):
    """FlashVM against the best of stock and against the limit."""
    head = ["", "run time (s)", None, None, None, "", "FlashVM", None,
            "major faults", None, "memory stall (s)", None]
    below = ["workload", "stock", "best", "FlashVM", "limit", "best is",
             "to best", "to limit", "stock", "FlashVM", "stock", "FlashVM"]
    body = []
    for workload in chosen.values():
        name = workload.name
        best, which = figures.best(name, STOCK, "run_time")
        ours = figures.mean(name, "flashvm", "run_time")
        least = limit(figures, name)
        body.append([workload.title,
                     number(figures.mean(name, "stock", "run_time")),
                     number(best), number(ours), number(least),
                     which or "-", against(ours, best), ratio(ours, least)] +
                    [number(figures.mean(name, one, metric), form)
                     for metric, form in (("major_faults", "{:.0f}"),
                                          ("memory_stall", "{:.3f}"))
                     for one in ("stock", "flashvm")])
    return layout(head, below, body)


def every(figures, plan, chosen):
    """Run time of each setting, stock with Debian's defaults being 100."""
    names = [name for name in plan.settings if name != "stock"]
    head = ["run time, stock = 100"] + [""] * len(names)
    body = []
    for workload in chosen.values():
        stock = figures.mean(workload.name, "stock", "run_time")
        line = [workload.title]
        for name in names:
            value = figures.mean(workload.name, name, "run_time")
            line.append("-" if value is None or not stock else
                        f"{100 * value / stock:.1f}")
        body.append(line)
    return layout(head, ["workload"] + names, body)


def faults(figures, plan, chosen):
    """Percentiles of the latency of faults on swapped pages."""
    head, below = ["latency of faults (us)"], ["workload"]
    for title in ("median", "99 %", "99.9 %"):
        head += [title, None]
        below += ["stock", "FlashVM"]
    body = []
    for workload in chosen.values():
        line = [workload.title]
        for metric in ("fault_p50", "fault_p99", "fault_p999"):
            for name in ("stock", "flashvm"):
                value = figures.mean(workload.name, name, metric)
                line.append("-" if value is None else f"{1e6 * value:.1f}")
        if line[1:] != ["-"] * 6:
            body.append(line)
    return layout(head, below, body) if body else []


def share(part, whole):
    return "-" if part is None or not whole else f"{100 * part / whole:.1f} %"


def regular(figures, plan, chosen, modifier=""):
    """Walks that can be predicted: how often FlashVM waits for the device."""
    ours = "flashvm" + modifier
    stock = [name + modifier for name in STOCK]
    head = ["regular walks" + modifier.replace("+", ", "), "", "major faults", None,
            "", "waits of touches,", "run time", None, "read ahead", None]
    below = ["", "touches", "best", "FlashVM", "waits", "3 a start left out",
             "to best", "to limit", "used", "wasted"]
    body = []
    for workload in chosen.values():
        name = workload.name

        def mean(metric, name=name):
            return figures.mean(name, ours, metric)
        if not workload.starts or mean("waits") is None:
            continue
        best, _ = figures.best(name, stock, "run_time")
        fewest, _ = figures.best(name, stock, "major_faults")
        body.append([workload.title, number(mean("touches"), "{:.0f}"),
                     number(fewest, "{:.0f}"),
                     number(mean("major_faults"), "{:.0f}"),
                     number(mean("waits"), "{:.0f}"),
                     share(mean("stream_waits"), mean("touches")),
                     against(mean("run_time"), best),
                     ratio(mean("run_time"), limit(figures, name, ours)),
                     share(mean("flashvm_ahead_used"), mean("flashvm_ahead")),
                     share(mean("ahead_wasted"), mean("flashvm_ahead"))])
    return layout(head, below, body) if body else []


def alone(figures, plan, chosen):
    """Each predictor by itself against all of them."""
    names = list(dict.fromkeys(one for _, some in plan.alone for one in some))
    if not names:
        return []
    titles = [setting(name).title.split(", ")[1] for name in names] + ["all"]
    head, below, body = ["each predictor alone"], ["workload"], []
    for heading in ("major faults", "run time (s)"):
        head += [heading] + [None] * len(names)
        below += titles
    for workload in chosen.values():
        line = [number(figures.mean(workload.name, name, metric), form)
                for metric, form in (("major_faults", "{:.0f}"),
                                     ("run_time", "{:.3f}"))
                for name in names + ["flashvm"]]
        if line[0] != "-":
            body.append([workload.title] + line)
    return layout(head, below, body) if body else []


def phases(figures, parts):
    """A walk of several phases, and the phases one by one: of walks alone."""
    body = []
    for name, title in (("stock", "stock"), ("flashvm", "FlashVM")):
        whole = figures.mean(parts[0], name, "walk_time")
        single = [figures.mean(part, name, "walk_time") for part in parts[1:]]
        if whole is None or None in single:
            continue
        body.append([title, number(sum(single)), number(whole),
                     against(whole, sum(single))])
    return layout([""] * 4, ["phases", "one by one (s)", "together (s)",
                             "change"], body)[1:] if body else []


def others(figures, plan, chosen, best):
    """The other axes, FlashVM against stock as it was best at the base."""
    head = ["FlashVM against stock's best"] + [""] * (1 + len(plan.varied))
    below = ["", ""] + [chosen[name].title for name in plan.varied]
    head[1] = ""
    body = [["base", ""] + [against(
        figures.mean(name, "flashvm", "run_time"),
        figures.mean(name, best[name], "run_time")) for name in plan.varied]]
    for axis, value, more, modifier in plan.axes:
        line = [axis, value]
        for name in plan.varied:
            ours = figures.mean(name, "flashvm" + modifier, "run_time", **more)
            theirs = figures.mean(name, best[name] + modifier, "run_time", **more)
            line.append(against(ours, theirs))
        body.append(line)
    if not plan.varied:
        return []
    titles = [f"{chosen[name].title}: {setting(best[name]).title}"
              for name in plan.varied]
    return layout(head, below, body) + ["stock's best: " + "; ".join(titles)]
