"""The faces of the submit hosts: each is an sshd on a port of its own, as some site has it.

sshd_config(5) and sshd(8) of Debian 12 (9.2) on this machine, of trixie (10.0) where HTCondor is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ADDRESS = "127.0.0.1"

KEY = "publickey"
PASSWORD = "password"
QUESTIONS = "keyboard-interactive"
GSSAPI = "gssapi-with-mic"
SEVERAL = "several"
"""Of no sshd's: several.py asks."""


@dataclass(frozen=True)
class Face:
    """One sshd. Ports below 1024: no connection of anybody's has one of them by chance."""

    name: str
    port: int
    asks: str
    """`AuthenticationMethods`."""
    about: str
    service: str = "password"
    """The PAM stack (services.py) that asks, and judges the account."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Further lines of sshd_config."""
    certified: bool = False
    """Whether its key is signed by the authority of known_hosts (ssh-keygen(1), CERTIFICATES)."""
    banner: bool = False
    """Whether it says something to everybody before anybody is in."""
    behind: str | None = None
    """The face that it can be reached from, and from nowhere else."""


THIS_MACHINE = (
    Face("keys", 921, KEY, "a key"),
    Face("password", 922, PASSWORD, "a password, by the method `password`"),
    Face("totp", 923, QUESTIONS, "a password, then a code of the clock: two rounds", "totp"),
    Face("key-totp", 924, f"{KEY},{QUESTIONS}", "a key, then a code", "code"),
    Face(
        "duo",
        925,
        QUESTIONS,
        "a password, then a list of ways; `1` or `push` is one",
        "duo",
        banner=True,
    ),
    Face("device", 926, QUESTIONS, "a password, then a link; an empty answer is right", "device"),
    Face("inactive", 927, f"{KEY} {QUESTIONS}", "an account that is not active yet", "inactive"),
    Face(
        "no-forwarding",
        928,
        KEY,
        "a key; no forwarding of ports and sockets either way",
        options={"AllowTcpForwarding": "no", "AllowStreamLocalForwarding": "no"},
    ),
    Face("two-sessions", 929, KEY, "a key; MaxSessions 2", options={"MaxSessions": "2"}),
    Face("hasty", 930, QUESTIONS, "as `totp`, within 5 s", "totp", {"LoginGraceTime": "5"}),
    Face(
        "idle",
        931,
        KEY,
        "a key; what is silent for 3 s is closed, and a connection without channels after 3 s",
        options={"ChannelTimeout": "*=3s", "UnusedConnectionTimeout": "3s"},
    ),
    Face("jump", 932, QUESTIONS, "as `totp`; the way to `inner`", "totp"),
    Face("inner", 933, QUESTIONS, "as `totp`, behind `jump`", "totp", behind="jump"),
    Face("key-jump", 934, KEY, "a key; the way to `key-inner`"),
    Face("key-inner", 935, KEY, "a key, behind `key-jump`", behind="key-jump"),
    Face(
        "any",
        936,
        f"{KEY} {PASSWORD} {QUESTIONS}",
        "a key, or a password either way; a banner; host keys of three kinds",
        banner=True,
    ),
    Face("key-password-totp", 937, f"{KEY},{QUESTIONS}", "a key, a password, a code", "totp"),
    Face("partial", 938, f"{PASSWORD},{KEY}", "a password, then a key"),
    Face(
        "certified",
        939,
        KEY,
        "a key; shows a certificate of the authority that known_hosts names",
        certified=True,
    ),
    Face(
        "several",
        940,
        QUESTIONS,
        "project `physics`, password, code and a remark in one round, with a heading",
        SEVERAL,
    ),
)

HTCONDORS = (
    Face("htcondor-keys", 951, KEY, "a key; HTCondor's submit host"),
    Face("htcondor", 952, QUESTIONS, "as `totp`; HTCondor's submit host", "totp"),
    Face(
        "penalties",
        953,
        f"{KEY} {PASSWORD}",
        "a key or a password; after a refusal this address waits (PerSourcePenalties)",
        options={"PerSourcePenalties": "authfail:10s min:5s", "PerSourcePenaltyExemptList": "none"},
    ),
)

TICKETS = {"GSSAPIAuthentication": "yes", "GSSAPIStrictAcceptorCheck": "no"}
"""The host's key is that of any name by which it is known."""
KERBEROS = (
    Face("kerberos", 961, GSSAPI, "a Kerberos ticket", options=TICKETS),
    Face(
        "kerberos-or-totp",
        962,
        f"{GSSAPI} {QUESTIONS}",
        "a Kerberos ticket, or as `totp`",
        "totp",
        TICKETS,
    ),
)

APART = ("keys", "totp", "key-jump", "key-inner")
"""Faces of the machine that one test at a time has for itself, at other ports."""
APART_PORTS = 50
"""What is added to a port there."""
