"""The supervisor: keeps the API and the job worker running, and stops them in order."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from houselist.serving.children import Child
from houselist.serving.metrics import metrics_listener
from houselist.serving.postgres import kept_running
from houselist.serving.signals import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.postgres.embedded import Server
    from houselist.serving.address import ListenAddress

# Seconds before a child is killed. Together with the database's they stay under the 10 in which
# everything has stopped.
API_STOP_TIMEOUT = 4.0
WORKER_STOP_TIMEOUT = 3.5

_PROBE_SECONDS = 2.0
_PROBE_PAUSE = 0.1
_REQUEST = b"GET /readyz HTTP/1.1\r\nhost: houselist\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Service:
    """What to run, and where."""

    address: ListenAddress
    metrics: ListenAddress | None
    dsn: str
    secret_key: str | None
    workers: int
    job_worker: bool


async def supervise(
    service: Service, server: Server | None, when_ready: Callable[[], None]
) -> None:
    """Runs the service until a signal stops it. Calls `when_ready` once, when it is ready."""
    stopping = Stopping()
    stopping.listen()
    environ = {**os.environ, "HOUSELIST_DATABASE_URL": service.dsn}
    if service.secret_key is not None:
        environ["HOUSELIST_SECRET_KEY"] = service.secret_key
    async with kept_running(server), metrics_listener(service.metrics) as counting:
        api = Child("The API process", _api(service), {**environ, **counting})
        worker = Child("The job worker", _module("jobs"), environ) if service.job_worker else None
        announcing = asyncio.create_task(_announce(service.address, when_ready))
        await stopping.asked.wait()
        announcing.cancel()
        await api.end(API_STOP_TIMEOUT, stopping.hurried)
        if worker is not None:
            await worker.end(WORKER_STOP_TIMEOUT, stopping.hurried)


def _api(service: Service) -> list[str]:
    address = ["--host", service.address.ip, "--port", str(service.address.port)]
    return [*_module("api"), *address, "--workers", str(service.workers)]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", f"houselist.serving.{name}", "--parent", str(os.getpid())]


async def _announce(address: ListenAddress, when_ready: Callable[[], None]) -> None:
    ready = False
    while not ready:
        await asyncio.sleep(_PROBE_PAUSE)
        ready = await _is_ready(address)
    when_ready()


async def _is_ready(address: ListenAddress) -> bool:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(address.reachable, address.port)
            try:
                writer.write(_REQUEST)
                status = await reader.readline()
            finally:
                writer.close()
    except OSError:  # a timeout included
        return False
    return status.split()[1:2] == [b"200"]
