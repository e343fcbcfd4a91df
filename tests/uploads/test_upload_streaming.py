"""POST /uploads over time: bodies that crawl, stop, or break off, the same one twice, and a large one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from houselist import config
from houselist.app import create_app
from houselist.uploads.slots import MAX_PER_KEY
from support.clock import measures_time
from support.jobs import kept, until
from support.service import Api, Service, data, error, make_tenant, problems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from houselist.postgres.db import Pool
    from support.service import Tenant

NOTHING = {"uploads": 0, "upload_chunks": 0}
PATIENCE = 0.4
CSV = {"content-type": "text/csv"}
ROWS = b"someone@somewhere.example\n" * 2_000


@pytest.fixture(scope="module")
async def hasty(dsn: str) -> AsyncIterator[Service]:
    """The service with a request timeout that tests can wait for."""
    settings = config.load(
        {"HOUSELIST_RATE_LIMIT": "off", "HOUSELIST_REQUEST_TIMEOUT": str(PATIENCE)}
    )
    async with Service.running(create_app(settings, dsn)) as service:
        yield service


async def call(
    service: Service, api: Api, receive: Callable[[], Awaitable[Any]]
) -> tuple[int, bytes]:
    """One upload as an ASGI server makes it; status and body of the answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    path = f"/v1/accounts/{api.tenant.account_group_id}/uploads"
    headers = {"authorization": f"Bearer {api.tenant.token}", **CSV}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await service.app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def pieces(*messages: Any) -> Callable[[], Awaitable[Any]]:
    """An ASGI `receive` that gives these, then never again anything."""
    left = list(messages)

    async def receive() -> Any:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def piece(body: bytes, *, more: bool = True) -> Any:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("rows", [b"", ROWS, ROWS * 20])
async def test_a_client_that_goes_away_leaves_nothing(
    api: Api, service: Service, pool: Pool, rows: bytes
) -> None:
    receive = pieces(piece(b"Email\n"), piece(rows), {"type": "http.disconnect"})
    status, body = await call(service, api, receive)
    assert status == 400
    assert b"cut off" in body
    assert await kept(pool, api, NOTHING) == NOTHING


@measures_time
@pytest.mark.parametrize("first", [(), (piece(b"Email\n"), piece(ROWS * 20))])
async def test_a_body_that_stops_arriving_is_answered(
    api: Api, hasty: Service, pool: Pool, first: tuple[Any, ...]
) -> None:
    started = time.monotonic()
    status, body = await call(hasty, api, pieces(*first))
    assert status == 400
    assert b"stopped arriving" in body
    assert PATIENCE <= time.monotonic() - started < PATIENCE + 2
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_an_upload_may_take_longer_than_the_timeout_while_it_keeps_arriving(
    api: Api, hasty: Service
) -> None:
    async def crawl() -> AsyncIterator[bytes]:
        yield b"Email\n"
        for number in range(6):
            await asyncio.sleep(PATIENCE / 3)
            yield b"p%d@b.example\n" % number

    async with hasty.client(api.tenant) as slow:
        upload = data(await slow.post("uploads", content=crawl(), headers=CSV), 201)
    assert upload["rowCount"] == 6


@measures_time
async def test_crawling_uploads_keep_nobody_else_waiting(
    api: Api, service: Service, pool: Pool
) -> None:
    go_on, begun = asyncio.Event(), 0

    async def crawl() -> AsyncIterator[bytes]:
        nonlocal begun
        yield b"Email\n"
        begun += 1
        await go_on.wait()
        yield b"a@b.example\n"

    async def send_slowly(tenant: Tenant) -> Any:
        async with service.client(tenant) as slow:
            return await slow.post("uploads", content=crawl(), headers=CSV)

    # As many of each as one key may send, and nearly as many as a process takes.
    tenants = [await make_tenant(pool) for _ in range(3)]
    slow = [asyncio.create_task(send_slowly(tenant)) for tenant in tenants * MAX_PER_KEY]
    try:
        # Each has its reader process, which has what there is of the file.
        await until(lambda: asyncio.sleep(0, begun == len(slow)))
        # They crawl until this is over, so if they kept it waiting it would never be.
        async with asyncio.timeout(60):
            await api.upload("Email\nb@b.example\n")
    finally:
        go_on.set()
        answers = await asyncio.gather(*slow)
    assert [data(answer, 201)["rowCount"] for answer in answers] == [1] * 12


