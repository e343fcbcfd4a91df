"""The envelope around every JSON answer, as bytes. Knows nothing of HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from houselist.errors import Invalid, refusals

if TYPE_CHECKING:
    from houselist.errors import Refusal

_encode = msgspec.json.Encoder().encode


# A time in a response; `timestamp` makes it.
Timestamp: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]

_Code: TypeAlias = Annotated[
    str,
    Meta(
        title="ErrorCode",
        description="What went wrong, for programs.",
        examples=["NOT_FOUND"],
        extra_json_schema={
            "enum": [kind.code for kind in refusals() if not issubclass(kind, Invalid)]
        },
    ),
]
_Message: TypeAlias = Annotated[
    str,
    Meta(description="What went wrong, for people.", examples=["There is no such resource."]),
]
_Details: TypeAlias = Annotated[
    str | None,
    Meta(
        description="More for people, or null.",
        examples=["The key needs the permission audiences:read."],
    ),
]


class FieldProblem(msgspec.Struct):
    """One field that was refused."""

    path: Annotated[
        str,
        Meta(
            description="Where: the name of a parameter, or a path in the body.", examples=["limit"]
        ),
    ]
    message: Annotated[
        str,
        Meta(
            description="What is wrong, and what to do.",
            examples=["must be a whole number from 1 to 250"],
        ),
    ]


class ErrorBody(msgspec.Struct):
    """What went wrong, for programs (code) and for people (message, details)."""

    code: _Code
    message: _Message
    details: _Details


class ValidationErrorBody(msgspec.Struct):
    """The same, with one entry for every field that was refused."""

    code: Annotated[
        str,
        Meta(
            description="What went wrong, for programs.",
            examples=[Invalid.code],
            extra_json_schema={"const": Invalid.code},
        ),
    ]
    message: _Message
    details: _Details
    fields: Annotated[list[FieldProblem], Meta(description="Every field that was refused.")]


def success(data: object, trace_id: str) -> bytes:
    """`data` (a shape, or None) in the envelope."""
    return success_json(_encode(data), trace_id)


def success_json(data: bytes, trace_id: str) -> bytes:
    """`data`, which is JSON already, in the envelope."""
    return b'{"success":true,"data":%b,"error":null,"traceId":"%b"}' % (data, trace_id.encode())


def failure(refusal: Refusal, trace_id: str) -> bytes:
    """A refusal in the envelope."""
    told = (refusal.code, refusal.message, refusal.details)
    if isinstance(refusal, Invalid):
        error = ValidationErrorBody(*told, [FieldProblem(*each) for each in refusal.problems])
    else:
        error = ErrorBody(*told)
    return b'{"success":false,"data":null,"error":%b,"traceId":"%b"}' % (
        _encode(error),
        trace_id.encode(),
    )


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`: the only way times are shown to programs."""
    if moment.tzinfo is not UTC:  # PostgreSQL's times come as UTC
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def for_people(moment: datetime) -> str:
    """A time in a sentence, `2026-03-17 10:04 UTC`: the next full minute, so never too early."""
    utc = moment.astimezone(UTC)
    full = utc.replace(second=0, microsecond=0)
    return f"{full + timedelta(minutes=utc != full):%Y-%m-%d %H:%M} UTC"


def waits_until(words: str, until: datetime | None) -> str:
    """Why something waits, and until when, if that is known.

    `words` may end in " at", for the time to follow.
    """
    if until is None:
        return words
    if words.endswith(" at"):
        return f"{words} {for_people(until)}."
    return f"{words} It goes on at {for_people(until)}."
