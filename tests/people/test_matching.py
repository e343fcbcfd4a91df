"""Who is who, against a model that scans everybody for every row, however the rows are batched."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given

from houselist.people import ladder
from houselist.people.cells.candidates import InvalidRow
from houselist.people.fields import IDENTITIES
from houselist.people.ladder import Ladder
from houselist.people.merge import fill
from support.matching import (
    EMAIL,
    LINKEDIN_ID,
    MAX_ALIKE,
    MAX_SLUGS,
    PROVIDER_ID,
    SLUG,
    World,
    candidate,
    cuts,
    few,
    new_world,
    plain_rows,
    rows,
    run_job,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _few_slugs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ladder, "MAX_SLUGS", MAX_SLUGS)
        yield


class Model:
    """The ladder, row by row: the LinkedIn identity, else the providerId, else the e-mail; a slug
    and an internal id of two people make them one, unless that can't be."""

    def __init__(self, max_alike: int) -> None:
        self.max_alike = max_alike
        self.people: list[list[Any]] = []
        self.known_by: list[list[list[Any]]] = []
        self.into: dict[int, int] = {}
        self.members: dict[int, str] = {}

    def living(self, at: int) -> int:
        while at in self.into:
            at = self.into[at]
        return at

    def match(self, job: str, row: Any) -> tuple[str, int | None]:
        found = candidate(row)
        if isinstance(found, InvalidRow):
            return "invalid", None
        at = self._find(found.values)
        if at is None:
            at = len(self.people)
            self.people.append(list(found.values))
            self.known_by.append([[value] if value else [] for value in found.values[:IDENTITIES]])
        else:
            self._take_over(at, list(found.values))
        seen = self.members.get(at)
        self.members[at] = job
        outcome = "added" if seen is None else "duplicate" if seen == job else "alreadyMember"
        return outcome, at

    def _take_over(self, at: int, later: list[Any]) -> None:
        for index in (SLUG, LINKEDIN_ID):
            value = later[index]
            if value and not self._who(index, value) and self._may_have([at], index, value):
                self.known_by[at][index].append(value)
        for index in (PROVIDER_ID, EMAIL):
            if later[index] and not self.known_by[at][index]:
                self.known_by[at][index].append(later[index])
        fill(self.people[at], [None] * IDENTITIES + later[IDENTITIES:])

    def _may_have(self, people: list[int], index: int, *more: Any) -> bool:
        values = {*more, *(value for at in people for value in self.known_by[at][index])}
        if index == SLUG:
            return len(values) <= MAX_SLUGS
        return len({value.split(":")[0] for value in values}) == len(values)

    def _who(self, index: int, value: Any) -> list[int]:
        everybody = range(len(self.people))
        return [at for at in everybody if at not in self.into and value in self.known_by[at][index]]

    def _find(self, values: list[Any]) -> int | None:
        slug, linkedin_id, provider_id, email = values[:IDENTITIES]
        by_slug = self._who(SLUG, slug) if slug else []
        by_id = self._who(LINKEDIN_ID, linkedin_id) if linkedin_id else []
        if by_slug and by_id and by_slug != by_id:
            both = sorted(by_slug + by_id)
            if all(self._may_have(both, index) for index in (SLUG, LINKEDIN_ID)):
                self._merge(*both)
                return both[0]
        if by_id or by_slug:
            return (by_id or by_slug)[0]
        for at in self._who(PROVIDER_ID, provider_id)[: self.max_alike] if provider_id else []:
            if self._linkedin_agrees(at, values):
                return at
        for at in self._who(EMAIL, email)[: self.max_alike] if email else []:
            if self._linkedin_agrees(at, values) and self._agree(at, PROVIDER_ID, provider_id):
                return at
        return None

    def _merge(self, kept: int, gone: int) -> None:
        self.into[gone] = kept
        for index in range(IDENTITIES):
            ours = self.known_by[kept][index]
            ours += [value for value in self.known_by[gone][index] if value not in ours]
        fill(self.people[kept], [None] * IDENTITIES + self.people[gone][IDENTITIES:])
        seen = {self.members.pop(gone, None), self.members.get(kept)} - {None}
        if seen:
            self.members[kept] = max(seen)

    def _agree(self, at: int, index: int, value: Any) -> bool:
        ours = self.known_by[at][index]
        return not value or not ours or value in ours

    def _linkedin_agrees(self, at: int, values: list[Any]) -> bool:
        return self._agree(at, SLUG, values[SLUG]) and (
            not values[LINKEDIN_ID] or self._may_have([at], LINKEDIN_ID, values[LINKEDIN_ID])
        )


