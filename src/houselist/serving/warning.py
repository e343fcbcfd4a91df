"""Warnings from code that must go on even if they can't be written: full disk, closed terminal."""

from __future__ import annotations

from contextlib import suppress

from houselist.logs import log


def warn(event: str, **facts: object) -> None:
    """Logs a warning, or drops it if it can't be written."""
    with suppress(OSError, ValueError):  # ValueError: the stream is closed
        log.warning(event, **facts)
