"""The Jupyter server of the browser tests: Galata's, on a port and in folders of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyterlab.galata import configure_jupyter_server

if TYPE_CHECKING:
    from traitlets.config import Config

    def get_config() -> Config:
        """What `jupyter` gives to a configuration file."""


c = get_config()
configure_jupyter_server(c)
c.ServerApp.port = int(os.environ["PILOTHOUSE_TEST_PORT"])
c.ServerApp.allow_root = True
c.ServerApp.root_dir = os.environ["PILOTHOUSE_TEST_ROOT"]
