"""Log lines of what must go on even where nobody can take them: a full disk, a closed terminal."""

from __future__ import annotations

from contextlib import suppress

from houselist.logs import log


def note(event: str, **facts: object) -> None:
    """One warning; lost where nobody takes it."""
    with suppress(OSError, ValueError):  # ValueError: the stream is closed
        log.warning(event, **facts)
