"""All SQL of a batch. The caller holds one transaction around all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from houselist.people.fields import (
    ATTRIBUTES,
    COLUMNS,
    IDENTITIES,
    LINKEDIN_ID,
    SLUG,
)
from houselist.people.ladder import MAX_ALIKE
from houselist.people.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import asyncpg

    from houselist.people.fields import Values
    from houselist.people.outcomes import Verdict
    from houselist.people.person import Identity
    from houselist.postgres.db import Connection

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode

# Few account groups have any. The others should not pay for a look-up of every value.
_HAS_OTHERS = "(SELECT EXISTS (SELECT FROM prospect_identities WHERE account_group_id = $1))"
_ALIKE = """
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY value ORDER BY id) AS number FROM (
                SELECT {column} AS value, id FROM prospects
                WHERE account_group_id = $1 AND {column} = ANY({slot}::text[])
                UNION ALL
                SELECT value, prospect_id FROM prospect_identities
                WHERE account_group_id = $1 AND kind = '{column}' AND value = ANY({slot}::text[])
        AND {has_others}
            ) AS known
        ) AS alike WHERE number <= $3
"""
_UNIQUE = """
        SELECT id FROM prospects WHERE account_group_id = $1 AND {column} = ANY({slot}::text[])
        UNION
        SELECT prospect_id FROM prospect_identities
        WHERE account_group_id = $1 AND kind = '{column}' AND value = ANY({slot}::text[])
        AND {has_others}
"""
_WHO = "UNION".join(
    (_UNIQUE if index in (SLUG, LINKEDIN_ID) else _ALIKE).format(
        column=COLUMNS[index], slot=f"${n}", has_others=_HAS_OTHERS
    )
    for n, index in enumerate(range(IDENTITIES), 5)
)
_KNOWN = f"""
    SELECT p.id, {", ".join(f"p.{column}" for column in COLUMNS)}, m.seen_by_job_id,
           CASE WHEN {_HAS_OTHERS} THEN array(
               SELECT i.kind || ':' || i.value FROM prospect_identities i
               WHERE i.account_group_id = p.account_group_id AND i.prospect_id = p.id
               ORDER BY i.kind, i.value
           ) ELSE '{{}}'::text[] END AS others
    FROM prospects p
    LEFT JOIN memberships m ON m.account_group_id = p.account_group_id
        AND m.prospect_id = p.id AND m.audience_id = $2
    WHERE p.account_group_id = $1 AND p.id IN ({_WHO} UNION SELECT $4)
    ORDER BY p.id
"""

_CHANGE = f"""
    UPDATE prospects SET {", ".join(f"{column} = ${n}" for n, column in enumerate(COLUMNS, 3))}
    WHERE account_group_id = $1 AND id = $2
"""


async def lock_batches(connection: Connection, account_group_id: bytes) -> None:
    """Locks the batches of an account group, so that one at a time decides who is who.

    Otherwise two jobs with the same new person would both add that person. The lock comes before
    any other, because a batch may need the audiences of all other jobs.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('prospects/' || $1, 0))",
        account_group_id.hex(),
    )


async def get_known(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    audience_id: bytes,
    people: Iterable[Values],
    *,
    also: bytes | None = None,
) -> list[Person]:
    """Everybody who shares an identity with one of `people`, oldest first.

    Of those who share a providerId or an e-mail address, MAX_ALIKE at most. `also`: the id of one
    more person to get.
    """
    wanted = list(people)
    arrays = [
        list({value for values in wanted if isinstance(value := values[index], str)})
        for index in range(IDENTITIES)
    ]
    if not any(arrays) and also is None:
        return []
    rows = await connection.fetch(_KNOWN, account_group_id, audience_id, MAX_ALIKE, also, *arrays)
    return [_person(row, job_id) for row in rows]


def _person(row: asyncpg.Record, job_id: bytes) -> Person:
    values: list[Any] = list(row)[1:-2]
    attributes, seen_by = values[ATTRIBUTES], row["seen_by_job_id"]
    values[ATTRIBUTES] = _decode(attributes) if attributes else None
    seen = None if seen_by is None else "job" if seen_by == job_id else "member"
    return Person(row["id"], values, seen, tuple(map(_identity, row["others"])))


