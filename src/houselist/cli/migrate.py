"""`houselist migrate`."""

from __future__ import annotations

from houselist import config, migrations
from houselist.cli.database import database
from houselist.cli.out import say


def migrate() -> None:
    """Bring the database to the schema of this version.

    Only a database of your own (HOUSELIST_DATABASE_URL) needs this: the embedded one is
    migrated whenever Houselist starts. Running it again, or twice at once, does no harm.
    """
    with database(config.load(), migrate=True):
        say(f"The database is at revision {migrations.HEAD}.")
