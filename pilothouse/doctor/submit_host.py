"""The way to a submit host before anybody logs in: its name, and whether its SSH port answers."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pilothouse.command.logins.shapes import HostConnection
from pilothouse.command.shown import shown
from pilothouse.doctor.hops import Finding, Found, ill, well

_SSH_PORT = 22
_SECONDS = 10.0
#: Lines that a server may say before its version, which RFC 4253, 4.2 does not limit.
_MOST_BYTES = 16 * 1024
#: Of jump hosts that have jump hosts.
_MOST_JUMPS = 10


@dataclass(frozen=True)
class Machine:
    """The first machine on the way to a submit host; `command`: no port of it is dialled."""

    address: str
    port: int
    command: str | None = None


def reach(connection: HostConnection) -> Iterator[Finding]:
    """Whether the first machine on the way can be reached; ends with what fails."""
    machine = first(connection)
    if machine.command is not None:
        says = f"{machine.address} is reached by `{machine.command}`, as ssh_config has it"
        yield Finding("address", Found.SKIPPED, says)
        return
    found = _resolves(machine)
    yield found
    if found.found is Found.WELL:
        yield _answers(machine)


def first(connection: HostConnection) -> Machine:
    """Where a login begins: at a jump host, or at the submit host itself."""
    name, port = connection["address"], connection["port"]
    if connection["via"]:
        name, port = parse_hop(connection["via"][0])
    for _ in range(_MOST_JUMPS):
        settings = _settings(name, port)
        jump = settings.get("proxyjump", "none")
        if jump == "none" or connection["via"]:
            break
        name, port = parse_hop(jump.partition(",")[0])
    command = settings.get("proxycommand", "none")
    return Machine(
        settings.get("hostname", name),
        int(settings.get("port", port)),
        None if command == "none" else command,
    )


def parse_hop(text: str) -> tuple[str, int]:
    """`user@host:port` and its parts, as ProxyJump of ssh_config(5) has them."""
    where = text.removeprefix("ssh://").rpartition("@")[2].rstrip("/")
    host, _, port = where.rpartition(":")
    if not host or not port.isdigit() or (":" in host and not host.startswith("[")):
        return where.strip("[]"), _SSH_PORT
    return host.strip("[]"), int(port)


def parse_settings(text: str) -> dict[str, str]:
    """What `ssh -G` prints: a name and a value a line; of several of a name the first."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, value)
    return found


def _settings(name: str, port: int) -> Mapping[str, str]:
    """The user's own ssh_config for a machine; nothing where there is no OpenSSH."""
    of_port = [] if port == _SSH_PORT else ["-p", str(port)]
    try:
        done = subprocess.run(
            ["ssh", "-G", *of_port, "--", name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {}  # The login itself says what is wrong with it.
    return parse_settings(done.stdout)


def _resolves(machine: Machine) -> Finding:
    try:
        found = socket.getaddrinfo(machine.address, machine.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter of names that cannot be any
        return ill(
            "address",
            f"{machine.address} cannot be resolved",
            "Look at the submit host's address in the profile and in ~/.ssh/config, and at this "
            "machine's network.",
            str(error),
        )
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if addresses == [machine.address]:
        return well("address", machine.address)
    return well("address", f"{machine.address} is {', '.join(addresses)}")


def _answers(machine: Machine) -> Finding:
    where = f"port {machine.port} of {machine.address}"
    try:
        said = _first_words(machine)
    except OSError as error:
        return ill(
            "port",
            f"{where} does not answer",
            "Is it up, is this its SSH port, and does the way to it lead through a VPN or a "
            "firewall?",
            str(error),
        )
    line = next((line for line in said if line.startswith("SSH-")), None)
    if line is None:
        helps = "Is this its SSH port? What it says may be why it does not talk to you now."
        return ill("port", f"{where} does not speak SSH", helps, "\n".join(said))
    return well("port", f"{where} answers: {line}")


def _first_words(machine: Machine) -> list[str]:
    """The lines up to the one that names its version (RFC 4253, 4.2)."""
    with socket.create_connection((machine.address, machine.port), _SECONDS) as dialled:
        said = b""
        while len(said) < _MOST_BYTES:
            more = dialled.recv(1024)
            said += more
            *whole, last = said.split(b"\n")
            if not more or any(line.startswith(b"SSH-") for line in whole):
                break
    lines = [*whole, last] if last else whole
    return [shown(line.decode(errors="replace")).strip("\n") for line in lines]
