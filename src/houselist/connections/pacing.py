"""When an account's jobs make their next request, in all processes together: its pace."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from houselist.connections import store
from houselist.postgres import db
from houselist.providers.base import Resting

if TYPE_CHECKING:
    from houselist.connections.pace import Pace

CHANCE = random.Random()


@dataclass(frozen=True, slots=True)
class Pacing:
    """The moment of the next request is kept with the connection, so no kill shortens a pause.

    `longest`: a job that would have to wait for more seconds than that is set aside.
    """

    pool: db.Pool
    account_group_id: bytes
    pace: Pace
    longest: float

    def pick_pause(self) -> float:
        """How many seconds the next request keeps from the one after it."""
        return self.pace.pauses.pick(CHANCE) if self.pace.pauses else 0.0

    async def begin(self, pause: float) -> float:
        """Takes the moment for a request; else after how many seconds to ask again.

        Raises Resting when that is too long.
        """
        now = datetime.now(UTC)
        if self.pace.is_off(now):
            self._rest(now)
        if not self.pace.pauses:
            return 0.0
        async with db.acquire(self.pool) as connection:
            wait = await store.begin_call(connection, self.account_group_id, pause)
        if wait > self.longest:
            self._rest(now + timedelta(seconds=wait))
        return wait

    async def end(self, pause: float) -> None:
        """The request is over, and the pause begins."""
        if self.pace.pauses:
            async with db.acquire(self.pool) as connection:
                await store.end_call(connection, self.account_group_id, pause)

    def _rest(self, until: datetime) -> NoReturn:
        opens = self.pace.first_open(until)
        if opens == until:
            words = f"Requests of jobs are {self.pace.pauses} seconds apart (--pace)."
        else:
            words = f"The account works {self.pace.hours} (--working-hours)."
        raise Resting(words, opens)
