"""What an agent says of itself and the node it is on."""

from __future__ import annotations

import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from . import job
from .pilot_file import PilotFile
from .processes import IS_LINUX

_MIB = 1024 * 1024
_NVIDIA_SECONDS = 10
_UUID = re.compile(r"\(UUID: ([^)\s]+)\)")


def node(pilot: PilotFile, place: job.Job, environment: Mapping[str, str]) -> dict[str, object]:
    """The fields of ``agent.hello`` that describe the node."""
    return {
        "host": socket.gethostname()[:300],
        "site": place.site,
        "slot": place.slot,
        "restarts": place.restarts,
        "glibc": glibc(),
        "system": f"{platform.system()} {platform.release()}"[:300],
        "architecture": platform.machine()[:100],
        "cores": min(usable_cores(), pilot.cores),
        "memoryMiB": memory_mib(pilot.memory_mib),
        "gpus": gpus(environment),
    }


def runtime() -> dict[str, object]:
    """Python, and Parsl by its metadata (its import is the zygote's to try)."""
    parsl: str | None = None
    problem: str | None = None
    try:
        parsl = metadata.version("parsl")
    except metadata.PackageNotFoundError:
        problem = f"{sys.executable} has no Parsl: install the kernel's version of it there"
    return {
        "executable": sys.executable,
        "python": platform.python_version(),
        "parsl": parsl,
        "problem": problem,
    }


def glibc() -> str | None:
    """The C library's version, ``2.36``; None: it is another one."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return None  # unknown to systems without it
    return version[:20] if name == "glibc" and version else None


def usable_cores() -> int:
    """Cores that this process may run on."""
    if IS_LINUX:
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def memory_mib(granted: int | None) -> int:
    """The least of what the node has, its control group allows, and the pilot was granted."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB]
    found += [limit // _MIB for limit in _cgroup_limits()]
    if granted is not None:
        found.append(granted)
    return min(found)


def _cgroup_limits() -> list[int]:
    """Memory limits of this process's control group and those above it, in bytes."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []  # not Linux
    limits = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":  # version 2
            root, name = Path("/sys/fs/cgroup"), "memory.max"
        elif "memory" in controllers.split(","):
            root, name = Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"
        else:
            continue
        folder = root / group.lstrip("/")
        for folder_above in (folder, *folder.parents):
            try:
                text = (folder_above / name).read_text().strip()
            except OSError:
                text = "max"  # no such controller at this level
            if text.isdigit():
                limits.append(int(text))
            if folder_above == root:
                break
    return limits


def gpus(environment: Mapping[str, str]) -> list[str]:
    """Names of the GPUs that the scheduler gave this job, else of all the node has."""
    given = environment.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip()[:200] for name in given.split(",") if name.strip()][:64]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_NVIDIA_SECONDS,
            check=True,
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return []  # no NVIDIA tools, or a driver that does not answer: none to offer
    return _UUID.findall(listed)[:64]
