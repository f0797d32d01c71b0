"""What keeps a runtime from being made."""

from __future__ import annotations


class RuntimeProblem(Exception):
    """The text is a sentence for a person that names the file or distribution and a remedy."""
