"""How Jupyter finds the extension's two halves. Importing this imports neither."""

from __future__ import annotations


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where the browser's half is, for `jupyter labextension develop`."""
    return [{"src": "labextension", "dest": "jupyterlab-pilothouse"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """The server's half, imported only when a server asks."""
    from pilothouse.server.extension import PilothouseExtension

    return [{"module": "pilothouse.server.extension", "app": PilothouseExtension}]
