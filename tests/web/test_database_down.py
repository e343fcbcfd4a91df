"""PostgreSQL killed, or hanging: 502 within 3 seconds, and service resumes by itself when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from houselist import migrations
from houselist.keys import store
from houselist.postgres import db
from houselist.postgres.embedded import Server
from houselist.postgres.embedded.account import server_account
from houselist.postgres.embedded.layout import layout_of
from houselist.postgres.embedded.processes import processes
from houselist.web.authentication import Guard
from support.apps import own_service, visitor
from support.clock import measures_time
from support.jobs import until
from support.service import Service, Tenant, data, error, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    import httpx

PROMISED = 3.0


@dataclass
class Database:
    """A server of this module's own."""

    server: Server
    folder: Path

    def send(self, number: signal.Signals) -> None:
        """A signal to the postmaster and all its children."""
        for pid in processes(layout_of(self.folder), server_account().uid, postmaster=True):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    folder = Path(tempfile.mkdtemp(prefix="houselist-down-"))
    folder.chmod(0o711)
    with Server.open(folder / "data", settings={"fsync": "off"}) as server:
        found = Database(server, folder / "data")
        yield found
        found.send(signal.SIGCONT)
    shutil.rmtree(folder)


@dataclass
class Scene:
    """A service on that server, one key that it knows already and one that it does not."""

    database: Database
    service: Service
    client: httpx.AsyncClient
    known: Tenant
    unknown: Tenant

    async def get(self, tenant: Tenant) -> httpx.Response:
        headers = {"authorization": f"Bearer {tenant.token}"}
        return await self.client.get(
            f"/v1/accounts/{tenant.account_group_id}/audiences", headers=headers
        )

    async def post(self, tenant: Tenant, name: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {tenant.token}", "idempotency-key": "x"}
        return await self.client.post(
            f"/v1/accounts/{tenant.account_group_id}/audiences",
            headers=headers,
            json={"name": name, "type": "on_demand"},
        )


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    database.server.ensure_running()
    await migrations.migrate(database.server.dsn)
    async with db.make_pool(database.server.dsn) as pool:
        known, unknown = await make_tenant(pool), await make_tenant(pool)
    async with own_service(database.server.dsn) as service, visitor(service) as client:
        scene = Scene(database, service, client, known, unknown)
        # Several connections wait in the pool, and the key is in the cache.
        await asyncio.gather(*(scene.get(known) for _ in range(5)))
        yield scene


async def timed(answer: Awaitable[httpx.Response]) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    return await answer, time.monotonic() - started


async def assert_told_in_time(scene: Scene, many: int = 1) -> None:
    """Every kind of request gets its 502 in the promised time, and the process still lives."""
    kinds: list[Any] = [scene.get(scene.known) for _ in range(many)]
    kinds += [scene.post(scene.known, "Never") for _ in range(many)]
    kinds += [scene.get(scene.unknown), scene.client.get("/readyz")]
    for response, seconds in await asyncio.gather(*map(timed, kinds)):
        assert seconds < PROMISED
        error(response, 502, "UPSTREAM_ERROR")
        assert int(response.headers["retry-after"]) >= 1
    response, seconds = await timed(scene.client.get("/healthz"))
    data(response)
    assert seconds < 0.5


async def assert_back(scene: Scene) -> None:
    """Requests are served again before long, nothing was half done, and revocation is heard again."""
    deadline = time.monotonic() + PROMISED
    while (response := await scene.get(scene.known)).status_code != 200:
        assert time.monotonic() < deadline, response.text
        await asyncio.sleep(0.05)
    assert data(response)["items"] == []
    answers = await asyncio.gather(*(scene.get(scene.unknown) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    data(await scene.client.get("/readyz"))
    data(await scene.post(scene.known, "Made"), 201)
    keys = scene.service.app._services().get(Guard)._keys

    async def both_are_remembered() -> bool:
        for tenant in (scene.known, scene.unknown):
            data(await scene.get(tenant))
        tokens = scene.known.token, scene.unknown.token
        return all(keys.find_known(token) is not None for token in tokens)

    await until(both_are_remembered, PROMISED)
    for _ in range(2):
        data(await scene.get(scene.unknown))
    async with db.make_pool(scene.database.server.dsn) as pool, db.transaction(pool) as connection:
        await store.revoke(connection, scene.unknown.key_id)
    async with asyncio.timeout(0.9):
        while (answer := await scene.get(scene.unknown)).is_success:
            await asyncio.sleep(0.01)
    error(answer, 401, "UNAUTHORIZED")
    data(await scene.get(scene.known))


@measures_time
async def test_killed_and_started_again(scene: Scene) -> None:
    scene.database.send(signal.SIGKILL)
    await assert_told_in_time(scene)
    await asyncio.sleep(0.3)  # also when it has been away for a while
    await assert_told_in_time(scene, many=15)
    assert scene.database.server.ensure_running()
    await assert_back(scene)


@measures_time
async def test_hanging_and_resumed(scene: Scene) -> None:
    scene.database.send(signal.SIGSTOP)
    try:
        await assert_told_in_time(scene)
        await assert_told_in_time(scene, many=15)
    finally:
        scene.database.send(signal.SIGCONT)
    await assert_back(scene)


@measures_time
async def test_killed_in_the_middle_of_a_hundred_requests(scene: Scene) -> None:
    requests = [asyncio.create_task(timed(scene.get(scene.known))) for _ in range(100)]
    requests += [asyncio.create_task(timed(scene.post(scene.known, "Never"))) for _ in range(5)]
    await asyncio.sleep(0.01)
    scene.database.send(signal.SIGKILL)
    answers = await asyncio.gather(*requests)
    assert {response.status_code for response, _ in answers} <= {200, 201, 502}
    assert max(seconds for _, seconds in answers) < PROMISED
    assert scene.database.server.ensure_running()
    response = await scene.post(scene.known, "Never")
    while response.status_code == 502:
        await asyncio.sleep(0.1)
        response = await scene.post(scene.known, "Never")
    made = data(response, 201)
    assert data(await scene.get(scene.known))["items"] == [made]
