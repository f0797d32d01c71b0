#!/usr/bin/python3 -IS
"""Stands for HTCondor's commands outside of its root: `condor_submit` and others are links to it.

It gives its words, its three standard files and its folder to the door (door.py), and ends as the
command does. Only built-in modules are imported where possible: it starts often, and must be quick.
"""

import _socket
import json
import os
import struct
import sys

DOOR = "/srv/pilothouse-testbed/door"


def main(name: str, words: list[str]) -> int:
    """Runs one command; its exit code."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(DOOR)
    except OSError as error:
        print(f"{name}: no HTCondor here ({DOOR}: {error}): make testbed", file=sys.stderr)
        return 1
    umask = os.umask(0)
    os.umask(umask)
    folder = os.getcwd()
    files = struct.pack("4i", 0, 1, 2, os.open(".", os.O_PATH | os.O_DIRECTORY))
    asked = {
        "name": name,
        "words": words,
        "folder": folder,
        "umask": umask,
        "environment": {k: v for k, v in os.environ.items() if k.startswith("_CONDOR_")},
    }
    data = json.dumps(asked).encode() + b"\n"
    answer = b""
    try:
        sent = connection.sendmsg([data], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
        # Whoever is refused has been answered, and hung up on, by now.
        if sent < len(data):
            connection.sendall(data[sent:])
        while more := connection.recv(65536):
            answer += more
    except ConnectionResetError:
        answer = b""
    if not answer:
        print(f"{name}: HTCondor's machine went down", file=sys.stderr)
        return 1
    said = json.loads(answer)
    if said["words"]:
        print(f"{name}: {said['words']}", file=sys.stderr)
    return int(said["exit"])


sys.exit(main(os.path.basename(sys.argv[0]), sys.argv[1:]))
