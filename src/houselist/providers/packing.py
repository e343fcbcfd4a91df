"""What a walk keeps between two pages: its position as text, and marks of pages. Pure."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from houselist.providers.fields import Json, text

if TYPE_CHECKING:
    from collections.abc import Sequence

Kept = TypeVar("Kept", bound=msgspec.Struct)


def pack(kept: msgspec.Struct) -> str:
    """The position as printable ASCII."""
    return base64.urlsafe_b64encode(msgspec.json.encode(kept)).rstrip(b"=").decode("ascii")


def unpack(cursor: str, kind: type[Kept], max_characters: int) -> Kept | None:
    """The position of such a text; None for anything else."""
    if len(cursor) > max_characters:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(packed, type=kind)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None


def mark(value: object) -> str:
    """A short text that is the same for the same value."""
    return hashlib.blake2b(msgspec.json.encode(value, order="sorted"), digest_size=8).hexdigest()


def mark_of_page(items: Sequence[Json]) -> str:
    """The same for two pages with the same people, by their `id`; empty for an empty one."""
    return mark([text(item.get("id")) for item in items]) if items else ""
