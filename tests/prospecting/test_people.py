"""Merging what two rows say of one person: a later one fills, and never blanks or overwrites."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from houselist.files.mapping import FIELDS
from houselist.ledger.people import (
    ATTRIBUTES,
    COLUMNS,
    FIELD_INDEX,
    IDENTITIES,
    IDENTITY_FIELDS,
    WIDTH,
    merge,
)

text = st.none() | st.sampled_from(["a", "b"])
attributes = st.none() | st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), min_size=1)
values = st.tuples(*[text] * ATTRIBUTES, attributes).map(list)


@given(values, values)
def test_what_is_known_stays(known: list[Any], later: list[Any]) -> None:
    merged = list(known)
    merge(merged, later)
    for index, value in enumerate(known[:ATTRIBUTES]):
        assert merged[index] == (later[index] if value is None else value)
    assert (merged[ATTRIBUTES] or {}) == {**(later[ATTRIBUTES] or {}), **(known[ATTRIBUTES] or {})}


@given(values, values)
def test_it_tells_whether_anything_changed(known: list[Any], later: list[Any]) -> None:
    merged = list(known)
    assert merge(merged, later) == (merged != known)


@given(values, values)
def test_the_same_row_again_changes_nothing(known: list[Any], later: list[Any]) -> None:
    merge(known, later)
    before = list(known)
    assert merge(known, later) is False
    assert known == before


@given(values, values)
def test_neither_the_row_nor_shared_attributes_are_changed(
    known: list[Any], later: list[Any]
) -> None:
    row = [dict(value) if isinstance(value, dict) else value for value in later]
    old = known[ATTRIBUTES]
    before = dict(old) if old else None
    merge(known, later)
    assert later == row
    assert old == before


def test_every_field_of_a_mapping_has_its_place() -> None:
    assert set(FIELD_INDEX) | set(IDENTITY_FIELDS) == set(FIELDS)
    assert len(set(FIELD_INDEX.values())) == len(FIELD_INDEX)
    assert min(FIELD_INDEX.values()) == IDENTITIES
    assert max(FIELD_INDEX.values()) == ATTRIBUTES - 1
    assert len(COLUMNS) == WIDTH
