"""Finding a known person by what identifies them. Pure.

The ladder of contract section 5: the LinkedIn identity, else the providerId, else the e-mail
address. A lower rung never joins two people whom a higher one tells apart. Only a row with both a
slug and an internal id can prove that two known people are one: a slug may change hands, an
internal id never does.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from itertools import islice
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from houselist.people.fields import IDENTITIES, LINKEDIN_ID, PROVIDER_ID, SLUG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.fields import Values
    from houselist.people.person import Person, Seen

# Thousands may share a providerId or an address such as none@none.example. Only the oldest of them
# are looked at, and a row is never joined to the others, so that no row costs a look at all.
MAX_ALIKE = 100
# Slugs change, but not that often. With more of them the column of internal ids holds something
# else, which must not make everybody in the file one person.
MAX_SLUGS = 10

# Of several people who share an identity the oldest is found, wherever a batch begins.
_age = attrgetter("id")
_RUNGS = range(IDENTITIES)
_NOTHING = {None}

OTHER_ID = (
    "the person known at this LinkedIn address has another internal id; the address was followed"
)
_OTHER_IDS = (
    "the LinkedIn address and the internal id are known of two people who have different internal"
    " ids, so they were not merged; the internal id was followed"
)
_TOO_MANY = (
    f"one person would have more than {MAX_SLUGS} LinkedIn addresses, so nobody was merged; the"
    " internal id was followed. Check that the file's ids are those of the people"
)


# The slugs, internal ids, providerIds and e-mail addresses of some people.
Identities: TypeAlias = "tuple[set[str], ...]"


def identities_of(people: Iterable[Values]) -> Identities:
    """Everything that identifies one of these people."""
    values = list(people)
    columns = cast("list[set[str | None]]", [set(map(itemgetter(n), values)) for n in _RUNGS])
    return tuple(cast("set[str]", column - _NOTHING) for column in columns)


class Found(NamedTuple):
    """The person a row is about. `same`: another person whom the row proves to be that one.

    `is_by_email`: the e-mail address alone was shared. `note`: what the user should know.
    """

    person: Person | None
    same: Person | None = None
    is_by_email: bool = False
    note: str | None = None

    @property
    def seen(self) -> Seen | None:
        """As in Person."""
        if self.person is None:
            return None
        return self.person.seen if self.same is None else latest(self.person, self.same)


_NOBODY = Found(None)


class Ladder:
    """Known people by each of their identities.

    `joins_people`: whether a row can prove that two of them are one.
    """

    def __init__(self, *, joins_people: bool) -> None:
        self._joins_people = joins_people
        self._by_slug: dict[object, Person] = {}
        self._by_linkedin_id: dict[object, Person] = {}
        self._by_provider_id: defaultdict[object, list[Person]] = defaultdict(list)
        self._by_email: defaultdict[object, list[Person]] = defaultdict(list)

    @property
    def is_empty(self) -> bool:
        return not (self._by_slug or self._by_linkedin_id or self._by_provider_id or self._by_email)

    def known_of(self, values: set[object]) -> set[object]:
        """Those of some identities, whatever their kinds, by which somebody may be found."""
        kinds = (self._by_slug, self._by_linkedin_id, self._by_provider_id, self._by_email)
        # Walks through the smaller of the two, in C.
        return set[object]().union(*(kind.keys() & values for kind in kinds if kind))

    def find(self, values: Values) -> Found:
        """The person who has the identities of a row."""
        slug, linkedin_id, provider_id, email = values[:IDENTITIES]
        by_slug = None if slug is None else self._by_slug.get(slug)
        if by_slug is not None and linkedin_id is None:
            return Found(by_slug)
        by_id = None if linkedin_id is None else self._by_linkedin_id.get(linkedin_id)
        if by_slug is not None or by_id is not None:
            return self._by_linkedin(values, by_slug, by_id)
        if provider_id is not None:
            for person in islice(self._by_provider_id.get(provider_id, ()), MAX_ALIKE):
                if not _has_other_linkedin(person, values):
                    return Found(person)
        if email is not None:
            for person in islice(self._by_email.get(email, ()), MAX_ALIKE):
                if not (_has_other_linkedin(person, values) or _has_other_provider(person, values)):
                    return Found(person, is_by_email=True)
        return _NOBODY

    def told(self, values: Values) -> Person | None:
        """The person whom a row finds, if it says just what is known of them."""
        # What most rows are found by, without a word about how.
        person = self._by_slug.get(values[SLUG]) if values[LINKEDIN_ID] is None else None
        if person is None:
            person, same, _, note = self.find(values)
            if same is not None or note is not None:
                return None
        return None if person is None or person.values != values else person

    def _by_linkedin(self, values: Values, by_slug: Person | None, by_id: Person | None) -> Found:
        if by_slug is None or by_slug is by_id:
            return Found(by_id)
        if by_id is None:
            return Found(by_slug, note=OTHER_ID if _has_other_id(by_slug, values) else None)
        if not self._joins_people:
            return Found(by_slug)
        if (why := _why_not_one(by_slug, by_id)) is not None:
            return Found(by_id, note=why)
        older, younger = sorted((by_slug, by_id), key=_age)
        return Found(older, younger)

    def holder(self, index: int, value: str) -> Person | None:
        """The one person who has a slug or an internal id."""
        return (self._by_slug if index == SLUG else self._by_linkedin_id).get(value)

    def add(self, person: Person) -> None:
        """Makes a person findable by the identities among their values."""
        slug, linkedin_id, provider_id, email = person.values[:IDENTITIES]
        if slug is not None:
            self._by_slug[slug] = person
        if linkedin_id is not None:
            self._by_linkedin_id[linkedin_id] = person
        if provider_id is not None:
            insort(self._by_provider_id[provider_id], person, key=_age)
        if email is not None:
            insort(self._by_email[email], person, key=_age)

    def move(self, person: Person, before: Values) -> None:
        """Makes a person findable by the identities they have now, not by those of `before`."""
        for index, old in enumerate(before):
            new = person.values[index]
            if old == new:
                continue
            if isinstance(old, str):
                self.remove(person, index, old)
            if isinstance(new, str):
                self.put(person, index, new)

    def put(self, person: Person, index: int, value: str) -> None:
        """Makes a person findable by one identity."""
        if index == SLUG:
            self._by_slug[value] = person
        elif index == LINKEDIN_ID:
            self._by_linkedin_id[value] = person
        else:
            insort(self._sharing(index, value), person, key=_age)

    def remove(self, person: Person, index: int, value: str) -> None:
        """Makes a person no longer findable by an identity that they have."""
        if index == SLUG:
            del self._by_slug[value]
        elif index == LINKEDIN_ID:
            del self._by_linkedin_id[value]
        else:
            self._sharing(index, value).remove(person)

    def _sharing(self, index: int, value: str) -> list[Person]:
        return (self._by_provider_id if index == PROVIDER_ID else self._by_email)[value]


def latest(one: Person, other: Person) -> Seen | None:
    """What `seen` is of two people who are one."""
    return "job" if "job" in (one.seen, other.seen) else one.seen or other.seen


def can_have(person: Person, index: int, value: str) -> bool:
    """Whether a person can have one more slug, or has no other internal id of this one's kind."""
    if index == SLUG:
        return not person.others or len(person.known_by(SLUG)) < MAX_SLUGS
    of_kind = (each for each in person.known_by(LINKEDIN_ID) if _kind(each) == _kind(value))
    return all(each == value for each in of_kind)


