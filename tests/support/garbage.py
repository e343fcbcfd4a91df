"""An HTTP server that tells what its requests left to Python's collector, and a tenant's ways to ask it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from support.clock import PATIENCE
from support.jobs import slugs, until
from support.listening import free_port, granian

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.service import Tenant

_TESTS = Path(__file__).parents[1]
_number = count()


@dataclass
class Watched:
    """The server, and a tenant who sends it requests."""

    port: int
    client: httpx.AsyncClient
    tenant: Tenant

    @property
    def path(self) -> str:
        return f"/v1/accounts/{self.tenant.account_group_id}"

    async def garbage(self) -> dict[str, int]:
        """What only the collector could free since it was last asked: how many, by type."""
        return (await self.client.get("/garbage")).json()

    async def ask(
        self,
        method: str,
        path: str,
        status: int,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Any:
        """One request; what its answer holds. A path of the tenant's is one that starts with `~`."""
        answer = await self.client.request(
            method,
            path.replace("~", self.path),
            headers={"authorization": f"Bearer {self.tenant.token}"} | (headers or {}),
            **more,
        )
        assert answer.status_code == status, answer.text
        is_json = answer.content and answer.headers["content-type"] == "application/json"
        return answer.json()["data"] if is_json else None

    async def audience(self) -> str:
        body = {"name": f"Audience {next(_number)}", "type": "on_demand"}
        return (await self.ask("POST", "~/audiences", 201, json=body))["id"]

    async def queued_job(self) -> str:
        """The id of a job that nobody takes up."""
        csv = {"content": slugs(2).encode(), "headers": {"content-type": "text/csv"}}
        upload = await self.ask("POST", "~/uploads", 201, **csv)
        body = {"type": "file_upload", "audienceName": f"Queued {next(_number)}"}
        job = body | {"uploadId": upload["uploadId"]}
        return (await self.ask("POST", "~/prospecting", 202, json=job))["jobId"]

    async def send(
        self, method: str, path: str, *headers: str, body: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A request on a connection of its own, as it is written here."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        key = f"authorization: Bearer {self.tenant.token}"
        where = path.replace("~", self.path)
        lines = [f"{method} {where} HTTP/1.1", "host: houselist", key, *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def watched(dsn: str, tenant: Tenant, **variables: str) -> AsyncIterator[Watched]:
    """`variables` as in the environment, without their HOUSELIST_."""
    port = free_port()
    environ = {
        **os.environ,
        # What the tests themselves import must be what is watched.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_TESTS), os.environ.get("PYTHONPATH")))),
        "HOUSELIST_DATABASE_URL": dsn,
        "HOUSELIST_RATE_LIMIT": "off",
    }
    process = await asyncio.create_subprocess_exec(
        *granian("support.garbage_app:application", port),
        env=environ | {f"HOUSELIST_{name}": value for name, value in variables.items()},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE
        ) as client:

            async def answers() -> bool:
                try:
                    return (await client.get("/healthz")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(answers)
            yield Watched(port, client, tenant)
    finally:
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.wait()
