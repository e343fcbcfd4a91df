"""`houselist serve`."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from houselist import config, logs
from houselist.cli.database import database, make_pool
from houselist.cli.first import first_start
from houselist.cli.out import CommandError, ReaderGoneError, say
from houselist.serving.address import AddressError, ListenAddress, reserve
from houselist.serving.metrics_address import reserve_for_metrics
from houselist.serving.signals import run_until_stopped
from houselist.serving.supervisor import Service, supervise


def serve(
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 8000,
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] = 1,
    no_job_worker: bool = False,
) -> None:
    """Serves until it is told to stop.

    Args:
        host: Address to listen at; 0.0.0.0 for all addresses of this host.
        port: Port to listen at; 0 for any free one.
        workers: Processes that answer requests. With HOUSELIST_RATE_LIMIT_STORE=memory:// each
            counts a key's requests on its own.
        no_job_worker: Run no jobs here: `houselist worker` does, on this host or others.
    """
    settings = config.load()
    logs.configure(settings.log_level)
    try:
        # A stop during the start is no error: it did what it was told.
        with (
            suppress(KeyboardInterrupt),
            reserve(host, port) as address,
            reserve_for_metrics(settings.metrics_listen) as metrics,
        ):
            run_until_stopped(
                _serve(settings, address, metrics, workers=workers, job_worker=not no_job_worker)
            )
    except AddressError as error:
        raise CommandError(str(error)) from error


async def _serve(
    settings: config.Settings,
    address: ListenAddress,
    metrics: ListenAddress | None,
    *,
    workers: int,
    job_worker: bool,
) -> None:
    async with database(settings) as found:
        async with make_pool(found) as pool:
            await first_start(pool, found.settings, url=address.url)
        secret = found.settings.secret_key
        service = Service(address, metrics, found.dsn, secret, workers, job_worker)
        await supervise(service, found.server, lambda: _announce(address, metrics))


def _announce(address: ListenAddress, metrics: ListenAddress | None) -> None:
    # Who has closed our output is served all the same.
    with suppress(CommandError, ReaderGoneError):
        say(f"Houselist is listening on {address.url}")
        if metrics is not None:
            say(f"Metrics are at {metrics.url}/metrics")
