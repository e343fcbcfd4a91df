"""The address that metrics are answered at, kept like that of the service."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from houselist.serving.address import PORT_WAIT_SECONDS, AddressError, ListenAddress, reserve
from houselist.serving.warning import warn

if TYPE_CHECKING:
    from collections.abc import Generator

    from houselist.config import Listen


@contextmanager
def reserve_for_metrics(listen: Listen | None) -> Generator[ListenAddress | None]:
    """Where metrics are answered; None where they are not. Raises AddressError."""
    with ExitStack() as stack:
        address = None
        if listen is not None:
            try:
                wait_seconds = PORT_WAIT_SECONDS if listen.chosen else 0.0
                address = stack.enter_context(reserve(listen.host, listen.port, wait_seconds))
            except AddressError as error:
                if listen.chosen:
                    raise AddressError(
                        "Metrics can't be answered at HOUSELIST_METRICS_LISTEN: another program"
                        " uses the address, or this host does not have it. Choose another, or off."
                    ) from error
                # Another service of this host has it, and nobody asked for it here.
                warn(
                    "there are no metrics: the address is taken; set HOUSELIST_METRICS_LISTEN",
                    address=f"{listen.host}:{listen.port}",
                )
        yield address
