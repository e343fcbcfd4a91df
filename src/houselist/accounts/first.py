"""The very first start makes an account group and a key with all permissions.

Where the key's text goes is up to the caller: it is shown, or kept in a file for its owner alone.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from houselist.accounts import first_store, store
from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from pathlib import Path

    from houselist.accounts.shapes import AccountGroup
    from houselist.postgres.db import Connection, Pool

NAME = "My company"
_FILE = "first-key"


class CannotKeep(Exception):
    """The key's file can't be written; the message says why."""


class FirstKey(NamedTuple):
    """What the first start made, and the file that keeps the key. The database has not its text."""

    account_group: AccountGroup
    token: str
    url: str
    file: Path | None


async def make_first_key(pool: Pool, url: str, folder: Path | None) -> FirstKey | None:
    """Makes them; None when there is an account group already.

    `url` is where the service will be, `folder` where the key is kept; without it, the caller shows
    the key. Raises CannotKeep; then nothing was made.
    """
    made: FirstKey | None = None
    try:
        async with db.transaction(pool) as connection:
            await first_store.lock_first_start(connection)
            if await store.get_all(connection):
                return None
            made = await _make(connection, url)
            if folder is not None:
                made = made._replace(file=_keep(made, folder))
    except BaseException:
        if made and made.file:  # a key that is not in the database
            with suppress(OSError):
                made.file.unlink()
        raise
    return made


async def _make(connection: Connection, url: str) -> FirstKey:
    account_group = await store.create(connection, NAME)
    token = tokens.new_token()
    await keys.create(
        connection,
        digest=tokens.digest(token),
        name="First key",
        permissions=list(Permission),
        account_group_ids=[bytes.fromhex(account_group.id)],
        expires_at=None,
    )
    return FirstKey(account_group, token, url, None)


def _keep(first: FirstKey, folder: Path) -> Path:
    """Writes the key to a new file that its owner alone can read. Raises CannotKeep."""
    lines = (
        "# The first key of Houselist, with all permissions. Keep it elsewhere, and delete this.",
        f"URL={first.url}",
        f"GROUP={first.account_group.id}",
        f"KEY={first.token}",
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, handle = _new_file(folder, first.account_group.id)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        # Not as an OSError: in a transaction it would be taken for the database's.
        raise CannotKeep(error.strerror) from error
    return path


def _new_file(folder: Path, group: str) -> tuple[Path, int]:
    # Never the file of another database's first start.
    for path in (folder / _FILE, folder / f"{_FILE}-{group}"):
        with suppress(FileExistsError):
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    raise FileExistsError(None, f"there is a {_FILE} already")
