# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""What is measured: the sections of workloads/*.ini, and what they need."""

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

# SCALE=paper: as large as in FlashVM's paper, where a workload has such a size.
PAPER = os.environ.get("SCALE") == "paper"

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
                            .replace("{get}", os.path.join(SOURCES, "unpack"))
                            .replace("{data}", DATA).split())

        self.name = name
        self.title = text("title")
        self.about = text("about")
        self.kind = text("kind")
        if self.kind not in SPREAD:
            raise BenchError(f"{path}: [{name}] kind '{self.kind}' is "
                             f"none of {', '.join(SPREAD)}")
        self.paper = PAPER and "paper_command" in section
        scale = "paper_" if self.paper else ""
        self.footprint = size_in_bytes(text(scale + "footprint"))
        self.command = text(scale + "command")
        self.prepare = text("prepare", "")
        self.output = text("output", "")
        self.ram = text("ram", "").split()
        self.make = text("make", "")
        self.starts = int(text("starts", "0"))

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


def load():
    """All workloads by name, in the order of the files."""
    every = {}
    for path in sorted(glob.glob(os.path.join(SOURCES, "*.ini"))):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            with open(path, encoding="utf-8") as file:
                parser.read_file(file)
            for name in parser.sections():
                if name in every:
                    raise BenchError(f"{path}: there are two of [{name}]")
                every[name] = Workload(name, parser[name], path)
        except (OSError, configparser.Error, ValueError) as error:
            raise BenchError(f"{path}: {error}") from None
    return every


def choose(names):
    """The workloads with these names, in the order of the names."""
    every = load()
    for name in names:
        if name not in every:
            raise BenchError(f"no workload '{name}': there are "
                             f"{', '.join(every)}")
    return [every[name] for name in names]


def build():
    """The programs in build/bin."""
    if not shutil.which("make"):
        raise BenchError("make is missing: install the packages of the lab")
    done = subprocess.run(["make", "-s", "-C", SOURCES, f"BIN={BIN}"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError("the workloads do not build:\n" + done.stderr.strip())


def shell_variables(values):
    """For guest-run: KEY=VALUE a line."""
    return "".join(f"{key}={shlex.quote(str(value))}\n"
                   for key, value in values.items())


def read_result(path):
    """{key: number or text} of the result.txt of guest-run."""
    found = {}
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, _, value = line.strip().partition("=")
                found[key] = int(value) if value.isdigit() else value
    except OSError as error:
        raise BenchError(f"no result: {error}") from None
    if found.get("complete") != 1:
        raise BenchError(f"half a result: {path}")
    return found
