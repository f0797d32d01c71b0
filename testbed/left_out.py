"""Tests of what this machine cannot give are left out, and the summary says how many and why.

A test says what it needs by the names of its fixtures, or by a fixture's name in a parameter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from testbed import debian

SITE_FIXTURES = ("slurm", "slurm_accounting", "htcondor", "modules", "ssh_apart")
"""Sites that one test at a time uses."""

SHARED_FIXTURES = ("ssh", "ssh_htcondor", "ssh_kerberos", "networks", "wrong_clock")
"""What many use at the same time; who changes a submit host uses `ssh_apart`."""


@dataclass(frozen=True)
class Need:
    """What tests with one of these fixtures need; `missing` says why this machine has it not."""

    tests: str
    fixtures: tuple[str, ...]
    missing: Callable[[], str | None]


def no_root() -> str | None:
    """Why no program can be run as root, or None."""
    if os.geteuid() == 0:
        return None
    if shutil.which("sudo") is None:
        return "not root, and there is no sudo"
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, text=True, check=False)
    return None if asked.returncode == 0 else f"not root: {asked.stderr.strip()}"


NEEDS = (
    Need("tests with real sites", (*SITE_FIXTURES, *SHARED_FIXTURES), debian.cannot_start),
    Need("tests with another user", ("as_root",), no_root),
)
_left_out = pytest.StashKey[list[str]]()


def used(item: pytest.Item) -> set[str]:
    """The fixtures that a test uses, also those that a parameter names (`params=["slurm", …]`)."""
    spec: object = getattr(item, "callspec", None)
    given: dict[str, object] = getattr(spec, "params", {})
    named = {value for value in given.values() if isinstance(value, str)}
    return {*getattr(item, "fixturenames", ()), *named}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what this machine cannot give; marks what uses a site, for `-m`."""
    for item in items:
        if used(item) & {*SITE_FIXTURES, *SHARED_FIXTURES}:
            item.add_marker("sites")
    said = config.stash.setdefault(_left_out, [])
    for need in NEEDS:
        needy = [item for item in items if used(item) & set(need.fixtures)]
        reason = need.missing() if needy else None
        if reason is not None:
            said.append(f"{len(needy)} {need.tests} not run: {reason}")
            config.hook.pytest_deselected(items=needy)
            items[:] = [item for item in items if item not in needy]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out, and why."""
    for line in terminalreporter.config.stash.get(_left_out, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def as_root() -> list[str]:
    """The words before a program that is to run as root, and may become another user."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]
