"""The header Range of a download (RFC 9110, 14.1.2): which bytes of a file are wanted."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

#: The first byte and the one behind the last; or that there are none such.
Wanted: TypeAlias = tuple[int, int] | Literal["unsatisfiable"] | None

_ONE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)


def wanted(header: str | None, size: int) -> Wanted:
    """What of `size` bytes is asked for.

    None is all of them, also where the header is not understood or asks for several ranges, as
    RFC 9110 allows.
    """
    found = _ONE.fullmatch(header or "")
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        last = int(found[2])
        return (max(0, size - last), size) if last > 0 and size > 0 else "unsatisfiable"
    first = int(found[1])
    behind = size if found[2] == "" else min(size, int(found[2]) + 1)
    if found[2] != "" and int(found[2]) < first:
        return None
    return (first, behind) if first < size else "unsatisfiable"
