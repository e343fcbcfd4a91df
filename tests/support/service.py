"""Helpers of the tests: tenants, clients, and what an answer must look like."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from houselist.accounts import store as accounts
from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.web.metrics import Metrics
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import datetime

    from houselist.web.middleware import Middleware

ALL = tuple(Permission)


@dataclass
class Tenant:
    """An account group and a key for it."""

    account_group_id: str
    token: str
    key_id: bytes


async def make_tenant(
    pool: db.Pool,
    permissions: Collection[str] = ALL,
    *,
    groups: Collection[str] = (),
    expires_at: datetime | None = None,
) -> Tenant:
    """A key with `permissions` for `groups`, or for a new account group when none are named."""
    token = tokens.new_token()
    async with db.transaction(pool) as connection:
        named = list(groups) or [(await accounts.create(connection, "A test's group")).id]
        key = await keys.create(
            connection,
            digest=tokens.digest(token),
            name="a test's key",
            permissions=permissions,
            account_group_ids=[bytes.fromhex(group) for group in named],
            expires_at=expires_at,
        )
    return Tenant(named[0], token, key.id)


class Api(httpx.AsyncClient):
    """A client whose relative paths start at its account group: `api.get("audiences")`."""

    def __init__(self, tenant: Tenant, transport: httpx.AsyncBaseTransport) -> None:
        self.tenant = tenant
        super().__init__(
            transport=transport,
            base_url=f"http://houselist/v1/accounts/{tenant.account_group_id}/",
            headers={"authorization": f"Bearer {tenant.token}"},
            timeout=PATIENCE,
        )

    async def make_audience(self, name: str = "CTOs", type_: str = "on_demand", **more: Any) -> Any:
        return data(await self.post("audiences", json={"name": name, "type": type_, **more}), 201)

    async def upload(self, content: str | bytes, type_: str = "text/csv") -> Any:
        body = content.encode() if isinstance(content, str) else content
        return data(await self.post("uploads", content=body, headers={"content-type": type_}), 201)

    async def start(self, **job: Any) -> Any:
        return data(await self.post("prospecting", json=job), 202)

    async def import_file(self, content: str | bytes, name: str, **more: Any) -> Any:
        """Uploads a file into an audience and waits for the job's end; the job."""
        upload = await self.upload(content, more.pop("type_", "text/csv"))
        target = {} if "audienceId" in more else {"audienceName": name}
        started = await self.start(
            type="file_upload", uploadId=upload["uploadId"], **target, **more
        )
        return await self.finished(started["jobId"])

    async def finished(self, job_id: str, seconds: float = PATIENCE) -> Any:
        """The job once it is over. Asks ever more seldom: to ask takes from what runs the job."""
        pause = 0.02
        async with asyncio.timeout(seconds):
            while True:
                job = data(await self.get(f"prospecting/{job_id}"))
                if job["status"] not in ("queued", "running"):
                    return job
                await asyncio.sleep(pause)
                pause = min(pause * 1.2, 0.1)

    async def all_items(self, path: str, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        cursor = None
        while True:
            page = data(
                await self.get(path, params={**params, **({"cursor": cursor} if cursor else {})})
            )
            items += page["items"]
            cursor = page["nextCursor"]
            assert page["hasMore"] == (cursor is not None)
            if cursor is None:
                return items

    async def make_folder(self, name: str = "Europe", audience_type: str = "on_demand") -> Any:
        body = {"name": name, "audienceType": audience_type}
        return data(await self.post("audiences/folders", json=body), 201)


@dataclass
class Service:
    """The application in this process."""

    app: Middleware

    @classmethod
    @asynccontextmanager
    async def running(cls, app: Middleware) -> AsyncIterator[Service]:
        # A task of its own: a fixture may be torn down in another task than it was set up in,
        # which the lifespan's task group refuses.
        started, stop = asyncio.Event(), asyncio.Event()

        async def live() -> None:
            async with app.lifespan():
                started.set()
                await stop.wait()

        living = asyncio.create_task(live())
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({living, waiting}, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield cls(app)
        finally:
            stop.set()
            waiting.cancel()
            await living

    def metrics(self) -> str:
        """What it has counted."""
        return self.app._services().get(Metrics).render().decode()

    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app)

    def client(self, tenant: Tenant) -> Api:
        return Api(tenant, self.transport())


def data(response: httpx.Response, status: int = 200) -> Any:
    """What a success carries, after a look at the whole envelope."""
    body = response.json()
    assert response.status_code == status, body
    assert response.headers["content-type"] == "application/json"
    assert list(body) == ["success", "data", "error", "traceId"]
    assert body["success"] is True
    assert body["error"] is None
    assert re.fullmatch(r"[0-9a-f]{32}", body["traceId"])
    assert response.headers["x-trace-id"] == body["traceId"]
    return body["data"]


def error(response: httpx.Response, status: int, code: str) -> Any:
    """What a refusal says, after a look at the whole envelope."""
    body = response.json()
    assert response.status_code == status, body
    assert response.headers["content-type"] == "application/json"
    assert list(body) == ["success", "data", "error", "traceId"]
    assert body["success"] is False
    assert body["data"] is None
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert body["error"]["details"] is None or isinstance(body["error"]["details"], str)
    assert response.headers["x-trace-id"] == body["traceId"]
    if code == "VALIDATION_ERROR":
        assert all(problem["path"] and problem["message"] for problem in body["error"]["fields"])
        assert body["error"]["fields"]
    else:
        assert set(body["error"]) == {"code", "message", "details"}
    return body["error"]


def problems(response: httpx.Response, status: int = 400) -> dict[str, str]:
    """The refused fields of a VALIDATION_ERROR: path to message."""
    fields = error(response, status, "VALIDATION_ERROR")["fields"]
    return {problem["path"]: problem["message"] for problem in fields}
