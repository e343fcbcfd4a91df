"""What each process of the HTTP server loads."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING

import houselist.app
from houselist.serving.parent import follow

if TYPE_CHECKING:
    from houselist.edge import Edge

GRACE_SECONDS = 1.0


def application() -> Edge:
    """The service of one process, which ends when the server that started it is gone."""
    server = multiprocessing.parent_process()
    follow(server.pid if server and server.pid else os.getppid(), grace=GRACE_SECONDS)
    return houselist.app.from_environment()
