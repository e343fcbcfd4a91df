"""A client of event streams that speaks ASGI to the application, so that it can stop reading or go away."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from houselist.jobs.changes_store import tell
from houselist.jobs.follow.streams import Streams
from houselist.postgres import db
from support.asgi import key_header
from support.jobs import slugs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.service import Api, Service

CHANGE = """
    UPDATE prospecting_jobs SET position = position + 1, version = version + 1
    WHERE id = $1 RETURNING account_group_id
"""


@dataclass
class Event:
    """One event; `name` is empty for a block that is none: the retry hint, a heartbeat."""

    name: str = ""
    id: int | None = None
    data: Any = None
    comment: str = ""

    @classmethod
    def read(cls, block: str) -> Event:
        event = cls()
        for line in block.split("\n"):
            field_, _, value = line.partition(": ")
            if field_ == "event":
                event.name = value
            elif field_ == "id":
                event.id = int(value)
            elif field_ == "data":
                event.data = json.loads(value)
            else:
                event.comment = line
        return event


def events_of(text: str) -> list[Event]:
    """All events of a stream that has ended, in order."""
    *blocks, rest = text.split("\n\n")
    assert rest == ""
    return [event for event in map(Event.read, blocks) if event.name]


@dataclass
class Listener:
    """An open stream, as its client sees it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    blocks: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    left: str = ""

    async def send(self, message: Any) -> None:
        """What the server calls; it waits for as long as the client does not read."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.begun.set()
            return
        await self.reading.wait()
        self.left += message["body"].decode()
        *blocks, self.left = self.left.split("\n\n")
        for block in blocks:
            self.blocks.put_nowait(Event.read(block))
        if not message["more_body"]:
            self.blocks.put_nowait(None)

    async def block(self, seconds: float = 5) -> Event | None:
        """The next block, event or not; None when the stream has ended."""
        async with asyncio.timeout(seconds):
            return await self.blocks.get()

    async def event(self, seconds: float = 5) -> Event:
        """The next event."""
        async with asyncio.timeout(seconds):
            while True:
                block = await self.blocks.get()
                assert block is not None, "the stream has ended"
                if block.name:
                    return block

    async def end(self, seconds: float = 5) -> list[Event]:
        """The events until the stream is closed."""
        found: list[Event] = []
        async with asyncio.timeout(seconds):
            while block := await self.blocks.get():
                found += [block] if block.name else []
        return found

    async def silent(self, seconds: float) -> bool:
        """Whether no event comes for so long."""
        try:
            await self.event(seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def listening(
    service: Service, api: Api, job_id: str, *, seen: int | None = None, reads: bool = True
) -> AsyncIterator[Listener]:
    """A stream of the job's events; the client goes away at the end of the block."""
    listener = Listener()
    if reads:
        listener.reading.set()
    given = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        if (message := next(given, None)) is not None:
            return message
        await listener.gone.wait()
        return {"type": "http.disconnect"}

    path = f"/v1/accounts/{api.tenant.account_group_id}/prospecting/{job_id}/events"
    last = [] if seen is None else [(b"last-event-id", b"%d" % seen)]
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [key_header(api), *last],
        "state": {},
        "client": ("127.0.0.1", 1),
        "server": ("houselist", 80),
    }
    serving = asyncio.create_task(service.app(scope, receive, listener.send))
    serving.add_done_callback(lambda _: listener.over.set())
    try:
        begun = asyncio.create_task(listener.begun.wait())
        await asyncio.wait({begun, serving}, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        yield listener
    finally:
        listener.gone.set()
        async with asyncio.timeout(2):
            await serving


def streams_of(service: Service) -> Streams:
    return service.app._services().get(Streams)


async def queued_job(api: Api, name: str = "Followed") -> str:
    """The id of a job that no worker takes up."""
    upload = await api.upload(slugs(3))
    job = await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName=name)
    return job["jobId"]


async def change(pool: Pool, job_id: str) -> None:
    """Changes the job a little, as a worker does."""
    async with db.transaction(pool) as connection:
        group = await connection.fetchval(CHANGE, bytes.fromhex(job_id))
        await tell(connection, group, [bytes.fromhex(job_id)])
