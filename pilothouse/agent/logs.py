"""Where Parsl's own log records of a pool go: one file in the lease's folder."""

from __future__ import annotations

import logging
import pathlib
from collections.abc import Callable

from parsl.logconfigs.base import LogConfig


class PoolLog(LogConfig):
    """Sends records of ``parsl`` from a level on to one file, and nothing to stderr.

    Parsl's ``initialize_logging=False`` leaves a log file a worker, and without any handler
    Python's last resort prints warnings to stderr; this does neither. Pickled into the file
    that the pool is given with ``--logconf``, and from there into each worker.
    """

    def __init__(self, file: str, level: int) -> None:
        super().__init__()
        self.file = file
        self.level = level

    def initialize_logging(self, *, log_dir: pathlib.Path, log_name: str) -> Callable[[], None]:
        """Called by Parsl in each process; ``log_dir`` is not used, ``log_name`` marks lines."""
        handler = logging.FileHandler(self.file, encoding="utf-8", delay=True)
        handler.setFormatter(
            logging.Formatter(f"%(asctime)s {log_name} %(levelname)s %(name)s: %(message)s")
        )
        logger = logging.getLogger("parsl")
        before = (logger.level, logger.propagate)
        logger.setLevel(self.level)
        logger.propagate = False
        logger.addHandler(handler)

        def undo() -> None:
            logger.removeHandler(handler)
            logger.level, logger.propagate = before
            handler.close()

        return undo
