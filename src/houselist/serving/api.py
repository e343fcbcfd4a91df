"""The HTTP server, as a process of its own: `python -m houselist.serving.api`.

It finds its settings, the database's address among them, in the environment.
"""

from __future__ import annotations

import argparse
import resource

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from houselist import config, logs
from houselist.serving.application import GRACE_SECONDS
from houselist.serving.parent import follow

# Requests under way get this long (whole seconds) when the server is told to stop.
STOP_SECONDS = 3

# Connections that a process has open at once; others wait until one ends. An event stream takes one
# for as long as it is followed, and there may be 1,000 of those.
_CONNECTIONS = 2_048
# Files that a process has open for them, and for everything else.
_FILES = 2_560

# Granian's own lines go the way of all others, to standard error as JSON.
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
    logs.configure(config.load().log_level)
    follow(int(given.parent), grace=GRACE_SECONDS)
    Server(
        "houselist.serving.application:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=given.host,
        port=int(given.port),
        workers=int(given.workers),
        backpressure=_connections(),
        loop=Loops.uvloop,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()


def _connections() -> int:
    """How many connections a process may have; raises its limit of open files for them."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if files == unlimited or files >= _FILES:
        return _CONNECTIONS
    files = _FILES if most == unlimited else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return files * _CONNECTIONS // _FILES


if __name__ == "__main__":
    main()
