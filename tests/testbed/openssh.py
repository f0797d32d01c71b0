"""The OpenSSH client as a person uses it: its questions are answered one after the other."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from testbed.ssh.faces import Face
from testbed.ssh.host import SSH

LIMIT_SECONDS = 40
ASKPASS = """#!{python} -IS
import json, pathlib, sys
folder = pathlib.Path({folder!r})
asked = folder / "asked"
words = asked.read_text() if asked.exists() else ""
asked.write_text(words + json.dumps(sys.argv[1]) + "\\n")
answers = json.loads((folder / "answers").read_text())
if not answers:
    sys.exit(1)  # as a person who cancels
(folder / "answers").write_text(json.dumps(answers[1:]))
print(answers[0])
"""


@dataclass
class Client:
    """ssh(1) with a folder of its own; `asked` has the questions that it has shown."""

    site: SSH
    folder: Path
    options: list[str] = field(default_factory=list)
    key: Path | None = None
    """Another than the person's usual one."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def asked(self) -> list[str]:
        """In their order; those of a host's password are preceded by its account's name."""
        path = self.folder / "asked"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def words(self, face: Face, *words: str, user: str, program: str = "ssh") -> list[str]:
        """The words that run it; a face behind another is reached by way of that."""
        person = self.site.person
        options = [  # the first of a name counts; ssh_config(5)
            *self.options,
            *("UserKnownHostsFile=" + str(person.known_hosts), "GlobalKnownHostsFile=/dev/null"),
            *("StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "NumberOfPasswordPrompts=3"),
            *("ConnectTimeout=20", f"IdentityFile={self.key or person.key}"),
        ]
        # Its own, since another that is running may not have read its file yet.
        config = self.folder / f"config-{next(self._numbers)}"
        lines = [f"{option.replace('=', ' ', 1)}\n" for option in options]
        lines += [f"Host {face.name}\n  HostName {self._address(face)}\n  Port {face.port}\n"]
        if face.behind is not None:
            before = self.site.faces[face.behind]
            lines += [f"  ProxyJump {before.name}\n"]
            lines += [f"Host {before.name}\n  HostName 127.0.0.1\n  Port {before.port}\n"]
        lines += [f"Host *\n  User {user}\n"]
        config.write_text("".join(lines))
        return [program, "-F", str(config), face.name, *words]

    def _address(self, face: Face) -> str:
        faces = json.loads(self.site.person.faces_file.read_text())["faces"]
        return str(faces[face.name]["address"])

    def environment(self, answers: Sequence[str]) -> dict[str, str]:
        """In which it asks nobody but us."""
        (self.folder / "asked").unlink(missing_ok=True)
        (self.folder / "answers").write_text(json.dumps(list(answers)))
        askpass = self.folder / "askpass"
        askpass.write_text(ASKPASS.format(python=sys.executable, folder=str(self.folder)))
        askpass.chmod(0o700)
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "SSH_ASKPASS": str(askpass),
            "SSH_ASKPASS_REQUIRE": "force",
        }

    def start(
        self, name: str, *words: str, answers: Sequence[str] = (), user: str = "pilothouse-tester"
    ) -> subprocess.Popen[str]:
        """Starts it; words that begin with `-` are its own."""
        return subprocess.Popen(
            self.words(self.site.faces[name], *words, user=user),
            env=self.environment(answers),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )

    def run(
        self,
        name: str,
        *words: str,
        answers: Sequence[str] = (),
        user: str = "pilothouse-tester",
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Runs it to its end."""
        with self.start(name, *words, answers=answers, user=user) as process:
            try:
                out, err = process.communicate(stdin, timeout=60)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(list(words), process.returncode, out, err)
