"""What a response of People Data Labs that is no success means, as one of the port's errors. Pure.

From its pages "Errors & Status Codes" and "Usage Limits": `{status, error: {type, message}}`; 404
is nobody found, and costs nothing.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from houselist.providers.base import (
    Broken,
    NotAtProvider,
    QuotaSpent,
    ReconnectNeeded,
    TryLater,
    UserError,
)
from houselist.providers.fields import Json, decoded, first_text, inner, text
from houselist.providers.people_data_labs.limits import TITLE
from houselist.providers.people_data_labs.unconfirmed import WINDOW
from houselist.providers.times import LONGEST_WAIT, start_of_day, within_a_day

if TYPE_CHECKING:
    from houselist.providers.base import ProviderError
    from houselist.providers.wire import ProviderResponse

_MAX_HEADER: Final = 64
_SECONDS: Final = re.compile(r"[0-9]{1,6}")
_AGAIN: Final = frozenset({403, 408, 409, 425})
_WRONG_KEY: Final = (
    f"{TITLE} does not accept the API key. Copy it from its dashboard, and connect again with it."
)
_NO_CREDITS: Final = (
    f"All credits of the plan at {TITLE} are used up, until its next month begins or more are"
    " bought there. It is asked again every day."
)


def failure(response: ProviderResponse, now: datetime, *, secret: str) -> ProviderError:
    """The error for a status that is not 2xx. `now` is aware; `secret` is not repeated."""
    body = inner(decoded(response.body))
    reset = response.headers.get("x-ratelimit-reset") or response.headers.get("retry-after")
    return failed(response.status, body, now, secret=secret, reset=reset)


def failed(
    status: int, body: Json, now: datetime, *, secret: str, reset: str | None = None
) -> ProviderError:
    """The same for an entry of a bulk, whose status stands in its body."""
    error = inner(body.get("error"))
    words = _words(status, error).replace(secret, "[key]")
    match status:
        case 401:
            found = ReconnectNeeded(_WRONG_KEY)
        case 403 if error:
            found = ReconnectNeeded(_WRONG_KEY)
        case 402:
            found = QuotaSpent(_NO_CREDITS, start_of_day(now) + timedelta(days=1))
        case 404 if error:
            found = NotAtProvider(words)
        case 404:
            # If this were "nobody found", a wrong base URL would empty whole jobs.
            found = Broken(f"{TITLE} is not at this base URL.", again=False, unspent=True)
        case 429:
            found = TryLater(words, reset_at(reset, now))
        case 400 | 422 if error:
            found = UserError(words)
        case 413 | 414:
            found = UserError(words)
        case _:
            # A 403 that is not theirs comes from a firewall on the way.
            is_down = status in _AGAIN or status >= 500
            again = is_down and status != 501
            found = Broken(words, again=again, unspent=not is_down, undelivered=is_down)
    return found


def reset_at(header: str | None, now: datetime) -> datetime:
    """When the limit on requests is over: a UTC time such as `2022-02-23T20:19:55Z`, or seconds."""
    shown = (header or "").strip()
    if len(shown) > _MAX_HEADER:
        return now + WINDOW.value
    if _SECONDS.fullmatch(shown):
        return now + min(timedelta(seconds=math.ceil(int(shown))), LONGEST_WAIT)
    try:
        return within_a_day(datetime.fromisoformat(shown), now)
    except (ValueError, OverflowError):
        return now + WINDOW.value


def _words(status: int, error: Json) -> str:
    said = first_text((error.get("message"), error.get("type")))
    return f"{TITLE}: {said.rstrip('.')}." if said else f"{TITLE} responded with status {status}."


def kind(body: Json) -> str | None:
    """The type of the error in a body."""
    return text(inner(body.get("error")).get("type"))
