"""All SQL of a dry run: whom it has met so far, as it would leave them.

What is kept of a person is what tells who later rows are about, and what is said of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from houselist.jobs.changes_store import change_job
from houselist.people import copying
from houselist.people.fields import COLUMNS, FIRST_NAME, IDENTITIES, LINKEDIN_ID, NAME, SLUG, WIDTH
from houselist.people.ladder import MAX_ALIKE
from houselist.people.person import Person
from houselist.postgres.db import rows_of
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    import asyncpg

    from houselist.people.fields import Values
    from houselist.people.ladder import Identities
    from houselist.postgres.db import Connection

_decode = msgspec.json.Decoder(tuple[tuple[int, str], ...]).decode
# The positions of what is kept: identities, and first, last and full name.
_KEPT = (*range(IDENTITIES), *range(FIRST_NAME, NAME + 1))
_NAMES = [COLUMNS[index] for index in _KEPT]

_HOLDERS = """
    SELECT prospect_id, {column} AS value FROM dry_run_people
    WHERE account_group_id = $1 AND job_id = $2 AND {column} = ANY({slot}::text[]) AND NOT is_gone
    UNION ALL
    SELECT prospect_id, value FROM dry_run_identities
    WHERE account_group_id = $1 AND job_id = $2 AND kind = '{column}'
      AND value = ANY({slot}::text[])
"""
_UNIQUE = "SELECT prospect_id FROM ({holders}) AS held"
_ALIKE = """
    SELECT prospect_id FROM (
        SELECT prospect_id, row_number() OVER (PARTITION BY value ORDER BY prospect_id) AS number
        FROM ({holders}) AS held
    ) AS alike WHERE number <= {limit}
"""
_GET = f"""
    SELECT prospect_id, is_new, {", ".join(_NAMES)}, others FROM dry_run_people
    WHERE account_group_id = $1 AND job_id = $2 AND prospect_id = ANY($3::bytea[]) AND NOT is_gone
    ORDER BY prospect_id
"""
_PUT = f"""
    INSERT INTO dry_run_people (account_group_id, job_id, prospect_id, is_new, is_gone,
        {", ".join(_NAMES)}, others)
    SELECT $1, $2, id, is_new, is_gone, {", ".join(_NAMES)}, others
    FROM unnest($3::bytea[], $4::boolean[], $5::boolean[], $6::text[],
                {", ".join(f"${n}::text[]" for n in range(7, 7 + len(_NAMES)))})
        AS one (id, is_new, is_gone, others, {", ".join(_NAMES)})
    ON CONFLICT (account_group_id, job_id, prospect_id) DO UPDATE
    SET is_gone = excluded.is_gone, others = excluded.others,
        {", ".join(f"{name} = excluded.{name}" for name in _NAMES)}
