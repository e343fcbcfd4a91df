"""An account group's provider as jobs and requests use it: budgeted, in slots, with retries.

Every attempt is taken from the day's budget before it is made, so that no process that is killed,
however timed, lets the account be asked for more than the budget.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import stamina

from houselist.connections import store
from houselist.connections.budgets import Amount, Budgets
from houselist.connections.gate import NoFreeSlot
from houselist.connections.pace import NO_PACE, Pace
from houselist.connections.pacing import Pacing
from houselist.connections.page_sizes import choose
from houselist.connections.shapes import Spare
from houselist.errors import Upstream
from houselist.postgres import db
from houselist.providers.base import (
    Broken,
    NotAllowed,
    ProviderError,
    ProviderPage,
    ReconnectNeeded,
    Resting,
    TryLater,
    ask,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from houselist.connections.budgets import Aside
    from houselist.connections.gate import Gate
    from houselist.connections.shapes import ConnectionStatus
    from houselist.linkedin import Profile
    from houselist.providers.base import (
        Kind,
        LookedUp,
        Named,
        Provider,
        ProviderPerson,
        ProviderQuery,
    )

T = TypeVar("T")

# How long the attempts at one request may take together, in seconds.
_RETRY_SECONDS = 60.0
FIRST_WAIT = 0.5
# When a provider asks for a longer pause than this, the job is set aside and waits.
_LONGEST_WAIT = 20.0

# The name of the account that is no provider's: the group's own directory.
DIRECTORY = "directory"


class RetryPolicy(NamedTuple):
    """How requests to providers are retried in this process.

    `attempts`: how often a request is made whose failure may pass. `max_wait`: seconds that it may
    wait for a slot at the account or for the pause that a provider asks for, and after which no
    new attempt is made.
    """

    attempts: int
    max_wait: float


class BudgetedPage(NamedTuple):
    """A provider's page, and what it left of the budget set aside for it."""

    page: ProviderPage[ProviderPerson]
    spare: Spare | None


