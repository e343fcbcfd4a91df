"""Taking in a file: read in a thread, kept chunk by chunk, complete or gone."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from houselist import db
from houselist.errors import Upstream
from houselist.files.chunks import pack
from houselist.files.mapping import suggest_mapping
from houselist.files.reading import read_table
from houselist.uploads import quotas, store

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import BinaryIO

    from houselist.files.reading import Format
    from houselist.uploads.shapes import Upload

Result = TypeVar("Result")


class Gone(Exception):  # noqa: N818 - says where the request went
    """The request that sends the file has ended, so its reader ends as well."""


class Bridge:
    """Lets the reading thread wait for what only the event loop can do."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._gone = threading.Event()

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs `work` on the loop. Raises Gone once the request has ended, else what it raises."""
        if self._gone.is_set():
            work.close()
            raise Gone
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._gone.set()


class Intake:
    """One upload on its way in: its id, and what is known of it once it was read."""

    def __init__(self, pool: db.Pool, account_group_id: bytes) -> None:
        self._pool = pool
        self.account_group_id = account_group_id
        self.upload_id = b""
        self._columns: list[str] = []
        self._rows = 0
        self._looked_for_room = 0
        self._stored = 0

    async def read(self, stream: BinaryIO, format_: Format, bridge: Bridge | None = None) -> None:
        """Reads the whole stream. Raises UnreadableFile, QuotaExceeded or what it raises.

        Then nothing is left of it.
        """
        bridge = bridge or Bridge()
        async with db.acquire(self._pool) as connection:
            self.upload_id = await store.open_upload(connection, self.account_group_id)
        try:
            await self._find_room()
            await asyncio.wrap_future(_in_thread(lambda: self._read(stream, format_, bridge)))
        except BaseException:
            bridge.close()
            await self.discard()
            raise

    def _read(self, stream: BinaryIO, format_: Format, bridge: Bridge) -> None:
        table = read_table(stream, format_)
        for count, chunk in pack(table.rows):
            bridge.wait(self._keep(self._rows + 1, count, chunk))
            self._rows += count
        self._columns = table.columns

    async def _find_room(self) -> None:
        async with db.acquire(self._pool) as connection:
            await quotas.find_room(connection, self.account_group_id, self.upload_id)
        self._looked_for_room = self._stored

    async def _keep(self, first_row: int, count: int, chunk: bytes) -> None:
        async with db.acquire(self._pool) as connection:
            await store.add_chunk(
                connection, self.account_group_id, self.upload_id,
                first_row=first_row, row_count=count, rows=chunk, durable=False,
            )  # fmt: skip
        self._stored += len(chunk)
        if self._stored >= self._looked_for_room + quotas.CHECK_EVERY:
            await self._find_room()

    async def complete(self, connection: db.Connection) -> Upload:
        """Makes what was read usable, in the caller's transaction. Raises QuotaExceeded."""
        await quotas.settle(connection, self.account_group_id, self.upload_id)
        return await store.complete(
            connection, self.account_group_id, self.upload_id,
            columns=self._columns, suggested_mapping=suggest_mapping(self._columns),
            row_count=self._rows,
        )  # fmt: skip

    async def discard(self) -> None:
        """Removes what was read. With the database out of reach, a worker does it a day later."""
        with suppress(Upstream):
            async with db.transaction(self._pool) as connection:
                await store.discard(connection, self.account_group_id, self.upload_id)


def _in_thread(work: Callable[[], None]) -> Future[None]:
    """Runs `work` in a thread of its own, which does not keep the process from ending.

    A shared pool of threads would run out of them: an upload takes as long as its sender likes.
    """
    future: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            future.set_exception(error)
        else:
            future.set_result(None)

    future.set_running_or_notify_cancel()
    threading.Thread(target=run, name="upload", daemon=True).start()
    return future


async def receive(
    pool: db.Pool, account_group_id: bytes, stream: BinaryIO, format_: Format
) -> Upload:
    """A whole file from a stream, as the command line has it.

    Raises UnreadableFile or QuotaExceeded.
    """
    intake = Intake(pool, account_group_id)
    await intake.read(stream, format_)
    async with db.transaction(pool) as connection:
        return await intake.complete(connection)
