"""What an account may be asked for in a day: set aside before each request, at times given back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from houselist.connections import store
from houselist.postgres import db
from houselist.providers.base import QuotaSpent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from houselist.connections.pace import Pace
    from houselist.connections.shapes import Spent
    from houselist.providers.base import Budget, Kind, ProviderError

# What was not delivered is given back up to this share of the day's limit: a provider that fails
# may have asked LinkedIn all the same. A small budget bears a few requests even so.
_SHARE_BACK = 2
_REQUESTS_BACK = 4


class Amount(NamedTuple):
    """How much of a kind a request takes: `most`, or what is left if that is at least `least`."""

    kind: Kind
    least: int
    most: int


class Aside(NamedTuple):
    """What was taken for a request, of the day's budget; None where no day limits it."""

    kind: Kind
    taken: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of one account group's account.

    `limits`: how much a day allows, by kind. `kinds` has the words for them.
    """

    pool: db.Pool
    account_group_id: bytes
    limits: Mapping[Kind, int]
    kinds: Mapping[Kind, Budget]
    pace: Pace

    async def set_aside(self, amount: Amount) -> Aside:
        """Takes it from today's budget. Raises QuotaSpent when too little is left."""
        kind, least, most = amount
        limit = self.limits.get(kind)
        if limit is None:
            return Aside(kind, most, None)
        async with db.acquire(self.pool) as connection:
            spent = await store.spend(
                connection, self.account_group_id, kind, most, limit, least=least
            )
        if spent.day is None:
            words = self._words(amount, limit, spent)
            raise QuotaSpent(words, self.pace.first_open(spent.until), kind)
        return Aside(kind, spent.taken, spent.day)

    async def settle(self, error: ProviderError, aside: Aside) -> None:
        """Gives back what a failed request did not use, or did not bring."""
        kind, taken, day = aside
        if day is None or not (error.unspent or error.undelivered):
            return
        group = self.account_group_id
        async with db.acquire(self.pool) as connection:
            if error.unspent:
                await store.give_back(connection, group, day, kind, taken)
            else:
                most = max(self.limits[kind] // _SHARE_BACK, _REQUESTS_BACK * taken)
                await store.give_back_undelivered(
                    connection, group, day, kind, taken, most_a_day=most
                )

    def _words(self, amount: Amount, limit: int, spent: Spent) -> str:
        words = f"{limit:,} {self.kinds[amount.kind].words}"
        if amount.least > limit:
            return (
                f"The next request takes {amount.least:,}, and the day's budget of the account is"
                f" {words}."
            )
        left = limit - spent.used
        if left <= 0:
            return f"The day's budget of the account is used up: {words}."
        return (
            f"Too little is left of the day's budget of the account ({words}): {left:,}, and the"
            f" next request takes {amount.least:,}."
        )
