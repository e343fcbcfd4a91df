"""`houselist serve`."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from houselist import config, logs
from houselist.cli.database import database, run_with_pool
from houselist.cli.first import first_start
from houselist.cli.out import CommandError, ReaderGoneError, say
from houselist.serving.notes import note
from houselist.serving.place import PATIENCE_SECONDS, Place, PlaceError, reserve
from houselist.serving.signals import run_until_stopped
from houselist.serving.supervisor import Service, supervise


def serve(
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 8000,
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] = 1,
    no_job_worker: bool = False,
) -> None:
    """Serve the API and run jobs, until Ctrl-C or SIGTERM.

    Without HOUSELIST_DATABASE_URL it brings its own PostgreSQL, kept in HOUSELIST_DATA_DIR. The
    first start ever makes an account group and a key with all permissions. A terminal is shown
    the key, once; otherwise it is written to a file in HOUSELIST_DATA_DIR, and its path is printed.

    Args:
        host: Address to listen at; 0.0.0.0 for all of this host's.
        port: Port to listen at; 0 takes any free one.
        workers: Processes that answer requests. With HOUSELIST_RATE_LIMIT_STORE=memory:// each
            counts a key's requests on its own.
        no_job_worker: Run no jobs here: `houselist worker` does, on this host or others.
    """
    settings = config.load()
    logs.configure(settings.log_level)
    try:
        # Told to stop while it starts, it has stopped as it was told.
        with (
            suppress(KeyboardInterrupt),
            reserve(host, port) as place,
            _metrics_place(settings.metrics_listen) as metrics,
        ):
            _serve(settings, place, metrics, workers=workers, job_worker=not no_job_worker)
    except PlaceError as error:
        raise CommandError(str(error)) from error


@contextmanager
def _metrics_place(listen: config.Listen | None) -> Generator[Place | None]:
    """Where metrics are answered; None where they are not. Raises PlaceError."""
    with ExitStack() as stack:
        place = None
        if listen is not None:
            try:
                patience = PATIENCE_SECONDS if listen.chosen else 0.0
                place = stack.enter_context(reserve(listen.host, listen.port, patience))
            except PlaceError as error:
                if listen.chosen:
                    raise PlaceError(
                        "Metrics can't be answered at HOUSELIST_METRICS_LISTEN: the address is"
                        " taken by another program, or none of this host. Choose another, or off."
                    ) from error
                # Another service of this host has it, and nobody asked for it here.
                note(
                    "there are no metrics: the address is taken; set HOUSELIST_METRICS_LISTEN",
                    address=f"{listen.host}:{listen.port}",
                )
        yield place


def _serve(
    settings: config.Settings,
    place: Place,
    metrics: Place | None,
    *,
    workers: int,
    job_worker: bool,
) -> None:
    with database(settings) as found:
        beginning = partial(first_start, settings=found.settings, url=place.url)
        asyncio.run(run_with_pool(found.dsn, beginning))
        secret = found.settings.secret_key
        service = Service(place, metrics, found.dsn, secret, workers, job_worker)
        run_until_stopped(supervise(service, found.server, lambda: _announce(place, metrics)))


def _announce(place: Place, metrics: Place | None) -> None:
    # Who has closed our output is served all the same.
    with suppress(CommandError, ReaderGoneError):
        say(f"Houselist is listening on {place.url}")
        if metrics is not None:
            say(f"Metrics are at {metrics.url}/metrics")
