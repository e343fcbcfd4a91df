"""The made-up world behind the fake Unipile: people, searches, lists and posts, all by number."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from houselist.linkedin import Profile

FIRST_NAMES = ("Ada", "Björn", "Chloé", "Dmitri", "Ewa", "Fatou", "Grace", "Hiroshi", "Inés", "Jan")
LAST_NAMES = ("Adler", "Brandão", "Castro", "Dvořák", "Evans", "Fischer", "Gómez", "Horvat")
TITLES = ("Head of Sales", "CTO", "Nurse", "Founder", "Data Engineer", "VP Marketing", "Buyer")
_PRODUCT_BYTE = {"classic": 0x2A, "sales": 0x2C, "recruiter": 0x43}
_KINDS = {"classic": "id", "sales": "sales", "recruiter": "rec"}
_RANGE = re.compile(r"rows(\d+)-(\d+)")
_FIRST_MEMBER = 100_000_000
# Every so many people are out of the account's network: LinkedIn shows no names of them.
OUT_OF_NETWORK = 17


class Source(NamedTuple):
    """The people from `first` up to `last`, as a search, saved search or list."""

    first: int
    last: int
    name: str = ""


class Discussion(NamedTuple):
    """A post's comments. Every third has replies, every `company`th is by a company."""

    comments: int
    replies: int = 0
    company: int = 0
    first: int = 0


@dataclass(slots=True)
class World:
    """What there is. `duplicates`: the share of rows that repeat somebody who came before.

    A post is found by its number, as an activity and by the URN of every other type; one with a
    type before its number by the URN of this type alone.
    """

    people: int = 250
    duplicates: float = 0.0
    saved_searches: dict[str, Source] = field(
        default_factory=lambda: {"501": Source(0, 30, "Buyers"), "502": Source(30, 35, "Café")}
    )
    lead_lists: dict[str, Source] = field(
        default_factory=lambda: {"901": Source(10, 31, "Fair 2026"), "902": Source(0, 0, "Empty")}
    )
    posts: dict[str, Discussion] = field(
        default_factory=lambda: {
            "7100000000000000001": Discussion(10, replies=3, company=4),
            "7100000000000000002": Discussion(0),
            "ugcPost:7100000000000000003": Discussion(3),
        }
    )

    def rows(self, source: Source) -> list[int]:
        """Which person stands in each row."""
        found = list(range(source.first, min(source.last, self.people)))
        if self.duplicates and found:
            every = max(2, round(1 / self.duplicates))
            for at in range(every - 1, len(found), every):
                found[at] = found[at // 2]
        return found

    def searched(self, url: str) -> Source:
        """Whom the address of a search finds: `rows10-20` in it, else everybody."""
        span = _RANGE.search(unquote(url))
        return Source(int(span[1]), int(span[2])) if span else Source(0, self.people)

    def comments(self, post: str) -> list[Comment]:
        """The comments of a post in order, each with its replies."""
        talk = self.posts[post]
        found = []
        for at in range(talk.comments):
            by_company = bool(talk.company) and at % talk.company == talk.company - 1
            count = talk.replies if at % 3 == 0 else 0
            replies = [
                Comment(f"{at}r{n}", (talk.first + at + n) % self.people) for n in range(count)
            ]
            author = None if by_company else (talk.first + at) % self.people
            found.append(Comment(f"{at}", author, replies))
        return found


class Comment(NamedTuple):
    """One comment or reply; None as the author is a company."""

    id: str
    author: int | None
    replies: list[Comment] = []


class Human(NamedTuple):
    """One person."""

    index: int
    slug: str
    first: str
    last: str
    title: str
    company: str
    company_id: str
    email: str | None
    hidden: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def about(self) -> str:
        return f"{self.first} has been in the trade for {self.index % 30 + 1} years.\nAsk away."

    @property
    def headline(self) -> str:
        return f"{self.title} at {self.company}"

    @property
    def photo(self) -> str:
        return f"https://media.example/photos/{self.index}"


@lru_cache(maxsize=200_000)
def human(index: int) -> Human:
    company = index % 40
    return Human(
        index=index,
        slug=f"person-{index}",
        first=FIRST_NAMES[index % len(FIRST_NAMES)],
        last=f"{LAST_NAMES[index % len(LAST_NAMES)]}{index}",
        title=TITLES[index % len(TITLES)],
        company=f"Company {company}",
        company_id=str(1000 + company),
        email=f"person{index}@example.com" if index % 2 == 0 else None,
        hidden=index % OUT_OF_NETWORK == OUT_OF_NETWORK - 1,
    )


@lru_cache(maxsize=200_000)
def token(index: int, product: str = "classic") -> str:
    """The person's internal id in a product, with the member's number inside as LinkedIn has it."""
    number = _FIRST_MEMBER + index
    rest = hashlib.blake2b(f"{product}{index}".encode(), digest_size=21).digest()
    raw = bytes((0, _PRODUCT_BYTE[product])) + number.to_bytes(6, "big") + rest
    return urlsafe_b64encode(raw).decode().rstrip("=")


def index_of(identifier: str, people: int) -> tuple[str, int] | None:
    """Product and person of an id, `slug` and person of a slug; None when it is nobody's."""
    if re.fullmatch(r"person-\d{1,9}", identifier):
        index = int(identifier.removeprefix("person-"))
        return ("slug", index) if index < people else None
    for product, prefix in (("classic", "ACo"), ("sales", "ACw"), ("recruiter", "AEM")):
        if identifier.startswith(prefix):
            index = _by_token(product, people).get(identifier)
            return None if index is None else (product, index)
    return None


@lru_cache(maxsize=64)
def _by_token(product: str, people: int) -> dict[str, int]:
    return {token(index, product): index for index in range(people)}


def by_slug(index: int) -> Profile:
    return Profile("in", human(index).slug)


def by_id(index: int, product: str = "classic") -> Profile:
    return Profile(_KINDS[product], token(index, product))


def search_url(first: int, last: int, product: str = "classic") -> str:
    """The address of a search that finds the people from `first` up to `last`."""
    words = f"rows{first}-{last}"
    match product:
        case "classic":
            return f"https://www.linkedin.com/search/results/people/?keywords={words}"
        case "sales":
            query = quote(f"(keywords:{words})", safe="")
            return f"https://www.linkedin.com/sales/search/people?query={query}"
        case _:
            return f"https://www.linkedin.com/talent/search?keywords={words}"
