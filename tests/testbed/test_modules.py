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
    script = 'type module >/dev/null 2>&1 || echo none; echo "${LMOD_CMD:+lmod}"'
    said = {}
    for kind in ("lmod", "tcl", None):
        modules.use(kind)
        said[kind] = user.run(["bash", "-l", "-c", script]).stdout.split()
    assert said == {"lmod": ["lmod"], "tcl": [], None: ["none"]}
