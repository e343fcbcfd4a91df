"""Bulk changes of members against the bare statement, and what is told of a large audience."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx

from benchmarks.processes import serving
from houselist.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.dataset import DataSet

_BULK = 10_000
_READS = 200
_ADD = """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $2, number, prospect_id, $2, now()
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
            figures = await bulk.measure(prospects, rounds)
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

    async def measure(self, prospects: int, rounds: int) -> dict[str, Any]:
        group, bare_id = self.group, new_id()
        client, connection, base = self.client, self.connection, self.base
        made = _ok(await client.post(base, json={"name": "Bulk", "type": "on_demand"}))
        ours = f"{base}/{made['id']}/prospects"
        times: dict[str, list[float]] = {
            name: [] for name in ("add", "bareAdd", "remove", "bareRemove")
        }
        for turn in range(rounds):
            step = max(1, prospects // _BULK)
            ids = [f"{1 + turn + n * step:024x}" for n in range(_BULK)]
            raw = [bytes.fromhex(each) for each in ids]
            body = {"prospectIds": ids}
            timed: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
                ("add", lambda body=body: client.post(ours, json=body)),
                ("bareAdd", lambda raw=raw: connection.execute(_ADD, group, bare_id, raw)),
                ("remove", lambda body=body: client.post(f"{ours}/remove", json=body)),
                ("bareRemove", lambda raw=raw: connection.execute(_REMOVE, group, bare_id, raw)),
            ]
            # Whoever comes first may find pages cold, so each does every other time.
            for name, run in (timed[1::-1] + timed[:1:-1]) if turn % 2 else timed:
                began = time.perf_counter()
                found = await run()
                times[name].append(time.perf_counter() - began)
                if isinstance(found, httpx.Response):
                    assert _BULK in _ok(found).values()
                else:
                    assert found.endswith(f" {_BULK}")
        return {name + "Millis": 1e3 * statistics.median(each) for name, each in times.items()}


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
    for name, bare in (("add", "bareAdd"), ("remove", "bareRemove")):
        ratio = figures[bare + "Millis"] / figures[name + "Millis"]
        millis = f"{figures[name + 'Millis']:.0f} ms, bare {figures[bare + 'Millis']:.0f} ms"
        line(f"  {name} against the bare statement ({millis})", ratio, ">= 0.50", ratio >= 0.5)
    # Who leaves is noted, for looking back: a row is written for each, which no bare DELETE does.
    line("  remove against the bare INSERT", figures["bareAddMillis"] / figures["removeMillis"])
    empty = figures["emptyMillis"]
    line("  emptying the large audience, ms", empty, "<= 100", empty <= 100)
    for name in ("summary", "changes"):
        line(f"  {name} against one audience", figures[name + "Millis"] / figures["oneMillis"])
