"""Parsl's own providers at one site: `python -m bench.blocks slurm|htcondor [BLOCKS]`.

Run by somebody who may submit there; prints one line of JSON: the seconds that each block took,
and those of a call of the scheduler's that does nothing.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TypedDict

from parsl.providers import CondorProvider, SlurmProvider

BLOCKS = 10
#: What HTEX's blocks run; these never start.
COMMAND = "process_worker_pool.py"
EMPTY = {"slurm": ["sbatch", "--version"], "htcondor": ["condor_version"]}
EMPTY_CALLS = 10


class Blocks(TypedDict):
    """What Parsl's provider did."""

    block_seconds: list[float]
    empty_seconds: float


def provider(site: str) -> SlurmProvider | CondorProvider:
    """As a user would write it, for blocks that stay queued."""
    if site == "slurm":
        return SlurmProvider(
            partition="closed", cores_per_node=1, exclusive=False, walltime="01:00:00"
        )
    return CondorProvider(
        cores_per_slot=1,
        mem_per_slot=0.2,
        project='"bench"',
        requirements="TARGET.PilothouseBench =?= True",
    )


def seconds(argv: list[str]) -> float:
    """How long a command takes."""
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(site: str, number: int) -> Blocks:
    """Submits blocks one by one, as Parsl does, and cancels them."""
    peer = provider(site)
    with tempfile.TemporaryDirectory(prefix="ph-blocks-") as folder:
        peer.script_dir = folder
        os.chdir(folder)  # a folder that the submit host has
        jobs: list[str] = []
        taken = []
        for _ in range(number):
            began = time.perf_counter()
            jobs.append(str(peer.submit(COMMAND, 1)))
            taken.append(time.perf_counter() - began)
        cancel: Callable[[list[str]], object] = peer.cancel
        cancel(jobs)
        os.chdir("/")
    empty = statistics.median(seconds(EMPTY[site]) for _ in range(EMPTY_CALLS))
    return {"block_seconds": taken, "empty_seconds": empty}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else BLOCKS)))
