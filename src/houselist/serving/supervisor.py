"""The supervisor: keeps API and job worker running, and stops them in order."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from houselist.serving.children import Child
from houselist.serving.metrics import metrics_listener
from houselist.serving.signals import Stopping
from houselist.serving.upkeep import kept_running

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.postgres.embedded import Server
    from houselist.serving.place import Place

# Seconds until force is used. With the database's own they stay under the 10 in which all is gone.
API_PATIENCE = 4.0
WORKER_PATIENCE = 3.5

_PROBE_SECONDS = 2.0
_PROBE_PAUSE = 0.1
_REQUEST = b"GET /readyz HTTP/1.1\r\nhost: houselist\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Service:
    """What to keep running."""

    place: Place
    metrics: Place | None
    dsn: str
    secret_key: str | None
    workers: int
    job_worker: bool


async def supervise(
    service: Service, server: Server | None, when_ready: Callable[[], None]
) -> None:
    """Runs the service until a signal says stop. `when_ready` is called once, when it answers."""
    stopping = Stopping()
    stopping.listen()
    environ = {**os.environ, "HOUSELIST_DATABASE_URL": service.dsn}
    if service.secret_key is not None:
        environ["HOUSELIST_SECRET_KEY"] = service.secret_key
    async with kept_running(server), metrics_listener(service.metrics) as counting:
        api = Child("The API process", _api(service), {**environ, **counting})
        worker = Child("The job worker", _module("jobs"), environ) if service.job_worker else None
        announcing = asyncio.create_task(_announce(service.place, when_ready))
        await stopping.asked.wait()
        announcing.cancel()
        await api.end(API_PATIENCE, stopping.hurried)
        if worker is not None:
            await worker.end(WORKER_PATIENCE, stopping.hurried)


def _api(service: Service) -> list[str]:
    place = ["--host", service.place.address, "--port", str(service.place.port)]
    return [*_module("api"), *place, "--workers", str(service.workers)]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", f"houselist.serving.{name}", "--parent", str(os.getpid())]


async def _announce(place: Place, when_ready: Callable[[], None]) -> None:
    ready = False
    while not ready:
        await asyncio.sleep(_PROBE_PAUSE)
        ready = await _is_ready(place)
    when_ready()


async def _is_ready(place: Place) -> bool:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(place.reachable, place.port)
            try:
                writer.write(_REQUEST)
                status = await reader.readline()
            finally:
                writer.close()
    except OSError:  # a timeout included
        return False
    return status.split()[1:2] == [b"200"]
