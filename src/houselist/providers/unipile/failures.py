"""What a response of Unipile that is no success means, as one of the port's errors. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from houselist.providers.base import (
    Broken,
    NotAllowed,
    NotAtProvider,
    QuotaSpent,
    ReconnectNeeded,
    TryLater,
    UserError,
)
from houselist.providers.unipile.fields import Json, decoded, first_text, inner, text

if TYPE_CHECKING:
    from houselist.providers.base import ProviderError
    from houselist.providers.wire import ProviderResponse

# A wait of more than a day is a mistake, and the next day has a budget of its own anyway.
LONGEST_WAIT: Final = timedelta(hours=24)
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")

# The second half of the error's type, which v1 puts after `errors/`, v2 after `api/` or
# `provider/`. For all others the status decides.
_NOT_THERE: Final = frozenset({"invalid_recipient", "invalid_post", "resource_access_restricted"})
_OWNER: Final = frozenset({"account_restricted", "disconnected_account", "disconnected_feature"})
# What the account's plan or rights do not cover, whoever or whatever is asked for.
_NOT_ALLOWED: Final = frozenset({"feature_not_subscribed", "subscription_required"})
_REFUSED: Final = frozenset({400, 402, 403, 413, 414, 422})
_AGAIN: Final = frozenset({408, 409, 423, 425})


def failure(response: ProviderResponse, now: datetime, *, secret: str) -> ProviderError:
    """The error for a status that is not 2xx. `now` is aware; `secret` is not repeated."""
    body = inner(decoded(response.body))
    words = _words(body, response.status).replace(secret, "[key]")
    family, _, kind = (text(body.get("type")) or "").rpartition("/")
    status = response.status
    if kind in _OWNER or status == 401 or (status == 404 and _names_account(words)):
        return ReconnectNeeded(words)
    if status == 429:
        # LinkedIn's own throttling: the time that Unipile gives for it can't be trusted.
        known = family != "provider"
        return TryLater(
            words, retry_at(response.headers.get("retry-after"), now) if known else None
        )
    if kind == "limit_exceeded":
        return QuotaSpent(words, _next_midnight(now))
    if kind in _NOT_THERE:
        return NotAtProvider(words)
    if kind in _NOT_ALLOWED:
        return NotAllowed(words)
    return _by_status(status, words, is_theirs=bool(kind))


def retry_at(header: str | None, now: datetime) -> datetime | None:
    """When to try again, by a Retry-After in seconds or as a date; None when it says nothing."""
    if header is None:
        return None
    stripped = header.strip()
    if _SECONDS.fullmatch(stripped):
        wait = timedelta(seconds=math.ceil(float(stripped)))
        return now + min(wait, LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(stripped)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(date, now), now + LONGEST_WAIT)


def _by_status(status: int, words: str, *, is_theirs: bool) -> ProviderError:
    if status == 404:
        if is_theirs:
            return NotAtProvider(words)
        # If this were "no such person", a wrong base URL would empty whole jobs.
        return Broken("There is no Unipile at this base URL.", again=False, unspent=True)
    if status in _REFUSED:
        return UserError(words)
    if status in _AGAIN or (status >= 500 and status != 501):
        return Broken(words, again=True)
    return Broken(words, again=False, unspent=status < 500)


def _words(body: Json, status: int) -> str:
    """Unipile's own words, `detail` being the more precise."""
    title, detail = text(body.get("title")), first_text((body.get("detail"), body.get("message")))
    said = ": ".join(part.rstrip(".") for part in (title, detail) if part)
    return f"Unipile: {said}." if said else f"Unipile responded with status {status}."


def _names_account(words: str) -> bool:
    """A deleted account is a 404 like any other; only its words tell."""
    return "account not found" in words.lower()


def _next_midnight(now: datetime) -> datetime:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)
