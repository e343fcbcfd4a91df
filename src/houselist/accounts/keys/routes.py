"""HTTP of an account group's keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from houselist.accounts.keys import listing
from houselist.accounts.keys.shapes import ApiKey, KeyCreate, KeyPath, NewApiKey
from houselist.accounts.shapes import AccountPath
from houselist.envelope import timestamp
from houselist.errors import Forbidden, Impossible, NotFound, Problem, Unauthorized
from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.paging import Page, PageQuery
from houselist.web.endpoint import Reply, endpoint

if TYPE_CHECKING:
    from houselist.keys.shapes import Key
    from houselist.postgres.db import Connection
    from houselist.web.request import Request

_PAST = Impossible(Problem("expiresAt", "is not in the future"))
_OTHERS = Forbidden(
    "The key opens other account groups, too.",
    details="Revoke it with a key that opens all of them, or with `houselist keys revoke`.",
)


@endpoint(
    response=Page[ApiKey],
    summary="List the keys of the account group",
    tag="Keys",
    refuses=(NotFound,),
)
async def list_keys(connection: Connection, at: AccountPath, query: PageQuery) -> Page[ApiKey]:
    """Lists the keys that open the account group, newest first, with those revoked or expired."""
    return await listing.get_page(connection, at.account_group_id, query)


@endpoint(
    response=NewApiKey,
    status=201,
    summary="Create a key",
    tag="Keys",
    refuses=(NotFound, _PAST),
    example={"lastUsedAt": None, "sessions": 0},
)
async def create_key(
    connection: Connection, at: AccountPath, body: KeyCreate, request: Request
) -> Reply:
    """Makes a key for this account group alone, which no later response shows again.

    It can't have a permission that the key of the request lacks (403 FORBIDDEN), nor end later.
    """
    own = _own(request)
    if more := sorted(set(body.permissions) - own.permissions):
        raise Forbidden(details=f"The key lacks {', '.join(more)} itself, so it can't give that.")
    ends = None if body.expires_at is None else body.expires_at.at
    if ends is not None and ends <= datetime.now(UTC):
        raise _PAST
    if own.expires_at is not None and (ends is None or ends > own.expires_at):
        last = timestamp(own.expires_at)
        raise Impossible(
            Problem("expiresAt", f"must be no later than {last}, when the key that makes it ends")
        )
    token = tokens.new_token()
    made = await keys.create(
        connection,
        digest=tokens.digest(token),
        name=body.name,
        permissions=set(body.permissions),
        account_group_ids=[at.account_group_id],
        expires_at=ends,
    )
    known = await listing.get(connection, at.account_group_id, made.id)
    shown = NewApiKey(*msgspec.structs.astuple(known), key=token)
    # A key is stored nowhere, so a response that is kept for a repeated request is without it.
    return Reply(shown, kept=msgspec.structs.replace(shown, key=None))


@endpoint(response=ApiKey, summary="Revoke a key", tag="Keys", refuses=(NotFound, _OTHERS))
async def revoke_key(connection: Connection, at: KeyPath, request: Request) -> ApiKey:
    """Revokes the key, which stops working within a second; sessions of browsers end with it.

    Revoking twice is no error. A key that opens other account groups, too, can be revoked only by
    one that opens all of them (403 FORBIDDEN).
    """
    await listing.get(connection, at.account_group_id, at.key_id)
    key = await keys.get(connection, at.key_id)
    if key is not None and not key.account_group_ids <= _own(request).account_group_ids:
        raise _OTHERS
    await keys.revoke(connection, at.key_id)
    return await listing.get(connection, at.account_group_id, at.key_id)


def _own(request: Request) -> Key:
    if request.key is None:
        raise Unauthorized
    return request.key
