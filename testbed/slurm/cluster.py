"""Starts and stops a Slurm site."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from testbed import debian, user
from testbed.enclosure import Enclosure
from testbed.errors import TestbedError
from testbed.places import STATE
from testbed.processes import pid_of, wait_until
from testbed.programs import run
from testbed.slurm.accounting import MARIADB, associations, empty_database
from testbed.slurm.configuration import (
    GPUS_PER_NODE,
    NODES,
    Ports,
    Site,
    gres_conf,
    slurm_conf,
    slurmdbd_conf,
)

PACKAGES = ("slurm-wlm", "munge")
ACCOUNTING_PACKAGES = ("slurmdbd", "slurm-wlm-mysql-plugin", "mariadb-server")


class Slurm:
    """One Slurm site: its daemons, and what a test does to them."""

    def __init__(self, *, accounting: bool = False) -> None:
        self.name = "slurm-accounting" if accounting else "slurm"
        folder = STATE / self.name
        self.enclosure = Enclosure(folder)
        self.site = Site(
            name=self.name,
            folder=folder,
            host=socket.gethostname().split(".")[0],
            ports=Ports(26917, 27101, 26919) if accounting else Ports(26817, 27001, 26819),
            accounting=accounting,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What to add to a person's environment to use this site."""
        return {"SLURM_CONF": str(self.site.conf)}

    @property
    def shared(self) -> Path:
        """The tester's folder; the nodes have all of this machine's files."""
        return user.SHARED

    @property
    def daemons(self) -> tuple[str, ...]:
        """In the order in which they are started."""
        before = ("munge", "mariadb", "slurmdbd") if self.site.accounting else ("munge",)
        return (*before, "slurmctld", *(f"slurmd-{node}" for node in NODES))

    def prepare(self) -> None:
        """Installs what is missing; a site that is prepared starts without a network."""
        debian.install(PACKAGES + (ACCOUNTING_PACKAGES if self.site.accounting else ()))
        user.make()
        if self.site.accounting:
            empty_database()

    def up(self) -> None:
        """Starts what does not run; returns when the site takes jobs.

        Raises:
            TestbedError: a daemon did not start, with its log's end.
        """
        self.prepare()
        if self.enclosure.first is None:
            self.enclosure.start(write=self._write)
        for name in self.daemons:
            self.start(name)
        self.wait_until_idle()

    def down(self) -> None:
        """Ends the site with all its jobs."""
        self.enclosure.end()

    def _write(self) -> None:
        """The site's files."""
        site = self.site
        (site.folder / "state").mkdir(mode=0o700)
        munge = site.folder / "munge"
        munge.mkdir(mode=0o755)
        key = munge / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        for path in (munge, key):
            shutil.chown(path, "munge", "munge")
        for index in range(GPUS_PER_NODE):
            # slurmd takes character devices only; this one is another name of /dev/null.
            os.mknod(site.folder / f"gpu{index}", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        for node in NODES:
            (site.folder / f"spool-{node}").mkdir(mode=0o755)
        site.conf.write_text(slurm_conf(site))
        (site.folder / "gres.conf").write_text(gres_conf(site.folder))
        if site.accounting:
            database = site.folder / "slurmdbd.conf"
            database.touch(mode=0o600)
            database.write_text(slurmdbd_conf(site))
            run(["cp", "-a", empty_database(), site.folder / "mariadb"])

    def start(self, daemon: str) -> None:
        """Starts one daemon and waits until it answers; does nothing if it runs."""
        if daemon == "slurmd":
            for node in NODES:
                self.start(f"slurmd-{node}")
            return
        if daemon not in self.daemons:
            raise TestbedError(f"{self.name} has no {daemon}: it has {', '.join(self.daemons)}")
        if self.enclosure.running(daemon) is not None:
            return
        folder = self.site.folder
        match daemon:
            case "munge":
                self._start_munge(folder / "munge")
            case "mariadb":
                argv = ["mariadbd", *MARIADB, f"--datadir={folder / 'mariadb'}"]
                argv += [
                    f"--socket={self.site.database_socket}",
                    f"--pid-file={folder}/mariadb/pid",
                ]
                self.enclosure.daemon(daemon, argv)
                self._wait(daemon, self.site.database_socket.is_socket)
            case "slurmdbd":
                more = {
                    "SLURM_CONF": str(self.site.conf),
                    # slurmdbd.conf(5) has no option for MariaDB's socket.
                    "MYSQL_UNIX_PORT": str(self.site.database_socket),
                }
                self.enclosure.daemon(daemon, ["slurmdbd", "-D"], more)
                self._wait(daemon, lambda: _listens(self.site.ports.database))
                self._associate()
            case "slurmctld":
                self.enclosure.daemon(daemon, ["slurmctld", "-D"], self.environment)
                self._wait(daemon, self._answers)
            case _:
                node = daemon.removeprefix("slurmd-")
                self.enclosure.daemon(daemon, ["slurmd", "-D", "-N", node], self.environment)

    def _start_munge(self, folder: Path) -> None:
        # -f: a folder above its own that a group may write does not stop it.
        argv = ["setpriv", "--reuid=munge", "--regid=munge", "--init-groups", "munged", "-F", "-f"]
        argv += [f"--socket={self.site.socket}", f"--key-file={folder / 'munge.key'}"]
        argv += [f"--pid-file={folder / 'pid'}", f"--log-file={folder / 'log'}"]
        argv += [f"--seed-file={folder / 'seed'}"]
        self.site.socket.unlink(missing_ok=True)
        self.enclosure.daemon("munge", argv)
        self._wait("munge", self.site.socket.is_socket)

    def stop(self, daemon: str) -> None:
        """Stops one daemon, and what jobs run go on."""
        if daemon == "slurmd":
            for node in NODES:
                self.enclosure.stop(f"slurmd-{node}")
            return
        if daemon not in self.daemons:
            raise TestbedError(f"{self.name} has no {daemon}: it has {', '.join(self.daemons)}")
        self.enclosure.stop(daemon)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Gives slurm.conf other values, `{}` for the usual ones, and starts the daemons again.

        Jobs go on, as at a site whose administrators do the same.
        """
        self.site = replace(self.site, settings=dict(settings))
        self.site.conf.write_text(slurm_conf(self.site))
        names = [name for name in self.daemons if name.startswith(("slurmctld", "slurmd-"))]
        for name in reversed(names):
            self.stop(name)
        for name in names:
            self.start(name)
        self.wait_until_idle()

    def restore(self) -> None:
        """Undoes what a test did: all jobs end, all daemons and nodes are there again."""
        if self.site.settings:
            self.configure({})
        for name in self.daemons:
            self.start(name)
        self._resume()
        self.clear()
        self.wait_until_idle()

    def _resume(self) -> None:
        out = run(["sinfo", "-h", "-N", "-o", "%N %t"], more=self.environment)
        for node in {line.split()[0] for line in out.splitlines() if "down" in line.split()[1]}:
            self.control("update", f"NodeName={node}", "State=RESUME")

    def control(self, *words: str) -> str:
        """Runs scontrol as root."""
        return run(["scontrol", *words], more=self.environment)

    def down_node(self, node: str) -> None:
        """Takes a node away: its jobs end with NODE_FAIL, or are queued again."""
        self.control("update", f"NodeName={node}", "State=DOWN", "Reason=taken away by a test")

    def up_node(self, node: str) -> None:
        """Gives a node back and waits until it takes jobs."""
        self.start(f"slurmd-{node}")
        self._resume()
        self.wait_until_idle()

    def clear(self) -> None:
        """Ends all jobs and waits until none is left running."""
        self._cancel()
        if not wait_until(lambda: not self.jobs(), 60):
            raise TestbedError(f"{self.name}: jobs do not end: {self.jobs()}")

    def _cancel(self) -> None:
        for partition in ("general", "debug", "grand", "closed"):
            run(["scancel", "--quiet", "--full", "-p", partition], more=self.environment)

    def jobs(self) -> list[str]:
        """Jobs that are queued, running or ending, one line each: id, state, reason."""
        out = run(["squeue", "-h", "-a", "-o", "%i %T %r"], more=self.environment)
        return out.splitlines()

    def wait_until_idle(self) -> None:
        """Waits until every node could take a job."""

        def ready() -> bool:
            out = run(["sinfo", "-h", "-N", "-p", "general", "-o", "%N %t"], more=self.environment)
            states = dict(line.split() for line in out.splitlines())
            return len(states) == len(NODES) and set(states.values()) <= {"idle", "mix", "alloc"}

        self._wait("slurmctld", ready, 60)

    def status(self) -> dict[str, int | None]:
        """The process id of each daemon that runs."""
        return {name: pid_of(self.enclosure.running(name)) for name in self.daemons}

    def _answers(self) -> bool:
        try:
            return "is UP" in run(["scontrol", "ping"], more=self.environment)
        except TestbedError:
            return False

    def _associate(self) -> None:
        """Accounts, once in a database's life."""
        done = self.site.folder / "associated"
        if done.exists():
            return
        for words in associations(self.site.name.replace("-", "_")):
            run(["sacctmgr", "-i", *words], more=self.environment)
        done.touch()

    def _wait(self, daemon: str, ready: object, limit_seconds: float = 30) -> None:
        assert callable(ready)
        log = self.site.folder / f"{daemon}.log"
        if not wait_until(lambda: ready() or self.enclosure.running(daemon) is None, limit_seconds):
            raise TestbedError(f"{self.name}: {daemon} does not answer\n{log.read_text()[-3000:]}")
        if self.enclosure.running(daemon) is None:
            raise TestbedError(f"{self.name}: {daemon} ended\n{log.read_text()[-3000:]}")


def _listens(port: int) -> bool:
    """Whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
