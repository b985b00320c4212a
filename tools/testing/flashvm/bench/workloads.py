# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The workloads of a benchmark, workloads/NAME.ini, and what they need."""

import configparser
import glob
import os
import shlex
import shutil
import subprocess

BENCH = os.path.dirname(os.path.realpath(__file__))
FLASHVM = os.path.dirname(BENCH)
TOP = os.path.realpath(os.path.join(FLASHVM, "../../.."))
BUILD = os.path.join(TOP, "build")
BIN = os.path.join(BUILD, "bin")
DATA = os.path.join(BUILD, "data")
SOURCES = os.path.join(FLASHVM, "workloads")

# Largest difference between repeated runs, per cent of their mean.
SPREAD = {"walk": 0.5, "program": 2.0}


class BenchError(Exception):
    """Something the user can understand and mend: one line, no traceback."""


def size_in_bytes(text):
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:], 1)
    return int(text.rstrip("KMG")) * factor


class Workload:
    """One section of the definitions."""

    def __init__(self, name, section, path):
        def text(key, default=None):
            value = section.get(key, default)
            if value is None:
                raise BenchError(f"{path}: [{name}] has no '{key}'")
            return " ".join(value.replace("{bin}", BIN)
                            .replace("{data}", DATA).split())

        self.name = name
        self.title = text("title")
        self.about = text("about")
        self.kind = text("kind")
        if self.kind not in SPREAD:
            raise BenchError(f"{path}: [{name}] kind '{self.kind}' is "
                             f"none of {', '.join(SPREAD)}")
        self.limit = text("limit")
        self.footprint = size_in_bytes(text("footprint"))
        self.command = text("command")
        self.prepare = text("prepare", "")
        self.output = text("output", "")
        self.ram = text("ram", "").split()
        self.make = text("make", "")
        self.usual = section.getboolean("usual", True)

    def make_data(self):
        """Make the input file, unless it is there."""
        if not self.make:
            return
        path, command = (part.strip() for part in self.make.split(":", 1))
        if os.path.exists(path):
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        done = subprocess.run(command, shell=True, capture_output=True,
                              text=True, check=False)
        if done.returncode or not os.path.exists(path):
            if os.path.exists(path):
                os.unlink(path)     # it may be half a file
            raise BenchError(f"cannot make {path}: "
                             f"{done.stderr.strip() or command}")

    def files(self):
        """What has to be in the guest, wildcards resolved."""
        found = [os.path.join(BENCH, "guest-run"), os.path.join(BIN, "timed"),
                 os.path.join(BIN, "swapon-flag")]
        program = shlex.split(self.command)[0]
        if program.startswith(BIN):
            found.append(program)
        for pattern in self.ram:
            paths = sorted(glob.glob(pattern))
            if not paths:
                raise BenchError(f"{self.name} needs {pattern}, which is not "
                                 "there: install the packages of the lab")
            found += paths
        return found


def load(bench):
    """All workloads of a benchmark by name, in the order of its file."""
    path = os.path.join(SOURCES, f"{bench}.ini")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
        return {name: Workload(name, parser[name], path)
                for name in parser.sections()}
    except (OSError, configparser.Error, ValueError) as error:
        raise BenchError(f"{path}: {error}") from None


def choose(bench, names):
    """The workloads with these names, or those that are usual."""
    every = load(bench)
    for name in names:
        if name not in every:
            raise BenchError(f"no workload '{name}': there are "
                             f"{', '.join(every)}")
    if names:
        return [every[name] for name in every if name in names]
    return [workload for workload in every.values() if workload.usual]


def build():
    """The programs in build/bin."""
    if not shutil.which("make"):
        raise BenchError("make is missing: install the packages of the lab")
    done = subprocess.run(["make", "-s", "-C", SOURCES, f"BIN={BIN}"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError("the workloads do not build:\n" + done.stderr.strip())
