# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
"""The devices that hold the swap: profiles of flashsim, made for each boot.

The work of a device is the time for which it is busy with the pages it has
read and written at best, that is if it always had enough of them to do: the
largest of what its link, its channels and its dies need for them, each as if
they shared the work evenly. Run time cannot be less, whatever is read ahead.
"""

NAME = "flash0"             # in the guest, and below /sys/block
MB = 1 << 20


class Device:
    """A profile of flashsim, perhaps with other values."""

    def __init__(self, title, profile, **settings):
        self.title = title
        self.profile = profile
        self.settings = settings

    def option(self, size):
        """For lab/vm: a device of so many bytes, whole MB, rounded up."""
        values = {"profile": self.profile, **self.settings}
        pairs = ",".join(f"{key}={value}" for key, value in values.items())
        return ["--flash", f"{NAME}:{-(-size // MB)}M:{pairs}"]


DEVICES = {
    "nvme": Device("NVMe SSD", "nvme"),
    "sata": Device("SATA SSD", "sata"),
    "ocz-vertex": Device("OCZ Vertex, as in the paper", "ocz-vertex"),
    "emmc": Device("eMMC", "emmc"),
    "disk": Device("disk, 7200/min", "disk"),
    "zero": Device("no latency", "zero"),
    "nvme-used": Device("NVMe SSD, full and rewritten", "nvme",
                        age="1000/3000"),
    "sata-used": Device("SATA SSD, full and rewritten", "sata",
                        age="1000/3000"),
}


def work_ns(result):
    """Nanoseconds of work in the result of a boot; see above. 0 for a disk,
    whose time depends on the order more than on the number."""
    setting = {key[len("flash_set_"):]: value for key, value in result.items()
               if key.startswith("flash_set_")}
    if setting["turn_ns"]:
        return 0
    read = result["flash_host_pages_read"]
    written = result["flash_host_pages_written"]
    programs = result["flash_nand_pages_programmed"]
    moved = result["flash_nand_pages_moved"]
    dies = ((read + moved) * setting["read_ns"] +
            programs * setting["program_ns"] +
            result["flash_nand_erases"] * setting["erase_ns"])
    return max((read + written) * setting["link_ns"],
               (read + written) * setting["channel_ns"] // setting["channels"],
               dies // setting["dies"])
