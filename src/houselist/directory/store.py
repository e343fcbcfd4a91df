"""All SQL about the people of a directory. Their lead lists are in sources_store.py."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.directory.lexemes import BUCKET, bucket_lexeme
from houselist.directory.people import Entry, document
from houselist.directory.places import IN_PARTS
from houselist.directory.shapes import Extent, Found
from houselist.people.fields import COLUMNS, IDENTITIES, LINKEDIN_ID, SLUG
from houselist.people.ladder import MAX_ALIKE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from houselist.postgres.db import Connection

# A search looks into one bucket, then into this many times as many, until its page is full. All
# matches of a step are read for it, so there is a widest step.
_WIDENING = 4
_WIDEST = 64
_MAX_STEP = 5_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode

_IDENTITIES = COLUMNS[:IDENTITIES]
_COLUMNS = f"number, {', '.join(_IDENTITIES)}, person, network, list_ids"

# The group is in the document as well. IS TRUE keeps PostgreSQL from using an index for these two,
# so it takes that of the documents, however many people it expects to match. On a cluster every
# server is asked, as Citus can't see the group either; those without it find nothing at once.
_SEARCH = f"""
    SELECT number, person, document @@ $${IN_PARTS}$$::tsquery FROM directory_people
    WHERE (account_group_id = $1 AND number > $2) IS TRUE AND document @@ $3::tsquery
    ORDER BY number LIMIT $4
"""

_COUNT = """
    SELECT count(*) FROM (
        SELECT number FROM directory_people
        WHERE (account_group_id = $1) IS TRUE AND document @@ $2::tsquery LIMIT $3
    ) AS found
"""

_ALIKE = """
        SELECT number FROM (
            SELECT number, row_number() OVER (PARTITION BY {column} ORDER BY number) AS nth
            FROM directory_people WHERE account_group_id = $1 AND {column} = ANY({slot}::text[])
        ) AS alike WHERE nth <= $2
"""
_UNIQUE = """
        SELECT number FROM directory_people
        WHERE account_group_id = $1 AND {column} = ANY({slot}::text[])
"""
_WHO = "UNION".join(
    (_UNIQUE if index in (SLUG, LINKEDIN_ID) else _ALIKE).format(column=column, slot=f"${n}")
    for n, (index, column) in enumerate(enumerate(_IDENTITIES), 3)
)
_KNOWN = f"""
    SELECT {_COLUMNS} FROM directory_people WHERE account_group_id = $1 AND number IN ({_WHO})
    ORDER BY number
"""

# Each column comes as an array. Those that are no texts are read from texts.
_NEW = f"""
    unnest($2::bigint[], {", ".join(f"${n}::text[]" for n in range(3, IDENTITIES + 7))})
        AS new ({_COLUMNS}, document)
"""

_ADD = f"""
    INSERT INTO directory_people (account_group_id, {_COLUMNS}, document)
    SELECT $1, number, {", ".join(_IDENTITIES)}, person::jsonb, network,
           string_to_array(list_ids, ',')::bigint[], document::tsvector
    FROM {_NEW}
"""

_CHANGE = f"""
    UPDATE directory_people AS old
    SET {", ".join(f"{column} = new.{column}" for column in _IDENTITIES)},
        person = new.person::jsonb, network = new.network,
        list_ids = string_to_array(new.list_ids, ',')::bigint[],
        document = new.document::tsvector
    FROM {_NEW}
    WHERE old.account_group_id = $1 AND old.number = new.number
