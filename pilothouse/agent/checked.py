"""Reading fields of JSON that came from elsewhere: the right type, or an error that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class InvalidMessage(ValueError):
    """A field is missing or of the wrong kind; the text names it."""


def mapping(value: object, where: str) -> Mapping[str, object]:
    """``value`` as an object of JSON."""
    if not isinstance(value, dict):
        raise InvalidMessage(f"{where} is {_shown(value)}, not an object")
    return value


def field(of: Mapping[str, object], name: str, kind: type[T], where: str) -> T:
    """A field that must be there."""
    if name not in of:
        raise InvalidMessage(f"{where}.{name} is missing")
    value = of[name]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise InvalidMessage(f"{where}.{name} is {_shown(value)}, not of type {kind.__name__}")
    return value


def optional(of: Mapping[str, object], name: str, kind: type[T], where: str) -> T | None:
    """A field that may be null or absent."""
    return None if of.get(name) is None else field(of, name, kind, where)


def texts(of: Mapping[str, object], name: str, where: str) -> list[str]:
    """A field that is a list of strings."""
    values = field(of, name, list, where)
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise InvalidMessage(f"{where}.{name}[{index}] is {_shown(value)}, not a string")
    return values


def text_map(of: Mapping[str, object], name: str, where: str) -> dict[str, str]:
    """A field that is an object of strings."""
    values = field(of, name, dict, where)
    for key, value in values.items():
        if not isinstance(value, str):
            raise InvalidMessage(f"{where}.{name}.{key} is not a string")
    return values


def _shown(value: object) -> str:
    # never the value itself: it may be a secret
    return "null" if value is None else f"a {type(value).__name__}"