def assert_alike(world: World, jobs: list[tuple[str, list[Any], set[int]]]) -> None:
    """Runs jobs in the world and in a model, and compares all that comes of it."""
    model = Model(world.max_alike)
    told: list[bytes | None] = []
    wanted: list[tuple[str, int | None]] = []
    for job, given_rows, at in jobs:
        verdicts = run_job(world, job, given_rows, at)
        placed = [model.match(job, row) for row in given_rows]
        assert [verdict.outcome for verdict in verdicts] == [outcome for outcome, _ in placed]
        told += [verdict.prospect_id for verdict in verdicts]
        wanted += placed
    ids = sorted(world.people)
    alive = [at for at in range(len(model.people)) if at not in model.into]
    assert len(ids) == len(alive)
    assert [None if id_ is None else ids.index(world.kept(id_)) for id_ in told] == [
        None if at is None else alive.index(model.living(at)) for _, at in wanted
    ]
    for id_, at in zip(ids, alive, strict=True):
        values, others = world.people[id_]
        assert values[IDENTITIES:] == model.people[at][IDENTITIES:]
        for index in range(IDENTITIES):
            known = [values[index], *(value for which, value in others if which == index)]
            assert [value for value in known if value] == model.known_by[at][index]
    assert world.seen_by == {ids[alive.index(at)]: job for at, job in model.members.items()}


@few
@given(rows, rows, cuts, cuts)
@example(
    # Two who are known, and who were both added in one batch, are one; then one of them is a third.
    [
        (("jo", None, None, "a@b.example"), None, None),
        ((None, "id:ACo1", "7", None), None, "x"),
        (("jo", "id:ACo1", None, None), None, None),
        ((None, "sales:ACw1", None, None), "CTO", None),
        (("jo", "sales:ACw1", None, None), None, None),
    ],
    [((None, None, "7", None), None, None), ((None, "sales:ACw1", None, None), None, None)],
    {2},
    set(),
)
@example(
    # Who is gone is found by nothing any more: the address on its own is another's.
    [
        (("jo", None, None, None), None, None),
        ((None, "id:ACo1", None, "a@b.example"), None, None),
        (("jo", "id:ACo1", None, None), None, None),
        (("flo", None, None, "a@b.example"), None, None),
    ],
    [],
    set(),
    set(),
)
@example(
    # Two internal ids of one kind: the address has moved on to somebody else.
    [(("jo", "id:ACo1", None, None), None, None), (("flo", "id:ACo2", None, None), None, None)],
    [(("jo", "id:ACo2", None, None), "CEO", None)],
    set(),
    set(),
)
def test_any_batches_give_what_the_model_gives(
    first: list[Any], second: list[Any], at: set[int], more: set[int]
) -> None:
    assert_alike(new_world(), [("one", first, at), ("two", second, more)])


