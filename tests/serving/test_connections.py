"""Connections that send no request: they end in time, and never keep others from an answer."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from support.clock import PATIENCE, measures_time
from support.http import serving
from support.jobs import Place, until
from support.service import Api, data, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.http import Server

HEAD = b"GET /healthz HTTP/1.1\r\nhost: houselist\r\n"
WHOLE = HEAD + b"\r\n"
LONG = "/openapi.json"  # half a megabyte, and for everybody


@pytest.fixture(scope="module")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    async with Place.made(server_dsn, "connections") as place:
        yield place


@asynccontextmanager
async def connection(
    port: int, *, room: int | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """`room`: bytes that the system takes in before they are read, where its own choice won't do."""
    end = socket.socket()
    if room is not None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    end.connect(("127.0.0.1", port))
    end.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=end)
    try:
        yield reader, writer
    finally:
        writer.close()


async def sent_until_closed(port: int, *pieces: bytes, pause: float = 0.1) -> tuple[float, bytes]:
    """Sends piece by piece, whatever comes; after how many seconds the server closed, and what it said."""
    started = time.monotonic()
    async with connection(port) as (reader, writer):
        reading = asyncio.create_task(reader.read())
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.wait({reading}, timeout=pause)
                if reading.done():
                    break
        said = b""
        with suppress(ConnectionError):
            said = await reading
        return time.monotonic() - started, said


@measures_time
@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((), id="says nothing"),
        pytest.param((HEAD,), id="half a request"),
        pytest.param((HEAD, *[b"x-more: y\r\n"] * 100), id="headers without end"),
        pytest.param((b"G", *[b"E"] * 100), id="a method without end"),
        pytest.param((WHOLE,), id="idle after an answer"),
        pytest.param((WHOLE, HEAD, *[b"x-more: y\r\n"] * 100), id="a second request without end"),
    ],
)
async def test_a_connection_without_a_whole_request_ends_in_time(
    place: Place, pieces: tuple[bytes, ...]
) -> None:
    async with serving(place.dsn, IDLE_TIMEOUT="1") as server:
        seconds, said = await asyncio.wait_for(sent_until_closed(server.port, *pieces), 10)
        assert 0.5 < seconds < 4
        assert (b"200 OK" in said) == (WHOLE in pieces)


@measures_time
async def test_without_a_key_nobody_waits_for_a_body(place: Place) -> None:
    head = b"POST /v1/accounts/%b/audiences HTTP/1.1\r\nhost: h\r\ncontent-length: 1000\r\n" % (
        b"0" * 24
    )
    drip = [b"x"] * 100
    async with serving(place.dsn) as server:
        seconds, said = await sent_until_closed(server.port, head + b"\r\n", *drip)
        assert seconds < 0.5
        assert b" 401 " in said


@measures_time
async def test_headers_without_end_are_refused_before_they_take_memory(place: Place) -> None:
    async with serving(place.dsn) as server:
        more = [b"x-more: " + b"y" * 8_000 + b"\r\n"] * 100
        seconds, said = await sent_until_closed(server.port, HEAD, *more, pause=0.001)
        assert seconds < 5
        assert b" 431 " in said or said == b""


async def test_http_2_is_spoken_only_where_it_is_asked_for(place: Place) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    settings = b"\x00\x00"  # how a frame of settings begins: its length
    async with serving(place.dsn, IDLE_TIMEOUT="1") as server:
        _, said = await sent_until_closed(server.port, preface)
        assert not said.startswith(settings)
    async with serving(place.dsn, IDLE_TIMEOUT="1", HTTP2="on") as server:
        async with connection(server.port) as (reader, writer):
            writer.write(preface)
            assert (await asyncio.wait_for(reader.read(9), 5)).startswith(settings)
        assert (
            await httpx.AsyncClient(timeout=PATIENCE).get(server.url + "/healthz")
        ).status_code == 200


@measures_time
async def test_two_thousand_idle_and_as_many_half_sent_do_not_stop_an_answer(place: Place) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 10_000:
        pytest.skip(f"this host lets a process open {most} files, which is too few for the crowd")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with serving(place.dsn) as server, AsyncExitStack() as stack:
        waits = []
        for head in (b"", HEAD, WHOLE):
            # More than there are places, so some must go for others to come.
            for _ in range(20):
                opened = await asyncio.gather(
                    *(stack.enter_async_context(connection(server.port)) for _ in range(100))
                )
                for _, writer in opened:
                    writer.write(head)
                started = time.monotonic()
                async with httpx.AsyncClient(timeout=PATIENCE) as client:
                    assert (await client.get(server.url + "/healthz")).status_code == 200
                waits.append(time.monotonic() - started)
        assert max(waits) < 3


@measures_time
async def test_a_request_under_way_keeps_its_place_when_there_are_few(place: Place) -> None:
    def few_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (450, 450))  # which makes 400 places

    tenant = await make_tenant(place.pool)
    crowded = asyncio.Event()

    async def slow_file() -> AsyncIterator[bytes]:
        yield b"email,name\nada@example.org,Ada\n"
        await crowded.wait()
        yield b"bob@example.org,Bob\n"

    async with (
        serving(place.dsn, before=few_files) as server,
        Api(tenant, httpx.AsyncHTTPTransport()) as api,
        AsyncExitStack() as stack,
    ):
        url = f"{server.url}/v1/accounts/{tenant.account_group_id}/uploads"
        upload = asyncio.create_task(
            api.post(url, content=slow_file(), headers={"content-type": "text/csv"})
        )
        for _ in range(12):
            await asyncio.gather(
                *(stack.enter_async_context(connection(server.port)) for _ in range(100))
            )
            async with httpx.AsyncClient(timeout=5) as client:
                assert (await client.get(server.url + "/healthz")).status_code == 200
        crowded.set()
        assert data(await upload, 201)["rowCount"] == 2


@measures_time
async def test_who_asks_and_takes_no_answer_is_let_go_and_fills_no_memory(place: Place) -> None:
    async with serving(place.dsn, IDLE_TIMEOUT="1") as server:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            whole = (await client.get(server.url + LONG)).content
        before = sum(server.memory().values())
        stalled = []
        for _ in range(200):
            each = socket.socket()
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            each.connect(("127.0.0.1", server.port))
            each.sendall(b"GET %b HTTP/1.1\r\nhost: h\r\n\r\n" % LONG.encode())
            stalled.append(each)

        async def all_are_gone() -> bool:
            return established(server) == 0

        await until(all_are_gone, 20)
        assert sum(server.memory().values()) - before < 200 * len(whole) / 3
        for each in stalled:
            each.close()


@measures_time
async def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(place: Place) -> None:
    async with serving(place.dsn, IDLE_TIMEOUT="1", REQUEST_TIMEOUT="1") as server:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            whole = (await client.get(server.url + LONG)).content
        # With more room, all of it would be taken before the first pause.
        async with connection(server.port, room=4096) as (reader, writer):
            writer.write(b"GET %b HTTP/1.1\r\nhost: h\r\n\r\n" % LONG.encode())
            await reader.readuntil(b"\r\n\r\n")
            taken = b""
            while len(taken) < len(whole):
                piece = await reader.read(len(whole) // 12)
                assert piece, "it was cut off"
                taken += piece
                await asyncio.sleep(0.1)
            assert taken == whole


def established(server: Server) -> int:
    """Connections that its processes have with clients."""
    children = psutil.Process(server.process.pid).children()
    found = [each for child in children for each in child.net_connections("tcp")]
    return sum(each.status == "ESTABLISHED" and each.laddr.port == server.port for each in found)
