"""A worker's side: brings what a task refers to, and hands in what is large of its result.

Where the kernel's folder of contents is on this machine the worker reads and writes there itself;
otherwise the pilot's agent does it for all its workers (:mod:`.counter`).
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Mapping

from ..checked import mapping
from ..standbys import START_VARIABLE
from . import bundle
from .bundle import Bundle
from .contents import FOLDER_VARIABLE, SOCKET_VARIABLE
from .reference import RESULTS, Reference, Stored
from .room import problem_of

_ANSWER_BYTES = 65536
_ROOM_AT_HOME = "have PILOTHOUSE_STATE_DIR name a folder that has some"
"""As the bridge says it (src/bridge/content/problem.ts): the folder is the kernel's."""


class Contents:
    """By what a lease's environment says."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._start = environment.get(START_VARIABLE, "")
        self._socket = environment.get(SOCKET_VARIABLE)
        self._folder = environment.get(FOLDER_VARIABLE)

    @property
    def known(self) -> bool:
        """Whether the kernel takes results by content."""
        return self._socket is not None

    def bring(self, reference: Reference, what: str) -> bundle.Content:
        """The content.

        :param what: which part of the task, for the error's words.
        :raises OSError: it cannot be had.
        """
        try:
            found = self._read_here(reference)
            return self._ask_for(reference) if found is None else found
        except (OSError, ValueError) as error:
            size = reference.size
            raise OSError(f"{what} ({size} bytes) did not reach the pilot: {error}") from error

    def hand_in(self, what: Bundle, task: int) -> bytes:
        """Brings a result home; the payload that stands for it.

        :raises OSError: it does not get there.
        """
        parts = what.parts()
        size = sum(len(part) for part in parts)
        if size > bundle.MOST_BYTES:
            raise OSError(f"the result has {size} bytes; at most {bundle.MOST_BYTES} can be sent")
        stored = Stored(self._start, task, size)
        try:
            if self._folder is not None and os.path.isdir(self._folder):
                self._write_here(os.path.join(self._folder, RESULTS, stored.name), parts)
            else:
                self._send(stored, parts)
        except (OSError, ValueError) as error:
            raise OSError(f"a result of {size} bytes cannot be sent: {error}") from error
        return stored.encode()

    def _read_here(self, reference: Reference) -> bundle.Content | None:
        if self._folder is None:
            return None
        try:
            descriptor = os.open(os.path.join(self._folder, reference.hash), os.O_RDONLY)
        except OSError:
            return None  # this machine's files are others, or the agent will say what is wrong
        try:
            return bundle.read(descriptor, reference.size)
        finally:
            os.close(descriptor)

    @staticmethod
    def _write_here(path: str, parts: list[bundle.Buffer]) -> None:
        part = f"{path}.part"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                bundle.write(descriptor, parts)
            except BaseException:
                os.unlink(part)
                raise
            finally:
                os.close(descriptor)
            os.rename(part, path)
        except OSError as error:
            where = problem_of(error, os.path.dirname(path), _ROOM_AT_HOME)
            raise OSError(f"it cannot be written {where}") from error

    def _ask_for(self, reference: Reference) -> bundle.Content:
        said = {"want": reference.hash, "size": reference.size, "start": self._start}
        (descriptor,) = self._ask(said, [], 1)
        try:
            return bundle.read(descriptor, reference.size)
        finally:
            os.close(descriptor)

    def _send(self, stored: Stored, parts: list[bundle.Buffer]) -> None:
        name, size = bundle.sum_of(parts)
        with tempfile.TemporaryFile(buffering=0) as file:  # without a name: gone with its users
            try:
                bundle.write(file.fileno(), parts)
            except OSError as error:
                where = tempfile.gettempdir()
                raise OSError(f"it cannot be written {problem_of(error, where)}") from error
            said = {"task": stored.task, "hash": name, "size": size, "start": stored.start}
            self._ask(said, [file.fileno()], 0)

    def _ask(self, said: Mapping[str, object], files: list[int], expected: int) -> list[int]:
        if self._socket is None:
            raise OSError("its kernel and this pilot are of different versions")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.connect(self._socket)
            socket.send_fds(link, [json.dumps(said).encode() + b"\n"], files)
            line, got = b"", []
            while not line.endswith(b"\n"):
                data, more, _, _ = socket.recv_fds(link, _ANSWER_BYTES, 1)
                got += more
                if not data:
                    raise OSError("the pilot's agent has ended")
                line += data
        answer = mapping(json.loads(line), "the agent's answer")
        if "problem" in answer or len(got) != expected:
            for descriptor in got:
                os.close(descriptor)
            raise OSError(str(answer.get("problem", "the agent sent no file")))
        return got
