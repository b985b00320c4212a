# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Boots: one measurement each, a few side by side, none left behind."""

import fcntl
import glob
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

from settings import SETTINGS
from workloads import BIN, BUILD, FLASHVM, TOP, BenchError

VM = os.path.join(FLASHVM, "lab/vm")
LOGS = os.path.join(BUILD, "logs")
DEVICE = "nullb0"
DEVICE_SIZE = "512M"
DEVICE_NAME = "null_blk 80us"
TIMEOUT = 300               # seconds of real time
SHIFT = 3700                # microseconds by which --shift moves the start: no
                            # multiple of a tick or of the device's latency
USUAL = 10                  # of these a boot takes, until we know better


class Boot:
    """One measurement: a workload, a setting by name, traced or timed."""

    def __init__(self, bench, workload, setting, number=1, trace=False,
                 kernel="lab", shift=False):
        self.workload = workload
        self.setting = setting
        self.number = number
        self.trace = trace
        self.phase = SHIFT * (number - 1) if shift else 0
        suffix = "-trace" if trace else f"-{number}" if number > 1 else ""
        self.name = f"{workload.name}-{setting}{suffix}"
        self.out = os.path.join(LOGS, bench, self.name)
        self.command = self.command_line(kernel)
        self.process = None
        self.started = None
        self.result = {}

    def command_line(self, kernel):
        command = [VM, "--kernel", kernel, "--time", "virtual",
                   "--disk", f"{DEVICE}:{DEVICE_SIZE}", "--root", "ram",
                   "--timeout", str(TIMEOUT), "--out", self.out]
        files = self.workload.files()
        if self.trace:
            blktrace = shutil.which("blktrace", path="/usr/sbin:/usr/bin")
            if not blktrace or not shutil.which("blkparse"):
                raise BenchError("blktrace is missing: install the packages "
                                 "of the lab")
            files.append(blktrace)
        for path in files + [self.job()]:
            command += ["--ram", path]
        return command + ["--", files[0], self.job()]

    def start(self):
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)
        job = {
            "SETTING": SETTINGS[self.setting].base,
            "TUNABLES": SETTINGS[self.setting].lines(DEVICE), "BIN": BIN, "DEVICE": DEVICE,
            "LIMIT": self.workload.limit, "PHASE": self.phase,
            "PREPARE": self.workload.prepare,
            "COMMAND": self.workload.command, "OUTPUT": self.workload.output,
            "REFERENCE": int(self.trace and
                             SETTINGS[self.setting].base == "stock"),
            "TRACE": int(self.trace),
        }
        with open(self.job(), "w", encoding="utf-8") as file:
            for key, value in job.items():
                file.write(f"{key}={shlex.quote(str(value))}\n")
        self.started = time.monotonic()
        with open(self.log(), "wb") as log:
            # A session of its own: Ctrl-C on the terminal comes to us only,
            # and we decide in which order things end.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)

    def job(self):
        return os.path.join(self.out, "job")

    def log(self):
        return os.path.join(self.out, "run.log")

    def stop(self, number):
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def finish(self):
        """Read the results of a guest that has ended."""
        status = self.process.returncode
        if status:
            self.fail(f"ended with status {status}")
        try:
            with open(os.path.join(self.out, "result.txt"),
                      encoding="utf-8") as file:
                for line in file:
                    key, _, value = line.strip().partition("=")
                    self.result[key] = int(value) if value.isdigit() else value
        except OSError as error:
            self.fail(f"left no result: {error}")
        if self.result.get("complete") != 1:
            self.fail("left half a result")
        if self.trace:
            self.read_trace()

    def fail(self, what):
        with open(self.log(), encoding="utf-8", errors="replace") as file:
            last = [line.rstrip() for line in file if line.strip()][-12:]
        raise BenchError(f"{self.name} {what}; the end of {self.log()}:\n  "
                         + "\n  ".join(last))

    def read_trace(self):
        """Sum the queued (Q), issued (D) and completed (C) requests."""
        sums = {}
        parse = subprocess.run(
            ["blkparse", "-q", "-i", "trace", "-f", "%a %d %n\\n"],
            cwd=self.out, capture_output=True, text=True, check=False)
        for line in parse.stdout.splitlines():
            action, what, *_ = line.split() + [""]
            kind = next((kind for letter, kind in
                         (("D", "discards"), ("R", "reads"), ("W", "writes"))
                         if letter in what), None)
            if action in ("Q", "D", "C") and kind:
                sums[action, kind] = sums.get((action, kind), 0) + 1
        for kind in ("reads", "writes", "discards"):
            for action, name in (("Q", "queued"), ("D", "issued"),
                                 ("C", "completed")):
                self.result[f"trace_{name}_{kind}"] = sums.get((action, kind), 0)
            # Two counts of the same thing, by the block layer and from the
            # trace: when they differ, one of them is not to be believed.
            counted = self.result[f"device_{kind}"]
            issued = self.result[f"trace_issued_{kind}"]
            if abs(counted - issued) > 2:
                self.fail(f"traced {issued} {kind}, the device counted "
                          f"{counted}")
        self.result["requests"] = sum(self.result[f"trace_issued_{kind}"] for
                                      kind in ("reads", "writes", "discards"))

    def drop_trace(self):
        """The events are summed: the trace is not needed any more."""
        for path in glob.glob(os.path.join(self.out, "trace.blktrace.*")):
            os.unlink(path)


