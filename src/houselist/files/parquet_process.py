"""The process that writes one Parquet file: CSV on standard input, the file on standard output."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, cast

from houselist.files.writer_order import begin

if TYPE_CHECKING:
    import io

    from houselist.files.writer_order import WriterOrder

# As values, because they have no types.
_arrow: Any = import_module("pyarrow")
_csv: Any = import_module("pyarrow.csv")
_parquet: Any = import_module("pyarrow.parquet")

# Bytes of CSV that are one row group. A row is smaller, whatever it holds.
_BLOCK = 8 << 20
# All else is text.
_TIMES = ("addedAt",)


class _Counting:
    """A stream that knows how far it is, as a pipe does not."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
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


def write(order: WriterOrder, rows: io.BufferedReader, out: IO[bytes]) -> None:
    """A row group at a time."""
    time, text = _arrow.timestamp("ms", tz="UTC"), _arrow.string()
    types = {name: time if name in _TIMES else text for name in order.columns}
    reading = _csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=order.columns)
    converting = _csv.ConvertOptions(
        column_types=types,
        null_values=[""],
        strings_can_be_null=True,
        # Quotes tell a text without letters from none.
        quoted_strings_can_be_null=False,
    )
    with _parquet.ParquetWriter(_Counting(out), _arrow.schema(list(types.items()))) as writer:
        if not rows.peek(1):
            return  # nobody, which the reader of CSV takes for a fault
        parsing = _csv.ParseOptions(newlines_in_values=True)
        with _csv.open_csv(rows, reading, parsing, converting) as batches:
            for batch in batches:
                writer.write_batch(batch)


def main() -> None:
    """Writes one file."""
    order = begin()
    write(order, cast("io.BufferedReader", sys.stdin.buffer), sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
