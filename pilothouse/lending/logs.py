"""Where Parsl's own log records go: warnings into a file of the run, nothing to a cell."""

from __future__ import annotations

import logging
import pathlib
from collections.abc import Callable
from io import TextIOWrapper

from parsl.logconfigs.base import LogConfig

LOGGERS = ("parsl", "concurrent.futures", "pilothouse")
"""Parsl's, where exceptions end that leave a future's callback (Parsl issue 240), and ours."""

FORMAT = "%(asctime)s %(processName)s %(threadName)s %(name)s %(levelname)s %(message)s"


def _wanted(record: logging.LogRecord) -> bool:
    """Not the interchange's record of each task that a buried pool did not have (burial.py)."""
    return "Ignoring exception removing task_id" not in str(record.msg)


class _LateFile(logging.FileHandler):
    """Makes file and folder with its first record, even if the run's folder is gone by then."""

    def _open(self) -> TextIOWrapper:
        pathlib.Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()


class WarningsToFile(LogConfig):
    """Parsl's plug-in for logging: warnings and worse go to ``<log_dir>/<log_name>.log``.

    Records below that are not even made, which is worth half of Parsl's throughput
    (stock logs nine of them a task). Nothing reaches standard error, hence no cell. Levels
    and propagation that were there before are restored when the run ends.
    """

    def initialize_logging(self, *, log_dir: pathlib.Path, log_name: str) -> Callable[[], None]:
        handler = _LateFile(log_dir / f"{log_name}.log", delay=True)
        handler.setLevel(logging.WARNING)
        handler.setFormatter(logging.Formatter(FORMAT))
        handler.addFilter(_wanted)
        before: list[tuple[logging.Logger, int, bool]] = []
        for name in LOGGERS:
            logger = logging.getLogger(name)
            before.append((logger, logger.level, logger.propagate))
            if logger.level == logging.NOTSET:
                logger.setLevel(logging.WARNING)
            logger.propagate = False
            logger.addHandler(handler)

        def restore() -> None:
            for logger, level, propagate in before:
                logger.removeHandler(handler)
                logger.setLevel(level)
                logger.propagate = propagate
            handler.close()

        return restore
