"""Finding people by what they are known by, and making one of two. Pure.

The ladder of contract section 5: the LinkedIn identity, else the providerId, else the e-mail
address. A lower rung never joins two people whom a higher one tells apart. Only a LinkedIn slug and
an internal id in one row make one of two people known: an internal id never changes, a slug may.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from houselist.people.fields import (
    EMAIL,
    IDENTITIES,
    LINKEDIN_ID,
    MAX_SLUGS,
    MOST_ALIKE,
    PROVIDER_ID,
    SLUG,
    Person,
    fill,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.fields import Values

# Of several people who share an identity the oldest is found, wherever a batch begins.
_age = attrgetter("id")
_SEEN = (None, "member", "job")
_NOBODY: Values = [None] * IDENTITIES

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


class Found(NamedTuple):
    """Who a row is. `same`: somebody else known whom the row proves to be that person, the older.

    `is_by_email`: nothing but the e-mail address was shared. `note`: what people should know of the
    row.
    """

    person: Person | None
    same: Person | None = None
    is_by_email: bool = False
    note: str | None = None

    @property
    def seen(self) -> str | None:
        """Whether this job's audience holds the person, as in Person."""
        if self.person is None:
            return None
        return self.person.seen if self.same is None else _strongest(self.person, self.same)


_NEW = Found(None)


class IdentityIndex:
    """People, each findable by everything that the person is known by."""

    # Whether a row may prove that two people are one.
    merges = True

    def __init__(self, known: Iterable[Person]) -> None:
        self._by_slug: dict[object, Person] = {}
        self._by_linkedin_id: dict[object, Person] = {}
        self._by_provider_id: defaultdict[object, list[Person]] = defaultdict(list)
        self._by_email: defaultdict[object, list[Person]] = defaultdict(list)
        # Whose values are others than stored, and who is known by more than before.
        self.changed: list[Person] = []
        self.learnt: dict[bytes, Person] = {}
        for person in known:
            person.stored = True
            self._index(person, _NOBODY)
            for index, value in person.others:
                self._put(index, value, person)

    def find(self, values: Values) -> Found:
        """Who has the identities of a row."""
        slug, linkedin_id, provider_id, email = values[:IDENTITIES]
        by_slug = None if slug is None else self._by_slug.get(slug)
        if by_slug is not None and linkedin_id is None:
            return Found(by_slug)
        by_id = None if linkedin_id is None else self._by_linkedin_id.get(linkedin_id)
        if by_slug is not None or by_id is not None:
            return self._by_linkedin(values, by_slug, by_id)
        if provider_id is not None:
            for person in islice(self._by_provider_id.get(provider_id, ()), MOST_ALIKE):
                if not _has_other_linkedin(person, values):
                    return Found(person)
        if email is not None:
            for person in islice(self._by_email.get(email, ()), MOST_ALIKE):
                if not (_has_other_linkedin(person, values) or _has_other_provider(person, values)):
                    return Found(person, is_by_email=True)
        return _NEW

    def _by_linkedin(self, values: Values, by_slug: Person | None, by_id: Person | None) -> Found:
        if by_slug is None or by_slug is by_id:
            return Found(by_id)
        if by_id is None:
            return Found(by_slug, note=OTHER_ID if _has_other_id(by_slug, values) else None)
        if not self.merges:
            return Found(by_slug)
        if (why := _why_not_one(by_slug, by_id)) is not None:
            return Found(by_id, note=why)
        older, younger = sorted((by_slug, by_id), key=_age)
        return Found(older, younger)

    def unite(self, kept: Person, gone: Person) -> None:
        """Makes one person of two; what was known of the one who goes fills what is null."""
        kept.seen = _strongest(kept, gone)
        for index, value in gone.identities():
            if index == PROVIDER_ID:
                self._by_provider_id[value].remove(gone)
            elif index == EMAIL:
                self._by_email[value].remove(gone)
            self._give(kept, index, value)
        gone.merged_into = kept
        if fill(kept.values, [*_NOBODY, *gone.values[IDENTITIES:]]):
            self._note_change(kept)

    def learn(self, person: Person, values: Values) -> Values:
        """Has a person known by a row's LinkedIn identities too; the row without what is no news.

        Nobody gets what somebody else is known by, a second id of one kind, or slugs without end.
        """
        (slug, linkedin_id), (known_slug, known_id) = (
            values[:PROVIDER_ID],
            person.values[:PROVIDER_ID],
        )
        if (slug is None or slug == known_slug) and (
            linkedin_id is None or linkedin_id == known_id
        ):
            return values
        news = list(values)
        for index, taken in ((SLUG, self._by_slug), (LINKEDIN_ID, self._by_linkedin_id)):
            value = news[index]
            if value is None:
                continue
            if value in taken or not _may_have(person, index, str(value)):
                news[index] = None
            elif person.values[index] is not None:
                self._give(person, index, str(value))
                news[index] = None
        return news

    def _give(self, person: Person, index: int, value: str) -> None:
        """Adds an identity to those of a person, in its own column while that is empty."""
        if person.values[index] is None:
            person.values[index] = value
            self._note_change(person)
        elif person.values[index] == value or (index, value) in person.others:
            return
        else:
            person.others = (*person.others, (index, value))
            self.learnt[person.id] = person
        self._put(index, value, person)

    def _note_change(self, person: Person) -> None:
        if person.stored and not person.changed:
            person.changed = True
            self.changed.append(person)

    def _index(self, person: Person, before: Values) -> None:
        """Makes a person findable by the identities that are not in `before`."""
        slug, linkedin_id, provider_id, email = person.values[:IDENTITIES]
        if slug is not None and before[SLUG] is None:
            self._by_slug[slug] = person
        if linkedin_id is not None and before[LINKEDIN_ID] is None:
            self._by_linkedin_id[linkedin_id] = person
        if provider_id is not None and before[PROVIDER_ID] is None:
            insort(self._by_provider_id[provider_id], person, key=_age)
        if email is not None and before[EMAIL] is None:
            insort(self._by_email[email], person, key=_age)

    def _put(self, index: int, value: str, person: Person) -> None:
        if index == SLUG:
            self._by_slug[value] = person
        elif index == LINKEDIN_ID:
            self._by_linkedin_id[value] = person
        else:
            alike = (self._by_provider_id if index == PROVIDER_ID else self._by_email)[value]
            insort(alike, person, key=_age)


