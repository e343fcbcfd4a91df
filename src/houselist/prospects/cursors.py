"""Cursors of people, each with its filters and its order, and pages between two of them. Pure."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import UNSET

from houselist.errors import Invalid
from houselist.ids import ID_BYTES
from houselist.paging import bad_cursor, read_cursor, sign
from houselist.prospects.asked import Key
from houselist.prospects.shapes import ProspectPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.prospects.asked import Order
    from houselist.prospects.shapes import Prospect

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Place(NamedTuple):
    """Where a page starts: after somebody, or backwards before. No `key`: at the start or end."""

    key: Key | None = None
    backwards: bool = False


class Cursors(NamedTuple):
    """Cursors of one list. `scope` tells whose, with which filters and in which order."""

    scope: str
    order: Order
    in_audience: bool

    def sign(self, key: Key) -> str:
        """The cursor after somebody."""
        return sign(self.scope, self._packed(key))

    def sign_before(self, key: Key | None) -> str:
        """The cursor before somebody; without a key, that of the last page."""
        return sign(self._before, b"" if key is None else self._packed(key))

    def read(self, cursor: str | None) -> Place:
        """The place that a cursor stands for: as much of it as the order needs. Raises Invalid."""
        if cursor is None:
            return Place()
        try:
            return Place(self._read(read_cursor(self.scope, cursor)))
        except Invalid:
            payload = read_cursor(self._before, cursor)
            return Place(self._read(payload) if payload else None, backwards=True)

    def page(
        self, place: Place, items: list[Prospect], keys: Sequence[Key], stop: Key | None
    ) -> ProspectPage:
        """The page of people and their places, in the order in which they were gone through.

        `stop`: how far that came, where more people may follow.
        """
        first = keys[0] if keys else stop
        if place.backwards:
            # Nobody comes after the page that ends with the last of all.
            after = None if place.key is None or first is None else self.sign(first)
            before = UNSET if stop is None else self.sign_before(stop)
            return ProspectPage(items[::-1], after, after is not None, before)
        before = UNSET if place.key is None else self.sign_before(first)
        return ProspectPage(items, stop and self.sign(stop), stop is not None, before)

    @property
    def _before(self) -> str:
        return f"{self.scope}/before"

    def _packed(self, key: Key) -> bytes:
        if self.order != "addedAt":
            return key.prospect_id + key.key.encode()
        if self.in_audience:
            return struct.pack(">q", key.position)
        micros = (key.added_at - _EPOCH) // _MICROSECOND
        return struct.pack(">q", micros) + key.prospect_id

    def _read(self, payload: bytes) -> Key:
        # The tag of a cursor is no secret, so a payload can be forged: it may be anything.
        try:
            if self.order != "addedAt":
                key = payload[ID_BYTES:].decode()
                if len(payload) < ID_BYTES or "\x00" in key:
                    raise bad_cursor()
                return Key(key, 0, _EPOCH, payload[:ID_BYTES])
            if self.in_audience:
                (position,) = struct.unpack(">q", payload)
                return key_at(position)
            micros, id_ = struct.unpack(f">q{ID_BYTES}s", payload)
            return Key("", 0, _EPOCH + micros * _MICROSECOND, id_)
        except (struct.error, OverflowError, UnicodeDecodeError) as error:
            raise bad_cursor() from error


def key_at(position: int) -> Key:
    """The place of a member in the order of joining."""
    return Key("", position, _EPOCH, bytes(ID_BYTES))
