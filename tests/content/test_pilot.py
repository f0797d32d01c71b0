"""A pilot's side: workers ask, the agent brings each content once, results go home."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from parsl.serialize import deserialize

from pilothouse.agent.content import bundle, pieces, store
from pilothouse.agent.content.reference import RESULTS, Reference, Stored
from pilothouse.agent.content.worker import Contents
from tests.agent.home import until

from .bridge import START, Loop, bring, content

BYTES = 3_000_000
SECONDS = 30


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as workers:
        yield workers


def asked(loop: Loop, method: str = "content.read") -> list[object]:
    return [params for name, params in loop.bridge.said if name == method]


def test_a_content_is_brought_once_for_all(loop: Loop, workers: ThreadPoolExecutor) -> None:
    loop.bridge.stalls = True
    reference, data = content(loop)
    wanted = [workers.submit(bring, loop, reference) for _ in range(8)]
    until(lambda: asked(loop), "a question")
    loop.bridge.stalls = False
    assert all(each.result(SECONDS) == data for each in wanted)
    assert bring(loop, reference) == data
    assert len(asked(loop)) == -(-BYTES // pieces.PIECE_BYTES)
    assert 1 < loop.bridge.most_at_once <= pieces.READS


def came_to(loop: Loop, count: int, wanted: Future[bytes]) -> bool:
    return len(asked(loop)) > count or wanted.done()


def test_cuts_lose_and_repeat_little(loop: Loop, workers: ThreadPoolExecutor) -> None:
    reference, data = content(loop, 20 * pieces.PIECE_BYTES)
    wanted = workers.submit(bring, loop, reference)
    for count in (3, 30, 50):
        until(partial(came_to, loop, count, wanted), "progress")
        loop.do(loop.bridge.cut)
    assert wanted.result(SECONDS) == data
    assert len(asked(loop)) <= 20 + 4 * pieces.READS


def test_what_comes_later_is_asked_for_again(loop: Loop, workers: ThreadPoolExecutor) -> None:
    reference, data = content(loop)
    loop.bridge.refuses.extend([True, True])
    assert workers.submit(bring, loop, reference).result(SECONDS) == data


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda loop: loop.bridge.refuses.append(False), "so it is"),
        (lambda loop: setattr(loop.bridge, "alters", True), "altered"),
    ],
)
def test_what_does_not_come_is_said(
    loop: Loop, workers: ThreadPoolExecutor, damage: Callable[[Loop], None], words: str
) -> None:
    reference, data = content(loop, 40_000)
    damage(loop)
    with pytest.raises(OSError, match=f"argument 1 .40000 bytes.*{words}"):
        workers.submit(bring, loop, reference).result(SECONDS)
    loop.bridge.alters = False
    assert bring(loop, reference) == data


def test_a_pool_that_ends_asks_for_nothing_more(loop: Loop, workers: ThreadPoolExecutor) -> None:
    loop.bridge.stalls = True
    reference, data = content(loop)
    wanted = workers.submit(bring, loop, reference)
    until(lambda: asked(loop), "a question")
    loop.do(lambda: loop.contents.start_ended(START))
    with pytest.raises(OSError, match="the pilot's agent has ended"):
        wanted.result(SECONDS)
    before = len(asked(loop))
    loop.bridge.stalls = False
    assert bring(loop, reference) == data  # what of the first was under way does no harm
    assert len(asked(loop)) > before


def test_the_one_used_longest_ago_goes_first(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PILOT_BYTES", 250_000)
    first, second, third = (content(loop, 100_000)[0] for _ in range(3))
    for reference in (first, second, first, third, first):
        bring(loop, reference)
    assert len(asked(loop)) == 3
    bring(loop, second)
    assert len(asked(loop)) == 4
    with pytest.raises(OSError, match="no room for 300000 bytes"):
        bring(loop, content(loop, 300_000)[0])


def test_a_killed_agents_folder_is_removed_by_the_next(loop: Loop, disk: Path) -> None:
    left = disk / f"{store.PREFIX}left"
    left.mkdir()
    (left / "lock").touch()
    other = store.Store()
    assert not left.exists()
    assert Path(loop.environment["PILOTHOUSE_CONTENT_SOCKET"]).exists()
    other.close()


def hand_in(loop: Loop, task: int, data: bytes) -> Stored:
    payload = Contents(loop.environment).hand_in(bundle.by_pickle(data), task)
    return Stored.decode(payload)


def received(loop: Loop, stored: Stored) -> object:
    data = loop.bridge.got[stored.start, stored.task]
    assert len(data) == stored.size
    return bundle.load(bytearray(data), deserialize)


def test_results_go_home(loop: Loop, workers: ThreadPoolExecutor) -> None:
    results = {task: os.urandom(BYTES) for task in range(30)}
    handed = {task: workers.submit(hand_in, loop, task, data) for task, data in results.items()}
    for task, future in handed.items():
        assert received(loop, future.result(SECONDS)) == results[task]


def offered(loop: Loop, before: int) -> bool:
    return len(asked(loop, "content.write")) > before


def test_a_result_goes_on_after_cuts(loop: Loop, workers: ThreadPoolExecutor) -> None:
    data = os.urandom(6 * pieces.WINDOW_BYTES)
    handed = workers.submit(hand_in, loop, 7, data)
    for count in range(4):
        until(partial(offered, loop, count), "an offer")
        loop.do(loop.bridge.cut)
    assert received(loop, handed.result(SECONDS)) == data
    assert len(asked(loop, "content.write")) == 5


def test_a_result_whose_worker_has_died_is_dropped(loop: Loop, disk: Path) -> None:
    loop.bridge.crowded = True
    with socket.socket(socket.AF_UNIX) as link, (disk / "result").open("w+b") as file:
        file.write(os.urandom(BYTES))
        file.flush()
        link.connect(loop.environment["PILOTHOUSE_CONTENT_SOCKET"])
        said = {"task": 7, "hash": "a" * 64, "size": BYTES, "start": START}
        socket.send_fds(link, [json.dumps(said).encode() + b"\n"], [file.fileno()])
        until(lambda: asked(loop, "content.write"), "an offer")
    until(lambda: asked(loop, "content.dropped"), "word of its end")
    assert asked(loop, "content.dropped") == [{"transfer": 0}]
    loop.bridge.crowded = False
    handed = hand_in(loop, 7, b"x" * 50_000)
    assert received(loop, handed) == b"x" * 50_000
    assert len(asked(loop, "content.dropped")) == 1


def test_pieces_are_whole_whatever_a_read_gives(
    loop: Loop, workers: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda file, count, at: pread(file, min(count, 100_000), at))
    data = os.urandom(600_000)
    assert received(loop, workers.submit(hand_in, loop, 1, data).result(SECONDS)) == data


@pytest.mark.parametrize("after", range(12))
def test_a_connection_may_break_at_any_word(
    loop: Loop, workers: ThreadPoolExecutor, after: int
) -> None:
    loop.bridge.stalls = True
    wanted = [content(loop, 600_000) for _ in range(2)]
    brought = [workers.submit(bring, loop, reference) for reference, _ in wanted]
    data = os.urandom(600_000)
    handed = [workers.submit(hand_in, loop, task, data) for task in range(2)]
    until(lambda: offered(loop, 1) and len(asked(loop)) == 6, "all to be asked")
    loop.do(partial(setattr, loop.bridge, "breaks_after", after))
    loop.do(loop.bridge.cut)
    loop.bridge.stalls = False
    assert [each.result(SECONDS) for each in brought] == [sent for _, sent in wanted]
    assert [received(loop, each.result(SECONDS)) for each in handed] == [data, data]
    assert loop.bridge.breaks_after is None


def test_a_result_that_is_refused_is_said(loop: Loop, workers: ThreadPoolExecutor) -> None:
    loop.bridge.refuses.extend([True, False])
    with pytest.raises(OSError, match=r"a result of \d+ bytes cannot be sent: so it is"):
        workers.submit(hand_in, loop, 1, b"x" * 50_000).result(SECONDS)


def test_nothing_is_sent_while_the_connection_is_crowded(
    loop: Loop, workers: ThreadPoolExecutor
) -> None:
    loop.bridge.crowded = True
    handed = workers.submit(hand_in, loop, 1, b"x" * 50_000)
    until(lambda: asked(loop, "content.write"), "an offer")
    loop.do(lambda: None)
    assert not handed.done()
    loop.bridge.crowded = False
    assert received(loop, handed.result(SECONDS)) == b"x" * 50_000


def test_a_kernels_folder_that_is_here_is_used_itself(loop: Loop, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    (folder / RESULTS).mkdir(parents=True)
    near = {**loop.environment, "PILOTHOUSE_CONTENT_FOLDER": str(folder)}
    what = bundle.by_pickle(b"x" * 50_000)
    name, size = bundle.sum_of(what.parts())
    (folder / name).write_bytes(b"".join(what.parts()))
    data = Contents(near).bring(Reference(name, size), "argument 1")
    assert bundle.load(data, deserialize) == b"x" * 50_000
    stored = Stored.decode(Contents(near).hand_in(what, 3))
    assert (folder / RESULTS / stored.name).stat().st_size == stored.size
    assert loop.bridge.said == []
    # A folder of that name that is not there, as in a container: by the agent.
    elsewhere = {**near, "PILOTHOUSE_CONTENT_FOLDER": str(tmp_path / "none")}
    reference, sent = content(loop, 40_000)
    assert Contents(elsewhere).bring(reference, "argument 1") == sent
    Contents(elsewhere).hand_in(what, 4)
    assert (START, 4) in loop.bridge.got


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b'{"want": "../x", "size": 4, "start": "s"}\n',
        b'{"task": 1, "size": 4, "hash": "' + b"a" * 64 + b'", "start": "s"}\n',
        b"x" * 9000 + b"\n",
        b"\xff" * 20 + b"\n",
    ],
)
def test_what_is_no_request_is_answered_and_does_no_harm(loop: Loop, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(SECONDS)
        link.connect(loop.environment["PILOTHOUSE_CONTENT_SOCKET"])
        link.sendall(line)
        assert b"problem" in link.recv(4096)
    reference, data = content(loop, 40_000)
    assert bring(loop, reference) == data
