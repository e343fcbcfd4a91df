"""`houselist accounts`, and how other commands find the account group they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from houselist.accounts import store
from houselist.cli.database import with_pool
from houselist.cli.out import UsageError, say, say_json, say_table
from houselist.ids import parse_id
from houselist.postgres import db
from houselist.texts import Name

if TYPE_CHECKING:
    from houselist.accounts.shapes import AccountGroup
    from houselist.postgres.db import Connection, Pool

app = App(name="accounts", help="Account groups, the tenants of Houselist, with plans and credits.")


@app.command
def create(name: str, /, *, json: bool = False) -> None:
    """Create an account group.

    Parameters
    ----------
    name
        What it is called: 1 to 200 characters. Two may share a name.
    json
        Print one JSON object and nothing else.
    """
    try:
        checked = Name(name)
    except ValueError as error:
        raise UsageError(f"The name {error}.") from error

    async def work(pool: Pool) -> AccountGroup:
        async with db.transaction(pool) as connection:
            return await store.create(connection, checked)

    made = with_pool(work)
    if json:
        say_json(made)
    else:
        say(f"Created account group {made.id} ({made.name}).")


@app.command(name="list")
def list_(*, json: bool = False) -> None:
    """List every account group, oldest first.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """

    async def work(pool: Pool) -> list[AccountGroup]:
        async with db.acquire(pool) as connection:
            return await store.get_all(connection)

    found = with_pool(work)
    if json:
        say_json({"items": found})
    else:
        say_table(
            ("ID", "CREATED", "NAME"), [(each.id, each.created_at, each.name) for each in found]
        )


async def find(connection: Connection, account: str | None, *, oldest: bool = False) -> bytes:
    """The account group that --account names; without it the only one, or the `oldest`.

    Raises UsageError.
    """
    known = await store.get_all(connection)
    if account is not None:
        return _named(account, known)
    if len(known) == 1 or (known and oldest):
        return bytes.fromhex(known[0].id)
    if not known:
        raise UsageError(
            "There is no account group yet: make one with `houselist accounts create`."
        )
    raise UsageError(
        "There are several account groups: say which with --account. `houselist accounts list`"
        " shows them."
    )


def _named(account: str, known: list[AccountGroup]) -> bytes:
    try:
        wanted = parse_id(account)
    except ValueError as error:
        raise UsageError(f"--account {account!r} {error}. {_SHOW}") from error
    if wanted.hex() not in {each.id for each in known}:
        raise UsageError(f"There is no account group {account}. {_SHOW}")
    return wanted


_SHOW = "`houselist accounts list` shows the account groups there are."
