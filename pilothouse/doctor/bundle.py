"""A bundle for support: what the doctor saw, without what names or lets in its person."""

from __future__ import annotations

import getpass
import io
import json
import platform
import re
import tarfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pilothouse.doctor.hops import Finding

_HEX = re.compile(r"\b[0-9a-fA-F]{32,}\b")
_NAMED_SECRET = re.compile(
    r"""(?ix)
    ( [\w.-]* (?: token | passw(?:or)?d | passcode | passphrase | secret | authorization
               | credential | api[_-]?key ) [\w.-]*
      \\?["']? \s* [:=] \s* )
    (?: \\?"[^"\n]*" | \\?'[^'\n]*' | (?:(?:bearer|basic)\s+)? \S+ )
    """
)
_OF_TASKS = re.compile(
    r"""(?mx)
    ^(?: (?P<head> ---- [ ] lease [ ] \S+, [ ] worker-\d+\.out: .*\n ) (?: \|[ ] .*\n )*
       | (?: \|[ ] .*\n )+ (?= ----[ ]end[ ]of[ ]worker- ) )
    """
)
"""What a pilot's agent prints of its tasks' output, in a text that may begin within that."""
_ADDRESSES = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")


class Redaction:
    """Takes names and secrets out of texts: the same each time, so that texts can be compared."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """:param names: what stands for each name, in a longer name too unless that is one."""
        self._stands = dict(names)
        either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
        self._names = re.compile(rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])")

    def __call__(self, text: str) -> str:
        text = _ADDRESSES.sub(self._address, text)
        text = self._names.sub(lambda found: self._stands[found[0]], text)
        text = _NAMED_SECRET.sub(r"\1<redacted>", text)
        return _HEX.sub("<hex>", text)

    def _address(self, found: re.Match[str]) -> str:
        """At a host whose name may be told, an account is only somebody's."""
        return f"<user>@{found[1]}" if found[1] in self._stands else "<address>"


def redaction(hosts: Sequence[str], users: Sequence[str]) -> Redaction:
    """For this person on this machine.

    :param hosts: submit hosts and nodes, which stay: who helps must know where it was.
    :param users: the person's names there.
    """
    names = {host: host for host in hosts}
    names |= dict.fromkeys([getpass.getuser(), *users], "<user>")
    return Redaction({**names, str(Path.home()): "~", platform.node(): "<this machine>"})


def without_tasks(text: str) -> str:
    """A pilot's output without what its tasks printed there (agent/log_tails.py)."""
    return _OF_TASKS.sub(lambda found: f"{found['head'] or ''}(left out)\n", text)


def write(
    path: Path, findings: Sequence[Finding], texts: Mapping[str, str], cut: Redaction
) -> None:
    """Write the bundle (tar.gz, 0600): findings as JSON, and texts by name, all redacted."""
    said = [
        {
            "hop": each.hop,
            "found": each.found.value,
            "says": cut(each.says),
            "helps": cut(each.helps),
            "words": cut(each.words),
        }
        for each in findings
    ]
    entries = {
        "doctor.json": json.dumps(said, indent=2, ensure_ascii=False),
        **{name: cut(text) for name, text in texts.items()},
    }
    path.touch(mode=0o600)
    path.chmod(0o600)
    with tarfile.open(path, "w:gz") as bundle:
        for name, text in entries.items():
            content = text.encode()
            entry = tarfile.TarInfo(f"pilothouse-doctor/{name}")
            entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
            bundle.addfile(entry, io.BytesIO(content))
