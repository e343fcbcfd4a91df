"""A file of 1,000,000 new people, imported and imported again, against COPY of the final rows."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from benchmarks.databases import fresh_database
from benchmarks.dataset import make_tenant
from benchmarks.processes import cpu_of, peak_memory, working
from houselist.ids import Id
from houselist.jobs import start as starting
from houselist.jobs import store, undoing
from houselist.jobs.start_shapes import FileUploadStart
from houselist.postgres import db
from houselist.texts import Name
from houselist.uploads.receiving import receive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from houselist.jobs.shapes import Job

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


async def measure(server_dsn: str, postmaster: int, rows: int, rounds: int) -> dict[str, Any]:
    """Import, COPY and the import of the same file again, in turns."""
    figures: dict[str, Any] = {
        "rows": rows,
        "rounds": rounds,
        "import": [],
        "copy": [],
        "again": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        small = Path(folder) / "small.csv"
        write_csv(path, rows)
        write_csv(small, min(rows, 10_000))
        async with (
            fresh_database(server_dsn, "bench_small") as dsn,
            Imports.open(dsn) as few,
        ):
            await few.upload(small)
            figures["small"] = await few.run(postmaster)
        for number in range(rounds):
            async with (
                fresh_database(server_dsn, f"bench_import_{number}") as dsn,
                Imports.open(dsn) as imports,
            ):
                uploaded = await imports.upload(path)
                figures["import"].append(await imports.run(postmaster) | uploaded)
                async with fresh_database(server_dsn, f"bench_copy_{number}") as bare:
                    figures["copy"].append(await _copy(dsn, bare, Path(folder), postmaster))
                figures["again"].append(await imports.run(postmaster))
    return figures


async def measure_taking_back(
    server_dsn: str, postmaster: int, rows: int, rounds: int
) -> dict[str, Any]:
    """A dry run, the import that it tells of, and undoing that, in turns."""
    figures: dict[str, Any] = {"rows": rows, "dryRun": [], "import": [], "undo": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_csv(path, rows)
        for number in range(rounds):
            async with (
                fresh_database(server_dsn, f"bench_undo_{number}") as dsn,
                Imports.open(dsn) as imports,
            ):
                await imports.upload(path)
                figures["dryRun"].append(await imports.dry_run(postmaster))
                figures["import"].append(await imports.run(postmaster))
                figures["undo"].append(await imports.undo(postmaster))
    return figures


class Imports:
    """Imports of one upload into one audience."""

    def __init__(self, pool: db.Pool, dsn: str, group: bytes) -> None:
        self._pool = pool
        self._dsn = dsn
        self._group = group
        self._upload_id = b""
        self._rows = 0
        self._audience_id: bytes | None = None
        self._job_id = b""

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str) -> AsyncGenerator[Imports]:
        async with db.make_pool(dsn, command_timeout=60) as pool:
            group, _ = await make_tenant(pool, "Import")
            yield cls(pool, dsn, bytes.fromhex(group))

    async def upload(self, path: Path) -> dict[str, float]:
        started = time.perf_counter()
        with path.open("rb") as file:
            upload = await receive(self._pool, self._group, file, "csv")
        self._upload_id, self._rows = bytes.fromhex(upload.upload_id), upload.row_count
        return {"uploadSeconds": time.perf_counter() - started}

    async def run(self, postmaster: int) -> dict[str, float]:
        """Seconds of a job, CPU of the worker and of PostgreSQL, and the worker's memory."""
        is_first = self._audience_id is None

        async def start(connection: db.Connection) -> Job:
            return await starting.start(connection, self._group, self._start())

        now, figures = await self._measure(postmaster, start)
        counted = now.counts.added if is_first else now.counts.already_member
        if now.audience_id is None or counted != self._rows:
            raise RuntimeError(f"the import went wrong: {now}")
        self._audience_id, self._job_id = (
            bytes.fromhex(now.audience_id),
            bytes.fromhex(now.job_id),
        )
        return figures

    async def dry_run(self, postmaster: int) -> dict[str, float]:
        """The same of a dry run of the import."""

        async def start(connection: db.Connection) -> Job:
            wanted = msgspec.structs.replace(self._start(), dry_run=True)
            return await starting.start(connection, self._group, wanted)

        now, figures = await self._measure(postmaster, start)
        if now.counts.added != self._rows:
            raise RuntimeError(f"the dry run went wrong: {now}")
        return figures

    async def undo(self, postmaster: int) -> dict[str, float]:
        """The same of undoing the last import."""

        async def start(connection: db.Connection) -> Job:
            return await undoing.undo(connection, self._group, self._job_id, None)

        now, figures = await self._measure(postmaster, start)
        if now.counts.removed != self._rows:
            raise RuntimeError(f"the undo went wrong: {now}")
        return figures

    async def _measure(
        self, postmaster: int, start: Callable[[db.Connection], Awaitable[Job]]
    ) -> tuple[Job, dict[str, float]]:
        with working(self._dsn) as worker:
            await _settle(self._dsn)
            cpu, postgres = cpu_of(worker.pid), cpu_of(postmaster)
            started = time.perf_counter()
            async with db.transaction(self._pool) as connection:
                job = await start(connection)
            while True:
                async with db.acquire(self._pool) as connection:
                    now = await store.get(connection, self._group, bytes.fromhex(job.job_id))
                if now.status not in ("queued", "running"):
                    break
                await asyncio.sleep(0.05)
            seconds = time.perf_counter() - started
            if now.status != "completed":
                raise RuntimeError(f"the job went wrong: {now}")
            return now, {
                "rows": self._rows,
                "jobSeconds": seconds,
                "workerCpuSeconds": cpu_of(worker.pid) - cpu,
                "postgresCpuSeconds": cpu_of(postmaster) - postgres,
                "peakMemoryBytes": peak_memory(worker.pid),
            }

    def _start(self) -> FileUploadStart:
        if self._audience_id is None:
            return FileUploadStart(audience_name=Name("People"), upload_id=Id(self._upload_id))
        return FileUploadStart(audience_id=Id(self._audience_id), upload_id=Id(self._upload_id))


async def _settle(dsn: str) -> None:
    """Lets the worker start, and what was written so far reach the disk."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CHECKPOINT")
    await connection.close()
    await asyncio.sleep(2)


async def _copy(source: str, target: str, folder: Path, postmaster: int) -> dict[str, float]:
    """Seconds of COPY for the final rows of an import, table after table, indexes and all."""
    reading, writing = await asyncpg.connect(source), await asyncpg.connect(target)
    seconds = cpu = 0.0
    try:
        for table in _TABLES:
            path = folder / f"{table}.copy"
            await reading.copy_from_table(table, output=path, format="binary")
            await writing.execute("CHECKPOINT")
            with path.open("rb") as file:
                before = cpu_of(postmaster)
                started = time.perf_counter()
                await writing.copy_to_table(table, source=io.BufferedReader(file), format="binary")
                seconds += time.perf_counter() - started
                cpu += cpu_of(postmaster) - before
            path.unlink()
    finally:
        await reading.close()
        await writing.close()
    return {"copySeconds": seconds, "postgresCpuSeconds": cpu}
