"""The pools of this pilot: started, watched, stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import command, lease_folder, setup
from .checked import InvalidMessage, field, mapping, optional, text_map, texts
from .content.contents import Contents
from .lease import Lease
from .lease_folder import LeaseFolder
from .pilot_file import PilotFile
from .pool_start import PoolStart
from .slots import END_SIGNAL, SlotFile
from .standbys import START_VARIABLE, Keeper, Standbys
from .tunnel.mux import Mux
from .way_home import WayHome

log = logging.getLogger(__name__)

WORDS_CHARS = 4000
"""``wordsChars`` of src/protocol/limits.ts."""
_LEVELS = {"warnings": 30, "info": 20, "debug": 10}  # those of logging, as HTEX's processes use


class Pools:
    """All pool starts that the bridge has not been told the end of.

    :param changed: called with each start whose state changed.
    """

    def __init__(
        self,
        pilot: PilotFile,
        pilot_folder: Path,
        archive: str,
        gpus: Sequence[str],
        memory_mib: int,
        umask: int,
        standbys: Standbys,
        tunnels: Mux,
        contents: Contents,
        changed: Callable[[PoolStart], None],
    ) -> None:
        self._pilot = pilot
        self._pilot_folder = pilot_folder
        self._archive = archive
        self.gpus = gpus
        """The pilot's GPUs, by name."""
        self._memory_mib = memory_mib
        self._umask = umask
        self._standbys = standbys
        self._tunnels = tunnels
        self._contents = contents
        self._changed = changed
        self._changed_by_setup = setup.changes_here()
        self._starts: dict[str, PoolStart] = {}

    @property
    def alive(self) -> int:
        """How many have not ended."""
        return sum(start.state != "ended" for start in self._starts.values())

    def reports(self) -> list[dict[str, object]]:
        """All starts, ended ones that were never told included, for ``agent.hello``."""
        return [start.report() for start in self._starts.values()]

    def forget_ended(self) -> None:
        """The bridge knows of all ends."""
        for start in [start for start in self._starts.values() if start.state == "ended"]:
            del self._starts[start.start]

    def start(self, params: Mapping[str, object]) -> None:
        """``pool.start``. What fails is reported as the start's end.

        :raises InvalidMessage: if not even lease and start can be read.
        """
        lease = field(params, "lease", str, "pool.start")
        start_id = field(params, "start", str, "pool.start")
        if start_id in self._starts:
            log.info("pool %s of lease %s is known already", start_id, lease)
            return
        self.stop(lease)
        start = PoolStart(lease, start_id)
        self._starts[start_id] = start
        log.info("lease %s: starting pool %s", lease, start_id)
        try:
            if self._standbys.problem is not None:
                raise InvalidMessage(f"Parsl cannot be imported: {self._standbys.problem}")
            tunnel = optional(params, "tunnel", str, "pool.start")
            if tunnel is not None:
                start.way_home = WayHome.begin(
                    self._tunnels, tunnel, lambda words: self._cut_off(start, words)
                )
            self._lend(start, params)
        except (OSError, InvalidMessage) as problem:
            self._end(start, None, f"the pool could not be started: {problem}")

    def _cut_off(self, start: PoolStart, words: str) -> None:
        """A pool without its way home is of no use, and would wait for ever."""
        if start.state != "ended" and not start.ending and not start.stopped:
            start.problem = f"its way to the kernel is gone: {words}"
            self.stop(start.lease)

    def _lend(self, start: PoolStart, params: Mapping[str, object]) -> None:
        options = mapping(field(params, "options", dict, "pool.start"), "pool.start.options")
        where = "pool.start.options"
        curve = optional(options, "curve", dict, where)
        folder = lease_folder.make(
            self._pilot_folder, start.start, None if curve is None else lease_folder.curve(curve)
        )
        start.folder = folder
        cert_dir = "None" if curve is None else str(folder.certificates)
        arguments = command.pool_arguments(
            texts(params, "command", "pool.start"),
            {
                "cert_dir": cert_dir,
                "logdir": str(folder.path),
                "logconf": str(folder.log_config),
                "uid": start.start,
                "python": sys.executable,
            },
            self.gpus,
        )
        if start.way_home is not None:
            arguments = command.through_tunnel(arguments, start.way_home.port)
        start.slots = SlotFile(folder.slots, command.workers(arguments, self._pilot.cores))
        shares = self._pilot.shares_files
        logs = field(options, "logs", str, where)
        if logs not in _LEVELS:
            raise InvalidMessage(f"{where}.logs is none of {', '.join(_LEVELS)}")
        keeper = self._standbys.take()
        start.keeper = keeper
        work = folder.path / "work"
        work.mkdir(mode=0o700)
        self._bring_files(work)
        lease = Lease(
            folder=str(folder.path),
            certificates=str(folder.certificates),
            arguments=arguments,
            environment=self._environment(
                start, text_map(options, "environment", where), folder, keeper
            )
            | self._contents.environment(params),
            working_folder=self._working_folder(field(options, "workingFolder", str, where), work),
            fallback_folder=str(work),
            path=[
                *(texts(options, "pythonPath", where) if shares else []),
                self._archive,
                *setup.path_of_tasks(os.environ),
            ],
            umask=field(options, "umask", int, where) if shares else self._umask,
            log_level=_LEVELS[logs],
            log_config=str(folder.log_config),
        )
        keeper.lend(start.start, lease)

    def _working_folder(self, given: str, work: Path) -> str:
        if self._pilot.working_folder is not None:
            return os.path.expanduser(self._pilot.working_folder)
        return given if self._pilot.shares_files else str(work)

    def _bring_files(self, work: Path) -> None:
        """Links to the files that the profile names, so that tasks find them where they run."""
        for name in self._pilot.files:
            file = self._pilot_folder / os.path.expanduser(name)
            link = work / file.name
            if not file.exists():
                log.warning("%s is not there: tasks do not find it", file)
            elif link.is_symlink():
                log.warning("%s has the name of another file: tasks do not find it", file)
            else:
                link.symlink_to(file)

    def _environment(
        self,
        start: PoolStart,
        given: Mapping[str, str],
        folder: LeaseFolder,
        keeper: Keeper,
    ) -> dict[str, str]:
        """The whole environment of the pool: the lease's, and on top what is the pilot's own.

        Where pilots do not share the kernel's files, PATH, HOME and their like are of another
        machine: there the pilot's own environment holds, and the lease's adds to it. Either way
        tasks have what modules and worker_init have set.
        """
        environment = (
            setup.with_changes(given, self._changed_by_setup)
            if self._pilot.shares_files
            else {**given, **setup.environment_of_tasks(os.environ)}
        )
        environment.update(
            {
                "TMPDIR": keeper.temporary,
                "PARSL_CORES": str(self._pilot.cores),
                "PARSL_MEMORY_GB": f"{self._memory_mib / 1024:.3f}",
                "PILOTHOUSE_PILOT": self._pilot.pilot,
                "PILOTHOUSE_LEASE_FOLDER": str(folder.path),
                "PILOTHOUSE_SLOTS": str(folder.slots),
                START_VARIABLE: start.start,
            }
        )
        if self.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(self.gpus)
        return environment

    def close_for_tasks(self) -> int:
        """No task begins here any more, and those that run get an exception; says how many do."""
        told = 0
        for start in self._starts.values():
            if start.slots is None:
                continue
            for process in start.slots.close_for_tasks():
                with contextlib.suppress(ProcessLookupError):  # it ended just now
                    os.kill(process, END_SIGNAL)
                    told += 1
        return told

    @property
    def busy(self) -> bool:
        """Whether a worker runs a task."""
        return any(
            start.slots is not None and start.slots.read() for start in self._starts.values()
        )

    @property
    def is_said(self) -> bool:
        """Whether kernels have all that pools had said when this was first asked of each."""
        alive = [start for start in self._starts.values() if start.state != "ended"]
        ways = [start.way_home for start in alive if start.way_home is not None]
        return all([way.is_said() for way in ways])

    def stop(self, lease: str) -> None:
        """``pool.stop``: kills the lease's pool, whichever start of it there is."""
        for start in list(self._starts.values()):
            if start.lease == lease and start.state != "ended":
                log.info("lease %s: killing pool %s", lease, start.start)
                start.stopped = True
                if start.ending and start.way_home is not None:
                    start.way_home.close()
                elif start.keeper is not None:
                    start.keeper.stop()

    def stop_all(self) -> None:
        """Kills every pool."""
        for lease in {start.lease for start in self._starts.values()}:
            self.stop(lease)

    def heard(self, keeper: Keeper, messages: Sequence[Mapping[str, object]] | None) -> None:
        """What a keeper said; None is its end."""
        start = next((each for each in self._starts.values() if each.keeper is keeper), None)
        if start is None:
            if messages is None:
                self._standbys.lost(keeper)
            return
        for message in messages or ():
            if message["kind"] == "running" and start.state == "starting":
                start.state = "running"
                log.info("lease %s: pool %s runs", start.lease, start.start)
                self._changed(start)
            elif message["kind"] == "ended":
                self._end(start, optional(message, "exitCode", int, "a keeper's message"), None)
        if messages is None:
            self._end(start, None, "its keeper was killed")

    def _end(self, start: PoolStart, exit_code: int | None, problem: str | None) -> None:
        if start.state == "ended" or start.ending:
            return
        start.ending = True
        self._contents.start_ended(start.start)
        if start.way_home is None:
            self._ended(start, exit_code, problem)
            return
        # Once its end is told nobody listens to it.
        start.way_home.finish(lambda: self._ended(start, exit_code, problem))
        if start.stopped:
            start.way_home.close()

    def _ended(self, start: PoolStart, exit_code: int | None, problem: str | None) -> None:
        start.state = "ended"
        start.exit_code = exit_code
        problem = start.problem or problem
        words = problem or ""
        if start.folder is not None and not start.stopped:
            words = "\n".join(
                part
                for part in (problem, lease_folder.last_words(start.folder, WORDS_CHARS))
                if part
            )
        start.words = words[-WORDS_CHARS:]
        if start.slots is not None:
            start.slots.close()
            start.slots = None
        log.info(
            "lease %s: pool %s ended (exit code %s)%s",
            start.lease,
            start.start,
            exit_code,
            f": {problem}" if problem else "",
        )
        self._changed(start)

    def running_changes(self, *, all_again: bool = False) -> list[dict[str, object]]:
        """``agent.running`` of each lease whose busy workers changed since the last call."""
        changes: list[dict[str, object]] = []
        for start in self._starts.values():
            if start.slots is None:
                continue
            running = start.slots.read()
            if running != start.told_running or (all_again and running):
                start.told_running = running
                changes.append(
                    {
                        "lease": start.lease,
                        "running": [
                            {
                                "worker": each.worker,
                                "executorTask": each.executor_task,
                                "startedAtMs": each.started_at_ms,
                            }
                            for each in running
                        ],
                    }
                )
        return changes
