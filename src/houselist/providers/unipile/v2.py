"""Unipile's API of version 2: account in the path, `{data, next_cursor}`, a path per product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import NotFound
from houselist.providers.unipile.accounts import told, verdict_v2
from houselist.providers.unipile.calls import segment
from houselist.providers.unipile.comments import counted, opened, post_name, read, unpack_thread
from houselist.providers.unipile.fields import inner, text
from houselist.providers.unipile.limits import (
    CONCURRENCY,
    LIMITS,
    NAME,
    NAMED_PAGE,
    page_limit,
    page_size,
)
from houselist.providers.unipile.lists import listed, named_page, people_page, place_of
from houselist.providers.unipile.people import profile_v2
from houselist.providers.unipile.profiles import checked, refuse_number, refuse_throttled
from houselist.providers.unipile.walking import by_cursor, by_either

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.linkedin import Profile
    from houselist.providers.base import (
        Commenters,
        Kind,
        LeadList,
        Named,
        Page,
        Person,
        Question,
        SavedSearch,
        SearchUrl,
    )
    from houselist.providers.unipile.calls import Account
    from houselist.providers.unipile.cursors import Place
    from houselist.providers.unipile.fields import Json
    from houselist.providers.unipile.walking import Listed

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
# Who is added while a list is read comes at its end, and pushes nobody over a page's edge.
_OLDEST_FIRST: Final[Json] = {"sort_by": "DATE_ADDED", "sort_order": "ASCENDING"}


class V2:
    """The port over v2, for one account."""

    name: str = NAME
    limits: Mapping[Kind, int] = LIMITS
    concurrency: int = CONCURRENCY

    def __init__(self, account: Account) -> None:
        self._account = account
        self._own = f"/{account.account_id}"

    def page_size(self, question: Question) -> int:
        return page_size(question)

    async def search(self, question: SearchUrl, cursor: str | None, most: int) -> Page[Person]:
        path = _SEARCHES[question.product]
        body: Json = {"url": question.url}
        most = page_limit(question, most)
        if question.product == "recruiter":  # the one that has no offset
            place = place_of(cursor)
            page = await self._post(path, _params(place, most, by_offset=False), body)
            return people_page(page, by_cursor(place, page))
        return await self._people(path, body, cursor, most)

    async def saved_search(
        self, question: SavedSearch, cursor: str | None, most: int
    ) -> Page[Person]:
        body: Json = {"load_saved_search": {"id": question.id}}
        return await self._people(
            f"{_SALES}/search/people", body, cursor, page_limit(question, most)
        )

    async def lead_list(self, question: LeadList, cursor: str | None, most: int) -> Page[Person]:
        path = f"{_SALES}/lead-lists/{segment(question.id)}"
        return await self._people(path, _OLDEST_FIRST, cursor, page_limit(question, most))

    async def commenters(self, question: Commenters, cursor: str | None, most: int) -> Page[Person]:
        if cursor is None:
            name = segment(post_name(question))
            return opened(await self._account.get(f"{self._own}/posts/{name}"))
        thread, place = unpack_thread(cursor)
        most = page_limit(question, most)
        path = f"{self._own}/posts/{segment(thread.post)}/comments"
        params = _params(place, most)
        if thread.pending:
            path = f"{path}/{segment(thread.pending[0][0])}/replies"
        else:
            params.append(("sort_by", "MOST_RECENT"))
        page = counted(thread, _listed(await self._account.get(path, params)))
        return read(thread, page, by_either(place, page, most))

    async def profile(self, who: Profile, *, emails: bool) -> Person:
        refuse_number(who)
        params = [("variant", _VARIANTS[who.kind])]
        if _VARIANTS[who.kind] == "linkedin_classic":
            params.append(("with_sections", "linkedin_experience"))
        body = await self._account.get(f"{self._own}/users/{segment(who.value)}", params)
        if text(body.get("type")) == "organization":
            raise NotFound("That is a company, not a person.")
        refuse_throttled(inner(body.get("specifics")))
        return checked(who, profile_v2(body, emails=emails))

    async def saved_searches(self, cursor: str | None) -> Page[Named]:
        path = f"{_SALES}/search/parameters"
        return await self._named(path, [("type", "SAVED_PEOPLE_SEARCH")], cursor)

    async def lead_lists(self, cursor: str | None) -> Page[Named]:
        return await self._named(f"{_SALES}/lead-lists", [], cursor)

    async def check(self) -> str:
        return verdict_v2(await told(self._account))

    async def _people(self, path: str, body: Json, cursor: str | None, most: int) -> Page[Person]:
        place = place_of(cursor)
        page = await self._post(path, _params(place, most), body)
        return people_page(page, by_either(place, page, most))

    async def _named(
        self, path: str, params: list[tuple[str, str]], cursor: str | None
    ) -> Page[Named]:
        place = place_of(cursor)
        params = [*params, *_params(place, NAMED_PAGE)]
        page = _listed(await self._account.get(f"{self._own}{path}", params))
        return named_page(page, by_either(place, page, NAMED_PAGE))

    async def _post(self, path: str, params: list[tuple[str, str]], body: Json) -> Listed:
        return _listed(await self._account.post(f"{self._own}{path}", params, body))


def _params(place: Place, most: int, *, by_offset: bool = True) -> list[tuple[str, str]]:
    params = [("limit", str(most))]
    if place.cursor is not None:
        params.append(("cursor", place.cursor))
    elif by_offset and place.offset:
        params.append(("offset", str(place.offset)))
    return params


def _listed(body: Json) -> Listed:
    return listed(body, "data", "next_cursor")