async def test_a_request_that_is_cancelled_leaves_nothing(
    api: Api, service: Service, pool: Pool
) -> None:
    receive = pieces(piece(b"Email\n"), piece(ROWS * 20))
    running = asyncio.create_task(call(service, api, receive))

    async def some_rows_are_kept() -> bool:
        return (await kept(pool, api, NOTHING))["upload_chunks"] > 0

    await until(some_rows_are_kept)
    running.cancel()
    await asyncio.wait([running])
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_the_same_file_again_gives_the_first_upload(api: Api, pool: Pool) -> None:
    headers = {**CSV, "idempotency-key": "twice"}
    body = b"Email\na@b.example\n"
    first = await api.post("uploads", content=body, headers=headers)
    again = await api.post("uploads", content=body, headers=headers)
    assert data(again, 201) == data(first, 201)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await kept(pool, api, NOTHING) == {"uploads": 1, "upload_chunks": 1}
    started = await api.start(
        type="file_upload", uploadId=data(again, 201)["uploadId"], audienceName="Usable"
    )
    assert started["status"] == "queued"


async def test_another_file_under_the_same_key_is_refused(api: Api, pool: Pool) -> None:
    headers = {**CSV, "idempotency-key": "once"}
    data(await api.post("uploads", content=b"Email\na@b.example\n", headers=headers), 201)
    other = await api.post("uploads", content=b"Email\nother@b.example\n", headers=headers)
    error(other, 409, "IDEMPOTENCY_CONFLICT")
    assert await kept(pool, api, NOTHING) == {"uploads": 1, "upload_chunks": 1}


async def test_a_refused_file_does_not_use_up_its_key(api: Api) -> None:
    headers = {**CSV, "idempotency-key": "corrected"}
    assert problems(await api.post("uploads", content=b"", headers=headers))
    data(await api.post("uploads", content=b"Email\n", headers=headers), 201)


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "\u00e9"])
async def test_a_malformed_key_is_refused(api: Api, pool: Pool, key: str) -> None:
    headers = {**CSV, "idempotency-key": key.encode("latin-1")}
    refused = await api.post("uploads", content=b"Email\n", headers=headers)
    assert "Idempotency-Key" in problems(refused)
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_two_at_once_have_one_effect(api: Api, pool: Pool) -> None:
    headers = {**CSV, "idempotency-key": "at once"[:2]}
    body = b"Email\n" + ROWS
    answers = await asyncio.gather(
        *(api.post("uploads", content=body, headers=headers) for _ in range(4))
    )
    assert len({data(answer, 201)["uploadId"] for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers) == [
        "",
        "true",
        "true",
        "true",
    ]
    assert await kept(pool, api, NOTHING) == {"uploads": 1, "upload_chunks": 4}


async def test_the_key_is_each_keys_own(api: Api, service: Service, pool: Pool) -> None:
    headers = {**CSV, "idempotency-key": "mine"}
    mine = data(await api.post("uploads", content=b"Email\n", headers=headers), 201)
    tenant = await make_tenant(pool, groups=[api.tenant.account_group_id])
    async with service.client(tenant) as other:
        theirs = data(await other.post("uploads", content=b"Email\n", headers=headers), 201)
    assert mine["uploadId"] != theirs["uploadId"]


async def test_a_large_file_is_never_in_memory(api: Api) -> None:
    process = psutil.Process()
    row = ",".join(["p%d@b.example", *(["x" * 490] * 4)]) + "\n"
    most, size, first = 0, 0, process.memory_info().rss

    async def body() -> AsyncIterator[bytes]:
        nonlocal most, size
        yield b"Email,a,b,c,d\n"
        for start in range(0, 30_000, 30):
            block = "".join(row % number for number in range(start, start + 30)).encode()
            size += len(block)
            yield block
            most = max(most, process.memory_info().rss)

    upload = data(await api.post("uploads", content=body(), headers=CSV), 201)
    assert upload["rowCount"] == 30_000
    assert size > 58_000_000
    assert most - first < 40_000_000
