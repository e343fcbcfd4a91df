"""`/metrics` on a listener of its own: the sum of what all API processes of this `serve` counted.

Each process keeps its numbers in files that only this listener reads (prometheus_client's
multiprocess mode).
"""

from __future__ import annotations

import asyncio
import os
import struct
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from houselist import envelope
from houselist.errors import NO_PATH, MethodNotAllowed, NotFound, Refusal
from houselist.serving.warning import warn
from houselist.web import trace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.serving.address import ListenAddress

# Names the folder for prometheus_client, which looks when it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PATH = "/metrics"

_SECONDS = 5.0  # for a request to arrive and its response to be read
_MAX_HEAD = 8_192
_MAX_CONNECTIONS = 64
# The numbers of this many dead processes are kept, so that sums never fall.
_MAX_DEAD = 32


@asynccontextmanager
async def metrics_listener(address: ListenAddress | None) -> AsyncGenerator[dict[str, str]]:
    """Serves `address` while the block runs. Yields environment variables for the API processes."""
    if address is None:
        yield {}
        return
    with TemporaryDirectory(prefix="houselist-metrics-", ignore_cleanup_errors=True) as folder:
        listener = _Listener(Path(folder))
        server = await asyncio.start_server(
            listener.serve, address.ip, address.port, limit=_MAX_HEAD, reuse_port=True
        )
        try:
            yield {FOLDER: folder}
        finally:
            server.close()


def render(folder: Path) -> bytes:
    """The Prometheus text for all processes, running or dead, that counted in `folder`."""
    _forget_dead(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    return generate_latest(registry)


def _forget_dead(folder: Path) -> None:
    files: dict[int, list[Path]] = {}
    for file in folder.glob("*_*.db"):
        files.setdefault(int(file.stem.rpartition("_")[2]), []).append(file)
    dead = [pid for pid in files if not _lives(pid)]
    oldest_first = sorted(dead, key=lambda pid: files[pid][0].stat().st_mtime)
    for pid in dead:
        for file in files[pid]:
            # A gauge shows the present, and a dead process has nothing open.
            if pid in oldest_first[:-_MAX_DEAD] or file.name.startswith("gauge_"):
                file.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to another user, so it is not ours
        return False
    return True


class _Listener:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handles one connection: one request, one response."""
        self._open += 1
        try:
            if self._open <= _MAX_CONNECTIONS:
                async with asyncio.timeout(_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(await self._respond(head))
                    await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):  # OSError: a timeout included
            pass  # the client does not want metrics
        finally:
            self._open -= 1
            writer.close()

    async def _respond(self, head: bytes) -> bytes:
        try:
            _check(head)
            text = await asyncio.to_thread(render, self._folder)
        except Refusal as refusal:
            body = envelope.failure(refusal, trace.new_trace_id())
            return _response(refusal.status, "application/json", body, refusal.headers)
        except (
            OSError,
            ValueError,
            RuntimeError,
            struct.error,
        ) as error:  # a file that is being written
            warn("metrics could not be read", reason=repr(error))
            return _response(503, "text/plain", b"Try again.\n", {"retry-after": "1"})
        return _response(200, "text/plain; version=0.0.4; charset=utf-8", text, {})


def _check(head: bytes) -> None:
    """Raises NotFound or MethodNotAllowed."""
    method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    if rest.partition(" ")[0].partition("?")[0] != PATH:
        raise NotFound(NO_PATH)
    if method != "GET":
        raise MethodNotAllowed(headers={"allow": "GET"})


def _response(status: int, kind: str, body: bytes, headers: dict[str, str]) -> bytes:
    fields = {
        "content-type": kind,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "connection": "close",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode() + body
