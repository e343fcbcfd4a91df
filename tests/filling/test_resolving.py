"""Who is who, against a model that scans everybody for every row, however the rows are batched."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from houselist.filling import resolving
from houselist.filling.candidates import Candidate, Refusal
from houselist.filling.resolving import Crowd, Verdict
from houselist.ledger.people import COLUMNS, IDENTITIES, WIDTH, Person, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

SLUG, LINKEDIN_ID, PROVIDER_ID, EMAIL = range(IDENTITIES)
HEADLINE = COLUMNS.index("headline")
ATTRIBUTES = COLUMNS.index("attributes")

# How many people who share an address are looked at; in production more.
MOST = 3

# So few of each that rows meet often.
identities = st.tuples(
    st.sampled_from([None, "jo", "flo", "zoe", "ada", "eva"]),
    st.sampled_from([None, "id:ACo1", "id:ACo2", "sales:ACw1"]),
    st.sampled_from([None, "7", "8"]),
    st.sampled_from([None, "a@b.example", "c@b.example"]),
)
rows = st.lists(
    st.tuples(identities, st.sampled_from([None, "CTO", "CEO"]), st.sampled_from([None, "x", "y"])),
    max_size=14,
)


@pytest.fixture(autouse=True, scope="module")
def _few_alike() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolving, "MOST_ALIKE", MOST)
        yield


def candidate(row: Any) -> Candidate | Refusal:
    found, headline, attribute = row
    if not any(found):
        return Refusal("nobody")
    values: list[Any] = [*found, *[None] * (WIDTH - IDENTITIES)]
    values[HEADLINE] = headline
    values[ATTRIBUTES] = {attribute: "1"} if attribute else None
    return Candidate(values, None)


class World(NamedTuple):
    """What the tables hold: everybody's values by id, and which job saw each member last."""

    people: dict[bytes, list[Any]]
    seen_by: dict[bytes, str]


def run_batch(world: World, job: str, candidates: list[Candidate | Refusal]) -> list[Verdict]:
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
        for id_ in [i for i, one in sorted(world.people.items()) if one[index] == value][:MOST]
    }
    known = [
        Person(
            id_, list(values),
            None if id_ not in world.seen_by else "job" if world.seen_by[id_] == job else "member",
        )
        for id_, values in sorted(world.people.items())
        if id_ in near
    ]  # fmt: skip
    crowd = Crowd(known)
    verdicts: list[Verdict] = []
    for start in range(0, len(candidates), 2):
        placed = crowd.place(candidates[start : start + 2])
        verdicts += placed.verdicts
        for newcomer in placed.newcomers:
            world.people[newcomer.id] = list(newcomer.values)
        for person in placed.joined:
            world.seen_by[person.id] = job
    for person in crowd.changed:
        world.people[person.id] = list(person.values)
    for person in crowd.met:
        world.seen_by[person.id] = job
    return verdicts


