"""Calls that cannot be sent say why, in few words."""

from __future__ import annotations

import socket
import traceback
from concurrent.futures import Future

import pytest

from pilothouse.errors import PilothouseError
from pilothouse.lending.packing import pack_call

FUTURE: Future[int] = Future()


def total(*parts: object, **named: object) -> None: ...


@pytest.mark.parametrize(
    ("args", "kwargs", "what"),
    [
        (([FUTURE],), {}, "argument 1"),
        ((1, (2, [FUTURE])), {}, "argument 2"),
        ((), {"parts": {"a": FUTURE}}, "argument 'parts'"),
    ],
)
def test_futures_inside_of_arguments_are_told_of(
    args: tuple[object, ...], kwargs: dict[str, object], what: str
) -> None:
    with pytest.raises(PilothouseError) as raised:
        pack_call(total, args, kwargs)
    assert raised.value.code == "futures_inside"
    assert f"inside of {what}," in str(raised.value)
    assert "total(*futures)" in str(raised.value)


def test_a_traceback_leaves_out_the_way_to_what_cannot_be_pickled() -> None:
    with socket.socket() as deep:
        value: object = deep
        for _ in range(50):
            value = [value]
        with pytest.raises(PilothouseError) as raised:
            pack_call(total, (value,), {})
    assert raised.value.code == "not_picklable"
    told = "".join(traceback.format_exception(raised.value))
    assert "cannot pickle 'socket' object" in told
    assert len(told.splitlines()) < 30
