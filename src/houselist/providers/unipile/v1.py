"""Unipile's API of version 1: account in the query, `{items, cursor}`, Sales Navigator by body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import BY_ANY, LookedUp
from houselist.providers.unipile.accounts import get_account, verdict_v1
from houselist.providers.unipile.calls import segment
from houselist.providers.unipile.comments import (
    NEWEST_FIRST,
    opened,
    post_name,
    read,
    unpack_thread,
)
from houselist.providers.unipile.limits import (
    BUDGETS,
    CONCURRENCY,
    NAME,
    PAGES,
    PROFILES,
    SOURCES,
    cost,
    named_limit,
    page_limit,
    sizes_of_walk,
)
from houselist.providers.unipile.lists import cut_off, listed, named_page, people_page, position_of
from houselist.providers.unipile.pages import turned
from houselist.providers.unipile.people import profile_v1
from houselist.providers.unipile.profiles import checked, held_back, looked_up, refuse_number
from houselist.providers.unipile.walking import by_cursor, ended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from houselist.linkedin import Profile
    from houselist.providers.base import (
        Budget,
        Commenters,
        Cost,
        Kind,
        LeadList,
        Named,
        PageSizes,
        ProfileKind,
        ProviderPage,
        ProviderPerson,
        ProviderQuery,
        QueryKind,
        SavedSearch,
        SearchUrl,
        Told,
    )
    from houselist.providers.fields import Json
    from houselist.providers.unipile.calls import UnipileAccount
    from houselist.providers.unipile.walking import Listed

_SEARCH: Final = "/linkedin/search"
_SECTIONS: Final = ("about", "experience")
# The LinkedIn product that knows an internal id; only the classic one knows slugs.
_PRODUCTS: Final = {"sales": "sales_navigator", "rec": "recruiter"}


class V1:
    """The port over v1, for one account."""

    name: str = NAME
    sources: frozenset[QueryKind] = SOURCES
    budgets: Mapping[Kind, Budget] = BUDGETS
    concurrency: int = CONCURRENCY
    look_up_kind: Kind = PROFILES
    look_up_batch: int = 1
    finds_by: frozenset[ProfileKind] = BY_ANY
    search_tells: frozenset[Told] = frozenset()
    list_kind: Kind | None = PAGES

    def __init__(self, account: UnipileAccount) -> None:
        self._account = account
        self._own = ("account_id", account.account_id)

    def cost(self, query: ProviderQuery) -> Cost:
        return cost(query)

    def page_sizes(self, query: ProviderQuery, cursor: str | None) -> PageSizes:
        return sizes_of_walk(query, cursor)

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        return await self._people(query, {"url": query.url}, cursor, limit)

    async def saved_search(
        self, query: SavedSearch, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        body: Json = {
            "api": "sales_navigator",
            "category": "people",
            "saved_search_id": query.id,
        }
        return await self._people(query, body, cursor, limit)

    async def lead_list(
        self, query: LeadList, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        body: Json = {"url": f"https://www.linkedin.com/sales/lists/people/{query.id}"}
        return await self._people(query, body, cursor, limit)

    async def commenters(
        self, query: Commenters, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        if cursor is None:
            return opened(
                await self._account.get(f"/posts/{segment(post_name(query))}", [self._own])
            )
        thread, position = unpack_thread(cursor)
        limit = page_limit(query, position, limit)
        params = [self._own, ("limit", str(limit))]
        if thread.pending:
            params.append(("comment_id", thread.pending[0][0]))
        else:
            params.append(NEWEST_FIRST)
        if position.cursor is not None:
            params.append(("cursor", position.cursor))
        request = self._got(f"/posts/{segment(thread.post)}/comments", params)
        page, onward = await turned(request, position, limit, by_cursor)
        return read(thread, page, onward, limit)

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        return [await looked_up(self._profile(who, emails=emails)) for who in people]

    async def _profile(self, who: Profile, *, emails: bool) -> LookedUp:
        refuse_number(who)
        params = [self._own, *(("linkedin_sections", section) for section in _SECTIONS)]
        if who.kind in _PRODUCTS:
            params.append(("linkedin_api", _PRODUCTS[who.kind]))
        body = await self._account.get(f"/users/{segment(who.value)}", params)
        return LookedUp(checked(who, profile_v1(body, emails=emails)), held_back(body, _SECTIONS))

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named("SAVED_SEARCHES", cursor)

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named("LEAD_LISTS", cursor)

    async def check(self) -> str:
        return verdict_v1(await get_account(self._account))

    async def _people(
        self, query: ProviderQuery, body: Json, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        position = position_of(cursor)
        limit = page_limit(query, position, limit)
        if position.cursor is not None:
            # It holds the whole search, and is a body of its own: beside it stands nothing else.
            body = {"cursor": position.cursor}
        request = self._posted([self._own, ("limit", str(limit))], body)
        page, onward = await turned(request, position, limit, by_cursor)
        return people_page(page, ended(position, page, onward))

    async def _named(self, kind: str, cursor: str | None) -> ProviderPage[Named]:
        position = position_of(cursor)
        limit = named_limit(position)
        params = [
            self._own,
            ("type", kind),
            ("service", "SALES_NAVIGATOR"),
            ("limit", str(limit)),
        ]
        if position.cursor is not None:
            params.append(("cursor", position.cursor))
        request = self._got(f"{_SEARCH}/parameters", params)
        page, onward = await turned(request, position, limit, by_cursor)
        return named_page(page, cut_off(position, page, onward, limit))

    async def _got(self, path: str, params: list[tuple[str, str]]) -> Listed:
        return _listed(await self._account.get(path, params))

    async def _posted(self, params: list[tuple[str, str]], body: Json) -> Listed:
        return _listed(await self._account.post(_SEARCH, params, body))


def _listed(body: Json) -> Listed:
    return listed(body, "items", "cursor")
