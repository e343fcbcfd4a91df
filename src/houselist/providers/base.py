"""The provider port: what a provider of people can be asked, what it sends, how it may fail. Pure.

A call is one attempt. The caller decides whether and when to make another, so that each attempt is
counted in the account's daily budget. An error that is not one of the port's is a defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

from houselist.searches.reading import read_people_search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from houselist.linkedin import Profile
    from houselist.searches.shapes import PeopleSearch

Item = TypeVar("Item")

# What an account's daily budget counts: each provider has kinds of its own.
Kind: TypeAlias = str

# `in` is the slug, the others are the internal ids, as parse_profile tells them apart.
ProfileKind: TypeAlias = Literal["in", "id", "sales", "rec"]
# What is known of a person: all that is no e-mail address, and this.
Told: TypeAlias = Literal["profile", "email"]
BY_ANY: Final[frozenset[ProfileKind]] = frozenset(("in", "id", "sales", "rec"))

_MAX_WORDS = 300


class Budget(NamedTuple):
    """What a day allows of one kind, unless the connection says else; None: no limit.

    `words` say to people what is counted: "rows of searches".
    """

    limit: int | None
    words: str


class Cost(NamedTuple):
    """What a request is counted as: so many of a kind as it asks for people, or one."""

    kind: Kind
    by_person: bool


class PageSizes(NamedTuple):
    """How many people the next page may be asked for."""

    smallest: int
    largest: int


class SizesOfWalk(PageSizes):
    """The same where all pages of a walk have to be as large as the first one, which comes next."""


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
    parts of the query the provider ignored, and where it sent less than there may be.
    """

    items: list[Item]
    cursor: str | None
    total: int | None = None
    notes: tuple[str, ...] = ()


class LookedUp(NamedTuple):
    """What came of looking one person up.

    `person`: None where the provider does not find or refuses them; `reason` says which.
    `held_back`: parts of the person that there are and that were not sent, worth another try later.
    `refused`: the provider refuses to look this person up. If it does so again and again, the
    account is to blame and not the people.
    """

    person: ProviderPerson | None
    held_back: tuple[str, ...] = ()
    reason: str | None = None
    refused: bool = False


class SearchUrl(msgspec.Struct, frozen=True, tag_field="question", tag="searchUrl"):
    """The address of a search for people, as parse_search takes it (classic, sales, recruiter)."""

    url: str
    product: Literal["classic", "sales", "recruiter"]

    def people(self) -> PeopleSearch:
        """The same search in conditions, for a provider that can't read LinkedIn's addresses.

        Raises UnreadableSearch.
        """
        return read_people_search(self.product, self.url)


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
# What a provider can be asked for, by the tags of the queries.
QueryKind: TypeAlias = Literal["searchUrl", "savedSearch", "leadList", "commenters"]

_WORDS: dict[QueryKind, str] = {
    "searchUrl": "searches",
    "savedSearch": "saved searches",
    "leadList": "lead lists",
    "commenters": "comments on posts",
}


def refusal(title: str, sources: frozenset[QueryKind], query: ProviderQuery) -> str | None:
    """Why a provider of that title can't be asked for the query; None if it can."""
    kind: QueryKind = query.__struct_config__.tag  # pyright: ignore[reportAssignmentType] - the four above
    return None if kind in sources else f"{title} has no {_WORDS[kind]}."


class Provider(Protocol):
    """A provider, for one account. Every method may raise the errors below and no others."""

    name: str
    """`unipile`, `directory` and so on."""

    sources: frozenset[QueryKind]
    """What it can be asked for; anything else is refused when a job is started."""

    budgets: Mapping[Kind, Budget]
    """All kinds that its requests are counted as."""

    concurrency: int
    """How many requests at once the account allows; 0: any number."""

    look_up_kind: Kind
    """What looking up one person is counted as."""

    look_up_batch: int
    """How many people one request can look up."""

    finds_by: frozenset[ProfileKind]
    """What people can be looked up by: slug, or internal id of one of LinkedIn's products."""

    search_tells: frozenset[Told]
    """Of what a search sends as much as a look-up would, so that a look-up adds nothing."""

    list_kind: Kind | None
    """What a page of saved searches or lead lists is counted as; None if it has none."""

    def cost(self, query: ProviderQuery) -> Cost:
        """What a page of the query is counted as."""
        ...

    def page_sizes(self, query: ProviderQuery, cursor: str | None) -> PageSizes:
        """How many people the page at this cursor may be asked for.

        SizesOfWalk for a first page whose size binds the pages after it.
        """
        ...

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        """People of a search. `limit` is within page_sizes."""
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

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        """People by slug or internal id (never a member number), in the order asked for.

        At most look_up_batch of them. Fewer than asked for where the account could ask no more on
        the way. An error that is raised says nothing of any of them.
        """
        ...

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]: ...

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]: ...

    async def check(self) -> str:
        """Whether the account works, in a few words for people. Raises ReconnectNeeded."""
        ...


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
    `undelivered`: nothing usable came, but the provider may have asked its own source and counted
    it: to be given back up to a bound only. At most one of the two is true.
    """

    unspent = True
    undelivered = False

    def __init__(self, words: str) -> None:
        super().__init__(safe(words))


class UserError(ProviderError):
    """The query itself is refused: trying again is no use."""


class NotAllowed(UserError):
    """The account may not make such requests at all: its plan or its rights don't cover them."""


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
    """The day's budget is used up; `until`: when the next one begins.

    `kind`: what is used up of the connection's own budget; None where it is the provider's limit.
    """

    def __init__(self, words: str, until: datetime, kind: Kind | None = None) -> None:
        super().__init__(words)
        self.until = until
        self.kind = kind


class Resting(ProviderError):
    """The account is left alone until then, as its connection says; nothing was asked."""

    def __init__(self, words: str, until: datetime) -> None:
        super().__init__(words)
        self.until = until


class Broken(ProviderError):
    """No response, or a wrong one. `again`: the next attempt may succeed."""

    def __init__(
        self, words: str, *, again: bool, unspent: bool = False, undelivered: bool = False
    ) -> None:
        super().__init__(words)
        self.again = again
        self.unspent = unspent
        self.undelivered = undelivered


def safe(words: str) -> str:
    """A provider's own words, fit to show: one line, printable, short, without addresses."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    kept = " ".join(word for word in shown.split(" ") if "://" not in word)
    return kept if len(kept) <= _MAX_WORDS else kept[: _MAX_WORDS - 1] + "…"
