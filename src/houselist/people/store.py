"""All SQL of a batch. The caller holds one transaction around all of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from houselist.people.copying import attributes_text
from houselist.people.fields import (
    ATTRIBUTES,
    COLUMNS,
    IDENTITIES,
    LINKEDIN_ID,
    SLUG,
)
from houselist.people.ladder import MAX_ALIKE
from houselist.people.person import Person
from houselist.postgres.db import rows_of
from houselist.postgres.plans_store import plan_by_index
from houselist.postgres.tables import NO_ID
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    import asyncpg

    from houselist.people.ladder import Identities
    from houselist.people.person import Identity
    from houselist.postgres.db import Connection

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
        ) AS alike WHERE number <= {limit}
"""
_UNIQUE = """
        SELECT id FROM prospects WHERE account_group_id = $1 AND {column} = ANY({slot}::text[])
        UNION ALL
        SELECT prospect_id FROM prospect_identities
        WHERE account_group_id = $1 AND kind = '{column}' AND value = ANY({slot}::text[])
        AND {has_others}
"""
# Their ids are an array, whoever is looked for: PostgreSQL finds sorted values in one walk through
# an index, and can't join all people with each of them. Members are looked up one by one, by an
# index that has the order of people (docs/decisions/0032).
_KNOWN = f"""
    SELECT p.id, {", ".join(f"p.{column}" for column in COLUMNS)}, m.seen_by_job_id,
           CASE WHEN {_HAS_OTHERS} THEN array(
               SELECT i.kind || ':' || i.value FROM prospect_identities i
               WHERE i.account_group_id = $1 AND i.prospect_id = p.id
               ORDER BY i.kind, i.value
           ) END AS others
    FROM prospects p
    LEFT JOIN LATERAL (
        SELECT seen_by_job_id FROM memberships
        WHERE account_group_id = $1
          AND (prospect_id, audience_id) >= (p.id, $2)
          AND (prospect_id, audience_id) <= (p.id, $2)
        ORDER BY prospect_id, audience_id LIMIT 1
    ) AS m ON true
    WHERE p.account_group_id = $1 AND p.id = ANY({{wanted}})
    ORDER BY p.id
"""
_KNOWN_BY_ID = _KNOWN.format(wanted="$3::bytea[]")

_CHANGE = f"""
    UPDATE prospects SET {", ".join(f"{column} = ${n}" for n, column in enumerate(COLUMNS, 3))}
    WHERE account_group_id = $1 AND id = $2
"""


async def lock_batches(connection: Connection, account_group_id: bytes) -> int:
    """Locks the batches of an account group, so that one at a time decides who is who.

    Otherwise two jobs with the same new person would both add that person. The lock comes before
    any other, because a batch may need the audiences of all other jobs. Returns the version that
    the people of the account group have with this transaction.
    """
    await plan_by_index(connection)
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('prospects/' || $1, 0))",
        account_group_id.hex(),
    )
    return await connection.fetchval(
        """
        INSERT INTO people_versions AS known (account_group_id, version, noted, people, counted)
        VALUES ($1, 1, 1, 0, 1)
        ON CONFLICT (account_group_id)
        DO UPDATE SET version = known.version + 1, noted = known.noted + 1,
            counted = CASE WHEN known.counted = known.version THEN known.version + 1
                ELSE known.counted END
        RETURNING version
        """,
        account_group_id,
    )


async def begin_looking(connection: Connection) -> datetime:
    """Begins a transaction that looks people up without the lock. Returns the moment."""
    await plan_by_index(connection)
    return await connection.fetchval("SELECT date_trunc('milliseconds', now())")


async def get_known(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes | None,
    list_id: bytes | None,
    identities: Identities,
    *,
    also: bytes | None = None,
) -> list[Person]:
    """Everybody who has one of these identities, oldest first; seen in this list of members.

    `job_id`: the job whose rows they are about; None for a request. `also`: the id of one more
    person to get. Of those who share a providerId or an e-mail address, MAX_ALIKE at most.
    """
    kinds = tuple(index for index, values in enumerate(identities) if values)
    if not kinds and also is None:
        return []
    # PostgreSQL finds sorted values in one walk through the index.
    arrays = [sorted(identities[index]) for index in kinds]
    rows = await connection.fetch(
        _known_by(kinds), account_group_id, list_id or NO_ID, also or NO_ID, *arrays
    )
    return [_person(row, job_id) for row in rows]


async def get_people(
    connection: Connection,
    account_group_id: bytes,
    ids: Iterable[bytes],
    *,
    job_id: bytes | None = None,
    list_id: bytes | None = None,
) -> list[Person]:
    """Those of these people who are known, oldest first; seen in this list of members, if any."""
    wanted = sorted(ids)
    if not wanted:
        return []
    rows = await connection.fetch(_KNOWN_BY_ID, account_group_id, list_id or NO_ID, wanted)
    return [_person(row, job_id) for row in rows]


