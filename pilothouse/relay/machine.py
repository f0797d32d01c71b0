"""The machine that a relay runs on."""

import contextlib
import os
import resource
import socket
from typing import List


def raise_descriptors() -> None:
    """As many open sockets as the system allows."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):  # then fewer do
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def own_names() -> List[str]:
    """By what this machine may be known, the likeliest first; its address is the login's."""
    name = socket.gethostname()
    full = name if "." in name else socket.getfqdn()
    login = os.environ.get("SSH_CONNECTION", "").split(" ")
    found = [] if full.startswith("localhost") else [full]
    found += [name, *login[2:3]]
    return list(dict.fromkeys(each for each in found if each))