"""


async def has_people(connection: Connection, account_group_id: bytes) -> bool:
    """Whether the directory is in use."""
    return await count(connection, account_group_id) > 0


async def count(connection: Connection, account_group_id: bytes) -> int:
    """How many people are in the directory."""
    return (await get_extent(connection, account_group_id)).people


async def get_extent(connection: Connection, account_group_id: bytes) -> Extent:
    """How many people there are, and up to which number."""
    row = await connection.fetchrow(
        "SELECT people, next_number FROM directories WHERE account_group_id = $1", account_group_id
    )
    return Extent(*row) if row else Extent(0, 0)


async def search(
    connection: Connection,
    account_group_id: bytes,
    query: str,
    *,
    after: int,
    end: int,
    limit: int,
    fits: Callable[[str], bool],
) -> list[Found]:
    """People whom a tsquery finds, in the order of their numbers: behind `after`, up to `end`.

    `fits` decides about those whose location is not kept in its parts. It looks into a few people
    at a time, so a page costs the same wherever it is, whether the query finds nearly everybody or
    hardly anybody.
    """
    found: list[Found] = []
    step = 1
    for buckets in _windows(account_group_id, after // BUCKET, end // BUCKET):
        more = True
        while more:
            asked = max(limit - len(found), step)
            rows = await connection.fetch(
                _SEARCH, account_group_id, after, f"{query} & ({buckets})", asked
            )
            read = [Found(*row) for row in rows]
            kept = [each for each in read if each.in_parts or fits(each.person)]
            found += kept
            more = len(rows) == asked and len(found) < limit
            after = read[-1].number if more else after
            # Where most don't fit, small steps would take for ever.
            step = _MAX_STEP if 2 * len(kept) < len(read) else 1
        if len(found) >= limit:
            break
    return found[:limit]


async def count_found(
    connection: Connection, account_group_id: bytes, query: str, *, end: int, limit: int
) -> int:
    """How many people a tsquery finds up to the number `end`; it stops counting at `limit`."""
    found = 0
    for buckets in _windows(account_group_id, 0, end // BUCKET):
        found += await connection.fetchval(
            _COUNT, account_group_id, f"{query} & ({buckets})", limit - found
        )
        if found == limit:
            break
    return found


def _windows(account_group_id: bytes, first: int, last: int) -> Iterator[str]:
    width = 1
    while first <= last:
        buckets = range(first, min(first + width, last + 1))
        yield " | ".join(bucket_lexeme(account_group_id, bucket) for bucket in buckets)
        first, width = first + width, min(width * _WIDENING, _WIDEST)


async def find_person(
    connection: Connection,
    account_group_id: bytes,
    *,
    public_identifier: str | None = None,
    linkedin_id: str | None = None,
) -> str | None:
    """One person by one of the two, as JSON (see Found)."""
    return await connection.fetchval(
        """
        SELECT person FROM directory_people WHERE account_group_id = $1 AND public_identifier = $2
        UNION ALL
        SELECT person FROM directory_people WHERE account_group_id = $1 AND linkedin_id = $3
        """,
        account_group_id,
        public_identifier,
        linkedin_id,
    )


async def lock_directory(connection: Connection, account_group_id: bytes) -> None:
    """Locks an account group's directory, so that one transaction at a time changes it."""
    await connection.execute(
        "INSERT INTO directories (account_group_id) VALUES ($1) ON CONFLICT DO NOTHING",
        account_group_id,
    )
    await connection.execute(
        "SELECT FROM directories WHERE account_group_id = $1 FOR UPDATE", account_group_id
    )


async def get_known(
    connection: Connection, account_group_id: bytes, identities: Sequence[Collection[str]]
) -> list[Entry]:
    """Everybody who has one of these identities, first loaded first.

    `identities`: the values of each kind, in the order of COLUMNS. Of people who share a
    providerId or an e-mail address, MAX_ALIKE at most.
    """
    rows = await connection.fetch(_KNOWN, account_group_id, MAX_ALIKE, *map(list, identities))
    return [_entry(row) for row in rows]


def _entry(row: asyncpg.Record) -> Entry:
    number, *identities, person, network, list_ids = row
    return Entry(number, tuple(identities), _decode(person), network, tuple(list_ids))


async def take_numbers(connection: Connection, account_group_id: bytes, people: int) -> int:
    """Takes numbers for so many new people; the first of the numbers."""
    return await connection.fetchval(
        """
        UPDATE directories SET people = people + $2, next_number = next_number + $2
        WHERE account_group_id = $1 RETURNING next_number - $2
        """,
        account_group_id,
        people,
    )


async def add_people(
    connection: Connection, account_group_id: bytes, entries: Sequence[Entry]
) -> None:
    """Adds people who have their numbers already."""
    await connection.execute(_ADD, account_group_id, *_arrays(account_group_id, entries))


async def change_people(
    connection: Connection, account_group_id: bytes, entries: Sequence[Entry]
) -> None:
    """Overwrites people, by their numbers."""
    await connection.execute(_CHANGE, account_group_id, *_arrays(account_group_id, entries))


def _arrays(account_group_id: bytes, entries: Sequence[Entry]) -> Iterator[list[object]]:
    """The columns of _NEW, each as an array."""
    rows = [
        (
            entry.number,
            *entry.identities,
            _encode(entry.person).decode(),
            entry.network,
            ",".join(map(str, entry.list_ids)),
            document(account_group_id, entry),
        )
        for entry in entries
    ]
    return map(list, zip(*rows, strict=True))


async def clear(connection: Connection, account_group_id: bytes) -> int:
    """Removes everybody, and tells how many there were. Lead lists stay, empty."""
    await lock_directory(connection, account_group_id)
    await connection.execute(
        "DELETE FROM directory_people WHERE account_group_id = $1", account_group_id
    )
    await connection.execute(
        "UPDATE directory_sources SET people = 0 WHERE account_group_id = $1", account_group_id
    )
    people = await count(connection, account_group_id)
    await connection.execute(
        "UPDATE directories SET people = 0 WHERE account_group_id = $1", account_group_id
    )
    return people


async def flush_index(connection: Connection) -> None:
    """Has PostgreSQL finish its index after many people were loaded, so that searches are fast."""
    # Only the owner of the index may. Where that is another role, autovacuum does it later.
    with suppress(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SELECT gin_clean_pending_list('directory_people_document')")
