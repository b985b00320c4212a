# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Walks with several settings: major faults and run time, by walk."""

import os

from plot import CAPTION, STYLE, TERMINALS, gnuplot
from settings import setting

COLOURS = {"stock-0": "#d0d0d0", "stock-3": "#a0a0a0", "stock-5": "#707070",
           "strides-0": "#9ecae1", "strides-2": "#0072b2",
           "strides-8": "#08519c", "strides-64": "#08306b",
           "stock": "#c0c0c0", "slots-3": "#404040", "flashvm": "#0072b2",
           "only-window": "#009e73", "only-stride": "#e0a030",
           "only-eviction": "#cc79a7"}
STRIDES = ("Walks in half of the memory they need: stock 6.12 and FlashVM, with "
           "blocks ahead of a stride")
PREDICTORS = ("Walks in half of the memory they need: stock 6.12, and FlashVM with "
              "each predictor")

SCRIPT = """
set terminal {terminal}
set output '{output}'
set encoding utf8
$faults << END
{faults}
END
$times << END
{times}
END
set multiplot layout 2,1 title "{title}" \
font ',17' margins 0.095,0.985,0.13,0.84 spacing 0.02,0.13
""" + STYLE + """
set style histogram clustered gap 1.5
set boxwidth 0.95
set xrange [-0.6:{last}]
set yrange [0:*]
set key at screen 0.5,0.93 center top horizontal samplen 1.5 width 1
set ylabel 'major faults'
plot {plot_faults}
unset key
unset label 1
set ylabel 'run time (s, virtual)'
plot {plot_times}
unset multiplot
"""


def block(figures, chosen, settings, metric):
    lines = []
    for workload in chosen:
        values = [figures.mean(workload.name, name, metric)
                  for name in settings]
        label = workload.title.replace(", ", "\\n")
        if len(chosen) > 8:
            label = label.replace(" ", "\\n")
        lines.append(f'"{label}" ' + " ".join(
            "NaN" if v is None else f"{v:.6g}" for v in values))
    return "\n".join(lines)


def columns(data, settings):
    return ", ".join(f"{data if i == 0 else chr(39) * 2} using {i + 2}:xtic(1) "
                     f"title '{setting(name).title}' lc rgb '{COLOURS[name]}'"
                     for i, name in enumerate(settings))


def draw(figures, chosen, settings, directory, name="stride", title=STRIDES):
    """Draw NAME.png and NAME.svg. Returns their names."""
    for kind, terminal in TERMINALS.items():
        script = SCRIPT.format(
            terminal=terminal, output=os.path.join(directory, f"{name}.{kind}"),
            title=title,
            faults=block(figures, chosen, settings, "major_faults"),
            times=block(figures, chosen, settings, "run_time"),
            caption=CAPTION.format(device="simulated NVMe SSD"),
            last=len(chosen) - 0.4, plot_faults=columns("$faults", settings),
            plot_times=columns("$times", settings))
        gnuplot(script)
    return [f"{name}.png", f"{name}.svg"]
