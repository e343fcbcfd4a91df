"""The provider port: what a provider of people can be asked, what it sends, how it may fail. Pure.

A call is one attempt. The caller decides whether and when to make another, so that each attempt is
counted in the account's daily budget. An error that is not one of the port's is a defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from houselist.linkedin import Profile

Item = TypeVar("Item")

# What an account's daily budget counts. `pages` are all requests that are none of the others.
Kind: TypeAlias = Literal["searchRows", "salesRows", "profiles", "pages"]
KINDS: tuple[Kind, ...] = ("searchRows", "salesRows", "profiles", "pages")

_MAX_WORDS = 300


class ProviderPerson(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person as a provider sends them; None for what it does not know.

    `provider_id` is the provider's own id. `linkedin_url` may be any address that parse_profile
    takes, an internal id's included; `public_identifier` is the slug. Nothing is checked yet.
    """

    provider_id: str | None = None
    public_identifier: str | None = None
    linkedin_url: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    headline: str | None = None
    about: str | None = None
    title: str | None = None
    location: str | None = None
    photo_url: str | None = None
    company_name: str | None = None
    company_linkedin_identifier: str | None = None
    company_linkedin_url: str | None = None
    company_industry: str | None = None
    company_website: str | None = None


class Named(NamedTuple):
    """A saved search or a lead list. `id` is digits, as text."""

    id: str
    name: str


class ProviderPage(NamedTuple, Generic[Item]):
    """One page. `cursor` asks for the next one and is None on the last.

    A page may be empty and yet have a cursor. `total`: how many the provider says the whole source
    holds, which may change from page to page; None when it does not say. `notes` tell people which
    parts of the query the provider ignored.
    """

    items: list[Item]
    cursor: str | None
    total: int | None = None
    notes: tuple[str, ...] = ()


class SearchUrl(msgspec.Struct, frozen=True, tag_field="question", tag="searchUrl"):
    """The address of a search for people, as parse_search takes it (classic, sales, recruiter)."""

    url: str
    product: Literal["classic", "sales", "recruiter"]


class SavedSearch(msgspec.Struct, frozen=True, tag_field="question", tag="savedSearch"):
    """A saved search of Sales Navigator, by its digits."""

    id: str


class LeadList(msgspec.Struct, frozen=True, tag_field="question", tag="leadList"):
    """A lead list of Sales Navigator, by its digits."""

    id: str


class Commenters(msgspec.Struct, frozen=True, tag_field="question", tag="commenters"):
    """Who commented on a post, replies included; `type` and `id` as parse_post gives them."""

    type: Literal["activity", "ugcPost", "share"]
    id: str


ProviderQuery: TypeAlias = SearchUrl | SavedSearch | LeadList | Commenters


class Provider(Protocol):
    """A provider, for one account. Every method may raise the errors below and no others."""

    name: str
    """`unipile` or `directory`."""

    limits: Mapping[Kind, int]
    """How many of each kind a day allows, unless the connection says else. Missing: no limit."""

    concurrency: int
    """How many requests at once the account allows; 0: any number."""

    def page_size(self, query: ProviderQuery) -> int:
        """How many people one page of the query can hold."""
        ...

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        """People of a search. `limit` (1 to page_size) stays the same from page to page."""
        ...

    async def saved_search(
        self, query: SavedSearch, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]: ...

    async def lead_list(
        self, query: LeadList, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]: ...

    async def commenters(
        self, query: Commenters, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        """One person per comment, so the same person may come often; companies are left out."""
        ...

    async def profile(self, who: Profile, *, emails: bool) -> ProviderPerson:
        """One person by slug or internal id (never a member number). Raises NotAtProvider."""
        ...

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]: ...

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]: ...

    async def check(self) -> str:
        """Whether the account works, in a few words for people. Raises ReconnectNeeded."""
        ...


def kind_of(query: ProviderQuery) -> Kind:
    """What a page of this query is counted as."""
    match query:
        case SearchUrl(product="classic"):
            return "searchRows"
        case Commenters():
            return "pages"
        case _:
            return "salesRows"


async def ask(
    provider: Provider, query: ProviderQuery, cursor: str | None, limit: int
) -> ProviderPage[ProviderPerson]:
    """One page of any query."""
    match query:
        case SearchUrl():
            return await provider.search(query, cursor, limit)
        case SavedSearch():
            return await provider.saved_search(query, cursor, limit)
        case LeadList():
            return await provider.lead_list(query, cursor, limit)
        case Commenters():
            return await provider.commenters(query, cursor, limit)


class ProviderError(Exception):
    """How a provider may fail. `str()` is safe to show to the person who started the job.

    `unspent`: the provider certainly sent nothing, so the budget of the attempt is given back.
    """

    unspent = True

    def __init__(self, words: str) -> None:
        super().__init__(safe(words))


class UserError(ProviderError):
    """The query itself is refused, or the account may not make it: trying again is no use."""


class NotAtProvider(ProviderError):
    """The person, search, list or post is not there, or not for this account."""


class ReconnectNeeded(ProviderError):
    """The account is disconnected or restricted: its owner has to act."""


class TryLater(ProviderError):
    """Too many requests at once, or throttled. `at`: when to try again, None when unknown."""

    def __init__(self, words: str, at: datetime | None = None, *, unspent: bool = True) -> None:
        super().__init__(words)
        self.at = at
        self.unspent = unspent


class QuotaSpent(ProviderError):
    """The day's budget is used up; `until`: when the next one begins."""

    def __init__(self, words: str, until: datetime) -> None:
        super().__init__(words)
        self.until = until


class Broken(ProviderError):
    """No response, or a wrong one. `again`: the next attempt may succeed."""

    def __init__(self, words: str, *, again: bool, unspent: bool = False) -> None:
        super().__init__(words)
        self.again = again
        self.unspent = unspent


def safe(words: str) -> str:
    """A provider's own words, fit to show: one line, printable, short, without addresses."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    kept = " ".join(word for word in shown.split(" ") if "://" not in word)
    return kept if len(kept) <= _MAX_WORDS else kept[: _MAX_WORDS - 1] + "…"