def lock_logs(bench):
    """Two runs would write into the same directories. Returns the lock."""
    logs = os.path.join(LOGS, bench)
    os.makedirs(logs, exist_ok=True)
    lock = open(os.path.join(logs, "lock"), "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BenchError(f"another {bench} is running in this checkout") from None
    return lock


class Progress:
    """What is going on and how long it will take: one line on a terminal."""

    def __init__(self, total, jobs):
        self.total, self.jobs = total, jobs
        self.begin = time.monotonic()
        self.terminal = sys.stdout.isatty()
        self.done = 0
        self.seconds = []

    def left(self, running):
        """Seconds left, from the mean of the boots so far."""
        mean = sum(self.seconds) / len(self.seconds) if self.seconds else USUAL
        waiting = self.total - self.done - len(running)
        spent = sum(min(time.monotonic() - boot.started, mean)
                    for boot in running)
        return (mean * (waiting + len(running)) - spent) / self.jobs

    def update(self, running):
        """Redraw the line; on something that is no terminal, nothing."""
        if not self.terminal:
            return
        names = ", ".join(boot.name for boot in running)
        text = (f"[{self.done:3}/{self.total}] {clock(self.left(running))} "
                f"left  {names}")
        width = shutil.get_terminal_size().columns - 1
        print("\r\033[K" + text[:width], end="", flush=True)

    def finished(self, boot, running):
        seconds = time.monotonic() - boot.started
        self.done += 1
        self.seconds.append(seconds)
        if not self.terminal:
            left = self.left(running)
            print(f"[{self.done:3}/{self.total}] {boot.name}: "
                  f"{boot.result['run_ns'] / 1e9:.3f} s of virtual time, "
                  f"{seconds:.0f} s real; {clock(left)} left", flush=True)

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="", flush=True)


def clock(seconds):
    seconds = max(0, round(seconds))
    return f"{seconds // 60}:{seconds % 60:02}"


def end_all(running):
    """No guest survives us: ask, then insist."""
    if running:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    for boot in running:
        boot.stop(signal.SIGTERM)
    patience = time.monotonic() + 2
    while time.monotonic() < patience and \
            any(boot.process.poll() is None for boot in running):
        time.sleep(0.05)
    for boot in running:
        boot.stop(signal.SIGKILL)
        boot.process.wait()


def run(bench, boots, jobs):
    """Run all boots, the given number at a time. Raises at the first failure."""
    if not os.access(VM, os.X_OK):
        raise BenchError(f"{os.path.relpath(VM, TOP)} is missing")
    lock = lock_logs(bench)
    waiting, running = list(boots), []
    progress = Progress(len(boots), jobs)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                boot = waiting.pop(0)
                running.append(boot)
                boot.start()
            for boot in [boot for boot in running
                         if boot.process.poll() is not None]:
                running.remove(boot)
                boot.finish()
                progress.finished(boot, running)
            progress.update(running)
            time.sleep(0.1)
    finally:
        end_all([boot for boot in running if boot.process])
        progress.clear()
        lock.close()