def run_job(world: World, job: str, given_rows: list[Any], cuts: set[int]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    starts = sorted({0, len(given_rows), *(cut for cut in cuts if cut < len(given_rows))})
    for start, end in pairwise(starts):
        verdicts += run_batch(world, job, [candidate(row) for row in given_rows[start:end]])
    return verdicts


class Model:
    """The ladder, row by row: the LinkedIn identity, else the providerId, else the e-mail."""

    def __init__(self) -> None:
        self.people: list[list[Any]] = []
        self.members: dict[int, str] = {}

    def place(self, job: str, row: Any) -> tuple[str, int | None]:
        found = candidate(row)
        if isinstance(found, Refusal):
            return "invalid", None
        at = self._find(found.values)
        if at is None:
            at = len(self.people)
            self.people.append(list(found.values))
        else:
            later = list(found.values)
            for index in (SLUG, LINKEDIN_ID):
                if any(person[index] == later[index] for person in self.people):
                    later[index] = None
            merge(self.people[at], later)
        seen = self.members.get(at)
        self.members[at] = job
        outcome = "added" if seen is None else "duplicate" if seen == job else "alreadyMember"
        return outcome, at

    def _find(self, values: list[Any]) -> int | None:
        for index, allowed in (
            (SLUG, lambda _: True),
            (LINKEDIN_ID, lambda _: True),
            (PROVIDER_ID, lambda person: self._linkedin_agrees(person, values)),
            (
                EMAIL,
                lambda person: (
                    self._linkedin_agrees(person, values)
                    and self._agree(person[PROVIDER_ID], values[PROVIDER_ID])
                ),
            ),
        ):
            if values[index] is None:
                continue
            alike = [at for at, one in enumerate(self.people) if one[index] == values[index]]
            for at in alike[:MOST]:
                if allowed(self.people[at]):
                    return at
        return None

    @staticmethod
    def _agree(one: Any, other: Any) -> bool:
        return one is None or other is None or one == other

    def _linkedin_agrees(self, person: list[Any], values: list[Any]) -> bool:
        one, other = person[LINKEDIN_ID], values[LINKEDIN_ID]
        of_one_kind = one and other and one.split(":")[0] == other.split(":")[0]
        return self._agree(person[SLUG], values[SLUG]) and not (of_one_kind and one != other)


@given(rows, rows, st.sets(st.integers(0, 14)), st.sets(st.integers(0, 14)))
@example(
    # An older person learns an address after a younger one has it: whom does it find then?
    [((n, None, None, e), None, None) for n, e in (("jo", None), ("flo", "a@b.example"))],
    [((n, None, None, "a@b.example"), None, None) for n in ("jo", None, None)],
    set(), {2},
)  # fmt: skip
@example(
    # The fourth who has the address would do, but only the oldest three are looked at.
    [
        *(((slug, None, "7", "a@b.example"), None, None) for slug in ("jo", "flo", "zoe")),
        (("ada", None, None, "a@b.example"), None, None),
        ((None, None, "8", "a@b.example"), None, None),
    ],
    [], set(), set(),
)  # fmt: skip
def test_any_batches_give_what_the_model_gives(
    first: list[Any], second: list[Any], cuts: set[int], more_cuts: set[int]
) -> None:
    world, model = World({}, {}), Model()
    for job, given_rows, at in (("one", first, cuts), ("two", second, more_cuts)):
        verdicts = run_job(world, job, given_rows, at)
        wanted = [model.place(job, row) for row in given_rows]
        assert [verdict.outcome for verdict in verdicts] == [outcome for outcome, _ in wanted]
        ids = sorted(world.people)
        assert [
            None if verdict.prospect_id is None else ids.index(verdict.prospect_id)
            for verdict in verdicts
        ] == [at for _, at in wanted]
    assert [values for _, values in sorted(world.people.items())] == model.people


@given(rows, st.sets(st.integers(0, 14)))
def test_nobody_shares_a_linkedin_identity(given_rows: list[Any], cuts: set[int]) -> None:
    world = World({}, {})
    run_job(world, "one", given_rows, cuts)
    for index in (SLUG, LINKEDIN_ID):
        taken = [values[index] for values in world.people.values() if values[index]]
        assert len(taken) == len(set(taken))


@given(rows)
def test_the_same_rows_again_add_nobody_and_change_no_outcome(given_rows: list[Any]) -> None:
    world = World({}, {})
    first = run_job(world, "one", given_rows, set())
    people = {verdict.prospect_id for verdict in first}
    again = run_job(world, "two", given_rows, set())
    assert {verdict.outcome for verdict in again} <= {"alreadyMember", "duplicate", "invalid"}
    assert {verdict.prospect_id for verdict in again} <= people


@given(rows)
def test_every_row_with_an_identity_finds_a_person_who_has_it(given_rows: list[Any]) -> None:
    world = World({}, {})
    verdicts = run_job(world, "one", given_rows, set())
    for row, verdict in zip(given_rows, verdicts, strict=True):
        if verdict.prospect_id is None:
            assert not any(row[0])
        else:
            values = world.people[verdict.prospect_id]
            assert any(one == other for one, other in zip(row[0], values, strict=False) if one)
