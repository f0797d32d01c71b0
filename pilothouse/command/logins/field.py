"""One question on the terminal: its words, the time that is left, and what is typed."""

from __future__ import annotations

from pilothouse.command.logins.line import Line, Typed, width
from pilothouse.command.logins.terminal import Terminal

_SAVE, _RESTORE, _TO_END = "\x1b7", "\x1b8", "\x1b[K"
"""ECMA-48 EL, and DECSC and DECRC, which all terminals since the VT100 have."""


class Field:
    """What is asked for in one line. Shown from when it is made."""

    def __init__(self, terminal: Terminal, prompt: str, left: str, *, echo: bool) -> None:
        *above, self._prompt = prompt.strip("\n").split("\n")
        self._terminal = terminal
        self._echo = echo
        self._line = Line(terminal.encoding)
        self._left = left
        terminal.write("".join(f"{line}\n" for line in above) + self._head())

    @property
    def text(self) -> str:
        """What was typed."""
        return self._line.text

    def feed(self, data: bytes) -> tuple[Typed, bytes]:
        """Takes what was typed; what comes after the line's end is given back."""
        before = self._line.text
        typed, rest = self._line.feed(data)
        if self._echo:
            self._show(before)
        if typed is not Typed.ON:
            self._terminal.write("\n")
        return typed, rest

    def tick(self, left: str) -> None:
        """Shows how much time is left now, where the terminal can."""
        shown = width(self._head()) + (width(self._line.text) if self._echo else 0)
        fits = shown < self._terminal.columns
        left = left.rjust(len(self._left))
        if self._terminal.came_back():
            self._left = left
            self._terminal.write(f"\r{self._head()}{self._line.text if self._echo else ''}")
        elif left != self._left:
            self._left = left
            if fits and self._terminal.can_redraw:
                self._terminal.write(f"{_SAVE}\r[{left}]{_RESTORE}")

    def leave(self) -> None:
        """It is asked no more."""
        self._terminal.write("\n")

    def _head(self) -> str:
        return f"[{self._left}] {self._prompt}"

    def _show(self, before: str) -> None:
        text = self._line.text
        if text.startswith(before):
            self._terminal.write(text[len(before) :])
        elif self._terminal.can_redraw and width(self._head() + before) < self._terminal.columns:
            self._terminal.write(f"\r{_TO_END}{self._head()}{text}")
        else:
            self._terminal.write(f"\n{self._head()}{text}")
