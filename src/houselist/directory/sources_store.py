"""All SQL about lead lists and saved searches of the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.directory.lexemes import group_lexeme, list_lexeme
from houselist.directory.shapes import Source
from houselist.directory.store import lock_directory
from houselist.envelope import timestamp
from houselist.errors import NotFound

if TYPE_CHECKING:
    import asyncpg

    from houselist.directory.shapes import SourceKind
    from houselist.postgres.db import Connection
    from houselist.texts import Name

_SOURCE = "id, name, search_url, people, created_at"


def _source(row: asyncpg.Record) -> Source:
    is_list = row["search_url"] is None
    return Source(
        str(row["id"]),
        "leadList" if is_list else "savedSearch",
        row["name"],
        row["search_url"],
        row["people"] if is_list else None,
        timestamp(row["created_at"]),
    )


async def save_search(
    connection: Connection, account_group_id: bytes, name: Name, search_url: str
) -> Source:
    """Saves a search under a name; it replaces one of the same name."""
    await lock_directory(connection, account_group_id)
    row = await connection.fetchrow(
        f"""
        UPDATE directory_sources SET name = $2, search_url = $4
        WHERE account_group_id = $1 AND name_key = $3 AND search_url IS NOT NULL
        RETURNING {_SOURCE}
        """,
        account_group_id,
        str(name),
        name.key,
        search_url,
    )
    return _source(row or await _add_source(connection, account_group_id, name, search_url))


async def open_list(connection: Connection, account_group_id: bytes, name: Name) -> Source:
    """The lead list of this name, created if there is none."""
    await lock_directory(connection, account_group_id)
    found = await find_list(connection, account_group_id, name)
    return found or _source(await _add_source(connection, account_group_id, name, None))


async def find_list(connection: Connection, account_group_id: bytes, name: Name) -> Source | None:
    """The lead list of this name, if there is one."""
    row = await connection.fetchrow(
        f"""
        SELECT {_SOURCE} FROM directory_sources
        WHERE account_group_id = $1 AND name_key = $2 AND search_url IS NULL
        """,
        account_group_id,
        name.key,
    )
    return _source(row) if row else None


async def _add_source(
    connection: Connection, account_group_id: bytes, name: Name, search_url: str | None
) -> asyncpg.Record:
    row = await connection.fetchrow(
        f"""
        WITH taken AS (
            UPDATE directories SET next_number = next_number + 1
            WHERE account_group_id = $1 RETURNING next_number - 1 AS number
        )
        INSERT INTO directory_sources (account_group_id, id, name, name_key, search_url, created_at)
        SELECT $1, number, $2, $3, $4, date_trunc('milliseconds', now()) FROM taken
        RETURNING {_SOURCE}
        """,
        account_group_id,
        str(name),
        name.key,
        search_url,
    )
    if row is None:
        raise RuntimeError("lock_directory() left no directory")
    return row


async def grow_list(
    connection: Connection, account_group_id: bytes, list_id: int, people: int
) -> None:
    """Adds so many people to the count of a lead list. Raises NotFound when it is gone."""
    grown = await connection.fetchval(
        """
        UPDATE directory_sources SET people = people + $3
        WHERE account_group_id = $1 AND id = $2 AND search_url IS NULL RETURNING id
        """,
        account_group_id,
        list_id,
        people,
    )
    if grown is None:
        raise NotFound("The lead list was removed in the meantime.")


async def get_sources(
    connection: Connection, account_group_id: bytes, kind: SourceKind, *, after: int, limit: int
) -> list[Source]:
    """Lead lists or saved searches in the order they were created, after the id `after`."""
    rows = await connection.fetch(
        f"""
        SELECT {_SOURCE} FROM directory_sources
        WHERE account_group_id = $1 AND id > $2 AND (search_url IS NULL) = $3
        ORDER BY id LIMIT $4
        """,
        account_group_id,
        after,
        kind == "leadList",
        limit,
    )
    return [_source(row) for row in rows]


async def find_source(
    connection: Connection, account_group_id: bytes, source_id: int
) -> Source | None:
    """A lead list or saved search by its id, if there is one."""
    row = await connection.fetchrow(
        f"SELECT {_SOURCE} FROM directory_sources WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        source_id,
    )
    return _source(row) if row else None


async def remove_source(connection: Connection, account_group_id: bytes, source_id: int) -> None:
    """Removes a lead list or saved search; people stay in the directory."""
    await empty_list(connection, account_group_id, source_id)
    await connection.execute(
        "DELETE FROM directory_sources WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        source_id,
    )


async def empty_list(connection: Connection, account_group_id: bytes, list_id: int) -> int:
    """Takes everybody off a lead list, and tells how many; they stay in the directory."""
    await lock_directory(connection, account_group_id)
    done = await connection.execute(
        """
        UPDATE directory_people
        SET list_ids = array_remove(list_ids, $2), document = ts_delete(document, $4)
        WHERE account_group_id = $1 AND document @@ $3::tsquery
        """,
        account_group_id,
        list_id,
        f"{list_lexeme(list_id)} & {group_lexeme(account_group_id)}",
        f"s:{list_id}",
    )
    await connection.execute(
        "UPDATE directory_sources SET people = 0 WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        list_id,
    )
    return int(done.removeprefix("UPDATE "))
