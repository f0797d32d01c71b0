"""A Jupyter server for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .jupyter import Home, JupyterServer


@pytest.fixture
def jupyter(pilothouse_home: Home) -> Iterator[JupyterServer]:
    """A running Jupyter server whose Pilothouse has started nothing yet."""
    server = JupyterServer(pilothouse_home)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
