"""All sites, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from testbed.enclosure import Enclosure
from testbed.errors import TestbedError
from testbed.htcondor.pool import HTCondor
from testbed.modules import Modules
from testbed.slurm.cluster import Slurm
from testbed.ssh.host import SSH


class Site(Protocol):
    """What all sites can do."""

    name: str

    @property
    def enclosure(self) -> Enclosure | None:
        """Its processes, where it has any."""

    @property
    def environment(self) -> dict[str, str]:
        """What to add to a person's environment to use the site."""

    @property
    def daemons(self) -> tuple[str, ...]:
        """Names that `start` and `stop` know."""

    def prepare(self) -> None:
        """Installs what is missing; a site that is prepared starts without a network."""

    def up(self) -> None:
        """Starts what does not run; returns when the site takes jobs."""

    def down(self) -> None:
        """Ends the site with all its jobs."""

    def restore(self) -> None:
        """Undoes what a test did: no job is left, all daemons are there, settings are as usual."""

    def start(self, daemon: str) -> None:
        """Starts one daemon and waits until it answers."""

    def stop(self, daemon: str) -> None:
        """Stops one daemon."""

    def status(self) -> dict[str, int | None]:
        """The process id of each daemon that runs."""


SITES: Mapping[str, Callable[[], Site]] = {
    "slurm": Slurm,
    "slurm-accounting": lambda: Slurm(accounting=True),
    "htcondor": HTCondor,
    "modules": Modules,
    "ssh": SSH,
    "ssh-htcondor": lambda: SSH("ssh-htcondor"),
    "ssh-apart": lambda: SSH("ssh-apart"),
    "ssh-kerberos": lambda: SSH("ssh-kerberos"),
}


def site_of(daemon: str | None, name: str | None) -> Site:
    """A site by its name, or the first that has such a daemon."""
    if name is not None:
        if name not in SITES:
            raise TestbedError(f"no site {name}: there are {', '.join(SITES)}")
        return SITES[name]()
    for make in SITES.values():
        site = make()
        if (daemon == "slurmd" and site.name == "slurm") or daemon in site.daemons:
            return site
    raise TestbedError(f"no site has {daemon}")
