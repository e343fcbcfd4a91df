"""The process that writes one Parquet file: CSV on standard input, the file on standard output."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv, parquet

from houselist.files.writer_order import begin

if TYPE_CHECKING:
    from typing import BinaryIO

    from houselist.files.writer_order import WriterOrder

# Bytes of CSV that are one row group. A row is smaller, whatever it holds.
_BLOCK = 8 << 20
# All else is text.
_TIMES = ("addedAt",)


class _Counting(io.RawIOBase):
    """A stream that knows how far it is, as a pipe does not."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._written = 0

    def write(self, data: bytes) -> int:
        self._stream.write(data)
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        self._stream.flush()

    def writable(self) -> bool:
        return True


def write(order: WriterOrder, rows: io.BufferedReader, out: BinaryIO) -> None:
    """A row group at a time."""
    time = pa.timestamp("ms", tz="UTC")
    types = {name: time if name in _TIMES else pa.string() for name in order.columns}
    schema = pa.schema(list(types.items()))
    with parquet.ParquetWriter(_Counting(out), schema) as writer:
        if not rows.peek(1):
            return  # nobody, which the reader of CSV takes for a fault
        with csv.open_csv(
            rows,
            csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=order.columns),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                # Quotes tell a text without letters from none.
                quoted_strings_can_be_null=False,
            ),
        ) as batches:
            for batch in batches:
                writer.write_batch(batch)


def main() -> None:
    """Writes one file."""
    order = begin()
    write(order, sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
