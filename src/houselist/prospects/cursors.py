"""Cursors of people that are found: each holds its filters and its order. Pure."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.ids import ID_BYTES
from houselist.paging import bad_cursor, read_cursor, sign
from houselist.prospects.asked import Key

if TYPE_CHECKING:
    from houselist.prospects.asked import Order

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Cursors(NamedTuple):
    """Cursors of one list. `scope` tells whose, with which filters and in which order."""

    scope: str
    order: Order
    in_audience: bool

    def sign(self, key: Key) -> str:
        """The cursor after somebody."""
        if self.order != "addedAt":
            return sign(self.scope, key.prospect_id + key.key.encode())
        if self.in_audience:
            return sign(self.scope, struct.pack(">q", key.position))
        micros = (key.added_at - _EPOCH) // _MICROSECOND
        return sign(self.scope, struct.pack(">q", micros) + key.prospect_id)

    def read(self, cursor: str) -> Key:
        """The place that a cursor stands for: as much of it as the order needs. Raises Invalid."""
        payload = read_cursor(self.scope, cursor)
        # The tag of a cursor is no secret, so a payload can be forged: it may be anything.
        try:
            if self.order != "addedAt":
                key = payload[ID_BYTES:].decode()
                if len(payload) < ID_BYTES or "\x00" in key:
                    raise bad_cursor()
                return Key(key, 0, _EPOCH, payload[:ID_BYTES])
            if self.in_audience:
                (position,) = struct.unpack(">q", payload)
                return Key("", position, _EPOCH, bytes(ID_BYTES))
            micros, id_ = struct.unpack(f">q{ID_BYTES}s", payload)
            return Key("", 0, _EPOCH + micros * _MICROSECOND, id_)
        except (struct.error, OverflowError, UnicodeDecodeError) as error:
            raise bad_cursor() from error
