"""Times, counts and states as ui.md has them."""

from __future__ import annotations

from typing import cast

import pytest

from pilothouse.command import words
from pilothouse.command.doctor import _print
from pilothouse.command.shapes import Pilot, Pool
from pilothouse.doctor.hops import Finding, Found


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 m"),
        (3599, "59 m"),
        (3600, "1 h"),
        (7500, "2 h 5 m"),
        (86400, "1 d"),
        (100_000, "1 d 3 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds * 1000) == text


def test_apps_are_counted_in_the_order_they_came() -> None:
    assert words.apps(["pi", "mean", "pi", "pi"]) == "pi ×3, mean"
    assert words.apps([]) == ""


def test_what_other_machines_say_is_nothing_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    title = "\x1b]0;mine\x07"
    assert words.table(("A", "B"), [(f"{title}no\nde", "\x1b[2Jx")]) == "A      B\nno?de  x"
    _print(Finding("login", Found.ILL, f"{title}says", "helps\x08", f"{title}words"))
    assert capsys.readouterr().out == "✗ login: says\n    words\n    helps\n"


def test_a_table_has_even_columns_and_no_blanks_at_ends() -> None:
    assert words.table(("A", "LONG"), [("xyz", "1"), ("x", "")]) == "A    LONG\nxyz  1\nx"


@pytest.mark.parametrize(
    ("said", "end"),
    [("Unable to contact slurm controller", "slurm controller"), ("", "command_failed")],
)
def test_a_scheduler_that_does_not_answer_is_quoted(said: str, end: str) -> None:
    trouble = {"code": "command_failed", "words": said, "sinceMs": 0}
    pool = {"pool": "a", "schedulerTrouble": trouble, "stopped": None, "waitingWhy": None}
    (line,) = words.whys(cast(Pool, pool), [])
    assert line.startswith("the scheduler has not answered for ")
    assert line.endswith(end)
    assert "<" not in line


@pytest.mark.parametrize(
    ("state", "said"), [("starting", ""), ("requested", "Unable to contact slurm controller")]
)
def test_a_pilot_that_starts_is_not_called_running(state: str, said: str) -> None:
    told = {"starting": "RUNNING", "requested": "Unable to contact slurm controller\nmore"}
    pilot = {"state": state, "why": None, "words": told[state]}
    assert words.reason(cast(Pilot, pilot)) == said
