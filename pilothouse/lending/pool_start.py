"""What every worker pool of an executor is started with (``PoolStartOptions``)."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

POOL_MODULE = "parsl.executors.high_throughput.process_worker_pool"

# HTEX fills in what stands in braces, the agent what stands between @ (docs/architecture.md).
LAUNCH_COMMAND = (
    f"@python@ -m {POOL_MODULE} {{debug}} {{max_workers_per_node}}"
    " -a {addresses} -p {prefetch_capacity} -c {cores_per_worker} -m {mem_per_worker}"
    " --poll {poll_period} --port={worker_port} --cert_dir @cert_dir@ --logdir=@logdir@"
    " --logconf=@logconf@ --uid=@uid@ --block_id={{block_id}} --hb_period={heartbeat_period}"
    " {address_probe_timeout_string} --hb_threshold={heartbeat_threshold}"
    " --drain_period={drain_period} --cpu-affinity {cpu_affinity} {enable_mpi_mode}"
    " --mpi-launcher={mpi_launcher} --available-accelerators {accelerators}"
)


class Heartbeats(NamedTuple):
    """HTEX gives a silent pool up ``margin_seconds`` after its tunnel can no longer be resumed: it
    notices nothing by itself, the bridge's word buries dead pools."""

    period_seconds: int
    margin_seconds: int


HEARTBEATS = Heartbeats(period_seconds=5, margin_seconds=60)

NAME_CHARS = 1024
VALUE_CHARS = 131_072
PATH_CHARS = 4096
PATHS = 1000

# They say where this kernel is, which a worker is not.
_NOT_PASSED_ON = frozenset({"JPY_PARENT_PID", "JPY_SESSION_NAME", "JPY_API_TOKEN", "PWD", "OLDPWD"})


def runtime() -> dict[str, object]:
    """``Runtime``: what a pilot must have to serve this kernel."""
    return {
        "executable": sys.executable,
        "python": platform.python_version(),
        "parsl": version("parsl"),
    }


def pool_start(certificates: Path | None, logs: str) -> dict[str, object]:
    """Working folder, environment and import path as they are now, and the CURVE keys.

    :param certificates: HTEX's ``cert_dir``, or None without encryption. The server's secret key
        is not among what is sent.
    :param logs: ``warnings``, ``info`` or ``debug``.
    """
    here = os.getcwd()
    return {
        "workingFolder": here,
        "environment": environment(),
        "umask": _umask(),
        "pythonPath": [
            path for path in (entry or here for entry in sys.path) if len(path) <= PATH_CHARS
        ][:PATHS],
        "curve": None if certificates is None else _curve(certificates),
        "logs": logs,
    }


def _umask() -> int:
    """This process's umask, which can only be read by setting it: for an instant it is private."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def environment() -> dict[str, str]:
    """This process's variables that fit the wire and mean something to a worker."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_PASSED_ON and len(name) <= NAME_CHARS and len(value) <= VALUE_CHARS
    }


def _curve(certificates: Path) -> dict[str, object]:
    return {
        "clientKey": (certificates / "client.key").read_text(),
        "clientSecretKey": (certificates / "client.key_secret").read_text(),
        "serverPublicKey": (certificates / "server.key").read_text(),
    }
