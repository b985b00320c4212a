# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The plot of bench/paper: run time on disk and flash, memory for that of disk."""

import os

from matrixplot import percent_of
from plot import CAPTION, STYLE, TERMINALS, gnuplot

SCRIPT = """
set terminal {terminal}
set output '{output}'
set encoding utf8
$times << END
{times}
END
$memory << END
{memory}
END
set multiplot layout 2,1 title \
"FlashVM's paper in kind: stock on a disk, stock and FlashVM on flash" \
font ',17' margins 0.08,0.985,0.12,0.86 spacing 0.02,0.13
""" + STYLE + """
set style histogram clustered gap 1
set boxwidth 0.9
set xrange [-0.6:{last}]
set key at screen 0.5,0.925 center top horizontal samplen 1.5 width 1
set ylabel 'run time (% of stock on disk)'
set yrange [0:110]
plot $times using 2:xtic(1) title 'stock, disk' lc rgb '#d0d0d0', \
'' using 3 title 'stock, Vertex' lc rgb '#a0a0a0', \
'' using 4 title 'stock, NVMe' lc rgb '#707070', \
'' using 5 title 'FlashVM, Vertex' lc rgb '#9ecae1', \
'' using 6 title 'FlashVM, NVMe' lc rgb '#0072b2'
unset key
unset label 1
set ylabel 'memory for the time of disk (%)'
plot $memory using 2:xtic(1) lc rgb '#d0d0d0', '' using 3 lc rgb '#0072b2', \
'' using ($0 + 1. / 6):3:4 with labels offset 0,0.7 font ',12' notitle
unset multiplot
"""


def times(figures, workload):
    disk = figures.mean(workload.name, "stock", "run_time", device="disk")
    values = [percent_of(figures.mean(workload.name, setting, "run_time",
                                      device=device), disk)
              for setting, device in (("stock", "disk"), ("stock", "ocz-vertex"),
                                      ("stock", "nvme"), ("flashvm", "ocz-vertex"),
                                      ("flashvm", "nvme"))]
    return f'"{workload.title}" ' + " ".join(values)


def memory(workload, search):
    share = percent_of(search.enough, search.point.limit)
    return f'"{workload.title}" 100 {share} "{round(float(share) - 100)} %"'


def draw(figures, chosen, searches, directory):
    """Draw paper.png and paper.svg. Returns their names."""
    shown = [workload for workload in chosen if workload.name in searches]
    if not shown:
        return []
    for kind, terminal in TERMINALS.items():
        gnuplot(SCRIPT.format(
            terminal=terminal, output=os.path.join(directory, f"paper.{kind}"),
            times="\n".join(times(figures, one) for one in shown),
            memory="\n".join(memory(one, searches[one.name]) for one in shown),
            caption=CAPTION.format(device="simulated"), last=len(shown) - 0.4))
    return ["paper.png", "paper.svg"]
