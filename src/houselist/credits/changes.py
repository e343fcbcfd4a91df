"""How an operator changes the credits of an account group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import UNSET

from houselist.credits import store
from houselist.credits.shapes import in_words

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

Action: TypeAlias = Literal["add", "take", "set"]

MAX_CREDITS = 1_000_000_000_000


async def change_credits(
    connection: Connection, group: bytes, action: Action, amount: int, note: str | None
) -> None:
    """Adds or takes an amount, or leaves exactly that. From the first grant on, jobs cost credits.

    Raises ValueError when less than nothing would be left, or more than MAX_CREDITS.
    """
    metered = UNSET if action == "take" else True
    left = (await store.change_plan(connection, group, metered=metered)).credits
    change = {"add": amount, "take": -amount, "set": amount - left}[action]
    if left + change < 0:
        raise ValueError(f"There are not that many to take: {in_words(left)} left.")
    if left + change > MAX_CREDITS:
        raise ValueError(f"{in_words(left)} left; with these it would be too many to count.")
    await store.grant(connection, group, change, note)
