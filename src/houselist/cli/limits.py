"""`houselist accounts limits`: how much of what an account group may have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from houselist.accounts import quota_store as store
from houselist.accounts.quotas import size_in_words
from houselist.cli import accounts
from houselist.cli.database import with_pool
from houselist.cli.out import UsageError, say, say_json, say_table
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.accounts.quotas import Limits, Usage
    from houselist.postgres.db import Pool

# A request counts up to the limit, so it may not be endless.
_MAX_COUNT = 1_000_000
_MAX_SIZE = 1 << 50
_DEFAULT = "default"
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,3}))?\s?(bytes|[kmgt]i?b?|b)?", re.IGNORECASE | re.ASCII)
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def limits(
    *,
    account: str | None = None,
    uploads: str | None = None,
    audiences: str | None = None,
    folders: str | None = None,
    jobs: str | None = None,
    json: bool = False,
) -> None:
    """Show or change how much an account group may have, and show how much it has.

    What is there stays, even where it is more than a new limit; only nothing is added to it.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    uploads
        What its stored uploads may take, such as 500MiB or 20GiB; `default` for 10 GiB.
    audiences
        How many audiences it may have; `default` for 10,000.
    folders
        How many folders it may have; `default` for 1,000.
    jobs
        How many jobs may be queued or running; `default` for 100.
    json
        Print one JSON object and nothing else.
    """
    change = {
        "upload_bytes": _size(uploads),
        "audiences": _count("--audiences", audiences),
        "folders": _count("--folders", folders),
        "jobs": _count("--jobs", jobs),
    }

    async def work(pool: Pool) -> tuple[bytes, Limits, Usage]:
        async with db.transaction(pool) as connection:
            group = await accounts.find(connection, account)
            if all(each is UNSET for each in change.values()):
                found = await store.get_limits(connection, group)
            else:
                found = await store.change_limits(connection, group, **change)
            return group, found, await store.get_usage(connection, group)

    group, found, used = with_pool(work)
    if json:
        say_json(
            {
                "accountGroupId": group.hex(),
                **msgspec.to_builtins(found),
                "used": msgspec.to_builtins(used),
            }
        )
        return
    say(f"Account group {group.hex()} may have:")
    say_table(("WHAT", "AT MOST", "THERE ARE"), _lines(found, used))


def _lines(found: Limits, used: Usage) -> list[tuple[str, ...]]:
    return [
        ("stored uploads", size_in_words(found.upload_bytes), size_in_words(used.upload_bytes)),
        ("audiences", f"{found.audiences:,}", f"{used.audiences:,}"),
        ("folders", f"{found.folders:,}", f"{used.folders:,}"),
        ("unfinished jobs", f"{found.jobs:,}", f"{used.jobs:,}"),
    ]


def _count(flag: str, text: str | None) -> int | UnsetType | None:
    if text is None:
        return UNSET
    if text.strip().lower() == _DEFAULT:
        return None
    plain = text.replace(",", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= len(str(_MAX_COUNT))):
        raise _refusal(flag, text)
    number = int(plain)
    if number > _MAX_COUNT:
        raise _refusal(flag, text)
    return number


def _refusal(flag: str, text: str) -> UsageError:
    return UsageError(
        f"{flag} {text[:100]!r}: give a number from 0 to {_MAX_COUNT:,}, or {_DEFAULT}."
    )


def _size(text: str | None) -> int | UnsetType | None:
    """Bytes of `20GiB`, `1.5 GB`, `300m` or `4096`: units are binary, however they are written."""
    if text is None:
        return UNSET
    if text.strip().lower() == _DEFAULT:
        return None
    found = _SIZE.fullmatch(text.strip()) if len(text) <= 40 else None
    if found is not None:
        whole, part, unit = found.groups()
        scale = 1024 ** _POWERS[(unit or "b")[0].lower()]
        size = int(whole) * scale + int(part or 0) * scale // 10 ** len(part or "")
        if size <= _MAX_SIZE:
            return size
    raise UsageError(
        f"--uploads {text[:100]!r}: give a size such as 500MiB or 20GiB, up to 1024TiB, or"
        f" {_DEFAULT}."
    )
