"""`houselist accounts plan` and `accounts credits`: what account groups may do, and spend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import UNSET, UnsetType

from houselist.cli import accounts
from houselist.cli.database import with_pool
from houselist.cli.out import UsageError, say, say_json, say_table
from houselist.credits import store
from houselist.credits.shapes import in_words
from houselist.postgres import db
from houselist.texts import Name

if TYPE_CHECKING:
    from houselist.credits.shapes import Entry, Plan
    from houselist.postgres.db import Connection, Pool

Action = Literal["add", "take", "set"]

_MOST_RESULTS = 1_000_000_000
_MOST_CREDITS = 1_000_000_000_000
_MOST_DIGITS = 30
_NO_CAP = "none"


def plan(
    *,
    account: str | None = None,
    max_results: str | None = None,
    credits_: Annotated[Literal["on", "off"] | None, Parameter(name="--credits")] = None,
    json: bool = False,
) -> None:
    """Show or change an account group's plan: what it may do.

    A change holds for jobs that are started from then on.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    max_results
        How many results a job may have at most, such as 100, 1000 or 2000; `none` for no limit.
        Jobs on files and lists of URLs have as many as they have rows.
    credits_
        `on`: jobs cost credits, and can't start without. `off`: as many as one likes; those that
        are left are kept.
    json
        Print one JSON object and nothing else.
    """
    cap = UNSET if max_results is None else _cap(max_results)
    metered = UNSET if credits_ is None else credits_ == "on"

    async def work(pool: Pool) -> tuple[bytes, Plan]:
        async with db.transaction(pool) as connection:
            group = await accounts.find(connection, account)
            if cap is UNSET and metered is UNSET:
                return group, await store.get_plan(connection, group)
            return group, await store.change_plan(
                connection, group, max_results=cap, metered=metered
            )

    group, found = with_pool(work)
    if json:
        say_json(_shown(group, found))
    else:
        say(_in_words(group, found))


def _cap(text: str) -> int | UnsetType | None:
    if text.strip().lower() == _NO_CAP:
        return None
    number = _number(text)
    if number is None or not 1 <= number <= _MOST_RESULTS:
        raise UsageError(
            f"--max-results {text!r}: give a number from 1 to {_MOST_RESULTS:,}, or {_NO_CAP}."
        )
    return number


def _number(text: str) -> int | None:
    """A whole number in plain digits, and no other thing that Python would take for one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def credits_(
    action: Action | None = None,
    amount: str | None = None,
    /,
    *,
    account: str | None = None,
    note: str | None = None,
    entries: Annotated[int, Parameter(validator=Number(gte=0, lte=10_000))] = 20,
    json: bool = False,
) -> None:
    """Show an account group's credits and their newest movements, or change how many are left.

    `credits add 500` gives 500 more, `credits take 500` takes them away again, and `credits set
    500` makes it so that 500 are left. From the first grant on jobs cost credits; `houselist
    accounts plan --credits off` ends that.

    Parameters
    ----------
    action
        What to do with the credits that are left; shown as they are without it.
    amount
        How many: up to 1,000,000,000,000.
    account
        Id of the account group; needed where there are several.
    note
        What the grant is for, such as the number of an invoice: up to 200 characters.
    entries
        How many movements to show, newest first.
    json
        Print one JSON object and nothing else.
    """
    order = None if action is None else _order(action, amount)
    if order is None and note is not None:
        raise UsageError("--note goes with add, take or set.")
    words = None if note is None else _note(note)

    async def work(pool: Pool) -> tuple[bytes, Plan, list[Entry]]:
        async with db.transaction(pool) as connection:
            group = await accounts.find(connection, account)
            if order is not None:
                await _carry_out(connection, group, *order, words)
            # Held, so that what is left is what the newest movement left.
            found = await store.lock_plan(connection, group)
            return group, found, await store.get_entries(connection, group, entries)

    group, found, newest = with_pool(work)
    if json:
        say_json({**_shown(group, found), "entries": newest})
        return
    say(_in_words(group, found))
    if order is None and newest:
        say_table(("NUMBER", "TIME", "KIND", "AMOUNT", "LEFT", "JOB", "NOTE"), _lines(newest))


def _order(action: Action, amount: str | None) -> tuple[Action, int]:
    least = 0 if action == "set" else 1
    if amount is None:
        raise UsageError(f"How many credits? Write `houselist accounts credits {action} 500`.")
    number = _number(amount)
    if number is None or not least <= number <= _MOST_CREDITS:
        raise UsageError(
            f"{action} {amount}: give a number from {least} to {_MOST_CREDITS:,}."
            " `add` gives credits, `take` takes them away."
        )
    return action, number


def _note(text: str) -> str:
    try:
        return Name(text)
    except ValueError as error:
        raise UsageError(f"--note {error}.") from error


async def _carry_out(
    connection: Connection, group: bytes, action: Action, amount: int, note: str | None
) -> None:
    metered = UNSET if action == "take" else True
    left = (await store.change_plan(connection, group, metered=metered)).credits
    change = {"add": amount, "take": -amount, "set": amount - left}[action]
    if left + change < 0:
        raise UsageError(f"There are not so many to take: {in_words(left)} left.")
    if left + change > _MOST_CREDITS:
        raise UsageError(f"{in_words(left)} left; with these it would be too many to count.")
    await store.grant(connection, group, change, note)


def _shown(group: bytes, found: Plan) -> dict[str, Any]:
    return {"accountGroupId": group.hex(), **msgspec.to_builtins(found)}


def _in_words(group: bytes, found: Plan) -> str:
    results = "any number of" if found.max_results is None else f"at most {found.max_results:,}"
    if found.metered:
        left = f"{in_words(found.credits)} left"
    elif found.credits:
        left = f"unlimited credits ({found.credits:,} are kept for when they count again)"
    else:
        left = "unlimited credits"
    return f"Account group {group.hex()}: {results} results a job, {left}."


def _lines(newest: list[Entry]) -> list[tuple[str, ...]]:
    return [
        (
            str(each.number),
            each.created_at,
            each.kind,
            f"{each.amount:+,}",
            f"{each.balance:,}",
            each.job_id or "-",
            each.note or "-",
        )
        for each in newest
    ]
