"""Starts and stops a submit host's sshds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from testbed import user
from testbed.enclosure import Enclosure
from testbed.errors import TestbedError
from testbed.places import STATE
from testbed.processes import Process, known, pid_of, wait_until
from testbed.ssh import kerberos
from testbed.ssh.accounts import HOMES, make_homes
from testbed.ssh.configuration import Place, service_name
from testbed.ssh.faces import ADDRESS, SEVERAL, Face
from testbed.ssh.files import SSHD, Files, dialogue_module
from testbed.ssh.person import Person, make_key
from testbed.ssh.roots import apart, htcondors, this_machine, tickets

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
Name = Literal["ssh", "ssh-htcondor", "ssh-apart", "ssh-kerberos"]
ROOTS = {
    "ssh": this_machine,
    "ssh-htcondor": htcondors,
    "ssh-apart": apart,
    "ssh-kerberos": tickets,
}


class SSH:
    """A submit host, or one of HTCondor's: its sshds, and what a test does to them."""

    def __init__(self, name: Name = "ssh") -> None:
        self.root = ROOTS[name]()
        self.name: str = name
        self.enclosure = Enclosure(STATE / self.name)
        self.place = Place(self.enclosure.folder)
        self.person = Person(self.place.person)
        self.files = Files(self.root, self.place, self.person)
        self.faces: Mapping[str, Face] = {face.name: face for face in self.root.faces}

    @property
    def environment(self) -> dict[str, str]:
        """Where a test finds the faces."""
        variable = f"PILOTHOUSE_TESTBED_{self.name.upper().replace('-', '_')}"
        return {variable: str(self.person.faces_file)}

    @property
    def daemons(self) -> tuple[str, ...]:
        """One a face, and the realm's. A host that is behind another is there before it."""
        order = sorted(self.faces.values(), key=lambda face: face.behind is None)
        realm = (kerberos.DAEMON,) if self.root.realm else ()
        return (*realm, *(f"sshd-{face.name}" for face in order))

    def prepare(self) -> None:
        """Installs what is missing; a site that is prepared starts without a network."""
        self.root.prepare()
        user.make()
        dialogue_module()

    def up(self) -> None:
        """Starts what does not run; returns when all faces can be dialled.

        Raises:
            TestbedError: a daemon did not start, with its log's end.
        """
        self.prepare()
        if self.enclosure.first is None:
            words = self.root.words(self.place.folder)
            self.enclosure.start(self.root.setup, words, self.files.write)
        for name in self.daemons:
            self.start(name)

    def down(self) -> None:
        """Ends all logins, with what they have started."""
        self.enclosure.end()
        if HOMES.exists() and not any(Enclosure(STATE / name).first for name in ROOTS):
            shutil.rmtree(HOMES)

    def start(self, daemon: str) -> None:
        """Starts one daemon and waits until it can be dialled; does nothing if it runs."""
        if self.enclosure.running(self._known(daemon)) is not None:
            return
        if daemon == kerberos.DAEMON:
            self._run(daemon, kerberos.ARGV, kerberos.STARTED)
            return
        face = self.faces[daemon.removeprefix("sshd-")]
        if not self.place.conf(face).exists():
            # It was up before this checkout knew of the face.
            raise TestbedError(f"no {face.name} at {self.name}: python -m testbed down {self.name}")
        self._run(daemon, self._argv(face), _listens(ADDRESS, face.port))
        if face.behind is not None:
            # Its network is another one now, to which the jump host leads.
            self.stop(f"sshd-{face.behind}")
            self.start(f"sshd-{face.behind}")

    def _run(self, daemon: str, argv: Sequence[str | Path], words: str) -> None:
        """`words`: what it says once it can be dialled."""
        log = self.place.folder / f"{daemon}.log"
        log.unlink(missing_ok=True)
        self.enclosure.daemon(daemon, argv)

        def listens() -> bool:
            return words in log.read_text(errors="replace")

        if not wait_until(lambda: listens() or self.enclosure.running(daemon) is None, 20):
            raise TestbedError(f"{self.name}: {daemon} does not listen\n{log.read_text()[-3000:]}")
        if not listens():
            raise TestbedError(f"{self.name}: {daemon} ended\n{log.read_text()[-3000:]}")

    def _argv(self, face: Face) -> list[str | Path]:
        """The words that start a face."""
        sshd = self._sshd(face, self.place.conf(face))
        if face.service == SEVERAL:
            file = self.files.several
            return [PYTHON, "-I", HERE / "several.py", ADDRESS, str(face.port), file]
        listener: list[str | Path]
        listener = [PYTHON, "-I", "-S", HERE / "listener.py", ADDRESS, str(face.port)]
        if face.behind is not None:
            loopback = 'ip link set lo up && exec "$@"'
            return [
                *("unshare", "--net", "sh", "-c", loopback, "sh"),
                *(*listener, "/proc/1/ns/net", *sshd, "-i"),
            ]
        behind = next((other for other in self.faces.values() if other.behind == face.name), None)
        if behind is None:
            return [*sshd, "-D"]
        inner = (self.place.folder / f"sshd-{behind.name}.inner").read_text().strip()
        return [*listener, f"/proc/{inner}/ns/net", *sshd, "-i"]

    def _sshd(self, face: Face, conf: Path) -> list[str | Path]:
        program = SSHD
        if not self.root.own_service:
            program = self.place.folder / "bin" / service_name(face)
        return [program, "-e", "-f", conf]

    def _known(self, daemon: str) -> str:
        if daemon not in self.daemons:
            raise TestbedError(f"{self.name} has no {daemon}: it has {', '.join(self.daemons)}")
        return daemon

    def stop(self, daemon: str) -> None:
        """Stops one daemon; who is logged in stays so."""
        self.enclosure.stop(self._known(daemon))

    def configure(self, name: str, options: Mapping[str, str]) -> None:
        """Gives a face other lines of sshd_config until the next `restore`, and starts it again."""
        face = self.faces[name]
        self.files.configure(replace(face, options={**face.options, **options}))
        self._again(face)

    def change_key(self, name: str) -> None:
        """Gives a face another host key until the next `restore`, as after a new installation."""
        face = self.faces[name]
        key = self.place.host_key(face)
        for path in (key, Path(f"{key}.pub")):
            path.rename(f"{path}.usual")
        make_key(key, "ed25519", name)
        self._again(face)

    def _again(self, face: Face) -> None:
        (self.place.folder / f"{face.name}.changed").touch()
        self.stop(f"sshd-{face.name}")
        self.start(f"sshd-{face.name}")

    def restore(self) -> None:
        """Undoes what a test did: all faces are there and as usual.

        Logins stay: other tests use other faces at the same time.
        """
        for face in self.faces.values():
            changed = self.place.folder / f"{face.name}.changed"
            if changed.exists():
                key = self.place.host_key(face)
                for path in (key, Path(f"{key}.pub")):
                    usual = Path(f"{path}.usual")
                    if usual.exists():
                        usual.rename(path)
                self.files.configure(face)
                self._again(face)
                changed.unlink()
        make_homes(self.root.accounts)
        for name in self.daemons:
            self.start(name)

    @contextmanager
    def also_at(self, name: str, address: str) -> Iterator[None]:
        """While it lasts a face listens at another address of this machine, too: of a line's end.

        There are no listeners of this kind for jump hosts and what is behind them.
        """
        face = self.faces[name]
        conf = self.place.folder / "conf" / f"{name}@{address}"
        conf.write_text(self.files.text(face, address))
        daemon = f"sshd-{name}@{address}"
        self._run(daemon, [*self._sshd(face, conf), "-D"], _listens(address, face.port))
        try:
            yield
        finally:
            process = self.enclosure.running(daemon)
            for below in [] if process is None else _below(process):
                below.end(0)
            self.enclosure.stop(daemon)

    def log_out(self, name: str) -> None:
        """Cuts all logins of a face at once, with what they run; nobody says goodbye."""
        daemon = self.enclosure.running(f"sshd-{name}")
        for process in [] if daemon is None else _below(daemon):
            process.end(0)

    def status(self) -> dict[str, int | None]:
        """The process id of each daemon that runs."""
        return {name: pid_of(self.enclosure.running(name)) for name in self.daemons}

    def log(self, name: str) -> str:
        """What a face's sshd has said."""
        return (self.place.folder / f"sshd-{name}.log").read_text(errors="replace")


def _listens(address: str, port: int) -> str:
    """sshd's words."""
    return f"Server listening on {address} port {port}."


def _below(process: Process) -> list[Process]:
    """All that a process has started, and what these have."""
    found = []
    for task in Path(f"/proc/{process.pid}/task").glob("*/children"):
        try:
            numbers = task.read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        for number in numbers:
            child = known(int(number))
            if child is not None:
                found += [child, *_below(child)]
    return found
