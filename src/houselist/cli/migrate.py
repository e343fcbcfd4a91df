"""`houselist migrate`."""

from __future__ import annotations

from houselist import config
from houselist.cli.database import database
from houselist.cli.out import say
from houselist.postgres.revision import HEAD


def migrate() -> None:
    with database(config.load(), migrate=True):
        say(f"The database is at revision {HEAD}.")
