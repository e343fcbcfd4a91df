"""A process's use of the embedded server: the first user starts it, the last one stops it.

Every user holds a shared lock on `users`; if it is killed, the kernel releases the lock.
"""

from __future__ import annotations

import contextlib
import os
from types import MappingProxyType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from houselist.postgres.embedded.account import server_account
from houselist.postgres.embedded.cluster import DATABASE, ROLE
from houselist.postgres.embedded.errors import EmbeddedError, explained
from houselist.postgres.embedded.layout import prepare
from houselist.postgres.embedded.lifecycle import Plan, bring_up, stop
from houselist.postgres.embedded.locks import exclusive, open_lock, try_lock, unlock
from houselist.postgres.embedded.processes import is_listening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class Server:
    """`dsn` is valid until close(), as long as ensure_running() is called now and then."""

    dsn: str

    def __init__(self, plan: Plan) -> None:
        """Use open() instead."""
        self._plan = plan
        self._pid = os.getpid()
        self._users: int | None = open_lock(plan.layout.users_lock)
        try:
            with exclusive(plan.layout.lifecycle_lock):
                # Can't fail: others lock it exclusively only while they hold the lifecycle lock.
                try_lock(self._users, shared=True)
                self._socket_folder, _ = bring_up(plan)
        except BaseException:
            with contextlib.suppress(EmbeddedError):
                self.close()
            raise
        self.dsn = f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._socket_folder))}"

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        binaries: Path | None = None,
        settings: Mapping[str, str] = NO_SETTINGS,
    ) -> Self:
        """Start the server of this data directory, or join it. Raises EmbeddedError.

        `binaries` is the bin folder of a PostgreSQL to run instead of the packaged one.
        """
        with explained(f"The embedded database in {data_dir} can't be set up"):
            account = server_account()
            return cls(Plan(prepare(data_dir, account), account, binaries, settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ensure_running(self) -> bool:
        """Restart the server if it died; True if that was needed. Raises EmbeddedError."""
        if self._users is None:
            raise EmbeddedError("The embedded database was already closed here: open it again.")
        if is_listening(self._socket_folder):
            return False
        with explained("The embedded database can't be restarted"):
            with exclusive(self._plan.layout.lifecycle_lock):
                _, started = bring_up(self._plan)
            return started

    def close(self) -> None:
        """Leave; the last one stops the server and waits until all its processes are gone."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            # A forked child shares our lock and only closes its copy of the descriptor.
            if os.getpid() == self._pid:
                with explained("The embedded database can't be closed"):
                    self._leave(users)
        finally:
            os.close(users)

    def _leave(self, users: int) -> None:
        with exclusive(self._plan.layout.lifecycle_lock):
            try:
                if try_lock(users):
                    stop(self._plan)
            finally:
                unlock(users)  # under the lifecycle lock: the next process must not find it held
