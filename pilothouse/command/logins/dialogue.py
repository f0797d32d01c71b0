"""A login on a terminal, from its first question to its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from pilothouse.bridge.client import BridgeClient
from pilothouse.command.logins import words
from pilothouse.command.logins.field import Field
from pilothouse.command.logins.line import Typed
from pilothouse.command.logins.shapes import HostConnection, Login, NewKey, Prompts
from pilothouse.command.logins.terminal import Terminal
from pilothouse.command.logins.watch import Watch
from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError

_TICK_SECONDS = 1.0
_TRUST = "Do you trust this machine (yes/no)? "


@dataclass
class _Asked:
    """A question that is on the terminal, and the answers to its first fields."""

    login: Login
    question: NewKey | Prompts
    line: Field
    answers: list[str] = field(default_factory=list)

    def still(self, login: Login | None) -> bool:
        return (
            login is not None
            and login["login"] == self.login["login"]
            and login["question"] == self.question
        )


class Dialogue:
    """Shows what a login asks and hands on what is typed, until it is over."""

    def __init__(self, bridge: BridgeClient, watch: Watch, terminal: Terminal, host: str) -> None:
        self._bridge = bridge
        self._watch = watch
        self._terminal = terminal
        self._host = host
        self._name = host
        self._seen: Login | None = None
        self._asked: _Asked | None = None
        #: What was answered here, so that its going is nobody else's doing.
        self._answered: NewKey | Prompts | None = None
        self._waits_since = time.monotonic()
        self._said_waiting = False

    def run(self) -> HostConnection:
        """The connection, once it is there.

        :raises PilothouseError: why it does not come, or bridge_unreachable.
        :raises KeyboardInterrupt: the person gives up.
        """
        try:
            while True:
                connection = self._watch.newest(self._host)
                if connection is None:
                    raise PilothouseError("login_cancelled", {"host": self._host})
                self._name = connection["address"]
                login = connection["login"]
                if self._asked is not None and not self._asked.still(login):
                    self._taken_away(connection)
                if connection["state"] == "connected":
                    return connection
                if login is None:
                    raise words.trouble(connection)
                self._show(login)
                self._listen(login)
        finally:
            if self._asked is not None:
                self._asked.line.leave()

    def _show(self, login: Login) -> None:
        if login != self._seen:
            self._waits_since, self._said_waiting = time.monotonic(), False
            for line in words.told(self._name, self._seen, login):
                self._say(line)
            self._seen = login
        question = login["question"]
        if self._asked is None and question["kind"] != "none" and question != self._answered:
            self._ask(login, question)

    def _ask(self, login: Login, question: NewKey | Prompts) -> None:
        self._terminal.forget_typed()
        if question["kind"] == "machine-key":
            for line in words.new_key(
                words.machine(self._name, login), question["key"], question["file"]
            ):
                self._say(line)
        self._asked = _Asked(login, question, self._field(login, question, 0))

    def _field(self, login: Login, question: NewKey | Prompts, number: int) -> Field:
        left = words.left(login["endsByMs"], time.time() * 1000)
        if question["kind"] == "machine-key":
            return Field(self._terminal, _TRUST, left, echo=True)
        prompt = question["prompts"][number]
        return Field(self._terminal, shown(prompt["text"]), left, echo=prompt["echo"])

    def _listen(self, login: Login) -> None:
        typed = self._terminal.wait(self._watch, _TICK_SECONDS)
        if typed == b"":
            raise KeyboardInterrupt
        if self._asked is None:
            if typed is None and login["question"]["kind"] == "none":
                self._wait_aloud(login)
        elif typed is None:
            self._asked.line.tick(words.left(login["endsByMs"], time.time() * 1000))
        else:
            self._typed(self._asked, typed)

    def _typed(self, asked: _Asked, data: bytes) -> None:
        while data:
            typed, data = asked.line.feed(data)
            if typed is Typed.GIVEN_UP:
                self._asked = None
                raise KeyboardInterrupt
            if typed is Typed.DONE:
                self._filled(asked)
                if self._asked is not asked:
                    return

    def _filled(self, asked: _Asked) -> None:
        """A field was filled in: the next one, or the answer."""
        question = asked.question
        if question["kind"] == "machine-key":
            answer = asked.line.text.strip().lower()
            if answer not in ("yes", "no"):
                asked.line = self._field(asked.login, question, 0)
                return
            self._asked, self._answered = None, question
            self._trust(asked.login, question, trusted=answer == "yes")
            return
        asked.answers.append(asked.line.text)
        if len(asked.answers) < len(question["prompts"]):
            asked.line = self._field(asked.login, question, len(asked.answers))
            return
        self._asked, self._answered = None, question
        params = {
            "login": asked.login["login"],
            "round": question["round"],
            "answers": asked.answers,
        }
        self._tell("logins.answer", params)

    def _trust(self, login: Login, question: NewKey, *, trusted: bool) -> None:
        if trusted:
            params = {"login": login["login"], "fingerprint": question["key"]["fingerprint"]}
            self._tell("logins.trust", params)
        else:
            self._say("It is not trusted, and the login is cancelled.")
            self._tell("logins.cancel", {"login": login["login"]})

    def _tell(self, method: str, params: Mapping[str, object]) -> None:
        try:
            self._bridge.request(method, params)
        except PilothouseError as error:
            # Somebody else was faster; what comes next is in the stream.
            if error.code != "unknown_login":
                raise
            self._say("It was answered elsewhere.")

    def _taken_away(self, connection: HostConnection) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        asked.line.leave()
        login = connection["login"]
        goes_on = login is not None and login["login"] == asked.login["login"]
        if goes_on or connection["state"] == "connected":
            self._say("It was answered elsewhere.")

    def _wait_aloud(self, login: Login) -> None:
        quiet = time.monotonic() - self._waits_since
        if quiet >= _TICK_SECONDS and not self._said_waiting:
            self._said_waiting = True
            self._say(f"Waiting for {words.machine(self._name, login)} ...")

    def _say(self, line: str) -> None:
        self._terminal.write(f"{line}\n")
