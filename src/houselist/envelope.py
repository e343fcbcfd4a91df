"""The envelope around every JSON answer, as bytes. Knows nothing of HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from houselist.errors import Invalid

if TYPE_CHECKING:
    from houselist.errors import Refusal

_encode = msgspec.json.Encoder().encode


class FieldProblem(msgspec.Struct):
    """One field that was refused."""

    path: Annotated[str, msgspec.Meta(examples=["limit"])]
    message: Annotated[str, msgspec.Meta(examples=["must be a whole number from 1 to 250"])]


class ErrorBody(msgspec.Struct):
    """What went wrong, for programs (code) and for people (message, details)."""

    code: str
    message: str
    details: str | None


class ValidationErrorBody(ErrorBody):
    """The same, with one entry for every field that was refused."""

    fields: list[FieldProblem]


def success(data: object, trace_id: str) -> bytes:
    """`data` (a shape, or None) in the envelope."""
    return success_json(_encode(data), trace_id)


def success_json(data: bytes, trace_id: str) -> bytes:
    """`data`, which is JSON already, in the envelope."""
    return b'{"success":true,"data":%b,"error":null,"traceId":"%b"}' % (data, trace_id.encode())


def failure(refusal: Refusal, trace_id: str) -> bytes:
    """A refusal in the envelope."""
    error = ErrorBody(refusal.code, refusal.message, refusal.details)
    if isinstance(refusal, Invalid):
        fields = [FieldProblem(*problem) for problem in refusal.problems]
        error = ValidationErrorBody(refusal.code, refusal.message, refusal.details, fields)
    return b'{"success":false,"data":null,"error":%b,"traceId":"%b"}' % (
        _encode(error),
        trace_id.encode(),
    )


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`: the only way times are shown."""
    if moment.tzinfo is not UTC:  # PostgreSQL's times come as UTC
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
