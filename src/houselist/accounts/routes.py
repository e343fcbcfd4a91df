"""HTTP of account groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts import store
from houselist.accounts.shapes import AccountGroups
from houselist.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.call import Call
    from houselist.db import Connection


@endpoint(
    "GET", "/v1/accounts", permission=None, answer=AccountGroups,
    summary="List the account groups of the key", tag="Accounts",
)  # fmt: skip
async def list_accounts(connection: Connection, call: Call) -> AccountGroups:
    """The account groups that the key opens, oldest first."""
    ids = call.key.account_group_ids if call.key else frozenset[bytes]()
    return AccountGroups(await store.get_some(connection, ids))


ROUTES = [list_accounts]
