"""What the command understands."""

from __future__ import annotations

import argparse
from pathlib import Path

from pilothouse.bridge.version import version
from pilothouse.command import bridge, doctor, files, login, logs, places
from pilothouse.command import profiles as written
from pilothouse.command import relay as relaying

#: Of `pilots.log` in src/protocol/methods/pools.ts.
_LAST_WORKER = 99_999


def make_parser() -> argparse.ArgumentParser:
    """A parser whose result has `run`, a function of that result."""
    parser = argparse.ArgumentParser(
        prog="pilothouse", description="Pilots for the functions of your notebooks."
    )
    parser.add_argument("--version", action="version", version=f"pilothouse {version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    profiles = commands.add_parser("profiles", help="list the places where pilots can run")
    profiles.set_defaults(run=written.profiles)

    show = commands.add_parser("show", help="print a profile as JSON")
    show.add_argument("name", metavar="NAME", help="a profile")
    show.add_argument("--all", action="store_true", help="with all defaults filled in")
    show.set_defaults(run=written.show)

    check = commands.add_parser("check", help="say what is wrong with a profile")
    check.add_argument("file", metavar="FILE", help="a profile's file, or a profile's name")
    check.add_argument(
        "--deep", action="store_true", help="ask the scheduler too: its limits, a dry run"
    )
    check.set_defaults(run=written.check)

    into = commands.add_parser("login", help="log in to a place's submit host")
    into.add_argument("name", metavar="NAME", help="a profile")
    into.add_argument(
        "--no-wait",
        dest="wait",
        action="store_false",
        help="only begin; what is asked is answered in the panel or by another login on a terminal",
    )
    into.set_defaults(run=login.login)

    out = commands.add_parser("logout", help="close the connection to a place's submit host")
    out.add_argument("name", metavar="NAME", help="a profile")
    out.set_defaults(run=login.logout)

    lists = commands.add_parser("ls", help="list files at a place's submit host")
    lists.add_argument("name", metavar="NAME", help="a profile")
    lists.add_argument(
        "path", metavar="PATH", nargs="?", default="", help="a folder or a file (the home folder)"
    )
    lists.set_defaults(run=files.ls)

    brings = commands.add_parser("get", help="bring a file from a place's submit host")
    brings.add_argument("name", metavar="NAME", help="a profile")
    brings.add_argument("remote", metavar="PATH", help="the file there")
    brings.add_argument(
        "local", metavar="TO", nargs="?", help="a file or a folder here (this folder)"
    )
    brings.set_defaults(run=files.get)

    takes = commands.add_parser("put", help="bring a file to a place's submit host")
    takes.add_argument("name", metavar="NAME", help="a profile")
    takes.add_argument("local", metavar="FILE", help="the file here")
    takes.add_argument(
        "remote", metavar="TO", nargs="?", help="a file or a folder there (the home folder)"
    )
    takes.set_defaults(run=files.put)

    script = commands.add_parser("script", help="print what would be submitted; submit nothing")
    script.add_argument("name", metavar="NAME", help="a profile")
    script.add_argument(
        "-n", dest="count", type=count, metavar="N", default=1, help="for so many pilots (1)"
    )
    script.add_argument("--into", type=Path, metavar="FOLDER", help="write the files there instead")
    script.set_defaults(run=written.script)

    up = commands.add_parser("up", help="ask for pilots, and keep that many")
    up.add_argument("name", metavar="NAME", help="a profile")
    up.add_argument(
        "-n",
        dest="count",
        type=count,
        metavar="N",
        help="how many (default: what the profile starts with)",
    )
    up.set_defaults(run=places.up)

    down = commands.add_parser("down", help="end pilots")
    which = down.add_mutually_exclusive_group(required=True)
    which.add_argument("name", metavar="NAME", nargs="?", help="the profile whose pilots end")
    which.add_argument("--all", action="store_true", help="the pilots of all profiles")
    down.set_defaults(run=places.down)

    status = commands.add_parser("status", help="show pilots and what they do")
    status.add_argument("name", metavar="NAME", nargs="?", help="one profile only")
    status.add_argument("--json", action="store_true", help="as JSON, for programs")
    status.set_defaults(run=places.status)

    log = commands.add_parser("logs", help="print what a pilot wrote")
    log.add_argument("pilot", metavar="PILOT", help="its id, as `pilothouse status` shows it")
    log.add_argument(
        "--file",
        choices=("output", "error", "script", "submit", "events", "pool", "worker"),
        help="what the pilot wrote (the default), the job's standard error, its script, the job "
        "description, the scheduler's events, the log of its newest worker pool, or what tasks "
        "printed in one of its workers",
    )
    log.add_argument(
        "--worker",
        metavar="NUMBER",
        type=worker,
        help="what tasks printed in this worker, as `--list` numbers them; 0 if not said",
    )
    log.add_argument(
        "--list",
        action="store_true",
        help="say which files there are, and how long they stay",
    )
    log.add_argument("-f", "--follow", action="store_true", help="go on until the pilot has ended")
    log.set_defaults(run=logs.logs)

    of_doctor = commands.add_parser(
        "doctor", help="walk every hop to a worker; say which one fails"
    )
    of_doctor.add_argument("name", metavar="NAME", help="a profile")
    of_doctor.add_argument("--quick", action="store_true", help="only what needs no pilot")
    of_doctor.add_argument(
        "--listen",
        action="store_true",
        help="open this machine's port for pilots without asking, where the profile names one",
    )
    of_doctor.add_argument(
        "--wait",
        type=float,
        default=180.0,
        metavar="SECONDS",
        help="how long to wait for a pilot; then it is left in the queue (180)",
    )
    of_doctor.add_argument(
        "--bundle", type=Path, metavar="FILE", help="write what was found, redacted, for support"
    )
    of_doctor.set_defaults(run=doctor.doctor)

    of_relay = commands.add_parser(
        "relay", help="carry pilots' connections to notebooks that they cannot dial"
    )
    of_relay.add_argument(
        "--listen",
        type=relaying.address,
        metavar="[ADDRESS:]PORT",
        default=("", 8443),
        help="where bridges and pilots dial it (8443, at all of the machine's addresses)",
    )
    of_relay.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        required=True,
        help="the secret by which bridges are known, as in their profiles' uplink.relaySecretFile",
    )
    of_relay.add_argument("--name", metavar="HOST", help="what others call this machine")
    of_relay.set_defaults(run=relaying.run)

    of_bridge = commands.add_parser("bridge", help="the program behind it all")
    actions = of_bridge.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, run, words in (
        ("status", bridge.status, "whether it runs, and where"),
        ("restart", bridge.restart, "end it and start the installed version; pilots stay"),
        ("stop", bridge.stop, "end it; pilots stay until they find no bridge for too long"),
        ("log", bridge.log, "print the end of its log"),
    ):
        actions.add_parser(name, help=words).set_defaults(run=run)
    return parser


def count(text: str) -> int:
    """A number of pilots. Raises argparse.ArgumentTypeError naming what is wrong with it."""
    number = _whole(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is negative; there cannot be fewer than 0")
    return number


def worker(text: str) -> int:
    """The number of a worker. Raises argparse.ArgumentTypeError naming what is wrong with it."""
    number = _whole(text)
    if not 0 <= number <= _LAST_WORKER:
        raise argparse.ArgumentTypeError(f"there is no worker {number}; the first is 0")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
