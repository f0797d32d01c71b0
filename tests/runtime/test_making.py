"""Runtimes made from each way in which a person has Python, and used elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pilothouse.runtime import distributions

from .conftest import Made, make

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(sysconfig.get_path("purelib"))
IMPORTS = "import parsl, ssl, sqlite3, zmq, ctypes, lzma, bz2, multiprocessing"


def unpacked(made: Made, folder: Path) -> Path:
    """By sh and tar alone, as pilots do it."""
    folder.mkdir()
    words = 'gzip -dc "$1" | tar -xof - -C "$2"'
    subprocess.run(["sh", "-c", words, "sh", str(made.path), str(folder)], check=True)
    return folder


def run(python: Path, program: str, **environment: str) -> str:
    """With nothing in the environment but what is named."""
    done = subprocess.run(
        [str(python), "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def closure_in(folder: Path) -> Path:
    """Parsl, all it requires and what makes runtimes, installed in ``folder``."""
    folder.mkdir(parents=True)
    for root in ("parsl", "packaging"):
        for each in distributions.closure(root):
            for name, path in each.files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / name)
    (folder / "here.pth").write_text(f"{ROOT}\n")
    return folder


def test_runs_from_any_path_and_leaves_children_alone(whole: Made, tmp_path: Path) -> None:
    tree = unpacked(whole, tmp_path / "it's a tree")
    python = tree / "python/bin/python3"
    assert run(python, f"{IMPORTS}; print(parsl.__file__)") == f"{tree}/site/parsl/__init__.py"
    program = (
        "import json, os, subprocess, sys;"
        "child = [sys.executable, '-c', 'import parsl, sys; print(sys.version)'];"
        "print(json.dumps([sys.executable, sys.version, dict(os.environ),"
        " subprocess.run(child, capture_output=True, text=True).stdout.strip()]))"
    )
    executable, version, environment, child = json.loads(
        run(python, program, LD_LIBRARY_PATH="/users/own", PYTHONHOME="/no/where")
    )
    assert executable == str(python)
    assert version == child == sys.version
    assert environment["LD_LIBRARY_PATH"] == "/users/own"
    assert not {"PYTHONHOME", "PILOTHOUSE_PYTHON"} & set(environment)
    assert "LD_LIBRARY_PATH" not in json.loads(run(python, program))[2]
    assert run(python, "import venv, unittest, json, asyncio, distutils; print('whole')") == "whole"


def test_ssl_finds_the_sites_certificates(whole: Made, tmp_path: Path) -> None:
    python = unpacked(whole, tmp_path / "tree") / "python/bin/python3"
    program = "import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 50)"
    assert run(python, program) == "True"


def test_needs_are_said_first(whole: Made, bare: Made, tmp_path: Path) -> None:
    listed = subprocess.run(
        ["tar", "-tzf", str(whole.path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert listed[0] == "needs"
    assert listed[1:] == sorted(listed[1:])
    assert not [name for name in listed if "__pycache__" in name or "/tests/" in name]
    tree = unpacked(whole, tmp_path / "tree")
    needs = dict(line.split() for line in (tree / "needs").read_text().splitlines())
    assert needs["soabi"] == sysconfig.get_config_var("SOABI")
    assert needs["glibc_python"] == whole.glibc
    assert needs["glibc"] == bare.glibc
    assert int(needs["files"]) == len(listed)
    assert (whole.minor, whole.carries_python) == (bare.minor, True)


def test_the_same_installation_gives_the_same_name(bare: Made, tmp_path: Path) -> None:
    again = make(tmp_path)
    assert again.hash == bare.hash
    assert again.path.read_bytes() == bare.path.read_bytes()
    inode = again.path.stat().st_ino
    assert make(tmp_path).path.stat().st_ino == inode
    assert oct(again.path.stat().st_mode & 0o777) == "0o600"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".gz", ".json"]
    again.path.write_bytes(b"")  # a disk was full
    assert make(tmp_path).hash == bare.hash
    assert again.path.stat().st_size == bare.bytes


def test_another_parsl_is_another_runtime(tmp_path: Path) -> None:
    packages = closure_in(tmp_path / "packages")
    python = [sys.executable, "-S"]
    environment = {**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"}
    one = make(tmp_path / "out", python=python, env=environment)
    (packages / "parsl" / "version.py").write_text('VERSION = "1.2.3"\n')
    assert make(tmp_path / "out", python=python, env=environment).hash != one.hash


def test_a_system_python(tmp_path: Path) -> None:
    """Debian's: dist-packages, a standard library with links, no venv."""
    packages = closure_in(tmp_path / "packages")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"}
    made = make(tmp_path / "out", "--python", python=["/usr/bin/python3"], env=environment)
    python = unpacked(made, tmp_path / "tree") / "python/bin/python3"
    assert run(python, f"{IMPORTS}; print(parsl.__file__)").startswith(str(tmp_path / "tree/site"))
    version = run(Path("/usr/bin/python3"), "import sys; print(sys.version)")
    assert run(python, "import sys; print(sys.version)") == version


