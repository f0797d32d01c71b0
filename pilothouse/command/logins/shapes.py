"""Connections to submit hosts and their logins (src/protocol/hosts.ts), for the type checker."""

from __future__ import annotations

from typing import Literal, TypedDict


class Hop(TypedDict):
    address: str
    port: int
    user: str
    number: int
    of: int


class MachineKey(TypedDict):
    algorithm: str
    fingerprint: str
    knownSinceMs: float | None
    alsoKnownAs: list[str]


class Prompt(TypedDict):
    text: str
    echo: bool


class Nothing(TypedDict):
    kind: Literal["none"]


class NewKey(TypedDict):
    kind: Literal["machine-key"]
    key: MachineKey
    file: str


class Prompts(TypedDict):
    kind: Literal["prompts"]
    round: int
    method: str
    name: str
    instructions: str
    prompts: list[Prompt]
    again: bool


class Login(TypedDict):
    login: str
    hop: Hop
    key: MachineKey | None
    banner: str
    question: Nothing | NewKey | Prompts
    endsByMs: float
    startedAtMs: float


class Channels(TypedDict):
    open: int
    most: int


class HostConnection(TypedDict):
    host: str
    address: str
    user: str
    port: int
    via: list[str]
    transport: str
    state: Literal["away", "logging-in", "connected", "lost", "failed"]
    sinceMs: float
    login: Login | None
    key: MachineKey | None
    methods: list[str]
    returnsByItself: bool
    nextTryMs: float | None
    channels: Channels
    trouble: dict[str, object] | None
    pools: list[str]


class Hosts(TypedDict):
    hosts: list[HostConnection]
