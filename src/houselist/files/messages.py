"""What a reader process is told, and what it answers: MessagePack behind its length."""

from __future__ import annotations

import struct
from typing import Literal, TypeAlias

import msgspec

Format: TypeAlias = Literal["csv", "ndjson", "spreadsheet"]


class Order(msgspec.Struct):
    """One file to read: its format, what its sender says of it, and the limits to keep.

    `cpu_seconds` of processor time, `least_memory` bytes of data and more for a large file, up to
    `most_memory`; beyond them the process ends. The rows may come to `stored_bytes`, or to 20 times
    the size of the file where that is more.
    """

    format: Format
    encoding: str | None
    sheet: str | None
    cpu_seconds: int
    least_memory: int
    most_memory: int
    stored_bytes: int


class Head(msgspec.Struct, tag=True):
    """The columns, before any row. An NDJSON file may bring more of them later."""

    columns: list[str]


class Rows(msgspec.Struct, tag=True):
    """`count` rows as they are stored (see chunks.py)."""

    count: int
    chunk: bytes


class Summary(msgspec.Struct, tag=True):
    """What is known once the whole file was read.

    `mapped_by` says for each mapped column what spoke for it. `sample` holds the first rows as
    they were read, long cells cut.
    """

    row_count: int
    columns: list[str]
    mapping: dict[str, str]
    mapped_by: dict[str, Literal["name", "values"]]
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    notes: list[str]
    sample: list[dict[str, str | None]]


class Refused(msgspec.Struct, tag=True):
    """The file can't be read, in words for people. Nothing comes after it."""

    reason: str


class Failed(msgspec.Struct, tag=True):
    """A defect of ours, with its traceback for the log. Nothing comes after it."""

    traceback: str


Message: TypeAlias = Head | Rows | Summary | Refused | Failed

LENGTH = struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_message = msgspec.msgpack.Decoder(Message).decode


def frame(message: Order | Message) -> bytes:
    """The message as it goes through a pipe."""
    data = _encode(message)
    return LENGTH.pack(len(data)) + data
