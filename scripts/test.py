"""Runs every test and says, in the last line, how many passed: `python -m scripts.test [STEP...]`.

Steps are lint, jest, pytest, sites (those of pytest's that use a real scheduler), browser; all of
them if none is named.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.lanes import Lanes, Step
from testbed import debian

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / "bin"
NODE = str(BIN / "node")
# Far more than any runner takes: it hangs.
STEP_SECONDS = 45 * 60


@dataclass
class Outcome:
    """What one runner found; `closing` is how it closed, in its own words."""

    passed: int
    failed: int
    closing: list[str]


def closing(lines: Sequence[str], pattern: str) -> list[str]:
    """Those of a runner's last lines that sum it up."""
    return [line.strip() for line in lines[-40:] if re.search(rf"{pattern}|: it hangs$", line)]


def counted(passed: int, failed: int, code: int, said: list[str], runner: str) -> Outcome:
    """An outcome; a runner that failed without a failing test is a failure of its own."""
    if code != 0 and failed == 0:
        failed = 1
        said = [*said, f"{runner} ended with exit code {code}"]
    return Outcome(passed, failed, said)


def lint(step: Step) -> Outcome:
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
    failed = [name for name, argv in checks.items() if step.program(argv, cwd=ROOT)[0] != 0]
    good = [name for name in checks if name not in failed]
    said = [f"checks: {', '.join(good) or 'none'} passed"]
    if failed:
        said.append(f"checks: {', '.join(failed)} failed")
    return Outcome(len(good), len(failed), said)


def jest(step: Step) -> Outcome:
    """TypeScript's tests, of browser and bridge."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "jest.json"
        program = str(ROOT / "node_modules" / "jest" / "bin" / "jest.js")
        argv = [NODE, program, "--json", f"--outputFile={report}", "--silent"]
        code, lines = step.program(argv, cwd=ROOT)
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


def pytest(step: Step, which: str = "not sites") -> Outcome:
    """Python's tests, those of the wheel included, but for those at sites."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        argv = [sys.executable, "-m", "pytest", "-m", which, f"--junitxml={report}"]
        code, lines = step.program(argv, cwd=ROOT)
        suite = ElementTree.parse(report).getroot().find("testsuite") if report.exists() else None
    numbers = {} if suite is None else suite.attrib
    tests, skipped = int(numbers.get("tests", 0)), int(numbers.get("skipped", 0))
    failed = int(numbers.get("failures", 0)) + int(numbers.get("errors", 0))
    said = closing(lines, r"^=.*(passed|failed|error|no tests ran)|^\d+ tests .* not run: ")
    return counted(tests - failed - skipped, failed + skipped, code, said, step.name)


def sites(step: Step) -> Outcome:
    """Python's tests that use a real scheduler."""
    reason = debian.cannot_start()
    if reason is not None:
        return Outcome(0, 0, [f"tests with real schedulers not run: {reason}"])
    return pytest(step, "sites")


def browser(step: Step) -> Outcome:
    """JupyterLab in Chromium."""
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if chromium is None:
        return Outcome(0, 0, ["browser tests not run: no Chromium here (set CHROMIUM to its path)"])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "playwright.json"
        code, lines = step.program(
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


STEPS: dict[str, Callable[[Step], Outcome]] = {
    "lint": lint,
    "jest": jest,
    "pytest": pytest,
    "sites": sites,
    "browser": browser,
}
# What waits, for schedulers, stands beside what computes.
LANES = (("lint", "pytest", "browser"), ("sites", "jest"))


def timed(name: str, step: Step) -> Outcome:
    """Does a step; its last closing line is how long it took."""
    began = time.monotonic()
    outcome = STEPS[name](step)
    outcome.closing.append(f"{name}: {time.monotonic() - began:.0f} s")
    return outcome


def main(names: Sequence[str]) -> int:
    """Runs the named steps; 1 if anything failed."""
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        raise SystemExit(f"no step {unknown[0]}: there are {', '.join(STEPS)}")
    wanted = names or list(STEPS)
    lanes = [[name for name in lane if name in wanted] for lane in LANES]
    # Who is told to end leaves no runner behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = Lanes(STEP_SECONDS).run([lane for lane in lanes if lane], timed)
    except KeyboardInterrupt:
        print("\npilothouse: interrupted")
        return 130
    outcomes = [found[name] for name in STEPS if name in found]
    print()
    for outcome in outcomes:
        print("\n".join(outcome.closing))
    failed = sum(outcome.failed for outcome in outcomes)
    print(f"pilothouse: {sum(outcome.passed for outcome in outcomes)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
