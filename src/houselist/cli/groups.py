"""How commands find the account group that they are for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from houselist.accounts import store
from houselist.cli.database import in_transaction
from houselist.cli.options import read_id
from houselist.cli.out import UsageError
from houselist.postgres import db

T = TypeVar("T")

_HINT = "`houselist accounts list` shows all account groups."


def for_account(account: str | None, work: Callable[[db.Connection, bytes], Awaitable[T]]) -> T:
    """Runs `work` in one transaction, for the account group that --account names."""

    async def run(connection: db.Connection) -> T:
        return await work(connection, await find(connection, account))

    return in_transaction(run)


async def find(connection: db.Connection, account: str | None, *, oldest: bool = False) -> bytes:
    """The account group that --account names; without it the only one, or the `oldest`.

    Raises UsageError.
    """
    known = [bytes.fromhex(each.id) for each in await store.get_all(connection)]
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
