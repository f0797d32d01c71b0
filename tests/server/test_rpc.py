"""Commands by REST: results, and errors a panel can show."""

from __future__ import annotations

from .jupyter import JupyterServer, Reply


def code(reply: Reply) -> object:
    """The code of the error that it carries."""
    error = reply.body["error"]
    assert isinstance(error, dict)
    return error["code"]


def test_results_and_errors(jupyter: JupyterServer) -> None:
    listed = jupyter.rpc("profiles.list")
    assert listed.status == 200
    result = listed.body["result"]
    assert isinstance(result, dict)
    assert "local" in [profile["name"] for profile in result["profiles"]]

    for method, params, status, expected in (
        ("pools.setWanted", {"pool": "nope", "count": 1}, 404, "unknown_profile"),
        ("pools.setWanted", {"pool": "local", "count": -1}, 400, "negative_number"),
        ("pools.setWanted", {"pool": "local", "count": 1e9}, 400, "too_many_pilots"),
        ("pools.setWanted", {"pool": "local"}, 400, "invalid_params"),
        ("pilots.remove", {"pilot": "p99"}, 404, "unknown_pilot"),
        ("no.such", {}, 404, "unknown_method"),
        ("profiles.list", [], 400, "invalid_params"),
        ("profiles.list", b"{", 400, "invalid_message"),
        ("profiles.get", {"name": "x" * 8 * 1024 * 1024}, 400, "message_too_large"),
        # What a browser must not call.
        ("bridge.stop", {}, 404, "unknown_method"),
        ("bridge.hello", {}, 404, "unknown_method"),
        ("leases.ask", {}, 404, "unknown_method"),
        ("state.unsubscribe", {}, 404, "unknown_method"),
    ):
        reply = jupyter.rpc(method, params)
        assert (reply.status, code(reply)) == (status, expected)


def test_the_log_can_be_read_before_there_is_a_bridge(jupyter: JupyterServer) -> None:
    empty = jupyter.call("GET", "pilothouse/log").body["result"]
    assert isinstance(empty, dict)
    assert empty["text"] == ""
    assert jupyter.call("POST", "pilothouse/start", {}).status == 200
    full = jupyter.call("GET", "pilothouse/log").body["result"]
    assert isinstance(full, dict)
    assert "bridge_starts" in full["text"]
    assert full["path"].endswith("bridge.log")
