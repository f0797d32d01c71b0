"""What modules and worker_init set reaches tasks and leaves the agent alone."""

from __future__ import annotations

import os
import subprocess
import sys

from pilothouse.agent import setup


def test_a_pilot_with_a_runtime_gives_tasks_what_setup_had_left() -> None:
    agents = {
        "HOME": "/home/u",
        "PYTHONPATH": "/run/site",
        "PYTHONNOUSERSITE": "1",
        "LD_LIBRARY_PATH": "/run/lib:/opt/cuda",
        "PILOTHOUSE_RUNTIME": "/run/site",
        "PILOTHOUSE_SCRIPT": "7",
        "PILOTHOUSE_TASKS_PYTHONPATH": "/shared/a:/shared/b",
        "PILOTHOUSE_TASKS_LD_LIBRARY_PATH": "/opt/cuda",
    }
    assert setup.environment_of_tasks(agents) == {
        "HOME": "/home/u",
        "PYTHONPATH": "/shared/a:/shared/b",
        "PYTHONNOUSERSITE": "1",
        "LD_LIBRARY_PATH": "/opt/cuda",
    }
    assert setup.path_of_tasks(agents) == ["/run/site", "/shared/a", "/shared/b"]
    del agents["PILOTHOUSE_TASKS_PYTHONPATH"]
    agents["PILOTHOUSE_TASKS_LD_LIBRARY_PATH"] = ""
    assert setup.environment_of_tasks(agents) == {"HOME": "/home/u", "PYTHONNOUSERSITE": "1"}
    assert setup.path_of_tasks(agents) == ["/run/site"]


def test_a_pilot_without_one_keeps_its_environment() -> None:
    agents = {"PYTHONPATH": "/modules/parsl", "LD_LIBRARY_PATH": "/x"}
    assert setup.environment_of_tasks(agents) == agents
    assert setup.path_of_tasks(agents) == []


def test_what_setup_changed_is_added_to_a_notebooks_environment() -> None:
    before = {"PATH": "/bin", "HOME": "/h", "OLD": "1", "LIST": "/a", "PWD": "/"}
    after = {
        "PATH": "/module/bin:/bin", "HOME": "/h", "OLD": "2", "NEW": "n", "LIST": "/b", "PWD": "/x",
        "PILOTHOUSE_SCRIPT": "5",
    }  # fmt: skip
    changed = setup.changes(before, after)
    assert set(changed) == {"PATH", "OLD", "NEW", "LIST"}
    given = {"PATH": "/venv/bin:/usr/bin", "LIST": "/kernel", "KERNEL": "k"}
    assert setup.with_changes(given, changed) == {
        "PATH": "/module/bin:/venv/bin:/usr/bin",
        "OLD": "2",
        "NEW": "n",
        "LIST": "/b",
        "KERNEL": "k",
    }
    assert setup.with_changes({}, changed)["PATH"] == "/module/bin:/bin"


def test_the_agent_asks_the_script_what_there_was_before_setup() -> None:
    program = "from pilothouse.agent import setup; print(sorted(setup.changes_here().items()))"
    script = 'export NEW="a b"; PATH=/module:$PATH; PILOTHOUSE_SCRIPT=$$ "$0" -c "$1"; exit'
    said = subprocess.run(
        ["sh", "-c", script, sys.executable, program],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said == "[('NEW', ('a b', 'a b')), ('PATH', ('/module:/usr/bin:/bin', '/module:'))]\n"
    unsaid = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert unsaid.stdout == "[]\n"
