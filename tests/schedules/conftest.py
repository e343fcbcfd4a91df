"""A database in which no worker starts a run, unless a test has one."""

from support.place_fixtures import idle, place

__all__ = ["idle", "place"]
