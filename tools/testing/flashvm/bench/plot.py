# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Bars by gnuplot: run time against stock, and major faults."""

import os
import shutil
import subprocess

import report
from workloads import BenchError

TERMINALS = {
    "png": "pngcairo size 1200,860 font 'sans,13' background 'white'",
    "svg": "svg size 1200,860 font 'sans,13' fontscale 1.3 "
           "background 'white'",
}

# What both plots look like: bars, and a caption below.
STYLE = """
set label 1 '{caption}' at screen 0.5,0.025 center noenhanced font ',12' textcolor rgb '#444444'
set style data histograms
set style fill solid border rgb '#ffffff'
set border 3
set tics nomirror out
set xtics scale 0 noenhanced
set grid ytics lc rgb '#dddddd' lt 1
"""

# $bars: workload, stock, FlashVM (per cent), its label, faults of both
SCRIPT = """
set terminal {terminal}
set output '{output}'
set encoding utf8
$bars << END
{bars}
END
set multiplot layout 2,1 title \
"Stock 6.12 and FlashVM: programs in half of the memory they need" \
font ',17' margins 0.1,0.985,0.14,0.87 spacing 0.02,0.13
""" + STYLE + """
set style histogram clustered gap 1
set boxwidth 0.9
stock = '#a0a0a0'
flashvm = '#0072b2'

set xrange [-0.55:{last}]
set key at screen 0.5,0.925 center top horizontal samplen 1.5 width 2
set ylabel 'run time (% of stock)'
set yrange [0:{highest_time}]
plot $bars using 2:xtic(1) title 'stock' lc rgb stock, \
'' using 3 title 'FlashVM' lc rgb flashvm, \
'' using ($0 + 1. / 6):3:4 with labels offset 0,0.7 font ',12' notitle

unset key
unset label 1
set ylabel 'major faults'
set yrange [0:{highest_faults}]
plot $bars using 5:xtic(1) lc rgb stock, \
'' using 6 lc rgb flashvm, \
'' using ($0 - 1. / 6):5:7 with labels offset 0,0.7 font ',11' notitle, \
'' using ($0 + 1. / 6):6:8 with labels offset 0,0.7 font ',11' notitle
unset multiplot
"""
CAPTION = ("device: {device}; virtual time, 1 instruction = 1 ns: against the "
           "device the processor is 3 to 6 times slower than a real core")


def bars(figures, chosen):
    """Lines of the data block, and the highest of both panels."""
    lines, times, faults = [], [100], [1]
    for workload in chosen:
        change = figures.change(workload.name)
        stock, flashvm = (figures.mean(workload.name, name, "major_faults")
                          for name in ("stock", "flashvm"))
        label = workload.title.replace(", ", "\\n")
        times.append(100 + change)
        faults += [stock, flashvm]
        lines.append(f'"{label}" 100 {100 + change:.3f} '
                     f'"{report.percent(change)}" {stock:.0f} {flashvm:.0f} '
                     f'"{stock:,.0f}" "{flashvm:,.0f}"')
    return "\n".join(lines), max(times) * 1.15, max(faults) * 1.15


def gnuplot(script):
    """Draw; gnuplot says nothing when all is well."""
    if not shutil.which("gnuplot"):
        raise BenchError("gnuplot is missing: install the packages of the lab")
    done = subprocess.run(["gnuplot"], input=script, capture_output=True,
                          text=True, check=False)
    if done.returncode or done.stderr.strip():
        raise BenchError(f"gnuplot: {done.stderr.strip()}")


def draw(figures, chosen, directory):
    """Draw demo.png and demo.svg. Returns their names."""
    data, highest_time, highest_faults = bars(figures, chosen)
    drawn = []
    for kind, terminal in TERMINALS.items():
        path = os.path.join(directory, f"demo.{kind}")
        script = SCRIPT.format(
            terminal=terminal, output=path, bars=data,
            caption=CAPTION.format(device="simulated NVMe SSD"),
            last=len(chosen) - 0.45, highest_time=highest_time,
            highest_faults=highest_faults)
        gnuplot(script)
        drawn.append(path)
    return drawn
