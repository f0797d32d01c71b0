"""The testbed's submit host, logged in to by a bridge and by OpenSSH's own programs."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict, cast

from bench.figure import Figure
from bench.profiles import own_profiles
from bench.sites import up
from pilothouse.bridge.client import BridgeClient
from scripts.own_home import own_home
from scripts.surroundings import surroundings
from testbed import debian, user
from testbed.ssh.faces import ADDRESS
from testbed.ssh.host import SSH

Transport = Literal["ssh2", "openssh"]
TRANSPORTS: tuple[Transport, ...] = ("ssh2", "openssh")
PLACE = "host"
LIMIT_SECONDS = 120.0


class _Question(TypedDict, total=False):
    kind: str
    round: int
    prompts: list[dict[str, object]]


class _Login(TypedDict):
    login: str
    question: _Question


class _Host(TypedDict):
    """The part of a connection that is used here (src/protocol/hosts.ts)."""

    host: str
    state: str
    login: _Login | None


def profile(site: SSH, face: str, transport: Transport) -> dict[str, object]:
    """A place behind a face; with a key where that is asked for."""
    submit_host = {
        "address": ADDRESS,
        "port": site.faces[face].port,
        "user": user.NAME,
        "transport": transport,
    }
    if face == "keys":
        submit_host["keyFile"] = str(site.person.key)
    return {"scheduler": {"kind": "slurm"}, "submitHost": submit_host}


def options(site: SSH, face: str, more: Mapping[str, object]) -> list[str]:
    """For ssh(1) and scp(1), with no configuration of anybody's."""
    said = {
        "UserKnownHostsFile": site.person.known_hosts,
        "Port": site.faces[face].port,
        **more,
    }
    return [
        "-F",
        "none",
        *(word for key, value in said.items() for word in ("-o", f"{key}={value}")),
    ]


def by_each_transport(
    name: str, face: str, measure: Callable[[SSH, Transport, Path], Iterator[Figure]]
) -> Iterator[Figure]:
    """What is measured at a face, in a home of its own for each transport, with a folder for files.

    Where no site can be started there is nothing to say but why.
    """
    reason = debian.cannot_start()
    if reason is not None:
        print(f"{name}: not measured: {reason}", flush=True)
        return
    site = SSH()
    with up(site):
        for transport in TRANSPORTS:
            places = {PLACE: profile(site, face, transport)}
            with own_profiles(places), own_home(), at_home(site) as folder:
                yield from measure(site, transport, folder)


@contextmanager
def at_home(site: SSH) -> Iterator[Path]:
    """A folder for files, while the bridge that is started knows the site's machine keys."""
    with tempfile.TemporaryDirectory(prefix="ph-host-") as folder:
        config = Path(folder) / "config"
        config.write_text(
            f"Host *\n  UserKnownHostsFile {site.person.known_hosts}\n  IdentityFile none\n"
        )
        # ssh(1), which the bridge asks, goes by the home folder of passwd(5), whatever $HOME says.
        program = Path(folder) / "ssh"
        program.write_text(f"#!/bin/sh\nexec /usr/bin/ssh -F '{config}' \"$@\"\n")
        program.chmod(0o700)
        with surroundings(PATH=f"{folder}:{os.environ['PATH']}", SSH_AUTH_SOCK=""):
            yield Path(folder)


def log_in(bridge: BridgeClient, answer: Callable[[str], str] | None = None) -> str:
    """Returns the host's name once it is connected; each prompt gets its `answer`.

    Raises RuntimeError for a login that fails or asks what nobody answers.
    """
    bridge.request("hosts.login", {"pool": PLACE})
    answered = 0
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        (host,) = cast("list[_Host]", bridge.request("hosts.list")["hosts"])
        if host["state"] == "connected":
            return host["host"]
        login = host["login"]
        question: _Question = {"kind": "none"} if login is None else login["question"]
        if login is not None and question["kind"] == "prompts" and answer is not None:
            if question["round"] != answered:
                answered = question["round"]
                answers = [answer(str(prompt["text"])) for prompt in question["prompts"]]
                params = {"login": login["login"], "round": answered, "answers": answers}
                bridge.request("logins.answer", params)
        elif question["kind"] != "none" or host["state"] == "failed":
            raise RuntimeError(f"no login: {host}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"no login within {LIMIT_SECONDS:g} s: {host}")
        time.sleep(0.005)
