"""How many people a job may still find and add: who fits, who is over the limit, when nobody else may be taken."""

from __future__ import annotations

from typing import Any

import pytest

from houselist.ids import new_id
from houselist.people.cells.candidates import Candidate
from houselist.people.fields import WIDTH
from houselist.people.matching import IdentityIndex
from houselist.people.outcomes import Remaining
from houselist.people.person import Person


def candidate(slug: str) -> Candidate:
    return Candidate([slug, *[None] * (WIDTH - 1)], None)


def outcomes(
    remaining: Remaining | None, rows: str, *, members: str = "", seen: str = ""
) -> list[str]:
    """The outcomes of rows of one letter each, given earlier members and people whom this job has seen."""
    known = [Person(new_id(), candidate(slug).values, "member") for slug in members]
    known += [Person(new_id(), candidate(slug).values, "job") for slug in seen]
    matched = IdentityIndex(known).match([candidate(slug) for slug in rows], remaining)
    return [verdict.outcome for verdict in matched.verdicts]


def test_without_a_limit_everybody_fits() -> None:
    assert outcomes(None, "abc") == ["added"] * 3
    assert outcomes(Remaining(None, None), "abc") == ["added"] * 3


def test_people_found_are_earlier_members_as_well() -> None:
    expected = ["alreadyMember", "added", "overLimit", "overLimit", "duplicate"]
    assert outcomes(Remaining(2, None), "abcda", members="ad") == expected


def test_people_added_are_new_members_alone() -> None:
    expected = ["alreadyMember", "added", "overLimit", "alreadyMember", "duplicate"]
    assert outcomes(Remaining(None, 1), "abcdb", members="ad") == expected


def test_the_lower_limit_is_reached_first() -> None:
    assert outcomes(Remaining(3, 1), "abcd", members="cd") == [
        "added",
        "overLimit",
        "alreadyMember",
        "alreadyMember",
    ]
    assert outcomes(Remaining(1, 3), "abc", members="a") == [
        "alreadyMember",
        "overLimit",
        "overLimit",
    ]


def test_a_person_whom_this_job_has_seen_always_fits() -> None:
    assert outcomes(Remaining(0, 0), "ab", seen="a") == ["duplicate", "overLimit"]


@pytest.mark.parametrize(
    ("remaining", "used_up"),
    [
        (Remaining(None, None), []),
        (Remaining(2, None), [(2, 0), (2, 1), (2, 2), (3, 1)]),
        (Remaining(None, 1), [(1, 1), (2, 1), (2, 2), (3, 1)]),
        (Remaining(3, 2), [(2, 2), (3, 1)]),
    ],
)
def test_when_it_is_used_up(remaining: Remaining, used_up: Any) -> None:
    counts = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 1)]
    assert [count for count in counts if remaining.is_used_up(*count)] == used_up
