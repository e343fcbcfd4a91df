"""Which refusals an operation can answer with, each as it would be raised in life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.errors import (
    AudienceNotReady,
    Conflict,
    Forbidden,
    IdempotencyConflict,
    InsufficientCredits,
    Internal,
    Invalid,
    NotFound,
    PayloadTooLarge,
    Problem,
    ProviderNotConnected,
    QuotaExceeded,
    RateLimited,
    Refusal,
    Unauthorized,
    UnsupportedMediaType,
    Upstream,
)
from houselist.jobs.shapes import JOB_ID
from houselist.openapi.schemas import fields_of
from houselist.web import tagged
from houselist.web.inputs import MISSING

if TYPE_CHECKING:
    from houselist.web.operation import Operation

MEANINGS: dict[type[Refusal], str] = {
    Invalid: "Request validation failed; every problem is named",
    Unauthorized: "Invalid or missing API key",
    InsufficientCredits: "The job would cost more credits than are left",
    Forbidden: "Missing required permission",
    NotFound: "Resource not found, or it is another account group's",
    AudienceNotReady: (
        "Audience is still being populated by an active prospecting job (AUDIENCE_NOT_READY). It"
        " is ready when the job's import stage is over, though people may still be looked up then;"
        " Retry-After is how long that should take, at the pace so far, or how long it waits for"
        " its provider"
    ),
    Conflict: "The name is taken (CONFLICT)",
    ProviderNotConnected: (
        "The account group has no provider for what was asked (PROVIDER_NOT_CONNECTED)"
    ),
    IdempotencyConflict: "The Idempotency-Key was used for another request (IDEMPOTENCY_CONFLICT)",
    QuotaExceeded: (
        "The account group has as much as it may have (QUOTA_EXCEEDED); details says of what, and"
        " the limit"
    ),
    PayloadTooLarge: "The body is too large",
    UnsupportedMediaType: "The body is of a type that is not taken here",
    RateLimited: "Rate limit exceeded",
    Internal: "Internal server error; the log tells the story under the traceId",
    Upstream: "Upstream service error: a provider or the database is out of reach",
}

# As they are raised in life, unless the route tells it of itself.
_RAISED: dict[type[Refusal], Refusal] = {
    AudienceNotReady: AudienceNotReady(
        details=f"Job {JOB_ID} has done 42% of its import.", headers={"retry-after": "12"}
    ),
    ProviderNotConnected: ProviderNotConnected(
        details="Connect one with `houselist providers connect`, then ask again."
    ),
    InsufficientCredits: InsufficientCredits(
        details="The job may cost 500 credits; the account group has 120 credits left."
    ),
}


def refusals_of(operation: Operation) -> list[Refusal]:
    """What an operation with a key can refuse, lowest status first."""
    found: list[Refusal] = [
        Invalid(_likely_problem(operation)),
        Unauthorized(),
        RateLimited(headers={"retry-after": "14"}),
        Internal(),
        Upstream(details="PostgreSQL is out of reach."),
    ]
    if operation.permission:
        found.append(Forbidden(details=f"The key needs the permission {operation.permission}."))
    found += [
        each if isinstance(each, Refusal) else _RAISED.get(each) or each()
        for each in operation.endpoint.refuses
    ]
    if operation.takes_idempotency_key:
        found.append(IdempotencyConflict(details="Use a new Idempotency-Key for a new request."))
    if operation.endpoint.upload_types:
        found.append(PayloadTooLarge(details="A file may have 2 GiB at most."))
        found.append(
            UnsupportedMediaType(
                details=f"Send one of {', '.join(operation.endpoint.upload_types)}."
            )
        )
    elif operation.endpoint.body is not None:
        found.append(PayloadTooLarge(details="A JSON body may have 1 MiB at most."))
        found.append(UnsupportedMediaType(details="Send the body as application/json."))
    once = {refusal.code + str(refusal.status): refusal for refusal in found}
    return sorted(once.values(), key=lambda refusal: refusal.status)


def _likely_problem(operation: Operation) -> Problem:
    """What callers of this operation get wrong most."""
    if operation.endpoint.upload_types:
        return Problem("body", "has no header row")
    if operation.endpoint.body:
        kinds = tagged.kinds_of(operation.endpoint.body)
        required = [name for name, field in tagged.fields_of(kinds).items() if field.required]
        if name := tagged.tag_field(kinds) or next(iter(required), None):
            return Problem(name, MISSING)
    if operation.endpoint.query and "limit" in fields_of(operation.endpoint.query):
        return Problem("limit", "must be a whole number from 1 to 250")
    ids = (
        [field for field in fields_of(operation.endpoint.at) if field != "accountGroupId"]
        if operation.endpoint.at
        else []
    )
    if ids and ids[0] != "providerId":
        return Problem(ids[0], "must be 24 lowercase hex digits")
    return Problem("sort", "is not known here; leave it out")
