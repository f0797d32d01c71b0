"""A real HighThroughputExecutor, encrypted, whose pools are the agents'."""

from __future__ import annotations

import itertools
import os
import pickle
import sys
import types
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider
from parsl.serialize import deserialize, serialize

from pilothouse.agent.payload import pack
from pilothouse.interchange import wrapper

from .home import Message

RESULT_SECONDS = 60

POOL = "parsl.executors.high_throughput.process_worker_pool"

_numbers = itertools.count(1)


def open_executor(folder: Path) -> HighThroughputExecutor:
    """Started by hand, without blocks of its own; call ``shutdown`` in the end."""
    provider = LocalProvider(init_blocks=0, min_blocks=0, max_blocks=0)
    provider.script_dir = str(folder)
    executor = HighThroughputExecutor(
        label="tested",
        address="127.0.0.1",
        loopback_address="127.0.0.1",
        encrypted=True,
        heartbeat_period=2,
        heartbeat_threshold=60,
        # Ours: a stock one does not hear a pool whose probe it still has.
        interchange_launch_cmd=[
            *(sys.executable, "-m", wrapper.__name__),
            *(str(os.getpid()), str(folder / "interchange.out")),
        ],
        provider=provider,
    )
    executor.run_dir = str(folder)
    executor.start()
    return executor


def pool_start(
    executor: HighThroughputExecutor,
    start: str,
    folder: Path,
    *,
    lease: str = "lease-1",
    workers: int = 2,
    environment: dict[str, str] | None = None,
    python_path: list[str] | None = None,
    accelerators: tuple[str, ...] = (),
    command: list[str] | None = None,
) -> Message:
    """Params of ``pool.start`` for a pool of this executor."""
    keys = Path(str(executor.cert_dir))
    arguments = f"--max_workers_per_node={workers} -a 127.0.0.1 -p 0 -c 1e-06 -m None --poll 10"
    arguments += f" --port={executor.worker_port} --cert_dir @cert_dir@ --logdir=@logdir@"
    arguments += " --logconf=@logconf@ --block_id=0 --hb_period=2 --hb_threshold=60 --uid @uid@"
    arguments += " --drain_period=None --cpu-affinity none --available-accelerators"
    return {
        "lease": lease,
        "start": start,
        "command": command or ["@python@", "-m", POOL, *arguments.split(), *accelerators],
        "options": {
            "workingFolder": str(folder),
            "environment": environment or {"PATH": "/usr/bin:/bin", "HOME": str(folder)},
            "umask": 0o022,
            "pythonPath": sys.path if python_path is None else python_path,
            "curve": {
                "clientKey": (keys / "client.key").read_text(),
                "clientSecretKey": (keys / "client.key_secret").read_text(),
                "serverPublicKey": (keys / "server.key").read_text(),
            },
            "logs": "warnings",
        },
    }


def submit(
    executor: HighThroughputExecutor, function: Callable[..., object], *args: object
) -> Future[object]:
    """One task through the agent's worker; the future has the stamp."""
    if isinstance(function, types.FunctionType):
        function = _by_value(function)
    buffer = pack(serialize(function), pickle.dumps((args, {}), 5))
    task_executor = {"f": "pilothouse_agent.worker.run", "a": (next(_numbers),)}
    return executor.submit_payload({"task_executor": task_executor}, buffer)


def _by_value(function: types.FunctionType) -> Callable[..., object]:
    """As a notebook's function: workers cannot import a test's module."""
    copy = types.FunctionType(function.__code__, {}, function.__name__)
    copy.__module__ = "__main__"
    return copy


def value(stamp: object) -> object:
    """What the task returned.

    :raises Exception: what the task raised.
    """
    assert isinstance(stamp, tuple)
    assert stamp[0] == "pilothouse.stamp"
    result = deserialize(stamp[8])
    if stamp[7] == "error":
        result.reraise()
    return result
