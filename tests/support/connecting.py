"""For the tests of `houselist providers`: settings that work, and what is kept of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.cli import execute
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile

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
