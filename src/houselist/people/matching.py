"""Who is who: finds each candidate among the people known, and decides its row's outcome. Pure.

How people are found is in identity_index.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.ids import new_id
from houselist.people.cells.candidates import Refusal
from houselist.people.fields import IDENTITIES, Person, fill, replace
from houselist.people.identity_index import IdentityIndex
from houselist.people.outcomes import Outcome, Verdict
from houselist.people.two_names import note_two_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.cells.candidates import Candidate
    from houselist.people.identity_index import Found


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
    """What some rows came to: who is new, who joins the audience, and a verdict for each row.

    `merged`: who was found to be somebody else, and by which of the rows. They may have joined
    before, but are among `newcomers` no more.
    """

    newcomers: list[Person]
    joined: list[Person]
    verdicts: list[Verdict]
    merged: list[tuple[Person, int]]


class Crowd(IdentityIndex):
    """The people that a batch may meet: those known before, and those it has met so far.

    `updates`: a row's values replace what is known, and don't just fill what is null.
    """

    def __init__(self, known: Iterable[Person], *, updates: bool = False) -> None:
        super().__init__(known)
        self._updates = updates
        self.met: list[Person] = []

    def place(self, candidates: Iterable[Candidate | Refusal], room: Room | None = None) -> Placed:
        """Finds or adds the person of each row. Rows must come in the order of the source.

        People of an earlier call of whom these rows told something new are in `changed` after.
        """
        placed = Placed([], [], [], [])
        for candidate in candidates:
            if isinstance(candidate, Refusal):
                placed.verdicts.append(Verdict("invalid", candidate.reason, None))
            else:
                placed.verdicts.append(self._place(candidate, placed, room))
        placed.newcomers[:] = [each for each in placed.newcomers if each.merged_into is None]
        for person in placed.newcomers:
            person.stored = True
        return placed

    def _place(self, candidate: Candidate, placed: Placed, room: Room | None) -> Verdict:
        found = self.find(candidate.values)
        person, note = found.person, candidate.note
        if room is not None and not self._fits(found.seen, len(placed.joined), room):
            return Verdict("overLimit", None, person and person.id)
        if person is None:
            person = Person(new_id(), candidate.values)
            self._index(person, [None] * IDENTITIES)
            placed.newcomers.append(person)
        else:
            if found.is_by_email or found.same is not None or found.note is not None:
                note = _join_notes(note, _note(person, found, candidate, updates=self._updates))
            if found.same is not None:
                self.unite(person, found.same)
                placed.merged.append((found.same, len(placed.verdicts)))
            self.fill(person, candidate)
        outcome = self._join(person)
        if outcome == "added":
            placed.joined.append(person)
        return Verdict(outcome, note, person.id)

    def _fits(self, seen: str | None, added: int, room: Room) -> bool:
        """Whether there is room for somebody. Who was met in this job before needs none."""
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

    def fill(self, person: Person, candidate: Candidate) -> None:
        """Takes over what a row says of somebody of this crowd; never another's identity."""
        before = person.values[:IDENTITIES]
        news = self.learn(person, candidate.values)
        if self._updates:
            is_changed = replace(person.values, news, has_name=candidate.has_name)
        else:
            is_changed = fill(person.values, news)
        if is_changed:
            self._note_change(person)
            if person.values[:IDENTITIES] != before:
                self._index(person, before)


def _join_notes(one: str | None, other: str | None) -> str | None:
    return one if other is None else other if one is None else f"{one}; {other}"


def _note(person: Person, found: Found, candidate: Candidate, *, updates: bool) -> str | None:
    """What people should know of a row that found somebody."""
    if found.same is not None:
        return _merged(person, found.same)
    if found.is_by_email:
        return note_two_names(person.values, candidate.values, updates=updates)
    return found.note


def _merged(kept: Person, gone: Person) -> str:
    return (
        "two people were known by this row's LinkedIn address and internal id. The row shows that"
        f" they are one, so they were merged: {gone.id.hex()} is now {kept.id.hex()}"
    )
