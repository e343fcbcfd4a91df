"""All SQL about the people of a directory. Their lead lists are in sources/store.py."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.directory.lexemes import BUCKET, bucket_lexeme
from houselist.directory.people import Entry, document
from houselist.directory.shapes import Extent, Found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from houselist.postgres.db import Connection

# Of people who share a provider id or an e-mail address, the oldest are looked at and no more.
_MOST_ALIKE = 100
# A search looks into one bucket, then into so many times as many, until its page is full; never
# into more at once than the widest, because all that match there are read for it.
_WIDENING = 4
_WIDEST = 64

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode

_COLUMNS = "number, public_identifier, linkedin_id, provider_id, email, person, network, list_ids"

# The group is in the document as well. Written so, PostgreSQL can use no index for these two and
# takes that of the documents, whatever it thinks of how many people match.
_SEARCH = """
    SELECT number, person FROM directory_people
    WHERE (account_group_id = $1 AND number > $2) IS TRUE AND document @@ $3::tsquery
    ORDER BY number LIMIT $4
"""

_COUNT = """
    SELECT count(*) FROM (
        SELECT FROM directory_people
        WHERE (account_group_id = $1) IS TRUE AND document @@ $2::tsquery LIMIT $3
    ) AS found
"""

_KNOWN = f"""
    SELECT {_COLUMNS} FROM directory_people WHERE account_group_id = $1 AND number IN (
        SELECT number FROM directory_people
        WHERE account_group_id = $1 AND public_identifier = ANY($2::text[])
        UNION
        SELECT number FROM directory_people
        WHERE account_group_id = $1 AND linkedin_id = ANY($3::text[])
        UNION
        SELECT number FROM (
            SELECT number, row_number() OVER (PARTITION BY provider_id ORDER BY number) AS nth
            FROM directory_people WHERE account_group_id = $1 AND provider_id = ANY($4::text[])
        ) AS alike WHERE nth <= $6
        UNION
        SELECT number FROM (
            SELECT number, row_number() OVER (PARTITION BY email ORDER BY number) AS nth
            FROM directory_people WHERE account_group_id = $1 AND email = ANY($5::text[])
        ) AS alike WHERE nth <= $6
    )
    ORDER BY number
"""

_ROWS = """
    unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
           $9::text[], $10::text[])
        AS new (number, public_identifier, linkedin_id, provider_id, email, person, network,
                list_ids, document)
"""

_ADD = f"""
    INSERT INTO directory_people (account_group_id, {_COLUMNS}, document)
    SELECT $1, number, public_identifier, linkedin_id, provider_id, email, person::jsonb, network,
           list_ids::bigint[], document::tsvector
    FROM {_ROWS}
"""

_CHANGE = f"""
    UPDATE directory_people AS old
    SET public_identifier = new.public_identifier, linkedin_id = new.linkedin_id,
        provider_id = new.provider_id, email = new.email, person = new.person::jsonb,
        network = new.network, list_ids = new.list_ids::bigint[],
        document = new.document::tsvector
    FROM {_ROWS}
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
    connection: Connection, account_group_id: bytes, query: str, *, after: int, end: int, most: int
) -> list[Found]:
    """People whom a tsquery finds, in the order of their numbers: behind `after`, up to `end`.

    It looks into a few people at a time, so a page costs the same wherever it is, whether the
    query finds nearly everybody or next to nobody.
    """
    found: list[Found] = []
    for buckets in _windows(account_group_id, after // BUCKET, end // BUCKET):
        rows = await connection.fetch(
            _SEARCH, account_group_id, after, f"{query} & ({buckets})", most - len(found)
        )
        found += [Found(*row) for row in rows]
        if len(found) == most:
            break
    return found


async def count_found(
    connection: Connection, account_group_id: bytes, query: str, *, end: int, most: int
) -> int:
    """How many people a tsquery finds up to the number `end`; it stops counting at `most`."""
    found = 0
    for buckets in _windows(account_group_id, 0, end // BUCKET):
        found += await connection.fetchval(
            _COUNT, account_group_id, f"{query} & ({buckets})", most - found
        )
        if found == most:
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


async def take_turn(connection: Connection, account_group_id: bytes) -> None:
    """Lets one transaction at a time change the people of an account group's directory."""
    await connection.execute(
        "INSERT INTO directories (account_group_id) VALUES ($1) ON CONFLICT DO NOTHING",
        account_group_id,
    )
    await connection.execute(
        "SELECT FROM directories WHERE account_group_id = $1 FOR UPDATE", account_group_id
    )


async def get_known(
    connection: Connection,
    account_group_id: bytes,
    *,
    public_identifiers: Collection[str],
    linkedin_ids: Collection[str],
    provider_ids: Collection[str],
    emails: Collection[str],
) -> list[Entry]:
    """Everybody with one of these identities, first loaded first, not too many by one of them."""
    rows = await connection.fetch(
        _KNOWN,
        account_group_id,
        list(public_identifiers),
        list(linkedin_ids),
        list(provider_ids),
        list(emails),
        _MOST_ALIKE,
    )
    return [_entry(row) for row in rows]


def _entry(row: asyncpg.Record) -> Entry:
    number, slug, linkedin_id, provider_id, email, person, network, list_ids = row
    return Entry(
        number, slug, linkedin_id, provider_id, email, _decode(person), network, tuple(list_ids)
    )


async def take_numbers(connection: Connection, account_group_id: bytes, people: int) -> int:
    """Makes room for so many people more; the first of their numbers."""
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
    """Adds people whose numbers were taken."""
    await connection.execute(_ADD, account_group_id, *_arrays(account_group_id, entries))


async def change_people(
    connection: Connection, account_group_id: bytes, entries: Sequence[Entry]
) -> None:
    """Writes people anew, by their numbers."""
    await connection.execute(_CHANGE, account_group_id, *_arrays(account_group_id, entries))


def _arrays(account_group_id: bytes, entries: Sequence[Entry]) -> Iterator[list[object]]:
    """The columns of _ROWS, each as an array."""
    rows = [
        (
            *entry[:5],
            _encode(entry.person).decode(),
            entry.network,
            f"{{{','.join(map(str, entry.list_ids))}}}",
            document(account_group_id, entry),
        )
        for entry in entries
    ]
    return map(list, zip(*rows, strict=True))


async def clear(connection: Connection, account_group_id: bytes) -> int:
    """Removes everybody, and tells how many they were. Lead lists stay, empty."""
    await take_turn(connection, account_group_id)
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


async def refresh(connection: Connection) -> None:
    """Has PostgreSQL put the index in order after many were loaded, so that searches are quick."""
    # Only the owner of the index may; where that is another role, autovacuum does it in a while.
    with suppress(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SELECT gin_clean_pending_list('directory_people_document')")
