"""The pool's command line: place-holders filled in, accelerators made the pilot's own."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from .checked import InvalidMessage
from .slots import MOST_WORKERS

POOL_MODULE = "parsl.executors.high_throughput.process_worker_pool"
_PLACEHOLDER = re.compile(r"@([a-z_]+)@")
_ACCELERATORS = "--available-accelerators"


def pool_arguments(
    command: Sequence[str], values: Mapping[str, str], gpus: Sequence[str]
) -> list[str]:
    """The arguments for HTEX's pool module out of a lease's command.

    :param values: what stands for ``@cert_dir@`` and the others.
    :param gpus: the pilot's; HTEX itself would number them from 0.
    :raises InvalidMessage: if the command does not run the pool module, or names an unknown
        place-holder.
    """
    filled = [_fill(word, values) for word in command]
    return _with_gpus(_after_module(filled), gpus)


def through_tunnel(arguments: Sequence[str], port: int) -> list[str]:
    """The same arguments with the tunnel's entrance in place of the interchange.

    :raises InvalidMessage: if they do not say where the interchange is.
    """
    own = _replaced(arguments, ("--port",), str(port))
    return _replaced(own, ("-a", "--addresses"), "127.0.0.1")


def workers(arguments: Sequence[str], cores: int) -> int:
    """How many workers the pool can have at most, as HTEX's manager reckons it."""
    most = _number(arguments, ("--max_workers_per_node",), math.inf)
    per_worker = _number(arguments, ("-c", "--cores_per_worker"), 1.0)
    by_cores = cores / per_worker if per_worker > 0 else math.inf
    return max(1, int(min(most, by_cores, MOST_WORKERS)))


def _fill(word: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            raise InvalidMessage(f"pool.start.command has the unknown place-holder @{name}@")
        return values[name]

    return _PLACEHOLDER.sub(value, word)


def _after_module(command: Sequence[str]) -> list[str]:
    for index, word in enumerate(command):
        if word == POOL_MODULE and index > 0 and command[index - 1] == "-m":
            return list(command[index + 1 :])
        if word.rpartition("/")[2] == "process_worker_pool.py":
            return list(command[index + 1 :])
    raise InvalidMessage(f"pool.start.command does not run {POOL_MODULE}")


def _with_gpus(arguments: list[str], gpus: Sequence[str]) -> list[str]:
    if not gpus or _ACCELERATORS not in arguments:
        return arguments
    first = arguments.index(_ACCELERATORS) + 1
    last = first
    while last < len(arguments) and not arguments[last].startswith("-"):
        last += 1
    own: dict[str, str] = {}  # a name given twice means two workers on one GPU: kept so
    for name in arguments[first:last]:
        if name not in own and len(own) < len(gpus):
            own[name] = gpus[len(own)]
    names = [own[name] for name in arguments[first:last] if name in own]
    return [*arguments[:first], *names, *arguments[last:]]


def _replaced(arguments: Sequence[str], options: Sequence[str], value: str) -> list[str]:
    for index, word in enumerate(arguments):
        name, equals, _ = word.partition("=")
        if name in options:
            rest = arguments[index + (1 if equals else 2) :]
            return [*arguments[:index], name, value, *rest]
    raise InvalidMessage(f"pool.start.command has no {options[-1]}")


def _number(arguments: Sequence[str], options: Sequence[str], otherwise: float) -> float:
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in options:
            text = value if equals else "".join(arguments[index + 1 : index + 2])
            try:
                return float(text)
            except ValueError as problem:
                raise InvalidMessage(f"pool.start.command: {name} is not a number") from problem
    return otherwise
