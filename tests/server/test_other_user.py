"""Another user of the machine can see that there is a bridge, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pilothouse.bridge import ensure
from pilothouse.bridge.paths import folders

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

#: Prints one line for each thing that was possible. Only the standard library, because it may
#: not be able to read this checkout.
PROGRAM = """
import os, socket, sys
state, runtime = sys.argv[1:]
for name in ("bridge.sock", "secret", "bridge.json"):
    path = os.path.join(runtime, name)
    if name == "bridge.sock":
        try:
            socket.socket(socket.AF_UNIX).connect(path)
            print("connected")
        except PermissionError:
            pass
    else:
        try:
            open(path).close()
            print("read", name)
        except PermissionError:
            pass
for folder in (state, runtime):
    for attempt in (os.listdir, lambda f: open(os.path.join(f, "x"), "w").close()):
        try:
            attempt(folder)
            print("entered", folder)
        except PermissionError:
            pass
print("done")
"""


@pytest.mark.usefixtures("pilothouse_home")
def test_no_socket_no_secret_no_file(as_root: list[str]) -> None:
    ensure()
    where = folders()
    # Even inside the folder, were it open, socket and secret are the owner's alone.
    for path in (where.socket, where.secret, where.log, where.lock):
        assert path.stat().st_mode & 0o077 == 0, path
    where.state.parent.chmod(0o755)
    program = [_a_python(), "-I", "-c", PROGRAM, str(where.state), str(where.runtime)]
    tried = subprocess.run(
        [*as_root, *AS_NOBODY, *program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (tried.stdout, tried.stderr) == ("done\n", "")


@pytest.mark.usefixtures("pilothouse_home")
def test_another_users_folder_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who made `/tmp/pilothouse-<uid>` first cannot lend it to its victim."""
    trap = folders().runtime.parent / "trap"
    trap.mkdir(mode=0o700)
    monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", str(trap))
    if os.geteuid() == 0:
        os.chown(trap, 65534, 65534)
    else:
        monkeypatch.setenv("PILOTHOUSE_RUNTIME_DIR", "/usr")
    with pytest.raises(Exception, match="belongs to user"):
        ensure()


def _a_python() -> str:
    """One that another user can run: not the one of a venv in root's home."""
    base = Path(getattr(sys, "_base_executable", sys.executable))
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else str(base)