@cache
def _known_by(kinds: tuple[int, ...]) -> str:
    """The statement that looks for identities of these kinds; a file has one or two of them."""
    wanted = [
        (_UNIQUE if index in (SLUG, LINKEDIN_ID) else _ALIKE).format(
            column=COLUMNS[index], slot=f"${n}", has_others=_HAS_OTHERS, limit=MAX_ALIKE
        )
        for n, index in enumerate(kinds, 4)
    ]
    by_id = "SELECT id FROM prospects WHERE account_group_id = $1 AND id = $3 {more}"
    found = by_id.format(more="".join(f"UNION ALL {each}" for each in wanted))
    return _KNOWN.format(wanted=f"ARRAY(SELECT DISTINCT id FROM ({found}) AS found)")


def _person(row: asyncpg.Record, job_id: bytes | None) -> Person:
    values: list[Any]
    id_, *values, seen_by, others = row
    if attributes := values[ATTRIBUTES]:
        values[ATTRIBUTES] = _decode(attributes)
    seen = None if seen_by is None else "job" if seen_by == job_id else "member"
    return Person(id_, values, seen, tuple(map(_identity, others)) if others else ())


def _identity(text: str) -> Identity:
    kind, _, value = text.partition(":")
    return COLUMNS.index(kind), value


async def count_people(connection: Connection, account_group_id: bytes, more: int) -> None:
    """Keeps the number of people, who became so many more, or fewer."""
    await connection.execute(
        "UPDATE people_versions SET people = people + $2 WHERE account_group_id = $1",
        account_group_id,
        more,
    )


async def add_people(
    connection: Connection, account_group_id: bytes, pieces: Iterable[bytes], names: list[str]
) -> None:
    """Adds people as people/copying.py wrote them, with values in the columns of these names.

    The caller tells the search of them.
    """
    status = await connection.copy_to_table(
        "prospects",
        source=_as_they_come(pieces),
        columns=["account_group_id", "id", "created_at", *names],
        format="text",
    )
    await count_people(connection, account_group_id, rows_of(status))


async def _as_they_come(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def change_people(
    connection: Connection, account_group_id: bytes, people: Sequence[Person]
) -> None:
    """Writes the values of people who were known before."""
    await connection.executemany(
        _CHANGE,
        [
            (account_group_id, p.id, *p.values[:ATTRIBUTES], attributes_text(p.values[ATTRIBUTES]))
            for p in people
        ],
    )
    await note_for_search(connection, account_group_id, (person.id for person in people))


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


async def remove_identities(
    connection: Connection,
    account_group_id: bytes,
    prospect_id: bytes,
    identities: Sequence[Identity],
) -> None:
    """Removes identities that a person had beside those in the columns of prospects."""
    await connection.execute(
        """
        DELETE FROM prospect_identities i
        USING unnest($3::text[], $4::text[]) AS gone (kind, value)
        WHERE i.account_group_id = $1 AND i.prospect_id = $2
          AND i.kind = gone.kind AND i.value = gone.value
        """,
        account_group_id,
        prospect_id,
        [COLUMNS[index] for index, _ in identities],
        [value for _, value in identities],
    )


async def add_members(connection: Connection, members: bytes) -> None:
    """Adds memberships as people/copying.py wrote them."""
    await connection.copy_to_table(
        "memberships",
        source=_as_they_come([members]),
        columns=[
            "account_group_id",
            "audience_id",
            "position",
            "prospect_id",
            "seen_by_job_id",
            "added_at",
        ],
        format="binary",
    )


async def note_members(
    connection: Connection,
    account_group_id: bytes,
    seen_by: bytes,
    list_id: bytes,
    prospect_ids: Iterable[bytes],
) -> None:
    """Notes that a job, or a key, has seen earlier members: a job's next row is a duplicate."""
    await connection.execute(
        """
        UPDATE memberships
        SET seen_by_job_id = $3, last_seen_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND (audience_id = $2) IS TRUE
          AND prospect_id = ANY($4::bytea[])
        """,
        account_group_id,
        list_id,
        seen_by,
        sorted(prospect_ids),
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


async def add_rows(connection: Connection, rows: bytes) -> None:
    """Adds the ledger's rows as people/copying.py wrote them."""
    await connection.copy_to_table(
        "prospecting_rows",
        source=_as_they_come([rows]),
        columns=["account_group_id", "job_id", "row", "outcome", "reason", "prospect_id"],
        format="binary",
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
