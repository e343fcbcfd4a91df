"""Rows about few people, and jobs that match them against what they have stored so far."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from houselist.people.cells.candidates import Candidate, InvalidRow
from houselist.people.fields import COLUMNS, IDENTITIES, WIDTH
from houselist.people.matching import IdentityIndex
from houselist.people.person import Person

if TYPE_CHECKING:
    from houselist.people.outcomes import Verdict

SLUG, LINKEDIN_ID, PROVIDER_ID, EMAIL = range(IDENTITIES)
HEADLINE = COLUMNS.index("headline")
ATTRIBUTES = COLUMNS.index("attributes")

# How many people who share an address are looked at, and how many slugs one has; in production more.
MAX_ALIKE = 3
MAX_SLUGS = 3

SLUGS = st.sampled_from([None, "jo", "flo", "zoe", "ada", "eva"])
IDS = st.sampled_from([None, "id:ACo1", "id:ACo2", "sales:ACw1"])
REST = (st.sampled_from([None, "7", "8"]), st.sampled_from([None, "a@b.example", "c@b.example"]))


def some_rows(identities: Any) -> Any:
    """So few of each identity that rows meet often."""
    headlines, attributes = st.sampled_from([None, "CTO", "CEO"]), st.sampled_from([None, "x", "y"])
    return st.lists(st.tuples(identities, headlines, attributes), max_size=10)


rows = some_rows(st.tuples(SLUGS, IDS, *REST))
# No row of these can show that two people are one.
plain_rows = some_rows(st.tuples(SLUGS, st.none(), *REST) | st.tuples(st.none(), IDS, *REST))
few = settings(max_examples=50)
cuts = st.sets(st.integers(0, 10))


def candidate(row: Any) -> Candidate | InvalidRow:
    found, headline, attribute = row
    if not any(found):
        return InvalidRow("nobody")
    values: list[Any] = [*found, *[None] * (WIDTH - IDENTITIES)]
    values[HEADLINE] = headline
    values[ATTRIBUTES] = {attribute: "1"} if attribute else None
    return Candidate(values, None)


class World(NamedTuple):
    """What the tables hold: everybody's values and other identities by id, which job saw each member
    last, and who was found to be whom. `max_alike`: how many who share an address are looked at."""

    max_alike: int
    people: dict[bytes, tuple[list[Any], tuple[Any, ...]]]
    seen_by: dict[bytes, str]
    merged: dict[bytes, bytes]

    def kept(self, id_: bytes | None) -> bytes | None:
        while id_ in self.merged:
            id_ = self.merged[id_]
        return id_

    def has(self, id_: bytes, index: int, value: Any) -> bool:
        values, others = self.people[id_]
        return values[index] == value or (index, value) in others


def new_world(max_alike: int = 100) -> World:
    return World(max_alike, {}, {}, {})


def run_batch(world: World, job: str, candidates: list[Candidate | InvalidRow]) -> list[Verdict]:
    """One batch as a job runs it: only people who share an identity are read, only what was told
    to have changed is written."""
    wanted = [
        {c.values[index] for c in candidates if isinstance(c, Candidate)} - {None}
        for index in range(IDENTITIES)
    ]
    near = {
        id_
        for index in range(IDENTITIES)
        for value in wanted[index]
        for id_ in [i for i in sorted(world.people) if world.has(i, index, value)][
            : world.max_alike
        ]
    }
    known = [
        Person(
            id_,
            list(values),
            None if id_ not in world.seen_by else "job" if world.seen_by[id_] == job else "member",
            others,
        )
        for id_, (values, others) in sorted(world.people.items())
        if id_ in near
    ]
    index = IdentityIndex(known)
    verdicts: list[Verdict] = []
    for start in range(0, len(candidates), 2):
        matched = index.match(candidates[start : start + 2])
        verdicts += matched.verdicts
        for person in matched.created:
            world.people[person.id] = list(person.values), person.others
        for person in matched.joined:
            world.seen_by[person.id] = job
        for gone, _ in matched.merged:
            _merge(world, gone, job)
    for person in [*index.changed, *index.with_new_identities.values()]:
        if person.merged_into is None:
            world.people[person.id] = list(person.values), person.others
    for person in index.seen:
        world.seen_by[person.kept.id] = job
    return verdicts


def _merge(world: World, gone: Person, job: str) -> None:
    """What the tables make of it: who is gone leaves, and the latest of who saw them stays."""
    world.people.pop(gone.id, None)
    world.merged[gone.id] = gone.kept.id
    seen = {world.seen_by.pop(gone.id, None), world.seen_by.get(gone.kept.id)} - {None}
    if seen:
        world.seen_by[gone.kept.id] = job if job in seen else max(seen)


def run_job(world: World, job: str, given_rows: list[Any], at: set[int]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    starts = sorted({0, len(given_rows), *(cut for cut in at if cut < len(given_rows))})
    for start, end in pairwise(starts):
        verdicts += run_batch(world, job, [candidate(row) for row in given_rows[start:end]])
    return verdicts
