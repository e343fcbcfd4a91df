"""Unipile's API of version 1: account in the query, `{items, cursor}`, Sales Navigator by body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.unipile.accounts import get_account, verdict_v1
from houselist.providers.unipile.calls import segment
from houselist.providers.unipile.comments import opened, post_name, read, unpack_thread
from houselist.providers.unipile.limits import (
    CONCURRENCY,
    LIMITS,
    NAME,
    NAMED_PAGE,
    page_limit,
    page_size,
)
from houselist.providers.unipile.lists import listed, named_page, people_page, position_of
from houselist.providers.unipile.people import profile_v1
from houselist.providers.unipile.profiles import checked, refuse_number, refuse_throttled
from houselist.providers.unipile.walking import by_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.linkedin import Profile
    from houselist.providers.base import (
        Commenters,
        Kind,
        LeadList,
        Named,
        ProviderPage,
        ProviderPerson,
        ProviderQuery,
        SavedSearch,
        SearchUrl,
    )
    from houselist.providers.unipile.calls import UnipileAccount
    from houselist.providers.unipile.fields import Json
    from houselist.providers.unipile.walking import Listed

_SEARCH: Final = "/linkedin/search"
# The LinkedIn product that knows an internal id; only the classic one knows slugs.
_PRODUCTS: Final = {"sales": "sales_navigator", "rec": "recruiter"}
# A longer cursor goes into the body, because servers refuse long addresses.
_MAX_IN_QUERY: Final = 4_096


class V1:
    """The port over v1, for one account."""

    name: str = NAME
    limits: Mapping[Kind, int] = LIMITS
    concurrency: int = CONCURRENCY

    def __init__(self, account: UnipileAccount) -> None:
        self._account = account
        self._own = ("account_id", account.account_id)

    def page_size(self, query: ProviderQuery) -> int:
        return page_size(query)

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        return await self._people({"url": query.url}, cursor, page_limit(query, limit))

    async def saved_search(
        self, query: SavedSearch, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        body: Json = {
            "api": "sales_navigator",
            "category": "people",
            "saved_search_id": query.id,
        }
        return await self._people(body, cursor, page_limit(query, limit))

    async def lead_list(
        self, query: LeadList, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        body: Json = {"url": f"https://www.linkedin.com/sales/lists/people/{query.id}"}
        return await self._people(body, cursor, page_limit(query, limit))

    async def commenters(
        self, query: Commenters, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        if cursor is None:
            return opened(
                await self._account.get(f"/posts/{segment(post_name(query))}", [self._own])
            )
        thread, position = unpack_thread(cursor)
        params = [self._own, ("limit", str(page_limit(query, limit)))]
        if thread.pending:
            params.append(("comment_id", thread.pending[0][0]))
        else:
            params.append(("sort_by", "MOST_RECENT"))
        if position.cursor is not None:
            params.append(("cursor", position.cursor))
        page = _listed(await self._account.get(f"/posts/{segment(thread.post)}/comments", params))
        return read(thread, page, by_cursor(position, page))

    async def profile(self, who: Profile, *, emails: bool) -> ProviderPerson:
        refuse_number(who)
        params = [self._own, ("linkedin_sections", "about"), ("linkedin_sections", "experience")]
        if who.kind in _PRODUCTS:
            params.append(("linkedin_api", _PRODUCTS[who.kind]))
        body = await self._account.get(f"/users/{segment(who.value)}", params)
        refuse_throttled(body)
        return checked(who, profile_v1(body, emails=emails))

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named("SAVED_SEARCHES", cursor)

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named("LEAD_LISTS", cursor)

    async def check(self) -> str:
        return verdict_v1(await get_account(self._account))

    async def _people(
        self, body: Json, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        position = position_of(cursor)
        params = [self._own, ("limit", str(limit))]
        if position.cursor is not None and len(position.cursor) <= _MAX_IN_QUERY:
            params.append(("cursor", position.cursor))
        elif position.cursor is not None:
            body = {"cursor": position.cursor}
        page = _listed(await self._account.post(_SEARCH, params, body))
        return people_page(page, by_cursor(position, page))

    async def _named(self, kind: str, cursor: str | None) -> ProviderPage[Named]:
        position = position_of(cursor)
        params = [
            self._own,
            ("type", kind),
            ("service", "SALES_NAVIGATOR"),
            ("limit", str(NAMED_PAGE)),
        ]
        if position.cursor is not None:
            params.append(("cursor", position.cursor))
        page = _listed(await self._account.get(f"{_SEARCH}/parameters", params))
        return named_page(page, by_cursor(position, page))


def _listed(body: Json) -> Listed:
    return listed(body, "items", "cursor")
