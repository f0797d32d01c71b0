"""The order in which an agent dials addresses."""

from __future__ import annotations

from pilothouse.agent.rotation import Rotation


def dial(rotation: Rotation, addresses: str, times: int) -> str:
    return "".join(rotation.next(addresses) for _ in range(times))


def test_all_in_turn_until_one_works() -> None:
    assert dial(Rotation(), "abc", 7) == "abcabca"


def test_what_worked_comes_first_and_every_second_time() -> None:
    rotation = Rotation()
    assert dial(rotation, "abc", 2) == "ab"
    rotation.worked()
    assert dial(rotation, "abc", 8) == "babcbabc"
    rotation.worked()
    assert dial(rotation, "abc", 1) == "c"


def test_the_only_one_is_dialled_again_and_again() -> None:
    rotation = Rotation()
    assert dial(rotation, "a", 2) == "aa"
    rotation.worked()
    assert dial(rotation, "a", 3) == "aaa"


def test_what_worked_is_forgotten_where_it_is_listed_no_more() -> None:
    rotation = Rotation()
    dial(rotation, "a", 1)
    rotation.worked()
    assert dial(rotation, "bc", 3) in ("bcb", "cbc")
