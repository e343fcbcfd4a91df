"""Uploads: what the reader process costs, and reads while it reads files made to be slow."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import load
from benchmarks.imports import write_csv
from benchmarks.processes import serving
from houselist.files.reader import ReaderLimits
from houselist.files.reader_process import read
from houselist.people.rows import NO_OPTIONS
from houselist.postgres import db
from houselist.uploads.receiving import Intake, receive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import BinaryIO

    from benchmarks.dataset import DataSet
    from houselist.files.messages import Message

_SMALL = b"Email,First Name\n" + b"avery.stone@acme.example,Avery\n" * 10
_SMALL_UPLOADS = 20
_PAUSE = 0.5  # in which the next reader process gets ready
_READS, _CONNECTIONS = 4_000, 4
_HOSTILE = {
    "dots": b"Email,Profile\n" + (b"a@" + b"." * 25_000 + b"," + b"x" * 25_000 + b"\n") * 100,
    "marks": (
        "Email," + "A" + "\u0301" * 900 + "\n" + ("e" + "\u0301" * 30_000 + ",x\n") * 100
    ).encode(),
}


async def measure(dsn: str, data: DataSet, rows: int, rounds: int) -> dict[str, Any]:
    """A large file with and without the process; a small one and reads over HTTP."""
    figures: dict[str, Any] = {"rows": rows, "rounds": rounds, "apart": [], "inside": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_csv(path, rows)
        async with db.make_pool(dsn, command_timeout=60) as pool:
            for _ in range(rounds):
                for name, upload in (("apart", _apart), ("inside", _inside)):
                    started = time.perf_counter()
                    with path.open("rb") as file:
                        await upload(pool, bytes.fromhex(data.group), file)
                    figures[name].append(time.perf_counter() - started)
    rate = {"HOUSELIST_RATE_LIMIT": "1000000/second"}
    with serving("houselist.app:from_environment", dsn, **rate) as (port, _):
        figures["smallMillis"] = await _small(port, data)
        path_ = f"/v1/accounts/{data.group}/audiences/{data.audience}"
        figures["reads"] = [await _reads(port, path_, data) for _ in range(rounds)]
    return figures


async def _apart(pool: db.Pool, group: bytes, file: BinaryIO) -> None:
    await receive(pool, group, file, "csv")


async def _inside(pool: db.Pool, group: bytes, file: BinaryIO) -> None:
    """The same in this process, as it was before files were read in one of their own."""

    async def messages() -> AsyncIterator[Message]:
        for message in read(ReaderLimits().order("csv", NO_OPTIONS), file):
            yield message

    intake = Intake(pool, group)
    await intake.save(messages())
    async with db.transaction(pool) as connection:
        await intake.complete(connection)


async def _small(port: int, data: DataSet) -> float:
    """The median of small uploads, one after the other."""
    seconds: list[float] = []
    for _ in range(_SMALL_UPLOADS):
        await asyncio.sleep(_PAUSE)
        started = time.perf_counter()
        await _upload(port, data, _SMALL)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e3


async def _upload(port: int, data: DataSet, body: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"POST /v1/accounts/{data.group}/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {data.token}\r\nContent-Type: text/csv\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await reader.read()
    finally:
        writer.close()


async def _reads(port: int, path: str, data: DataSet) -> dict[str, float]:
    """p99 in milliseconds: alone, while an honest file is read, and while each hostile one is."""
    honest = b"Email,First Name\n" + b"avery.stone@acme.example,Avery\n" * 100_000
    found: dict[str, float] = {}
    for name, body in (("alone", b""), ("honest", honest), *_HOSTILE.items()):
        async with _uploading(lambda body=body: _upload(port, data, body), is_on=bool(body)):
            done = await load.run(
                port, path, requests=_READS, connections=_CONNECTIONS, token=data.token
            )
        found[name] = done.quantile(0.99) * 1e3
    return found


@asynccontextmanager
async def _uploading(upload: Callable[[], Any], *, is_on: bool) -> AsyncIterator[None]:
    """Uploads again and again, as long as the block runs."""

    async def again() -> None:
        while is_on:
            await upload()

    uploading = asyncio.create_task(again())
    await asyncio.sleep(_PAUSE)
    yield
    uploading.cancel()
    with suppress(asyncio.CancelledError):
        await uploading


def show(figures: dict[str, Any], line: Callable[..., None]) -> None:
    """Prints it, each with its bound."""
    print(f"\nuploads of {figures['rows']:,} rows  ({figures['rounds']} rounds)")
    for apart, inside in zip(figures["apart"], figures["inside"], strict=True):
        print(f"  in a process of its own {apart:6.2f} s, in this one {inside:6.2f} s")
    ratio = statistics.median(
        apart / inside for apart, inside in zip(figures["apart"], figures["inside"], strict=True)
    )
    line("  a process of its own against none", ratio, "<= 1.10", ratio <= 1.10)
    small = figures["smallMillis"]
    line("  a small upload, ms", small, "<= 150", small <= 150)
    for name in figures["reads"][0]:
        p99 = statistics.median(reads[name] for reads in figures["reads"])
        line(f"  p99 of a read, {name}, ms", p99)
