"""Runs every test and says, in the last line, how many passed: `python -m scripts.test [STEP...]`.

Steps are lint, jest, pytest, browser; all of them if none is named.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / "bin"
NODE = str(BIN / "node")
# Far more than any runner takes: it hangs.
STEP_SECONDS = 45 * 60
HANGS = f"ended after {STEP_SECONDS} s: it hangs"


@dataclass
class Outcome:
    """What one runner found; `closing` is how it closed, in its own words."""

    passed: int
    failed: int
    closing: list[str]


def run(
    argv: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> tuple[int, list[str]]:
    """Runs a program, its output both shown and returned as lines; one that hangs is ended."""
    lines: list[str] = []
    with subprocess.Popen(
        argv,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        limit = threading.Timer(STEP_SECONDS, end, [process, lines])
        limit.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                lines.append(re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip()))
        except KeyboardInterrupt:
            end(process, lines)
            raise
        finally:
            limit.cancel()
    return process.returncode, lines


def end(process: subprocess.Popen[str], lines: list[str]) -> None:
    """Ends a runner with what it has started, and says so where its closing lines would stand."""
    lines.append(HANGS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def closing(lines: Sequence[str], pattern: str) -> list[str]:
    """Those of a runner's last lines that sum it up."""
    return [line.strip() for line in lines[-40:] if re.search(pattern, line) or line == HANGS]


def counted(passed: int, failed: int, code: int, said: list[str], runner: str) -> Outcome:
    """An outcome; a runner that failed without a failing test is a failure of its own."""
    if code != 0 and failed == 0:
        failed = 1
        said = [*said, f"{runner} ended with exit code {code}"]
    return Outcome(passed, failed, said)


def lint() -> Outcome:
    """Types, style and layers: each check counts as one test."""
    module = str(ROOT / "node_modules")
    checks: dict[str, list[str]] = {
        "tsc": [NODE, f"{module}/typescript/bin/tsc", "--noEmit", "-p", "."],
        "tsc ui-tests": [NODE, f"{module}/typescript/bin/tsc", "-p", "ui-tests"],
        "eslint": [NODE, f"{module}/eslint/bin/eslint.js", "--max-warnings", "0", "."],
        "prettier": [str(BIN / "npm"), "run", "--silent", "prettier", "--", "--check"],
        "stylelint": [str(BIN / "npm"), "run", "--silent", "stylelint"],
        "ruff": [str(BIN / "ruff"), "check", "--quiet", "."],
        "ruff format": [str(BIN / "ruff"), "format", "--quiet", "--check", "."],
        "mypy": [str(BIN / "mypy")],
    }
    failed = [name for name, argv in checks.items() if run(argv)[0] != 0]
    good = [name for name in checks if name not in failed]
    said = [f"checks: {', '.join(good) or 'none'} passed"]
    if failed:
        said.append(f"checks: {', '.join(failed)} failed")
    return Outcome(len(good), len(failed), said)


def jest() -> Outcome:
    """TypeScript's tests, of browser and bridge."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "jest.json"
        program = str(ROOT / "node_modules" / "jest" / "bin" / "jest.js")
        code, lines = run([NODE, program, "--json", f"--outputFile={report}", "--silent"])
        found = json.loads(report.read_text()) if report.exists() else {}
    return counted(
        found.get("numPassedTests", 0),
        found.get("numFailedTests", 0)
        + found.get("numRuntimeErrorTestSuites", 0)
        + found.get("numPendingTests", 0)
        + found.get("numTodoTests", 0),
        code,
        closing(lines, r"^(Test Suites|Tests|Time):"),
        "jest",
    )


def pytest() -> Outcome:
    """Python's tests, those of the wheel included."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        code, lines = run([sys.executable, "-m", "pytest", f"--junitxml={report}"])
        suite = ElementTree.parse(report).getroot().find("testsuite") if report.exists() else None
    numbers = {} if suite is None else suite.attrib
    tests, skipped = int(numbers.get("tests", 0)), int(numbers.get("skipped", 0))
    failed = int(numbers.get("failures", 0)) + int(numbers.get("errors", 0))
    said = closing(lines, r"^=.*(passed|failed|error|no tests ran)")
    return counted(tests - failed - skipped, failed + skipped, code, said, "pytest")


def browser() -> Outcome:
    """JupyterLab in Chromium."""
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if chromium is None:
        return Outcome(0, 0, ["browser tests not run: no Chromium here (set CHROMIUM to its path)"])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "playwright.json"
        code, lines = run(
            [NODE, "node_modules/playwright/cli.js", "test", "--reporter=list,json"],
            cwd=ROOT / "ui-tests",
            env={"PLAYWRIGHT_JSON_OUTPUT_NAME": str(report), "CHROMIUM": chromium},
        )
        found = json.loads(report.read_text())["stats"] if report.exists() else {}
    return counted(
        found.get("expected", 0),
        found.get("unexpected", 0) + found.get("flaky", 0) + found.get("skipped", 0),
        code,
        closing(lines, r"^\s*\d+ (passed|failed|flaky|skipped|did not run|interrupted)"),
        "playwright",
    )


STEPS: dict[str, Callable[[], Outcome]] = {
    "lint": lint,
    "jest": jest,
    "pytest": pytest,
    "browser": browser,
}


def main(names: Sequence[str]) -> int:
    """Runs the named steps; 1 if anything failed."""
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        raise SystemExit(f"no step {unknown[0]}: there are {', '.join(STEPS)}")
    outcomes: list[Outcome] = []
    for name in names or STEPS:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        outcome = STEPS[name]()
        outcome.closing.append(f"{name}: {time.monotonic() - began:.0f} s")
        outcomes.append(outcome)
    print()
    for outcome in outcomes:
        print("\n".join(outcome.closing))
    failed = sum(outcome.failed for outcome in outcomes)
    print(f"pilothouse: {sum(outcome.passed for outcome in outcomes)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
