"""Makes the one file that is the agent: ``agent-<hash>.pyz``."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "pilothouse_agent"
"""The top-level package inside the archive."""

_MAIN = f"""from {PACKAGE}.main import main

if __name__ == "__main__":
    raise SystemExit(main())
"""
_NOT_SHIPPED = {Path(__file__).name}
_TIME = (1980, 1, 1, 0, 0, 0)  # the zip format's oldest: the same sources give the same bytes


def build(folder: Path) -> Path:
    """Writes the agent's archive into ``folder`` (made 0700 if absent) and returns its path.

    The name carries the hash of the content, so an archive of that name that is already
    there is the same one and is left alone; another is written beside and renamed (0600).

    :raises OSError: if the folder cannot be made or written to.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = _content()
    target = folder / f"agent-{hashlib.sha256(content).hexdigest()[:16]}.pyz"
    if target.is_file() and target.read_bytes() == content:
        return target
    descriptor, temporary = tempfile.mkstemp(prefix=".agent-", dir=folder)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def _content() -> bytes:
    here = Path(__file__).resolve().parent
    files = {"__main__.py": _MAIN.encode()}
    for source in sorted(here.rglob("*.py")):
        name = source.relative_to(here).as_posix()
        if name not in _NOT_SHIPPED:
            files[f"{PACKAGE}/{name}"] = source.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
