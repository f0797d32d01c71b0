"""`python -m testbed prepare|up|down|status|env|test|use|start|stop|shell|enter`.

docs/testbed.md has what each does.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from testbed import clocks, debian, user
from testbed.alone import alone, tested
from testbed.errors import TestbedError
from testbed.networks.networks import sweep
from testbed.places import STATE
from testbed.sessions import session
from testbed.sites import SITES, Site, site_of


def prepare(sites: Sequence[Site]) -> None:
    """Installs and downloads what sites need."""
    for site in sites:
        site.prepare()
    clocks.prepare()


def up(sites: Sequence[Site]) -> None:
    """Starts sites and says how to use them."""
    for site in sites:
        site.up()
        print(f"{site.name} is up; to use it: python -m testbed shell {site.name}", flush=True)


def down(sites: Sequence[Site]) -> None:
    """Stops sites with all their jobs."""
    for site in sites:
        site.down()
    sweep()
    if STATE.exists() and not any(STATE.iterdir()):
        STATE.rmdir()


def status(sites: Sequence[Site]) -> None:
    """Prints what runs."""
    for site in sites:
        for daemon, pid in site.status().items():
            print(f"{site.name:18}{daemon:16}{'-' if pid is None else pid}")


def environment(sites: Sequence[Site]) -> None:
    """Prints what a user of the sites has in the environment, as lines for a shell."""
    for site in sites:
        for name, value in site.environment.items():
            print(f"export {name}={shlex.quote(value)}")


def use(sites: Sequence[Site]) -> None:
    """The same as `test` for sites that many use at the same time."""
    with ExitStack() as sessions:
        for site in sites:
            sessions.enter_context(session(site))
        environment(sites)
        print(flush=True)
        sys.stdin.read()


def test(sites: Sequence[Site]) -> None:
    """Has sites for a test of another runner, from an empty line until the standard input ends."""
    with tested():
        use(sites)


COMMANDS = {"prepare": prepare, "up": up, "down": down, "status": status}


def main(words: Sequence[str]) -> int:
    """Does what the words say; 1 with the reason when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m testbed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("prepare", "install and download what sites need"),
        ("up", "start sites; all if none is named"),
        ("down", "stop sites with all their jobs"),
        ("status", "the process id of each daemon"),
        ("env", "what to add to the environment, as lines for a shell"),
        ("test", "sites for one test, which ends when the standard input does"),
        ("use", "the same for sites that many use at the same time: ssh, ssh-htcondor, …"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("sites", nargs="*", metavar="SITE", help=", ".join(SITES))
    for name, about in (("start", "start one daemon again"), ("stop", "stop one daemon")):
        command = commands.add_parser(name, help=about)
        command.add_argument("daemon")
        command.add_argument("site", nargs="?", help="where several have such a daemon")
    for name, about in (
        ("shell", f"a shell, or a command, of user {user.NAME}, who may use the site"),
        ("enter", "a root shell, or a command, among the site's own processes"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("site")
        command.add_argument("argv", nargs=argparse.REMAINDER)
    given = parser.parse_args(words)

    reason = debian.cannot_start()
    if reason is not None:
        print(f"no real schedulers on this machine: {reason}", file=sys.stderr)
        # What tests need is installed where it can be; elsewhere they are left out.
        return 0 if given.command == "prepare" else 1
    os.umask(0o022)
    try:
        match given.command:
            case "start" | "stop":
                site = site_of(given.daemon, given.site)
                with alone():
                    (site.start if given.command == "start" else site.stop)(given.daemon)
            case "shell":
                variables = user.environment(site_of(None, given.site).environment)
                argv = user.command(given.argv or ["bash"])
                os.chdir(user.HOME)
                os.execvpe(argv[0], argv, variables)
            case "enter":
                enclosure = site_of(None, given.site).enclosure
                if enclosure is None:
                    raise TestbedError(f"{given.site} has no processes of its own")
                argv = enclosure.inside(given.argv or ["bash"])
                os.execvp(argv[0], argv)
            case _:
                sites = [site_of(None, name) for name in given.sites or SITES]
                if given.command == "env":
                    environment(sites)
                elif given.command == "test":
                    test(sites)
                elif given.command == "use":
                    use(sites)
                else:
                    with alone():
                        COMMANDS[given.command](sites)
    except TestbedError as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
