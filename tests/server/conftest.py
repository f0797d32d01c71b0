"""A Jupyter server for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import PilothouseHome

from .jupyter import JupyterServer


@pytest.fixture
def jupyter(pilothouse_home: PilothouseHome) -> Iterator[JupyterServer]:
    """A running Jupyter server whose Pilothouse has started nothing yet."""
    server = JupyterServer(pilothouse_home)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
    log = server.log.read_text()
    # Of asyncio, for a task whose failure nobody looked at; of Tornado, for a handler that broke.
    for words in ("Traceback", "was never retrieved", "was destroyed but it is pending"):
        assert words not in log, log
