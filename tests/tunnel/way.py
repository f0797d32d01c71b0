"""A way from agents to their bridge that is as bad as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator

import pytest

from conftest import PilothouseHome
from testbed import far_away
from tests.agent.home import LIMIT_SECONDS
from tests.ports import HeldPort

ADVERTISED = "127.0.0.3"


class BadWay:
    """A TCP port that leads to another, as badly as a test wants."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.cuts = 0
        self.cut_after: Callable[[], int] | None = None
        """How many bytes each connection has to live, both directions together."""
        self.bytes_per_second: int | None = None
        self.goes = asyncio.Event()
        """Cleared: bytes vanish into buffers until it is set."""
        self._to = ("", 0)
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self, to: tuple[str, int]) -> asyncio.Server:
        """Begins; ``to`` need not be there yet."""
        self._to = to
        self.goes.set()
        server = await asyncio.start_server(self._accept, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def reset(self) -> None:
        """All connections break now."""
        for writer in self._open:
            self.cuts += 1
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            its_reader, its_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        self._open.add(writer)
        left = [self.cut_after() if self.cut_after is not None else 1 << 60]
        one = asyncio.ensure_future(self._pass(reader, its_writer, left))
        other = asyncio.ensure_future(self._pass(its_reader, writer, left))
        await asyncio.wait([one, other], return_when=asyncio.FIRST_COMPLETED)
        for each in (one, other):
            each.cancel()
        self._open.discard(writer)
        for each_writer in (writer, its_writer):
            each_writer.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self.goes.wait()
                writer.write(data[: left[0]])
                left[0] -= len(data)
                if left[0] <= 0:
                    await writer.drain()
                    self.cuts += 1
                    return
                await writer.drain()
                if self.bytes_per_second is not None:
                    await asyncio.sleep(len(data) / self.bytes_per_second)


class Way:
    """A bad way in a thread of its own."""

    def __init__(self, to: int) -> None:
        self.bad = BadWay(ADVERTISED)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(
            self.bad.listen((far_away.LISTEN, to)), self._loop
        )
        self._server = listening.result(10)

    def do(self, call: Callable[[], object]) -> None:
        """In its thread."""
        self._loop.call_soon_threadsafe(call)

    def close(self) -> None:
        self.do(self._server.close)
        self.do(self.bad.reset)
        end_loop(self._loop, self._thread)


@pytest.fixture
def way(pilothouse_home: PilothouseHome) -> Iterator[Way]:
    """Profile `far`, whose pilots have this way only."""
    with HeldPort(far_away.LISTEN) as port:
        way = Way(port.number)
        write_profile(pilothouse_home, port.number, way)
        yield way
        way.close()


def write_profile(home: PilothouseHome, port: int, way: Way) -> None:
    profiles = home.jupyter_config / "pilothouse" / "profiles"
    profiles.mkdir(parents=True, exist_ok=True)
    profile = far_away.profile(
        workers=2,
        most=4,
        listenPorts=f"{port}-{port}",
        advertiseAddress=ADVERTISED,
        advertisePort=way.bad.port,
        resumeSeconds=20,
    )
    (profiles / "far.json").write_text(json.dumps({"name": "far", **profile}))


def end_loop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """Ends what runs in the loop, and the thread that runs it."""

    async def end() -> None:
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(LIMIT_SECONDS)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
