"""What is noted of each change leads back from what is known now to what was known at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from houselist.people.cells.candidates import Candidate
from houselist.people.changes import IDENTITIES as FURTHER
from houselist.people.changes import Known, change_of, columns_of
from houselist.people.edits import Edit, apply
from houselist.people.fields import (
    ATTRIBUTES,
    COLUMNS,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
    PROVIDER_ID,
    SLUG,
    WIDTH,
)
from houselist.people.matching import IdentityIndex
from houselist.people.merge import MergePolicy
from houselist.people.person import Person

if TYPE_CHECKING:
    from houselist.people.changes import Change

TITLE = COLUMNS.index("title")
SLUGS = st.sampled_from([None, "a", "b", "c"])
IDS = st.sampled_from([None, None, "id:1", "id:2", "sales:1"])
TEXTS = st.sampled_from([None, "x", "y", "z"])
NAMED = st.dictionaries(st.sampled_from("pqr"), st.sampled_from("xyz"))


@st.composite
def rows(draw: Any) -> Candidate:
    values: list[Any] = [None] * WIDTH
    values[SLUG], values[LINKEDIN_ID] = draw(SLUGS), draw(IDS)
    values[EMAIL] = draw(st.sampled_from([None, "a@b.example", "c@b.example"]))
    if not any(values):
        values[PROVIDER_ID] = "7"
    for index in (FIRST_NAME, LAST_NAME, TITLE):
        values[index] = draw(TEXTS)
    values[ATTRIBUTES] = draw(NAMED) or None
    return Candidate(values, None)


def undone(person: Person, changes: list[Change]) -> Known:
    """What was known of a person before these changes."""
    values, others = person.values[:], set(person.others)
    for change in reversed(changes):
        for name, old in change.before.items():
            if name == FURTHER:
                others |= {(COLUMNS.index(kind), value) for kind, value in old}
            elif name == COLUMNS[ATTRIBUTES]:
                attributes: dict[str, Any] = {**(values[ATTRIBUTES] or {}), **old}
                kept = {key: value for key, value in attributes.items() if value is not None}
                values[ATTRIBUTES] = kept or None
            else:
                values[COLUMNS.index(name)] = old
        others -= {(COLUMNS.index(kind), value) for kind, value in change.after.get(FURTHER, ())}
    return Known(values, tuple(sorted(others)))


@given(
    st.lists(rows(), max_size=8),
    st.lists(rows(), max_size=8),
    st.sampled_from([MergePolicy.FILL, MergePolicy.UPDATE]),
)
def test_undoing_every_change_gives_what_the_first_row_said(
    first: list[Candidate], second: list[Candidate], policy: MergePolicy
) -> None:
    given_rows = [row.values[:] for row in (*first, *second)]
    index = IdentityIndex([], policy)
    created = index.match(first).created
    created += index.match(second, None, len(first) + 1).created
    assert [change.row for change in index.changes] == sorted(
        change.row or 0 for change in index.changes
    )
    for person in created:
        if person.merged_into is None:
            changes = [each for each in index.changes if each.person is person]
            assert all(each.before or each.after for each in changes)
            assert person.row is not None
            assert undone(person, changes) == (given_rows[person.row - 1], ())
    # Only who was ever in the database has a history there.
    ids = set(columns_of(index.changes).prospect_ids)
    assert ids <= {person.id for person in created}


EDITS = st.builds(
    Edit,
    st.dictionaries(
        st.sampled_from([FIRST_NAME, LAST_NAME, NAME, TITLE, SLUG, LINKEDIN_ID]), TEXTS
    ),
    st.none() | st.dictionaries(st.sampled_from("pqr"), TEXTS),
)


@given(rows(), st.lists(EDITS, max_size=6))
def test_undoing_every_edit_gives_what_was_there(row: Candidate, edits: list[Edit]) -> None:
    person = Person(b"x", row.values[:], stored=True)
    changes: list[Change] = []
    for edit in edits:
        known = Known.of(person)
        apply(person, edit)
        assert all(person.values[index] == value for index, value in edit.values.items())
        # Nobody has an identity twice.
        identities = person.identities()
        assert len(set(identities)) == len(identities)
        if change := change_of(person, known, "edit", None):
            changes.append(change)
        else:
            assert (person.values, set(person.others)) == (known.values, set(known.others))
    assert undone(person, changes) == (row.values, ())
