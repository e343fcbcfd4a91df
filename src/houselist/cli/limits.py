"""`houselist accounts limits`: how much an account group may have."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from houselist.accounts import quota_store as store
from houselist.accounts.quotas import Limits, Usage, read_size, size_in_words
from houselist.cli.groups import for_account
from houselist.cli.options import Account, Json, read_limit
from houselist.cli.out import UsageError, say, say_json
from houselist.cli.tables import say_table
from houselist.postgres import db

# A request counts up to the limit, so there must be a highest one.
_MAX_COUNT = 1_000_000
_DEFAULT = "default"


def limits(
    *,
    account: Account = None,
    uploads: str | None = None,
    audiences: str | None = None,
    folders: str | None = None,
    jobs: str | None = None,
    json: Json = False,
) -> None:
    """Show or change how much an account group may have, and show how much it has.

    Nothing is removed when there is more than a new limit allows; nothing can be added then.

    Args:
        uploads: How much space its stored uploads may take, such as 500MiB or 20GiB; `default` for
            10 GiB.
        audiences: How many audiences it may have; `default` for 10,000.
        folders: How many folders it may have; `default` for 1,000.
        jobs: How many jobs may be queued or running; `default` for 100.
    """
    counts = {"audiences": audiences, "folders": folders, "jobs": jobs}
    change = {"upload_bytes": _size(uploads)} | {
        name: read_limit(text, f"--{name}", 0, _MAX_COUNT, word=_DEFAULT)
        for name, text in counts.items()
    }

    async def work(connection: db.Connection, group: bytes) -> tuple[bytes, Limits, Usage]:
        if all(each is UNSET for each in change.values()):
            found = await store.get_limits(connection, group)
        else:
            found = await store.change_limits(connection, group, **change)
        return group, found, await store.get_usage(connection, group)

    group, found, used = for_account(account, work)
    if json:
        told = {"accountGroupId": group.hex(), **msgspec.to_builtins(found)}
        say_json({**told, "used": msgspec.to_builtins(used)})
        return
    say(f"Account group {group.hex()} may have:")
    say_table(("WHAT", "AT MOST", "THERE ARE"), _rows(found, used))


def _rows(found: Limits, used: Usage) -> list[tuple[str, ...]]:
    return [
        ("stored uploads", size_in_words(found.upload_bytes), size_in_words(used.upload_bytes)),
        ("audiences", f"{found.audiences:,}", f"{used.audiences:,}"),
        ("folders", f"{found.folders:,}", f"{used.folders:,}"),
        ("unfinished jobs", f"{found.jobs:,}", f"{used.jobs:,}"),
    ]


def _size(text: str | None) -> int | UnsetType | None:
    if text is None:
        return UNSET
    if text.strip().lower() == _DEFAULT:
        return None
    try:
        return read_size(text)
    except ValueError as error:
        words = f"give a size such as 500MiB or 20GiB, up to 1024TiB, or {_DEFAULT}."
        raise UsageError(f"--uploads {text[:100]!r}: {words}") from error
