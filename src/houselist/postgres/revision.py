"""Which revision of the schema this version needs. Light, so that `--version` can say it."""

from __future__ import annotations

# The newest revision of migrations/versions; a test holds the two together.
HEAD = "0016"


class TooOld(RuntimeError):
    """The PostgreSQL server is older than 15."""


class CannotDistribute(RuntimeError):
    """The tables can't be moved onto a cluster; the message says what to do about it."""
