"""`houselist migrate`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from houselist import config
from houselist.cli.database import database, distribute_tables
from houselist.cli.out import say
from houselist.postgres.revision import HEAD

Distribute = Annotated[
    bool,
    Parameter(
        help="Then move the tables onto the nodes of a Citus cluster, by account group. Stop"
        " Houselist first.",
    ),
]


async def migrate(*, distribute: Distribute = False) -> None:
    if distribute:
        await distribute_tables(config.load(), say)
        say(f"The database is at revision {HEAD}, and distributed.")
        return
    async with database(config.load(), migrate=True):
        say(f"The database is at revision {HEAD}.")
