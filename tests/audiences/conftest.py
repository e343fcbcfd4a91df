"""A database for the audience tests in which no worker runs unless a test starts one."""

from support.place_fixtures import idle, place

__all__ = ["idle", "place"]
