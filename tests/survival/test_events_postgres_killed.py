"""A stream of events while PostgreSQL is killed: it stays, says that it lives, and goes on when it is back."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist import migrations
from houselist.postgres import db
from houselist.postgres.embedded import Server
from support.apps import own_service
from support.events import change, listening, queued_job, streams_of
from support.service import data, make_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[tuple[Server, Path]]:
    """A PostgreSQL of this test's own, and where its pid stands."""
    folder = Path(tempfile.mkdtemp(prefix="houselist-events-"))
    folder.chmod(0o711)
    with Server.open(folder / "data", settings={"fsync": "off"}) as server:
        yield server, folder / "data" / "postgres" / "postmaster.pid"
    shutil.rmtree(folder)


async def test_a_stream_survives_the_death_of_postgres(server: tuple[Server, Path]) -> None:
    postgres, pid_file = server
    await migrations.migrate(postgres.dsn)
    async with db.make_pool(postgres.dsn) as pool:
        tenant = await make_tenant(pool)
    async with own_service(postgres.dsn) as service, service.client(tenant) as api:
        streams_of(service).heartbeat = 0.1
        job_id = await queued_job(api)
        async with listening(service, api, job_id) as listener:
            assert (await listener.event()).id == 0
            os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
            for _ in range(8):
                block = await listener.block(1)
                assert block is not None
                assert block.comment.startswith(":")
            postgres.ensure_running()
            async with db.make_pool(postgres.dsn) as pool:
                await change(pool, job_id)
            event = await listener.event(5)
            assert (event.name, event.id) == ("progress", 1)
            data(await api.post(f"prospecting/{job_id}/cancel"))
            assert [event.name for event in await listener.end()] == ["end"]
