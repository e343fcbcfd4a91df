"""Keyset paging: opaque cursors that know the list they came from. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from houselist.errors import Invalid, Problem
from houselist.ids import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TAG_BYTES = 6
# Some hold a name or a company: 80 characters of four bytes, and an id.
_MAX_CURSOR = 500
# Items on a page, at most.
MAX_LIMIT = 250

# Bytes of a response at most, and what of them its items may take.
MAX_RESPONSE = 16 << 20
MAX_ITEMS = MAX_RESPONSE - (64 << 10)
# What JSON makes of a byte of text at most (a control character), and of an item's names, times and
# ids beside its texts.
_ESCAPED, _AROUND = 6, 2_048

CURSOR = "d1cPkq0eAAZNqv0mMoBpuSbdo9lvELLE86c"
Cursor: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=_MAX_CURSOR,
        pattern=r"^[A-Za-z0-9_-]+$(?!\n)",
        extra={"must": "the nextCursor of the page before"},
    ),
]

Item = TypeVar("Item")
Row = TypeVar("Row")
_encode = msgspec.json.Encoder().encode


class PageQuery(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What every list takes."""

    limit: Annotated[
        int,
        Meta(
            ge=1,
            le=MAX_LIMIT,
            description="How many items a page holds at most.",
            examples=[50],
            extra={"must": "a whole number from 1 to 250"},
        ),
    ] = 50
    cursor: Annotated[
        Cursor | None,
        Meta(description="The `nextCursor` of the page before; opaque.", examples=[CURSOR]),
    ] = None


class Page(msgspec.Struct, Generic[Item], rename="camel"):
    """One page of a list. `nextCursor` is null on the last one."""

    items: Annotated[list[Item], Meta(description="What is on this page, in the list's order.")]
    next_cursor: Annotated[
        str | None,
        Meta(
            description="What to send as `cursor` for the next page; null on the last.",
            examples=[CURSOR],
        ),
    ]
    has_more: Annotated[bool, Meta(description="Whether another page follows.", examples=[True])]


def fitting(items: list[Item], text_bytes: int) -> list[Item]:
    """As many of the first items as a response can hold, at least one.

    `text_bytes`: what their texts take together in UTF-8, or more. Ordinary pages are small enough,
    and cost nothing here.
    """
    if _ESCAPED * text_bytes + _AROUND * len(items) <= MAX_ITEMS:
        return items
    left = MAX_ITEMS
    for number, item in enumerate(items):
        left -= len(_encode(item)) + 1
        if left < 0 and number:
            return items[:number]
    return items


def page_of(items: list[Item], rows: Sequence[Row], sign_last: Callable[[Row], str]) -> Page[Item]:
    """The page of `items`, one for each of the first rows that were read.

    `rows`: one more than the page's limit, where there are more. `sign_last` makes the cursor after
    the last item's row.
    """
    more = len(rows) > len(items)
    return Page(items, sign_last(rows[len(items) - 1]) if more else None, more)


def bad_cursor() -> Invalid:
    return Invalid(
        Problem("cursor", "is not a cursor of this list; take nextCursor as it was given, or none")
    )


def _tag(scope: str, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, key=scope.encode()[:64], digest_size=_TAG_BYTES).digest()


def sign(scope: str, payload: bytes) -> str:
    """A cursor for `payload`. `scope` names the list, with its filters and owners.

    The tag is no secret: it tells a cursor that was cut, altered or taken from another list.
    """
    digest = hashlib.blake2b(scope.encode(), digest_size=16).hexdigest()
    return base64.urlsafe_b64encode(_tag(digest, payload) + payload).rstrip(b"=").decode()


def read_cursor(scope: str, cursor: str) -> bytes:
    """The payload of a cursor. Raises Invalid when it is not of this list."""
    digest = hashlib.blake2b(scope.encode(), digest_size=16).hexdigest()
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_cursor() from error
    payload = raw[_TAG_BYTES:]
    # The second test refuses other spellings that decode to the same, which we never gave out.
    if _tag(digest, payload) != raw[:_TAG_BYTES] or sign(scope, payload) != cursor:
        raise bad_cursor()
    return payload


def sign_moment(scope: str, moment: datetime, id_: bytes) -> str:
    """A cursor for lists that are ordered by (createdAt, id)."""
    micros = (moment - _EPOCH) // timedelta(microseconds=1)
    return sign(scope, struct.pack(">q", micros) + id_)


def read_moment(scope: str, cursor: str) -> tuple[datetime, bytes]:
    """The (createdAt, id) after which the next page starts."""
    payload = read_cursor(scope, cursor)
    # The tag is no secret, so a payload can be forged: it may have any length and any moment.
    try:
        micros, id_ = struct.unpack(f">q{ID_BYTES}s", payload)
        return _EPOCH + timedelta(microseconds=micros), id_
    except (struct.error, OverflowError) as error:
        raise bad_cursor() from error


def sign_number(scope: str, number: int) -> str:
    """A cursor for lists that are ordered by one number."""
    return sign(scope, struct.pack(">q", number))


def read_number(scope: str, cursor: str) -> int:
    """The number after which the next page starts."""
    try:
        (number,) = struct.unpack(">q", read_cursor(scope, cursor))
    except struct.error as error:
        raise bad_cursor() from error
    return int(number)
