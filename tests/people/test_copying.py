"""What is written for COPY arrives in PostgreSQL as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from houselist.ids import new_id
from houselist.people import store
from houselist.people.copying import PeopleCopy, members, rows
from houselist.people.fields import ATTRIBUTES, COLUMNS, EMAIL, NAME, SLUG, WIDTH
from houselist.people.members_store import By
from houselist.people.outcomes import Verdict
from houselist.people.person import Person

if TYPE_CHECKING:
    from houselist.postgres.db import Pool

AUDIENCE, JOB = new_id(), new_id()
MOMENT = datetime(2026, 11, 29, 20, 15, 1, 123000, UTC)
TEXTS = (
    "Jörg \U0001f600",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\\N",
    "\\.",
    "C:\\dir\\x",
    "\"quoted\", 'so'",
    " ",
    "\x01\x1f\x7f",
)


def person(n: int, **given: Any) -> Person:
    values: list[Any] = [None] * WIDTH
    values[SLUG] = f"jo-{n}"
    for name, value in given.items():
        values[COLUMNS.index(name)] = value
    return Person(new_id(), values)


async def copied(pool: Pool, people: list[Person]) -> list[list[Any]]:
    """The people as they are in the database afterwards."""
    group = new_id()
    copy = PeopleCopy(group, people, MOMENT)
    async with pool.acquire() as connection:
        await store.add_people(connection, group, copy.pieces(), copy.columns)
        known = await store.get_known(
            connection,
            group,
            JOB,
            AUDIENCE,
            ({str(each.values[SLUG]) for each in people}, *[set()] * 3),
        )
        moments = await connection.fetch(
            "SELECT DISTINCT created_at FROM prospects WHERE account_group_id = $1", group
        )
    assert [row[0] for row in moments] == [MOMENT]
    assert [each.id for each in known] == [each.id for each in people]
    return [each.values for each in known]


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_arrives_as_it_was(pool: Pool, text: str) -> None:
    people = [
        person(1, first_name="Jo", attributes={"Notes": text, text: "x"}),
        person(2, name=text, email=None, about=text),
        person(3, first_name=text, company_name=""),
    ]
    assert await copied(pool, people) == [each.values for each in people]


async def test_more_people_than_one_piece_has(pool: Pool) -> None:
    people = [person(n, email=f"p{n}@x.example" if n % 3 else None) for n in range(2500)]
    people[1700].values[NAME] = "a\tb"
    assert await copied(pool, people) == [each.values for each in people]


@pytest.mark.parametrize("by", [By(job_id=JOB), By(key_id=JOB), By()])
async def test_people_arrive_with_who_made_them(pool: Pool, by: By) -> None:
    group, people = new_id(), [person(n, name="a\tb") for n in range(3)]
    for row, each in enumerate(people, 1 << 33):
        each.row = row
    copy = PeopleCopy(group, people, MOMENT, by)
    async with pool.acquire() as connection:
        await store.add_people(connection, group, copy.pieces(), copy.columns)
        found = await connection.fetch(
            "SELECT made_by_job_id, made_by_row, made_by_key_id, name FROM prospects"
            " WHERE account_group_id = $1 ORDER BY id",
            group,
        )
    rows = [each.row if by.job_id else None for each in people]
    assert [tuple(row) for row in found] == [(by.job_id, row, by.key_id, "a\tb") for row in rows]


def test_columns_that_nobody_fills_are_left_out() -> None:
    assert PeopleCopy(JOB, [person(1), person(2, email="x")], MOMENT).columns == [
        COLUMNS[SLUG],
        COLUMNS[EMAIL],
    ]
    assert (
        PeopleCopy(JOB, [person(1, attributes={"a": "b"})], MOMENT).columns[-1]
        == (COLUMNS[ATTRIBUTES])
    )
    assert PeopleCopy(JOB, [], MOMENT).columns == []


async def test_members_and_rows_arrive_as_they_were(pool: Pool) -> None:
    group = new_id()
    people = [person(n) for n in range(3)]
    moment = MOMENT.astimezone(timezone(timedelta(hours=2)))
    verdicts = [
        Verdict("added", None, people[0].id),
        Verdict("invalid", "has no ü\n", None),
        Verdict("alreadyMember", "note", people[1].id),
        Verdict("duplicate", None, people[1].id),
        Verdict("overLimit", None, None),
    ]
    async with pool.acquire() as connection:
        await store.add_members(
            connection, members(group, AUDIENCE, JOB, people, first_position=7, moment=moment)
        )
        await store.add_rows(connection, rows(group, JOB, verdicts, first_row=1 << 33))
        found = await connection.fetch(
            "SELECT * FROM memberships WHERE account_group_id = $1 ORDER BY position", group
        )
        ledger = await connection.fetch(
            "SELECT row, outcome, reason, prospect_id FROM prospecting_rows"
            " WHERE account_group_id = $1 AND job_id = $2 ORDER BY row",
            group,
            JOB,
        )
    assert [tuple(row) for row in found] == [
        (group, AUDIENCE, position, each.id, JOB, MOMENT, None, None)
        for position, each in enumerate(people, 7)
    ]
    assert [tuple(row) for row in ledger] == [
        (row, *verdict) for row, verdict in enumerate(verdicts, 1 << 33)
    ]
