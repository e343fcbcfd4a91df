"""`houselist directory load`: what is asked for, and what is printed. directory/ does the work."""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING, NamedTuple

import uvloop

from houselist import config
from houselist.cli import columns, out
from houselist.cli.database import database
from houselist.cli.first import first_start
from houselist.cli.groups import find
from houselist.cli.options import open_file
from houselist.cli.progress import progress
from houselist.cli.report import NO_ROW, REFUSED, say_rows
from houselist.directory import sources_store as sources
from houselist.directory.columns import plan_columns
from houselist.directory.loading import Loaded, load
from houselist.directory.spooling import spool
from houselist.files.formats import format_of
from houselist.postgres import db
from houselist.serving.postgres import kept_running

if TYPE_CHECKING:
    from houselist.cli.database import Database
    from houselist.directory.shapes import Source
    from houselist.directory.spooling import SpooledFile
    from houselist.people.rows import Options
    from houselist.texts import Name


class Order(NamedTuple):
    """One load, as it was asked for."""

    file: str
    account: str | None
    mapping: dict[str, str]
    list_name: Name | None
    json: bool
    options: Options


class Done(NamedTuple):
    """What was loaded, for whom and onto which list."""

    account_group_id: bytes
    lead_list: Source | None
    loaded: Loaded
    unused: list[str]


def load_file(order: Order) -> int:
    """Reads the file whole, then loads it; the exit code."""
    settings = config.load()
    with (
        open_file(order.file) as stream,
        tempfile.TemporaryFile(prefix="houselist-") as kept,
    ):
        people = asyncio.run(spool(stream, format_of(order.file), order.options, kept))
        for note in people.notes:
            out.tell(note)
        columns.check_columns(order.mapping, people.columns)
        if not people.count:
            raise out.CommandError(f"{order.file} has no rows below its header.")
        with database(settings) as found:
            done = uvloop.run(_load(order, people, found))
    return _report(order, done)


async def _load(order: Order, people: SpooledFile, found: Database) -> Done:
    plan = plan_columns(order.mapping, people.columns, people.mapping)
    loaded = Loaded()
    async with (
        kept_running(found.server),
        db.make_pool(found.dsn, size=2, command_timeout=None) as pool,
    ):
        await first_start(pool, found.settings, json=order.json)
        lead_list = None
        async with db.transaction(pool) as connection:
            group = await find(connection, order.account)
            if order.list_name is not None:
                lead_list = await sources.open_list(connection, group, order.list_name)
        list_id = None if lead_list is None else int(lead_list.id)
        try:
            with progress(people.count, quiet=order.json) as report:
                await load(pool, group, people, plan, list_id=list_id, loaded=loaded, report=report)
        except (Exception, asyncio.CancelledError):
            out.tell(f"{loaded.rows:,} rows are in; the same command again loads the rest.")
            raise
    return Done(group, lead_list, loaded, plan.unused)


def _report(order: Order, done: Done) -> int:
    loaded = done.loaded
    code = out.FAILED if loaded.refused == loaded.rows else out.DONE
    if order.json:
        out.say_json(_json(done))
        return code
    counts = loaded.counts
    where = f" and the lead list {done.lead_list.name!r}" if done.lead_list else ""
    out.say(
        f"{out.shown_rows(loaded.rows)} for the directory{where}: {counts['added']:,} added,"
        f" {counts['changed']:,} changed, {counts['unchanged']:,} unchanged,"
        f" {loaded.refused:,} refused."
    )
    say_rows(REFUSED, loaded.reasons, loaded.refused)
    say_rows("Cells that could not be used:", loaded.notes, loaded.noted)
    if done.unused:
        out.say(f"Columns that were not used: {', '.join(done.unused)}.")
    if done.lead_list:
        out.say(f"Start a job of Sales Navigator on it with leadListId {done.lead_list.id}.")
    if code == out.FAILED:
        out.tell(NO_ROW)
    return code


def _json(done: Done) -> dict[str, object]:
    loaded = done.loaded
    return {
        "accountGroupId": done.account_group_id.hex(),
        "leadListId": done.lead_list and done.lead_list.id,
        "counts": {"rows": loaded.rows, **loaded.counts, "refused": loaded.refused},
        "refused": [{"row": row, "reason": reason} for row, reason in loaded.reasons],
        "notes": [{"row": row, "reason": reason} for row, reason in loaded.notes],
        "unusedColumns": done.unused,
    }
