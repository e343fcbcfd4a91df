"""All errors that the API returns. Every layer raises them; one handler makes the responses."""

from __future__ import annotations

from typing import NamedTuple, cast


class Problem(NamedTuple):
    """One thing that is wrong with the input: where (`limit`, `columns.E-mail`) and what to do."""

    path: str
    message: str


class Refusal(Exception):
    """A response other than success: HTTP status, code and message as the API documents them."""

    status = 500
    code = "INTERNAL_ERROR"
    message = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.message = message or self.message
        self.details = details
        self.headers = headers or {}
        super().__init__(self.message)


# How many problems a response names, and how much of a name that was sent it repeats.
MAX_PROBLEMS = 100
_MAX_PATH = 200


class Invalid(Refusal):
    """400: one or more malformed inputs, all named at once, or the first MAX_PROBLEMS of them."""

    status = 400
    code = "VALIDATION_ERROR"
    message = "The request is not valid."

    def __init__(self, *problems: Problem) -> None:
        self.problems = tuple(_shortened(problem) for problem in problems[:MAX_PROBLEMS])
        words = [f"{p.path}: {p.message}" for p in self.problems]
        if more := len(problems) - len(words):
            words.append(f"and {more:,} more problem{'' if more == 1 else 's'}")
        super().__init__(details="; ".join(words))


def _shortened(problem: Problem) -> Problem:
    if len(problem.path) <= _MAX_PATH:
        return problem
    return problem._replace(path=f"{problem.path[:_MAX_PATH]}…")


class Impossible(Invalid):
    """422: well formed, but not possible as things are."""

    status = 422
    message = "The request is well formed but can't be carried out as things are."


class Unauthorized(Refusal):
    status = 401
    code = "UNAUTHORIZED"
    message = "The API key is missing or not valid."

    def __init__(self) -> None:
        # One message for every case, so that nobody can learn about a key by trying.
        super().__init__(headers={"www-authenticate": "Bearer"})


class InsufficientCredits(Refusal):
    status = 402
    code = "INSUFFICIENT_CREDITS"
    message = "The job would cost more credits than are left."


class Forbidden(Refusal):
    status = 403
    code = "FORBIDDEN"
    message = "The API key lacks a permission."


NO_PATH = "There is nothing at this path."


class NotFound(Refusal):
    """404: it does not exist or belongs to another account group; the response never says which."""

    status = 404
    code = "NOT_FOUND"
    message = "There is no such resource."


class MethodNotAllowed(Refusal):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "This path does not support that method."


class AudienceNotReady(Refusal):
    status = 409
    code = "AUDIENCE_NOT_READY"
    message = "The audience is still being populated by an active prospecting job."


class Conflict(Refusal):
    status = 409
    code = "CONFLICT"
    message = "The name is taken."


class ProviderNotConnected(Refusal):
    """409: there is no provider that could find the people of a search, a post or a list."""

    status = 409
    code = "PROVIDER_NOT_CONNECTED"
    message = "No provider is connected."

    @classmethod
    def for_this(cls, details: str) -> ProviderNotConnected:
        """For a provider that is there and lacks what is asked of it."""
        return cls("The provider can't be asked for this.", details=details)


class IdempotencyConflict(Refusal):
    status = 409
    code = "IDEMPOTENCY_CONFLICT"
    message = "This Idempotency-Key was used for another request."


class QuotaExceeded(Refusal):
    """409: the account group has as many of something as it may have; `details` says of what."""

    status = 409
    code = "QUOTA_EXCEEDED"
    message = "The account group has reached one of its limits."


class PayloadTooLarge(Refusal):
    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "The body is too large."


class UnsupportedMediaType(Refusal):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "This endpoint does not accept that Content-Type."


class RateLimited(Refusal):
    status = 429
    code = "RATE_LIMITED"
    message = "Too many requests."


class Internal(Refusal):
    """500: the response reveals no internals; the log has the details under the traceId."""


class Upstream(Refusal):
    """502: a provider or PostgreSQL did not respond, or the disk is full."""

    status = 502
    code = "UPSTREAM_ERROR"
    message = "A service that Houselist depends on can't be reached."

    def __init__(
        self, details: str | None = None, retry_after: int = 1, *, message: str | None = None
    ) -> None:
        super().__init__(message, details=details, headers={"retry-after": str(retry_after)})


def forget_frames(error: BaseException) -> None:
    """Drops the tracebacks of an error and of the errors that led to it.

    A frame or a future that refers to the error forms a cycle with it, which only Python's garbage
    collector could free. Call it once the error is handled and logged.
    """
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        # Only an exception group has `exceptions`.
        inner = cast("tuple[BaseException, ...]", getattr(each, "exceptions", ()))
        waiting += filter(None, (each.__cause__, each.__context__, *inner))


def refusals() -> tuple[type[Refusal], ...]:
    """All the errors above, lowest status first."""
    return (
        Invalid,
        Unauthorized,
        InsufficientCredits,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        AudienceNotReady,
        Conflict,
        ProviderNotConnected,
        IdempotencyConflict,
        QuotaExceeded,
        PayloadTooLarge,
        UnsupportedMediaType,
        Impossible,
        RateLimited,
        Internal,
        Upstream,
    )
