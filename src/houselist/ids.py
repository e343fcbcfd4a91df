"""Ids of everything that Houselist stores: 12 bytes, shown as 24 hex digits, sortable by time."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import time
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

ID_BYTES = 12
ID_PATTERN = r"^[0-9a-f]{24}$"
_matches = re.compile(ID_PATTERN[:-1] + r"\Z").match

_COUNTER_LIMIT = 1 << 24


class _Process:
    """What the ids of one process share: 5 random bytes, and a counter with a random start."""

    def __init__(self) -> None:
        self.mark = secrets.token_bytes(5)
        self.counter = itertools.count(secrets.randbelow(_COUNTER_LIMIT))


_process = _Process()


def _after_fork() -> None:
    # Otherwise a forked child would hand out its parent's ids.
    _process.__init__()


os.register_at_fork(after_in_child=_after_fork)


class Id(bytes):
    """An id from outside, checked; PostgreSQL takes it as bytea."""

    __slots__ = ()


# An id in a response.
ShownId: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": ID_PATTERN})]


def new_id(now: float | None = None) -> bytes:
    """A new id: 4 bytes of seconds, 5 random, 3 counter. `now` is in seconds since 1970."""
    seconds = int(time.time() if now is None else now)
    count = next(_process.counter) % _COUNTER_LIMIT
    return seconds.to_bytes(4, "big") + _process.mark + count.to_bytes(3, "big")


def new_ids() -> Iterator[bytes]:
    """New ids, one after the other, for what is made at one moment."""
    start = int(time.time()).to_bytes(4, "big") + _process.mark
    for count in _process.counter:
        yield start + (count % _COUNTER_LIMIT).to_bytes(3, "big")


def is_id(text: str) -> bool:
    """Whether a text is an id as shown."""
    return _matches(text) is not None


def parse_id(text: str) -> Id:
    """The 12 bytes of an id as shown. Raises ValueError unless it is 24 lowercase hex digits."""
    # Written out: a request may name 10,000 of them.
    if _matches(text) is None:
        raise ValueError("must be 24 lowercase hex digits")
    return Id.fromhex(text)
