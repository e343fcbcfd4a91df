"""The service's programs, forked from a process that has loaded them."""

from __future__ import annotations

import tempfile

from houselist.serving.metrics import FOLDER
from support.forking import Nursery

PROGRAMS = Nursery(
    "houselist.app",
    "houselist.serving.api",
    "houselist.worker.session",
    "houselist.migrations",
    "houselist.cli.commands",
    "houselist.cli.accounts",
    "houselist.cli.directory",
    "houselist.cli.exports",
    "houselist.cli.imports",
    "houselist.cli.jobs",
    "houselist.cli.keys",
    "houselist.cli.serve",
    # What counts in files does so where this names a folder as it is loaded, whichever.
    **{FOLDER: tempfile.gettempdir()},
)
