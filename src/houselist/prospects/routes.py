"""HTTP of prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountPath
from houselist.audiences.shapes import AudiencePath
from houselist.errors import AudienceNotReady, Conflict, Impossible, NotFound, Problem
from houselist.paging import Page, PageQuery
from houselist.people.members_store import By
from houselist.prospects import editing, history_store, holders_store, joined_store, pages, store
from houselist.prospects.change_shapes import ProspectChange, ProspectMerge, ValueChange
from houselist.prospects.shapes import (
    PROSPECT_ID,
    HoldingAudience,
    MemberFilters,
    MembersQuery,
    Prospect,
    ProspectCount,
    ProspectDetail,
    ProspectFilters,
    ProspectPage,
    ProspectPath,
    ProspectsQuery,
    ProviderIdMatches,
    ProviderIdPath,
)
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.web.request import Request

_TAKEN = Conflict(
    "Another prospect has this identity.", details=f"email is that of prospect {PROSPECT_ID}."
)
_NOBODY = Impossible(
    Problem("email", "is all that identifies the person; give another identity in its place")
)
_ITSELF = Impossible(Problem("prospectIds[0]", "is the prospect itself; leave it out"))


@endpoint(
    response=ProspectPage,
    summary="List the prospects of an audience",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def list_prospects(
    connection: Connection, at: AudiencePath, query: MembersQuery, request: Request
) -> ProspectPage:
    """Lists those to whom all filters apply; 409 `AUDIENCE_NOT_READY` while a job fills it.

    `addedAt` is the order in which they joined. A cursor holds its filters and its order. While
    many new people are being prepared for search, a page may end early: go on while `hasMore` is
    true.
    """
    if query == MembersQuery(limit=query.limit, cursor=query.cursor):
        return await joined_store.get_page(connection, at.account_group_id, at.audience_id, query)
    days = request.services.settings.history_days
    return await pages.get_page(
        connection, at.account_group_id, query, at.audience_id, history_days=days
    )


@endpoint(
    response=ProspectCount,
    summary="Count the prospects of an audience",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def count_prospects(
    connection: Connection, at: AudiencePath, query: MemberFilters, request: Request
) -> ProspectCount:
    """Counts those to whom all filters apply: exactly up to 10,000, and always without filters."""
    days = request.services.settings.history_days
    return await pages.count(
        connection, at.account_group_id, at.audience_id, query, history_days=days
    )


@endpoint(
    response=ProspectPage,
    summary="List all prospects",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def list_everybody(
    connection: Connection, at: AccountPath, query: ProspectsQuery
) -> ProspectPage:
    """Lists everybody of the account group to whom all filters apply, in whatever audience.

    `addedAt` is when somebody became known. The filters and orders are those of an audience's list.
    """
    return await pages.get_page(connection, at.account_group_id, query)


@endpoint(
    response=ProspectCount,
    summary="Count all prospects",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def count_everybody(
    connection: Connection, at: AccountPath, query: ProspectFilters
) -> ProspectCount:
    """Counts everybody of the account group to whom all filters apply: exactly up to 10,000.

    Without filters the number is kept, so it is exact and costs nothing; only in the first minute
    after an upgrade it may end at 10,000, with `isExact` false.
    """
    return await pages.count_everybody(connection, at.account_group_id, query)


@endpoint(
    response=ProviderIdMatches,
    summary="Find prospects by a provider's id",
    tag="Prospects",
    refuses=(NotFound,),
)
async def find_by_provider_id(connection: Connection, at: ProviderIdPath) -> ProviderIdMatches:
    """Finds everybody known under the id. If several people share it, all are listed."""
    return await store.find_by_provider_id(connection, at.account_group_id, at.provider_id)


@endpoint(
    response=ProspectDetail, summary="Get a single prospect", tag="Prospects", refuses=(NotFound,)
)
async def get_prospect(connection: Connection, at: ProspectPath) -> ProspectDetail:
    """One person, and the audiences that hold the person."""
    return await store.get(connection, at.account_group_id, at.prospect_id)


@endpoint(
    response=Page[HoldingAudience],
    summary="List the audiences of a prospect",
    tag="Prospects",
    refuses=(NotFound,),
)
async def list_holding_audiences(
    connection: Connection, at: ProspectPath, query: PageQuery
) -> Page[HoldingAudience]:
    """Lists the audiences that hold the person, with their names; the one joined last comes first.

    One that a job is filling is among them.
    """
    return await holders_store.get_page(connection, at.account_group_id, at.prospect_id, query)


@endpoint(
    response=Prospect,
    summary="Change a prospect",
    tag="Prospects",
    refuses=(NotFound, _TAKEN, _NOBODY),
)
async def change_prospect(
    connection: Connection, at: ProspectPath, body: ProspectChange, request: Request
) -> Prospect:
    """Changes what is given, whatever audiences hold the person; null removes a value.

    An identity that another prospect has is refused with 409 CONFLICT, which names whose it is: if
    they are one person, merge them. Somebody must be left with one identity at least.
    """
    by = By(key_id=request.key_id)
    return await editing.change(connection, at.account_group_id, at.prospect_id, body, by)


@endpoint(
    response=Prospect,
    summary="Merge prospects into one",
    tag="Prospects",
    refuses=(NotFound, _ITSELF),
)
async def merge_prospects(
    connection: Connection, at: ProspectPath, body: ProspectMerge, request: Request
) -> Prospect:
    """Makes one person of several: the one in the path stays.

    It takes their places in audiences, with the earliest `addedAt`, and what is not known of it is
    filled from them. A later row with an identity of any of them is about it. The other ids are 404
    from then on, and `details` name the one that stayed. An id that was merged before stands for
    who stayed then.
    """
    by = By(key_id=request.key_id)
    ids = body.prospect_ids
    return await editing.merge(connection, at.account_group_id, at.prospect_id, ids, by)


@endpoint(
    response=Page[ValueChange],
    summary="List where a prospect's values came from",
    tag="Prospects",
    refuses=(NotFound,),
)
async def list_value_changes(
    connection: Connection, at: ProspectPath, query: PageQuery
) -> Page[ValueChange]:
    """Lists each value that the person got, newest first, with the job and row or the key.

    The last items are what the person became known with. The first item of a field tells its value
    of now. What an undo puts back is a change of the undo's job. Changes are kept 400 days; what is
    older counts as known from the start.
    """
    return await history_store.get_page(connection, at.account_group_id, at.prospect_id, query)
