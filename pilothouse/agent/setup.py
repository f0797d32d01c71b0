"""What modules and worker_init have set: for tasks, and kept away from the agent.

Variables are those of the pilot's script (src/bridge/schedulers/script/python.ts).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .processes import IS_LINUX, age_seconds

_RUNTIME = "PILOTHOUSE_RUNTIME"
"""The folder with Parsl, where the pilot was given one."""
_SCRIPT = "PILOTHOUSE_SCRIPT"
"""Process id of the script that has run modules and worker_init."""
_KEPT_FOR_TASKS = {
    "PILOTHOUSE_TASKS_PYTHONPATH": "PYTHONPATH",
    "PILOTHOUSE_TASKS_LD_LIBRARY_PATH": "LD_LIBRARY_PATH",
}
_NOT_OF_SETUP = frozenset({"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"})
"""Set by shells, and by a Python that starts in the C locale (PEP 538)."""


def environment_of_tasks(agents: Mapping[str, str]) -> dict[str, str]:
    """The agent's own environment with what setup had left in place of what the agent needs."""
    environment = {name: value for name, value in agents.items() if name not in (_RUNTIME, _SCRIPT)}
    if _RUNTIME in agents:
        environment.pop("PYTHONPATH", None)
    for kept, name in _KEPT_FOR_TASKS.items():
        value = environment.pop(kept, None)
        if value:
            environment[name] = value
        elif value is not None:
            environment.pop(name, None)
    return environment


def path_of_tasks(agents: Mapping[str, str]) -> list[str]:
    """What comes first in tasks' ``sys.path``: the runtime, then what setup put on PYTHONPATH."""
    if _RUNTIME not in agents:
        return []
    users = agents.get("PILOTHOUSE_TASKS_PYTHONPATH", "").split(os.pathsep)
    return [agents[_RUNTIME], *(entry for entry in users if entry)]


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What setup has set: by name, the value, and what of it stands before the value it found.

    The second is all of it where the value is not a longer one that ends as before.
    """
    found = {}
    for name, value in after.items():
        was = before.get(name)
        if value == was or name in _NOT_OF_SETUP or name.startswith("PILOTHOUSE_"):
            continue
        longer = bool(was) and value.endswith(f"{os.pathsep}{was}")
        found[name] = (value, value[: -len(was)] if longer and was else value)
    return found


def with_changes(
    given: Mapping[str, str], changed: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """A notebook's environment with what setup has set: lists of paths are made longer."""
    environment = dict(given)
    for name, (value, front) in changed.items():
        environment[name] = (
            value if front == value else front + given.get(name, value[len(front) :])
        )
    return environment


def seconds() -> float:
    """How long setup took: the age of the pilot's script, which begins with the job."""
    return (age_seconds(os.getppid()) or 0.0) if _is_below_script() else 0.0


def _is_below_script() -> bool:
    return IS_LINUX and os.environ.get(_SCRIPT) == str(os.getppid())


def changes_here() -> dict[str, tuple[str, str]]:
    """What setup has set of this agent's environment; empty where that cannot be told."""
    if not _is_below_script():
        return {}
    try:
        content = Path(f"/proc/{os.getppid()}/environ").read_bytes()
    except OSError:
        return {}  # the script is gone: this agent will be told to end
    before = dict(
        os.fsdecode(entry).split("=", 1) for entry in content.split(b"\0") if b"=" in entry
    )
    return changes(before, environment_of_tasks(os.environ))
