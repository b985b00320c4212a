# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""What all benchmarks have in common as commands."""

import argparse
import os
import shutil
import signal
import sys
import textwrap

import results
import workloads
from settings import setting
from workloads import BenchError


def parser(name, about, epilog=None):
    """With the options that all have."""
    made = argparse.ArgumentParser(
        prog=name, description=about, allow_abbrev=False,
        epilog=epilog or f"Results: build/results/{name}.*, logs: "
        f"build/logs/{name}/")
    made.add_argument("--jobs", type=results.positive, default=2, metavar="N",
                      help="guests side by side (2)")
    made.add_argument("--kernel", default="lab", metavar="NAME|DIR",
                      help="build directory of the kernel (lab)")
    made.add_argument("--fresh", action="store_true",
                      help="measure all of it, also what an interrupted run has "
                      "measured")
    made.add_argument("--list", action="store_true",
                      help="list what there is and end")
    return made


def add_choice(made, names):
    """--workload of these, --setting."""
    made.add_argument("--workload", action="append", default=[],
                      metavar="NAME", help="only this one (repeatable)")
    made.add_argument("--setting", action="append", default=[],
                      choices=names, metavar="NAME",
                      help=f"only this one (repeatable): {', '.join(names)}")


def list_workloads(names, usual=None):
    """What can be chosen."""
    width = max(shutil.get_terminal_size().columns - 1, 40)
    longest = max(map(len, names)) + 2
    for workload in workloads.choose(names):
        more = "" if usual is None or workload.name in usual else \
            " (by name only)"
        print(f"{workload.name:{longest}}{workload.title}{more}: "
              f"{workload.footprint >> 20} MB")
        print(textwrap.fill(workload.about, width,
                            initial_indent=" " * (longest + 1),
                            subsequent_indent=" " * (longest + 1)))


def list_settings(names):
    longest = max(map(len, names)) + 2
    for name in names:
        print(f"{name:{longest}}{setting(name).title}")


def main(name, action, options):
    """Run it. Returns the exit status: 0, 1 with a line of why, 130."""
    # Whoever ends us ends the guests.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        action(options)
    except (BenchError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name}: stopped; the guests are gone, the same command goes "
              "on from here", file=sys.stderr)
        return 130
    return 0


def prepare(chosen, kernel, names):
    """Build and make what the workloads need. Returns the kernel's directory."""
    directory = results.kernel_directory(kernel, names)
    workloads.build()
    for workload in chosen:
        workload.make_data()
    return directory


def label(name, options):
    """Of results and logs: what was asked for in part replaces no whole."""
    part = options.workload or getattr(options, "setting", None)
    return f"{name}-part" if part else name


def relative(path):
    return os.path.relpath(path, workloads.TOP)
