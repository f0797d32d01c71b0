"""Something that pickles as arrays do: its memory beside the pickle (PEP 574)."""

from __future__ import annotations

import pickle


class Array:
    """Bytes that can be written to."""

    def __init__(self, memory: bytearray | memoryview) -> None:
        self.memory = memory

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return Array, (pickle.PickleBuffer(self.memory),)
