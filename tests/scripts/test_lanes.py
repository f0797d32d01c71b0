"""Steps side by side: kept apart on the screen, limited in time, ended together."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.lanes import Lanes, Step
from testbed.processes import known, wait_until
from testbed.programs import watched

ROOT = Path(__file__).resolve().parents[2]
WAIT = "until [ -e {file} ]; do sleep 0.05; done; "


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def test_steps_of_two_lanes_run_together_and_are_shown_one_by_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    scripts = {
        # Each of the first two ends only if the other runs.
        "one": f"echo 1a; touch {one}; {WAIT.format(file=two)} echo 1b",
        "two": f"echo 2a; touch {two}; {WAIT.format(file=one)} echo 2b",
        "three": "echo 3 >&2; exit 4",
    }

    def do(name: str, step: Step) -> tuple[int, list[str]]:
        return step.program(shell(scripts[name]), cwd=tmp_path)

    answers = Lanes(60).run([["one", "three"], ["two"]], do)
    assert answers == {"one": (0, ["1a", "1b"]), "two": (0, ["2a", "2b"]), "three": (4, ["3"])}
    shown = capsys.readouterr().out
    for whole in ("\n== one\n1a\n1b\n", "\n== two\n2a\n2b\n", "\n== three\n3\n"):
        assert whole in shown


def test_a_lane_alone_is_shown_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"

    class Screen(io.StringIO):
        def write(self, text: str) -> int:
            if "first" in text:
                seen.touch()
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Screen())

    def do(name: str, step: Step) -> tuple[int, list[str]]:
        waits = f"printf '\\033[1mfirst\\033[0m\\n'; {WAIT.format(file=seen)} echo last"
        return step.program(shell(waits), cwd=tmp_path)

    assert Lanes(60).run([["it"]], do) == {"it": (0, ["first", "last"])}


def test_what_hangs_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    def do(name: str, step: Step) -> tuple[int, list[str]]:
        return step.program(shell("sleep 600 & echo $!; wait"), cwd=tmp_path)

    code, (pid, said) = Lanes(1).run([["it"]], do)["it"]
    assert (code, said) == (-signal.SIGKILL, "ended after 1 s: it hangs")
    child = known(int(pid))
    assert child is None or wait_until(lambda: not child.alive, 10)


def test_a_lane_that_fails_ends_the_others(tmp_path: Path) -> None:
    def do(name: str, step: Step) -> int:
        if name == "broken":
            raise KeyError(name)
        return step.program(shell("sleep 600"), cwd=tmp_path)[0]

    with pytest.raises(KeyError):
        Lanes(60).run([["it"], ["broken"]], do)


TOLD_TO_END = """
import signal, sys
from pathlib import Path
from scripts.lanes import Lanes

signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    Lanes(60).run(
        [["kind", "after"], ["deaf"]],
        lambda name, step: step.program([sys.executable, "-c", PROGRAMS[name]], cwd=Path.cwd()),
    )
except KeyboardInterrupt:
    sys.exit(130)
"""
KIND = """
import os, time
print("kind", os.getpid(), flush=True)
open("kind", "w")
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("cleaned up")
"""
DEAF = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("deaf", os.getpid(), flush=True)
open("deaf", "w")
time.sleep(600)
"""


def numbers(lines: Sequence[str]) -> list[int]:
    """The process ids that the programs said."""
    return [int(line.split()[1]) for line in lines if line.startswith(("kind ", "deaf "))]


def test_an_interrupt_ends_all_and_shows_what_they_said(tmp_path: Path) -> None:
    programs = {"kind": KIND, "deaf": DEAF, "after": "print('never')"}
    patience = "import scripts.lanes; scripts.lanes.GRACE_SECONDS = 1"
    started = subprocess.Popen(
        [sys.executable, "-c", f"{patience}\nPROGRAMS = {programs!r}\n{TOLD_TO_END}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with watched(started) as runner:
        assert wait_until(lambda: (tmp_path / "kind").exists(), 30)
        assert wait_until(lambda: (tmp_path / "deaf").exists(), 30)
        runner.terminate()
        shown = runner.communicate(timeout=60)[0].splitlines()
    assert runner.returncode == 130
    assert "cleaned up" in shown
    assert "never" not in shown
    pids = numbers(shown)
    assert len(pids) == 2
    for pid in pids:
        left = known(pid)
        assert left is None or not left.alive
