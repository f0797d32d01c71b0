"""Numbers of src/protocol, for tests of what keeps the same ones in Python."""

from __future__ import annotations

import math
import re
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[1] / "src" / "protocol"


def number_of(file: str, name: str) -> int:
    """What a file there says for a name; a product of numbers is worked out.

    :param file: without its ``.ts``.
    """
    found = re.findall(rf"\b{name}(?: =|:) ([\d_* ]+)", (_FOLDER / f"{file}.ts").read_text())
    assert found, f"{file}.ts has no {name}"
    return math.prod(int(factor) for factor in found[0].split("*"))
