"""Many pilots of one kernel on one bridge: a lease's way to its pilot, heartbeats, memory.

Pilots, kernel and home are simulated (leases.ts) on the sockets and TLS that real ones use; so is
the scheduler, which has every job run at once. The bridge is real.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypedDict, cast

import psutil

from bench.bundle import bundled
from bench.figure import Figure
from bench.processes import NODE, said
from bench.profiles import POLLING, own_profiles
from pilothouse.bridge import connect
from pilothouse.bridge.paths import folders
from pilothouse.bridge.version import version

PILOTS = 1000
#: Where pilots dial: not loopback's usual address, so that they are far away.
ADDRESS = "127.0.0.2"
#: Both ends ping each 3 s (TIMES.agentPingMs in src/protocol/limits.ts).
PING_MS = 3000
PROFILE: dict[str, object] = {
    "pilot": {"cores": 1, "workers": 1},
    "scaling": {"max": PILOTS},
    "scheduler": {"kind": "slurm", "polling": POLLING},
    "environment": {"sharesFiles": True},
    "uplink": {"kinds": ["direct"], "listenAddress": ADDRESS},
}
#: Slurm's commands, as far as they are asked: each array runs, all of it, from its submission on.
COMMANDS = {
    "sbatch": """
id=$(($(ls '{jobs}' | wc -l) + 1))
sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' pilot.sh > '{jobs}'/$id
echo $id
""",
    "squeue": """
echo 'pilothouse|JOBID|ST|NODELIST|REASON'
for id in $(ls '{jobs}')
do seq -f "pilothouse|${{id}}_%.0f|R|node|None" 0 $(cat '{jobs}'/$id)
done
""",
    "scontrol": "exit 1",
    "sacct": "exit 1",
    "scancel": ":",
}


class Measured(TypedDict):
    """What leases.ts prints; milliseconds, and MB."""

    taken: list[float]
    cuts: list[str]
    longestSilenceMs: float
    tasksPerSecond: float
    processor: float
    memory: dict[str, float]


def figures() -> Iterator[Figure]:
    """One bridge, from its first pilot on."""
    with tempfile.TemporaryDirectory(prefix="ph-leases-") as place, _scheduler(Path(place)):
        program = bundled("leases", Path(place))
        with own_profiles({"many": PROFILE}):
            found = _measured(program)
    taken = sorted(found["taken"])
    memory = found["memory"]
    name = f"{PILOTS:,} leased pilots, 100 with tasks"
    yield Figure(
        f"{name}: a lease reaches its pilot, p95 of {len(taken)}",
        taken[int(len(taken) * 0.95)],
        "ms",
        50,
        "at most",
        peer_name=f"none; median {statistics.median(taken):.1f} ms, "
        f"{found['tasksPerSecond']:.0f} tasks/s, "
        f"{100 * found['processor']:.0f} % of a core for the bridge",
    )
    yield Figure(
        f"{name}: pilots whose connection was cut",
        len(found["cuts"]),
        "",
        0,
        "at most",
        peer_name="none",
    )
    yield Figure(
        f"{name}: longest time without a heartbeat at any pilot",
        found["longestSilenceMs"] / 1000,
        "s",
        2 * PING_MS / 1000,
        "at most",
        peer_name=f"none; they come each {PING_MS / 1000:g} s",
    )
    each = (memory["leased"] - memory["before"]) * 1000 / PILOTS
    connected = (memory["connected"] - memory["before"]) * 1000 / PILOTS
    yield Figure(
        f"{name}: memory of the bridge for each pilot",
        each,
        "kB",
        None,
        "at most",
        peer_name=f"none; {connected:.0f} kB once it is connected, {memory['leased']:.0f} MB all",
    )


def _measured(program: Path) -> Measured:
    where = folders()
    with connect("command") as bridge:
        pid = cast(int, bridge.hello["pid"])
        site = where.state / "site"
        words = [str(where.runtime), version(), str(site), ADDRESS]
        try:
            printed = said([str(NODE), str(program), *words], name="leases.ts")
        finally:
            # Its pilots are no processes: there is nothing else to end.
            os.kill(pid, signal.SIGTERM)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(20)
    return cast(Measured, json.loads(printed.splitlines()[-1]))


@contextmanager
def _scheduler(place: Path) -> Iterator[None]:
    """Slurm's commands are found, and are these."""
    jobs, programs = place / "jobs", place / "bin"
    for folder in (jobs, programs):
        folder.mkdir()
    for name, body in COMMANDS.items():
        program = programs / name
        program.write_text(f"#!/bin/sh\n{body.format(jobs=jobs)}\n")
        program.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{programs}:{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before
