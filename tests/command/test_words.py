"""Times, counts and states as ui.md has them."""

from __future__ import annotations

import time
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


QUIET: dict[str, object] = {
    "pool": "a",
    "schedulerTrouble": None,
    "uplinks": [],
    "stopped": None,
    "waitingWhy": None,
}


@pytest.mark.parametrize(
    ("said", "end"),
    [("Unable to contact slurm controller", "slurm controller"), ("", "command_failed")],
)
def test_a_scheduler_that_does_not_answer_is_quoted(said: str, end: str) -> None:
    trouble = {"code": "command_failed", "words": said, "sinceMs": 0}
    pool = {**QUIET, "schedulerTrouble": trouble}
    (line,) = words.whys(cast(Pool, pool), [])
    assert line.startswith("the scheduler has not answered for ")
    assert line.endswith(end)
    assert "<" not in line


def test_a_way_home_that_is_lost_is_told_with_its_problem_and_one_that_is_open_is_not() -> None:
    relay = {
        "kind": "relay", "machine": "relay.example.org", "port": 8443, "nextTryMs": None,
        "sinceMs": (time.time() - 40) * 1000, "trouble": None,
    }  # fmt: skip
    params = {"kind": "relay", "field": "uplink.relay", "problem": "r:8443: the relay is silent"}
    lost = {**relay, "trouble": {"code": "uplink_failed", "params": params}}
    away = {**relay, "port": None, "trouble": {"code": "login_needed", "params": {"host": "ap40"}}}
    first, second = words.whys(cast(Pool, {**QUIET, "uplinks": [relay, lost, away]}), [])
    assert first.startswith("pilots have had no way home by relay.example.org:8443 (relay) for 4")
    assert first.endswith(" s: r:8443: the relay is silent")
    assert second.endswith(
        ": Nobody is logged in to ap40. Log in with `pilothouse login`, or in the panel."
    )


def test_a_login_that_led_to_another_machine_is_told() -> None:
    moved = {"from": "node-1", "to": "node-2", "atMs": (time.time() - 40) * 1000}
    uplink = {
        "kind": "submit-host", "machine": "login.example.org", "port": 9000, "nextTryMs": None,
        "sinceMs": 0, "trouble": None, "moved": moved,
    }  # fmt: skip
    (line,) = words.whys(cast(Pool, {**QUIET, "uplinks": [uplink]}), [])
    assert line.startswith("login.example.org led to node-2 and no more to node-1 4")
    assert "dial node-1 in vain" in line
    assert line.endswith("name one login node in the profile's `submitHost.address`")


@pytest.mark.parametrize(
    ("state", "said"), [("starting", ""), ("requested", "Unable to contact slurm controller")]
)
def test_a_pilot_that_starts_is_not_called_running(state: str, said: str) -> None:
    told = {"starting": "RUNNING", "requested": "Unable to contact slurm controller\nmore"}
    pilot = {"state": state, "why": None, "words": told[state]}
    assert words.reason(cast(Pilot, pilot)) == said
