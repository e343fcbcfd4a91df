"""The one ladder of refusals. Every layer raises these; one handler turns them into answers."""

from __future__ import annotations

from typing import NamedTuple, cast


class Problem(NamedTuple):
    """One thing wrong with the input: where (`limit`, `columns.E-mail`) and what to do."""

    path: str
    message: str


class Refusal(Exception):
    """An answer other than success: HTTP status, code and words of the contract."""

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


# How many problems an answer names, and how much it repeats of a name that was sent.
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
    """422: well formed, but impossible as things stand."""

    status = 422
    message = "The request cannot be carried out as things stand."


class Unauthorized(Refusal):
    status = 401
    code = "UNAUTHORIZED"
    message = "The API key is missing or not valid."

    def __init__(self) -> None:
        # One message for all, so that nothing about a key can be learned by trying.
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
    """404: no such thing, or another account group's; never told apart."""

    status = 404
    code = "NOT_FOUND"
    message = "There is no such resource."


class MethodNotAllowed(Refusal):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "This path does not take that method."


class AudienceNotReady(Refusal):
    status = 409
    code = "AUDIENCE_NOT_READY"
    message = "The audience is still being populated by an active prospecting job."


class Conflict(Refusal):
    status = 409
    code = "CONFLICT"
    message = "The name is taken."


class ProviderNotConnected(Refusal):
    """409: nobody to ask for the people of a search, a post or a list."""

    status = 409
    code = "PROVIDER_NOT_CONNECTED"
    message = "No provider is connected."


class IdempotencyConflict(Refusal):
    status = 409
    code = "IDEMPOTENCY_CONFLICT"
    message = "This Idempotency-Key was used for another request."


class QuotaExceeded(Refusal):
    """409: the account group has as much of something as it may have; `details` says of what."""

    status = 409
    code = "QUOTA_EXCEEDED"
    message = "The account group is at one of its limits."


class PayloadTooLarge(Refusal):
    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "The body is too large."


class UnsupportedMediaType(Refusal):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "The body is of a type that is not taken here."


class RateLimited(Refusal):
    status = 429
    code = "RATE_LIMITED"
    message = "Too many requests."


class Internal(Refusal):
    """500: the answer names no internals; the log tells the story under the traceId."""


class Upstream(Refusal):
    """502: a provider or PostgreSQL did not answer."""

    status = 502
    code = "UPSTREAM_ERROR"
    message = "A service behind Houselist is out of reach."

    def __init__(self, details: str | None = None, retry_after: int = 1) -> None:
        super().__init__(details=details, headers={"retry-after": str(retry_after)})


def forget_frames(error: BaseException) -> None:
    """Has an error, and those that led to it, let go of the frames they came through.

    A frame or a future that holds the error makes a circle with it, which only Python's collector
    could free. For who has dealt with the error, and logged it.
    """
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = None
        inner = cast("tuple[BaseException, ...]", getattr(each, "exceptions", ()))  # of a group
        waiting += filter(None, (each.__cause__, each.__context__, *inner))


def refusals() -> tuple[type[Refusal], ...]:
    """Every rung of the ladder, lowest status first."""
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
