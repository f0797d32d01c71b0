"""Places whose submit host nobody is logged in to: their pilots wait, and a person is told so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import cast

from .asks import callers_level
from .command.logins import words
from .command.logins.shapes import HostConnection, Hosts
from .errors import PilothouseError
from .lending.link import Link


def warn_if_away(link: Link, name: str) -> None:
    """Says where the call was made that a place's pilots wait for a login, if they do."""
    try:
        hosts = cast(Hosts, link.client().request("hosts.list"))["hosts"]
    except PilothouseError as error:
        if error.code != "bridge_unreachable":
            raise
        return  # Without a bridge they wait for that; it says itself what is wrong with it.
    for sentence in sentences(name, hosts):
        warnings.warn(sentence, stacklevel=callers_level())


def sentences(name: str, hosts: Sequence[HostConnection]) -> list[str]:
    """What is missing for a place, and what to do; empty where nothing is."""
    return [
        f"{words.place(each)}. Pilots of {name} wait until somebody logs in, in the Pilothouse "
        f"panel or by `pilothouse login {name}` in a terminal; then all goes on by itself."
        for each in words.of_place(name, hosts)
        if words.needs_person(each)
    ]
