"""The bundle holds what was found, and nothing that names or lets in its person."""

from __future__ import annotations

import getpass
import json
import stat
import tarfile
from pathlib import Path

import pytest

from pilothouse.doctor import bundle
from pilothouse.doctor.hops import ill, well


@pytest.fixture
def cut() -> bundle.Redaction:
    names = {"/home/ada": "~", "ada": "<user>", "ap40": "<host 1>", "ap40.example.org": "<host 2>"}
    return bundle.Redaction(names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssh ada@ap40.example.org", "ssh <user>@<host 2>"),
        ("ada@example.org", "<address>"),
        ("/home/ada/x on ap40.example.org", "~/x on <host 2>"),
        ("Owner ada on ap40", "Owner <user> on <host 1>"),
        ("adamant, ap4000", "adamant, ap4000"),
        ("secret: " + "0f" * 32, "secret: <redacted>"),
        ("key " + "0f" * 32, "key <hex>"),
        ("Authorization=Bearer:x", "Authorization=<redacted>"),
        ("password is hunter2", "password is hunter2"),
        ("password: hunter2 and on", "password: <redacted> and on"),
        ("export DB_PASSWORD=hunter2; run", "export DB_PASSWORD=<redacted> run"),
        ("export TOKEN='two words' # mine", "export TOKEN=<redacted> # mine"),
        (r'"x": "API_KEY=\"two words\""', r'"x": "API_KEY=<redacted>"'),
        ("Authorization: Bearer abc def", "Authorization: <redacted> def"),
    ],
)
def test_names_and_secrets_are_cut(cut: bundle.Redaction, text: str, expected: str) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("begin\n| a table\nend\n", "begin\n| a table\nend\n"),
        (
            "---- lease l, pool.log: 8 bytes\n| warning\n---- end of pool.log\n",
            "---- lease l, pool.log: 8 bytes\n| warning\n---- end of pool.log\n",
        ),
        (
            "---- lease l, worker-0.out: 9 bytes\n| ---- end of worker-0.out\n| mine\n"
            "---- end of worker-0.out\nended\n",
            "---- lease l, worker-0.out: 9 bytes\n(left out)\n---- end of worker-0.out\nended\n",
        ),
        (
            "| mine\n| mine\n---- end of worker-3.out\nended\n",
            "(left out)\n---- end of worker-3.out\nended\n",
        ),
    ],
)
def test_what_tasks_printed_is_left_out(text: str, expected: str) -> None:
    assert bundle.without_tasks(text) == expected


def test_the_bundle_is_private_and_redacted(tmp_path: Path) -> None:
    path = tmp_path / "for-support.tar.gz"
    user = getpass.getuser()
    findings = [
        well("profile", f"of {user}"),
        ill("pilot", "held", "release it", f"{user}@here.org"),
    ]
    cut = bundle.redaction(["node-7", f"{user}.example.org"], ["ada"])
    bundle.write(
        path, findings, {"bridge.log": f"node-7 {Path.home()}/x ada@{user}.example.org"}, cut
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(path) as found:
        texts = {}
        for name in found.getnames():
            member = found.extractfile(name)
            assert member is not None
            texts[name] = member.read().decode()
    said = json.loads(texts["pilothouse-doctor/doctor.json"])
    assert [each["found"] for each in said] == ["well", "ill"]
    assert said[0]["says"] == "of <user>"
    assert said[1]["words"] == "<address>"
    assert texts["pilothouse-doctor/bridge.log"] == f"node-7 ~/x <user>@{user}.example.org"
