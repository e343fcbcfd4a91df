"""A fake Unipile: a real HTTP server that speaks its shapes and misbehaves on request.

In a test: `async with fake_unipile(people=50) as fake:` and `fake.url`, `fake.control`,
`fake.stats`. As a process of its own: `python -m fakes.unipile.server [--people N]
[--duplicates SHARE] [--delay SECONDS] [--port N]` prints its port; then `POST /_control` takes
what Control has, `GET /_stats` gives what Stats has, `POST /_reset` empties it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from fakes.unipile.faults import Control, Fault, Request, Stats
from fakes.unipile.routes import Call, Refuse, Reply
from fakes.unipile.v1 import RoutesV1
from fakes.unipile.v2 import RoutesV2
from fakes.unipile.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_REASON = {200: b"OK", 301: b"Moved Permanently", 302: b"Found"}


class FakeUnipile:
    """The server. v1 is at `/api/v1`, v2 at `/v2`."""

    def __init__(self, world: World, control: Control | None = None) -> None:
        self.world = world
        self.control = control or Control()
        self.stats = Stats()
        self.port = 0
        self.connections = 0
        self._routes = {
            "v1": RoutesV1(world, self.control, self.stats),
            "v2": RoutesV2(world, self.control, self.stats),
        }
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0, tls: Any = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Ends it at once, connections included, as a host that goes down."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        try:
            while (request := await _read(reader)) is not None:
                if not await self._answer(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        if request.path.startswith("/_"):
            await _send(writer, self._told(request))
            return True
        version, account, rest = _place(request)
        routes = self._routes[version]
        kind = routes.kind(rest)
        self.stats.calls[kind] += 1
        self.stats.requests.append(request)
        fault = self.control.take(kind)
        if fault is not None:
            self.stats.faults[fault] += 1
        self.stats.enter(account)
        try:
            if self.control.delay:
                await asyncio.sleep(self.control.delay)
            # What sends on has served nothing.
            if (sent_on := self._sent_on(fault, request)) is not None:
                await _send(writer, sent_on)
                return True
            try:
                reply = routes.answer(Call(version, account, request, fault), rest)
            except Refuse as refuse:
                reply = routes.refused(refuse, version)
            return await self._send(reply, fault, writer)
        finally:
            self.stats.leave(account)

    async def _send(self, reply: Reply, fault: str | None, writer: asyncio.StreamWriter) -> bool:
        """The answer on its way, on which it may come to grief."""
        match fault:
            case "slow":
                await asyncio.sleep(self.control.slow)
            case "drop":
                writer.transport.abort()
                return False
            case "cut":
                writer.write(_head(reply) + reply.body[: len(reply.body) // 2])
                await writer.drain()
                writer.transport.abort()
                return False
            case "drip":
                writer.write(_head(reply))
                for byte in reply.body:
                    writer.write(bytes((byte,)))
                    await writer.drain()
                    await asyncio.sleep(0.05)
                return True
            case _:
                reply = _spoilt(reply, fault)
        await _send(writer, reply)
        return True

    def _sent_on(self, fault: str | None, request: Request) -> Reply | None:
        """Where the caller is sent on to, if that is the fault."""
        if fault == "circle":
            self.control.plan.appendleft(Fault("circle"))
            return Reply(301, b"", {"location": request.path})
        if fault == "elsewhere":
            return Reply(302, b"", {"location": self.control.elsewhere})
        target = urlsplit(request.headers[":target"])
        if fault != "slash" or target.path.endswith("/"):
            return None
        return Reply(301, b"", {"location": f"{target.path}/?{target.query}"})

    def _told(self, request: Request) -> Reply:
        if request.path == "/_control":
            self.control.change(msgspec.json.decode(request.body))
        if request.path == "/_reset":
            self.stats.reset()
        return Reply(200, msgspec.json.encode(self.stats.told()))


@contextlib.asynccontextmanager
async def fake_unipile(
    *, port: int = 0, tls: Any = None, **world: Any
) -> AsyncIterator[FakeUnipile]:
    """A running server; what World has can be given by name."""
    fake = FakeUnipile(World(**world))
    await fake.start(port, tls)
    try:
        yield fake
    finally:
        await fake.stop()


def _place(request: Request) -> tuple[str, str, str]:
    """Version, account and the rest of the path."""
    path = request.path
    if path.startswith("/api/v1/"):
        rest = path.removeprefix("/api/v1")
        account = request.one("account_id")
        return "v1", account or rest.strip("/").rpartition("/")[2], rest
    rest = path.removeprefix("/v2")
    if rest.startswith("/accounts/"):
        return "v2", rest.strip("/").rpartition("/")[2], rest
    account, slash, rest = rest.removeprefix("/").partition("/")
    return "v2", account, slash + rest


def _spoilt(reply: Reply, fault: str | None) -> Reply:
    body, headers = reply.body, {}
    match fault:
        case "truncated":
            body = body[: len(body) // 2]
        case "html":
            body, headers = b"<!doctype html><title>Sorry</title>", {"content-type": "text/html"}
        case "array":
            body = b"[]"
        case "latin":
            body = '{"items": [], "data": [], "name": "Zürich"}'.encode("latin-1")
        case "huge":
            body = b'{"items": ["' + b"x" * 17 * 1024 * 1024 + b'"]}'
        case "packed":
            body, headers = gzip.compress(body), {"content-encoding": "gzip"}
        case _:
            return reply
    return Reply(reply.status, body, headers)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {":target": target}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Request(method, unquote(path), parse_qs(query), headers, body)


def _head(reply: Reply) -> bytes:
    headers = {"content-type": "application/json; charset=utf-8", **reply.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reason = _REASON.get(reply.status, b"Refused").decode()
    return (
        f"HTTP/1.1 {reply.status} {reason}\r\n{lines}set-cookie: who=me\r\n"
        f"content-length: {len(reply.body)}\r\n\r\n"
    ).encode("latin-1")


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    writer.write(_head(reply) + reply.body)
    await writer.drain()


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument("--duplicates", type=float, default=0.0)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    async with fake_unipile(
        port=given.port, people=given.people, duplicates=given.duplicates
    ) as fake:
        fake.control.delay = given.delay
        print(fake.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
