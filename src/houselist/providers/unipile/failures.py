"""What a response of Unipile that is no success means, as one of the port's errors. Pure."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.providers.base import (
    Broken,
    NotAllowed,
    NotAtProvider,
    QuotaSpent,
    ReconnectNeeded,
    TryLater,
    UserError,
)
from houselist.providers.fields import Json, decoded, first_text, inner, text
from houselist.providers.times import LONGEST_WAIT, start_of_day, within_a_day
from houselist.providers.unipile.meanings import meaning
from houselist.providers.unipile.unconfirmed import ACCOUNT_GONE, LIMIT_PERIOD, UNTRUSTED_WAIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from houselist.providers.base import ProviderError
    from houselist.providers.unipile.meanings import Meaning
    from houselist.providers.wire import ProviderResponse

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")

_REFUSED: Final = frozenset({400, 402, 403, 413, 414, 422})
_AGAIN: Final = frozenset({408, 409, 423, 425})


class LimitTooHigh(UserError):
    """The page is larger than Unipile bears; a smaller one may be asked for."""


class NothingLeft(UserError):
    """No rows are left where a page was to begin, after others had come."""


class _Refusal(NamedTuple):
    """What a refusal says. `said`: Unipile's own words, maybe none; `words`: fit to show."""

    said: str
    words: str
    family: str
    kind: str
    retry_after: str | None
    now: datetime


def failure(response: ProviderResponse, now: datetime, *, secret: str) -> ProviderError:
    """The error for a status that is not 2xx. `now` is aware; `secret` is not repeated."""
    body = inner(decoded(response.body))
    said = _said(body).replace(secret, "[key]")
    words = f"Unipile: {said}." if said else f"Unipile responded with status {response.status}."
    if response.status == 404 and ACCOUNT_GONE.value in words.lower():
        # A deleted account is a 404 like any other; only its words tell.
        return ReconnectNeeded(words)
    family, _, kind = (text(body.get("type")) or "").rpartition("/")
    found = meaning(family, kind, response.status)
    if found is None:
        return _by_status(response.status, words, is_theirs=bool(body), is_named=bool(kind))
    retry_after = response.headers.get("retry-after")
    return _ERRORS[found](_Refusal(said, words, family, kind, retry_after, now))


def not_as_documented() -> Broken:
    """For a success that makes no sense."""
    words = "Unipile's response is not as documented."
    return Broken(words, again=False, undelivered=True)


def retry_at(header: str | None, now: datetime) -> datetime | None:
    """When to try again, by a Retry-After in seconds or as a date; None when it says nothing."""
    if header is None:
        return None
    stripped = header.strip()
    if _SECONDS.fullmatch(stripped):
        wait = timedelta(seconds=math.ceil(float(stripped)))
        return now + min(wait, LONGEST_WAIT)
    try:
        return within_a_day(parsedate_to_datetime(stripped), now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _by_status(status: int, words: str, *, is_theirs: bool, is_named: bool) -> ProviderError:
    """`is_theirs`: it is JSON, as all of Unipile's are; `is_named`: it has one of its types."""
    if status == 404:
        if is_named:
            return NotAtProvider(words)
        # If this were "no such person", a wrong base URL would empty whole jobs.
        return Broken("There is no Unipile at this base URL.", again=False, unspent=True)
    if status in _REFUSED:
        # A page of something in between refuses everybody for a while.
        return UserError(words) if is_theirs else Broken(words, again=True, unspent=True)
    if status in _AGAIN or (status >= 500 and status != 501):
        return Broken(words, again=True, undelivered=True)
    return Broken(words, again=False, unspent=status < 500, undelivered=status >= 500)


def _said(body: Json) -> str:
    """Unipile's own words, `detail` being the more precise."""
    title, detail = text(body.get("title")), first_text((body.get("detail"), body.get("message")))
    return ": ".join(part.rstrip(".") for part in (title, detail) if part)


def _wrong_key(refusal: _Refusal) -> ReconnectNeeded:
    said = f" It says: {refusal.said}." if refusal.said else ""
    return ReconnectNeeded(
        "Unipile does not accept the API key. Connect again with the right one from its dashboard:"
        f" `houselist providers connect`.{said}"
    )


def _throttled(refusal: _Refusal) -> TryLater:
    header = None if refusal.family == UNTRUSTED_WAIT.value else refusal.retry_after
    return TryLater(refusal.words, retry_at(header, refusal.now))


def _not_allowed(refusal: _Refusal) -> NotAllowed:
    """Named, because all requests like it end with it."""
    return NotAllowed(f"Unipile ({refusal.kind}): {refusal.said or 'not allowed'}.")


_ERRORS: Final[Mapping[Meaning, Callable[[_Refusal], ProviderError]]] = {
    "key": _wrong_key,
    "reconnect": lambda refusal: ReconnectNeeded(refusal.words),
    "throttled": _throttled,
    "later": lambda refusal: Broken(refusal.words, again=True, undelivered=True),
    "spent": lambda refusal: QuotaSpent(
        refusal.words, start_of_day(refusal.now) + LIMIT_PERIOD.value
    ),
    "not there": lambda refusal: NotAtProvider(refusal.words),
    "not allowed": _not_allowed,
    "too large": lambda refusal: LimitTooHigh(refusal.words),
}
