"""How many people a job may still find and add: who fits, who is over the limit, when it is filled."""

from __future__ import annotations

from typing import Any

import pytest

from houselist.ids import new_id
from houselist.people.cells.candidates import Candidate
from houselist.people.fields import WIDTH, Person
from houselist.people.matching import Crowd, Room


def candidate(slug: str) -> Candidate:
    return Candidate([slug, *[None] * (WIDTH - 1)], None)


def outcomes(room: Room | None, rows: str, *, members: str = "", met: str = "") -> list[str]:
    """The outcomes of rows of one letter each, given members of old and people of this job."""
    known = [Person(new_id(), candidate(slug).values, "member") for slug in members]
    known += [Person(new_id(), candidate(slug).values, "job") for slug in met]
    placed = Crowd(known).place([candidate(slug) for slug in rows], room)
    return [verdict.outcome for verdict in placed.verdicts]


def test_without_room_everybody_fits() -> None:
    assert outcomes(None, "abc") == ["added"] * 3
    assert outcomes(Room(None, None), "abc") == ["added"] * 3


def test_room_for_people_found_counts_members_of_old_as_well() -> None:
    expected = ["alreadyMember", "added", "overLimit", "overLimit", "duplicate"]
    assert outcomes(Room(2, None), "abcda", members="ad") == expected


def test_room_for_people_added_counts_newcomers_alone() -> None:
    expected = ["alreadyMember", "added", "overLimit", "alreadyMember", "duplicate"]
    assert outcomes(Room(None, 1), "abcdb", members="ad") == expected


def test_the_smaller_room_ends_first() -> None:
    assert outcomes(Room(3, 1), "abcd", members="cd") == [
        "added",
        "overLimit",
        "alreadyMember",
        "alreadyMember",
    ]
    assert outcomes(Room(1, 3), "abc", members="a") == ["alreadyMember", "overLimit", "overLimit"]


def test_who_was_met_in_this_job_needs_no_room() -> None:
    assert outcomes(Room(0, 0), "ab", met="a") == ["duplicate", "overLimit"]


@pytest.mark.parametrize(
    ("room", "filled"),
    [
        (Room(None, None), []),
        (Room(2, None), [(2, 0), (2, 1), (2, 2), (3, 1)]),
        (Room(None, 1), [(1, 1), (2, 1), (2, 2), (3, 1)]),
        (Room(3, 2), [(2, 2), (3, 1)]),
    ],
)
def test_when_it_is_filled(room: Room, filled: Any) -> None:
    counts = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 1)]
    assert [count for count in counts if room.is_filled(*count)] == filled