@few
@given(plain_rows, plain_rows, cuts, cuts)
@example(
    # An older person learns an address after a younger one has it: whom does it find then?
    [((n, None, None, e), None, None) for n, e in (("jo", None), ("flo", "a@b.example"))],
    [((n, None, None, "a@b.example"), None, None) for n in ("jo", None, None)],
    set(),
    {2},
)
@example(
    # The fourth who has the address would do, but only the oldest three are looked at.
    [
        *(((slug, None, "7", "a@b.example"), None, None) for slug in ("jo", "flo", "zoe")),
        (("ada", None, None, "a@b.example"), None, None),
        ((None, None, "8", "a@b.example"), None, None),
    ],
    [],
    set(),
    set(),
)
@example(
    # The same providerId as the fourth who has it: only the e-mail address finds that one.
    [
        (("jo", "id:ACo1", "7", None), None, None),
        (("flo", "id:ACo2", "7", None), None, None),
        (("zoe", "id:ACo3", "7", None), None, None),
        ((None, "id:ACo4", "7", "a@b.example"), None, None),
        (("ada", None, "7", "a@b.example"), None, None),
    ],
    [],
    set(),
    set(),
)
def test_only_the_oldest_of_many_alike_are_looked_at(
    first: list[Any], second: list[Any], at: set[int], more: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ladder, "MAX_ALIKE", MAX_ALIKE)
        assert_alike(new_world(MAX_ALIKE), [("one", first, at), ("two", second, more)])


@few
@given(rows, rows, cuts)
@example(
    # Known and no member, a member, told twice in a file, and told after another row changed it.
    [((n, None, None, None), "CTO", None) for n in ("jo", "flo")],
    [((n, None, None, None), "CTO", x) for n in ("jo", "flo") for x in (None, None, "y", None)],
    set(),
)
@example(
    # The address is known of one and the internal id of another, who is not to be overlooked.
    [(("jo", None, None, None), None, None), ((None, "id:ACo1", None, None), None, None)],
    [(("jo", "id:ACo1", None, None), None, None), (("jo", None, None, None), None, None)],
    set(),
)
def test_a_row_that_says_what_is_known_comes_out_as_after_a_closer_look(
    first: list[Any], second: list[Any], at: set[int]
) -> None:
    world = new_world()
    run_job(world, "one", first, set())
    for id_ in sorted(world.seen_by)[::2]:
        del world.seen_by[id_]
    closer = copy.deepcopy(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ladder, "told", lambda *_: None)
        wanted = run_job(closer, "two", second, at)
    found = run_job(world, "two", second, at)
    assert [each[:2] for each in found] == [each[:2] for each in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one.prospect_id == other.prospect_id or not (
            {one.prospect_id, other.prospect_id} & {*world.seen_by} & {*closer.seen_by}
        )
    assert sorted(world.people.values(), key=repr) == sorted(closer.people.values(), key=repr)
    assert sorted(world.seen_by.values()) == sorted(closer.seen_by.values())


@few
@given(rows, cuts)
def test_nobody_shares_a_linkedin_identity(given_rows: list[Any], at: set[int]) -> None:
    world = new_world()
    run_job(world, "one", given_rows, at)
    taken = [
        identity
        for values, others in world.people.values()
        for identity in [*enumerate(values[:IDENTITIES]), *others]
        if identity[0] in (SLUG, LINKEDIN_ID) and identity[1]
    ]
    assert len(taken) == len(set(taken))


@few
@given(rows)
def test_the_same_rows_again_add_nobody_and_change_no_outcome(given_rows: list[Any]) -> None:
    world = new_world()
    run_job(world, "one", given_rows, set())
    people = set(world.people)
    again = run_job(world, "two", given_rows, set())
    assert {verdict.outcome for verdict in again} <= {"alreadyMember", "duplicate", "invalid"}
    assert set(world.people) <= people


@few
@given(rows, cuts)
def test_every_row_with_an_identity_finds_a_person_who_has_it(
    given_rows: list[Any], at: set[int]
) -> None:
    world = new_world()
    verdicts = run_job(world, "one", given_rows, at)
    for row, verdict in zip(given_rows, verdicts, strict=True):
        kept = world.kept(verdict.prospect_id)
        if kept is None:
            assert not any(row[0])
        else:
            assert any(world.has(kept, index, value) for index, value in enumerate(row[0]) if value)


@few
@given(rows, cuts)
def test_no_address_and_no_provider_id_makes_one_of_two(
    given_rows: list[Any], at: set[int]
) -> None:
    world = new_world()
    run_job(world, "one", [((None, *row[0][1:]), *row[1:]) for row in given_rows], at)
    assert not world.merged
