"""`houselist accounts`: account groups, what they may do, spend and have."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number
from msgspec import UNSET, UnsetType

from houselist.accounts import quota_store as quotas
from houselist.accounts import store
from houselist.accounts.quotas import Limits, Usage, read_size, size_in_words
from houselist.cli.database import transaction
from houselist.cli.groups import for_account
from houselist.cli.options import Account, Json, read_limit, read_name, read_number
from houselist.cli.out import UsageError, misuse, of_group, say, say_json, show
from houselist.cli.tables import say_table, show_items
from houselist.credits import store as credits_store
from houselist.credits.changes import MAX_CREDITS, Action, change_credits
from houselist.credits.shapes import Entry, Plan, in_words

app = App(name="accounts")

_MAX_RESULTS = 1_000_000_000
# A request counts up to the limit, so there must be a highest one.
_MAX_COUNT = 1_000_000
_DEFAULT = "default"


@app.command
async def create(name: str, /, *, json: Json = False) -> None:
    """Create an account group.

    Args:
        name: What to call it: 1 to 200 characters. Two may have the same name.
    """
    checked = read_name(name)
    async with transaction() as connection:
        made = await store.create(connection, checked)
    show(made, f"Created account group {made.id} ({made.name}).", json=json)


@app.command(name="list")
async def list_(*, json: Json = False) -> None:
    """List every account group, oldest first."""
    async with transaction() as connection:
        found = await store.get_all(connection)
    header = "ID", "CREATED", "NAME"
    show_items(found, header, lambda each: (each.id, each.created_at, each.name), json=json)


@app.command
async def plan(
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

    async with for_account(account) as (connection, group):
        if cap is UNSET and metered is UNSET:
            found = await credits_store.get_plan(connection, group)
        else:
            found = await credits_store.change_plan(
                connection, group, max_results=cap, metered=metered
            )
    show(of_group(group, found), _plan_in_words(group, found), json=json)


@app.command(name="credits")
async def credits_(
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
    async with for_account(account) as (connection, group):
        if order is not None:
            with misuse(ValueError):
                await change_credits(connection, group, *order, words)
        # Held, so that what is left is what the newest movement left.
        found = await credits_store.lock_plan(connection, group)
        newest = await credits_store.get_entries(connection, group, entries)
    if json:
        say_json({**of_group(group, found), "entries": newest})
        return
    say(_plan_in_words(group, found))
    if order is None and newest:
        header = "NUMBER", "TIME", "KIND", "AMOUNT", "LEFT", "JOB", "NOTE"
        say_table(header, [_entry_row(each) for each in newest])


def _order(action: Action, amount: str | None) -> tuple[Action, int]:
    if amount is None:
        raise UsageError(f"How many credits? Write `houselist accounts credits {action} 500`.")
    help_ = "; `add` gives credits, `take` takes them away"
    return action, read_number(amount, action, 0 if action == "set" else 1, MAX_CREDITS, help_)


def _plan_in_words(group: bytes, found: Plan) -> str:
    results = "any number of" if found.max_results is None else f"at most {found.max_results:,}"
    if found.metered:
        left = f"{in_words(found.credits)} left"
    elif found.credits:
        left = f"unlimited credits ({found.credits:,} are kept for when they count again)"
    else:
        left = "unlimited credits"
    return f"Account group {group.hex()}: {results} results a job, {left}."


def _entry_row(entry: Entry) -> tuple[str, ...]:
    amounts = f"{entry.amount:+,}", f"{entry.balance:,}"
    end = entry.job_id or "-", entry.note or "-"
    return str(entry.number), entry.created_at, entry.kind, *amounts, *end


@app.command
async def limits(
    *,
    account: Account = None,
    uploads: str | None = None,
    audiences: str | None = None,
    folders: str | None = None,
    jobs: str | None = None,
    json: Json = False,
) -> None:
    """Show or change how much an account group may have, and show how much it has.

    Nothing is removed when there is more than a new limit allows; nothing can be added then.

    Args:
        uploads: How much space its stored uploads may take, such as 500MiB or 20GiB; `default` for
            10 GiB.
        audiences: How many audiences it may have; `default` for 10,000.
        folders: How many folders it may have; `default` for 1,000.
        jobs: How many jobs may be queued or running; `default` for 100.
    """
    counts = {"audiences": audiences, "folders": folders, "jobs": jobs}
    change = {"upload_bytes": _size(uploads)} | {
        name: read_limit(text, f"--{name}", 0, _MAX_COUNT, word=_DEFAULT)
        for name, text in counts.items()
    }

    async with for_account(account) as (connection, group):
        if all(each is UNSET for each in change.values()):
            found = await quotas.get_limits(connection, group)
        else:
            found = await quotas.change_limits(connection, group, **change)
        used = await quotas.get_usage(connection, group)
    if json:
        say_json({**of_group(group, found), "used": used})
        return
    say(f"Account group {group.hex()} may have:")
    say_table(("WHAT", "AT MOST", "THERE ARE"), _limit_rows(found, used))


def _limit_rows(found: Limits, used: Usage) -> list[tuple[str, ...]]:
    return [
        ("stored uploads", size_in_words(found.upload_bytes), size_in_words(used.upload_bytes)),
        ("audiences", f"{found.audiences:,}", f"{used.audiences:,}"),
        ("folders", f"{found.folders:,}", f"{used.folders:,}"),
        ("unfinished jobs", f"{found.jobs:,}", f"{used.jobs:,}"),
    ]


def _size(text: str | None) -> int | UnsetType | None:
    if text is None:
        return UNSET
    if text.strip().lower() == _DEFAULT:
        return None
    words = f"give a size such as 500MiB or 20GiB, up to 1024TiB, or {_DEFAULT}."
    with misuse(ValueError, words=lambda _: f"--uploads {text[:100]!r}: {words}"):
        return read_size(text)
