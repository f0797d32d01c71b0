"""What takes long: rounds of load and cleanup that must leave nothing, interrupts that must strand
no task. `python -m bench.soak [ROUNDS] [INTERRUPTS]`; ends with 1 if one of them is not good.
"""

from __future__ import annotations

import sys
import threading
import time

import parsl
import psutil

import pilothouse
from bench.interrupts import interrupts
from bench.profiles import own_profiles
from scripts.own_home import own_home

ROUNDS = 50
INTERRUPTS = 1000
#: After so many rounds all that is made once has been made: imports, connections, the helper.
SETTLED_ROUNDS = 3


def no_op() -> None:
    """A task."""


def held() -> dict[str, int]:
    """What this process holds that could leak."""
    process = psutil.Process()
    return {
        "descriptors": process.num_fds(),
        "threads": threading.active_count(),
        "children": len(process.children(recursive=True)),
        "listening ports": len(
            [each for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
        ),
    }


def rounds(number: int) -> bool:
    """Load, one task and cleanup, some times to settle and then `number` times; whether nothing
    grew by it."""
    app = parsl.python_app(no_op)
    settled: dict[str, int] = {}
    for turn in range(SETTLED_ROUNDS + number):
        if turn == SETTLED_ROUNDS:
            settled = held()
        with pilothouse.load("pair", blocks=1):
            app().result(timeout=60)
        parsl.clear()
    ended = held()
    grown = {
        name: f"{settled[name]} to {ended[name]}" for name in ended if ended[name] > settled[name]
    }
    print(f"{number} rounds of load and cleanup: {grown or 'nothing grew'} {ended}", flush=True)
    return not grown


def main(number_of_rounds: int = ROUNDS, number_of_interrupts: int = INTERRUPTS) -> int:
    """Both, with places and a bridge of their own."""
    good = []
    with own_profiles(), own_home():
        for part, number in ((rounds, number_of_rounds), (interrupts, number_of_interrupts)):
            began = time.monotonic()
            good.append(part(number))
            print(f"  ({part.__name__}: {time.monotonic() - began:.0f} s)", flush=True)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in sys.argv[1:])))
