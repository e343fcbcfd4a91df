"""Reading a file in a process of its own: what it tells, what ends it, and that nothing stays of it."""

from __future__ import annotations

import asyncio
import io
import os
import resource
import signal
from typing import TYPE_CHECKING, Any

import msgspec
import psutil
import pytest

from houselist.files import reader_process
from houselist.files.messages import Head, Refused, Rows, Summary
from houselist.files.reader import ReaderLimits, Readers, reading_file
from houselist.people.rows import TOO_MUCH_MEMORY, Options, UnreadableFile
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from houselist.files.messages import Format, Message

HEADER = b"Email,Name\n"
LINES = b"someone@somewhere.example,Some One\n" * 4_000


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    made = Readers()
    yield made
    await made.close()


def children() -> list[psutil.Process]:
    return [
        each
        for each in psutil.Process().children(recursive=True)
        if "houselist.files.reader_process" in each.cmdline()
    ]


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def without_end() -> AsyncIterator[bytes]:
    yield HEADER
    while True:
        yield LINES


async def told(
    readers: Readers, body: AsyncIterator[bytes], format_: Format = "csv"
) -> list[Message]:
    async with readers.reading(format_, Options(), body) as messages:
        return [message async for message in messages]


async def test_columns_come_first_then_rows_then_what_is_known_of_the_whole(
    readers: Readers,
) -> None:
    head, *rows, summary = await told(readers, pieces(HEADER, LINES))
    assert head == Head(["Email", "Name"])
    assert all(isinstance(each, Rows) for each in rows)
    assert sum(each.count for each in rows if isinstance(each, Rows)) == 4_000
    assert isinstance(summary, Summary)
    assert (summary.row_count, summary.columns) == (4_000, ["Email", "Name"])
    assert summary.mapping == {"Email": "email", "Name": "name"}
    assert summary.sample == [{"Email": "someone@somewhere.example", "Name": "Some One"}] * 20


async def test_an_open_file_is_read_by_the_process_itself(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(HEADER + LINES)
    with path.open("rb") as file:
        async with reading_file("csv", Options(), file) as messages:
            *_, summary = [message async for message in messages]
    assert isinstance(summary, Summary)
    assert summary.row_count == 4_000


async def test_a_refusal_comes_through_while_the_file_still_arrives(readers: Readers) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7" + bytes(400_000)
        await asyncio.Event().wait()

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(UnreadableFile, match="PDF"):
            await told(readers, body())


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ReaderLimits(cpu_seconds=1), "too long to read"),
        (ReaderLimits(min_memory=1 << 20), "more memory"),
    ],
    ids=["processor time", "memory"],
)
async def test_a_limit_ends_the_reading_by_its_name(limits: ReaderLimits, words: str) -> None:
    there = children()
    readers = Readers(limits)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(UnreadableFile, match=words):
            await told(readers, without_end())
    await readers.close()
    assert children() == there


async def test_rows_may_not_grow_far_beyond_the_size_of_the_file() -> None:
    wide = b"{" + b",".join(b'"%d":1' % number for number in range(500)) + b"}\n"
    readers = Readers(ReaderLimits(stored_bytes=1 << 20))
    with pytest.raises(UnreadableFile, match="20 times"):
        await told(readers, pieces(wide, b'{"0":1}\n' * 4_000), "ndjson")
    # Less than that is nobody's business, however small the file.
    *_, summary = await told(readers, pieces(wide, b'{"0":1}\n' * 1_000), "ndjson")
    await readers.close()
    assert isinstance(summary, Summary)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "more memory"),
        (signal.SIGSEGV, "crash, as happens with a damaged file, or one that takes more memory"),
        (signal.SIGABRT, "more memory"),
        (signal.SIGTERM, "interrupted"),
        (signal.SIGUSR1, "ended early"),
    ],
)
async def test_a_process_that_is_ended_refuses_its_file_and_no_other(
    readers: Readers, number: signal.Signals, words: str
) -> None:
    there = {each.pid for each in children()}

    async def body() -> AsyncIterator[bytes]:
        yield HEADER + LINES
        # It was started before its file was asked for.
        os.kill(min({each.pid for each in children()} - there), number)
        while True:
            await asyncio.sleep(0.01)
            yield LINES

    with pytest.raises(UnreadableFile, match=words):
        await told(readers, body())
    *_, summary = await told(readers, pieces(HEADER, LINES))
    assert isinstance(summary, Summary)


async def test_a_message_that_takes_too_much_memory_is_refused_by_that_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_large(message: Message) -> bytes:
        if isinstance(message, Refused):
            return message.reason.encode()
        raise MemoryError

    monkeypatch.setattr(reader_process, "frame", too_large)
    # The limits are for a process of its own.
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    order = ReaderLimits().order("csv", Options())
    assert [*reader_process.respond(order, io.BytesIO(HEADER))] == [TOO_MUCH_MEMORY.encode()]


@pytest.mark.parametrize("letter", ["n", "\x01", "\U0001f600"])
async def test_what_is_told_of_a_wide_file_stays_far_below_an_answers_limit(
    readers: Readers, letter: str
) -> None:
    names = [f"{number:03}" + letter * 497 for number in range(499)]
    header = ",".join(["Email", *names])
    row = ",".join(["a@x.example", *[letter * 300] * 499])
    body = "\n".join([header, *[row] * 30]).encode()
    *_, summary = await told(readers, pieces(body))
    assert isinstance(summary, Summary)
    assert (summary.row_count, len(summary.columns)) == (30, 500)
    assert 0 < len(summary.sample) < 20
    assert len(msgspec.json.encode(summary)) < 12 << 20


async def test_names_that_are_too_long_together_are_refused(readers: Readers) -> None:
    header = ",".join(f"{number:03}" + "n" * 900 for number in range(300))
    with pytest.raises(UnreadableFile, match="column names are longer than 250,000 characters"):
        await told(readers, pieces(header.encode() + b"\na,b\n"))


async def test_what_goes_wrong_with_the_body_is_what_is_raised(readers: Readers) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield HEADER + LINES
        raise LookupError("the client has gone")

    with pytest.raises(LookupError, match="the client has gone"):
        await told(readers, body())


async def test_a_reading_that_is_left_or_cancelled_leaves_no_process(readers: Readers) -> None:
    there = children()
    async with readers.reading("csv", Options(), without_end()) as messages:
        await anext(messages)
    reads = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        async for piece in without_end():
            yield piece
            if piece is LINES:
                reads.set()

    left = asyncio.create_task(told(readers, body()))
    async with asyncio.timeout(PATIENCE):
        await reads.wait()
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    await readers.close()
    assert children() == there


async def test_the_process_knows_no_setting_and_no_secret(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSELIST_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("PGPASSWORD", "secret")
    seen: list[dict[str, str]] = []

    async def body() -> AsyncIterator[bytes]:
        yield HEADER
        seen.extend(each.environ() for each in children())
        yield LINES

    await told(readers, body())
    assert seen
    assert not any(name.startswith(("HOUSELIST_", "PG")) for environ in seen for name in environ)


async def test_a_defect_of_ours_is_no_refusal(readers: Readers) -> None:
    unheard_of: Any = "punched cards"
    with pytest.raises(RuntimeError, match="reader process"):
        await told(readers, pieces(HEADER), unheard_of)
