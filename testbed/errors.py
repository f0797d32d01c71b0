"""The one error of the testbed."""

from __future__ import annotations


class TestbedError(Exception):
    """A site cannot be started or stopped here; the message says why, and what to do."""

    __test__ = False  # its name is no test's
