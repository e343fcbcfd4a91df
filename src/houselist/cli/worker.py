"""`houselist worker`."""

from __future__ import annotations

from contextlib import suppress

from houselist import config, logs
from houselist.cli.database import database
from houselist.serving.jobs import work_until_told
from houselist.serving.signals import run_until_stopped


def worker() -> None:
    """Run jobs, until Ctrl-C or SIGTERM.

    Any number of workers may run, on any hosts that reach the same database. Told to stop, one
    finishes the batch at hand; what is left of the job goes to another worker.
    """
    settings = config.load()
    logs.configure(settings.log_level)
    # Told to stop while it starts, it has stopped as it was told.
    with suppress(KeyboardInterrupt), database(settings) as found:
        run_until_stopped(work_until_told(found.settings, found.dsn, found.server))
