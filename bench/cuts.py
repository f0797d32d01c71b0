"""A thousand tasks while the notebook's machine is cut off for long: `pytest -s bench/cuts.py`.

A laptop that can dial the submit host and nobody else, workers that can dial it and nobody else.
PILOTHOUSE_CUT_SECONDS says how long; make soak.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from testbed.networks.line import Line
from testbed.networks.machine import Machine
from testbed.networks.networks import Networks
from testbed.networks.workers import slurm_node
from testbed.slurm.cluster import Slurm
from testbed.slurm.configuration import NODES
from testbed.ssh.host import SSH
from tests.sites.conftest import at_work, packed
from tests.sites.person import Cells, Host, Person

__all__ = ["packed"]

CUT_SECONDS = float(os.environ.get("PILOTHOUSE_CUT_SECONDS", "60"))
TASKS = 1000
LOAD = """
import pilothouse, time
from parsl import python_app
pilothouse.load("far", blocks=2)

@python_app
def mark(path, number):
    import os, time
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, b"%d\\n" % number)
    os.close(fd)
    time.sleep(0.5)
    return number

ended = []
def submit(path, number):
    future = mark(path, number)
    future.add_done_callback(lambda _: ended.append(time.time()))
    return future
"""


@dataclass(frozen=True)
class Laptop:
    """A person at a laptop, and the line from there."""

    person: Person
    machine: Machine
    line: Line
    notebook: Cells
    marks: Path

    def begin(self) -> None:
        """Has all tasks called, and waits until some have run."""
        self.notebook.run(f"futures = [submit({str(self.marks)!r}, i) for i in range({TASKS})]")
        self.person.wait_for("some to have run", lambda: len(self.ran()) > TASKS // 10, 300)

    def ran(self) -> list[int]:
        """The numbers of tasks that have begun, one each time."""
        return sorted(map(int, self.marks.read_text().split())) if self.marks.exists() else []

    def finish(self, back_at: float) -> str:
        """Waits for all; what is to be said of it."""
        total = self.notebook.run("print(sum(future.result() for future in futures))", 600)
        assert int(total) == sum(range(TASKS))
        after = self.notebook.run(f"print(min(end for end in ended if end > {back_at!r}))")
        again = len(self.ran()) - len(set(self.ran()))
        lost = TASKS - len(set(self.ran()))
        first = float(after) - back_at
        return f"{lost} lost, {again} begun again, first result {first:.1f} s after its return"


@contextmanager
def at_laptop(
    slurm: Slurm, ssh: SSH, networks: Networks, packed: Path, **uplink: object
) -> Iterator[Laptop]:
    """Two pilots of four workers run at the one node that there is."""
    workers = networks.line(networks.machine("worker"), networks.here, both_ways=True)
    far, *others = reversed(NODES)
    laptop = networks.machine("laptop")
    line = networks.line(laptop, networks.here)
    host = Host(line.address, ssh.faces["keys"].port, ssh.person.key, workers.address)
    with ExitStack() as stack:
        stack.enter_context(slurm_node(slurm, far, workers))
        for node in others:
            slurm.down_node(node)
        stack.enter_context(ssh.also_at("keys", line.address))
        through = tuple(laptop.command([]))
        person = stack.enter_context(at_work(slurm.environment, packed, through, host))
        shape = {"walltime": "60", "memoryMiB": 600, "cores": 4, "workers": 4}
        person.profile("far", {"kind": "slurm"}, pilot=shape, uplink=uplink)
        notebook = person.open()
        notebook.run(LOAD)
        person.wait_for_states("far", "leased", "leased", seconds=180)
        yield Laptop(person, laptop, line, notebook, person.root / "work" / "marks")


def test_packets_that_vanish(slurm: Slurm, ssh: SSH, networks: Networks, packed: Path) -> None:
    with at_laptop(slurm, ssh, networks, packed) as laptop:
        laptop.begin()
        with laptop.line.cut("lost"):
            time.sleep(CUT_SECONDS)  # the measure itself
        said = laptop.finish(time.time())
        print(f"\n{CUT_SECONDS:g} s without a packet during {TASKS} tasks: {said}")
        assert laptop.ran() == list(range(TASKS))


def test_a_laptop_that_sleeps(slurm: Slurm, ssh: SSH, networks: Networks, packed: Path) -> None:
    with at_laptop(slurm, ssh, networks, packed) as laptop:
        laptop.begin()
        with laptop.line.cut("down"):
            asleep = asleep_in(laptop.machine)
            signalled(asleep, signal.SIGSTOP)
            time.sleep(CUT_SECONDS)  # the measure itself
        signalled(asleep, signal.SIGCONT)
        said = laptop.finish(time.time())
        print(f"\na laptop that slept for {CUT_SECONDS:g} s during {TASKS} tasks: {said}")
        assert laptop.ran() == list(range(TASKS))


def asleep_in(machine: Machine) -> list[psutil.Process]:
    """What runs there, and not the pilots, which bear the laptop's folders' names as well."""
    return [psutil.Process(each.pid) for each in machine.processes()]


def signalled(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Tells all of them."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def test_longer_than_allowed(slurm: Slurm, ssh: SSH, networks: Networks, packed: Path) -> None:
    allowed = max(5, int(CUT_SECONDS / 3))
    with at_laptop(slurm, ssh, networks, packed, resumeSeconds=allowed) as laptop:
        laptop.begin()
        with laptop.line.cut("lost"):
            time.sleep(CUT_SECONDS)  # the measure itself
        said = laptop.finish(time.time())
        print(f"\n{CUT_SECONDS:g} s where {allowed} s are allowed, {TASKS} tasks: {said}")
        assert sorted(set(laptop.ran())) == list(range(TASKS))


if __name__ == "__main__":
    raise SystemExit(pytest.main(["-q", "-s", __file__]))
