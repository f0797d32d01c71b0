"""What the tasks of these tests do; workers get it by value, so each imports what it needs."""

from __future__ import annotations


def surroundings() -> dict[str, object]:
    import os
    import subprocess
    import sys

    mask = os.umask(0)
    os.umask(mask)
    shown = 'echo "$SAIL:$(pwd)"'
    return {
        "folder": os.getcwd(),
        "sail": os.environ.get("SAIL"),
        "home": os.environ.get("HOME"),
        "foreign": os.environ.get("ONLY_THE_AGENTS"),
        "path": sys.path,
        "child": subprocess.run(shown, shell=True, capture_output=True, text=True).stdout,
        "temporary": os.environ["TMPDIR"],
        "lease_folder": os.environ["PILOTHOUSE_LEASE_FOLDER"],
        "umask": mask,
        "cores": os.environ["PARSL_CORES"],
        "memory_gb": os.environ["PARSL_MEMORY_GB"],
        "accelerator": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }


def prints() -> None:
    import subprocess
    import sys

    print("one")
    subprocess.run(["/bin/sh", "-c", "echo two; echo three >&2"], check=True)
    sys.stderr.write("four")


def waits_for(path: str) -> str:
    import os
    import time

    while not os.path.exists(path):
        time.sleep(0.01)
    return path


def raises() -> None:
    raise KeyError("no such star")


def answer() -> object:
    import importlib

    return importlib.import_module("mine").ANSWER


def contents(name: str) -> str:
    with open(name) as file:
        return file.read()
