"""The threaded connection: answers, errors, its end, forks, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from pilothouse.bridge import connect
from pilothouse.bridge.client import connect as connect_client
from pilothouse.bridge.messages import CLIENT_MESSAGE_BYTES, JsonObject
from pilothouse.bridge.paths import folders
from pilothouse.errors import PilothouseError

from .stub import Stub, open_descriptors, wait_for


def test_requests_of_many_threads_get_their_own_answers(stub: Stub) -> None:
    with connect("kernel") as client, ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda number: client.request("echo", {"number": number}), range(500))
        )
    assert answers == [{"number": number} for number in range(500)]


def test_notifications_come_in_order_and_stop_when_taken_back(stub: Stub) -> None:
    seen: list[JsonObject] = []
    with connect("kernel") as client:
        undo = client.on_notification(lambda method, params: seen.append(params))
        for number in range(100):
            client.request("echo", {"number": number})
        undo()
        undo()
        client.request("echo", {"number": 100})
    assert seen == [{"number": number} for number in range(100)]


def test_an_error_of_the_bridge_arrives_whole(stub: Stub) -> None:
    with connect("kernel") as client, pytest.raises(PilothouseError) as caught:
        client.request("no.such")
    assert caught.value.code == "unknown_method"
    assert caught.value.params == {"method": "no.such"}


def test_a_failing_callback_does_not_end_the_connection(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(method: str, params: JsonObject) -> None:
        raise ZeroDivisionError

    with connect("kernel") as client:
        client.on_notification(fail)
        assert client.request("echo", {"a": 1}) == {"a": 1}
        assert client.request("echo", {"a": 2}) == {"a": 2}
    assert "ZeroDivisionError" in caplog.text


def test_a_callback_that_would_wait_for_itself_is_refused(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    with connect("kernel") as client:
        client.on_notification(lambda method, params: client.request("echo"))
        client.request("echo")
        client.request("echo")
    assert "waits for its own answer" in caplog.text


def test_a_killed_bridge_ends_requests_and_is_told_once(stub: Stub) -> None:
    stub.behave("mute")
    client = connect("kernel")
    reasons: list[str] = []
    client.on_closed(reasons.append)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.request, "echo")
        os.kill(stub.starts()[0], signal.SIGKILL)
        with pytest.raises(PilothouseError) as caught:
            waiting.result(20)
    assert caught.value.code == "bridge_unreachable"
    wait_for("the end", lambda: reasons)
    client.on_closed(reasons.append)
    assert len(reasons) == 2
    assert client.closed
    with pytest.raises(PilothouseError):
        client.request("echo")
    with pytest.raises(PilothouseError):
        client.notify("echo", {})
    client.close()


def test_a_bridge_that_does_not_answer_is_no_endless_wait(stub: Stub) -> None:
    stub.behave("mute")
    with connect("kernel") as client, pytest.raises(PilothouseError) as caught:
        client.request("echo", timeout=0.2)
    assert caught.value.code == "bridge_unreachable"
    assert "no answer to echo within 0.2 s" in str(caught.value)


def test_garbage_ends_the_connection_with_a_reason(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    stub.behave("garbage")
    with connect("kernel") as client:
        reasons: list[str] = []
        client.on_closed(reasons.append)
        wait_for("the end", lambda: reasons)
    assert "cannot be read" in caplog.text


def test_a_message_over_the_limit_is_refused_before_it_is_sent(stub: Stub) -> None:
    with connect("kernel") as client:
        with pytest.raises(PilothouseError) as caught:
            client.notify("echo", {"text": "x" * CLIENT_MESSAGE_BYTES})
        assert caught.value.code == "message_too_large"
        assert client.request("echo", {"still": "there"}) == {"still": "there"}


def test_another_version_is_told_and_can_be_stopped(stub: Stub) -> None:
    stub.behave("other-version")
    with pytest.raises(PilothouseError) as caught:
        connect("kernel")
    assert caught.value.code == "version_mismatch"
    assert caught.value.params["bridge"] == "9.9.9"
    with connect_client("command", ensure=False, other_version=True) as client:
        assert client.request("bridge.stop") == {}


def test_nothing_is_started_where_that_was_not_asked_for(stub: Stub) -> None:
    with pytest.raises(PilothouseError) as caught:
        connect("command", ensure=False)
    assert caught.value.code == "bridge_unreachable"
    assert stub.starts() == []


def test_fifty_connections_leave_no_thread_and_no_descriptor(stub: Stub) -> None:
    connect("kernel").close()
    threads, descriptors = set(threading.enumerate()), open_descriptors()
    for _ in range(50):
        with connect("kernel") as client:
            client.request("echo")
    assert set(threading.enumerate()) == threads
    assert open_descriptors() == descriptors


def test_a_callback_may_close_the_connection(stub: Stub) -> None:
    threads = set(threading.enumerate())
    client = connect("kernel")
    client.on_notification(lambda method, params: client.close())
    with suppress(PilothouseError):  # The answer may have been on its way, or not.
        client.request("echo")
    assert client.closed
    wait_for("its threads' end", lambda: set(threading.enumerate()) <= threads)


def test_a_forked_child_neither_speaks_nor_keeps_the_connection(stub: Stub) -> None:
    client = connect("kernel")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            client.request("echo", {"from": "child"})
        except PilothouseError as error:
            said = error.code
        client.close()
        os.write(writing, said.encode())
        # It lives on while the parent's connection ends.
        signal.pause()
        os._exit(0)
    try:
        assert os.read(reading, 100) == b"bridge_unreachable"
        sockets = [
            os.readlink(entry)
            for entry in Path(f"/proc/{child}/fd").iterdir()
            if os.readlink(entry).startswith("socket:")
        ]
        ours = os.readlink(f"/proc/self/fd/{client._connection.socket.fileno()}")
        assert ours not in sockets
        assert client.request("echo", {"from": "parent"}) == {"from": "parent"}
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        client.close()
        os.close(reading)
        os.close(writing)


def test_an_interrupt_while_waiting_leaves_the_connection_usable(stub: Stub) -> None:
    stub.behave("mute")
    with connect("kernel") as client:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            client.request("echo")
        timer.join()
        assert not client.closed
        assert client._waiting == {}


def test_a_renewed_secret_is_read_again(stub: Stub) -> None:
    connect("kernel").close()
    secret = folders().secret
    right = secret.read_text()
    secret.write_text("f" * 64)
    threading.Timer(0.3, secret.write_text, (right,)).start()
    connect("kernel").close()


def test_a_secret_that_others_can_read_is_refused(stub: Stub) -> None:
    connect("kernel").close()
    folders().secret.chmod(0o644)
    with pytest.raises(PilothouseError) as caught:
        connect("kernel")
    assert caught.value.code == "folder_unsafe"


def test_a_bridge_that_was_just_ending_is_waited_out(stub: Stub) -> None:
    stub.behave("leaving")
    with connect("kernel") as client:
        assert client.request("echo", {"to": "the next"}) == {"to": "the next"}
    assert len(stub.starts()) == 2
