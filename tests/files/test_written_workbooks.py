"""Workbooks as the process writes them: sent as they are made, and made whole first."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.writer import MAX_CELL, UnwritableRows, writing
from houselist.files.writer_order import WriterOrder
from houselist.files.xlsx_process import TooLongCellError, write
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH = 4
HEADER = [f"Column {n}" for n in range(WIDTH)]
SHEET = "xl/worksheets/sheet1.xml"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", "=1+1", " x ", "a\nb", "</sheetData>", "_x0041_", "\x01\x0b", "&amp;", "😀"]
)
tables = st.lists(st.lists(texts, min_size=WIDTH, max_size=WIDTH), max_size=12)


class Out(io.RawIOBase):
    """What can't be looked back at, like a pipe."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:
        self.written += piece
        return len(piece)


def made(rows: Iterable[list[str]], count: int | None, *, guarded: bool = True) -> bytes:
    out = Out()
    order = WriterOrder(HEADER, guarded, count)
    with TemporaryDirectory() as folder:
        write(order, rows, folder, out)
        assert count is None or list(Path(folder).glob("*.xml")) == []
    return bytes(out.written)


def parts_of(workbook: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(workbook)) as parts:
        assert parts.testzip() is None
        return {name: parts.read(name) for name in parts.namelist()}


@given(tables, st.booleans())
def test_both_ways_make_the_same_workbook(rows: list[list[str]], guarded: bool) -> None:
    whole, streamed = (parts_of(made(rows, count, guarded=guarded)) for count in (None, len(rows)))
    sheets = [re.sub(b"<dimension[^>]*>", b"", each.pop(SHEET)) for each in (whole, streamed)]
    assert sheets[0] == sheets[1]
    # Styles that no cell has are left out of a workbook that is made whole.
    for each in (whole, streamed):
        each.pop("xl/styles.xml")
        each.pop("docProps/core.xml")  # when it was made
    assert whole == streamed


def test_one_that_is_sent_as_it_is_made_tells_how_large_it_is() -> None:
    rows = [["a", "=b", "", ""], ["", "", "", ""], ["c", "", "d", ""]]
    book = openpyxl.load_workbook(io.BytesIO(made(rows, 3)), read_only=True)
    assert list(book["People"].iter_rows(values_only=True)) == [
        tuple(HEADER),
        ("a", "=b", None, None),
        (None, None, None, None),
        ("c", None, "d", None),
    ]
    cell = openpyxl.load_workbook(io.BytesIO(made(rows, 3)))["People"]["B2"]
    assert (cell.quotePrefix, cell.data_type) == (True, "s")


def test_it_is_sent_before_the_last_row_is_there() -> None:
    out, sent = Out(), []

    def rows() -> Iterator[list[str]]:
        for n in range(20_000):
            yield [str(n), f"{n * 7919 % 104_729:x}", "x", "y"]
            sent.append(len(out.written))

    with TemporaryDirectory() as folder:
        write(WriterOrder(HEADER, guarded=True, rows=20_000), rows(), folder, out)
    assert sent[0] < sent[10_000] < sent[-1] < len(out.written)
    assert len(out.written) - sent[10_000] > 10_000


async def test_the_process_sends_it_before_the_rows_end() -> None:
    arrived = asyncio.Event()
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)
        arrived.set()

    async with writing("xlsx", HEADER, guarded=True, rows=5_000) as writer:
        taking = asyncio.create_task(writer.pieces(take))
        async with asyncio.timeout(PATIENCE):
            for n in range(5_000):
                await writer.write(f"{n},{n * 7919 % 104_729:x},c,d\n".encode())
            await arrived.wait()
            writer.finish()
            await taking
    book = openpyxl.load_workbook(io.BytesIO(b"".join(pieces)), read_only=True)
    assert sum(1 for _ in book["People"].iter_rows()) == 5_001


@pytest.mark.parametrize(("letter", "units"), [("ä", 1), ("😀", 2)])
async def test_a_cell_that_is_too_long_by_excels_count_is_refused(letter: str, units: int) -> None:
    fits = letter * (MAX_CELL // units)
    assert (
        openpyxl.load_workbook(io.BytesIO(made([[fits, "", "", ""]], None))).active["A2"].value
        == fits
    )
    with pytest.raises(TooLongCellError, match="32,768 characters in Column 0"):
        made([[fits + letter, "", "", ""]], None)


async def test_what_is_refused_is_refused_by_the_process() -> None:
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    async def run() -> None:
        async with writing("xlsx", HEADER, guarded=True) as writer:
            await writer.write(b"x" * (MAX_CELL + 1) + b",,,\n")
            writer.finish()
            await writer.pieces(take)

    with pytest.raises(UnwritableRows, match="Column 0"):
        await run()
    assert pieces == []
