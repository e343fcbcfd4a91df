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
from houselist.files.mapping import sample_cells, suggest_mapping
from houselist.files.reading import BadRow, read_table
from houselist.uploads import store

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator
    from typing import BinaryIO

    from houselist.files.reading import Format, Row
    from houselist.files.tables import Cells
    from houselist.uploads.shapes import Upload

_SAMPLE_ROWS = 200
_SAMPLE_LENGTH = 1_000

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
        self._sample: list[Cells] = []

    async def read(self, stream: BinaryIO, format_: Format, bridge: Bridge | None = None) -> None:
        """Reads the whole stream. Raises UnreadableFile or what it raises; then nothing is left."""
        bridge = bridge or Bridge()
        async with db.acquire(self._pool) as connection:
            self.upload_id = await store.open_upload(connection, self.account_group_id)
        try:
            await asyncio.wrap_future(_in_thread(lambda: self._read(stream, format_, bridge)))
        except BaseException:
            bridge.close()
            await self.discard()
            raise

    def _read(self, stream: BinaryIO, format_: Format, bridge: Bridge) -> None:
        table = read_table(stream, format_)
        for count, chunk in pack(self._watched(table.rows)):
            bridge.wait(self._keep(self._rows + 1, count, chunk))
            self._rows += count
        self._columns = table.columns

    def _watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows; the first of them are kept to tell from what the columns hold."""
        for row in rows:
            if len(self._sample) < _SAMPLE_ROWS and not isinstance(row, BadRow):
                self._sample.append([cell and cell[:_SAMPLE_LENGTH] for cell in row])
            yield row

    async def _keep(self, first_row: int, count: int, chunk: bytes) -> None:
        async with db.acquire(self._pool) as connection:
            await store.add_chunk(
                connection, self.account_group_id, self.upload_id,
                first_row=first_row, row_count=count, rows=chunk, durable=False,
            )  # fmt: skip

    async def complete(self, connection: db.Connection) -> Upload:
        """Makes what was read usable, in the caller's transaction."""
        suggestion = suggest_mapping(self._columns, sample_cells(self._columns, self._sample))
        return await store.complete(
            connection, self.account_group_id, self.upload_id,
            columns=self._columns, suggested_mapping=suggestion.mapping,
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
    """A whole file from a stream, as the command line has it. Raises UnreadableFile."""
    intake = Intake(pool, account_group_id)
    await intake.read(stream, format_)
    async with db.transaction(pool) as connection:
        return await intake.complete(connection)
