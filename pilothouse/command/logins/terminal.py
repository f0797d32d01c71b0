"""The terminal before which a person sits: nothing that is typed shows by itself."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Protocol

_TERMINAL = "/dev/tty"
_PIECE = 4096

_Handler = Callable[[int, FrameType | None], object] | int | None


class Readable(Protocol):
    """What select() can wait for."""

    def fileno(self) -> int: ...


class Terminal:
    """The terminal of this process; a context manager that leaves it as it was."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = termios.tcgetattr(descriptor)
        self._handlers: dict[signal.Signals, _Handler] = {}
        self._gone = False
        self._came_back = False
        self.encoding = os.device_encoding(descriptor) or "utf-8"
        #: Whether it can go back to a place it has been at.
        self.can_redraw = os.environ.get("TERM", "dumb") != "dumb"

    @classmethod
    def of_this_process(cls) -> Terminal | None:
        """None where nobody can be asked: standard input is no terminal."""
        if not sys.stdin.isatty():
            return None
        try:
            descriptor = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            return None  # It is a terminal, but not the one that controls this process.
        return cls(descriptor)

    @property
    def columns(self) -> int:
        """Its width just now."""
        try:
            return os.get_terminal_size(self._descriptor).columns or 80
        except OSError:
            return shutil.get_terminal_size().columns

    def write(self, text: str) -> None:
        """Shows a text, which must hold nothing of another machine that is not `shown`."""
        data = text.encode(self.encoding, "replace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._gone = True  # Which `wait` says.

    def wait(self, other: Readable, seconds: float) -> bytes | None:
        """What is typed; None: nothing until `other` had something, or the time was over.

        Empty when the terminal is gone.
        """
        if self._gone:
            return b""
        descriptors = [self._descriptor, other.fileno()]
        readable, _, _ = select.select(descriptors, [], [], seconds)
        if self._descriptor not in readable:
            return None
        try:
            return os.read(self._descriptor, _PIECE)
        except OSError:
            return b""

    def came_back(self) -> bool:
        """Whether the program was stopped and brought back since this was asked last."""
        came_back, self._came_back = self._came_back, False
        return came_back

    def forget_typed(self) -> None:
        """What was typed before it was asked for is no answer."""
        with contextlib.suppress(termios.error):  # It may be gone, which `wait` says.
            termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def __enter__(self) -> Terminal:
        self._hide()
        # A shell that brings a stopped program back may have set the terminal otherwise.
        self._handlers[signal.SIGCONT] = signal.signal(signal.SIGCONT, self._back)
        # That the terminal is gone is said by `wait`, once.
        self._handlers[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        with contextlib.suppress(termios.error):  # The terminal may be gone.
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._before)
        os.close(self._descriptor)

    def _back(self, number: int, frame: FrameType | None) -> None:
        self._came_back = True
        try:
            self._hide()
        except termios.error:
            self._gone = True  # Whom a terminal leaves is woken, too.

    def _hide(self) -> None:
        mode = termios.tcgetattr(self._descriptor)
        # Keys come one by one; Ctrl-C and Ctrl-Z do what they always do.
        mode[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, mode)
