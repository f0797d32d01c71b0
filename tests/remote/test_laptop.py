"""The example notebook on a laptop that cannot be dialled, with workers that cannot dial it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from testbed import user
from testbed.htcondor.pool import HTCondor
from testbed.modules import Modules
from testbed.networks.condor_node import htcondor_node
from testbed.networks.line import Line
from testbed.networks.machine import Machine
from testbed.networks.networks import Networks
from testbed.networks.workers import slurm_node
from testbed.slurm.cluster import Slurm
from testbed.slurm.configuration import NODES
from testbed.ssh.host import SSH
from tests.sites.conftest import at_work
from tests.sites.test_pi import run_pi

from .traveller import Traveller


@contextmanager
def on_laptop(
    networks: Networks, host: SSH, face: str, workers: Line, packed: Path
) -> Iterator[tuple[Traveller, Machine]]:
    """A person whose machine can dial the submit host, and nobody it."""
    laptop = networks.machine("laptop")
    line = networks.line(laptop, networks.here)
    with ExitStack() as stack:
        stack.enter_context(host.also_at(face, line.address))
        through = tuple(laptop.command([]))
        person = stack.enter_context(at_work(user.environment(), packed, through))
        yield Traveller(person, host, host.faces[face], line.address, workers.address), laptop


LOOPBACK = ("127.", "[::1]", "[::ffff:127.")


def open_ports(laptop: Machine) -> list[str]:
    """What is listened at there but its own loopback."""
    return [address for address in laptop.listening() if not address.startswith(LOOPBACK)]


def test_pi_on_slurm(
    slurm: Slurm, ssh: SSH, modules: Modules, networks: Networks, packed: Path
) -> None:
    line = networks.line(networks.machine("worker"), networks.here, both_ways=True)
    far, *others = reversed(NODES)
    with (
        slurm_node(slurm, far, line),
        on_laptop(networks, ssh, "totp", line, packed) as (traveller, laptop),
    ):
        for node in others:
            slurm.down_node(node)
        person = traveller.person
        person.profile("slurm", {"kind": "slurm"}, **traveller.way)
        traveller.log_in("slurm")
        pilots = run_pi(person, "slurm", traveller.way)
        assert {pilot["slot"] for pilot in pilots} == {far}
        assert open_ports(laptop) == []


def test_pi_on_htcondor(
    htcondor: HTCondor, ssh_htcondor: SSH, networks: Networks, packed: Path
) -> None:
    line = networks.line(networks.machine("worker"), networks.here)
    with (
        htcondor_node(htcondor, line),
        on_laptop(networks, ssh_htcondor, "htcondor", line, packed) as (traveller, laptop),
    ):
        person = traveller.person
        person.profile("htcondor", {"kind": "htcondor"}, **traveller.way)
        traveller.log_in("htcondor")
        run_pi(person, "htcondor", traveller.way)
        assert open_ports(laptop) == []
