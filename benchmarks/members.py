"""Bulk changes of members against the bare statement, and what is told of a large audience."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx

from benchmarks.processes import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.dataset import DataSet

_BULK = 10_000
_READS = 200
_PATHS = {"add": "", "remove": "/remove"}
_ADD = """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $2, 1000000000 + number, prospect_id, $2, now()
    FROM unnest($3::bytea[]) WITH ORDINALITY AS one (prospect_id, number)
"""
_REMOVE = """
    DELETE FROM memberships
    WHERE account_group_id = $1 AND audience_id = $2 AND prospect_id = ANY($3::bytea[])
"""


async def measure(dsn: str, data: DataSet, prospects: int, rounds: int) -> dict[str, Any]:
    """Times 10,000 people in one call against the bare statement, by turns; then single calls."""
    connection = await asyncpg.connect(dsn)
    with serving("houselist.app:from_environment", dsn, HOUSELIST_RATE_LIMIT="off") as server:
        port, _ = server
        base = f"http://127.0.0.1:{port}/v1/accounts/{data.group}/audiences"
        headers = {"authorization": f"Bearer {data.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:
            bulk = _Bulk(client, base, connection, bytes.fromhex(data.group))
            await connection.execute(
                "INSERT INTO account_limits (account_group_id, audiences, updated_at)"
                " VALUES ($1, 100000, now())",
                bytes.fromhex(data.group),
            )
            figures = await bulk.measure(prospects, rounds, data.audience)
            figures |= await _reads(client, f"{base}/{data.audience}")
            began = time.perf_counter()
            _ok(await client.post(f"{base}/{data.audience}/empty"))
            figures["emptyMillis"] = 1e3 * (time.perf_counter() - began)
    await connection.close()
    return figures


@dataclass
class _Bulk:
    """Calls of many people, by turns with the bare statements."""

    client: httpx.AsyncClient
    base: str
    connection: asyncpg.Connection
    group: bytes
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def measure(self, prospects: int, rounds: int, large: str) -> dict[str, Any]:
        """Milliseconds by name, of an audience without anybody and of the large one.

        The bare statements are about the same audience, without those people in it.
        """
        made = _ok(await self.client.post(self.base, json={"name": "Bulk", "type": "on_demand"}))
        empty = made["id"]
        for turn in range(rounds):
            step = max(1, prospects // _BULK)
            ids = [f"{1 + turn + n * step:024x}" for n in range(_BULK)]
            # Whoever comes first may find pages cold, so each does every other time.
            if turn % 2:
                await self._bare("", empty, ids)
            await self._call("add", "", empty, ids)
            await self._call("remove", "", empty, ids)
            if not turn % 2:
                await self._bare("", empty, ids)
            await self._call("remove", "Large", large, ids)
            await self._bare("Large", large, ids)
            await self._call("add", "Large", large, ids)
        return {name + "Millis": 1e3 * statistics.median(each) for name, each in self.times.items()}

    async def _call(self, name: str, where: str, audience: str, ids: list[str]) -> None:
        path = f"{self.base}/{audience}/prospects{_PATHS[name]}"
        began = time.perf_counter()
        found = await self.client.post(path, json={"prospectIds": ids})
        self.times[name + where].append(time.perf_counter() - began)
        assert _BULK in _ok(found).values()

    async def _bare(self, where: str, audience: str, ids: list[str]) -> None:
        values = self.group, bytes.fromhex(audience), [bytes.fromhex(each) for each in ids]
        for name, statement in (("bareAdd", _ADD), ("bareRemove", _REMOVE)):
            began = time.perf_counter()
            found = await self.connection.execute(statement, *values)
            self.times[name + where].append(time.perf_counter() - began)
            assert found.endswith(f" {_BULK}")


async def _reads(client: httpx.AsyncClient, audience: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, path in (("one", ""), ("summary", "/summary"), ("changes", "/changes?limit=100")):
        times: list[float] = []
        for _ in range(_READS):
            began = time.perf_counter()
            _ok(await client.get(audience + path))
            times.append(1e3 * (time.perf_counter() - began))
        found[name + "Millis"] = statistics.median(times)
    return found


def _ok(response: httpx.Response) -> Any:
    assert response.is_success, response.text
    return response.json()["data"]


def show(figures: dict[str, Any], line: Callable[..., None]) -> None:
    print(f"\nmembers  (calls of {_BULK:,})")
    for where, audience in (("", "without anybody"), ("Large", "of everybody")):
        insert, delete = (figures[f"bare{name}{where}Millis"] for name in ("Add", "Remove"))
        print(f"  in an audience {audience} INSERT takes {insert:.0f} ms, DELETE {delete:.0f} ms")
        for name in ("add", "remove"):
            millis = figures[name + where + "Millis"]
            told = f"    {name} ({millis:.0f} ms) against INSERT"
            line(told, insert / millis, ">= 0.50", insert / millis >= 0.5)
        # Who leaves is noted, for looking back: a row is written for each, which no DELETE does.
        line("    remove against DELETE", delete / figures[f"remove{where}Millis"])
    empty = figures["emptyMillis"]
    line("  emptying the large audience, ms", empty, "<= 100", empty <= 100)
    for name in ("summary", "changes"):
        line(f"  {name} against one audience", figures[name + "Millis"] / figures["oneMillis"])
