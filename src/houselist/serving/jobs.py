"""The job worker as a process: what `houselist worker` and `python -m houselist.serving.jobs` run.

What a worker does is in houselist.worker; this file decides when it starts and stops.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import uvloop

from houselist import config, logs
from houselist.config import SettingError
from houselist.logs import log
from houselist.serving.parent import follow
from houselist.serving.postgres import kept_running
from houselist.serving.signals import Stopping
from houselist.worker import session as worker

if TYPE_CHECKING:
    from houselist.postgres.embedded import Server

# If its supervisor was killed, a worker has this long to finish its batch, or it is rolled back.
GRACE_SECONDS = 5.0
# Once told to stop, a worker waits this long for its batch, and then for what it cancels.
_BATCH_SECONDS = 30.0
_CANCEL_SECONDS = 2.0


async def work_until_told(
    settings: config.Settings, dsn: str, server: Server | None = None
) -> None:
    """Runs jobs until a signal says stop; a second one does not let the batch at hand finish."""
    stopping = Stopping()
    stopping.listen()
    async with kept_running(server):
        working = asyncio.create_task(worker.work(settings, dsn, stopping.asked))
        impatient = asyncio.create_task(_until_impatient(stopping))
        await asyncio.wait({working, impatient}, return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=_CANCEL_SECONDS)
            if not working.done():
                # If PostgreSQL hangs, closing the connections may hang. Nothing is lost: what was
                # not committed is rolled back, and another worker continues from there.
                log.warning("the database does not respond; leaving without it")
                os._exit(1)
            return
        working.result()


async def _until_impatient(stopping: Stopping) -> None:
    """Ends at a second signal, or when the batch at hand takes too long after the first."""
    await stopping.asked.wait()
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.hurried.wait(), _BATCH_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", required=True)
    parent = int(parser.parse_args().parent)
    settings = config.load()
    logs.configure(settings.log_level)
    if settings.database_url is None:
        raise SettingError("HOUSELIST_DATABASE_URL is not set; start with `houselist worker`")
    follow(parent, grace=GRACE_SECONDS)
    uvloop.run(work_until_told(settings, settings.database_url))


if __name__ == "__main__":
    main()
