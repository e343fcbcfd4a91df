"""All SQL that keeps what people are found by: who is pending, and the texts of everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.ids import ID_BYTES
from houselist.search.documents import BETWEEN_PARTS, COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import asyncpg

    from houselist.postgres.db import Connection
    from houselist.search.documents import Field

_VALUES = ", ".join(f"p.{column}" for column in COLUMNS)
_TEXTS = (
    "company_hash",
    "title_hash",
    "location_hash",
    "name",
    "company",
    "title",
    "location",
    "words",
)
_NEW = ", ".join(f"excluded.{column}" for column in _TEXTS)
_OLD = ", ".join(f"known.{column}" for column in _TEXTS)
_ADD_TEXTS = f"""
    INSERT INTO search_texts AS known (account_group_id, prospect_id, {", ".join(_TEXTS)})
    SELECT $1, * FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                             $7::text[], $8::text[], $9::text[], $10::text[])
    ON CONFLICT (account_group_id, prospect_id)
    DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in _TEXTS)}
    WHERE ({_OLD}) IS DISTINCT FROM ({_NEW})
"""
_ADD_VALUES = f"""
    INSERT INTO search_values (account_group_id, field, hash, value, parts)
    SELECT $1, $2, hash, value, array_to_tsvector(string_to_array(parts, '{BETWEEN_PARTS}'))
    FROM unnest($3::bigint[], $4::text[], $5::text[]) AS new (hash, value, parts)
    ON CONFLICT DO NOTHING