@dataclass(slots=True)
class Account:
    """One account group's provider. `name` tells accounts apart: a cursor belongs to one of them.

    `concurrency`: how many requests at once; 0: any number. `is_connected`: the last request found
    it connected.
    """

    pool: db.Pool
    gate: Gate
    retry_policy: RetryPolicy
    account_group_id: bytes
    provider: Provider
    limits: Mapping[Kind, int]
    name: str
    concurrency: int
    is_connected: bool = True
    pace: Pace = NO_PACE

    @asynccontextmanager
    async def slot(self, job_id: bytes) -> AsyncGenerator[None]:
        """A job's slot at the account. Raises NoFreeSlot when others have all, or it has one.

        Without the second rule a job that is queued twice could have two of several slots.
        """
        async with (
            self.gate.hold(f"job/{self.account_group_id.hex()}/{job_id.hex()}", 1),
            self._hold("slot", within=0),
        ):
            yield

    async def ask(
        self,
        query: ProviderQuery,
        cursor: str | None,
        needed: int | None,
        sent: asyncio.Event,
    ) -> BudgetedPage:
        """One page of a source, for as many people as are `needed` and the day's budget has left.

        None: as many as there are. The caller gives back what it leaves of the budget, in the
        transaction that writes the page. `sent` is set when the request is about to be made, has
        to wait because of the pace, or won't be. Raises the port's errors, or Upstream.
        """
        cost = self.provider.cost(query)
        bounds = self.provider.page_sizes(query, cursor)
        sizes = choose(cost, bounds, self.limits.get(cost.kind), needed)

        async def call(taken: int) -> ProviderPage[ProviderPerson]:
            sent.set()
            size = taken if cost.by_person else sizes.largest
            return await ask(self.provider, query, cursor, size)

        amount = Amount(cost.kind, *(sizes if cost.by_person else (1, 1)))
        try:
            page, aside = await self._budgeted(amount, call, pausing=sent.set)
        finally:
            sent.set()
        # Below zero when a provider sent more than it was asked for: that counts as well.
        spare = aside.taken - len(page.items) if cost.by_person else 0
        day = aside.day
        return BudgetedPage(page, Spare(day, cost.kind, spare) if day and spare else None)

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        """What came of each, of at most the provider's look_up_batch.

        Where the day's budget has not enough left for all, of as many of the first as it has.
        Raises the port's errors, or Upstream.
        """
        found, _ = await self._budgeted(
            Amount(self.provider.look_up_kind, 1, len(people)),
            lambda taken: self.provider.look_up(people[:taken], emails=emails),
            pausing=lambda: None,
        )
        return found

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]:
        """Raises the port's errors, or Upstream."""
        return await self._listed(lambda: self.provider.saved_searches(cursor))

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]:
        """Raises the port's errors, or Upstream."""
        return await self._listed(lambda: self.provider.lead_lists(cursor))

    async def _listed(
        self, call: Callable[[], Awaitable[ProviderPage[Named]]]
    ) -> ProviderPage[Named]:
        kind = self.provider.list_kind
        if kind is None:
            raise NotAllowed("The provider has neither saved searches nor lead lists.")
        return (await self._budgeted(Amount(kind, 1, 1), lambda _: call()))[0]

    async def check(self) -> str:
        """What the provider says of the account, in a few words; it costs no budget.

        It asks of nobody, so it does without a slot that is not free in time, and without pauses.
        Raises the port's errors, or Upstream.
        """
        return await self._tried(self._check)

    async def _check(self) -> str:
        async with AsyncExitStack() as stack:
            with suppress(NoFreeSlot):
                await stack.enter_async_context(self._call_slot())
            return await self.provider.check()

    def _call_slot(self) -> AbstractAsyncContextManager[None]:
        return self._hold("call", within=self.retry_policy.max_wait)

    def _hold(self, what: str, within: float) -> AbstractAsyncContextManager[None]:
        if not self.concurrency:
            return nullcontext()
        name = f"{what}/{self.account_group_id.hex()}"
        return self.gate.hold(name, self.concurrency, within=within)

    async def _budgeted(
        self,
        amount: Amount,
        call: Callable[[int], Awaitable[T]],
        *,
        pausing: Callable[[], object] | None = None,
    ) -> tuple[T, Aside]:
        """A response, and what was taken of a day's budget for it; `call` is told how much.

        `pausing`: the request keeps to the account's pace, and this is told of a pause.
        """

        async def once() -> tuple[T, Aside]:
            return await self._once(amount, call)

        if pausing is None:
            return await self._tried(lambda: self._in_slot(once))
        return await self._tried(lambda: self._at_pace(once, pausing))

    async def _tried(self, once: Callable[[], Awaitable[T]]) -> T:
        """Makes a request, and again where that may help."""
        failed: ProviderError | None = None
        try:
            async for attempt in stamina.retry_context(
                on=self._again,
                attempts=self.retry_policy.attempts,
                timeout=min(_RETRY_SECONDS, self.retry_policy.max_wait),
                wait_initial=FIRST_WAIT,
                wait_jitter=FIRST_WAIT,
            ):
                with attempt:
                    try:
                        return await once()
                    except NoFreeSlot as error:
                        raise TryLater("The account is busy with another request.") from error
                    except Resting:
                        raise
                    except ProviderError as error:
                        failed = error
                        raise
        except Resting:
            # A pause after a failure must not hide it: failures are counted.
            if failed is not None:
                raise failed from None
            raise
        raise AssertionError("the loop returns or raises")

    def _again(self, error: Exception) -> bool | timedelta:
        """Whether to make a request again, and after how long."""
        if isinstance(error, TryLater) and error.at is not None:
            wait = max(error.at - datetime.now(UTC), timedelta())
            return wait if wait.total_seconds() <= self._longest_wait() else False
        return isinstance(error, Broken) and error.again

    def _longest_wait(self) -> float:
        return min(_LONGEST_WAIT, self.retry_policy.max_wait)

    async def _in_slot(self, once: Callable[[], Awaitable[T]]) -> T:
        async with self._call_slot():
            return await once()

    async def _at_pace(self, once: Callable[[], Awaitable[T]], pausing: Callable[[], object]) -> T:
        """Makes a request at the account's pace. Raises Resting when it would have to wait long."""
        pacing = Pacing(self.pool, self.account_group_id, self.pace, self._longest_wait())
        pause = pacing.pick_pause()
        while True:
            # The slot is free during the pause, for those who need not wait for it.
            async with self._call_slot():
                wait = await pacing.begin(pause)
                if not wait:
                    try:
                        return await once()
                    finally:
                        # What the request brought counts more; its beginning is kept anyway.
                        with suppress(Upstream):
                            await pacing.end(pause)
            pausing()
            await asyncio.sleep(wait)

    async def _once(self, amount: Amount, call: Callable[[int], Awaitable[T]]) -> tuple[T, Aside]:
        budgets = Budgets(
            self.pool, self.account_group_id, self.limits, self.provider.budgets, self.pace
        )
        aside = await budgets.set_aside(amount)
        try:
            response = await call(aside.taken)
        except ProviderError as error:
            await budgets.settle(error, aside)
            if isinstance(error, ReconnectNeeded):
                await self._note("disconnected", str(error))
                self.is_connected = False
            raise
        if not self.is_connected:
            await self._note("connected", "It responds again.")
            self.is_connected = True
        return response, aside

    async def _note(self, status: ConnectionStatus, words: str) -> None:
        async with db.acquire(self.pool) as connection:
            await store.note_status(connection, self.account_group_id, status, words)
