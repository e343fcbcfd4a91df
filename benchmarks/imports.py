"""The import of a file of 1,000,000 rows, against a plain COPY of the same final rows."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.databases import fresh_database
from benchmarks.dataset import make_tenant
from benchmarks.processes import cpu_of, peak_memory, working
from houselist.ids import Id
from houselist.jobs import start as starting
from houselist.jobs import store
from houselist.jobs.start_shapes import FileUploadStart
from houselist.postgres import db
from houselist.texts import Name
from houselist.uploads.receiving import receive

_TABLES = ("prospects", "memberships", "prospecting_rows")
_HEADER = "First Name,Last Name,LinkedIn URL,Email,Company,Job Title,Location,Segment\n"


def write_csv(path: Path, rows: int) -> None:
    """A file as a tool exports it; all rows are different people."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_HEADER)
        for n in range(rows):
            file.write(
                f"Avery,Stone {n},https://www.linkedin.com/in/avery-stone-{n:07x}/,"
                f"avery.{n}@acme.example,Acme {n % 1000},Head of sales,Berlin,mid-market\n"
            )


async def measure(server_dsn: str, rows: int, rounds: int) -> dict[str, Any]:
    """Import and COPY in turns, each into a database of its own."""
    figures: dict[str, Any] = {"rows": rows, "rounds": rounds, "import": [], "copy": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        small = Path(folder) / "small.csv"
        write_csv(path, rows)
        write_csv(small, min(rows, 10_000))
        async with fresh_database(server_dsn, "bench_small") as dsn:
            figures["small"] = await import_file(dsn, small)
        for number in range(rounds):
            async with fresh_database(server_dsn, f"bench_import_{number}") as dsn:
                figures["import"].append(await import_file(dsn, path))
                async with fresh_database(server_dsn, f"bench_copy_{number}") as bare:
                    figures["copy"].append(await _copy(dsn, bare, Path(folder)))
    return figures


async def import_file(dsn: str, path: Path) -> dict[str, float]:
    """Seconds for upload and job, and the worker's CPU and peak memory."""
    async with db.make_pool(dsn, command_timeout=60) as pool:
        group, _ = await make_tenant(pool, "Import")
        group_id = bytes.fromhex(group)
        started = time.perf_counter()
        with path.open("rb") as file:
            upload = await receive(pool, group_id, file, "csv")
        uploaded = time.perf_counter() - started
        with working(dsn) as worker:
            await _settle(dsn)
            new = FileUploadStart(
                audience_name=Name("People"),
                upload_id=Id(bytes.fromhex(upload.upload_id)),
            )
            before = cpu_of(worker.pid)
            started = time.perf_counter()
            async with db.transaction(pool) as connection:
                job = await starting.start(connection, group_id, new)
            while True:
                async with db.acquire(pool) as connection:
                    now = await store.get(connection, group_id, bytes.fromhex(job.job_id))
                if now.status not in ("queued", "running"):
                    break
                await asyncio.sleep(0.05)
            seconds = time.perf_counter() - started
            if now.status != "completed" or now.counts.added != upload.row_count:
                raise RuntimeError(f"the import went wrong: {now}")
            return {
                "rows": upload.row_count,
                "uploadSeconds": uploaded,
                "jobSeconds": seconds,
                "workerCpuSeconds": cpu_of(worker.pid) - before,
                "peakMemoryBytes": peak_memory(worker.pid),
            }


async def _settle(dsn: str) -> None:
    """Lets the worker start, and what was written so far reach the disk."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CHECKPOINT")
    await connection.close()
    await asyncio.sleep(2)


async def _copy(source: str, target: str, folder: Path) -> dict[str, float]:
    """Seconds of COPY for the final rows of an import, table after table, indexes and all."""
    reading, writing = await asyncpg.connect(source), await asyncpg.connect(target)
    seconds = 0.0
    try:
        for table in _TABLES:
            path = folder / f"{table}.copy"
            await reading.copy_from_table(table, output=path, format="binary")
            await writing.execute("CHECKPOINT")
            with path.open("rb") as file:
                started = time.perf_counter()
                await writing.copy_to_table(table, source=io.BufferedReader(file), format="binary")
                seconds += time.perf_counter() - started
            path.unlink()
    finally:
        await reading.close()
        await writing.close()
    return {"copySeconds": seconds}
