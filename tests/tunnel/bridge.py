"""A bridge that switches frames and nothing else, in a thread, at the end of a bad way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

from pilothouse.agent.tunnel import frames
from pilothouse.home.line import FRAMES, PING, PONG
from tests.agent.contract import violation
from tests.agent.home import LIMIT_SECONDS, Certificate, Message, until
from tests.ports import HeldPort

from .way import BadWay, end_loop

SECRET = "5e" * 32


class Bridge:
    """Agents by TLS (through :attr:`way`), homes by frames; one pilot and one executor.

    :param socket: where homes find it.
    """

    def __init__(self, certificate: Certificate, socket: Path, host: str = "127.0.0.1") -> None:
        """:param host: where it listens for agents; :attr:`way` leads to it from loopback."""
        self.certificate = certificate
        self.host = host
        self.pools: list[Message] = []
        self.running: list[Message] = []
        self.hellos: list[Message] = []
        self.openings: list[Message] = []
        self.violations: list[str] = []
        self.ways = 0
        self.frames = 0
        self.doubles = 0.0
        """How likely a frame is to go twice."""
        self.over: list[str] = []
        self.way = BadWay()
        self._socket = socket
        self._random = random.Random(1)
        self._tunnels: set[bytes] = set()
        self._agent: asyncio.StreamWriter | None = None
        self._home: asyncio.StreamWriter | None = None
        self.pongs = 0
        self._held = HeldPort(host)
        self._port = self._held.number
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._start())

    # For tests, in their thread.

    @property
    def port(self) -> int:
        """What agents dial on loopback."""
        return self.way.port

    @property
    def own_port(self) -> int:
        """What they dial at :attr:`host`, by no bad way."""
        return self._port

    def start_pool(self, params: Message, tunnel: str) -> None:
        """Has the agent start a pool, whose tunnel is known from now on."""
        self._do(self._start_pool(params, tunnel))

    def tell(self, method: str, params: Message) -> None:
        """A notification to the agent."""
        self._do(self._tell(method, params))

    def end_tunnel(self, tunnel: str) -> None:
        """It is over: both ends are told."""
        self._do(self._end_tunnel(bytes.fromhex(tunnel)))

    def do(self, call: Callable[[], object]) -> None:
        """Calls something in the bridge's thread."""

        async def called() -> None:
            call()

        self._do(called())

    def cut_home(self) -> None:
        """The home's connection breaks."""
        home = self._home
        if home is not None:
            self.do(home.transport.abort)

    def stop(self) -> None:
        """As a bridge that is killed: all it knew of connections is gone."""
        self._do(self._stop())

    def start(self) -> None:
        """The next bridge; it knows the tunnels from its ends."""
        self._do(self._start())

    def close(self) -> None:
        """Ends its thread, too."""
        self.stop()
        end_loop(self._loop, self._thread)
        self._held.close()

    def ready(self) -> None:
        """Waits for an agent."""
        until(lambda: self._agent is not None, "an agent")

    def _do(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_SECONDS)

    # In its thread.

    async def _start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        agents = await asyncio.start_server(
            self._of_agent, self.host, self._port, ssl=context, limit=2**20
        )
        homes = await asyncio.start_unix_server(self._of_home, str(self._socket), limit=2**20)
        self._servers = [agents, homes]
        if not self.way.port:
            await self.way.listen((self.host, self._port))

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        self._socket.unlink(missing_ok=True)
        if self._agent is not None:
            self._agent.transport.abort()
        if self._home is not None:
            self._home.transport.abort()
        self._agent = self._home = None
        for server in self._servers:
            await server.wait_closed()
        self._tunnels = set()

    async def _start_pool(self, params: Message, tunnel: str) -> None:
        self._tunnels.add(bytes.fromhex(tunnel))
        self._say("pool.start", {**params, "tunnel": tunnel})
        await self._ways([bytes.fromhex(tunnel)])

    async def _tell(self, method: str, params: Message) -> None:
        self._say(method, params)

    async def _end_tunnel(self, tunnel: bytes) -> None:
        self._tunnels.discard(tunnel)
        self._to_agent(frames.over(tunnel))
        self._to_home(frames.over(tunnel))

    def _say(self, method: str, params: Message) -> None:
        assert self._agent is not None
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self._agent.write(_frame(0, json.dumps(message).encode()))

    def _to_agent(self, frame: bytes) -> None:
        if self._agent is not None:
            self._agent.write(_frame(1, frame))

    async def _ways(self, tunnels: list[bytes]) -> None:
        if self._agent is None or self._home is None:
            return
        for tunnel in tunnels:
            self.ways += 1
            self._to_agent(frames.way(tunnel))
            self._to_home(frames.way(tunnel))

    async def _of_agent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind, content = await _next_frame(reader)
                if kind == 1:
                    if writer is self._agent:
                        self._from(content, self._to_home)
                else:
                    await self._agent_says(writer, json.loads(content))
        if self._agent is writer:
            self._agent = None
        writer.transport.abort()

    async def _agent_says(self, writer: asyncio.StreamWriter, message: Message) -> None:
        if (wrong := violation(message)) is not None:
            self.violations.append(wrong)
        method, params = message["method"], message["params"]
        assert isinstance(params, dict)
        if method == "agent.hello":
            self.hellos.append(params)
            result = {"welcome": True, "reason": None}
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            writer.write(_frame(0, json.dumps(answer).encode()))
            self._agent = writer
            known = [each["tunnel"] for each in params["pools"] if each["state"] != "ended"]
            self._tunnels |= {bytes.fromhex(each) for each in known if each}
            await self._ways(sorted(self._tunnels))
        elif method == "agent.pool":
            self.pools.append(params)
            if params["state"] == "ended" and params["tunnel"]:
                await self._end_tunnel(bytes.fromhex(params["tunnel"]))
        elif method == "agent.running":
            self.running.append(params)
        elif method == "ping":
            writer.write(_frame(0, b'{"jsonrpc":"2.0","method":"ping","params":{}}'))

    async def _of_home(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            assert f"Upgrade: {FRAMES}\r\n" in head
            if f"Authorization: Bearer {SECRET}\r\n" not in head:
                writer.write(b"HTTP/1.1 401 Unauthorized\r\n\r\n")
                writer.close()
                return
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + _frame(PING, b""))
            while True:
                kind, content = await _next_frame(reader)
                if kind == 1:
                    if writer is self._home:
                        self._from(content, self._to_agent)
                elif kind == PONG:
                    self.pongs += 1
                else:
                    await self._home_says(writer, json.loads(content))
        if self._home is writer:
            self._home = None
        writer.transport.abort()

    async def _home_says(self, writer: asyncio.StreamWriter, message: Message) -> None:
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": {}}
        writer.write(_frame(0, json.dumps(answer).encode()))
        if message["method"] == "tunnels.open":
            assert isinstance(message["params"], dict)
            self.openings.append(message["params"])
            self._home = writer
            await self._ways(sorted(self._tunnels))

    def _from(self, frame: bytes, send: Callable[[bytes], None]) -> None:
        self.frames += 1
        if frame[8] == frames.TunnelFrame.OVER:
            self.over.append(frame[:8].hex())
        if frame[:8] in self._tunnels:
            send(frame)
            if self._random.random() < self.doubles:
                send(frame)

    def _to_home(self, frame: bytes) -> None:
        if self._home is not None:
            self._home.write(_frame(1, frame))


async def _next_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Its kind and content.

    :raises asyncio.IncompleteReadError: the connection is over.
    """
    length, kind = struct.unpack(">IB", await reader.readexactly(5))
    return kind, await reader.readexactly(length - 1)


def _frame(kind: int, content: bytes) -> bytes:
    return struct.pack(">IB", len(content) + 1, kind) + content
