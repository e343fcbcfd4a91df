"""What a job does after its provider failed: waits, and until when, or ends, and why. Pure."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - NamedTuple
from typing import TYPE_CHECKING, NamedTuple

from houselist.providers.base import (
    Broken,
    NotAtProvider,
    ProviderError,
    QuotaSpent,
    ReconnectNeeded,
    Resting,
    TryLater,
    UserError,
)

if TYPE_CHECKING:
    from houselist.jobs.waiting import WaitReason

# Seconds. A provider that fails is asked again after the first, then after twice as long each time.
FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0
# Nobody says when a throttled account may go on; LinkedIn's throttling lasts long.
THROTTLED_WAIT = 900.0
# A disconnected account is tried now and then: its owner may have connected it again.
RECONNECT_WAIT = 3600.0
# About a week of waits for a provider that is down, a few hours for one whose responses are wrong.
MAX_WAITS = 170
MAX_BROKEN = 8


class Wait(NamedTuple):
    """The job goes on at `until`, or after `seconds`; `words` say why it waits.

    `counted`: too many such waits in a row end the job.
    """

    words: str
    seconds: float | None = None
    until: datetime | None = None
    counted: bool = False


class End(NamedTuple):
    """The job is over: `code` for programs, `words` for people."""

    code: str
    words: str


def after(error: ProviderError, retries: int) -> Wait | End:
    """What to do after a failure; `retries`: how many counted waits there were in a row."""
    words = str(error)
    if isinstance(error, UserError | NotAtProvider):
        refused = isinstance(error, UserError)
        return End("SOURCE_REFUSED" if refused else "SOURCE_NOT_FOUND", words)
    if isinstance(error, ReconnectNeeded):
        words = f"Connect the provider's account again: {words}"
        return Wait(words, seconds=RECONNECT_WAIT)
    if isinstance(error, QuotaSpent | Resting):
        return Wait(words, until=error.until)
    if isinstance(error, TryLater):
        return _throttled(error, retries)
    return _broken(words, retries, again=isinstance(error, Broken) and error.again)


def reason(error: ProviderError) -> WaitReason:
    """What a job waits for after a failure."""
    match error:
        case ReconnectNeeded():
            return "connection"
        case QuotaSpent():
            return "budget"
        case Resting():
            return "pace"
        case TryLater():
            return "throttled"
        case _:
            return "failed"


def _throttled(error: TryLater, retries: int) -> Wait:
    words = f"The provider is throttled: {error}"
    if error.at is not None:
        return Wait(words, until=error.at)
    seconds = min(THROTTLED_WAIT * 2 ** min(retries, 10), LONGEST_WAIT)
    return Wait(words, seconds=seconds, counted=True)


def _broken(words: str, retries: int, *, again: bool) -> Wait | End:
    if retries >= (MAX_WAITS if again else MAX_BROKEN):
        return End("PROVIDER_FAILED", f"The provider failed too often: {words}")
    seconds = min(FIRST_WAIT * 2 ** min(retries, 10), LONGEST_WAIT)
    return Wait(f"The provider failed: {words}", seconds=seconds, counted=True)
