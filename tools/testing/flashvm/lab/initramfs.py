# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The initramfs of a lab guest: busybox, guest-init, and what --ram names.

An uncompressed cpio archive (newc), written here because that is shorter than
calling cpio. Everything in it is owned by root and dated 0, so that the same
files make the same archive. Directories that Debian has merged into /usr are
links, as on the host.
"""

import os
import re
import shutil
import stat
import subprocess

MERGED = ("bin", "sbin", "lib", "lib64")


class Error(Exception):
    """What could not be put in: one line for the user."""


class Archive:
    """A cpio archive being written."""

    def __init__(self, file):
        self.file = file
        self.names = {""}
        self.inode = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        if name in self.names:
            return
        parent = os.path.dirname(name)
        if parent not in self.names:
            self.add(parent, stat.S_IFDIR | 0o755)
        self.names.add(name)
        self.entry(name, mode, data, device)

    def entry(self, name, mode, data, device):
        self.inode += 1
        name = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                  device[0], device[1], len(name), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        for part in (header + name, data):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def close(self):
        self.entry("TRAILER!!!", 0, b"", (0, 0))


def guest_name(path):
    """The name in the archive: no leading slash, merged directories in usr."""
    name = os.path.normpath(path).lstrip("/")
    return "usr/" + name if name.split("/")[0] in MERGED else name


def libraries(path):
    """The shared libraries a file needs, as the host's loader finds them."""
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return []
    ldd = subprocess.run(["ldd", path], capture_output=True, text=True,
                         check=False, env={**os.environ, "LC_ALL": "C"})
    missing = re.search(r"(\S+) => not found", ldd.stdout)
    if missing:
        raise Error(f"{path} needs {missing[1]}, which is not installed")
    return re.findall(r"(?:=> |^\s*)(/\S+) \(0x", ldd.stdout, re.M)


def add_file(archive, path):
    """A file of the host with its libraries, or a directory with all in it."""
    if os.path.isdir(path):
        for directory, _, names in os.walk(path):
            for name in names:
                add_file(archive, os.path.join(directory, name))
        return
    name = guest_name(path)
    if name in archive.names:
        return
    try:
        with open(path, "rb") as file:
            data = file.read()
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        archive.add(name, stat.S_IFREG | mode & 0o777, data)
        for library in libraries(path):
            add_file(archive, library)
    except OSError as error:
        raise Error(f"--ram {path}: {error.strerror}") from None


def add_as(archive, path, name):
    """A file of the host, by another name."""
    try:
        with open(path, "rb") as file:
            archive.add(guest_name(name), stat.S_IFREG | 0o755, file.read())
    except OSError as error:
        raise Error(f"--ram-as {path}: {error.strerror}") from None


def write(file, init, config, extra, named):
    """Write the archive: init is a path, config the text of /lab/config, extra are
    paths, named are pairs of a path and its name in the guest."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise Error("busybox is missing: install the package busybox-static")
    if libraries(busybox):
        raise Error(f"{busybox} is not static: install the package busybox-static")
    archive = Archive(file)
    for name in MERGED:
        archive.add(name, stat.S_IFLNK | 0o777, f"usr/{name}".encode())
        archive.add(f"usr/{name}", stat.S_IFDIR | 0o755)
    for name in ("proc", "sys", "dev", "run", "root"):
        archive.add(name, stat.S_IFDIR | 0o755)
    for name in ("tmp", "var/tmp"):
        archive.add(name, stat.S_IFDIR | 0o1777)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.add("etc/passwd", stat.S_IFREG | 0o644, b"root:x:0:0::/root:/bin/sh\n")
    archive.add("etc/group", stat.S_IFREG | 0o644, b"root:x:0:\n")
    with open(busybox, "rb") as program:
        archive.add("usr/bin/busybox", stat.S_IFREG | 0o755, program.read())
    with open(init, "rb") as program:
        archive.add("init", stat.S_IFREG | 0o755, program.read())
    archive.add("lab/config", stat.S_IFREG | 0o644, config.encode())
    for path in extra:
        add_file(archive, os.path.abspath(path))
    for path, name in named:
        add_as(archive, path, name)
    archive.close()
