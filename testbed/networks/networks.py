"""Makes machines and lines, and takes them away again, also those of a process that has crashed."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from testbed import debian, user
from testbed.errors import TestbedError
from testbed.networks.line import Line
from testbed.networks.machine import NAME, PREFIX, Machine, create, existing, remove
from testbed.places import CACHE
from testbed.processes import Process, known
from testbed.programs import run

PACKAGES = ("iproute2", "nftables")
MOST_MACHINES = 24
"""Of one process, the routers of its lines included."""


class Networks:
    """Machines and lines of one test; a context, at whose end there is nothing of them."""

    def __init__(self) -> None:
        self.here = Machine("this machine", None)
        """This machine, where the sites' schedulers and sshds are: their submit host."""
        self._me = _myself()
        self._machines: list[Machine] = []
        self._lines: list[Line] = []

    def __enter__(self) -> Networks:
        debian.install(PACKAGES)
        user.make()
        with _alone():
            sweep()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _alone():
            for line in self._lines:
                line.take_away()
            for machine in self._machines:
                if machine.name in existing():
                    remove(machine.name)

    def machine(self, label: str) -> Machine:
        """A machine that reaches nobody."""
        if len(self._machines) >= MOST_MACHINES:
            raise TestbedError(f"a test has at most {MOST_MACHINES} machines, routers included")
        name = f"{PREFIX}-{self._me.pid}-{self._me.started}-{len(self._machines)}"
        machine = create(name, label)
        self._machines.append(machine)
        return machine

    def line(self, first: Machine, second: Machine, *, both_ways: bool = False) -> Line:
        """A line by which the first machine can dial the second, if `both_ways` each the other."""
        router = self.machine(f"router from {first.label} to {second.label}")
        with _alone():
            taken = {line.number for line in self._lines} | _taken_here()
            number = next(number for number in range(256) if number not in taken)
            interface = f"ph{self._me.pid}-{number}" if second.name is None else f"eth{number}"
            line = Line(first, router, second, number, both_ways, interface)
            self._lines.append(line)
            line.lay()
        return line


def sweep() -> list[str]:
    """Takes away the machines of processes that have ended; which they were."""
    gone = []
    for name in existing():
        found = NAME.fullmatch(name)
        if found is not None and not Process(int(found[1]), int(found[2])).alive:
            remove(name)
            gone.append(name)
    return gone


def _myself() -> Process:
    found = known(os.getpid())
    assert found is not None
    return found


def _taken_here() -> set[int]:
    """Numbers of lines that end at this machine, whosever they are."""
    addresses = json.loads(run(["ip", "-j", "-4", "addr"]))
    every = [info["local"] for entry in addresses for info in entry["addr_info"]]
    return {int(text.split(".")[2]) for text in every if text.startswith("198.18.")}


@contextmanager
def _alone() -> Iterator[None]:
    """Waits until no other process makes or removes networks."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock-of-networks").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
