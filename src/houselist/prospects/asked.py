"""What a page of people is asked for: among whom, who fits, and in which order. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from houselist.search.wanted import Wanted

# People of an audience now, or at a moment; or everybody of the account group.
Source: TypeAlias = Literal["now", "then", "everybody"]
Order: TypeAlias = Literal["addedAt", "name", "company"]


class Scope(NamedTuple):
    """Among whom people are looked for. No `list_id`: everybody; no `moment`: as it is now.

    In an audience, positions are above `low` and at most `high`.
    """

    account_group_id: bytes
    list_id: bytes | None = None
    moment: datetime | None = None
    low: int = 0
    high: int = 0

    @property
    def source(self) -> Source:
        if self.list_id is None:
            return "everybody"
        return "now" if self.moment is None else "then"


class Key(NamedTuple):
    """Somebody's place in the order of a page, and who it is. `key`: '' for what nobody knows."""

    key: str
    position: int
    added_at: datetime
    prospect_id: bytes


class Asked(NamedTuple):
    """What statements ask: among whom, who fits, in which order. `without` are left out.

    `hashes`: of the companies, titles and locations that fit, where they are few. `backwards`: the
    order is gone through from its end, those without a key first.
    """

    scope: Scope
    wanted: Wanted
    order: Order
    descending: bool
    without: Sequence[bytes] = ()
    hashes: Mapping[str, Sequence[int]] = MappingProxyType({})
    backwards: bool = False

    @property
    def goes_down(self) -> bool:
        """Whether the largest key, position or moment comes first."""
        return self.descending != self.backwards

    @property
    def is_indexed(self) -> bool:
        """Whether an index can find who fits."""
        return bool(self.hashes) or self.wanted.query(self.scope.account_group_id) is not None

    @property
    def reads_texts(self) -> bool:
        return self.wanted.asks_texts or self.order != "addedAt"
