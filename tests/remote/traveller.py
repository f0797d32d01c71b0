"""Logging in as a person does: what is asked is read from the stream, and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from testbed import user
from testbed.ssh.faces import ADDRESS, Face
from testbed.ssh.host import SSH
from tests.sites.person import Person


@dataclass(frozen=True)
class Traveller:
    """A person, the submit host and the face of it that is dialled."""

    person: Person
    host: SSH
    face: Face
    address: str = ADDRESS
    """The submit host's, as the person's machine knows it."""
    known_to_workers: str = ADDRESS
    """The submit host's, as workers know it."""

    def profile(
        self, name: str, scheduler: Mapping[str, object], **fields: Mapping[str, object]
    ) -> None:
        """A place behind the submit host, whose workers come home through it."""
        self.person.profile(name, scheduler, **self.way, **fields)

    @property
    def way(self) -> dict[str, dict[str, object]]:
        """Fields of a profile: there, and back home."""
        return {
            "submitHost": {"address": self.address, "port": self.face.port, "user": user.NAME},
            "uplink": {"kinds": ["submit-host"], "submitHostAddress": self.known_to_workers},
        }

    def connection(self) -> dict[str, object]:
        """The one that there is."""
        hosts = cast("list[dict[str, object]]", self.person.request("hosts.list")["hosts"])
        (found,) = hosts
        return found

    def log_in(self, pool: str) -> dict[str, object]:
        """Answers password and code, and trusts a new key; returns the connection."""
        self.person.request("hosts.login", pool=pool)
        answered = 0

        def connected() -> dict[str, object] | None:
            nonlocal answered
            now = self.connection()
            if now["state"] in ("failed", "lost"):
                raise AssertionError(now)
            login = cast("dict[str, dict[str, object]] | None", now["login"])
            if login is not None:
                question = login["question"]
                if question["kind"] == "machine-key":
                    key = cast("dict[str, str]", question["key"])
                    self.person.request(
                        "logins.trust", login=login["login"], fingerprint=key["fingerprint"]
                    )
                elif question["kind"] == "prompts" and question["round"] != answered:
                    answered = cast(int, question["round"])
                    prompts = cast("list[dict[str, object]]", question["prompts"])
                    self.person.request(
                        "logins.answer",
                        login=login["login"],
                        round=answered,
                        answers=[self._answer(str(prompt["text"])) for prompt in prompts],
                    )
            return now if now["state"] == "connected" else None

        found = self.person.wait_for("the login", connected)
        assert found is not None
        return found

    def _answer(self, prompt: str) -> str:
        person = self.host.person
        return person.secrets.password if "assword" in prompt else person.code()
