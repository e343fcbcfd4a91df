"""How commands find the account group that they are for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from houselist.accounts import store
from houselist.cli.database import transaction
from houselist.cli.options import read_id
from houselist.cli.out import UsageError
from houselist.postgres import db

_HINT = "`houselist accounts list` shows all account groups."


@asynccontextmanager
async def for_account(account: str | None) -> AsyncGenerator[tuple[db.Connection, bytes]]:
    """A connection in a transaction, and the account group that --account names."""
    async with transaction() as connection:
        yield connection, await find(connection, account)


async def find_all(connection: db.Connection) -> list[bytes]:
    return [bytes.fromhex(each.id) for each in await store.get_all(connection)]


async def find(connection: db.Connection, account: str | None, *, oldest: bool = False) -> bytes:
    """The account group that --account names; without it the only one, or the `oldest`.

    Raises UsageError.
    """
    known = await find_all(connection)
    if account is not None:
        wanted = read_id(account, f"--account {account!r}", _HINT)
        if wanted not in known:
            raise UsageError(f"There is no account group {account}. {_HINT}")
        return wanted
    if len(known) == 1 or (known and oldest):
        return known[0]
    if not known:
        raise UsageError("There is no account group yet: run `houselist accounts create NAME`.")
    raise UsageError(f"There are several account groups: say which with --account. {_HINT}")
