"""The address that metrics are answered at, kept like that of the service."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from houselist.serving.notes import note
from houselist.serving.place import PATIENCE_SECONDS, Place, PlaceError, reserve

if TYPE_CHECKING:
    from collections.abc import Generator

    from houselist.config import Listen


@contextmanager
def reserve_for_metrics(listen: Listen | None) -> Generator[Place | None]:
    """Where metrics are answered; None where they are not. Raises PlaceError."""
    with ExitStack() as stack:
        place = None
        if listen is not None:
            try:
                patience = PATIENCE_SECONDS if listen.chosen else 0.0
                place = stack.enter_context(reserve(listen.host, listen.port, patience))
            except PlaceError as error:
                if listen.chosen:
                    raise PlaceError(
                        "Metrics can't be answered at HOUSELIST_METRICS_LISTEN: another program"
                        " uses the address, or this host does not have it. Choose another, or off."
                    ) from error
                # Another service of this host has it, and nobody asked for it here.
                note(
                    "there are no metrics: the address is taken; set HOUSELIST_METRICS_LISTEN",
                    address=f"{listen.host}:{listen.port}",
                )
        yield place
