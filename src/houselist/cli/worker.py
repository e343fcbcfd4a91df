"""`houselist worker`."""

from __future__ import annotations

from contextlib import suppress

from houselist import config, logs
from houselist.cli.database import database
from houselist.serving.jobs import work_until_told
from houselist.serving.signals import run_until_stopped


def worker() -> None:
    settings = config.load()
    logs.configure(settings.log_level)
    # A stop during the start is no error: it did what it was told.
    with suppress(KeyboardInterrupt):
        run_until_stopped(_work(settings))


async def _work(settings: config.Settings) -> None:
    async with database(settings) as found:
        await work_until_told(found.settings, found.dsn, found.server)
