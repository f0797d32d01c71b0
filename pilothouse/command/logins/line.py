"""One line that a person types, while the terminal shows nothing by itself. Pure."""

from __future__ import annotations

import codecs
import unicodedata
from enum import Enum

#: LIMITS.answerChars of src/protocol/limits.ts.
MOST_CHARS = 10_000

_ERASE = ("\x7f", "\b")
_ERASE_ALL = "\x15"
_ERASE_WORD = "\x17"
_END_OF_INPUT = "\x04"


class Typed(Enum):
    """What the person has done with the line."""

    ON = "on"
    """It is being typed."""
    DONE = "done"
    GIVEN_UP = "given up"
    """By Ctrl-D on an empty line."""


class Line:
    """A line under way; `text` is what it says by now."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.text = ""
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._escape = ""

    def feed(self, data: bytes) -> tuple[Typed, bytes]:
        """Takes what came from the terminal; what comes after the line's end is given back."""
        for index in range(len(data)):
            for char in self._decoder.decode(data[index : index + 1]):
                typed = self._key(char)
                if typed is not Typed.ON:
                    return typed, data[index + 1 :]
        return Typed.ON, b""

    def _key(self, char: str) -> Typed:
        if self._escape or char == "\x1b":
            self._escape = _rest_of_escape(self._escape, char)
        elif char in "\r\n":
            return Typed.DONE
        elif char in _ERASE:
            self.text = self.text[:-1]
        elif char == _ERASE_ALL:
            self.text = ""
        elif char == _ERASE_WORD:
            self.text = self.text.rstrip()
            self.text = self.text[: self.text.rfind(" ") + 1]
        elif char == _END_OF_INPUT:
            return Typed.ON if self.text else Typed.GIVEN_UP
        elif unicodedata.category(char) != "Cc" and len(self.text) < MOST_CHARS:
            self.text += char
        return Typed.ON


def _rest_of_escape(before: str, char: str) -> str:
    """What has come of a key such as an arrow; empty when it is whole (ECMA-48, 5.4)."""
    whole = before + char
    if len(whole) == 1:
        return whole
    if len(whole) == 2:
        return whole if char in "[O" else ""
    return "" if "@" <= char <= "~" else whole


def width(text: str) -> int:
    """How many columns of a terminal a text takes (Unicode, annex 11)."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
