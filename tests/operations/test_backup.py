"""The commands of docs/operations.md for a dump and its restoring, run as they stand there."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from houselist.connections import store as connections
from houselist.connections.secrets import Sealer, kept_secret
from houselist.connections.shapes import Stored
from houselist.postgres import db
from houselist.postgres.embedded import Server
from support.jobs import until, working
from support.known_files import mixed
from support.rules import ROOT
from support.service import data, make_tenant
from support.survival import assert_exact, start_import

if TYPE_CHECKING:
    from support.operations import Installation
    from support.service import Api, Tenant

KEY = "the-key-of-a-provider"
ROWS = 1500


def block(section: str, number: int) -> list[str]:
    """The commands of one block of a section."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    text = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[number].splitlines()


def run(lines: list[str], place: Path) -> None:
    """Runs commands in a folder, where `python` is the one that runs the tests."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=place,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def connect(pool: db.Pool, tenant: Tenant, folder: Path) -> None:
    """Gives the tenant a provider whose key is sealed with the installation's own secret."""
    group = bytes.fromhex(tenant.account_group_id)
    sealed = Sealer(kept_secret(folder)).seal(group, KEY)
    stored = Stored(
        "unipile", "https://x.example", "acc", "v1", sealed, {}, None, "connected", None
    )
    async with db.transaction(pool) as connection:
        await connections.save(connection, group, stored, "")


async def opened_key(pool: db.Pool, tenant: Tenant, folder: Path) -> str:
    group = bytes.fromhex(tenant.account_group_id)
    async with db.acquire(pool) as connection:
        stored = await connections.find(connection, group)
    assert stored is not None
    return Sealer(kept_secret(folder)).open(group, stored.sealed_key)


async def half_done(pool: db.Pool, dsn: str, api: Api, source: Any) -> Any:
    """A job whose worker was told to stop in the middle."""
    started = await start_import(api, source, audienceName="Found")
    job_id = bytes.fromhex(started["jobId"])

    async def position() -> int:
        return await pool.fetchval("SELECT position FROM prospecting_jobs WHERE id = $1", job_id)

    async with working(dsn) as stop:
        await until(position)
        stop.set()
    assert 0 < await position() < ROWS
    return started


async def test_a_dump_that_is_restored_elsewhere_goes_on_where_it_was(
    original: Installation, shelf: Path
) -> None:
    source = mixed(random.Random(7), ROWS)
    async with original.serving() as (pool, service):
        tenant = await make_tenant(pool)
        async with service.client(tenant) as api:
            await connect(pool, tenant, original.folder)
            job = await half_done(pool, original.dsn, api, source)
            dump = block("Backup", 0)
            dump[0] = f"DATA={original.folder}"
            run(dump, shelf)
            shutil.copy(original.folder / "secret.key", shelf)

    there = type(original)(shelf / "elsewhere", "")
    make, copy_secret, serve = block("Restore", 0)
    assert serve.startswith("houselist serve")
    names = [f"DATA={there.folder}", dump[1]]
    run([*names, make, copy_secret], shelf)
    with Server.open(there.folder, settings={"fsync": "off"}) as server:
        there.dsn = server.dsn
        run([*names, *block("Restore", 1)], shelf)
        async with there.serving() as (pool, service), service.client(tenant) as api:
            assert data(await api.get("audiences")) == {
                "items": [],
                "nextCursor": None,
                "hasMore": False,
            }
            assert await opened_key(pool, tenant, there.folder) == KEY
            async with working(there.dsn):
                done = await api.finished(job["jobId"])
            await assert_exact(pool, api, done, source)
