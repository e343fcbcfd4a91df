"""Where a walk through pages stands, as the opaque text that is kept between two of them. Pure."""

from __future__ import annotations

import base64
from typing import Final, TypeVar

import msgspec

from houselist.providers.base import Broken

# Unipile's cursor holds the whole search, whose address may be long.
_MOST_CHARACTERS: Final = 262_144


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="place", tag_field="is"):
    """Before which page a walk stands: by Unipile's cursor, or by how many rows were read.

    `stale` counts the pages in a row that brought nothing new; `seen` is the fingerprint of the
    last one that did.
    """

    cursor: str | None
    offset: int
    stale: int
    seen: str


START: Final = Place(None, 0, 0, "")


class Thread(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="thread", tag_field="is"):
    """Before which page of a post's comments a walk stands.

    `place` is among the comments; None when all of them are read. `pending` are the comments whose
    replies come first, each with how many there are; `replies` is the place among those of the
    first of them.
    """

    post: str
    place: Place | None
    pending: list[tuple[str, int]]
    replies: Place
    total: int | None


_Kept = TypeVar("_Kept", Place, Thread)


def pack(kept: Place | Thread) -> str:
    """The place as a text of printable ASCII."""
    return base64.urlsafe_b64encode(msgspec.json.encode(kept)).rstrip(b"=").decode("ascii")


def unpack(cursor: str, kind: type[_Kept]) -> _Kept:
    """The place back. Raises Broken for what `pack` did not make."""
    if len(cursor) > _MOST_CHARACTERS:
        raise _lost()
    try:
        packed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(packed, type=kind)
    except (ValueError, msgspec.DecodeError, RecursionError):
        raise _lost() from None


def _lost() -> Broken:
    return Broken("The place where the reading stopped is lost.", again=False, unspent=True)
