"""Starts and stops the HTCondor site."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from testbed import user
from testbed.enclosure import Enclosure
from testbed.errors import TestbedError
from testbed.htcondor import root
from testbed.htcondor.configuration import HOLD, SETUP, condor_config, overrides, startd_script
from testbed.places import BIN, SHARED, STATE
from testbed.processes import Process, pid_of, wait_until

COMMANDS = (
    *("condor_config_val", "condor_continue", "condor_history", "condor_hold", "condor_ping"),
    *("condor_q", "condor_qedit", "condor_release", "condor_rm", "condor_status", "condor_submit"),
    *("condor_suspend", "condor_tail", "condor_transfer_data", "condor_userlog"),
    *("condor_vacate_job", "condor_version", "condor_wait"),
)
"""What BIN has of HTCondor's."""

DAEMONS = {
    "schedd": "condor_schedd",
    "startd": "condor_startd",
    "negotiator": "condor_negotiator",
    "collector": "condor_collector",
}
FOLDERS = ("etc", "run", "run/lock", "log", "lib", "lib/execute", "spool", "nodes")
CONDORS = ("run/condor", "run/lock/condor", "log", "lib", "lib/execute", "spool", "nodes/spool")
HERE = Path(__file__).resolve().parent


class HTCondor:
    """The HTCondor site: its daemons, and what a test does to them."""

    name = "htcondor"
    daemons = ("condor", *DAEMONS)

    def __init__(self) -> None:
        self.folder = STATE / self.name
        self.enclosure = Enclosure(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """What to add to a person's environment to use this site."""
        return {"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin"}

    @property
    def shared(self) -> Path:
        """The tester's own folder, at the same path on the submit host."""
        return user.SHARED

    def prepare(self) -> None:
        """Makes its root, once; a site that is prepared starts without a network."""
        root.made()
        user.make()

    def up(self) -> None:
        """Starts what does not run; returns when the site takes jobs.

        Raises:
            TestbedError: a daemon did not start, with its log's end.
        """
        self.prepare()
        self._share()
        if self.enclosure.first is None:
            paths = (self.folder, SHARED, user.HOME)
            for path in (*paths, Path("/var/spool/condor"), Path("/old")):
                (root.ROOT / str(path).lstrip("/")).mkdir(parents=True, exist_ok=True)
            self.enclosure.start(SETUP, (root.ROOT, *paths), self._write)
        self.start("condor")

    def down(self) -> None:
        """Ends the site with all its jobs."""
        self.enclosure.end()

    def _share(self) -> None:
        """The shared folder, with HTCondor's commands."""
        BIN.mkdir(parents=True, exist_ok=True)
        client = BIN / ".client"
        new = BIN / ".client.new"
        shutil.copy(HERE / "client.py", new)
        new.chmod(0o755)
        new.rename(client)
        for name in COMMANDS:
            link = BIN / name
            if not link.is_symlink():
                link.symlink_to(client.name)

    def _write(self) -> None:
        """The site's files."""
        folder = self.folder
        for name in FOLDERS:
            (folder / name).mkdir(mode=0o755, exist_ok=True)
        for name in ("tmp", "home", "srv", "spool"):
            (folder / "nodes" / name).mkdir()
        (folder / "nodes/tmp").chmod(0o1777)
        home = folder / "nodes/home" / user.NAME
        home.mkdir()
        shutil.chown(home, user.UID, user.UID)
        shutil.copytree(root.ROOT / "etc/condor", folder / "etc", dirs_exist_ok=True)
        startd = folder / "startd"
        startd.write_text(startd_script(folder / "nodes"))
        startd.chmod(0o755)
        (folder / "etc/config.d/50-testbed").write_text(condor_config(startd))
        shutil.copy(HERE / "door.py", folder / "door.py")
        owner = (root.ROOT / "etc/passwd").read_text().partition("\ncondor:x:")[2].split(":")
        for name in CONDORS:
            (folder / name).mkdir(exist_ok=True)
            shutil.chown(folder / name, int(owner[0]), int(owner[1]))

    def start(self, daemon: str) -> None:
        """Starts one daemon, or `condor`, which is all of them, and waits until it answers."""
        match daemon:
            case "condor":
                if self.enclosure.running("condor_master") is None:
                    self.enclosure.daemon("condor_master", ["condor_master", "-f"])
                for name in DAEMONS:
                    self._wait(name)
            case name if name in DAEMONS:
                self.enclosure.run(["condor_on", "-daemon", name])
                self._wait(name)
            case _:
                raise TestbedError(f"htcondor has no {daemon}: it has {', '.join(self.daemons)}")

    def stop(self, daemon: str) -> None:
        """Stops one daemon, or `condor`, which is all of them; jobs stay in the queue."""
        match daemon:
            case "condor":
                self.enclosure.stop("condor_master", grace_seconds=30)
            case name if name in DAEMONS:
                self.enclosure.run(["condor_off", "-fast", "-daemon", name])
                if not wait_until(lambda: self._process(name) is None, 30):
                    raise TestbedError(f"htcondor: {name} does not stop")
            case _:
                raise TestbedError(f"htcondor has no {daemon}: it has {', '.join(self.daemons)}")

    def configure(self, settings: Mapping[str, str]) -> None:
        """Gives the configuration other values, `{}` for the usual ones."""
        (self.folder / "etc/config.d/90-test").write_text(overrides(settings))
        self.enclosure.run(["condor_reconfig"])

    def restore(self) -> None:
        """Undoes what a test did: all jobs end, daemons and settings are as before."""
        self.start("condor")
        for name in DAEMONS:
            if self._process(name) is None:
                self.start(name)
        if (self.folder / "etc/config.d/90-test").exists():
            self.configure({})
            (self.folder / "etc/config.d/90-test").unlink()
        self.clear()

    def hold(self, job: str, why: str) -> None:
        """Has the system hold a job: code 26, sub-code 7. One that runs is evicted for that."""
        self.admin("condor_qedit", job, HOLD, json.dumps(why))
        if self._of(job, "JobStatus") != "2":
            return
        self.vacate(job)
        # Shadow and schedd may both hold it then, and the second one's hold has no reason (seen
        # with 23.9.6); one that is queued is held by the schedd alone.
        held = wait_until(lambda: self._of(job, "JobStatus") == "5", 20)
        if held and self._of(job, "HoldReason") == "undefined":
            self.admin("condor_release", job)

    def _of(self, job: str, attribute: str) -> str:
        """An attribute of a job in the queue; empty if it is not there."""
        return self.admin("condor_q", job, "-allusers", "-af", attribute).strip()

    def vacate(self, job: str) -> None:
        """Puts a running job off its node; it is queued again."""
        self.admin("condor_vacate_job", "-fast", job)

    def clear(self) -> None:
        """Removes all jobs and waits until none is left."""
        said = ""
        for how in ([], ["-forcex"]):
            if self.jobs():
                try:
                    self.admin("condor_rm", *how, "-all")
                except TestbedError as error:
                    said = str(error)  # a job that left meanwhile is an error to it
            if wait_until(lambda: not self.jobs(), 20):
                return
        raise TestbedError(f"htcondor: jobs do not end: {self.jobs()}\n{said}")

    def jobs(self) -> list[str]:
        """All jobs of the queue, one line each: id, status, hold reason."""
        attributes = ("ClusterId", "ProcId", "JobStatus", "HoldReason")
        return self.admin("condor_q", "-allusers", "-af", *attributes).splitlines()

    def admin(self, *argv: str) -> str:
        """Runs one of HTCondor's commands as its administrator."""
        return self.enclosure.run(argv)

    def status(self) -> dict[str, int | None]:
        """The process id of each daemon that runs."""
        found = {name: pid_of(self._process(name)) for name in DAEMONS}
        return {"condor": pid_of(self.enclosure.running("condor_master")), **found}

    def _process(self, daemon: str) -> Process | None:
        """A daemon that the master has started."""
        program = DAEMONS[daemon]
        for process in self.enclosure.processes():
            if process.words and process.words[0].rpartition("/")[2] == program:
                return process if process.alive else None
        return None

    def _wait(self, daemon: str, limit_seconds: float = 60) -> None:
        """Waits until a daemon answers."""
        if not wait_until(lambda: self._answers(daemon), limit_seconds):
            log = self.folder / "log" / f"{daemon.capitalize()}Log"
            words = log.read_text(errors="replace")[-3000:] if log.exists() else "no log"
            raise TestbedError(f"htcondor: {daemon} does not answer\n{words}")

    def _answers(self, daemon: str) -> bool:
        if self.enclosure.running("condor_master") is None:
            log = self.folder / "condor_master.log"
            raise TestbedError(f"htcondor: condor_master ended\n{log.read_text()[-3000:]}")
        try:
            said = self.enclosure.run(["condor_status", f"-{daemon}", "-af", "MyType"])
            if daemon == "schedd":
                self.enclosure.run(["condor_q", "-totals"])
        except TestbedError:
            return False
        return bool(said.strip())
