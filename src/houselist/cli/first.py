"""The first start ever: an account group and a key with all permissions.

A terminal is shown the key, once. Any other output may be kept and read by many, as the logs of
services are: then the key goes into a file that its owner alone can read.
"""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from houselist.accounts import store as accounts
from houselist.cli import store
from houselist.cli.out import CommandError, say, tell
from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.postgres.embedded import default_data_dir

if TYPE_CHECKING:
    from houselist.accounts.shapes import AccountGroup
    from houselist.config import Settings
    from houselist.postgres.db import Connection

NAME = "My company"
URL = "http://127.0.0.1:8000"
_FILE = "first-key"


class FirstKey(NamedTuple):
    """What the first start made. The database has not the key's text."""

    account_group: AccountGroup
    token: str
    url: str


async def first_start(
    pool: db.Pool, settings: Settings, *, json: bool = False, url: str = URL
) -> None:
    """Makes the first account group and its key, and tells of them; nothing where there are some.

    `url` is where the service will be, `json` that standard output is for one JSON object alone.
    Raises CommandError where the key can't be kept; then nothing was made.
    """
    shown = (sys.stderr if json else sys.stdout).isatty()
    kept: Path | None = None
    try:
        async with db.transaction(pool) as connection:
            first = await _make(connection, url)
            if first and not shown:
                kept = _keep(first, settings)
    except BaseException:
        if kept:  # a key that is not in the database
            with suppress(OSError):
                kept.unlink()
        raise
    if first:
        (tell if json else say)(_words(first, kept))


async def _make(connection: Connection, url: str) -> FirstKey | None:
    await store.lock_first_start(connection)
    if await accounts.get_all(connection):
        return None
    account_group = await accounts.create(connection, NAME)
    token = tokens.new_token()
    await keys.create(
        connection,
        digest=tokens.digest(token),
        name="First key",
        permissions=list(Permission),
        account_group_ids=[bytes.fromhex(account_group.id)],
        expires_at=None,
    )
    return FirstKey(account_group, token, url)


def _keep(first: FirstKey, settings: Settings) -> Path:
    """Writes the key to a new file that its owner alone can read, in the data directory."""
    given = Path(settings.data_dir) if settings.data_dir else default_data_dir()
    folder = given.expanduser().resolve()
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
        raise CommandError(
            f"The first key can't be written to {folder} ({error.strerror}), so it was not made."
            " Name a folder that can be written to with HOUSELIST_DATA_DIR, or start once in a"
            " terminal, which shows the key."
        ) from error
    return path


def _new_file(folder: Path, group: str) -> tuple[Path, int]:
    # Never the file of another database's first start.
    for path in (folder / _FILE, folder / f"{_FILE}-{group}"):
        with suppress(FileExistsError):
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    raise FileExistsError(None, f"there is a {_FILE} already")


def _words(first: FirstKey, kept: Path | None) -> str:
    """What people are told: the key, or where it is; and a line to try it with."""
    group, token, url = first
    made = "First start: made an account group and a key with all permissions."
    named = f"  Account group  {group.id}  ({group.name})"
    trying = "Try it, once the service is listening:"
    if kept is None:
        return (
            f"{made} The key is shown only this once.\n\n{named}\n  Key            {token}\n"
            f"\n{trying}\n"
            f'  curl -H "Authorization: Bearer {token}" {url}/v1/accounts/{group.id}/audiences\n'
        )
    file = shlex.quote(str(kept))
    return (
        f"{made} The key is in a file that you alone can read.\n\n{named}\n"
        f"  Key file       {kept}\n\n{trying}\n"
        f'  . {file}; curl -H "Authorization: Bearer $KEY" $URL/v1/accounts/$GROUP/audiences\n'
    )
