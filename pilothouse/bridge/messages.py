"""JSON-RPC 2.0 as the bridge speaks it (src/protocol/jsonrpc.ts): pure, no sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pilothouse.errors import PilothouseError

Role: TypeAlias = Literal["view", "kernel", "command", "home"]
#: What `json` makes of an object. Its values are whatever src/protocol says they are.
JsonObject: TypeAlias = dict[str, object]

#: LIMITS.clientMessageBytes and LIMITS.bridgeMessageBytes of src/protocol/limits.ts.
CLIENT_MESSAGE_BYTES = 8 * 1024 * 1024
BRIDGE_MESSAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A request that succeeded."""

    request: int
    result: JsonObject


@dataclass(frozen=True)
class Refusal:
    """A request that failed, or with `request` None a message that the bridge could not read."""

    request: int | None
    error: PilothouseError


@dataclass(frozen=True)
class Notice:
    """A notification."""

    method: str
    params: JsonObject


Incoming: TypeAlias = Answer | Refusal | Notice


def request(number: int, method: str, params: Mapping[str, object]) -> str:
    """The text of a request. Raises PilothouseError message_too_large."""
    return _text({"jsonrpc": "2.0", "id": number, "method": method, "params": params}, method)


def notification(method: str, params: Mapping[str, object]) -> str:
    """The text of a notification. Raises PilothouseError message_too_large."""
    return _text({"jsonrpc": "2.0", "method": method, "params": params}, method)


def read(text: str | bytes) -> Incoming:
    """What the bridge sent. Raises PilothouseError invalid_message if it is no JSON-RPC."""
    try:
        message = json.loads(text)
    except ValueError as error:
        raise _invalid(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise _invalid("not an object")
    method, number = message.get("method"), message.get("id")
    if isinstance(method, str):
        return Notice(method, _object(message.get("params", {}), f"params of {method}"))
    if "error" in message:
        return Refusal(number if isinstance(number, int) else None, read_error(message["error"]))
    if isinstance(number, int) and "result" in message:
        return Answer(number, _object(message["result"], "result"))
    raise _invalid("neither answer nor notification")


def read_error(error: object) -> PilothouseError:
    """The PilothouseError that JSON-RPC's `error` carries in its `data`."""
    if not isinstance(error, dict):
        raise _invalid("error is not an object")
    data = error.get("data")
    if isinstance(data, dict):
        return PilothouseError.of_data(data)
    return PilothouseError("internal", words=str(error.get("message")))


def error_data(error: PilothouseError) -> JsonObject:
    """`error` as ErrorData of src/protocol/errors.ts."""
    data: JsonObject = {"code": error.code, "params": dict(error.params)}
    if error.machine is not None:
        data["machine"] = error.machine
    if error.words is not None:
        data["words"] = error.words
    return data


def _text(message: Mapping[str, object], method: str) -> str:
    # ASCII, so that characters are bytes.
    text = json.dumps(message, separators=(",", ":"), allow_nan=False)
    if len(text) > CLIENT_MESSAGE_BYTES:
        raise PilothouseError(
            "message_too_large",
            {"method": method, "bytes": len(text), "limit": CLIENT_MESSAGE_BYTES},
        )
    return text


def _object(value: object, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _invalid(f"{what} is not an object")
    return value


def _invalid(problem: str) -> PilothouseError:
    return PilothouseError("invalid_message", {"problem": problem})
