"""Parsl's HighThroughputExecutor on pilots of a pool."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import parsl
from parsl.addresses import tcp_url
from parsl.executors.errors import BadStateException
from parsl.executors.high_throughput.executor import HighThroughputExecutor, HTEXFuture
from parsl.jobs.states import JobStatus

from ..asks import Ask
from ..content.reading import Reading
from ..errors import PilothouseError
from ..home.process import HomeProcess
from ..interchange import warm
from ..live.origin import kernel_origin
from ..profiles import Profile
from .burial import Death, Undertaker
from .commands import Commands
from .dataflow import loading, settle
from .death import DeathWatch, StandIn
from .engine import Manager
from .leases import Leases
from .membership import Membership
from .packing import WORKER, pack_task
from .pool_start import HEARTBEATS, LAUNCH_COMMAND, pool_start, runtime
from .provider import PilothouseProvider, never_bad
from .results import FirstWord, complete, fail_rest
from .run_folder import RunFolder

logger = logging.getLogger(__name__)


class PilothouseExecutor(HighThroughputExecutor):
    """HTEX with leases for blocks. Made by ``pilothouse.executor()``.

    :param profile: the pool's profile.
    :param label: Parsl's name of the executor.
    :param ask: how many pilots it asks for.
    :param logs: whether Parsl's own log files are wanted; otherwise warnings only.
    """

    def __init__(self, profile: Profile, label: str, ask: Ask, logs: bool) -> None:
        self.executor_id = f"x-{secrets.token_hex(8)}"
        self.profile = profile
        self.ask = ask
        self.asked_at = time.monotonic()
        self.logs = logs
        self.leases = Leases()
        self.failure: PilothouseError | None = None
        """Why it could not be started; only where ``raises`` is False."""
        self.raises = True
        self._member = Membership(self)
        self._folder = RunFolder(self.executor_id, time.time())
        self._reading = Reading(self._folder.contents)
        super().__init__(
            label=label,
            provider=PilothouseProvider(
                profile.name, self.leases, self._member.asked, self._member.gave_back
            ),
            launch_cmd=LAUNCH_COMMAND,
            address="127.0.0.1",
            max_workers_per_node=profile.workers,
            # A pilot runs as many workers as its profile says, whatever its number of cores.
            cores_per_worker=1e-6,
            heartbeat_period=HEARTBEATS.period_seconds,
            heartbeat_threshold=profile.resume_seconds + HEARTBEATS.margin_seconds,
            block_error_handler=never_bad,
            encrypted=True,
        )
        self._owner = os.getpid()
        self._home = HomeProcess(self.executor_id, self._folder.home_output)
        self._submitting = threading.Lock()
        self._over = False
        self._commands = Commands(lambda: self.command_client)
        self._closing = threading.Lock()
        self._closed = False
        self._started = False
        self._watch: DeathWatch | None = None
        self._undertaker: Undertaker | None = None
        self._stand_in: StandIn | None = None

    def __repr__(self) -> str:
        return f"pilothouse.executor({self.profile.name!r}, label={self.label!r})"

    @property
    def folder(self) -> Path:
        """Private to this run: logs, while it lives certificates too."""
        return self._folder.path

    @property
    def parsl_folder(self) -> Path:
        """For ``parsl.Config(run_dir=…)``."""
        return self._folder.parsl

    def start(self) -> None:
        """:raises PilothouseError: the bridge refuses the executor, or cannot be reached; the
        interchange does not start. With ``raises`` False that is left in ``failure``."""
        try:
            self._start()
        except BaseException as error:
            self._close()
            if self.raises or not isinstance(error, PilothouseError):
                raise
            self.failure = error
            self.set_bad_state_and_fail_all(error)

    def _start(self) -> None:
        self._member.connect()
        self._reading.contents.make()
        # HTEX declares it as None only, and fills it itself where nobody has.
        vars(self)["cert_dir"] = self._folder.make_certificates()
        packages = Path(parsl.__file__).resolve().parent.parent
        self.interchange_launch_cmd = warm.command(self._folder.interchange_output, packages)
        self._watch = DeathWatch(lambda: self.interchange_proc, self._interchange_ended)
        parsl_start: Callable[[], None] = super().start
        parsl_start()
        if self._stand_in is not None:
            raise self._folder.interchange_error("interchange_start_failed", self.interchange_proc)
        self._started = True
        url = tcp_url("127.0.0.1", self.worker_port)
        self._undertaker = Undertaker(self.cert_dir, url, self._task_numbers, self._known_starts)
        self._member.open(loading(self.run_id))

    def shutdown(self, timeout: float = 10.0) -> None:
        """Ends everything this executor has opened; what has not finished fails with the reason.

        Does nothing in a fork of the kernel, whose parent goes on.
        """
        if self._owner != os.getpid():
            return
        with self._submitting:
            # Parsl's launching thread may be about to submit still.
            self._over = True
        if self.outstanding() and not self.bad_state_is_set:
            self._take_interchanges_place(commands=False)
            self.set_bad_state_and_fail_all(PilothouseError("closed"))
            settle(self.run_id)
        self._close(timeout)

    def _close(self, timeout: float = 10.0) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if self._watch is not None:
            self._watch.close()
        self._member.leave()
        if self._undertaker is not None:
            self._undertaker.close()
        self._home.close()
        parsl_shutdown: Callable[[float], None] = super().shutdown
        parsl_shutdown(timeout)
        if self._stand_in is not None:
            self._stand_in.close()
        self._reading.close()
        self._folder.close()

    # The interchange.

    def _interchange_ended(self, process: subprocess.Popen[bytes]) -> None:
        """In the watching thread."""
        process.wait()
        self._take_interchanges_place(commands=True)
        if not self._started:
            return  # `_start` finds the stand-in
        error = self._folder.interchange_error("interchange_died", process)
        logger.error("%s", error)
        self.set_bad_state_and_fail_all(error)
        settle(self.run_id)
        self._member.fail(error)

    def _take_interchanges_place(self, commands: bool) -> None:
        # Before it answers: `_start` looks whether there is one as soon as it has an answer.
        self._stand_in = stand_in = StandIn(self.cert_dir, self.loopback_address)
        command_port: object = self.command_client.port if commands else None
        stand_in.serve(int(self.outgoing_q.port), command_port)

    def set_bad_state_and_fail_all(self, exception: Exception) -> None:
        """As Parsl's, and to the end where a result comes in meanwhile."""
        try:
            super().set_bad_state_and_fail_all(exception)
        except Exception as error:  # noqa: BLE001 - a future done already, or the table changed
            logger.info("Failing the futures that are left, after %r", error)
        fail_rest(list(self.tasks.values()), exception)
        self._member.load_changed()

    def connected_managers(self) -> list[dict[str, object]]:
        """As Parsl's, with a time limit."""
        return self._commands.rows()

    def connected_blocks(self) -> list[str]:
        """As Parsl's, with a time limit."""
        return self._commands.blocks()

    def managers(self) -> list[Manager]:
        """For the keeper: what the interchange has."""
        return self._commands.managers()

    def hold(self, start: str) -> None:
        """For the keeper."""
        self._commands.hold(start)

    def bury(self, death: Death) -> None:
        """For the keeper."""
        if self._undertaker is not None:
            self._undertaker.bury(death)

    def need_home(self) -> None:
        """For the keeper."""
        assert self.worker_port is not None  # the interchange has said it, or nothing is open
        try:
            self._home.start(self.worker_port)
        except OSError as error:
            # Its pools do not register then, which the bridge sees and says.
            logger.error("The home process cannot be started: %s", error)

    def _task_numbers(self) -> list[int]:
        return sorted(number for number in list(self.tasks) if isinstance(number, int))

    def _known_starts(self) -> set[str]:
        return {manager.start for manager in self.managers()}

    # Scaling.

    def opening(self) -> Mapping[str, object]:
        """Params of ``executors.open`` with all that is true now."""
        return {
            "executor": self.executor_id,
            "pool": self.profile.name,
            "label": self.label,
            "run": self.run_id or str(uuid.uuid4()),
            "origin": dict(kernel_origin()),
            "runtime": runtime(),
            "ask": self.ask.wire(),
            "start": pool_start(self._folder.certificates, "info" if self.logs else "warnings"),
            "leases": [lease.wire() for lease in self.leases.all()],
            "unfinished": self.outstanding(),
            "content": self._folder.path.name,
        }

    def replay(self) -> None:
        """For the keeper."""
        self._member.replay()

    def ask_for(self, ask: Ask) -> None:
        """Changes in place how many pilots are asked for; told later if the bridge is away.

        :raises PilothouseError: the bridge refuses the number.
        """
        before, self.ask = self.ask, ask
        try:
            self._member.ask_for(ask)
        except PilothouseError:
            self.ask = before
            raise
        self.asked_at = time.monotonic()

    def status(self) -> dict[str, JobStatus]:
        """Blocks and their states, from memory. An ended one is said once and forgotten, because
        Parsl walks all of them at each look (20,000: 3.6 s)."""
        blocks = dict(self.blocks_to_job_id)
        assert self.provider is not None
        found = dict(zip(blocks, self.provider.status(list(blocks.values())), strict=True))
        for block, status in found.items():
            if status.terminal:
                self.job_ids_to_block.pop(self.blocks_to_job_id.pop(block), None)
        return found

    def scale_in(self, blocks: int, max_idletime: float | None = None) -> list[str]:
        """As Parsl's, without a question to the interchange for each block."""
        tasks = {manager.start: manager.tasks for manager in self.managers()}
        alive = sorted(self.leases.all(), key=lambda lease: tasks.get(lease.start or "", 0))
        if max_idletime is not None:
            alive = [lease for lease in alive if tasks.get(lease.start or "", 0) == 0]
        gone = alive[:blocks]
        assert self.provider is not None
        self.provider.cancel([lease.lease for lease in gone])
        return [lease.block for lease in gone]

    # Tasks.

    def submit(
        self,
        func: Callable[..., object],
        resource_specification: dict[str, object],
        *args: object,
        **kwargs: object,
    ) -> HTEXFuture:
        """Sends a call; see docs/architecture.md, "The life of a task", 4.

        :raises PilothouseError: ``not_picklable``, ``content_failed``.
        :raises BadStateException: after :meth:`shutdown`.
        """
        self.validate_resource_spec(resource_specification)
        buffer, names = pack_task(func, args, kwargs, self._reading.contents)
        try:
            inner = self._send(buffer, resource_specification)
        except BaseException:
            self._reading.contents.release(names)
            raise
        inner.__class__ = FirstWord  # HTEX makes it itself and has it already
        outer = HTEXFuture(inner.parsl_executor_task_id)
        inner.add_done_callback(partial(self._complete, outer, names))
        self._member.load_changed()
        return outer

    def _send(self, buffer: bytes, resources: dict[str, object]) -> HTEXFuture:
        with self._submitting:
            if self._over:
                raise BadStateException(self, PilothouseError("closed"))
            # HTEX numbers its tasks itself, after it has got what the worker is to be told.
            number = self._task_counter + 1
            context: dict[str, object] = {"task_executor": {"f": WORKER, "a": (number,)}}
            if resources:
                context["resource_spec"] = resources
            inner = self.submit_payload(context, buffer)
        assert inner.parsl_executor_task_id == number
        return inner

    def _complete(self, outer: HTEXFuture, names: Sequence[str], inner: Future[object]) -> None:
        """In HTEX's result thread."""
        self._reading.contents.release(names)
        complete(outer, inner, self._member.stamped, self._reading)
        self._member.load_changed()
