"""PostgreSQL killed in the middle of an export: its client sees that the file broke off."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from houselist import migrations
from houselist.postgres import db
from houselist.postgres.embedded import Server
from support.cli import environ, run
from support.exporting import LAST_CHUNK, MANY, downloading, fill
from support.http import serving
from support.jobs import until
from support.service import Api, error, make_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.service import Tenant


@pytest.fixture
def postgres() -> Iterator[tuple[Server, Path]]:
    """A PostgreSQL of this test's own, and where its pid stands."""
    folder = Path(tempfile.mkdtemp(prefix="houselist-export-killed-"))
    folder.chmod(0o711)
    with Server.open(folder / "data", settings={"fsync": "off"}) as server:
        yield server, folder / "data" / "postgres" / "postmaster.pid"
    shutil.rmtree(folder)


async def test_no_short_file_looks_whole(postgres: tuple[Server, Path], tmp_path: Path) -> None:
    server, pid_file = postgres

    def kill() -> None:
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)

    await migrations.migrate(server.dsn)
    async with db.make_pool(server.dsn) as pool:
        tenant = await make_tenant(pool)
        audience = await fill(pool, tenant)
    async with serving(server.dsn) as web, client(web.url, tenant) as api:
        path = f"audiences/{audience}/export"
        for format_ in ("ndjson", "csv"):
            async with downloading(web, tenant, audience, f"format={format_}") as download:
                assert download.status == 200
                assert f"x-row-count: {MANY}".encode() in download.head
                kill()
                rest = await download.rest()
            assert rest.count(b"\n") < MANY
            assert not rest.endswith(LAST_CHUNK)
            error(await api.get(path), 502, "UPSTREAM_ERROR")
            server.ensure_running()
            await until(lambda: answers(api, audience))
        # A workbook as small as this is whole before anything can end it.
        whole = await api.get(path, params={"format": "xlsx", "fields": "id,name"})
        assert whole.status_code == 200
        kill()
    target = tmp_path / "people.csv"
    arguments = ("export", audience, "--output", str(target))
    failed = run(*arguments, env=environ(database_url=server.dsn))
    assert failed.code == 1
    assert left_in(tmp_path) == []
    server.ensure_running()


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def client(url: str, tenant: Tenant) -> Api:
    api = Api(tenant, httpx.AsyncHTTPTransport())
    api.base_url = f"{url}/v1/accounts/{tenant.account_group_id}/"
    return api


async def answers(api: Api, audience: str) -> bool:
    return (await api.get(f"audiences/{audience}")).status_code == 200
