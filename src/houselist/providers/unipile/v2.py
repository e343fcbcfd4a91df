"""Unipile's API of version 2: account in the path, `{data, next_cursor}`, a path per product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import BY_ANY, LookedUp, NotAtProvider, SearchUrl
from houselist.providers.fields import inner, text
from houselist.providers.unipile.accounts import get_account, verdict_v2
from houselist.providers.unipile.calls import segment
from houselist.providers.unipile.comments import (
    NEWEST_FIRST,
    counted,
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
    page_sizes,
    sizes_of_walk,
)
from houselist.providers.unipile.lists import (
    listed,
    named_fewer,
    named_page,
    people_page,
    position_of,
)
from houselist.providers.unipile.pages import may_be_behind, turned
from houselist.providers.unipile.people import profile_v2
from houselist.providers.unipile.profiles import checked, held_back, looked_up, refuse_number
from houselist.providers.unipile.unconfirmed import NEXT_CURSOR
from houselist.providers.unipile.walking import by_cursor, by_either, ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        Told,
    )
    from houselist.providers.fields import Json
    from houselist.providers.unipile.calls import UnipileAccount
    from houselist.providers.unipile.cursors import Position, Thread
    from houselist.providers.unipile.walking import Listed, Onward

_SALES: Final = "/linkedin/sales-navigator"
_SEARCHES: Final = {
    "classic": "/linkedin/search",
    "sales": f"{_SALES}/search",
    "recruiter": "/linkedin/recruiter/search",
}
_VARIANTS: Final = {
    "in": "linkedin_classic",
    "id": "linkedin_classic",
    "sales": "linkedin_sales_navigator",
    "rec": "linkedin_recruiter",
}
# People who are added while a list is read then come at its end and move nobody to another page.
_OLDEST_FIRST: Final[Json] = {"sort_by": "DATE_ADDED", "sort_order": "ASCENDING"}


class V2:
    """The port over v2, for one account."""

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
        self._own = f"/{account.account_id}"

    def cost(self, query: ProviderQuery) -> Cost:
        return cost(query)

    def page_sizes(self, query: ProviderQuery, cursor: str | None) -> PageSizes:
        if isinstance(query, SearchUrl) and query.product == "recruiter":
            return sizes_of_walk(query, cursor)
        return page_sizes(query, cursor)

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        path = _SEARCHES[query.product]
        body: Json = {"url": query.url}
        # The one that has no offset.
        by = by_cursor if query.product == "recruiter" else by_either
        return await self._people(query, path, body, cursor, limit, by=by)

    async def saved_search(
        self, query: SavedSearch, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        body: Json = {"load_saved_search": {"id": query.id}}
        return await self._people(query, f"{_SALES}/search/people", body, cursor, limit)

    async def lead_list(
        self, query: LeadList, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        path = f"{_SALES}/lead-lists/{segment(query.id)}"
        return await self._people(query, path, _OLDEST_FIRST, cursor, limit)

    async def commenters(
        self, query: Commenters, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        if cursor is None:
            name = segment(post_name(query))
            return opened(await self._account.get(f"{self._own}/posts/{name}"))
        thread, position = unpack_thread(cursor)
        limit = page_limit(query, position, limit)
        path = f"/posts/{segment(thread.post)}/comments"
        params = _params(position, limit)
        if thread.pending:
            path = f"{path}/{segment(thread.pending[0][0])}/replies"
        else:
            params.append(NEWEST_FIRST)
        request = self._got(path, params, position, thread)
        page, onward = await turned(request, position, limit, by_either)
        return read(thread, page, onward, limit)

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        return [await looked_up(self._profile(who, emails=emails)) for who in people]

    async def _profile(self, who: Profile, *, emails: bool) -> LookedUp:
        refuse_number(who)
        params = [("variant", _VARIANTS[who.kind])]
        if _VARIANTS[who.kind] == "linkedin_classic":
            params.append(("with_sections", "linkedin_experience"))
        body = await self._account.get(f"{self._own}/users/{segment(who.value)}", params)
        if text(body.get("type")) == "organization":
            raise NotAtProvider("That is a company, not a person.")
        person = checked(who, profile_v2(body, emails=emails))
        return LookedUp(person, held_back(inner(body.get("specifics")), ["experience"]))

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]:
        path = f"{_SALES}/search/parameters"
        return await self._named(path, [("type", "SAVED_PEOPLE_SEARCH")], cursor)

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named(f"{_SALES}/lead-lists", [], cursor)

    async def check(self) -> str:
        return verdict_v2(await get_account(self._account))

    async def _people(
        self,
        query: ProviderQuery,
        path: str,
        body: Json,
        cursor: str | None,
        limit: int,
        *,
        by: Callable[[Position, Listed, int], Onward] = by_either,
    ) -> ProviderPage[ProviderPerson]:
        position = position_of(cursor)
        limit = page_limit(query, position, limit)
        request = self._posted(path, _params(position, limit), body, position)
        page, onward = await turned(request, position, limit, by)
        return people_page(page, ended(position, page, onward))

    async def _named(
        self, path: str, params: list[tuple[str, str]], cursor: str | None
    ) -> ProviderPage[Named]:
        position = position_of(cursor)
        limit = named_limit(position)
        request = self._got(path, [*params, *_params(position, limit)], position)
        page, onward = await turned(request, position, limit, by_either)
        return named_page(page, named_fewer(page, onward))

    async def _got(
        self,
        path: str,
        params: list[tuple[str, str]],
        position: Position,
        thread: Thread | None = None,
    ) -> Listed:
        behind = may_be_behind(position)
        page = _listed(await self._account.get(f"{self._own}{path}", params, behind=behind))
        return page if thread is None else counted(thread, page)

    async def _posted(
        self, path: str, params: list[tuple[str, str]], body: Json, position: Position
    ) -> Listed:
        behind = may_be_behind(position)
        return _listed(await self._account.post(f"{self._own}{path}", params, body, behind=behind))


def _params(position: Position, limit: int) -> list[tuple[str, str]]:
    params = [("limit", str(limit))]
    if position.cursor is not None:
        params.append((NEXT_CURSOR.value, position.cursor))
    elif position.offset:
        params.append(("offset", str(position.offset)))
    return params


def _listed(body: Json) -> Listed:
    return listed(body, "data", "next_cursor")
