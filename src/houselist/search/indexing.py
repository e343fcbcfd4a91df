"""Writing what people are found by, after they were written themselves, some at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from houselist.postgres import db
from houselist.search import store
from houselist.search.documents import FIELDS, document, hash_of, index_parts, index_words, mark_of
from houselist.search.store import Text, Value

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.search.documents import Document, Field

# People in one transaction, and those between which others may run.
AT_ONCE = 2_000
_PIECE = 200
# Values that are known to be written: there are far fewer of them than people.
_MAX_KNOWN = 50_000


class Indexer:
    """Writes the texts of account groups, and remembers which values it wrote."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._known: set[tuple[bytes, Field, int]] = set()

    async def run(self, account_group_id: bytes) -> int:
        """One transaction for an account group. How many people it wrote; 0 when nobody is left.

        Raises Upstream when PostgreSQL is out of reach.
        """
        fresh: set[tuple[bytes, Field, int]] = set()
        async with db.transaction(self._pool) as connection:
            done = await self._write_next(connection, account_group_id, fresh)
        if len(self._known) + len(fresh) > _MAX_KNOWN:
            self._known.clear()
        self._known |= fresh
        return done

    async def _write_next(
        self, connection: Connection, group: bytes, fresh: set[tuple[bytes, Field, int]]
    ) -> int:
        state = await store.lock_group(connection, group)
        if state is None:
            return 0
        if state.written_to is not None:
            rows = await store.get_people_after(connection, group, state.written_to, AT_ONCE)
            await self._write(connection, group, rows, fresh)
            last = rows[-1][0] if rows else state.written_to
            is_all = len(rows) < AT_ONCE
            await store.note_written(connection, group, last, is_all=is_all)
            # Somebody may be pending as well.
            return max(1, len(rows))
        taken = await store.take_pending(connection, group, AT_ONCE)
        if not taken:
            return 0
        rows = await store.get_people(connection, group, sorted(taken))
        await self._write(connection, group, rows, fresh)
        if gone := taken - {row[0] for row in rows}:
            await store.remove_texts(connection, group, sorted(gone))
        return len(taken)

    async def _write(
        self,
        connection: Connection,
        group: bytes,
        rows: list[Any],
        fresh: set[tuple[bytes, Field, int]],
    ) -> None:
        mark = mark_of(group)
        texts: list[Text] = []
        values: dict[Field, dict[int, str]] = {field: {} for field in FIELDS}
        for start in range(0, len(rows), _PIECE):
            for id_, *columns in rows[start : start + _PIECE]:
                texts.append(_text(mark, id_, document(columns), values))
            await asyncio.sleep(0)
        for field, found in values.items():
            new = {
                each: value
                for each, value in found.items()
                if (group, field, each) not in self._known
            }
            await store.write_values(
                connection,
                group,
                field,
                # In one order, so that nobody waits in a circle.
                [
                    Value(each, new[each], index_parts(mark, field, new[each]))
                    for each in sorted(new)
                ],
            )
            fresh.update((group, field, each) for each in new)
        await store.write_texts(connection, group, texts)


def _text(mark: str, id_: bytes, person: Document, values: dict[Field, dict[int, str]]) -> Text:
    def hashed(field: Field, value: str) -> int | None:
        if not value:
            return None
        number = hash_of(value)
        values[field][number] = value
        return number

    return Text(
        id_,
        hashed("company", person.company),
        hashed("title", person.title),
        hashed("location", person.location),
        person.name,
        person.company,
        person.title,
        person.location,
        index_words(mark, person),
    )
