"""What a worker does round after round beside its jobs: one that fails must not end the others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from houselist.errors import Upstream
from houselist.logs import log

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def one_round(what: str, doing: str) -> Generator[None]:
    """Logs why a round failed; the next one may succeed.

    `what` and `doing` say what it is for: "look for jobs", "looking for jobs".
    """
    try:
        yield
    except Upstream as error:
        log.warning(f"could not {what}", reason=repr(error.__cause__))
    except Exception:  # noqa: BLE001 - whatever it was, the next round may succeed
        log.exception(f"{doing} failed")
