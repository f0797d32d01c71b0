"""The pool's door: runs HTCondor's commands, for people outside, inside its root.

It is a program, the first process of the pool, and so also buries the dead. A client (client.py)
sends one line of JSON, its three standard files and its folder; unix(7) tells whose it is. The
command runs as that user, in that folder, with that user's files, and dies with its client.
"""

import json
import os
import pwd
import re
import select
import signal
import socket
import struct
import sys
from typing import Any

MOST_BYTES = 4 * 1024 * 1024
FILES = 4
SECONDS_TO_ASK = 10
FOLDER_MATTERS = ("condor_submit", "condor_submit_dag", "condor_transfer_data", "condor_wait")


class Refused(Exception):
    """What the client is told instead."""


def request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """One request, and the files that came with it."""
    connection.settimeout(SECONDS_TO_ASK)
    data, files, _, _ = socket.recv_fds(connection, 65536, FILES)
    while not data.endswith(b"\n"):
        more = connection.recv(65536)
        if not more or len(data) > MOST_BYTES:
            raise Refused("the request is not whole, or too long")
        data += more
    connection.settimeout(None)
    if len(files) != FILES:
        raise Refused(f"{len(files)} files came with the request, not {FILES}")
    return json.loads(data), files


def caller(connection: socket.socket) -> pwd.struct_passwd:
    """The account at the other end."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, uid, _ = struct.unpack("3i", credentials)
    if uid == 0:
        raise Refused("HTCondor runs no job of root's: call it as the user pilothouse-tester")
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise Refused(f"the submit host has no account with the number {uid}") from error


def same_folder(path: str, descriptor: int) -> bool:
    """Whether a path in here is the folder that the client is in."""
    try:
        there, here = os.fstat(descriptor), os.stat(path)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def folder_of(name: str, path: str, descriptor: int) -> str:
    """Where the command runs."""
    if same_folder(path, descriptor):
        return path
    if path != "/" and name in FOLDER_MATTERS:
        raise Refused(f"{path} is not a folder of the submit host, whose are /home, /srv and /tmp")
    return "/"


def start(asked: dict[str, Any], files: list[int], person: pwd.struct_passwd) -> int:
    """Starts the command and returns its process id; in the child it does not return."""
    name, words = str(asked["name"]), [str(word) for word in asked["words"]]
    program = f"/usr/bin/{name}"
    if not re.fullmatch(r"condor_[a-z_]+", name) or not os.access(program, os.X_OK):
        raise Refused("the submit host has no such command")
    folder = folder_of(name, str(asked["folder"]), files[3])
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": person.pw_dir,
        "USER": person.pw_name,
        "LOGNAME": person.pw_name,
        **{key: value for key, value in asked["environment"].items() if key.startswith("_CONDOR_")},
    }
    child = os.fork()
    if child != 0:
        return child
    try:
        os.setsid()
        for number in range(3):
            os.dup2(files[number], number)
        os.initgroups(person.pw_name, person.pw_gid)
        os.setgid(person.pw_gid)
        os.setuid(person.pw_uid)
        os.umask(int(asked["umask"]))
        os.chdir(folder)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execve(program, [name, *words], environment)
    except OSError as error:
        os.write(2, f"{name}: {folder}: {error}\n".encode())
    finally:
        os._exit(127)


def ended(child: int, connection: socket.socket) -> int | None:
    """The command's exit code; None when its client left before, and it was killed."""
    descriptor = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    waiting.register(connection, select.POLLIN)
    ready = [number for number, _ in waiting.poll()]
    if descriptor not in ready:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return None if descriptor not in ready else code if code >= 0 else 128 - code


def serve(connection: socket.socket) -> None:
    """Answers one client."""
    answer: dict[str, Any]
    try:
        asked, files = request(connection)
        person = caller(connection)
        child = start(asked, files, person)
        for descriptor in files:
            os.close(descriptor)
        code = ended(child, connection)
        if code is None:
            return
        answer = {"exit": code, "words": ""}
    except (Refused, OSError, ValueError, KeyError) as error:
        answer = {"exit": 1, "words": str(error) or type(error).__name__}
    connection.sendall(json.dumps(answer).encode())


def bury(*_: object) -> None:
    """Takes the exit codes of all children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # there is no child at the moment


def main(path: str) -> None:
    """Listens for ever; each client has a process of its own."""
    if os.path.exists(path):
        os.unlink(path)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    os.chmod(path, 0o666)
    door.listen(128)
    signal.signal(signal.SIGCHLD, bury)
    while True:
        connection, _ = door.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            door.close()
            try:
                serve(connection)
            finally:
                os._exit(0)
        connection.close()


main(sys.argv[1])
