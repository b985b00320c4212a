# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The plot of bench/matrix: run time at the base point, and the other axes."""

import os

import tables
from plot import CAPTION, STYLE, TERMINALS, gnuplot
from settings import STOCK

SCRIPT = """
set terminal {terminal}
set output '{output}'
set encoding utf8
$base << END
{base}
END
$others << END
{others}
END
set multiplot layout 2,1 title \
"Stock 6.12 and FlashVM: programs in half of the memory they want" \
font ',17' margins 0.09,0.9,0.17,0.86 spacing 0.02,0.2
""" + STYLE + """
set style histogram clustered gap 1
set boxwidth 0.9
set xtics rotate by -25 font ',11'
set key at screen 0.5,0.925 center top horizontal samplen 1.5 width 1
set yrange [0:*]
set xrange [-0.6:{last}]
set ylabel 'run time (% of stock)'
plot $base using 2:xtic(1) title 'best of stock' lc rgb '#a0a0a0', \
'' using 3 title 'FlashVM' lc rgb '#0072b2', \
'' using 4 title 'limit' lc rgb '#e0c060', \
100 title "stock, Debian's defaults" lc rgb '#404040' dt 2
unset label 1
set key at graph 0.5,1.14 center top horizontal
set xrange [-0.6:{last_other}]
set ylabel "% of the best of stock"
plot {plot_others}, 100 notitle lc rgb '#404040' dt 2
unset multiplot
"""
COLOURS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7")


def percent_of(value, to):
    """Of a figure; gnuplot draws nothing for what is missing."""
    return f"{100 * value / to:.2f}" if value is not None and to else "NaN"


def base(figures, chosen):
    lines = []
    for workload in chosen.values():
        stock = figures.mean(workload.name, "stock", "run_time")
        values = (figures.best(workload.name, STOCK, "run_time")[0],
                  figures.mean(workload.name, "flashvm", "run_time"),
                  tables.limit(figures, workload.name))
        lines.append(f'"{workload.title}" ' +
                     " ".join(percent_of(value, stock) for value in values))
    return "\n".join(lines)


def others(figures, plan, best):
    lines = []
    for axis, title, more, modifier in (("", "base", {}, ""),) + plan.axes:
        values = [percent_of(
            figures.mean(name, "flashvm" + modifier, "run_time", **more),
            figures.mean(name, best[name] + modifier, "run_time", **more))
            for name in plan.varied]
        label = f"{axis}: {title}" if axis else title
        lines.append(f'"{label}" ' + " ".join(values))
    return "\n".join(lines)


def draw(figures, plan, chosen, best, name, directory):
    """Draw NAME.png and NAME.svg. Returns their names."""
    columns = ", ".join(
        f"{'$others' if i == 0 else chr(39) * 2} using {i + 2}:xtic(1) "
        f"title '{chosen[one].title}' lc rgb '{COLOURS[i % len(COLOURS)]}'"
        for i, one in enumerate(plan.varied))
    if not columns:
        return []
    for kind, terminal in TERMINALS.items():
        gnuplot(SCRIPT.format(
            terminal=terminal, output=os.path.join(directory, f"{name}.{kind}"),
            base=base(figures, chosen), others=others(figures, plan, best),
            caption=CAPTION.format(device="simulated NVMe SSD"),
            last=len(chosen) - 0.4, last_other=len(plan.axes) + 0.6,
            plot_others=columns))
    return [f"{name}.png", f"{name}.svg"]
