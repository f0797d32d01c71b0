"""Pilots as jobs of real schedulers, beside Parsl's providers: the sites of the testbed."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from bench.blocks import Blocks
from bench.figure import Figure
from bench.pilots import FEW, MANY, AtSite
from bench.processes import ROOT
from bench.profiles import POLLING
from testbed import debian, user
from testbed.alone import Users, alone, tested
from testbed.htcondor.pool import HTCondor
from testbed.sites import Site
from testbed.slurm.cluster import Slurm

SITES: tuple[Site, ...] = (Slurm(), HTCondor())


def figures() -> Iterator[Figure]:
    """Both sites; where no site can be started there is nothing to say but why."""
    reason = debian.cannot_start()
    if reason is not None:
        print(f"sites: not measured: {reason}", flush=True)
        return
    for site in SITES:
        with up(site):
            # Before and after, since a machine is not as busy at one time as at another.
            before = cast(Blocks, run(site, "bench.blocks"))
            pilots = cast(AtSite, run(site, "bench.pilots"))
            after = cast(Blocks, run(site, "bench.blocks"))
        blocks: Blocks = {
            "block_seconds": [*before["block_seconds"], *after["block_seconds"]],
            "empty_seconds": statistics.mean((before["empty_seconds"], after["empty_seconds"])),
        }
        yield from of_site(site.name, blocks, pilots)


@contextmanager
def up(site: Site) -> Iterator[None]:
    """The site runs, and nobody else uses it; afterwards it is as it was."""
    users = Users(site.name)
    with alone():
        was_up = site.enclosure is not None and site.enclosure.first is not None
        site.up()
    try:
        with tested():
            site.restore()
            yield
            site.restore()
    finally:
        with alone():
            if users.leave() and not was_up:
                site.down()


def run(site: Site, module: str) -> object:
    """What a program of ours says, run where it may submit.

    HTCondor takes no jobs of root's. At Slurm it is this user, whose Python the pilots share.
    """
    argv = [sys.executable, "-m", module, site.name]
    if site.name == "htcondor":
        program = user.popen(argv, env=site.environment, cwd=ROOT)
    else:
        program = subprocess.Popen(
            argv,
            env={**os.environ, **site.environment},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    with program:
        said, words = program.communicate(timeout=1200)
    if program.returncode != 0:
        raise RuntimeError(f"{module} at {site.name}: {words[-4000:]}")
    result: object = json.loads(said.splitlines()[-1])
    return result


def of_site(site: str, blocks: Blocks, pilots: AtSite) -> Iterator[Figure]:
    """The figures of one site."""
    # On this machine HTCondor's commands pass through a door into another root: what that costs
    # is no business of a submit host's, so an empty call is taken off, for ours and for theirs.
    empty = blocks["empty_seconds"] if site == "htcondor" else 0.0
    less = f", less {1000 * empty:.0f} ms for each call's door" if empty else ""
    submitted, few, many = pilots["submitted"], pilots["few"], pilots["many"]
    block = statistics.median(blocks["block_seconds"]) - empty
    took = submitted["seconds"] - empty * submitted["submit_calls"]
    yield Figure(
        f"{site}: {MANY:,} pilots submitted and known",
        MANY / took,
        "pilots/s",
        20,
        "at least",
        1 / block,
        f"Parsl's provider, median of {len(blocks['block_seconds'])} blocks{less}",
    )
    yield Figure(
        f"{site}: calls that submit {MANY:,} pilots",
        submitted["submit_calls"],
        "calls",
        1,
        "at most",
        peer_name=f"one a block in Parsl; calls meanwhile: {submitted['calls']}",
    )
    interval = POLLING["everySeconds"]
    yield Figure(
        f"{site}: scheduler calls an hour, what {MANY:,} pilots add to those of {FEW}",
        many["calls_an_hour"] - few["calls_an_hour"],
        "calls",
        # An interval is some milliseconds longer where the answer is.
        0.05 * few["calls_an_hour"],
        "at most",
        peer_name=f"none; {few['calls_an_hour']:.0f} and {many['calls_an_hour']:.0f}, from one "
        f"minute ({few['calls']}; {many['calls']}) in which it is asked each {interval} s",
    )
    yield Figure(
        f"{site}: the bridge, idle, with {MANY:,} queued pilots",
        100 * many["cpu"],
        "% of a core",
        1,
        "at most",
        peer_name=f"none; the scheduler's commands, each {interval} s: "
        f"{100 * abs(many['commands_cpu']):.2f} %",
    )
    for what, read in pilots["status"].items():
        yield Figure(
            f"{site}: status of {sum(read['states'].values()):,} jobs read, {what}",
            statistics.median(read["taken"]),
            "ms",
            100,
            "at most",
            peer_name=f"none; the first reading {read['taken'][0]:.0f} ms, "
            f"{read['bytes'] / 1e6:.1f} MB, {read['states']}",
        )
    started = {name: statistics.median(found) for name, found in pilots["started"].items()}
    yield Figure(
        f"{site}: a pilot that starts is shown after",
        started["carried"],
        "s",
        1,
        "at most",
        peer_name="none, Parsl asks each 60 s",
    )
    if "shared" in started:
        yield Figure(
            f"{site}: a runtime that is there adds to a pilot's start",
            started["carried"] - started["shared"],
            "s",
            1,
            "at most",
            peer_name=f"none; {started['shared']:.2f} s where pilots share the kernel's Python",
        )
