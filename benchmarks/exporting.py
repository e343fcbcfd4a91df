"""Exports of 1,000,000 people over HTTP, against COPY of the same columns to a client."""

from __future__ import annotations

import http.client
import statistics
import time
from typing import TYPE_CHECKING, Any

import asyncpg

from benchmarks.processes import cpu_of, peak_of_all, serving
from houselist.people.fields import COLUMNS

if TYPE_CHECKING:
    from benchmarks.dataset import DataSet

FORMATS = {"ndjson": 0.5, "csv": 0.4}
# Made in a process of their own, by libraries; measured once, and compared with nothing.
_MADE = ("parquet", "xlsx")
_COPY = f"""
    SELECT m.added_at, p.id, {", ".join(f"p.{column}" for column in COLUMNS)}
    FROM memberships m
    JOIN prospects p ON p.account_group_id = m.account_group_id AND p.id = m.prospect_id
    WHERE m.account_group_id = $1 AND m.audience_id = $2 ORDER BY m.position
"""
_READ = 1 << 18


async def measure(dsn: str, postmaster: int, data: DataSet, rounds: int) -> dict[str, Any]:
    """COPY and each format in turns, then the formats that libraries make."""
    settings = {"HOUSELIST_RATE_LIMIT": "off"}
    with serving("houselist.app:from_environment", dsn, **settings) as (port, server):
        _export(port, data, "ndjson")  # warms up: PostgreSQL reads everything once
        before = peak_of_all(server.pid)
        figures: dict[str, Any] = {"copy": [], **{name: [] for name in FORMATS}}
        for _ in range(rounds):
            figures["copy"].append(await _copied(dsn, data, postmaster))
            for name in FORMATS:
                figures[name].append(_measured(port, data, name, server.pid, postmaster))
        for name in _MADE:
            figures[name] = _measured(port, data, name, server.pid, postmaster)
        figures["peakMemoryBytes"] = peak_of_all(server.pid)
        figures["grownBytes"] = figures["peakMemoryBytes"] - before
    figures["ratios"] = {
        name: statistics.median(
            copy["seconds"] / ours["seconds"]
            for copy, ours in zip(figures["copy"], figures[name], strict=True)
        )
        for name in FORMATS
    }
    return {"rounds": rounds, **figures}


async def _copied(dsn: str, data: DataSet, postmaster: int) -> dict[str, float]:
    size = 0

    async def take(piece: bytes) -> None:
        nonlocal size
        size += len(piece)

    connection = await asyncpg.connect(dsn, server_settings={"jit": "off"})
    try:
        postgres, started = cpu_of(postmaster), time.perf_counter()
        ids = map(bytes.fromhex, (data.group, data.audience))
        await connection.copy_from_query(_COPY, *ids, output=take)
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "bytes": size,
            "postgresCpuSeconds": cpu_of(postmaster) - postgres,
        }
    finally:
        await connection.close()


def _measured(
    port: int, data: DataSet, name: str, server: int, postmaster: int
) -> dict[str, float]:
    cpu, postgres = cpu_of(server), cpu_of(postmaster)
    figures = _export(port, data, name)
    return {
        **figures,
        "serverCpuSeconds": cpu_of(server) - cpu,
        "postgresCpuSeconds": cpu_of(postmaster) - postgres,
    }


def _export(port: int, data: DataSet, name: str) -> dict[str, float]:
    """Seconds to the first byte and to the last one, and how many there were."""
    path = f"/v1/accounts/{data.group}/audiences/{data.audience}/export?format={name}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        started = time.perf_counter()
        connection.request("GET", path, headers={"authorization": f"Bearer {data.token}"})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"the export failed: {response.read(500)!r}")
        first, size, rows = time.perf_counter() - started, 0, 0
        while piece := response.read(_READ):
            size += len(piece)
            rows += piece.count(b"\n") if name in FORMATS else 0
        seconds = time.perf_counter() - started
        people = int(response.headers["x-row-count"]) + (name == "csv")
        if name in FORMATS and rows != people:
            raise RuntimeError(f"{rows} lines in place of {people}")
        return {"seconds": seconds, "firstByteSeconds": first, "bytes": size}
    finally:
        connection.close()
