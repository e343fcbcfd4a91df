"""HTTP of an account group's lists and searches on Sales Navigator, asked for at every request."""

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
    from houselist.providers.base import Named, ProviderPage
    from houselist.web.request import Request

# Each page counts in the account's daily budget; hardly anybody has more lists than these hold.
_MAX_PAGES = 10
_TOO_MANY = (
    "Houselist reads only the first {}. The id of another one stands in its address on Sales"
    " Navigator."
)
# Seconds after which it is worth trying again, if the provider does not say.
_RECONNECT, _LATER = 300, 30
# The part of a request's time that is kept to respond that the provider took too long.
_SHARE_TO_RESPOND = 0.05


@endpoint(
    response=NamedSources,
    summary="List saved searches",
    tag="Sales Navigator",
    refuses=(NotFound, ProviderNotConnected, Upstream),
)
async def list_saved_searches(at: AccountPath, request: Request) -> NamedSources:
    """Lists the saved searches of the Sales Navigator account that the group is connected to.

    Where the provider may have more than it names, `hasMore` is true and `note` says so.
    502 with the provider's own message when the provider fails; 409 when none is connected, or one
    that has none of them.
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

    Where the provider may have more than it names, `hasMore` is true and `note` says so.
    502 with the provider's own message when the provider fails; 409 when none is connected, or one
    that has none of them.
    """
    return await _all(request, at.account_group_id, lambda account: account.lead_lists)


async def _all(
    request: Request,
    account_group_id: bytes,
    which: Callable[[Account], Callable[[str | None], Awaitable[ProviderPage[Named]]]],
) -> NamedSources:
    try:
        async with _in_time(request):
            account = await find_account(request.services.get(ProviderClients), account_group_id)
            _refuse_without_lists(account)
            found = await _pages(which(account))
    except NoProvider as error:
        words = "Connect one with `houselist providers connect`, then try again."
        raise ProviderNotConnected(details=words) from error
    except ProviderError as error:
        words = str(error) if isinstance(error, QuotaSpent) else f"The provider failed: {error}"
        raise Upstream(words, retry_after=_when(error)) from error
    except TimeoutError as error:
        raise Upstream("The provider did not answer in time.", retry_after=_LATER) from error
    return found


def _refuse_without_lists(account: Account) -> None:
    """Raises ProviderNotConnected for a provider that has neither of them."""
    if account.provider.list_kind is None:
        raise ProviderNotConnected.for_this(
            "The provider has neither saved searches nor lead lists. Connect one that has"
            " them with `houselist providers connect`."
        )


def _in_time(request: Request) -> asyncio.Timeout:
    """Ends a little before the request's deadline, whose error would not blame the provider."""
    when = request.deadline.when() if request.deadline else None
    left = request.services.settings.request_timeout * _SHARE_TO_RESPOND
    return asyncio.timeout_at(None if when is None else when - left)


async def _pages(ask: Callable[[str | None], Awaitable[ProviderPage[Named]]]) -> NamedSources:
    """All items, up to _MAX_PAGES pages, or a note of what is missing. Raises the port's errors."""
    found: list[NamedSource] = []
    notes: list[str] = []
    cursor = None
    for _ in range(_MAX_PAGES):
        page = await ask(cursor)
        found += [NamedSource(each.id, each.name) for each in page.items]
        notes += page.notes
        cursor = page.cursor
        if cursor is None:
            break
    else:
        notes.append(_TOO_MANY.format(len(found)))
    if not notes:
        return NamedSources(found)
    log.warning("a list of saved searches or lead lists is cut", read=len(found), notes=notes)
    return NamedSources(found, has_more=True, note=" ".join(notes))


def _when(error: ProviderError) -> int:
    """Seconds until it is worth trying again."""
    at = error.at if isinstance(error, TryLater) else None
    if isinstance(error, QuotaSpent):
        at = error.until
    if at is not None:
        return max(1, math.ceil((at - datetime.now(UTC)).total_seconds()))
    return _RECONNECT if isinstance(error, ReconnectNeeded) else _LATER
