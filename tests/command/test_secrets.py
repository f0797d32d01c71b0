"""What a person types to log in is nowhere but in their memory, however the machine asks."""

from __future__ import annotations

import base64
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Literal, TypedDict, cast

import pytest

from conftest import PilothouseHome
from testbed.ssh.host import SSH
from tests.faults.processes import wait_for
from tests.server.jupyter import JupyterServer
from tests.server.test_secrets import EVERYTHING

from .search import found
from .site import Visitor, name_of

Kind = Literal["password", "code", "passphrase", "one", "nothing", "project", "remark"]
REMARK = 'a "remark" of Zoë\'s \\ with 100 %'
"""Written down, it would look another way."""


class Host(TypedDict):
    """What is looked at of a connection."""

    state: str
    login: dict[str, object] | None


@dataclass(frozen=True)
class Way:
    """How a machine asks: its prompts, and what is typed there."""

    face: str
    asks: tuple[tuple[str, Kind], ...]
    with_key: bool = False
    by: str | None = None
    """The machine on the way there."""


PASSWORD_AND_CODE: tuple[tuple[str, Kind], ...] = (
    ("Password: ", "password"),
    ("Verification code: ", "code"),
)
WAYS = {
    "password": Way("password", (("'s password: ", "password"),)),
    "password and code": Way("totp", PASSWORD_AND_CODE),
    "list": Way("duo", (("Password: ", "password"), ("option (1-2): ", "one"))),
    "link": Way("device", (("Password: ", "password"), ("approved it: ", "nothing"))),
    "several at once": Way(
        "several",
        (
            ("Project: ", "project"),
            ("Password: ", "password"),
            ("Code: ", "code"),
            ("Remark: ", "remark"),
        ),
    ),
    "passphrase": Way("keys", (("id_protected': ", "passphrase"),), with_key=True),
    "passphrase, password, code": Way(
        "key-password-totp",
        (("id_protected': ", "passphrase"), *PASSWORD_AND_CODE),
        with_key=True,
    ),
    "two machines": Way("inner", (*PASSWORD_AND_CODE, *PASSWORD_AND_CODE), by="jump"),
}


@pytest.fixture
def visitor(pilothouse_home: PilothouseHome, ssh: SSH) -> Visitor:
    """Somebody whose files for a moment are in their home, too."""
    folder = pilothouse_home.root / "tmp"
    folder.mkdir()
    visitor = Visitor.arrive(pilothouse_home, ssh)
    visitor.environment["TMPDIR"] = str(folder)
    return visitor


@pytest.mark.parametrize("transport", ["ssh2", "openssh"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_is_typed_is_kept(visitor: Visitor, way: str, transport: str) -> None:
    asked = WAYS[way]
    host: dict[str, object] = {"transport": transport}
    if asked.with_key:
        host["keyFile"] = str(visitor.site.person.protected_key)
    if asked.by:
        host["jumpHosts"] = [name_of(asked.by)]
    place = visitor.place(asked.face, None, **host)
    secrets: list[str] = []

    def nowhere() -> None:
        assert found(visitor.home, visitor.site, secrets) == []

    with visitor.at_terminal("login", place) as session:
        for prompt, kind in asked.asks:
            session.see_text(prompt)
            nowhere()  # while the machine waits
            typed = answer(visitor, kind)
            if kind in ("password", "code", "passphrase", "remark"):
                secrets.append(typed)
            session.type(f"{typed}\n")
        session.see("connected as pilothouse-tester")
        assert session.end() == 0
        hidden = [secret for secret in secrets if secret != REMARK]
        assert [secret for secret in hidden if secret in session.shown] == []
    assert len(secrets) > 0
    nowhere()
    # What is done over the connection has none of it either.
    assert visitor.said("ls", place, "/etc")
    assert "connected as" in visitor.said("status", place)
    nowhere()
    visitor.said("logout", place)
    visitor.said("bridge", "stop")
    nowhere()


def test_nothing_that_is_typed_in_a_browser_is_kept(visitor: Visitor) -> None:
    """By a Jupyter server that logs all it has; what the page keeps is looked at in ui-tests."""
    (visitor.home.jupyter_config / "jupyter_server_config.py").write_text(EVERYTHING)
    place = visitor.place("totp")
    home = replace(visitor.home, environment=visitor.environment)
    server = JupyterServer(home, "--debug")
    try:
        server.wait()
        assert server.rpc("hosts.login", {"pool": place}).status == 200
        secrets: list[str] = []

        def asked() -> dict[str, object] | None:
            (host,) = cast("dict[str, list[Host]]", server.rpc("hosts.list").body["result"])[
                "hosts"
            ]
            assert host["state"] in ("logging-in", "connected"), host
            login = host["login"]
            if host["state"] == "connected":
                return {}
            question = None if login is None else cast("dict[str, object]", login["question"])
            fresh = question is not None and question.get("round") == len(secrets) + 1
            return login if fresh else None

        for kind in ("password", "code"):
            login = wait_for(f"the question for a {kind}", asked)
            assert login
            typed = answer(visitor, kind)
            secrets.append(typed)
            params = {"login": login["login"], "round": len(secrets), "answers": [typed]}
            assert server.rpc("logins.answer", params).status == 200
            assert found(home, visitor.site, secrets) == []
        wait_for("the login", lambda: asked() == {})
    finally:
        server.stop()  # A request is logged after its answer.
    assert "logins.answer" in server.log.read_text()
    assert found(home, visitor.site, secrets) == []


def answer(visitor: Visitor, kind: Kind) -> str:
    """What a person types."""
    match kind:
        case "password":
            return visitor.password
        case "code":
            return visitor.code
        case "passphrase":
            return visitor.site.person.secrets.passphrase
        case "one":
            return "1"
        case "project":
            return "physics"
        case "remark":
            return REMARK
        case "nothing":
            return ""


def test_the_search_finds_what_is_there(visitor: Visitor) -> None:
    home, secret = visitor.home, "s3cr-t/Zoë?"
    log = home.state / "a.log"
    for kept in (
        secret,
        "before " + base64.b64encode(b"xy" + secret.encode() + b"z").decode(),
        secret.encode().hex(),
        "s3cr-t/Zo\\u00eb?",
        "s3cr-t%2FZo%C3%AB%3F",
    ):
        log.write_text(f"a line\n{kept}\n")
        assert str(log) in found(home, visitor.site, [secret]), kept
    log.write_text("12123456 and 123456789")
    assert found(home, visitor.site, ["123456", secret]) == []
    log.write_text("code=123456.")
    assert found(home, visitor.site, ["123456"]) == [str(log)]
    log.unlink()
    gone = home.root / "gone"
    waits = "import sys; file = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    for argv, more, where in (
        ([secret], {}, "cmdline of"),
        ([], {"A_VARIABLE": f"is {secret}"}, "environ of"),
        ([], {}, "gone (deleted), open in"),
    ):
        gone.write_text(secret if "open" in where else "nothing")
        words = [sys.executable, "-c", waits, str(gone), *argv]
        environment = {**os.environ, **visitor.environment, **more}
        with Popen(words, stdin=PIPE, stdout=PIPE, env=environment) as process:
            assert process.stdout is not None
            process.stdout.readline()
            Path(gone).unlink()
            try:
                (name,) = found(home, visitor.site, [secret])
            finally:
                process.kill()
        assert where in name
