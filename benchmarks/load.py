"""A load on 127.0.0.1: a fixed number of requests over a few kept connections, each one timed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

_END = b"\r\n\r\n"
# How a body without a length ends; one request is on its way at a time, so nothing follows it.
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_CHUNKED = 1 << 62


@dataclass
class Load:
    """What a load took. Seconds, one for every request."""

    latencies: list[float]
    wall: float

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Client(asyncio.Protocol):
    """One connection that has one request on its way at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._need = -1
        self._answer: asyncio.Future[None] | None = None

    def connection_made(self, transport) -> None:
        self._transport = transport

    def connection_lost(self, exc) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._need < 0 and (end := self._buffer.find(_END)) >= 0:
            head = self._buffer[:end].lower()
            if not head.startswith(b"http/1.1 200"):
                self._answer.set_exception(RuntimeError(self._buffer[:500].decode()))
                return
            if b"transfer-encoding: chunked" in head:
                self._need = _CHUNKED
            else:
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                self._need = end + len(_END) + length
        if self._need == _CHUNKED:
            whole = self._buffer.endswith(_LAST_CHUNK)
        else:
            whole = 0 <= self._need <= len(self._buffer)
        if whole:
            self._buffer, self._need = b"", -1
            self._answer.set_result(None)

    async def ask(self, request: bytes) -> None:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._answer

    def close(self) -> None:
        self._transport.close()


async def run(port: int, path: str, *, requests: int, connections: int, token: str = "") -> Load:
    """`requests` GETs of `path`; any answer but 200 ends it."""
    return await run_all(port, [path] * requests, connections=connections, token=token)


async def run_all(port: int, paths: list[str], *, connections: int, token: str = "") -> Load:
    """A GET of each path; any answer but 200 ends it."""
    auth = f"Authorization: Bearer {token}\r\n" if token else ""
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{auth}\r\n".encode() for path in paths]
    loop = asyncio.get_running_loop()
    latencies: list[float] = []

    async def one(share: list[bytes]) -> None:
        _, client = await loop.create_connection(_Client, "127.0.0.1", port)
        try:
            for request in share:
                started = time.perf_counter()
                await client.ask(request)
                latencies.append(time.perf_counter() - started)
        finally:
            client.close()

    started = time.perf_counter()
    await asyncio.gather(*(one(requests[number::connections]) for number in range(connections)))
    return Load(latencies, time.perf_counter() - started)
