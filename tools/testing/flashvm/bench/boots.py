# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""What is measured, and the boot of a guest that measures it."""

import dataclasses
import functools
import glob
import hashlib
import os
import re
import shutil
import subprocess
import time

import devices
import latency
import workloads
from settings import setting
from workloads import BIN, BUILD, FLASHVM, PAPER, BenchError, Workload

VM = os.path.join(FLASHVM, "lab/vm")
LOGS = os.path.join(BUILD, "logs")
TIMEOUT = 600               # seconds of real time
PATIENCE = 3                # times that, if the guest ends the program itself
TIMED_OUT = 124             # status of lab/vm when that time is over
SHIFT = 3700                # microseconds by which a repetition starts later
                            # if asked for: no multiple of a tick or a latency
MB = 1 << 20
KINDS = ("timed", "requests", "faults", "events", "profile")


@dataclasses.dataclass(frozen=True)
class Point:
    """What is measured.

    occupancy is footprint over the size of the device, ratio is footprint over
    the limit. kind: timed; requests, counted by blktrace; faults, the
    latencies of faults on swapped pages; events, FlashVM's tracepoints; profile, the
    instructions of each function of the kernel. All but the first and the last take
    time, so they give nothing else.
    """

    workload: Workload
    setting: str
    device: str = "nvme"
    occupancy: float = 0.25
    ratio: float = 2
    kind: str = "timed"
    number: int = 1
    phase: int = 0          # microseconds; see SHIFT
    seconds: int = 0        # after which the program is ended, 0: it is not

    @property
    def limit(self):
        """memory.max in bytes, whole pages."""
        return int(self.workload.footprint / self.ratio) & ~4095

    @property
    def size(self):
        """Of the device, bytes."""
        return int(self.workload.footprint / self.occupancy)

    @property
    def name(self):
        """Of the directory of its logs: what is not usual is in it."""
        usual = {field.name: field.default for field in dataclasses.fields(self)}
        parts = [self.workload.name, self.setting]
        if self.device != usual["device"]:
            parts.append(self.device)
        if self.occupancy != usual["occupancy"]:
            parts.append(f"occupancy{100 * self.occupancy:.0f}")
        if self.ratio != usual["ratio"]:
            parts.append(f"ratio{self.ratio:.6g}")
        if self.kind != usual["kind"]:
            parts.append(self.kind)
        if self.number > 1:
            parts.append(str(self.number))
        return "-".join(parts)


JOB = "/job"                # in the guest


