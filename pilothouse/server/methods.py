"""What the browser may call, and how an error shows in HTTP."""

from __future__ import annotations

#: Methods of METHODS (src/protocol/methods) whose roles include `view`, except those that
#: belong to the connection, which all tabs share. tests/server/test_contract.py compares.
VIEW_METHODS = frozenset(
    {
        "bridge.status",
        "checks.uplink",
        "files.cancel",
        "files.list",
        "files.makeFolder",
        "files.read",
        "files.remove",
        "files.rename",
        "files.stat",
        "files.write",
        "hosts.list",
        "hosts.login",
        "hosts.logout",
        "logins.answer",
        "logins.cancel",
        "logins.trust",
        "pilots.drain",
        "pilots.files",
        "pilots.hold",
        "pilots.log",
        "pilots.release",
        "pilots.remove",
        "pools.down",
        "pools.resubmit",
        "pools.resume",
        "pools.setWanted",
        "pools.status",
        "profiles.check",
        "profiles.get",
        "profiles.limits",
        "profiles.list",
        "profiles.read",
        "profiles.remove",
        "profiles.save",
        "profiles.script",
        "tasks.list",
    }
)
OF_THE_CONNECTION = frozenset({"bridge.hello", "state.subscribe", "state.unsubscribe"})

_BAD_REQUEST = frozenset(
    {
        "invalid_message",
        "invalid_params",
        "invalid_profile",
        "message_too_large",
        "negative_number",
        "not_a_number",
        "too_many_pilots",
    }
)
_NOT_FOUND = frozenset(
    {
        "no_log",
        "not_allowed",
        "unknown_executor",
        "unknown_login",
        "unknown_method",
        "unknown_pilot",
        "unknown_profile",
    }
)
_CONFLICT = frozenset(
    {
        "agent_unreachable",
        "answer_unreadable",
        "channel_refused",
        "command_failed",
        "command_hangs",
        "command_missing",
        "file_changed",
        "file_failed",
        "host_lost",
        "host_unreachable",
        "interchange_died",
        "login_cancelled",
        "login_needed",
        "login_not_allowed",
        "login_refused",
        "login_timeout",
        "machine_key_changed",
        "machine_key_revoked",
        "pool_stopped",
        "profile_exists",
        "profile_in_use",
        "profile_read_only",
        "python_missing",
        "runtime_failed",
        "runtime_unfit",
        "submit_failed",
        "ticket_needed",
        "too_many_requests",
        "transport_unfit",
        "uplink_failed",
    }
)


def http_status(code: str) -> int:
    """The status of an answer that carries the error `code`.

    What a person did wrong, what is not there, what cannot be just now; all else, and any code
    of a later version, means that the bridge cannot be used.
    """
    if code in _BAD_REQUEST:
        return 400
    if code in _NOT_FOUND:
        return 404
    return 409 if code in _CONFLICT else 503
