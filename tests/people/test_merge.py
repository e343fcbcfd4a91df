"""Merging what two rows say of one person: a later one fills, or replaces, and never blanks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.people.cells.candidates import Candidate
from houselist.people.fields import (
    ATTRIBUTES,
    EMAIL,
    FIRST_NAME,
    IDENTITIES,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
    WIDTH,
)
from houselist.people.matching import IdentityIndex
from houselist.people.merge import (
    LEFT_OUT,
    MAX_ATTRIBUTES,
    MergePolicy,
    fill,
    merge,
    note_left_out,
    replace,
    update,
)

text = st.none() | st.sampled_from(["a", "b"])
attributes = st.none() | st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), min_size=1)
values = st.tuples(*[text] * ATTRIBUTES, attributes).map(list)


@given(values, values)
def test_what_is_known_stays(known: list[Any], later: list[Any]) -> None:
    merged = list(known)
    fill(merged, later)
    for index, value in enumerate(known[:ATTRIBUTES]):
        assert merged[index] == (later[index] if value is None else value)
    assert (merged[ATTRIBUTES] or {}) == {**(later[ATTRIBUTES] or {}), **(known[ATTRIBUTES] or {})}


@given(values, values)
def test_it_tells_whether_anything_changed(known: list[Any], later: list[Any]) -> None:
    merged = list(known)
    assert fill(merged, later) == (merged != known)


@given(values, values)
def test_the_same_row_again_changes_nothing(known: list[Any], later: list[Any]) -> None:
    fill(known, later)
    before = list(known)
    assert fill(known, later) is False
    assert known == before


@given(values, values)
def test_neither_the_row_nor_shared_attributes_are_changed(
    known: list[Any], later: list[Any]
) -> None:
    row = [dict(value) if isinstance(value, dict) else value for value in later]
    old = known[ATTRIBUTES]
    before = dict(old) if old else None
    fill(known, later)
    assert later == row
    assert old == before


@settings(max_examples=50)
@given(values, values, st.booleans())
def test_what_a_row_says_replaces_all_but_identities(
    known: list[Any], later: list[Any], has_name: bool
) -> None:
    replaced = list(known)
    assert update(replaced, later, has_name=has_name) == (replaced != known)
    for index, value in enumerate(later[:ATTRIBUTES]):
        if index < IDENTITIES:
            assert replaced[index] == (value if known[index] is None else known[index])
        elif index != NAME or has_name:
            assert replaced[index] == (known[index] if value is None else value)
    both = {**(known[ATTRIBUTES] or {}), **(later[ATTRIBUTES] or {})}
    assert (replaced[ATTRIBUTES] or {}) == both


@pytest.mark.parametrize(
    ("known", "later", "name"),
    [
        (("Jane", "Doe", "Jane Doe"), ("Joan", None), "Joan Doe"),
        (("Jane", "Doe", "Jane M. Doe"), (None, "Miller"), "Jane Miller"),
        (("Jane", "Doe", "Jane M. Doe"), ("Jane", None), "Jane M. Doe"),
        (("Jane", None, "Jane"), (None, "Doe"), "Jane Doe"),
        ((None, None, "Jane M. Doe"), ("Jane", None), "Jane M. Doe"),
        ((None, None, None), ("Jane", None), "Jane"),
        ((None, None, None), (None, None), None),
    ],
)
def test_the_full_name_follows_its_parts(
    known: tuple[str | None, ...], later: tuple[str | None, ...], name: str | None
) -> None:
    person: list[Any] = [None] * WIDTH
    row: list[Any] = [None] * WIDTH
    person[FIRST_NAME : NAME + 1] = known
    row[FIRST_NAME : LAST_NAME + 1] = later
    update(person, row, has_name=False)
    assert person[NAME] == name


@settings(max_examples=50)
@given(values, values)
def test_the_directory_replaces_all_but_the_internal_id(known: list[Any], later: list[Any]) -> None:
    replaced = list(known)
    assert replace(replaced, later) == (replaced != known)
    for index, value in enumerate(later[:ATTRIBUTES]):
        keeps = value is None or (index == LINKEDIN_ID and known[index] is not None)
        assert replaced[index] == (known[index] if keeps else value)


@settings(max_examples=50)
@given(values, values, st.booleans())
def test_each_policy_has_its_function(known: list[Any], later: list[Any], has_name: bool) -> None:
    expected = {policy: list(known) for policy in MergePolicy}
    fill(expected[MergePolicy.FILL], later)
    update(expected[MergePolicy.UPDATE], later, has_name=has_name)
    replace(expected[MergePolicy.REPLACE], later)
    for policy in MergePolicy:
        merged = list(known)
        merge(policy, merged, later, has_name=has_name)
        assert merged == expected[policy]


def grown(policy: MergePolicy, *rows: dict[str, str]) -> list[Any]:
    known: list[Any] = [None] * WIDTH
    for row in rows:
        merge(policy, known, [*[None] * ATTRIBUTES, row], has_name=False)
    return known


@pytest.mark.parametrize("policy", MergePolicy)
def test_attributes_of_one_person_have_a_limit_and_what_is_known_stays(policy: MergePolicy) -> None:
    files = [{f"f{file}x{n}": "y" * 90_000 for n in range(5)} for file in range(20)]
    known = grown(policy, *files)
    attributes = known[ATTRIBUTES]
    length = sum(len(name) + len(value) for name, value in attributes.items())
    assert MAX_ATTRIBUTES - 90_010 < length <= MAX_ATTRIBUTES
    assert attributes.items() >= files[0].items()
    assert note_left_out(policy, known, [*[None] * ATTRIBUTES, files[-1]]) == LEFT_OUT
    assert note_left_out(policy, known, [*[None] * ATTRIBUTES, files[0]]) is None
    assert note_left_out(policy, known, [None] * WIDTH) is None
    # The same row again changes nothing.
    before = dict(attributes)
    assert not merge(policy, known, [*[None] * ATTRIBUTES, files[-1]], has_name=False)
    assert known[ATTRIBUTES] == before


def test_a_longer_value_that_has_no_room_leaves_the_old_one_and_a_shorter_one_replaces_it() -> None:
    known = grown(MergePolicy.UPDATE, {"a": "y" * (MAX_ATTRIBUTES - 10), "b": "1234"})
    longer: list[Any] = [*[None] * ATTRIBUTES, {"b": "z" * 9, "c": "1"}]
    merge(MergePolicy.UPDATE, known, longer, has_name=False)
    assert known[ATTRIBUTES]["b"] == "1234"
    assert known[ATTRIBUTES]["c"] == "1"
    assert note_left_out(MergePolicy.UPDATE, known, longer) == LEFT_OUT
    merge(MergePolicy.UPDATE, known, [*[None] * ATTRIBUTES, {"a": "short"}], has_name=False)
    assert known[ATTRIBUTES]["a"] == "short"


def test_the_note_of_a_row_tells_what_had_no_room() -> None:
    def row(column: str) -> Candidate:
        values: list[Any] = [None] * WIDTH
        values[EMAIL], values[ATTRIBUTES] = "jo@x.example", {column: "y" * 600_000}
        return Candidate(values, "as was said")

    verdicts = IdentityIndex(()).match([row("a"), row("b"), row("a")]).verdicts
    assert [verdict.reason for verdict in verdicts] == [
        "as was said",
        f"as was said; {LEFT_OUT}",
        "as was said",
    ]