def test_a_conda_like_prefix(tmp_path: Path) -> None:
    """A prefix that lies elsewhere than it was made for, whose packages use its own libraries."""
    prefix = tmp_path / "prefix"
    base = Path(sys.base_prefix)
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(base / "bin" / minor, prefix / "bin" / minor)
    left_out = shutil.ignore_patterns("*-packages", "test", "__pycache__", "config-*", "*.a")
    shutil.copytree(base / "lib" / minor, prefix / "lib" / minor, ignore=left_out)
    for library in base.glob("lib/libpython*"):
        shutil.copy(library, prefix / "lib" / library.name, follow_symlinks=False)
    program = prefix / "bin" / minor
    # Debian's Python calls the folder dist-packages.
    where = "import site; print(site.getsitepackages()[-1])"
    own = Path(run(program, where, LD_LIBRARY_PATH=str(prefix / "lib")))
    assert own.is_relative_to(prefix)
    packages = closure_in(own)
    shared = sorted((packages / "pyzmq.libs").iterdir())
    assert shared
    for library in shared:
        library.rename(prefix / "lib" / library.name)
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(prefix / "lib")}
    made = make(tmp_path / "out", "--python", python=[str(program)], env=environment)
    shutil.rmtree(prefix)
    tree = unpacked(made, tmp_path / "tree")
    assert {path.name for path in (tree / "lib").iterdir()} == {path.name for path in shared}
    python = tree / "python/bin/python3"
    assert run(python, f"{IMPORTS}; print(parsl.__file__)").startswith(str(tree))


@pytest.mark.parametrize("how", ["editable", "without a record", "old metadata"])
def test_installations_that_list_no_files(tmp_path: Path, how: str) -> None:
    packages = closure_in(tmp_path / "packages")
    metadata = next(packages.glob("parsl-*.dist-info"))
    source = tmp_path / "source"
    if how == "editable":
        source.mkdir()
        (packages / "parsl").rename(source / "parsl")
        (metadata / "direct_url.json").write_text(
            json.dumps({"url": source.as_uri(), "dir_info": {"editable": True}})
        )
    elif how == "without a record":
        (metadata / "RECORD").unlink()
    else:
        old = metadata.with_suffix(".egg-info")
        metadata.rename(old)
        (old / "RECORD").unlink()
        (old / "METADATA").rename(old / "PKG-INFO")
        (old / "SOURCES.txt").write_text("setup.py\nparsl/__init__.py\n")
    python = [sys.executable, "-S"]
    path = os.pathsep.join(map(str, (packages, source, ROOT)))
    made = make(tmp_path / "out", python=python, env={**os.environ, "PYTHONPATH": path})
    site = unpacked(made, tmp_path / "tree") / "site"
    program = (
        "import parsl, parsl.executors.high_throughput.process_worker_pool;"
        "from importlib.metadata import version; print(parsl.__file__, version('parsl'))"
    )
    said = subprocess.run(
        [*python, "-c", program],
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said == [f"{site}/parsl/__init__.py", made.parsl]


def test_says_what_is_in_the_way(tmp_path: Path) -> None:
    packages = closure_in(tmp_path / "packages")
    python = [sys.executable, "-S", "-m", "pilothouse.runtime", str(tmp_path / "out")]

    def words(path: list[Path]) -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
        done = subprocess.run(python, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stdout == ""
        return done.stderr

    assert "no `packaging`" in words([ROOT])
    shutil.rmtree(packages / "parsl")
    assert "which files belong to parsl" in words([packages, ROOT])
    shutil.rmtree(next(packages.glob("parsl-*.dist-info")))
    assert "no parsl: install it with pip" in words([packages, ROOT])
    library = next(packages.glob("pyzmq.libs/libzmq*"))
    shutil.rmtree(packages)
    packages = closure_in(tmp_path / "packages")
    library.unlink()
    said = words([packages, ROOT])
    assert library.name in said
    assert "not found on this machine" in said
    assert list((tmp_path / "out").glob("*")) == []
