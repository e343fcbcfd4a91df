"""Receives a file: a reader process reads it, and its chunks are stored, all of them or none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from houselist.errors import Upstream
from houselist.files.messages import Head, Rows, Summary
from houselist.files.reader import reading_file
from houselist.people.rows import NO_OPTIONS
from houselist.postgres import db
from houselist.uploads import quotas, store
from houselist.uploads.shapes import ReadAs, ReadFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from typing import BinaryIO

    from houselist.files.messages import Format, Message
    from houselist.people.rows import Options

    Check = Callable[[Sequence[str]], None]


class Intake:
    """An arriving upload: its id, and a summary once it has been read. `name`: the file's."""

    def __init__(self, pool: db.Pool, account_group_id: bytes, name: str | None = None) -> None:
        self._pool = pool
        self._account_group_id = account_group_id
        # Only to be shown: what can't be, or turns text around, is of no use in it.
        self._name = "".join(filter(str.isprintable, name or "")).strip() or None
        self._summary: Summary | None = None
        self.upload_id = b""
        self._checked_at = 0
        self._stored = 0

    async def save(
        self, messages: AsyncIterator[Message], check_columns: Check | None = None
    ) -> None:
        """Stores the reader's output. Raises QuotaExceeded, or what the reader raises.

        After an error nothing is left. `check_columns` may refuse the columns before any row is
        stored, if the format reveals them by then.
        """
        async with db.acquire(self._pool) as connection:
            self.upload_id = await store.open_upload(connection, self._account_group_id)
        try:
            await self._check_quota()
            rows = 0
            async for message in messages:
                match message:
                    case Rows(count, chunk):
                        await self._add(rows + 1, count, chunk)
                        rows += count
                    case Summary():
                        self._summary = message
                    case Head(columns) if check_columns:
                        check_columns(columns)
                    case _:
                        pass
        except BaseException:
            await self.discard()
            raise

    async def _check_quota(self) -> None:
        async with db.acquire(self._pool) as connection:
            await quotas.remaining_bytes(connection, self._account_group_id, self.upload_id)
        self._checked_at = self._stored

    async def _add(self, first_row: int, count: int, chunk: bytes) -> None:
        async with db.acquire(self._pool) as connection:
            await store.add_chunk(
                connection,
                self._account_group_id,
                self.upload_id,
                first_row=first_row,
                row_count=count,
                rows=chunk,
                durable=False,
            )
        self._stored += len(chunk)
        if self._stored >= self._checked_at + quotas.CHECK_EVERY:
            await self._check_quota()

    async def complete(self, connection: db.Connection) -> ReadFile:
        """Makes the upload usable, in the caller's transaction. Raises QuotaExceeded."""
        found = self._summary
        if found is None:
            raise RuntimeError("the reader sent no summary")
        read_as = ReadAs(
            found.mapped_by,
            found.encoding,
            found.delimiter,
            found.sheet,
            found.notes,
            self._name,
        )
        await quotas.settle(connection, self._account_group_id, self.upload_id)
        upload = await store.complete(
            connection,
            self._account_group_id,
            self.upload_id,
            columns=found.columns,
            suggested_mapping=found.mapping,
            row_count=found.row_count,
            read_as=read_as,
        )
        told = msgspec.structs.asdict(upload) | msgspec.structs.asdict(read_as)
        return ReadFile(**told, sample=found.sample)

    async def discard(self) -> None:
        """Removes what was stored. If the database is unreachable, a worker does it a day later."""
        with suppress(Upstream):
            async with db.transaction(self._pool) as connection:
                await store.discard(connection, self._account_group_id, self.upload_id)


async def receive(
    pool: db.Pool,
    account_group_id: bytes,
    file: BinaryIO,
    format_: Format,
    options: Options = NO_OPTIONS,
    *,
    check_columns: Check | None = None,
    name: str | None = None,
) -> ReadFile:
    """Receives an open file, for the command line. Raises UnreadableFile or QuotaExceeded."""
    intake = Intake(pool, account_group_id, name)
    async with reading_file(format_, options, file) as messages:
        await intake.save(messages, check_columns)
    async with db.transaction(pool) as connection:
        return await intake.complete(connection)
