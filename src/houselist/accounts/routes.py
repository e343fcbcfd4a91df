"""HTTP of account groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts import store
from houselist.accounts.shapes import AccountGroup
from houselist.paging import Page
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.web.request import Request


@endpoint(response=Page[AccountGroup], summary="List the account groups of the key", tag="Accounts")
async def list_accounts(connection: Connection, request: Request) -> Page[AccountGroup]:
    """Lists the account groups that the key opens, oldest first, all on one page."""
    ids = request.key.account_group_ids if request.key else frozenset[bytes]()
    return Page(await store.get_some(connection, ids), None, has_more=False)
