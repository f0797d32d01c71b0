"""A bridge in the test's own process: real worker pools, no scheduler, told what to do by hand."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import zmq.auth

from pilothouse.agent.archive import build
from pilothouse.command.logins.shapes import HostConnection
from pilothouse.errors import PilothouseError
from pilothouse.lending.logs import WarningsToFile

Params = Mapping[str, object]


@dataclass
class Pool:
    """One start of one worker pool."""

    lease: str
    start: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """With all its processes, as a pilot that vanishes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Connection:
    """One client's connection, in the shape of ``pilothouse.lending.link.Client``."""

    def __init__(self, bridge: BridgeInTest) -> None:
        self.bridge = bridge
        self.closed = False
        self._notified: list[Callable[[str, dict[str, object]], object]] = []
        self._told_closed: list[Callable[[str], object]] = []

    def request(
        self, method: str, params: Params | None = None, timeout: float = 30.0
    ) -> dict[str, object]:
        self._check()
        return self.bridge.asked(method, params or {})

    def notify(self, method: str, params: Params) -> None:
        self._check()
        self.bridge.noted(method, params)

    def on_notification(self, call: Callable[[str, dict[str, object]], object]) -> object:
        self._notified.append(call)
        return None

    def on_closed(self, call: Callable[[str], object]) -> object:
        self._told_closed.append(call)
        return None

    def close(self) -> None:
        self.cut("closed by the client")

    def cut(self, reason: str) -> None:
        if not self.closed:
            self.closed = True
            for call in self._told_closed:
                call(reason)

    def tell(self, method: str, params: dict[str, object]) -> None:
        for call in self._notified:
            call(method, params)

    def _check(self) -> None:
        if self.closed:
            raise PilothouseError("bridge_unreachable", words="cut by the test")


