"""A disk that is full while a workbook is copied to it: the server is to blame, not the file."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist import config
from houselist.app import create_app
from houselist.files.spreadsheets.spooling import NoCopy, fill
from support.cli import environ, run
from support.jobs import kept
from support.service import Service, error, make_tenant
from support.workbooks import row, xlsx_parts, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.postgres.db import Pool
    from support.service import Api

KIB = 1024
NOTHING = {"uploads": 0, "upload_chunks": 0}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB, with enough space for the little file that tempfile tries a folder with."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=1777", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can't be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def workbook() -> bytes:
    """A good one that is larger than the disk: its part of random bytes can't be compressed."""
    sheet = row("Email") + row("someone@somewhere.example")
    return zipped({**xlsx_parts(sheet), "xl/media/photo.png": os.urandom(256 * KIB)})


async def test_an_upload_says_so_and_leaves_nothing(
    dsn: str, pool: Pool, small_disk: Path, workbook: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(small_disk))
    async with (
        Service.running(create_app(config.load({}), dsn)) as service,
        service.client(await make_tenant(pool)) as api,
    ):
        refused = await api.post("uploads", content=workbook, headers={"content-type": XLSX})
        said = error(refused, 502, "UPSTREAM_ERROR")
        assert "can't be copied to disk" in said["message"]
        assert "is full" in said["details"]
        assert refused.headers["retry-after"] == "60"
        assert await kept(pool, api, NOTHING) == NOTHING
        # A file that fits is read as ever.
        small = zipped(xlsx_parts(row("Email") + row("someone@somewhere.example")))
        read = await api.post("uploads", content=small, headers={"content-type": XLSX})
        assert read.status_code == 201


async def test_the_command_line_says_so(
    dsn: str, api: Api, small_disk: Path, workbook: bytes
) -> None:
    file = small_disk.parent / "people.xlsx"
    file.write_bytes(workbook)
    env = {**environ(database_url=dsn), "TMPDIR": str(small_disk)}
    account = ("--account", api.tenant.account_group_id)
    command = ("import", str(file), "--audience", "Buyers", *account)
    done = await asyncio.to_thread(run, *command, env=env)
    assert "temporary files (TMPDIR) is full" in done.expect(1).err


def test_a_full_disk_is_told_from_a_damaged_file() -> None:
    with Path("/dev/full").open("r+b", buffering=0) as full, pytest.raises(NoCopy, match="space"):
        fill(full, iter([b"PK\x03\x04"]))
