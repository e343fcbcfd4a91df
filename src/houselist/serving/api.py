"""The HTTP server as a process of its own: `python -m houselist.serving.api`.

It reads its settings, including the database's address, from the environment.
"""

from __future__ import annotations

import argparse

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server import Server

from houselist import config, logs
from houselist.serving.application import GRACE_SECONDS
from houselist.serving.connections import connection_limit
from houselist.serving.parent import follow

# Whole seconds that requests under way get to finish when the server is told to stop.
STOP_SECONDS = 3

# Bytes of a request line and its headers; also the size of a connection's read buffer.
_HEADERS = 65_536
# Requests that one HTTP/2 connection may have under way.
_STREAMS = 100

# Granian's log lines go where all others go: to standard error, as JSON.
_LOGGING = {
    "handlers": {},
    "formatters": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": False}},
}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--host", "--port", "--workers", "--parent"):
        parser.add_argument(name, required=True)
    given = parser.parse_args()
    settings = config.load()
    logs.configure(settings.log_level)
    follow(int(given.parent), grace=GRACE_SECONDS)
    Server(
        "houselist.serving.application:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=given.host,
        port=int(given.port),
        workers=int(given.workers),
        backpressure=connection_limit(),
        # In auto mode the server waits for ever for a client that sends nothing at all.
        http=HTTPModes.auto if settings.http2 else HTTPModes.http1,
        http1_settings=HTTP1Settings(
            # This is also how long a connection may be idle before its next request.
            header_read_timeout=int(settings.idle_timeout * 1000),
            max_buffer_size=_HEADERS,
        ),
        http2_settings=HTTP2Settings(
            keep_alive_interval=int(settings.idle_timeout * 1000),
            max_concurrent_streams=_STREAMS,
            max_headers_size=_HEADERS,
        ),
        loop=Loops.uvloop,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


if __name__ == "__main__":
    main()
