"""The ledger of credits: whatever happens in whatever order, it sums up, and each job is closed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from houselist.accounts import store as accounts
from houselist.credits import store
from houselist.errors import InsufficientCredits
from houselist.ids import new_id
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.postgres.db import Connection, Pool

JOBS = st.integers(0, 2)
CLOSING = st.tuples(st.sampled_from(["settle", "refund"]), JOBS, st.integers(0, 60))
STEPS = st.lists(
    st.tuples(st.just("reserve"), JOBS, st.integers(0, 60) | st.just(10**12))
    | CLOSING
    | st.tuples(st.just("grant"), st.integers(0, 60) | st.just(10**12))
    | st.tuples(st.just("take"), st.integers(0, 60))
    | st.tuples(st.just("meter"), st.booleans())
    | st.tuples(st.just("cap"), st.none() | st.sampled_from([100, 1_000, 2_000])),
    min_size=3,
    max_size=20,
)
# What a sequence begins with; most others would find nothing to move.
BEGINNINGS = st.sampled_from([[], [("meter", True), ("grant", 100), ("reserve", 0, 30)]])


class Model:
    """What the ledger has to come to, in the plainest way."""

    def __init__(self) -> None:
        self.left = 0
        self.metered = False
        self.cap: int | None = None
        self.reserved: dict[int, int] = {}
        self.closed: set[int] = set()

    def reserve(self, job: int, amount: int) -> bool:
        """Whether it is allowed."""
        if self.metered and self.left < amount:
            return False
        if self.metered:
            self.left -= amount
            self.reserved[job] = amount
        return True

    def close(self, job: int, spent: int) -> None:
        if job in self.reserved and job not in self.closed:
            self.closed.add(job)
            self.left += max(self.reserved[job] - spent, 0)


async def take(connection: Connection, group: bytes, model: Model, step: Any, ids: Any) -> None:
    match step:
        case "grant", amount:
            await store.change_plan(connection, group)
            await store.grant(connection, group, amount, None)
            model.left += amount
        case "take", amount:
            taken = min(amount, (await store.change_plan(connection, group)).credits)
            await store.grant(connection, group, -taken, "taken back")
            model.left -= taken
        case "meter", metered:
            await store.change_plan(connection, group, metered=metered)
            model.metered = metered
        case "cap", cap:
            await store.change_plan(connection, group, max_results=cap)
            model.cap = cap
        case "reserve", job, amount:
            if job in model.reserved:
                return
            plan = await store.lock_plan(connection, group)
            try:
                await store.reserve(connection, group, ids[job], plan, amount)
                allowed = True
            except InsufficientCredits:
                allowed = False
            assert allowed == model.reserve(job, amount)
        case ("settle" | "refund") as kind, job, spent:
            await store.close(connection, group, ids[job], spent, kind)
            model.close(job, spent)


@given(beginning=BEGINNINGS, steps=STEPS)
@example([("meter", True), ("grant", 9), ("reserve", 0, 9)], [("refund", 0, 4), ("settle", 0, 4)])
@example([("meter", True), ("grant", 9), ("reserve", 0, 9)], [("refund", 0, 10)])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_sequence_of_movements_sums_up(
    pool: Pool, beginning: list[Any], steps: list[Any]
) -> None:
    model, ids = Model(), [new_id() for _ in range(3)]
    async with db.transaction(pool) as connection:
        group = bytes.fromhex((await accounts.create(connection, "A test's group")).id)
    async with db.transaction(pool) as connection:
        for step in [*beginning, *steps]:
            await take(connection, group, model, step, ids)
            entries = await store.get_entries(connection, group, 1_000)
            plan = await store.get_plan(connection, group)
            assert plan == store.Plan(model.cap, model.metered, model.left)
            assert sum(entry.amount for entry in entries) == plan.credits
            assert not entries or entries[0].balance == plan.credits
            assert [entry.number for entry in entries] == list(range(len(entries), 0, -1))
        for kinds, jobs in ((("reserve",), model.reserved), (("settle", "refund"), model.closed)):
            found = [entry.job_id for entry in entries if entry.kind in kinds]
            assert sorted(found) == sorted(ids[job].hex() for job in jobs)


async def test_an_account_group_without_a_plan_is_unlimited(pool: Pool) -> None:
    async with db.transaction(pool) as connection:
        group = bytes.fromhex((await accounts.create(connection, "A test's group")).id)
        assert await store.get_plan(connection, group) is store.UNLIMITED
        assert await store.lock_plan(connection, group) is store.UNLIMITED
        await store.reserve(connection, group, new_id(), store.UNLIMITED, 10**12)
        await store.close(connection, group, new_id(), 5, "settle")
        assert await store.get_entries(connection, group, 10) == []


async def test_entries_tell_what_each_movement_was_for(pool: Pool) -> None:
    job = new_id()
    async with db.transaction(pool) as connection:
        group = bytes.fromhex((await accounts.create(connection, "A test's group")).id)
        plan = await store.change_plan(connection, group, metered=True)
        await store.grant(connection, group, 10, "invoice 17")
        plan = await store.lock_plan(connection, group)
        await store.reserve(connection, group, job, plan, 4)
        newest, oldest = await store.get_entries(connection, group, 10)
        assert await store.get_entries(connection, group, 1) == [newest]
    assert (oldest.number, oldest.kind, oldest.amount, oldest.balance) == (1, "grant", 10, 10)
    assert (oldest.job_id, oldest.note) == (None, "invoice 17")
    assert (newest.number, newest.kind, newest.amount, newest.balance) == (2, "reserve", -4, 6)
    assert (newest.job_id, newest.note) == (job.hex(), None)