def _strongest(one: Person, other: Person) -> str | None:
    return max(one.seen, other.seen, key=_SEEN.index)


def _kind(linkedin_id: str) -> str:
    return linkedin_id.partition(":")[0]


def _has_other_linkedin(person: Person, values: Values) -> bool:
    """Whether somebody whom no LinkedIn identity of a row found has different ones of its kinds."""
    if values[SLUG] is not None and person.values[SLUG] is not None:
        return True
    return _has_other_id(person, values)


def _has_other_id(person: Person, values: Values) -> bool:
    linkedin_id, known = values[LINKEDIN_ID], person.values[LINKEDIN_ID]
    if not isinstance(linkedin_id, str) or known is None or known == linkedin_id:
        return False
    return not _may_have(person, LINKEDIN_ID, linkedin_id)


def _may_have(person: Person, index: int, value: str) -> bool:
    """Whether a person can be known by one more slug, or has no other id of this id's kind."""
    if index == SLUG:
        return not person.others or len(person.known_by(SLUG)) < MAX_SLUGS
    of_kind = (each for each in person.known_by(LINKEDIN_ID) if _kind(each) == _kind(value))
    return all(each == value for each in of_kind)


def _has_other_provider(person: Person, values: Values) -> bool:
    """Whether somebody has another providerId than a row; one that many share may find nobody."""
    if values[PROVIDER_ID] is None or person.values[PROVIDER_ID] is None:
        return False
    return values[PROVIDER_ID] not in person.known_by(PROVIDER_ID)


def _why_not_one(one: Person, other: Person) -> str | None:
    """Why two people can't be one, though a row has a LinkedIn identity of each."""
    ids = [*one.known_by(LINKEDIN_ID), *other.known_by(LINKEDIN_ID)]
    if len({_kind(value) for value in ids}) < len(ids):
        return _OTHER_IDS
    slugs = [*one.known_by(SLUG), *other.known_by(SLUG)]
    return _TOO_MANY if len(slugs) > MAX_SLUGS else None