def _identity(text: str) -> Identity:
    kind, _, value = text.partition(":")
    return COLUMNS.index(kind), value


def _json(attributes: Any) -> str | None:
    return None if attributes is None else _encode(attributes).decode()


async def add_people(
    connection: Connection, account_group_id: bytes, people: Iterable[Person], moment: datetime
) -> None:
    await connection.copy_records_to_table(
        "prospects",
        columns=("account_group_id", "id", "created_at", *COLUMNS),
        records=(
            (account_group_id, p.id, moment, *p.values[:ATTRIBUTES], _json(p.values[ATTRIBUTES]))
            for p in people
        ),
    )


async def change_people(
    connection: Connection, account_group_id: bytes, people: Sequence[Person]
) -> None:
    """Writes the values of people who were known before."""
    await connection.executemany(
        _CHANGE,
        [
            (account_group_id, p.id, *p.values[:ATTRIBUTES], _json(p.values[ATTRIBUTES]))
            for p in people
        ],
    )


async def add_identities(
    connection: Connection, account_group_id: bytes, people: Iterable[Person]
) -> None:
    """Stores the identities that people have beside those in the columns of prospects."""
    others = [
        (COLUMNS[index], value, person.id) for person in people for index, value in person.others
    ]
    if not others:
        return
    await connection.execute(
        """
        INSERT INTO prospect_identities (account_group_id, kind, value, prospect_id)
        SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bytea[])
        ON CONFLICT DO NOTHING
        """,
        account_group_id,
        *(list(column) for column in zip(*others, strict=True)),
    )


async def add_members(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    audience_id: bytes,
    people: Sequence[Person],
    *,
    first_position: int,
    moment: datetime,
) -> None:
    await connection.copy_records_to_table(
        "memberships",
        columns=(
            "account_group_id",
            "audience_id",
            "position",
            "prospect_id",
            "seen_by_job_id",
            "added_at",
        ),
        records=(
            (account_group_id, audience_id, position, person.id, job_id, moment)
            for position, person in enumerate(people, first_position)
        ),
    )


async def note_members(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    audience_id: bytes,
    prospect_ids: Iterable[bytes],
) -> None:
    """Notes that this job has seen earlier members, so that their next row is a duplicate."""
    await connection.execute(
        """
        UPDATE memberships
        SET seen_by_job_id = $3, last_seen_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND audience_id = $2 AND prospect_id = ANY($4::bytea[])
        """,
        account_group_id,
        audience_id,
        job_id,
        list(prospect_ids),
    )


async def note_look_up(
    connection: Connection, account_group_id: bytes, prospect_id: bytes, *, emails: bool
) -> None:
    """Notes when a provider was asked about a person, so that it is not asked again soon."""
    await connection.execute(
        f"""
        UPDATE prospects SET looked_up_at = now(){", email_sought_at = now()" if emails else ""}
        WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id,
        prospect_id,
    )


async def add_rows(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    verdicts: Sequence[Verdict],
    *,
    first_row: int,
) -> None:
    await connection.copy_records_to_table(
        "prospecting_rows",
        columns=("account_group_id", "job_id", "row", "outcome", "reason", "prospect_id"),
        records=(
            (account_group_id, job_id, row, *verdict)
            for row, verdict in enumerate(verdicts, first_row)
        ),
    )


async def refresh_statistics(connection: Connection) -> None:
    """Refreshes the statistics that a batch is planned by; skips a table that is being analyzed."""
    await connection.execute(
        f"""
        ANALYZE (SKIP_LOCKED)
            prospects (account_group_id, id, {", ".join(COLUMNS[:IDENTITIES])}),
            memberships (account_group_id, audience_id, prospect_id),
            prospect_identities (account_group_id, kind, value, prospect_id),
            prospect_merges (account_group_id, prospect_id, kept_id)
        """
    )
