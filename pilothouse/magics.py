"""`%pilots`: how many pilots there are, and how many there are to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from IPython.core.error import UsageError

from .bridge import connect
from .errors import PilothouseError
from .status import Status, status_of

#: As LIMITS.pilotsPerPool in src/protocol/limits.ts.
PILOTS_PER_POOL = 10_000

USAGE = """Usage:
  %pilots               shows all places and their pilots
  %pilots NAME          shows one
  %pilots NAME N        asks for N pilots, until cleared
  %pilots NAME auto     clears the number: notebooks ask for what they need (also: clear)
  %pilots NAME down     ends all pilots of the place"""


class Shell(Protocol):
    """What is used of IPython's InteractiveShell."""

    def register_magic_function(
        self, func: Callable[[str], object], magic_kind: str, magic_name: str
    ) -> None: ...


def load(ipython: Shell) -> None:
    """Registers `%pilots`; called by `%load_ext pilothouse`."""
    ipython.register_magic_function(pilots, "line", "pilots")


def pilots(line: str) -> Status:
    """Shows or sets the number of pilots of a place.

    :raises UsageError: what was typed is wrong, or the bridge refuses it; says why.
    """
    name, action = _parsed(line)
    try:
        with connect("command") as bridge:
            if action == "down":
                bridge.request("pools.down", {"pool": name})
            elif action == "clear":
                bridge.request("pools.setWanted", {"pool": name, "count": None})
            elif action is not None:
                bridge.request("pools.setWanted", {"pool": name, "count": action})
            return status_of(bridge, name)
    except PilothouseError as error:
        raise UsageError(str(error)) from error


def _parsed(line: str) -> tuple[str | None, int | str | None]:
    """The place, and a number of pilots, `clear` or `down`."""
    match line.split():
        case []:
            return None, None
        case [name]:
            return name, None
        case [name, "auto" | "clear"]:
            return name, "clear"
        case [name, "down"]:
            return name, "down"
        case [name, number]:
            return name, _number(number)
        case _:
            raise UsageError(f"%pilots takes a place and one word more, not {line!r}.\n{USAGE}")


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a whole number of pilots, nor auto, clear or down.\n{USAGE}"
        ) from None
    if number < 0:
        raise UsageError(f"There cannot be {number} pilots; 0 ends those that are idle.")
    if number > PILOTS_PER_POOL:
        raise UsageError(
            f"{number:,} pilots are too many; a place has at most {PILOTS_PER_POOL:,}."
        )
    return number
