"""What a job does after its provider failed: waits, and until when, or ends, and why. Pure.

Words of a wait say why it is, and what people can do. They end in " at", because when it is over
is told where they are shown (envelope.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from houselist.providers.base import (
    Broken,
    NotAllowed,
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

_GOES_ON = "The job goes on by itself at"
_TRIES_AGAIN = "The job tries again by itself at"


class Whose(NamedTuple):
    """Whose job it is, for the commands in the words.

    `account_group_id` is in hex; `provider` is None where none is connected.
    """

    account_group_id: str
    provider: str | None

    @property
    def check(self) -> str:
        return f"`houselist providers check --account {self.account_group_id}`"

    def connect(self, *more: str) -> str:
        provider = self.provider or "PROVIDER"
        given = ("--account", self.account_group_id, *more)
        return f"`houselist providers connect {provider} {' '.join(given)}`"


class ManyHeldBack(TryLater):
    """Parts of so many profiles in a row were held back: the account needs a pause."""

    def __init__(self, count: int) -> None:
        super().__init__(f"LinkedIn held back parts of the last {count} profiles.")


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


def after(error: ProviderError, retries: int, whose: Whose) -> Wait | End:
    """What to do after a failure; `retries`: how many counted waits there were in a row."""
    words = _sentence(str(error))
    if isinstance(error, UserError | NotAtProvider):
        refused = isinstance(error, UserError)
        return End("SOURCE_REFUSED" if refused else "SOURCE_NOT_FOUND", words)
    if isinstance(error, ReconnectNeeded):
        return Wait(_reconnect(words, whose), seconds=RECONNECT_WAIT)
    if isinstance(error, QuotaSpent):
        return Wait(_spent(words, error, whose), until=error.until)
    if isinstance(error, Resting):
        return Wait(f"{words} There is nothing to do. {_GOES_ON}", until=error.until)
    if isinstance(error, TryLater):
        return _throttled(words, error, retries)
    return _broken(words, retries, whose, again=isinstance(error, Broken) and error.again)


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


def stopped(error: UserError | NotAtProvider, whose: Whose) -> str:
    """Why looking people up stopped for good, where the provider refuses it altogether."""
    words = f"The look-ups stopped: {_sentence(str(error))}"
    if isinstance(error, NotAllowed):
        words = (
            f"{words} The account may not look people up: its plan or its rights at the provider"
            " don't cover it. Have them changed there"
        )
    else:
        words = f"{words} Nobody is looked up that way. Find out why with {whose.check}"
    return f"{words}, {_START_AGAIN}"


def refused_in_a_row(count: int, reason: str, whose: Whose) -> str:
    """The same where it refused so many people, one after the other, the last for this reason."""
    return (
        f"The look-ups stopped: the provider refused the last {count} people, one after the other;"
        f" the last one {_sentence(reason)} So the people are not the reason. Find out why with"
        f" {whose.check}, {_START_AGAIN}"
    )


_START_AGAIN = (
    "then start a job with the same source and audience: it looks up those who are left."
    " Everybody who was imported stays."
)


def _reconnect(words: str, whose: Whose) -> str:
    if whose.provider is None:
        todo = f"Run {whose.connect()}, with the account as before, and the job goes on at once."
    else:
        todo = (
            f"Once that is done, run {whose.check}, and the job goes on at once. For another key or"
            f" account, run {whose.connect()}."
        )
    return f"Connect the provider's account again: {words} {todo} {_TRIES_AGAIN}"


def _spent(words: str, error: QuotaSpent, whose: Whose) -> str:
    if error.kind is None:
        return f"The provider's own limit is reached: {words} There is nothing to do. {_GOES_ON}"
    raising = whose.connect("--daily", f"{error.kind}=NUMBER")
    return f"{words} {raising} raises it, if the account can take more. {_GOES_ON}"


def _throttled(words: str, error: TryLater, retries: int) -> Wait:
    words = f"The account needs a pause: {words} There is nothing to do. {_GOES_ON}"
    if error.at is not None:
        return Wait(words, until=error.at)
    seconds = min(THROTTLED_WAIT * 2 ** min(retries, 10), LONGEST_WAIT)
    return Wait(words, seconds=seconds, counted=True)


def _broken(words: str, retries: int, whose: Whose, *, again: bool) -> Wait | End:
    if retries >= (MAX_WAITS if again else MAX_BROKEN):
        return End(
            "PROVIDER_FAILED",
            f"The provider failed too often: {words} Once {whose.check} says that it works, start"
            " the job again.",
        )
    seconds = min(FIRST_WAIT * 2 ** min(retries, 10), LONGEST_WAIT)
    words = f"The provider failed: {words} If that lasts, run {whose.check}. {_TRIES_AGAIN}"
    return Wait(words, seconds=seconds, counted=True)


def _sentence(words: str) -> str:
    """With a full stop, where the words have no end."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