"""


class Met(NamedTuple):
    """Some of the people whom a dry run has met, and the ids of those whom it would make."""

    people: list[Person]
    new: set[bytes]


async def get_met(
    connection: Connection, account_group_id: bytes, job_id: bytes, identities: Identities
) -> Met:
    """Everybody whom the dry run has met who has one of these identities by now."""
    kinds = tuple(index for index, values in enumerate(identities) if values)
    if not kinds:
        return Met([], set())
    arrays = [sorted(identities[index]) for index in kinds]
    found = await connection.fetch(_find_by(kinds), account_group_id, job_id, *arrays)
    if not found:
        return Met([], set())
    ids = sorted({row[0] for row in found})
    rows = await connection.fetch(_GET, account_group_id, job_id, ids)
    return Met(
        [_person(row) for row in rows], {row["prospect_id"] for row in rows if row["is_new"]}
    )


@cache
def _find_by(kinds: tuple[int, ...]) -> str:
    return " UNION ALL ".join(
        (_UNIQUE if index in (SLUG, LINKEDIN_ID) else _ALIKE).format(
            holders=_HOLDERS.format(column=COLUMNS[index], slot=f"${n}"), limit=MAX_ALIKE
        )
        for n, index in enumerate(kinds, 3)
    )


def _person(row: asyncpg.Record) -> Person:
    values: Values = [None] * WIDTH
    for number, index in enumerate(_KEPT, 2):
        values[index] = row[number]
    return Person(row[0], values, "job", _decode(row["others"]) if row["others"] else ())


async def get_known(
    connection: Connection, account_group_id: bytes, job_id: bytes, prospect_ids: Collection[bytes]
) -> set[bytes]:
    """Which of these people the dry run has met, whoever they would be by now."""
    rows = await connection.fetch(
        """
        SELECT prospect_id FROM dry_run_people
        WHERE account_group_id = $1 AND job_id = $2 AND prospect_id = ANY($3::bytea[])
        """,
        account_group_id,
        job_id,
        sorted(prospect_ids),
    )
    return {row[0] for row in rows}


class New(NamedTuple):
    """People whom the dry run would make, as COPY takes them, with values in these columns."""

    people: Sequence[Person]
    columns: list[str]
    text: bytes


def encode(account_group_id: bytes, job_id: bytes, people: Sequence[Person]) -> New:
    """People of whom nothing is stored yet."""
    columns: list[list[Any]] = [[each.values[index] for each in people] for index in _KEPT]
    columns.append([_others(each) for each in people])
    filled = [n for n, column in enumerate(columns) if column.count(None) < len(column)]
    text = copying.text_of(
        (f"\\\\x{account_group_id.hex()}", f"\\\\x{job_id.hex()}", "t", "f"),
        [each.id for each in people],
        [columns[n] for n in filled],
    )
    names = [*_NAMES, "others"]
    return New(people, [names[n] for n in filled], text)


async def add(connection: Connection, account_group_id: bytes, job_id: bytes, new: New) -> None:
    """Stores people whom the dry run would make."""
    if not new.people:
        return
    await connection.copy_to_table(
        "dry_run_people",
        source=_at_once(new.text),
        columns=[
            "account_group_id",
            "prospect_id",
            "job_id",
            "is_new",
            "is_gone",
            *new.columns,
        ],
        format="text",
    )
    await _add_identities(connection, account_group_id, job_id, new.people)


async def _at_once(text: bytes) -> AsyncIterator[bytes]:
    yield text


async def put(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    people: Sequence[Person],
    new: Collection[bytes],
) -> None:
    """Stores people as the dry run would leave them. `new`: the ids of those whom it would make."""
    if not people:
        return
    await connection.execute(
        _PUT,
        account_group_id,
        job_id,
        [each.id for each in people],
        [each.id in new for each in people],
        [each.merged_into is not None for each in people],
        [_others(each) for each in people],
        *([each.values[index] for each in people] for index in _KEPT),
    )
    await _add_identities(connection, account_group_id, job_id, people)


async def _add_identities(
    connection: Connection, account_group_id: bytes, job_id: bytes, people: Sequence[Person]
) -> None:
    """Stores what people are found by beside their values. Who is gone is found by nothing."""
    others = [
        (COLUMNS[index], value, each.id)
        for each in people
        if each.merged_into is None
        for index, value in each.others
    ]
    gone = [
        (COLUMNS[index], value, each.id)
        for each in people
        if each.merged_into is not None
        for index, value in each.others
    ]
    if others:
        await connection.execute(
            """
            INSERT INTO dry_run_identities (account_group_id, job_id, kind, value, prospect_id)
            SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bytea[])
            ON CONFLICT DO NOTHING
            """,
            account_group_id,
            job_id,
            *(list(column) for column in zip(*others, strict=True)),
        )
    if gone:
        await connection.execute(
            """
            DELETE FROM dry_run_identities i
            USING unnest($3::text[], $4::text[], $5::bytea[]) AS gone (kind, value, id)
            WHERE i.account_group_id = $1 AND i.job_id = $2 AND i.kind = gone.kind
              AND i.value = gone.value AND i.prospect_id = gone.id
            """,
            account_group_id,
            job_id,
            *(list(column) for column in zip(*gone, strict=True)),
        )


def _others(person: Person) -> str | None:
    return msgspec.json.encode(person.others).decode() if person.others else None


async def begin_batch(
    connection: Connection, account_group_id: bytes, job_id: bytes, position: int
) -> bool | None:
    """Locks the job for a batch. Whether its rows replace what is known.

    None when it is over or another worker has it.
    """
    return await connection.fetchval(
        """
        SELECT on_known = 'update' FROM prospecting_jobs
        WHERE account_group_id = $1 AND id = $2 AND position = $3 AND status = 'running'
          AND import_status = 'running'
        FOR UPDATE
        """,
        account_group_id,
        job_id,
        position,
    )


async def find_list(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> bytes | None:
    """The audience's present list of members. None if the audience was deleted."""
    return await connection.fetchval(
        """
        SELECT coalesce(list_id, id) FROM audiences
        WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL
        """,
        account_group_id,
        audience_id,
    )


