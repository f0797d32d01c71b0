"""Lmod and Tcl's modules, as scripts and login shells meet them."""

from __future__ import annotations

import pytest

from testbed import user
from testbed.modules import Kind, Modules


@pytest.mark.parametrize("kind", ["lmod", "tcl"])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_load(modules: Modules, kind: Kind, shell: str) -> None:
    def run(script: str) -> tuple[int, str, str]:
        argv = [shell, "-c", f". {modules.init(kind)}; {script}"]
        done = user.run(argv, check=False, timeout_seconds=30)
        return done.returncode, done.stdout, done.stderr

    value = "; echo $PILOTHOUSE_TEST_MODULE"
    assert run(f"module load pilothouse-test/1.0{value}")[:2] == (0, "1.0\n")
    assert run(f"module load pilothouse-test{value}")[:2] == (0, "2.0\n")
    code, _, words = run("module load broken/1.0")
    assert code != 0
    assert "no licence server answers" in words
    code, _, words = run("module load nosuch/1.0")
    assert code != 0
    assert "nosuch/1.0" in words
    assert len(run("module load flood/1.0")[2]) > 2_000_000


def test_login_shells_have_the_one_that_was_chosen(modules: Modules) -> None:
    # What the machine itself gives everybody is left out: it may have modules of its own.
    login = ". ~/.profile; type module >/dev/null 2>&1 || echo none; "
    script = login + "module --version 2>&1 | grep -o -e Lua -e Release"

    chosen = {}
    for kind in ("lmod", "tcl", None):
        modules.use(kind)
        done = user.run(["bash", "--noprofile", "--norc", "-c", script], check=False)
        chosen[kind] = done.stdout.strip()
    assert chosen == {"lmod": "Lua", "tcl": "Release", None: "none"}
