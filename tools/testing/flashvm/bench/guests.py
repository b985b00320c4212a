# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""Boots a few side by side, none left behind, none measured twice.

What was measured before an interruption is not measured again: a boot is known
by all that goes into it, kernel, programs, device, settings. Once a benchmark
has come to its end nothing is kept, so that doing it again measures again.
"""

import fcntl
import os
import shutil
import signal
import sys
import time

from boots import LOGS, VM
from workloads import TOP, BenchError

USUAL = 12                  # seconds that a boot takes, until we know better


class Session:
    """A benchmark from its begin to its end; for "with"."""

    def __init__(self, bench, jobs, fresh=False, keep_going=False):
        self.logs = os.path.join(LOGS, bench)
        self.bench = bench
        self.jobs = jobs
        self.keep_going = keep_going
        self.fresh = fresh
        self.lock = None
        self.resumed = 0        # boots that were measured before
        self.failed = []
        self.more = 0           # boots that other calls of run() will have

    def expect(self, boots):
        """So many there will be in all, for the time that is left."""
        self.more = boots

    def unfinished(self):
        return os.path.join(self.logs, "unfinished")

    def __enter__(self):
        if not os.access(VM, os.X_OK):
            raise BenchError(f"{os.path.relpath(VM, TOP)} is missing")
        os.makedirs(self.logs, exist_ok=True)
        # Two runs would write into the same directories.
        self.lock = open(os.path.join(self.logs, "lock"), "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BenchError(f"another {self.bench} is running in this "
                             "checkout") from None
        self.fresh = self.fresh or not os.path.exists(self.unfinished())
        with open(self.unfinished(), "w", encoding="ascii"):
            pass
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None and not self.failed:
            os.unlink(self.unfinished())
        self.lock.close()

    def run(self, boots):
        """Run all of them. Raises at the first failure, unless keep_going:
        then it is in self.failed and in the failed of the boot."""
        waiting = list(boots)
        if not self.fresh:
            waiting = [boot for boot in boots if not boot.measured()]
            before = len(boots) - len(waiting)
            if before:
                print(f"{before} of {len(boots)} boots were measured before the "
                      "interruption (--fresh: all again)", flush=True)
            self.resumed += before
        running = []
        self.more = max(self.more - len(boots), 0)
        progress = Progress(len(waiting), self.jobs, self.more)
        try:
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    boot = waiting.pop(0)
                    running.append(boot)
                    boot.start()
                for boot in [boot for boot in running
                             if boot.process.poll() is not None]:
                    running.remove(boot)
                    self.finish(boot)
                    progress.finished(boot, running)
                progress.update(running)
                time.sleep(0.1)
        finally:
            end_all([boot for boot in running if boot.process])
            progress.clear()

    def finish(self, boot):
        try:
            boot.finish()
            if boot.out_of_memory and not self.keep_going:
                boot.fail("ran out of memory")
        except BenchError as error:
            if not self.keep_going:
                raise
            boot.failed = str(error)
            self.failed.append(boot)


class Progress:
    """What is going on and how long it will take: one line on a terminal."""

    def __init__(self, total, jobs, more=0):
        self.total, self.jobs, self.more = total, jobs, more
        self.begin = time.monotonic()
        self.terminal = sys.stdout.isatty()
        self.done = 0
        self.seconds = []

    def left(self, running):
        """Seconds left, from the mean of the boots so far."""
        mean = sum(self.seconds) / len(self.seconds) if self.seconds else USUAL
        waiting = self.total + self.more - self.done - len(running)
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
            if boot.failed:
                what = "FAILED"
            elif boot.out_of_memory:
                what = "out of memory"
            else:
                what = f"{boot.result['run_ns'] / 1e9:.3f} s of virtual time"
            print(f"[{self.done:3}/{self.total}] {boot.name}: {what}, "
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
