"""An account group's provider as jobs and requests use it: budgeted, in slots, with retries.

Every attempt is taken from the day's budget before it is made, so that no process that is killed,
however timed, lets the account be asked for more than the budget.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import stamina

from houselist.connections import store
from houselist.connections.gate import NoFreeSlot
from houselist.connections.shapes import Spare
from houselist.postgres import db
from houselist.providers.base import (
    Broken,
    NotAllowed,
    ProviderError,
    ProviderPage,
    QuotaSpent,
    ReconnectNeeded,
    TryLater,
    ask,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import date

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

    def page_size(self, query: ProviderQuery, limit: int | None) -> int:
        """How many people to ask for in one page, of `limit` in all; None: as many as there are."""
        cost = self.provider.cost(query)
        # A page larger than a whole day's budget could never be asked for.
        daily = self.limits.get(cost.kind) if cost.by_person else None
        bounds = (self.provider.page_sizes(query, None).largest, limit, daily)
        return max(1, min(bound for bound in bounds if bound is not None))

    async def ask(
        self, query: ProviderQuery, cursor: str | None, limit: int, sent: asyncio.Event
    ) -> BudgetedPage:
        """One page of a source. Raises the port's errors, or Upstream.

        The caller gives back what it leaves of the budget, in the transaction that writes the page.
        `sent` is set when the request is about to be made, or won't be.
        """
        kind, by_person = self.provider.cost(query)
        count = limit if by_person else 1

        async def call() -> ProviderPage[ProviderPerson]:
            sent.set()
            return await ask(self.provider, query, cursor, limit)

        try:
            page, day = await self._budgeted(kind, count, call)
        finally:
            sent.set()
        # Below zero when a provider sent more than it was asked for: that counts as well.
        spare = count - len(page.items) if by_person else 0
        return BudgetedPage(page, Spare(day, kind, spare) if day and spare else None)

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        """What came of each, of at most the provider's look_up_batch.

        Raises the port's errors, or Upstream.
        """
        found, _ = await self._budgeted(
            self.provider.look_up_kind,
            len(people),
            lambda: self.provider.look_up(people, emails=emails),
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
        return (await self._budgeted(kind, 1, call))[0]

    async def check(self) -> str:
        """What the provider says of the account, in a few words; it costs no budget.

        Raises the port's errors, or Upstream.
        """
        return await self._tried(self.provider.check)

    def _hold(self, what: str, within: float) -> AbstractAsyncContextManager[None]:
        if not self.concurrency:
            return nullcontext()
        name = f"{what}/{self.account_group_id.hex()}"
        return self.gate.hold(name, self.concurrency, within=within)

    async def _budgeted(
        self, kind: Kind, count: int, call: Callable[[], Awaitable[T]]
    ) -> tuple[T, date | None]:
        """A response, and the day whose budget it was taken from."""
        return await self._tried(lambda: self._once(kind, count, call))

    async def _tried(self, once: Callable[[], Awaitable[T]]) -> T:
        """Makes a request when there is a slot, and again where that may help."""
        async for attempt in stamina.retry_context(
            on=self._again,
            attempts=self.retry_policy.attempts,
            timeout=min(_RETRY_SECONDS, self.retry_policy.max_wait),
            wait_initial=FIRST_WAIT,
            wait_jitter=FIRST_WAIT,
        ):
            with attempt:
                try:
                    async with self._hold("call", within=self.retry_policy.max_wait):
                        return await once()
                except NoFreeSlot as error:
                    raise TryLater("The account is busy with another request.") from error
        raise AssertionError("the loop returns or raises")

    def _again(self, error: Exception) -> bool | timedelta:
        """Whether to make a request again, and after how long."""
        if isinstance(error, TryLater) and error.at is not None:
            wait = max(error.at - datetime.now(UTC), timedelta())
            longest = min(_LONGEST_WAIT, self.retry_policy.max_wait)
            return wait if wait.total_seconds() <= longest else False
        return isinstance(error, Broken) and error.again

    async def _once(
        self, kind: Kind, count: int, call: Callable[[], Awaitable[T]]
    ) -> tuple[T, date | None]:
        day = await self._set_aside(kind, count)
        try:
            response = await call()
        except ProviderError as error:
            await self._settle(error, day and Spare(day, kind, count))
            raise
        if not self.is_connected:
            await self._note("connected", "It responds again.")
            self.is_connected = True
        return response, day

    async def _set_aside(self, kind: Kind, count: int) -> date | None:
        """Raises QuotaSpent when the day's budget has less than that left."""
        limit = self.limits.get(kind)
        if limit is None:
            return None
        async with db.acquire(self.pool) as connection:
            spent = await store.spend(connection, self.account_group_id, kind, count, limit)
        if spent.day is None:
            raise QuotaSpent(
                f"The day's budget of the account is used up: {limit:,}"
                f" {self.provider.budgets[kind].words}.",
                spent.until,
            )
        return spent.day

    async def _settle(self, error: ProviderError, aside: Spare | None) -> None:
        """Gives back budget that a failed request did not use, and notes the account's state."""
        if error.unspent and aside:
            async with db.acquire(self.pool) as connection:
                await store.give_back(connection, self.account_group_id, *aside)
        if isinstance(error, ReconnectNeeded):
            await self._note("disconnected", str(error))
            self.is_connected = False

    async def _note(self, status: ConnectionStatus, words: str) -> None:
        async with db.acquire(self.pool) as connection:
            await store.note_status(connection, self.account_group_id, status, words)
