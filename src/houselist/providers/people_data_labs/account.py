"""The port over People Data Labs, for one key."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote

from houselist.providers.base import (
    Broken,
    Cost,
    LookedUp,
    NotAllowed,
    NotAtProvider,
    ProviderPage,
    UserError,
    refusal,
)
from houselist.providers.fields import Json, count, decoded, inner
from houselist.providers.packing import mark, pack
from houselist.providers.people_data_labs.calls import not_as_documented
from houselist.providers.people_data_labs.failures import failed, failure, kind
from houselist.providers.people_data_labs.limits import (
    BATCH,
    BUDGETS,
    CONCURRENCY,
    FINDS_BY,
    LOOK_UPS,
    NAME,
    PAGES,
    SEARCH_TELLS,
    SEARCHES,
    SOURCES,
    TITLE,
)
from houselist.providers.people_data_labs.paging import read_page, unpack
from houselist.providers.people_data_labs.people import EMAILS, FIELDS, PROFILES, person, slugs
from houselist.providers.people_data_labs.queries import read_query
from houselist.providers.people_data_labs.unconfirmed import KEPT_LETTERS, KEY_IS_GOOD, OF_THE_KEY
from houselist.searches.shapes import UnreadableSearch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from houselist.linkedin import Profile
    from houselist.providers.base import (
        Budget,
        Commenters,
        Kind,
        LeadList,
        Named,
        PageSizes,
        ProfileKind,
        ProviderPerson,
        ProviderQuery,
        QueryKind,
        SavedSearch,
        SearchUrl,
        Told,
    )
    from houselist.providers.people_data_labs.calls import PeopleDataLabsAccount

_NOBODY: Final = (
    f"{TITLE} finds nobody. It compares companies, schools, industries and places by their whole"
    " names, as it spells them itself."
)
_NOT_FOUND: Final = f"{TITLE} does not know this person"
_SOMEBODY_ELSE: Final = f"{TITLE} sent somebody with another profile address, who was not used"
_NO_NAME: Final = f"{TITLE} finds people by the public address of their profile alone"


class PeopleDataLabs:
    """The port for one key, which is the account."""

    name: str = NAME
    sources: frozenset[QueryKind] = SOURCES
    budgets: Mapping[Kind, Budget] = BUDGETS
    concurrency: int = CONCURRENCY
    look_up_kind: Kind = LOOK_UPS
    look_up_batch: int = BATCH
    finds_by: frozenset[ProfileKind] = FINDS_BY
    search_tells: frozenset[Told] = SEARCH_TELLS
    list_kind: Kind | None = None

    def __init__(self, account: PeopleDataLabsAccount) -> None:
        self._account = account

    def cost(self, query: ProviderQuery) -> Cost:
        del query
        return Cost(SEARCHES, by_person=True)

    def page_sizes(self, query: ProviderQuery, cursor: str | None) -> PageSizes:
        del query, cursor
        return PAGES

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        """Notes name what could not be asked. Raises UserError when that leaves everybody."""
        try:
            asked = read_query(query.people())
        except UnreadableSearch as error:
            raise UserError(str(error)) from error
        whose = mark(asked.query)
        place = None if cursor is None else unpack(cursor, whose)
        body: Json = {
            "query": {"query": asked.query},
            "size": max(PAGES.smallest, min(limit, PAGES.largest)),
            "titlecase": True,
            "data_include": ",".join(FIELDS),
        }
        if place is not None:
            body["scroll_token"] = place.token
        try:
            response = await self._account.post("/person/search", body)
        except NotAtProvider:
            if place is None:
                return ProviderPage([], None, 0, (*asked.notes, _NOBODY))
            return ProviderPage([], None, place.found, asked.notes)
        found = read_page(response, place, whose)
        onward = None if found.onward is None else pack(found.onward)
        people = [person(record, emails=False) for record in found.records]
        return ProviderPage(people, onward, found.total, asked.notes)

    async def saved_search(
        self, query: SavedSearch, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        raise _has_none(query, cursor, limit)

    async def lead_list(
        self, query: LeadList, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        raise _has_none(query, cursor, limit)

    async def commenters(
        self, query: Commenters, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        raise _has_none(query, cursor, limit)

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        """In one request, everybody once: a match costs a credit however often it comes."""
        names = list(dict.fromkeys(who.value for who in people if who.kind in FINDS_BY))
        found = await self._named(names, emails=emails) if names else {}
        came: list[LookedUp] = []
        for who in people:
            if who.kind not in FINDS_BY:
                came.append(LookedUp(None, reason=_NO_NAME))
            elif who.value in found:
                came.append(found[who.value])
            else:
                break
        return came

    async def _named(self, names: list[str], *, emails: bool) -> dict[str, LookedUp]:
        """What came of each, by public name, up to where the account could ask no more."""
        included = ",".join((*FIELDS, PROFILES, *(EMAILS if emails else ())))
        requests = [
            {
                "metadata": {"at": at},
                "params": {
                    "profile": [_address(name)],
                    "titlecase": True,
                    "data_include": included,
                },
            }
            for at, name in enumerate(names)
        ]
        try:
            response = await self._account.post("/person/bulk", {"requests": requests})
        except NotAtProvider:
            return dict.fromkeys(names, LookedUp(None, reason=_NOT_FOUND))
        entries = _in_order(response, len(names))
        self._refuse_failed(entries)
        asked = takewhile(lambda entry: entry.get("status") not in OF_THE_KEY.value, entries)
        return {
            name: _looked_up(name, entry, emails=emails)
            for name, entry in zip(names, asked, strict=False)
        }

    def _refuse_failed(self, entries: list[Json]) -> None:
        """Raises the port's error where all failed alike, or the first for the key's sake.

        So nobody counts as looked up for whom nothing was done. One who fails alone is refused.
        """
        statuses = [count(entry.get("status")) or 500 for entry in entries]
        alike = len(statuses) > 1 and len(set(statuses)) == 1 and statuses[0] not in {200, 404}
        if alike or statuses[0] in OF_THE_KEY.value:
            account = self._account
            raise failed(statuses[0], entries[0], account.now(), secret=account.key)

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]:
        return _no_names(cursor)

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]:
        return _no_names(cursor)

    async def check(self) -> str:
        """A request that asks for nobody, which costs nothing and tells what is left.

        As the page "Usage Limits" has it.
        """
        account = self._account
        response = await account.get("/person/enrich")
        if response.status == 402:
            return "The key is accepted, but all credits of its plan are used up."
        is_theirs = kind(inner(decoded(response.body))) is not None
        if response.status != 200 and not (is_theirs and response.status in KEY_IS_GOOD.value):
            raise failure(response, account.now(), secret=account.key)
        left = response.headers.get("x-totallimit-remaining", "")
        if not (left.isascii() and left.isdigit() and len(left) <= 12):
            return "The key is accepted."
        return f"The key is accepted; {int(left):,} credits for look-ups are left."


def _has_none(query: ProviderQuery, cursor: str | None, limit: int) -> NotAllowed:
    del cursor, limit
    return NotAllowed(refusal(TITLE, SOURCES, query) or "")


def _no_names(cursor: str | None) -> ProviderPage[Named]:
    if cursor is not None:
        raise Broken(f"{TITLE} has no such lists.", again=False, unspent=True)
    return ProviderPage([], None)


def _address(name: str) -> str:
    """As the pages have it: `linkedin.com/in/name`."""
    return f"linkedin.com/in/{quote(name, safe=KEPT_LETTERS.value)}"


def _in_order(response: object, length: int) -> list[Json]:
    """The entries of a bulk in the order they were asked for, by what was sent along with each."""
    if not isinstance(response, list):
        raise not_as_documented()
    entries = [inner(entry) for entry in cast("list[object]", response)]
    by_place = {count(inner(entry.get("metadata")).get("at")): entry for entry in entries}
    if len(entries) != length or by_place.keys() != set(range(length)):
        raise not_as_documented()
    return [by_place[at] for at in range(length)]


def _looked_up(name: str, entry: Json, *, emails: bool) -> LookedUp:
    status = count(entry.get("status"))
    if status == 404:
        return LookedUp(None, reason=_NOT_FOUND)
    if status != 200:
        reason = f"could not be looked up: {TITLE} responded with status {status}"
        return LookedUp(None, reason=reason, refused=True)
    record = inner(entry.get("data"))
    if name not in slugs(record):
        return LookedUp(None, reason=_SOMEBODY_ELSE)
    return LookedUp(person(record, emails=emails))
