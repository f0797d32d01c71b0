"""What a pool is told when it is lent; made by the agent, passed on by the keeper."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from .checked import field, mapping, text_map, texts


@dataclass(frozen=True)
class Lease:
    """One start of one pool. Folders are absolute paths."""

    folder: str
    """The lease's own folder."""
    certificates: str
    """The folder of keys in it; removed with the pool."""
    arguments: list[str]
    """For HTEX's pool module."""
    environment: dict[str, str]
    """The whole of it."""
    working_folder: str
    """Where tasks run, if it is there."""
    fallback_folder: str
    """Else they run here."""
    path: list[str]
    """Comes first in ``sys.path``."""
    umask: int
    """What the agent was started with; its own is stricter."""
    log_level: int
    """From which level on Parsl's records are kept, as Python numbers levels."""
    log_config: str
    """Where the pool pickles its log configuration to."""

    def encode(self) -> bytes:
        """As it travels."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def decode(content: bytes) -> Lease:
        """The reverse of :meth:`encode`.

        :raises InvalidMessage: naming the field that is wrong.
        """
        value = mapping(json.loads(content), "lease")
        return Lease(
            folder=field(value, "folder", str, "lease"),
            certificates=field(value, "certificates", str, "lease"),
            arguments=texts(value, "arguments", "lease"),
            environment=text_map(value, "environment", "lease"),
            working_folder=field(value, "working_folder", str, "lease"),
            fallback_folder=field(value, "fallback_folder", str, "lease"),
            path=texts(value, "path", "lease"),
            umask=field(value, "umask", int, "lease"),
            log_level=field(value, "log_level", int, "lease"),
            log_config=field(value, "log_config", str, "lease"),
        )
