"""`houselist accounts plan` and `accounts credits`: what account groups may do, and spend."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec import UNSET

from houselist.cli.groups import for_account
from houselist.cli.options import Account, Json, read_limit, read_name, read_number
from houselist.cli.out import UsageError, say, say_json, show
from houselist.cli.tables import say_table
from houselist.credits import store
from houselist.credits.changes import MAX_CREDITS, Action, change_credits
from houselist.credits.shapes import Entry, Plan, in_words
from houselist.postgres import db

_MAX_RESULTS = 1_000_000_000


def plan(
    *,
    account: Account = None,
    max_results: str | None = None,
    credits_: Annotated[Literal["on", "off"] | None, Parameter(name="--credits")] = None,
    json: Json = False,
) -> None:
    """Show or change an account group's plan: what it may do.

    A change applies to jobs that start after it.

    Args:
        max_results: How many results a job may have at most, such as 100, 1000 or 2000; `none` for
            no limit. Jobs on files and lists of URLs have as many as they have rows.
        credits_: `on`: jobs cost credits, and can't start without them. `off`: jobs cost nothing;
            credits that are left are kept.
    """
    cap = read_limit(max_results, "--max-results", 1, _MAX_RESULTS, word="none")
    metered = UNSET if credits_ is None else credits_ == "on"

    async def work(connection: db.Connection, group: bytes) -> tuple[bytes, Plan]:
        if cap is UNSET and metered is UNSET:
            return group, await store.get_plan(connection, group)
        return group, await store.change_plan(connection, group, max_results=cap, metered=metered)

    group, found = for_account(account, work)
    show(_shown(group, found), _in_words(group, found), json=json)


def credits_(
    action: Action | None = None,
    amount: str | None = None,
    /,
    *,
    account: Account = None,
    note: str | None = None,
    entries: Annotated[int, Parameter(validator=Number(gte=0, lte=10_000))] = 20,
    json: Json = False,
) -> None:
    """Show an account group's credits and their newest movements, or change how many are left.

    `credits add 500` gives 500 more, `credits take 500` takes 500 away, and `credits set 500`
    leaves exactly 500. From the first grant on, jobs cost credits; `houselist accounts plan
    --credits off` ends that.

    Args:
        action: What to do with the credits. Without it they are only shown.
        amount: How many credits: up to 1,000,000,000,000.
        note: What the grant is for, such as an invoice number: up to 200 characters.
        entries: How many movements to show, newest first.
    """
    order = None if action is None else _order(action, amount)
    if order is None and note is not None:
        raise UsageError("--note goes with add, take or set.")
    words = None if note is None else read_name(note, "--note")

    async def work(connection: db.Connection, group: bytes) -> tuple[bytes, Plan, list[Entry]]:
        if order is not None:
            try:
                await change_credits(connection, group, *order, words)
            except ValueError as error:
                raise UsageError(str(error)) from error
        # Held, so that what is left is what the newest movement left.
        found = await store.lock_plan(connection, group)
        return group, found, await store.get_entries(connection, group, entries)

    group, found, newest = for_account(account, work)
    if json:
        say_json({**_shown(group, found), "entries": newest})
        return
    say(_in_words(group, found))
    if order is None and newest:
        header = "NUMBER", "TIME", "KIND", "AMOUNT", "LEFT", "JOB", "NOTE"
        say_table(header, [_row(each) for each in newest])


def _order(action: Action, amount: str | None) -> tuple[Action, int]:
    if amount is None:
        raise UsageError(f"How many credits? Write `houselist accounts credits {action} 500`.")
    help_ = "; `add` gives credits, `take` takes them away"
    return action, read_number(amount, action, 0 if action == "set" else 1, MAX_CREDITS, help_)


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


def _row(entry: Entry) -> tuple[str, ...]:
    amounts = f"{entry.amount:+,}", f"{entry.balance:,}"
    end = entry.job_id or "-", entry.note or "-"
    return str(entry.number), entry.created_at, entry.kind, *amounts, *end
