"""Matching: which person each row is about, and what becomes of the row. Pure.

How a person is found is in ladder.py, what a row does to one who is known in merge.py. Most rows
share no identity with anybody: such a row is a new person, and there is nothing to decide.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.ids import new_ids
from houselist.people.cells.candidates import InvalidRow
from houselist.people.changes import Known, change_of
from houselist.people.fields import EMAIL, IDENTITIES, LINKEDIN_ID, PROVIDER_ID, SLUG
from houselist.people.ladder import Ladder, can_have, latest
from houselist.people.merge import MergePolicy, fill, merge, note_left_out
from houselist.people.outcomes import Outcome, Verdict
from houselist.people.person import Person
from houselist.people.two_names import note_two_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from houselist.people.cells.candidates import Candidate
    from houselist.people.changes import Change
    from houselist.people.fields import Values
    from houselist.people.ladder import Found
    from houselist.people.outcomes import Remaining
    from houselist.people.person import Seen

# Rows between which everything else may run; they take less than a millisecond.
_AT_ONCE = 250


class Matched(NamedTuple):
    """What came of some rows: who is new, who joins the audience, and a verdict for each row.

    `merged`: people who turned out to be somebody else, each with the row that showed it. They may
    be in `joined`, but not in `created`.
    """

    created: list[Person]
    joined: list[Person]
    verdicts: list[Verdict]
    merged: list[tuple[Person, int]]


class IdentityIndex:
    """The people whom a batch may be about, known before or created by it.

    What a batch has to write: `changed`, people whose values are not the stored ones;
    `with_new_identities`, people with more identities beside their values, by id; `changes`, what
    each row changed of somebody, in the order of the rows; `seen`, earlier members of the audience
    whom the batch was about.
    """

    def __init__(self, known: Iterable[Person], policy: MergePolicy = MergePolicy.FILL) -> None:
        self._policy = policy
        self._ladder = Ladder(joins_people=policy.joins_people)
        # People whom nothing so far shares an identity with, so they need not be found yet.
        self._alone: list[Person] = []
        self._ids = new_ids()
        self.changed: list[Person] = []
        self.with_new_identities: dict[bytes, Person] = {}
        self.changes: list[Change] = []
        self.seen: list[Person] = []
        for person in known:
            person.stored = True
            self._ladder.add(person)
            for index, value in person.others:
                self._ladder.put(person, index, value)

    def match(
        self,
        rows: Sequence[Candidate | InvalidRow],
        remaining: Remaining | None = None,
        first_row: int = 1,
    ) -> Matched:
        """Finds or creates the person of each row. Rows must come in the order of the source.

        `first_row`: which row of the source the first of them is, counted from 1. People whom an
        earlier call created are in `changed` if these rows change them.
        """
        matched = Matched([], [], [], [])
        for _ in self._match_all(rows, remaining, first_row, matched):
            pass
        return matched

    async def match_between(
        self,
        rows: Sequence[Candidate | InvalidRow],
        remaining: Remaining | None = None,
        first_row: int = 1,
    ) -> Matched:
        """The same as match(), some at a time: everything else runs in between."""
        matched = Matched([], [], [], [])
        for _ in self._match_all(rows, remaining, first_row, matched):
            await asyncio.sleep(0)
        return matched

    def _match_all(
        self,
        rows: Sequence[Candidate | InvalidRow],
        remaining: Remaining | None,
        first_row: int,
        matched: Matched,
    ) -> Iterator[None]:
        """Yields after some rows."""
        for person in self._alone:
            self._ladder.add(person)
        self._alone = []
        # With a limit, whether a row fits depends on those before it.
        is_bounded = remaining is not None
        fills = self._policy is MergePolicy.FILL and not (is_bounded or self._ladder.is_empty)
        shared: set[object] | None = None
        self._ids = new_ids()
        for number, row in enumerate(rows, first_row):
            if isinstance(row, InvalidRow):
                verdict = Verdict("invalid", row.reason, None)
            elif fills and (told := self._ladder.told(row.values)) is not None:
                # A file that is imported again says of each what is known.
                verdict = self._join(told, row.note, matched)
            else:
                if shared is None and not is_bounded:
                    shared = self._shared(rows)
                if shared is None or not shared.isdisjoint(row.values[:IDENTITIES]):
                    verdict = self._match(row, number, matched, remaining)
                else:
                    person = Person(next(self._ids), row.values, "job", row=number)
                    matched.created.append(person)
                    matched.joined.append(person)
                    self._alone.append(person)
                    verdict = Verdict("added", row.note, person.id)
            matched.verdicts.append(verdict)
            if not number % _AT_ONCE:
                yield
        matched.created[:] = [each for each in matched.created if each.merged_into is None]
        for person in matched.created:
            person.stored = True

    def _shared(self, rows: Sequence[Candidate | InvalidRow]) -> set[object]:
        """The identities that several rows have, or a row and somebody in the index.

        Kinds are not told apart: a value of two kinds only has more rows looked at carefully.
        """
        values: list[object] = [
            value
            for row in rows
            if not isinstance(row, InvalidRow)
            for value in row.values[:IDENTITIES]
            if value is not None
        ]
        different = set(values)
        shared = self._ladder.known_of(different)
        if len(different) < len(values):
            shared.update(value for value, number in Counter(values).items() if number > 1)
        return shared

    def _match(
        self, candidate: Candidate, row: int, matched: Matched, remaining: Remaining | None
    ) -> Verdict:
        found = self._ladder.find(candidate.values)
        person, note = found.person, candidate.note
        if remaining is not None and not self._fits(found.seen, len(matched.joined), remaining):
            return Verdict("overLimit", None, person and person.id)
        if person is None:
            person = Person(next(self._ids), candidate.values, row=row)
            self._ladder.add(person)
            matched.created.append(person)
        else:
            if found.is_by_email or found.same is not None or found.note is not None:
                note = _join_notes(note, _note(person, found, candidate, self._policy))
            if found.same is not None:
                self.join_people(person, found.same, row)
                matched.merged.append((found.same, row))
            self.merge(person, candidate, row)
            left_out = note_left_out(self._policy, person.values, candidate.values)
            if left_out is None and found.same is not None:
                left_out = note_left_out(MergePolicy.FILL, person.values, found.same.values)
            note = note if left_out is None else _join_notes(note, left_out)
        return self._join(person, note, matched)

    def _fits(self, seen: Seen | None, added: int, remaining: Remaining) -> bool:
        """Whether the limits allow a person. One whom this job has seen already always fits."""
        if seen == "job":
            return True
        if remaining.found is not None and added + len(self.seen) >= remaining.found:
            return False
        return seen == "member" or remaining.added is None or added < remaining.added

    def _join(self, person: Person, note: str | None, matched: Matched) -> Verdict:
        """Has the person of a row in the audience."""
        outcome: Outcome = "duplicate"
        if person.seen == "member":
            outcome = "alreadyMember"
            self.seen.append(person)
        elif person.seen is None:
            outcome = "added"
            matched.joined.append(person)
        person.seen = "job"
        return Verdict(outcome, note, person.id)

    def merge(self, person: Person, candidate: Candidate, row: int) -> None:
        """Merges a row into a person of this index, but never an identity that another has."""
        if self._policy is MergePolicy.FILL and candidate.values == person.values:
            return
        known = Known.of(person)
        if self._policy is MergePolicy.REPLACE:
            later = self._without_taken(person, candidate.values)
        else:
            later = self._add_identities(person, candidate.values)
        if merge(self._policy, person.values, later, has_name=candidate.has_name):
            self._note_change(person)
            before = known.values[:IDENTITIES]
            if person.values[:IDENTITIES] != before:
                self._ladder.move(person, before)
        elif person.others is known.others:
            return
        kind = "fill" if self._policy is MergePolicy.FILL else "update"
        if change := change_of(person, known, kind, row):
            self.changes.append(change)

    def _without_taken(self, person: Person, values: Values) -> Values:
        """A row's values without the LinkedIn identities that another person has."""
        free = list(values)
        for index in (SLUG, LINKEDIN_ID):
            value = free[index]
            holder = self._ladder.holder(index, value) if isinstance(value, str) else None
            if holder is not None and holder is not person:
                free[index] = None
        return free

    def _add_identities(self, person: Person, values: Values) -> Values:
        """Adds a row's LinkedIn identities to a person; the values that are left to be merged.

        Left out is what another person has, a second internal id of one kind, and a slug too many.
        """
        slug, linkedin_id = values[SLUG], values[LINKEDIN_ID]
        if (slug is None or slug == person.values[SLUG]) and (
            linkedin_id is None or linkedin_id == person.values[LINKEDIN_ID]
        ):
            return values
        later = list(values)
        for index in (SLUG, LINKEDIN_ID):
            value = later[index]
            if not isinstance(value, str):
                continue
            if self._ladder.holder(index, value) is not None or not can_have(person, index, value):
                later[index] = None
            elif person.values[index] is not None:
                self._give(person, index, value)
                later[index] = None
        return later

    def join_people(self, kept: Person, gone: Person, row: int | None) -> None:
        """Makes one person of two: what was known of `gone` fills what is not known of `kept`.

        `row`: the row that proves it, if one does.
        """
        known = Known.of(kept)
        kept.seen = latest(kept, gone)
        for index, value in gone.identities():
            if index in (PROVIDER_ID, EMAIL):
                self._ladder.remove(gone, index, value)
            self._give(kept, index, value)
        gone.merged_into = kept
        if fill(kept.values, [*[None] * IDENTITIES, *gone.values[IDENTITIES:]]):
            self._note_change(kept)
        if change := change_of(kept, known, "merge", row, merged=[gone.id]):
            self.changes.append(change)

    def _give(self, person: Person, index: int, value: str) -> None:
        """Adds an identity to a person: to their values where that column is still empty."""
        if person.values[index] is None:
            person.values[index] = value
            self._note_change(person)
        elif person.values[index] == value or (index, value) in person.others:
            return
        else:
            person.others = (*person.others, (index, value))
            self.with_new_identities[person.id] = person
        self._ladder.put(person, index, value)

    def _note_change(self, person: Person) -> None:
        if person.stored and not person.changed:
            person.changed = True
            self.changed.append(person)


def _join_notes(one: str | None, other: str | None) -> str | None:
    return one if other is None else other if one is None else f"{one}; {other}"


def _note(person: Person, found: Found, candidate: Candidate, policy: MergePolicy) -> str | None:
    """What the user should know about a row that found somebody."""
    if found.same is not None:
        return _merged(person, found.same)
    if found.is_by_email:
        updates = policy is not MergePolicy.FILL
        return note_two_names(person.values, candidate.values, updates=updates)
    return found.note


def _merged(kept: Person, gone: Person) -> str:
    return (
        "two people were known by this row's LinkedIn address and internal id. The row shows that"
        f" they are one, so they were merged: {gone.id.hex()} is now {kept.id.hex()}"
    )
