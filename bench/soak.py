"""What takes long: rounds of load and cleanup that must leave nothing, interrupts that must strand
no task, cuts of a minute that must lose none.

`python -m bench.soak [ROUNDS] [INTERRUPTS] [CUT_SECONDS]`, each left out if it is 0; ends with 1 if
one of them is not good.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import parsl
import psutil

import pilothouse
from bench.interrupts import interrupts
from bench.profiles import own_profiles
from scripts.own_home import own_home
from testbed import debian

ROUNDS = 50
INTERRUPTS = 1000
CUT_SECONDS = 60
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


def cuts(seconds: int) -> bool:
    """Tasks on pilots that the notebook's machine is cut off from for long; whether all is well."""
    reason = debian.cannot_start()
    if reason is not None:
        print(f"cuts not tried: {reason}", flush=True)
        return True
    argv = [sys.executable, "-m", "pytest", "-q", "-s", "bench/cuts.py"]
    environment = {**os.environ, "PILOTHOUSE_CUT_SECONDS": str(seconds)}
    return subprocess.run(argv, env=environment, check=False).returncode == 0


def main(
    number_of_rounds: int = ROUNDS,
    number_of_interrupts: int = INTERRUPTS,
    cut_seconds: int = CUT_SECONDS,
) -> int:
    """All, with places and a bridge of their own."""
    good = []

    def run(part: Callable[[int], bool], number: int) -> None:
        if number > 0:
            began = time.monotonic()
            good.append(part(number))
            print(f"  ({part.__name__}: {time.monotonic() - began:.0f} s)", flush=True)

    with own_profiles(), own_home():
        run(rounds, number_of_rounds)
        run(interrupts, number_of_interrupts)
    run(cuts, cut_seconds)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in sys.argv[1:])))
