"""The provider port: what a provider of people can be asked, what it gives, how it may fail. Pure.

A call is one attempt. Whether it is made again, and when, is decided by who asked, so that each
attempt is counted in the account's daily budget. What is not one of the port's errors is a defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from houselist.linkedin import Profile

Item = TypeVar("Item")

# What an account's day is counted in. `pages` is every call that is none of the others.
Kind: TypeAlias = Literal["searchRows", "salesRows", "profiles", "pages"]
KINDS: tuple[Kind, ...] = ("searchRows", "salesRows", "profiles", "pages")

_MOST_WORDS = 300


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody as a provider tells of them; what it does not know is None.

    `provider_id` is the provider's own id. `linkedin_url` may be any address that parse_profile
    takes, an internal id's included; `public_identifier` is the slug. Nothing here is checked yet.
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


class Page(NamedTuple, Generic[Item]):
    """One page. `cursor` asks for the next one and is None on the last.

    A page may be empty and yet have a cursor. `total` is what the provider says the whole source
    holds, which may change from page to page; None when it does not say. `notes` tell people what
    of the question the provider could not heed.
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


Question: TypeAlias = SearchUrl | SavedSearch | LeadList | Commenters


class Provider(Protocol):
    """A provider, for one account. Every method may raise the errors below and no others."""

    name: str
    """`unipile` or `directory`."""

    limits: Mapping[Kind, int]
    """How many of each kind a day gives, unless the connection says otherwise. Missing: no end."""

    concurrency: int
    """How many calls at once the account bears; 0: as many as one likes."""

    def page_size(self, question: Question) -> int:
        """The most people that one page of the question can hold."""
        ...

    async def search(self, question: SearchUrl, cursor: str | None, most: int) -> Page[Person]:
        """People of a search. `most` (1 to page_size) stays the same from page to page."""
        ...

    async def saved_search(
        self, question: SavedSearch, cursor: str | None, most: int
    ) -> Page[Person]: ...

    async def lead_list(
        self, question: LeadList, cursor: str | None, most: int
    ) -> Page[Person]: ...

    async def commenters(self, question: Commenters, cursor: str | None, most: int) -> Page[Person]:
        """One person per comment, so the same person may come often; companies are left out."""
        ...

    async def profile(self, who: Profile, *, emails: bool) -> Person:
        """One person by slug or internal id (never a member number). Raises NotFound."""
        ...

    async def saved_searches(self, cursor: str | None) -> Page[Named]: ...

    async def lead_lists(self, cursor: str | None) -> Page[Named]: ...

    async def check(self) -> str:
        """Whether the account works, in a few words for people. Raises ReconnectNeeded."""
        ...


def kind_of(question: Question) -> Kind:
    """What a page of this question is counted as."""
    match question:
        case SearchUrl(product="classic"):
            return "searchRows"
        case Commenters():
            return "pages"
        case _:
            return "salesRows"


async def ask(
    provider: Provider, question: Question, cursor: str | None, most: int
) -> Page[Person]:
    """One page of any question."""
    match question:
        case SearchUrl():
            return await provider.search(question, cursor, most)
        case SavedSearch():
            return await provider.saved_search(question, cursor, most)
        case LeadList():
            return await provider.lead_list(question, cursor, most)
        case Commenters():
            return await provider.commenters(question, cursor, most)


class ProviderError(Exception):
    """What a provider may fail with. `str()` is safe to show to whoever started the job.

    `unspent` tells that the provider surely gave nothing, so that the budget of the attempt is
    given back.
    """

    unspent = True

    def __init__(self, words: str) -> None:
        super().__init__(safe(words))


class UserError(ProviderError):
    """The question itself is refused, or the account may not ask it: asking again is no use."""


class NotFound(ProviderError):
    """The person, search, list or post is not there, or not for this account."""


class ReconnectNeeded(ProviderError):
    """The account is disconnected or restricted: its owner has to see to it."""


class TryLater(ProviderError):
    """Too much at once, or throttled. `at` is when to ask again, None when nobody knows."""

    def __init__(self, words: str, at: datetime | None = None, *, unspent: bool = True) -> None:
        super().__init__(words)
        self.at = at
        self.unspent = unspent


class QuotaSpent(ProviderError):
    """The day's budget is used up; `until` is when there is a new one."""

    def __init__(self, words: str, until: datetime) -> None:
        super().__init__(words)
        self.until = until


class Broken(ProviderError):
    """It did not answer, or not as it should. `again`: the next attempt may fare better."""

    def __init__(self, words: str, *, again: bool, unspent: bool = False) -> None:
        super().__init__(words)
        self.again = again
        self.unspent = unspent


def safe(words: str) -> str:
    """A provider's own words made fit to show: one line, printable, no addresses, not long."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    kept = " ".join(word for word in shown.split(" ") if "://" not in word)
    return kept if len(kept) <= _MOST_WORDS else kept[: _MOST_WORDS - 1] + "…"
