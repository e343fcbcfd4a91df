"""Tests that ask a provider: a database without a worker, and a fake Unipile."""

from support.provided_fixtures import fake, idle, no_pause, place

__all__ = ["fake", "idle", "no_pause", "place"]
