"""`relay`: for pilots and notebooks that both hide behind somebody else's machine."""

from __future__ import annotations

import argparse
import errno
import signal
import socket
import sys
import time
from pathlib import Path

from pilothouse.relay.server import Relay, SecretError, read_secret


def run(arguments: argparse.Namespace) -> int:
    """Carries connections until it is interrupted or terminated; 1 if it cannot listen."""
    host, port = arguments.listen
    secret_file: Path = arguments.secret_file
    try:
        relay = Relay(read_secret(secret_file), host, [port], _say)
    except SecretError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(_refused(problem, host, port), file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    where = f"{arguments.name or socket.getfqdn()}:{relay.port}"
    _say(f'listening; in a profile: "uplink": {{"kinds": ["relay"], "relay": "{where}", ...}}')
    try:
        while True:
            relay.turn(1.0)
    except KeyboardInterrupt:
        return 0
    finally:
        relay.close()


def address(text: str) -> tuple[str, int]:
    """`8443`, `0.0.0.0:8443`, `[::]:8443`; no address: all. Raises argparse.ArgumentTypeError."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port, and no address and port")
    return host.strip("[]"), int(port)


def _refused(problem: OSError, host: str, port: int) -> str:
    where = f"{host or '*'}:{port}"
    if problem.errno == errno.EADDRINUSE:
        return f"{where} is in use: choose another port."
    if problem.errno == errno.EACCES:
        return f"You may not listen at {where}: choose a port from 1024 on."
    return f"{where}: {problem.strerror or problem}"


def _say(words: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), words, flush=True)
