"""``python -m pilothouse.home KERNEL OUTPUT EXECUTOR PORT``; started by ``process.py``."""

from __future__ import annotations

import logging
import signal
import sys

from ..interchange import wrapper
from .home import Home


def main(kernel: str, output: str, executor: str, port: str) -> None:
    """Runs until the kernel ends.

    :param kernel: pid whose end ends this process.
    :param output: file for what it logs.
    :param executor: whose tunnels end here.
    :param port: the interchange's.
    """
    # Jupyter's interrupt button signals the kernel's whole process group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wrapper.end_with(int(kernel))
    wrapper.redirect(output)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    Home(executor, int(port)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
