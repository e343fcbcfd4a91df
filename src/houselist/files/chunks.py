"""How the rows of an upload are stored: MessagePack, a few hundred rows per chunk. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.people.rows import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from houselist.people.rows import Row

# Chunks are small, because a page of rows reads all chunks that its rows are in.
ROWS = 500
BYTES = 4 << 20


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[str | None] | dict[str, str]]).decode


def pack(rows: Iterable[Row]) -> Iterator[tuple[int, bytes]]:
    """The rows as (row count, chunk), at most ROWS rows or about BYTES bytes per chunk."""
    packed: list[msgspec.Raw] = []
    size = 0
    for row in rows:
        cells = {"text": row.text, "reason": row.reason} if isinstance(row, BadRow) else row
        data = _encode(cells)
        packed.append(msgspec.Raw(data))
        size += len(data)
        if len(packed) >= ROWS or size >= BYTES:
            yield len(packed), _encode(packed)
            packed, size = [], 0
    if packed:
        yield len(packed), _encode(packed)


def unpack(chunk: bytes) -> list[Row]:
    """The rows of one chunk."""
    return [
        BadRow(row["text"], row["reason"]) if isinstance(row, dict) else row
        for row in _decode(chunk)
    ]
