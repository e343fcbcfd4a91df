"""HTTP of account groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts import store
from houselist.accounts.shapes import AccountGroup
from houselist.endpoint import endpoint
from houselist.paging import Page

if TYPE_CHECKING:
    from houselist.call import Call
    from houselist.db import Connection


@endpoint(
    "GET", "/v1/accounts", permission=None, answer=Page[AccountGroup],
    summary="List the account groups of the key", tag="Accounts",
)  # fmt: skip
async def list_accounts(connection: Connection, call: Call) -> Page[AccountGroup]:
    """The account groups that the key opens, oldest first. A key names few: one page has all."""
    ids = call.key.account_group_ids if call.key else frozenset[bytes]()
    return Page(await store.get_some(connection, ids), None, has_more=False)


ROUTES = [list_accounts]
