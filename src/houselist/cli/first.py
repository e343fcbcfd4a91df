"""What people are told of the very first start.

A terminal shows the key, once. Any other output may be kept and read by many, like the logs of
services: then the key goes into a file that only its owner can read.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from houselist.accounts.first import CannotKeep, FirstKey, make_first_key
from houselist.cli.out import CommandError, say, tell
from houselist.config import Settings
from houselist.postgres import db
from houselist.postgres.embedded import default_data_dir

URL = "http://127.0.0.1:8000"


async def first_start(
    pool: db.Pool, settings: Settings, *, json: bool = False, url: str = URL
) -> None:
    """Makes the first account group and its key, and tells of them; does nothing when there is one.

    `url` is where the service will be, `json` that standard output is for one JSON object alone.
    Raises CommandError when the key can't be kept; then nothing was made.
    """
    folder: Path | None = None
    if not (sys.stderr if json else sys.stdout).isatty():
        given = Path(settings.data_dir) if settings.data_dir else default_data_dir()
        folder = given.expanduser().resolve()
    try:
        first = await make_first_key(pool, url, folder)
    except CannotKeep as error:
        raise CommandError(
            f"The first key can't be written to {folder} ({error}), so it was not made. Set"
            " HOUSELIST_DATA_DIR to a folder that you can write to, or start once in a terminal,"
            " which shows the key."
        ) from error
    if first:
        (tell if json else say)(_words(first))


def _words(first: FirstKey) -> str:
    """The key, or where it is; and a line to try it with."""
    group, token, url, file = first
    key, note = f"  Key            {token}", "This is the only time that the key is shown."
    call = f'curl -H "Authorization: Bearer {token}" {url}/v1/accounts/{group.id}/audiences'
    if file is not None:
        key, note = f"  Key file       {file}", "The key is in a file that you alone can read."
        variables = '"Authorization: Bearer $KEY" $URL/v1/accounts/$GROUP/audiences'
        call = f". {shlex.quote(str(file))}; curl -H {variables}"
    return (
        f"First start: made an account group and a key with all permissions. {note}\n\n"
        f"  Account group  {group.id}  ({group.name})\n{key}\n\n"
        f"Try it, once the service is listening:\n  {call}\n"
    )
