"""Parsl and all that it requires, as this Python has it installed, file by file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path, PurePosixPath

from .problem import RuntimeProblem

_LEFT_OUT = frozenset({"__pycache__", ".git", ".hg", ".svn", "node_modules"})


@dataclass(frozen=True)
class Installed:
    """A distribution and where it lies."""

    name: str
    version: str
    distribution: metadata.Distribution
    files: tuple[tuple[str, Path], ...]
    """Name below ``site/`` and the file itself, in order of names."""


def closure(root: str) -> list[Installed]:
    """``root`` and the distributions that it requires here, without extras, in order of names.

    What is required and not installed is left out: the kernel does without it as well.

    :raises RuntimeProblem: if ``root`` is not installed, or it cannot be told which files belong
        to a distribution.
    """
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError as problem:
        raise RuntimeProblem(
            "this Python has no `packaging`, which reads what Parsl requires: install it"
        ) from problem
    found: dict[str, metadata.Distribution] = {}
    done: set[tuple[str, str]] = set()
    todo = [(root, "")]
    while todo:
        wanted, extra = todo.pop()
        name = _normal(wanted)
        if (name, extra) in done:
            continue
        done.add((name, extra))
        try:
            distribution = found.get(name) or metadata.distribution(wanted)
        except metadata.PackageNotFoundError:
            continue
        found[name] = distribution
        for line in distribution.requires or ():
            try:
                requirement = Requirement(line)
            except InvalidRequirement as problem:
                raise RuntimeProblem(f"{wanted} requires {line!r}: {problem}") from problem
            marker = requirement.marker
            if marker is None or marker.evaluate({"extra": extra}):
                todo += [(requirement.name, more) for more in ("", *sorted(requirement.extras))]
    if _normal(root) not in found:
        raise RuntimeProblem(f"this Python has no {root}: install it with pip")
    return [
        Installed(name, found[name].version, found[name], tuple(_files(found[name])))
        for name in sorted(found)
    ]


def _normal(name: str) -> str:
    """As PEP 503 says."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _files(distribution: metadata.Distribution) -> list[tuple[str, Path]]:
    base = Path(str(distribution.locate_file("")))
    files: dict[str, Path] = {}
    recorded = distribution.read_text("RECORD")
    if recorded is not None and not _is_editable(distribution):
        for entry in distribution.files or ():
            name = PurePosixPath(entry).as_posix()
            if _belongs(name) and (path := Path(str(entry.locate()))).is_file():
                files[name] = path
    else:
        for path, name in _roots(distribution, base):
            files.update(_walk(path, name))
        files.update(_metadata(distribution, base))
    if not any(not PurePosixPath(name).parts[0].endswith("-info") for name in files):
        raise RuntimeProblem(
            f"it cannot be told which files belong to {distribution.metadata['Name']} in {base}:"
            " install it again with pip"
        )
    return sorted(files.items())


def _belongs(name: str) -> bool:
    """Modules and their data; no programs, nothing compiled, and not a package's own tests."""
    path = PurePosixPath(name)
    parts = path.parts
    return not (
        path.is_absolute()
        or ".." in parts
        or _LEFT_OUT.intersection(parts)
        or path.suffix in (".pyc", ".pth")
        or (len(parts) > 2 and parts[1] == "tests")
    )


def _walk(path: Path, name: str) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        if _belongs(name):
            yield name, path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(set(folders) - _LEFT_OUT)
        for each in sorted(names):
            file = Path(folder, each)
            found = f"{name}/{file.relative_to(path).as_posix()}"
            if _belongs(found) and file.is_file():
                yield found, file


def _is_editable(distribution: metadata.Distribution) -> bool:
    """PEP 660, or what came before it: the metadata lies in the project itself."""
    origin = distribution.read_text("direct_url.json")
    if origin is None:
        return False
    try:
        return bool(json.loads(origin).get("dir_info", {}).get("editable"))
    except (ValueError, AttributeError):
        return False  # what cannot be read says nothing


def _roots(distribution: metadata.Distribution, base: Path) -> Iterator[tuple[Path, str]]:
    """The modules and packages of a distribution that does not list its files."""
    name = str(distribution.metadata["Name"])
    listed = (distribution.read_text("top_level.txt") or "").split()
    for module in sorted(
        {*listed} or {name, name.replace("-", "_"), name.replace("-", "_").lower()}
    ):
        if module.count("/") or not module.isidentifier():
            continue
        beside = [base / module, base / f"{module}.py", *sorted(base.glob(f"{module}.*.so"))]
        there = [path for path in beside if path.exists()]
        if there:
            yield from ((path, path.name) for path in there)
            continue
        try:
            spec = util.find_spec(module)
        except (ImportError, ValueError):
            spec = None
        if spec is None:
            continue
        for folder in list(spec.submodule_search_locations or ())[:1]:
            yield Path(folder), module
        if spec.submodule_search_locations is None and spec.origin is not None:
            yield Path(spec.origin), Path(spec.origin).name


def _metadata(distribution: metadata.Distribution, base: Path) -> Iterator[tuple[str, Path]]:
    """The ``.dist-info`` or ``.egg-info`` by which its version is known."""
    name = _normal(str(distribution.metadata["Name"]))
    for path in sorted([*base.glob("*.dist-info"), *base.glob("*.egg-info")]):
        if _normal(str(metadata.Distribution.at(path).metadata["Name"] or "")) == name:
            yield from _walk(path, path.name)
