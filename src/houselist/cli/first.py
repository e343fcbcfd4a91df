"""The first start ever: an account group and a key with all permissions, shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist import db
from houselist.accounts import store as accounts
from houselist.cli import store
from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.accounts.shapes import AccountGroup

NAME = "My company"
URL = "http://127.0.0.1:8000"


class FirstKey(NamedTuple):
    """What the first start made. The key's text is stored nowhere."""

    account_group: AccountGroup
    token: str


async def bootstrap(pool: db.Pool) -> FirstKey | None:
    """Makes the first account group and its key; None when there are account groups already."""
    async with db.transaction(pool) as connection:
        await store.lock_first_start(connection)
        if await accounts.get_all(connection):
            return None
        account_group = await accounts.create(connection, NAME)
        token = tokens.new_token()
        await keys.create(
            connection,
            digest=tokens.digest(token),
            name="First key",
            permissions=list(Permission),
            account_group_ids=[bytes.fromhex(account_group.id)],
            expires_at=None,
        )
    return FirstKey(account_group, token)


def show(first: FirstKey, print_line: Callable[[str], None], url: str = URL) -> None:
    """The key, and a line to try it with once the service runs at `url`."""
    group, token = first
    print_line(
        "First start: made an account group and a key with all permissions."
        " The key is shown only this once.\n"
        f"\n  Account group  {group.id}  ({group.name})\n  Key            {token}\n"
        "\nTry it, once the service is listening:\n"
        f'  curl -H "Authorization: Bearer {token}" {url}/v1/accounts/{group.id}/audiences\n'
    )
