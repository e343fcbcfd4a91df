"""HTTP of prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences.shapes import AudiencePath
from houselist.endpoint import endpoint
from houselist.errors import AudienceNotReady, NotFound
from houselist.paging import Page, PageQuery
from houselist.permissions import Permission
from houselist.prospects import store
from houselist.prospects.shapes import (
    Prospect,
    ProspectDetail,
    ProspectPath,
    ProviderIdMatches,
    ProviderIdPath,
)

if TYPE_CHECKING:
    from houselist.db import Connection

_ACCOUNT = "/v1/accounts/{accountGroupId}"
_TAG = "Prospects"


@endpoint(
    "GET", _ACCOUNT + "/audiences/{audienceId}/prospects", permission=Permission.PROSPECTS_READ,
    answer=Page[Prospect], summary="List the prospects of an audience", tag=_TAG,
    refuses=(NotFound, AudienceNotReady),
)  # fmt: skip
async def list_prospects(
    connection: Connection, at: AudiencePath, query: PageQuery
) -> Page[Prospect]:
    """In the order they joined. While a job fills the audience, 409 AUDIENCE_NOT_READY."""
    return await store.get_page(connection, at.account_group_id, at.audience_id, query)


@endpoint(
    "GET", _ACCOUNT + "/prospects/by-provider-id/{providerId}",
    permission=Permission.PROSPECTS_READ, answer=ProviderIdMatches,
    summary="Find prospects by a provider's id", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def find_by_provider_id(connection: Connection, at: ProviderIdPath) -> ProviderIdMatches:
    """Everybody known under the id. Several people may share one; then `ambiguous`, with all."""
    return await store.find_by_provider_id(connection, at.account_group_id, at.provider_id)


@endpoint(
    "GET", _ACCOUNT + "/prospects/{prospectId}", permission=Permission.PROSPECTS_READ,
    answer=ProspectDetail, summary="Get a single prospect", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def get_prospect(connection: Connection, at: ProspectPath) -> ProspectDetail:
    """One person, and the audiences that hold the person."""
    return await store.get(connection, at.account_group_id, at.prospect_id)


ROUTES = [list_prospects, find_by_provider_id, get_prospect]
