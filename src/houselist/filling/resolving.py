"""Who is who: finds each candidate among the people known, and decides its row's outcome. Pure.

The ladder of contract section 5: the LinkedIn identity, else the providerId, else the e-mail
address. A lower rung never joins two people whom a higher one tells apart.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from houselist.filling.candidates import Refusal
from houselist.ids import new_id
from houselist.ledger.people import (
    EMAIL,
    IDENTITIES,
    LINKEDIN_ID,
    MOST_ALIKE,
    PROVIDER_ID,
    SLUG,
    Person,
    merge,
)
from houselist.ledger.verdicts import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.filling.candidates import Candidate
    from houselist.ledger.people import Values

# Of several people who share an identity the oldest is found, wherever a batch begins.
_age = attrgetter("id")


_NOBODY: Values = [None] * IDENTITIES


class Room(NamedTuple):
    """How many people a job may still find, members of old included, and how many it may still add.

    None: as many as there are.
    """

    found: int | None
    added: int | None

    def is_filled(self, found: int, added: int) -> bool:
        """Whether nobody more is wanted, or can be paid for, after so many."""
        return (self.found is not None and found >= self.found) or (
            self.added is not None and added >= self.added
        )


class Placed(NamedTuple):
    """What some rows came to: who is new, who joins the audience, and a verdict for each row."""

    newcomers: list[Person]
    joined: list[Person]
    verdicts: list[Verdict]


class Crowd:
    """The people that a batch may meet: those known before, and those it has met so far."""

    def __init__(self, known: Iterable[Person]) -> None:
        self._by_slug: dict[object, Person] = {}
        self._by_linkedin_id: dict[object, Person] = {}
        self._by_provider_id: defaultdict[object, list[Person]] = defaultdict(list)
        self._by_email: defaultdict[object, list[Person]] = defaultdict(list)
        self.changed: list[Person] = []
        self.met: list[Person] = []
        for person in known:
            person.stored = True
            self._index(person, _NOBODY)

    def place(self, candidates: Iterable[Candidate | Refusal], room: Room | None = None) -> Placed:
        """Finds or adds the person of each row. Rows must come in the order of the source.

        People of an earlier call who have something filled by these rows are in `changed` after.
        """
        placed = Placed([], [], [])
        for candidate in candidates:
            if isinstance(candidate, Refusal):
                placed.verdicts.append(Verdict("invalid", candidate.reason, None))
                continue
            person = self._find(candidate.values)
            if room is not None and not self._fits(person, len(placed.joined), room):
                placed.verdicts.append(Verdict("overLimit", None, person and person.id))
                continue
            if person is None:
                person = Person(new_id(), candidate.values)
                self._index(person, _NOBODY)
                placed.newcomers.append(person)
            else:
                self.fill(person, candidate.values)
            outcome = self._join(person)
            if outcome == "added":
                placed.joined.append(person)
            placed.verdicts.append(Verdict(outcome, candidate.note, person.id))
        for person in placed.newcomers:
            person.stored = True
        return placed

    def _fits(self, person: Person | None, added: int, room: Room) -> bool:
        """Whether there is room for somebody. Who was met in this job before needs none."""
        seen = None if person is None else person.seen
        if seen == "job":
            return True
        if room.found is not None and added + len(self.met) >= room.found:
            return False
        return seen == "member" or room.added is None or added < room.added

    def _join(self, person: Person) -> Outcome:
        if person.seen == "job":
            return "duplicate"
        was_member = person.seen == "member"
        person.seen = "job"
        if was_member:
            self.met.append(person)
            return "alreadyMember"
        return "added"

    def _find(self, values: Values) -> Person | None:
        slug, linkedin_id, provider_id, email = values[:IDENTITIES]
        if slug is not None and (found := self._by_slug.get(slug)):
            return found
        if linkedin_id is not None and (found := self._by_linkedin_id.get(linkedin_id)):
            # An internal id never changes, a slug may, so the id decides alone.
            return found
        if provider_id is not None:
            for person in islice(self._by_provider_id.get(provider_id, ()), MOST_ALIKE):
                if not other_linkedin(person.values, values):
                    return person
        if email is not None:
            for person in islice(self._by_email.get(email, ()), MOST_ALIKE):
                if not other_linkedin(person.values, values) and not _differ(
                    person.values[PROVIDER_ID], provider_id
                ):
                    return person
        return None

    def fill(self, person: Person, values: Values) -> None:
        """Fills what is null of somebody of this crowd; never another's identity."""
        before = person.values[:IDENTITIES]
        later = list(values)
        # An identity that somebody else has already is not given to a second person.
        for index, taken in ((SLUG, self._by_slug), (LINKEDIN_ID, self._by_linkedin_id)):
            if person.values[index] is None and later[index] in taken:
                later[index] = None
        if merge(person.values, later):
            if person.stored and not person.changed:
                person.changed = True
                self.changed.append(person)
            if person.values[:IDENTITIES] != before:
                self._index(person, before)

    def _index(self, person: Person, before: Values | None = None) -> None:
        """Makes a person findable by the identities that are not in `before`."""
        old = before or [None] * 4
        slug, linkedin_id, provider_id, email = person.values[:IDENTITIES]
        if slug is not None and old[SLUG] is None:
            self._by_slug[slug] = person
        if linkedin_id is not None and old[LINKEDIN_ID] is None:
            self._by_linkedin_id[linkedin_id] = person
        if provider_id is not None and old[PROVIDER_ID] is None:
            insort(self._by_provider_id[provider_id], person, key=_age)
        if email is not None and old[EMAIL] is None:
            insort(self._by_email[email], person, key=_age)


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def other_linkedin(known: Values, values: Values) -> bool:
    """Whether two people have LinkedIn identities of one kind, and different ones."""
    if _differ(known[SLUG], values[SLUG]):
        return True
    one, other = known[LINKEDIN_ID], values[LINKEDIN_ID]
    return (
        isinstance(one, str)
        and isinstance(other, str)
        and one != other
        and one.partition(":")[0] == other.partition(":")[0]
    )