async def get_added(
    connection: Connection, account_group_id: bytes, job_id: bytes
) -> tuple[int, bool]:
    """How many people the import would add, and whether it would look up their addresses."""
    row = await connection.fetchrow(
        "SELECT added, search_emails FROM prospecting_jobs WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        job_id,
    )
    if row is None:
        raise RuntimeError("the job is locked and not there")
    return row[0], row[1]


async def say(connection: Connection, account_group_id: bytes, job_id: bytes, words: str) -> None:
    """Adds words to what the import stage says."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET version = version + 1,
            import_details = coalesce(import_details || ' ' || $3::text, $3)
        WHERE account_group_id = $1 AND id = $2 RETURNING id
        """,
        account_group_id,
        job_id,
        words,
    )


async def refresh_statistics(connection: Connection) -> None:
    """Refreshes the statistics that a batch is planned by; skips a table that is being analyzed."""
    await connection.execute("ANALYZE (SKIP_LOCKED) dry_run_people, dry_run_identities")


class Over(NamedTuple):
    """A dry run that is over. `is_old`: it is to go, with its rows."""

    account_group_id: bytes
    job_id: bytes
    is_old: bool


async def get_over(connection: Connection, hours: int) -> list[Over]:
    """The dry runs of all account groups that are over and have left something to remove.

    `hours`: how long their rows are kept.
    """
    rows = await connection.fetch(
        """
        SELECT j.account_group_id, j.id, j.updated_at < now() - make_interval(hours => $1)
        FROM prospecting_jobs j
        WHERE j.dry_run AND j.status NOT IN ('queued', 'running') AND (
            j.updated_at < now() - make_interval(hours => $1)
            OR EXISTS (
                SELECT FROM dry_run_people p
                WHERE p.account_group_id = j.account_group_id AND p.job_id = j.id
            )
        )
        """,
        hours,
    )
    return [Over(*row) for row in rows]


async def purge(connection: Connection, account_group_id: bytes, job_id: bytes, limit: int) -> bool:
    """Removes up to `limit` people whom a dry run that is over has met. True if none are left."""
    # An array, because PostgreSQL may join the keys of a subquery to the whole table.
    gone = await connection.execute(
        """
        DELETE FROM dry_run_people
        WHERE account_group_id = $1 AND job_id = $2 AND prospect_id = ANY (ARRAY(
            SELECT prospect_id FROM dry_run_people
            WHERE account_group_id = $1 AND job_id = $2 ORDER BY prospect_id LIMIT $3
        ))
        """,
        account_group_id,
        job_id,
        limit,
    )
    if rows_of(gone) == limit:
        return False
    await connection.execute(
        "DELETE FROM dry_run_identities WHERE account_group_id = $1 AND job_id = $2",
        account_group_id,
        job_id,
    )
    return True


async def forget(
    connection: Connection, account_group_id: bytes, job_id: bytes, limit: int
) -> bool:
    """Removes up to `limit` rows of a dry run, in the end the job itself. True if it is gone.

    The upload of a file stays, for the import; that of addresses was the dry run's own.
    """
    gone = await connection.execute(
        """
        DELETE FROM prospecting_rows
        WHERE account_group_id = $1 AND job_id = $2 AND row = ANY (ARRAY(
            SELECT row FROM prospecting_rows
            WHERE account_group_id = $1 AND job_id = $2 ORDER BY row LIMIT $3
        ))
        """,
        account_group_id,
        job_id,
        limit,
    )
    if rows_of(gone) == limit:
        return False
    row = await connection.fetchrow(
        """
        DELETE FROM prospecting_jobs WHERE account_group_id = $1 AND id = $2 AND dry_run
          AND status NOT IN ('queued', 'running')
        RETURNING upload_id, source_type = 'url_upload'
        """,
        account_group_id,
        job_id,
    )
    if row is not None and row[1]:
        await uploads.release(connection, account_group_id, row[0])
    return True