@functools.lru_cache(maxsize=None)
def digest_of(path, _size, _changed):
    """Of a file of that size that was changed then."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def digest(path):
    """Of a file as it is now."""
    state = os.stat(path)
    return digest_of(path, state.st_size, state.st_mtime_ns)


class Boot:
    """A point, and what came of it."""

    def __init__(self, bench, point, kernel="lab"):
        self.point = point
        self.workload = point.workload
        self.name = point.name
        self.out = os.path.join(LOGS, bench, self.name)
        self.kernel = kernel
        self.command = self.command_line()
        self.process = None
        self.started = None
        self.begun = None           # the key then
        self.failed = None
        self.timed_out = False      # in real time, which says nothing
        self.out_of_memory = False  # stock alone: a result, see guest-run
        self.result = {}

    def files(self):
        """What is in the guest beside libraries."""
        files = self.workload.files()
        if self.point.kind == "requests":
            blktrace = shutil.which("blktrace", path="/usr/sbin:/usr/bin")
            if not blktrace or not shutil.which("blkparse"):
                raise BenchError("blktrace is missing: install the packages "
                                 "of the lab")
            files.append(blktrace)
        return files

    def command_line(self):
        point = self.point
        patience = PATIENCE if point.seconds else 1
        # the device is in the memory of the guest
        memory = max(1024, (point.size + 2 * self.workload.footprint) // MB + 512)
        command = [VM, "--kernel", self.kernel, "--time", "virtual",
                   "--memory", f"{memory}M"]
        command += devices.DEVICES[point.device].option(point.size)
        command += ["--root", "ram", "--timeout",
                    str(TIMEOUT * (100 if PAPER else patience)),
                    "--out", self.out]
        if point.kind == "profile":
            command.append("--profile")
        files = self.files()
        for path in files:
            command += ["--ram", path]
        # The name of the point is not to be in the guest: one that is longer
        # moves its memory, and some programs take 1 % more or less then.
        return command + ["--ram-as", self.job(), JOB, "--", files[0], JOB]

    def job_text(self):
        """What guest-run is told."""
        point, with_it = self.point, setting(self.point.setting)
        ended = f"timeout -s KILL {point.seconds} " if point.seconds else ""
        job = {
            "SETTING": with_it.base, "FLAGS": with_it.flags,
            "THROUGH": with_it.through,
            "TUNABLES": with_it.lines(devices.NAME), "BIN": BIN,
            "DEVICE": devices.NAME, "SIMULATED": 1, "AREA_KB": "",
            "LIMIT": point.limit,
            "PHASE": point.phase, "PREPARE": self.workload.prepare,
            "COMMAND": ended + self.workload.command, "OUTPUT": self.workload.output,
            "REFERENCE": int(point.kind == "requests" and
                             with_it.base == "stock"),
            # It is seen from outside of the guest, which knows nothing of it.
            "KIND": "timed" if point.kind == "profile" else point.kind,
        }
        return workloads.shell_variables(job)

    def key(self):
        """All that goes into this boot."""
        directory = self.kernel if "/" in self.kernel else \
            os.path.join(BUILD, self.kernel)
        parts = [self.job_text(), " ".join(self.command)]
        parts += [digest(path) for path in self.files() + [
            VM, os.path.join(FLASHVM, "lab/guest-init"),
            os.path.join(directory, "vmlinux"),
            os.path.join(BUILD, "flashsim", os.path.basename(directory),
                         "flashsim.ko")] if os.path.isfile(path)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def key_file(self):
        return os.path.join(self.out, "key")

    def measured(self):
        """Was it, before an interruption? Its result is there then."""
        try:
            with open(self.key_file(), encoding="ascii") as file:
                if file.read() != self.key():
                    return False
            self.read_result()
        except (OSError, BenchError):
            return False
        return True

    def start(self):
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)
        with open(self.job(), "w", encoding="utf-8") as file:
            file.write(self.job_text())
        self.started = time.monotonic()
        self.begun = self.key()
        with open(self.log(), "wb") as log:
            # A session of its own: Ctrl-C on the terminal comes to us only,
            # and we decide in which order things end.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)

    def has_time(self):
        return not (self.failed or self.out_of_memory)

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
        self.timed_out = status == TIMED_OUT
        if status:
            self.fail(f"ended with status {status}")
        if self.key() != self.begun:
            self.fail("was measured while the kernel or a program was built anew")
        self.read_result()
        with open(self.key_file(), "w", encoding="ascii") as file:
            file.write(self.begun)

    def read_result(self):
        try:
            self.result = workloads.read_result(
                os.path.join(self.out, "result.txt"))
        except BenchError as error:
            self.fail(f"left {error}")
        self.out_of_memory = self.result["memory_event_oom_kill"] > 0
        if self.out_of_memory:
            return
        self.result["device_requests"] = sum(
            self.result[f"device_{kind}"] for kind in
            ("reads", "writes", "discards"))
        self.result["busy_ns"] = \
            self.result["all_busy_ns"] - self.result["flash_own_cpu_ns"]
        self.result["device_work_ns"] = devices.work_ns(self.result)
        self.read_waits()
        if self.point.kind == "requests":
            self.read_trace()
        if self.point.kind == "faults":
            self.result.update(latency.percentiles(
                os.path.join(self.out, "faults.txt")))

    def read_waits(self):
        """How often a walk on FlashVM has waited for the device, of how many
        touches. A stream may be learnt in three faults each time it begins."""
        with open(os.path.join(self.out, "stdout.txt"), encoding="utf-8") as file:
            checked = re.search(r"\bchecked=(\d+)", file.read())
        if checked:
            self.result["touches"] = int(checked[1])
        if "pages_ahead_late" in self.result:
            waits = self.result["pgmajfault"] + self.result["pages_ahead_late"]
            self.result["waits"] = waits
            self.result["stream_waits"] = max(0, waits - 3 * self.workload.starts)

    def fail(self, what):
        last = []
        if os.path.exists(self.log()):
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

    def drop_trace(self):
        """The events are summed: the trace is not needed any more."""
        for path in glob.glob(os.path.join(self.out, "trace.blktrace.*")):
            os.unlink(path)