@dataclass
class BridgeInTest:
    """Grants every ask and starts a pool for each lease at once, unless told otherwise."""

    folder: Path
    workers: int = 2
    starts_pools: bool = True
    resume_seconds: int = 120
    is_there: bool = True
    pools: dict[str, Pool] = field(default_factory=dict)
    told: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    targets: dict[str, int] = field(default_factory=dict)
    hosts: list[HostConnection] = field(default_factory=list)
    _asks: dict[str, Params] = field(default_factory=dict)
    _options: dict[str, Params] = field(default_factory=dict)
    _leases: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.agent = build(self.folder / "agent")
        self._lock = threading.RLock()

    def connect(self, role: str, ensure: bool = True, timeout: float = 20.0) -> Connection:
        if not self.is_there:
            raise PilothouseError("bridge_unreachable", words="away, says the test")
        connection = Connection(self)
        self.connections.append(connection)
        return connection

    # What clients say.

    def asked(self, method: str, params: Params) -> dict[str, object]:
        with self._lock:
            self.told.append((method, dict(params)))
            if method == "profiles.get":
                return self.profile(str(params["name"]))
            if method == "hosts.list":
                return {"hosts": self.hosts, "transfers": []}
            executor = str(params["executor"])
            if method == "executors.open":
                self._options[executor] = params
                ask = params["ask"]
                assert isinstance(ask, dict)
                self._asks[executor] = ask
                unfinished = params["unfinished"]
                assert isinstance(unfinished, int)
                return {"profile": self.profile("local"), "target": self._want(executor, 0)}
            if method == "executors.ask":
                ask = params["ask"]
                assert isinstance(ask, dict)
                self._asks[executor] = ask
                return {"target": self._want(executor, 0)}
            if method == "executors.close":
                for pool in [p for p in self.pools.values() if p.lease in self._of(executor)]:
                    self._stop(pool)
            if method == "leases.ask":
                asked = params["leases"]
                assert isinstance(asked, list)
                for lease in asked:
                    self._leases.setdefault(executor, {})[lease["lease"]] = lease["command"]
                    if self.starts_pools:
                        self.start_pool(executor, lease["lease"])
            if method == "leases.end":
                ended = params["leases"]
                assert isinstance(ended, list)
                for name in ended:
                    self._leases.get(executor, {}).pop(name, None)
                    found = [pool for pool in self.pools.values() if pool.lease == name]
                    for pool in found:
                        self._stop(pool)
                    self.tell_lease(name, "ended", "given_back", dead=[p.start for p in found])
            return {}

    def noted(self, method: str, params: Params) -> None:
        with self._lock:
            self.told.append((method, dict(params)))
            if method == "executors.load":
                executor, unfinished = str(params["executor"]), params["unfinished"]
                assert isinstance(unfinished, int)
                if self._asks[executor]["kind"] == "auto":
                    self.tell_target(executor, self._want(executor, unfinished))

    # What the bridge does.

    def _of(self, executor: str) -> dict[str, list[str]]:
        return self._leases.get(executor, {})

    def _want(self, executor: str, unfinished: int) -> int:
        ask = self._asks[executor]
        if ask["kind"] == "blocks":
            blocks = ask["blocks"]
            assert isinstance(blocks, int)
            return blocks
        low, high = ask["min"], ask["max"]
        assert isinstance(low, int)
        assert isinstance(high, int)
        return min(high, max(low, math.ceil(unfinished / self.workers)))

    def profile(self, name: str) -> dict[str, object]:
        if name != "local":
            raise PilothouseError("unknown_profile", {"name": name})
        return {
            "name": name,
            "scheduler": {"kind": "local"},
            "pilot": {"cores": self.workers, "workers": self.workers, "gpus": 0},
            "environment": {},
            "uplink": {"resumeSeconds": self.resume_seconds},
            "scaling": {"min": 0, "max": 8, "automatic": True},
        }

    def tell_target(self, executor: str, target: int, urgent: bool = False) -> None:
        said: dict[str, object] = {"executor": executor, "target": target, "urgent": urgent}
        self._tell("executors.target", said)

    def tell_lease(
        self,
        lease: str,
        state: str,
        cause: str,
        start: str | None = None,
        dead: list[str] | None = None,
        words: str = "",
        tunnel: str | None = None,
    ) -> None:
        said: dict[str, object] = {
            "lease": lease, "state": state, "cause": cause, "words": words, "start": start,
            "dead": dead or [], "pilot": f"pilot-{lease}", "host": "here", "site": None,
            "tunnel": tunnel,
        }  # fmt: skip
        self._tell("leases.changed", said)

    def _tell(self, method: str, params: dict[str, object]) -> None:
        for connection in [one for one in self.connections if not one.closed]:
            connection.tell(method, params)

    def start_pool(self, executor: str, lease: str) -> Pool:
        """As an agent starts it: the command's places filled in, certificates in a folder."""
        start = f"s-{secrets.token_hex(6)}"
        home = self.folder / "leases" / start
        certificates = home / "certificates"
        certificates.mkdir(mode=0o700, parents=True)
        options = self._options[executor]["start"]
        assert isinstance(options, dict)
        curve = options["curve"]
        (certificates / "client.key_secret").write_text(curve["clientSecretKey"])
        (certificates / "server.key").write_text(curve["serverPublicKey"])
        public, _ = zmq.auth.load_certificate(certificates / "server.key")
        zmq.auth.create_certificates(certificates, "throwaway")
        text = (certificates / "throwaway.key_secret").read_text()
        throwaway, _ = zmq.auth.load_certificate(certificates / "throwaway.key_secret")
        text = text.replace(throwaway.decode(), public.decode())
        (certificates / "server.key_secret").write_text(text)
        logconf = home / "logconf.pkl"
        logconf.write_bytes(pickle.dumps(WarningsToFile()))
        places = {
            "@python@": sys.executable,
            "@cert_dir@": str(certificates),
            "@logdir@": str(home),
            "@logconf@": str(logconf),
            "@uid@": start,
        }
        command = []
        for word in self._leases[executor][lease]:
            for place, value in places.items():
                word = word.replace(place, value)
            command.append(word)
        paths = [str(self.agent), *options["pythonPath"]]
        environment = {
            **options["environment"],
            "PYTHONPATH": os.pathsep.join(paths),
            "PILOTHOUSE_PILOT": f"pilot-{lease}",
            "PARSL_CORES": str(self.workers),
        }
        with open(home / "pool.out", "ab") as output:
            process = subprocess.Popen(
                command,
                cwd=options["workingFolder"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        pool = Pool(lease, start, process)
        self.pools[start] = pool
        self.tell_lease(lease, "starting", "pool_started", start)
        return pool

    def lose(self, start: str, words: str) -> None:
        """A pilot dies, and the bridge knows it."""
        pool = self.pools.pop(start)
        pool.kill()
        self.tell_lease(pool.lease, "ended", "pilot_gone", start, [start], words)

    def _stop(self, pool: Pool) -> None:
        self.pools.pop(pool.start, None)
        pool.kill()

    def restart(self) -> None:
        """Every connection breaks; what the next bridge knows is only what it is told."""
        for connection in list(self.connections):
            connection.cut("restarted by the test")

    def said(self, method: str) -> list[dict[str, object]]:
        return [params for name, params in list(self.told) if name == method]

    def reported(self) -> list[dict[str, object]]:
        """All task updates, in their order."""
        found: list[dict[str, object]] = []
        for report in self.said("tasks.report"):
            tasks = report["tasks"]
            assert isinstance(tasks, list)
            found.extend(tasks)
        return found

    def close(self) -> None:
        for pool in list(self.pools.values()):
            self._stop(pool)
        shutil.rmtree(self.folder, ignore_errors=True)
