"""The one ladder of refusals. Every layer raises these; one handler turns them into answers."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong with the input: where (`limit`, `columns.E-mail`) and what to do."""

    path: str
    message: str


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a defect
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


class Invalid(Refusal):
    """400: one or more malformed inputs, all named at once."""

    status = 400
    code = "VALIDATION_ERROR"
    message = "The request is not valid."

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(details="; ".join(f"{p.path}: {p.message}" for p in problems))


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


class IdempotencyConflict(Refusal):
    status = 409
    code = "IDEMPOTENCY_CONFLICT"
    message = "This Idempotency-Key was used for another request."


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


def refusals() -> tuple[type[Refusal], ...]:
    """Every rung of the ladder, lowest status first."""
    return (
        Invalid, Unauthorized, InsufficientCredits, Forbidden, NotFound, MethodNotAllowed,
        AudienceNotReady, Conflict, IdempotencyConflict, PayloadTooLarge, UnsupportedMediaType,
        Impossible, RateLimited, Internal, Upstream,
    )  # fmt: skip
