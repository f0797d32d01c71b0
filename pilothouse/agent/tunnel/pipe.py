"""One end of a numbered, acknowledged pipe of bytes that goes on after any cut. No sockets here.

What is written is kept until the other end has taken it. A new way begins with each end's word
how much it has taken; from there the other sends again, in whole parts, of which the receiver
passes over what it has. So each byte arrives once and in order, whatever was lost in between.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from ..checked import InvalidMessage
from . import frames
from .frames import HEADER_BYTES, PART_BYTES, WINDOW_BYTES, Frame, TunnelFrame


class _Kept(NamedTuple):
    """A part, ready to be sent again: number of the byte behind its last, and its frame."""

    end: int
    frame: bytes


_NOTHING = memoryview(b"")


class Pipe:
    """Bytes go in by :meth:`write` and come out of :meth:`hear`; frames go the other way round."""

    def __init__(self, tunnel: bytes) -> None:
        self.tunnel = tunnel
        self._kept: deque[_Kept] = deque()
        self._unsent: deque[_Kept] = deque()
        self._written = 0
        self._acknowledged = 0
        self._may_send = False
        self._received = 0
        self._taken = 0
        self._said = 0
        self._words: deque[bytes] = deque()

    @property
    def room(self) -> int:
        """Bytes that may be written now."""
        return WINDOW_BYTES - (self._written - self._acknowledged)

    @property
    def written(self) -> int:
        """Bytes written until now."""
        return self._written

    @property
    def kept(self) -> int:
        """Bytes written that the other end has not taken."""
        return self._written - self._acknowledged

    @property
    def owed(self) -> int:
        """Bytes taken that the other end was not told of."""
        return self._taken - self._said

    @property
    def has_frames(self) -> bool:
        """Whether :meth:`next_frame` may have one."""
        return bool(self._words) or (self._may_send and bool(self._unsent))

    def write(self, *pieces: bytes | memoryview) -> None:
        """Sends these, one behind the other, as one part.

        :raises ValueError: there is no room for them, or they are no part.
        """
        frame = b"".join((frames.part_header(self.tunnel, self._written), *pieces))
        length = len(frame) - HEADER_BYTES
        if not 1 <= length <= PART_BYTES or length > self.room:
            raise ValueError(f"{length} bytes cannot be written, there is room for {self.room}")
        self._written += length
        part = _Kept(self._written, frame)
        self._kept.append(part)
        self._unsent.append(part)

    def next_frame(self) -> bytes | None:
        """What is to be sent now, if anything; to be asked again until there is nothing."""
        if self._words:
            return self._words.popleft()
        while self._may_send and self._unsent:
            part = self._unsent.popleft()
            if part.end > self._acknowledged:
                return part.frame
        return None

    def hear(self, frame: Frame) -> memoryview:
        """Takes a frame of the other end, or the bridge's ``way``; the bytes that are new.

        :raises InvalidMessage: the two ends do not fit together (one is not what it was), or the
            other does not keep to the window: the tunnel is of no use.
        """
        kind = frame.kind
        if kind is TunnelFrame.PART:
            return self.hear_part(frame.number, frame.data)
        if kind is TunnelFrame.TAKEN:
            if frame.number > self._acknowledged:
                self._acknowledge(frame.number)
        elif kind is TunnelFrame.RESUME:
            if frame.number < self._acknowledged:
                raise InvalidMessage(
                    f"the other end of the tunnel has {frame.number} bytes, and had"
                    f" {self._acknowledged} before: it is another one"
                )
            self._acknowledge(frame.number)
            self._unsent = deque(self._kept)
            self._may_send = True
        elif kind is TunnelFrame.WAY:
            self.cut()
            self._said = self._taken
            self._words.append(frames.resume(self.tunnel, self._taken))
        return _NOTHING

    def hear_part(self, first: int, data: memoryview) -> memoryview:
        """The same for a part.

        :raises InvalidMessage: as :meth:`hear`.
        """
        end = first + len(data)
        if first > self._received or end <= self._received:
            return _NOTHING  # a gap, which a new way will fill; or nothing new
        if end - self._taken > WINDOW_BYTES:
            raise InvalidMessage(f"the other end of the tunnel sends over {WINDOW_BYTES} bytes")
        new = data if first == self._received else data[self._received - first :]
        self._received = end
        return new

    def cut(self) -> None:
        """There is no way any more: nothing is sent before the next."""
        self._may_send = False
        self._words.clear()

    def take(self, count: int) -> None:
        """So many bytes out of :meth:`hear` have been handed on."""
        self._taken += count

    def acknowledge(self) -> None:
        """Says what was taken, if the other end does not know."""
        if self._may_send and self._said < self._taken:
            self._said = self._taken
            self._words.append(frames.taken(self.tunnel, self._taken))

    def _acknowledge(self, count: int) -> None:
        if count > self._written:
            raise InvalidMessage(
                f"the other end of the tunnel has {count} bytes of {self._written}: it belongs"
                " to another one"
            )
        self._acknowledged = count
        while self._kept and self._kept[0].end <= count:
            self._kept.popleft()