"""


class Text(NamedTuple):
    """A row of search_texts: who, the hashes and the texts."""

    prospect_id: bytes
    company_hash: int | None
    title_hash: int | None
    location_hash: int | None
    name: str
    company: str
    title: str
    location: str
    words: str


class Value(NamedTuple):
    """A row of search_values, but for its field."""

    hash: int
    value: str
    parts: str


class State(NamedTuple):
    """Who of an account group is not written yet: who is pending, and ids after `written_to`.

    `written_to` is None where everybody was. `pending`: how many; somebody may count twice.
    """

    written_to: bytes | None
    pending: int


async def note_for_search(
    connection: Connection, account_group_id: bytes, prospect_ids: Iterable[bytes]
) -> None:
    """Notes people who were made, changed or removed in this transaction.

    The caller holds the lock of the account group's batches: people/store.lock_batches.
    """
    packed = b"".join(prospect_ids)
    if packed:
        await connection.execute(
            """
            INSERT INTO search_pending AS noted (account_group_id, version, prospect_ids)
            SELECT account_group_id, version, $2 FROM people_versions WHERE account_group_id = $1
            ON CONFLICT (account_group_id, version)
            DO UPDATE SET prospect_ids = noted.prospect_ids || excluded.prospect_ids
            """,
            account_group_id,
            packed,
        )


async def get_state(connection: Connection, account_group_id: bytes) -> State:
    """Who is not written yet, as of this moment."""
    row = await connection.fetchrow(
        f"""
        SELECT g.written_to, g.is_written, g.unnoted = v.version - v.noted AS is_noted, (
            SELECT sum(octet_length(prospect_ids)) / {ID_BYTES} FROM search_pending
            WHERE account_group_id = $1
        )::bigint AS pending
        FROM people_versions v
        LEFT JOIN search_groups g ON g.account_group_id = v.account_group_id
        WHERE v.account_group_id = $1
        """,
        account_group_id,
    )
    if row is None or not row["is_noted"]:
        return State(b"", 0)
    return State(None if row["is_written"] else row["written_to"], row["pending"] or 0)


async def get_pending(connection: Connection, account_group_id: bytes) -> set[bytes]:
    """Everybody who is pending."""
    rows = await connection.fetch(
        "SELECT prospect_ids FROM search_pending WHERE account_group_id = $1", account_group_id
    )
    return {each for row in rows for each in _unpacked(row[0])}


def _unpacked(packed: bytes) -> list[bytes]:
    return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]


async def get_ids_after(
    connection: Connection, account_group_id: bytes, after: bytes, limit: int
) -> list[bytes]:
    """The next ids of people."""
    rows = await connection.fetch(
        "SELECT id FROM prospects WHERE account_group_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        account_group_id,
        after,
        limit,
    )
    return [row[0] for row in rows]


async def get_groups_with_pending(connection: Connection) -> list[bytes]:
    """Account groups of which somebody is pending."""
    rows = await connection.fetch("SELECT DISTINCT account_group_id FROM search_pending")
    return [row[0] for row in rows]


async def get_unwritten_groups(connection: Connection) -> list[bytes]:
    """Account groups of which not everybody is written, or who is was not noted."""
    rows = await connection.fetch(
        """
        SELECT v.account_group_id FROM people_versions v
        LEFT JOIN search_groups g ON g.account_group_id = v.account_group_id
        WHERE g.account_group_id IS NULL OR NOT g.is_written OR g.unnoted <> v.version - v.noted
        """
    )
    return [row[0] for row in rows]


async def lock_group(connection: Connection, account_group_id: bytes) -> State | None:
    """Locks the writing of an account group's texts. None while somebody else does it.

    If nobody noted some of the changes, everybody is to be written again.
    """
    await connection.execute(
        """
        INSERT INTO search_groups (account_group_id, written_to, is_written, unnoted)
        SELECT account_group_id, ''::bytea, false, version - noted FROM people_versions
        WHERE account_group_id = $1
        ON CONFLICT DO NOTHING
        """,
        account_group_id,
    )
    row = await connection.fetchrow(
        """
        SELECT written_to, is_written, unnoted FROM search_groups
        WHERE account_group_id = $1 FOR UPDATE SKIP LOCKED
        """,
        account_group_id,
    )
    if row is None:
        return None
    unnoted = await connection.fetchval(
        "SELECT version - noted FROM people_versions WHERE account_group_id = $1", account_group_id
    )
    if row["is_written"] and unnoted != row["unnoted"]:
        await connection.execute(
            """
            UPDATE search_groups SET written_to = '', is_written = false, unnoted = $2
            WHERE account_group_id = $1
            """,
            account_group_id,
            unnoted,
        )
        return State(b"", 0)
    return State(None if row["is_written"] else row["written_to"], 0)


async def note_written(
    connection: Connection, account_group_id: bytes, written_to: bytes, *, is_all: bool
) -> None:
    """Notes how far everybody was written."""
    await connection.execute(
        "UPDATE search_groups SET written_to = $2, is_written = $3 WHERE account_group_id = $1",
        account_group_id,
        written_to,
        is_all,
    )


async def take_pending(connection: Connection, account_group_id: bytes, limit: int) -> set[bytes]:
    """Who is pending, of the oldest transactions up to about `limit` people; they no longer are.

    The group is locked, so nobody else takes them.
    """
    rows = await connection.fetch(
        """
        SELECT version, prospect_ids FROM search_pending WHERE account_group_id = $1
        ORDER BY version LIMIT $2
        """,
        account_group_id,
        _TRANSACTIONS,
    )
    taken: set[bytes] = set()
    versions: list[int] = []
    for row in rows:
        if taken and len(taken) + len(row["prospect_ids"]) // ID_BYTES > limit:
            break
        taken.update(_unpacked(row["prospect_ids"]))
        versions.append(row["version"])
    if versions:
        # Each by its version: one that is committed in between stays.
        await connection.execute(
            "DELETE FROM search_pending"
            " WHERE account_group_id = $1 AND version = ANY($2::bigint[])",
            account_group_id,
            versions,
        )
    return taken


# A transaction of a look-up has one person, one of a batch thousands.
_TRANSACTIONS = 500


async def get_people(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> list[asyncpg.Record]:
    """The id of each of these people and what documents are made from."""
    return await connection.fetch(
        f"""
        SELECT p.id, {_VALUES} FROM prospects p
        WHERE p.account_group_id = $1 AND p.id = ANY($2::bytea[])
        """,
        account_group_id,
        prospect_ids,
    )


async def get_people_after(
    connection: Connection, account_group_id: bytes, after: bytes, limit: int
) -> list[asyncpg.Record]:
    """The same of the next people in the order of their ids."""
    return await connection.fetch(
        f"""
        SELECT p.id, {_VALUES} FROM prospects p
        WHERE p.account_group_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3
        """,
        account_group_id,
        after,
        limit,
    )


async def write_texts(
    connection: Connection, account_group_id: bytes, texts: Sequence[Text]
) -> None:
    """Writes what people are found by."""
    if texts:
        columns = zip(*texts, strict=True)
        await connection.execute(_ADD_TEXTS, account_group_id, *map(list, columns))


async def write_values(
    connection: Connection, account_group_id: bytes, field: Field, values: Sequence[Value]
) -> None:
    """Writes companies, titles or locations that may be new."""
    if values:
        columns = zip(*values, strict=True)
        await connection.execute(_ADD_VALUES, account_group_id, field, *map(list, columns))


async def remove_texts(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> None:
    """Removes what people who are gone were found by."""
    await connection.execute(
        "DELETE FROM search_texts WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])",
        account_group_id,
        prospect_ids,
    )


async def find_values(
    connection: Connection,
    account_group_id: bytes,
    field: Field,
    *,
    parts: str,
    pattern: str,
    limit: int,
) -> list[int]:
    """Hashes of values that fit a pattern, `limit` at most. `parts`: what the index is asked."""
    rows = await connection.fetch(
        """
        SELECT hash FROM search_values
        WHERE account_group_id = $1 AND field = $2 AND parts @@ $3::text::tsquery AND value LIKE $4
        LIMIT $5
        """,
        account_group_id,
        field,
        parts,
        pattern,
        limit,
    )
    return [row[0] for row in rows]
