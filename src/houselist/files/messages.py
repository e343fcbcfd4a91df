"""The messages to and from a reader process: MessagePack, preceded by its length."""

from __future__ import annotations

import struct
from typing import Literal, TypeAlias

import msgspec

Format: TypeAlias = Literal["csv", "ndjson", "spreadsheet"]


class Order(msgspec.Struct):
    """A file to read: its format, what the sender says about it, and the limits.

    The process may take `cpu_seconds` of processor time and `min_memory` bytes of data, or up to
    `max_memory` for a large file; above these limits it ends. The rows may take `stored_bytes`, or
    20 times the size of the file if that is more.
    """

    format: Format
    encoding: str | None
    sheet: str | None
    delimiter: str | None
    cpu_seconds: int
    min_memory: int
    max_memory: int
    stored_bytes: int


class Head(msgspec.Struct, tag=True):
    """The columns, before any row. An NDJSON file may add more of them later."""

    columns: list[str]


class Rows(msgspec.Struct, tag=True):
    """`count` rows as they are stored (see chunks.py)."""

    count: int
    chunk: bytes


class Summary(msgspec.Struct, tag=True):
    """What is known once the whole file has been read.

    `mapped_by` says for each mapped column what the mapping is based on. `sample` holds the first
    rows as they were read, with long cells truncated.
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
    """The file can't be read; `reason` is a message for people. No message follows."""

    reason: str


class NoSpace(msgspec.Struct, tag=True):
    """The file can't be copied to disk; `reason` is for the log. No message follows."""

    reason: str


class Failed(msgspec.Struct, tag=True):
    """A bug in Houselist, with its traceback for the log. No message follows."""

    traceback: str


Message: TypeAlias = Head | Rows | Summary | Refused | NoSpace | Failed

LENGTH = struct.Struct(">I")
MAX_LENGTH = 64 << 20
"""No honest message is longer: a chunk of rows has about 4 MiB."""
OUT_OF_MEMORY = 64
"""How a reader process exits that has no memory left to send a message."""
_encode = msgspec.msgpack.Encoder().encode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_message = msgspec.msgpack.Decoder(Message).decode


def frame(message: Order | Message) -> bytes:
    """The message as it is sent through a pipe."""
    data = _encode(message)
    return LENGTH.pack(len(data)) + data
