"""`houselist directory load`: what is asked for, and what is printed. directory/ does the work."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Annotated

from cyclopts import Parameter

from houselist.cli import columns, options, out
from houselist.cli.first import first_start
from houselist.cli.groups import find
from houselist.cli.lasting import lasting_database
from houselist.cli.progress import progress
from houselist.cli.report import NO_ROW, REFUSED, say_rows
from houselist.directory import sources_store as sources
from houselist.directory.columns import NETWORK, plan_columns
from houselist.directory.loading import Loaded
from houselist.directory.loading import load as load_people
from houselist.directory.shapes import Source
from houselist.directory.spooling import spool
from houselist.files.formats import format_of
from houselist.postgres import db

ListName = Annotated[str | None, Parameter(name="--list")]


async def load(
    file: options.File,
    /,
    *more: options.More,
    account: options.Account = None,
    map_: options.Map = None,
    list_: ListName = None,
    reading: options.Reading = options.AS_FOUND,
    json: options.Json = False,
) -> int:
    """Load people from a CSV, NDJSON, Excel or OpenDocument file into the directory.

    Each person is there once, however often they are loaded. A later file replaces the
    values it has, and deletes nothing. The exit code is 1 when no row could be used.

    Args:
        map_: column=field: what a column of the file holds, as for `houselist import`; the field
            `network` is the distance on LinkedIn (F, S or O; 1st, 2nd or 3rd).
        list_: Name of a lead list to put everybody on. It is made when it does not exist.
    """
    name = None if list_ is None else options.read_name(list_)
    mapping = columns.read_mapping([*(map_ or []), *more], also=(NETWORK,))
    as_typed = reading.read()
    loaded = Loaded()
    with options.open_file(file) as stream, tempfile.TemporaryFile(prefix="houselist-") as kept:
        # The file is read whole before anything is loaded.
        people = await spool(stream, format_of(file), as_typed, kept)
        for note in people.notes:
            out.tell(note)
        columns.check_read(file, mapping, people.columns, people.count)
        plan = plan_columns(mapping, people.columns, people.mapping)
        async with lasting_database() as (found, pool):
            await first_start(pool, found.settings, json=json)
            async with db.transaction(pool) as connection:
                group = await find(connection, account)
                lead_list = await sources.open_list(connection, group, name) if name else None
            list_id = int(lead_list.id) if lead_list else None
            try:
                with progress(people.count, quiet=json) as report:
                    await load_people(
                        pool, group, people, plan, list_id=list_id, loaded=loaded, report=report
                    )
            except (Exception, asyncio.CancelledError):
                out.tell(f"{loaded.rows:,} rows are in; the same command again loads the rest.")
                raise
    if json:
        out.say_json(_json(group, lead_list, loaded, plan.unused))
    else:
        _report(lead_list, loaded, plan.unused)
    return out.FAILED if loaded.refused == loaded.rows else out.DONE


def _report(lead_list: Source | None, loaded: Loaded, unused: list[str]) -> None:
    counts = loaded.counts
    where = f" and the lead list {lead_list.name!r}" if lead_list else ""
    out.say(
        f"{out.shown_rows(loaded.rows)} for the directory{where}: {counts['added']:,} added,"
        f" {counts['changed']:,} changed, {counts['unchanged']:,} unchanged,"
        f" {loaded.refused:,} refused."
    )
    say_rows(REFUSED, loaded.reasons, loaded.refused)
    say_rows("Cells that could not be used:", loaded.notes, loaded.noted)
    if unused:
        out.say(f"Columns that were not used: {', '.join(unused)}.")
    if lead_list:
        out.say(f"Start a job of Sales Navigator on it with leadListId {lead_list.id}.")
    if loaded.refused == loaded.rows:
        out.tell(NO_ROW)


def _json(
    group: bytes, lead_list: Source | None, loaded: Loaded, unused: list[str]
) -> dict[str, object]:
    return {
        "accountGroupId": group.hex(),
        "leadListId": lead_list and lead_list.id,
        "counts": {"rows": loaded.rows, **loaded.counts, "refused": loaded.refused},
        "refused": [{"row": row, "reason": reason} for row, reason in loaded.reasons],
        "notes": [{"row": row, "reason": reason} for row, reason in loaded.notes],
        "unusedColumns": unused,
    }
