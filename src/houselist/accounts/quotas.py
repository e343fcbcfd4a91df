"""How much an account group may have by default, and the messages at a limit. Pure."""

from __future__ import annotations

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
        f" {_HELP[what]}, or ask whoever runs this service to raise the limit"
    )


def too_much(limit: int) -> QuotaExceeded:
    return QuotaExceeded(
        details=f"stored uploads: the account group may have {size_in_words(limit)}, and this file"
        " would exceed that; wait until the files of finished jobs are deleted, or ask whoever runs"
        " this service to raise the limit"
    )


def size_in_words(size: int) -> str:
    """`10 GiB`, `1.5 MiB`, `900 bytes`."""
    value, unit = float(size), "bytes"
    for larger in _UNITS:
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.4g} {unit}" if unit != "bytes" else f"{size} bytes"
