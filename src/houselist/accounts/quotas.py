"""How much an account group may have by default, and the messages at a limit. Pure."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

from houselist.errors import QuotaExceeded

Counted: TypeAlias = Literal["audiences", "folders", "jobs"]

_HELP = {
    "audiences": "delete some",
    "folders": "delete some",
    "jobs": "wait for some to finish, or cancel them",
}
_UNITS = ("KiB", "MiB", "GiB", "TiB")
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_MAX_SIZE = 1 << 50
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,3}))?\s?(bytes|[kmgt]i?b?|b)?", re.IGNORECASE | re.ASCII)


class Limits(msgspec.Struct, rename="camel", frozen=True):
    """How much there may be at a time. `upload_bytes` is the size of uploads as stored."""

    upload_bytes: int = 10 << 30
    audiences: int = 10_000
    folders: int = 1_000
    jobs: int = 100


class Usage(Limits, frozen=True):
    """How much there is. Of jobs, only the unfinished ones count."""


DEFAULT = Limits()


def too_many(what: Counted, limit: int) -> QuotaExceeded:
    things = "unfinished jobs" if what == "jobs" else what
    return QuotaExceeded(
        details=f"{things}: the account group may have {limit:,} and already has as many;"
        f" {_HELP[what]}, or ask the operator of this service to raise the limit"
    )


def too_much(limit: int) -> QuotaExceeded:
    return QuotaExceeded(
        details=f"stored uploads: the account group may have {size_in_words(limit)}, and this file"
        " would exceed that; wait until the files of finished jobs are deleted, or ask the"
        " operator of this service to raise the limit"
    )


def size_in_words(size: int) -> str:
    """`10 GiB`, `1.5 MiB`, `900 bytes`."""
    value, unit = float(size), "bytes"
    for larger in _UNITS:
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.4g} {unit}" if unit != "bytes" else f"{size} bytes"


def read_size(text: str) -> int:
    """Bytes of `20GiB`, `1.5 GB`, `300m` or `4096`: units are binary, however they are written.

    Raises ValueError, also for more than 1024 TiB: a request counts up to its limit.
    """
    found = _SIZE.fullmatch(text.strip()) if len(text) <= 40 else None
    if found is None:
        raise ValueError("give a size such as 500MiB or 20GiB")
    whole, part, unit = found.groups()
    scale = 1024 ** _POWERS[(unit or "b")[0].lower()]
    size = int(whole) * scale + int(part or 0) * scale // 10 ** len(part or "")
    if size > _MAX_SIZE:
        raise ValueError("give at most 1024TiB")
    return size
