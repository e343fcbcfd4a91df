"""Installations that are backed up and copied: one in its data directory, and its replica."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from houselist import config
from houselist.app import create_app
from houselist.postgres import db
from houselist.postgres.embedded.account import run, server_account
from support.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

SETTINGS = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "60"}


@dataclass
class Installation:
    """A data directory whose server runs, and its database."""

    folder: Path
    dsn: str

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[tuple[db.Pool, Service]]:
        """The service on it, in this process, and a pool."""
        settings = config.load({"HOUSELIST_RATE_LIMIT": "off"})
        app = create_app(settings, self.dsn)
        async with db.make_pool(self.dsn) as pool, Service.running(app) as service:
            yield pool, service


class Standby:
    """A streaming replica of an installation, which can be promoted."""

    def __init__(self, original: Installation, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._data, self._account = folder / "postgres", server_account()
        self.dsn = f"postgresql://houselist@/houselist?host={folder}"
        folder.mkdir(mode=0o711)
        if self._account.switch:
            shutil.chown(folder, self._account.uid, self._account.gid)
        self._call(
            "pg_basebackup",
            "--host",
            original.socket,
            "--username",
            "houselist",
            "--pgdata",
            self._data,
            "--checkpoint",
            "fast",
            "--write-recovery-conf",
            "--no-sync",
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "hba_file": original.folder / "config" / "pg_hba.conf",
            "ident_file": original.folder / "config" / "pg_ident.conf",
            "max_connections": SETTINGS["max_connections"],
        }
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._control("start", "--options", words, "--log", folder / "log")

    def promote(self) -> None:
        self._control("promote")

    def stop(self) -> None:
        self._control("stop", "--mode", "immediate")

    def _control(self, *arguments: str | Path) -> None:
        self._call("pg_ctl", *arguments, "--wait", "--pgdata", self._data)

    def _call(self, program: str, *arguments: str | Path) -> None:
        log = self._folder / f"{program}.log"
        with log.open("ab") as out:
            done = run(self._account, [self._programs / program, *arguments], log=out.fileno())
        assert done.returncode == 0, log.read_text()
