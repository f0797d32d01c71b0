"""What apt's sources say, whatever their format."""

from __future__ import annotations

import pytest

from testbed.debian import mirror
from testbed.errors import TestbedError

STANZAS = """\
Types: deb
URIs: http://security.debian.example/debian-security
Suites: bookworm-security
Components: main

Types: deb-src
URIs: http://sources.debian.example/debian
Suites: bookworm
Components: main

# A comment.
Types: deb
URIs: http://archive.debian.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STANZAS, "http://archive.debian.example/debian"),
        ("deb http://a.example/debian bookworm main\n", "http://a.example/debian"),
        (
            "deb-src http://s.example/debian bookworm main\n"
            "deb [arch=amd64 signed-by=/k.gpg] https://b.example/debian bookworm main contrib\n",
            "https://b.example/debian",
        ),
        (
            STANZAS.replace("Components: main\nSigned", "Enabled: no\nSigned")
            + "\ndeb http://c.example/debian bookworm main\n",
            "http://c.example/debian",
        ),
    ],
)
def test_the_archive_is_read_from_the_machine(text: str, found: str) -> None:
    assert mirror(text) == found


def test_a_machine_without_the_archive_is_told_what_to_add() -> None:
    with pytest.raises(TestbedError, match="suite bookworm"):
        mirror("deb http://a.example/debian bookworm-security main\n")
