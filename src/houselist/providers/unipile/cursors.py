"""Where a walk through pages goes on, as the opaque text stored between two of them. Pure."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from houselist.providers import packing
from houselist.providers.base import Broken

# Unipile's cursor holds the whole search, whose address may be long.
_MAX_CHARACTERS: Final = 262_144


_Limit: TypeAlias = Annotated[int, Meta(ge=1, le=10_000)]


# Running jobs keep these texts, so the names in them stay, and what is added has a default.
class Position(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag="place",
    tag_field="is",
):
    """Where a walk goes on: at Unipile's cursor, if there is one, or else after `offset` rows.

    `offset` counts the rows that came. `stale` counts the pages in a row that brought nothing new;
    `seen` is the fingerprint of the last one that did. `limit`: the size of page that a cursor
    belongs to; without a cursor, the largest that Unipile takes. `total`: how many rows it last
    counted. None where it is not known.
    """

    cursor: str | None
    offset: int
    stale: int
    seen: str
    limit: _Limit | None = None
    total: int | None = None


START: Final = Position(None, 0, 0, "")


class Thread(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="thread", tag_field="is"):
    """Where a walk through a post's comments goes on.

    `position` is among the comments; None when all of them are read. `pending`: the comments whose
    replies come first, each with how many there are; `replies`: the position among those of the
    first of them.
    """

    post: str
    position: Position | None = msgspec.field(name="place")
    pending: list[tuple[str, int]]
    replies: Position
    total: int | None

    @property
    def current(self) -> Position | None:
        """The position within what is to be read next; None when there is nothing."""
        return self.replies if self.pending else self.position


_Kept = TypeVar("_Kept", Position, Thread)


def unpack(cursor: str, kind: type[_Kept]) -> _Kept:
    """The position of such a text. Raises Broken for anything else."""
    kept = packing.unpack(cursor, kind, _MAX_CHARACTERS)
    if kept is None:
        raise lost()
    return kept


def lost() -> Broken:
    """For a stored position that makes no sense."""
    words = "The position in the source is lost. Start a new job for it."
    return Broken(words, again=False, unspent=True)
