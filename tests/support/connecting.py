"""For the tests of `houselist providers`: settings that work, and what is kept of a connection."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from support.cli import execute
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.unipile.server import FakeUnipile


class Startable(Protocol):
    """A fake that is served from an event loop."""

    async def start(self) -> object: ...

    async def stop(self) -> object: ...


NEW_SECRET = "another-secret-for-tests-that-is-long-enough"
SETTINGS = {"secret_key": SECRET, "provider_url_policy": "allow-private", "provider_api_key": KEY}
FIELDS = [
    "accountGroupId",
    "provider",
    "baseUrl",
    "providerAccountId",
    "apiVersion",
    "dailyLimits",
    "used",
    "pace",
    "workingHours",
    "workingDays",
    "timeZone",
    "status",
    "statusDetails",
    "checkedAt",
    "createdAt",
    "waiting",
]


@contextmanager
def in_thread(fake: Startable) -> Iterator[None]:
    """A fake provider in a thread, because commands have event loops of their own."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(fake.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(fake.stop())
        loop.close()


def usual(group: str, fake: FakeUnipile, *more: str) -> list[str]:
    """What connects an account group to an account of its own at the fake."""
    return [
        "connect",
        "unipile",
        "--account",
        group,
        "--dsn",
        fake.url,
        "--account-id",
        f"acc_{group}",
        *more,
    ]


def row(database: str, group: str) -> Any:
    """What is kept of the connection, if there is one."""
    found = execute(
        database, f"SELECT * FROM provider_connections WHERE account_group_id = '\\x{group}'"
    )
    return found[0] if found else None