def _kind(linkedin_id: str) -> str:
    return linkedin_id.partition(":")[0]


def _has_other_linkedin(person: Person, values: Values) -> bool:
    """Whether a person whom no LinkedIn identity of a row found has different ones of its kinds."""
    if values[SLUG] is not None and person.values[SLUG] is not None:
        return True
    return _has_other_id(person, values)


def _has_other_id(person: Person, values: Values) -> bool:
    linkedin_id, known = values[LINKEDIN_ID], person.values[LINKEDIN_ID]
    if not isinstance(linkedin_id, str) or known is None or known == linkedin_id:
        return False
    return not can_have(person, LINKEDIN_ID, linkedin_id)


def _has_other_provider(person: Person, values: Values) -> bool:
    """Whether a person has another providerId than a row. One that many share may find nobody."""
    if values[PROVIDER_ID] is None or person.values[PROVIDER_ID] is None:
        return False
    return values[PROVIDER_ID] not in person.known_by(PROVIDER_ID)


def _why_not_one(one: Person, other: Person) -> str | None:
    """Why two people can't be one, although a row has a LinkedIn identity of each."""
    ids = [*one.known_by(LINKEDIN_ID), *other.known_by(LINKEDIN_ID)]
    if len({_kind(value) for value in ids}) < len(ids):
        return _OTHER_IDS
    slugs = [*one.known_by(SLUG), *other.known_by(SLUG)]
    return _TOO_MANY if len(slugs) > MAX_SLUGS else None
