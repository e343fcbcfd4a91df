"""HTTP of what an account group has on Sales Navigator. Its provider is asked at every request."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountPath
from houselist.connections.opening import NoProvider, ProviderClients, find_account
from houselist.errors import NotFound, ProviderNotConnected, Upstream
from houselist.logs import log
from houselist.providers.base import ProviderError, QuotaSpent, ReconnectNeeded, TryLater
from houselist.sales_navigator.shapes import NamedSource, NamedSources
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.connections.accounts import Account
    from houselist.providers.base import Named, Page
    from houselist.web.request import Request

# Each page is a call of the account's daily budget; hardly anybody has more lists than these hold.
_MOST_PAGES = 10
# Seconds after which it is worth asking again, where the provider does not say.
_RECONNECT, _LATER = 300, 30
# The last part of a request's time, in which it is said that the provider took too long.
_SHARE_TO_ANSWER = 0.05


@endpoint(
    response=NamedSources,
    summary="List saved searches",
    tag="Sales Navigator",
    refuses=(NotFound, ProviderNotConnected, Upstream),
)
async def list_saved_searches(at: AccountPath, request: Request) -> NamedSources:
    """Lists the saved searches of the Sales Navigator account that the group is connected to.

    502 when the provider fails, with its own words; 409 when there is none.
    """
    return await _all(request, at.account_group_id, lambda account: account.saved_searches)


@endpoint(
    response=NamedSources,
    summary="List lead lists",
    tag="Sales Navigator",
    refuses=(NotFound, ProviderNotConnected, Upstream),
)
async def list_lead_lists(at: AccountPath, request: Request) -> NamedSources:
    """Lists the lead lists of the Sales Navigator account that the group is connected to.

    502 when the provider fails, with its own words; 409 when there is none.
    """
    return await _all(request, at.account_group_id, lambda account: account.lead_lists)


async def _all(
    request: Request,
    account_group_id: bytes,
    which: Callable[[Account], Callable[[str | None], Awaitable[Page[Named]]]],
) -> NamedSources:
    try:
        async with _in_time(request):
            account = await find_account(request.services.get(ProviderClients), account_group_id)
            found = await _pages(which(account))
    except NoProvider as error:
        words = "Connect one with `houselist providers connect`, then ask again."
        raise ProviderNotConnected(details=words) from error
    except ProviderError as error:
        words = str(error) if isinstance(error, QuotaSpent) else f"The provider failed: {error}"
        raise Upstream(words, retry_after=_when(error)) from error
    except TimeoutError as error:
        raise Upstream("The provider did not answer in time.", retry_after=_LATER) from error
    return NamedSources(found)


def _in_time(request: Request) -> asyncio.Timeout:
    """Ends a little before the request's deadline, which could not say who is to blame."""
    when = request.deadline.when() if request.deadline else None
    left = request.services.settings.request_timeout * _SHARE_TO_ANSWER
    return asyncio.timeout_at(None if when is None else when - left)


async def _pages(ask: Callable[[str | None], Awaitable[Page[Named]]]) -> list[NamedSource]:
    """All there are, within reason. Raises the port's errors."""
    found: list[NamedSource] = []
    cursor = None
    for _ in range(_MOST_PAGES):
        page = await ask(cursor)
        found += [NamedSource(each.id, each.name) for each in page.items]
        cursor = page.cursor
        if cursor is None:
            return found
    log.warning("a provider's list of lists is longer than what is read of it", read=len(found))
    return found


def _when(error: ProviderError) -> int:
    """Seconds until it is worth asking again."""
    at = error.at if isinstance(error, TryLater) else None
    if isinstance(error, QuotaSpent):
        at = error.until
    if at is not None:
        return max(1, math.ceil((at - datetime.now(UTC)).total_seconds()))
    return _RECONNECT if isinstance(error, ReconnectNeeded) else _LATER
