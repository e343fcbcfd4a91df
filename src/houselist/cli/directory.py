"""`houselist directory`: the people, lead lists and saved searches of the embedded provider."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Annotated

from cyclopts import App, Parameter

from houselist import config
from houselist.cli import columns, options, out
from houselist.cli.first import first_start
from houselist.cli.groups import find, for_account
from houselist.cli.lasting import lasting_database
from houselist.cli.progress import progress
from houselist.cli.report import NO_ROW, REFUSED, say_rows
from houselist.cli.tables import say_table
from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.columns import NETWORK, plan_columns
from houselist.directory.loading import Loaded
from houselist.directory.loading import load as load_people
from houselist.directory.queries import Query, read_query
from houselist.directory.shapes import Source
from houselist.directory.spooling import spool
from houselist.files.formats import format_of
from houselist.linkedin import Refused, parse_search
from houselist.postgres import db
from houselist.searches.shapes import UnreadableSearch
from houselist.texts import Name

app = App(name="directory")

_ALL = 1_000_000
ListName = Annotated[str | None, Parameter(name="--list")]


@app.command
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
    as_typed, settings = reading.read(), config.load()
    loaded = Loaded()
    with options.open_file(file) as stream, tempfile.TemporaryFile(prefix="houselist-") as kept:
        # The file is read whole before anything is loaded.
        people = await spool(stream, format_of(file), as_typed, kept)
        for note in people.notes:
            out.tell(note)
        columns.check_read(file, mapping, people.columns, people.count)
        plan = plan_columns(mapping, people.columns, people.mapping)
        async with lasting_database(settings) as (found, pool):
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
        out.say_json(_loaded_json(group, lead_list, loaded, plan.unused))
    else:
        _say_loaded(lead_list, loaded, plan.unused)
    return out.FAILED if loaded.refused == loaded.rows else out.DONE


def _say_loaded(lead_list: Source | None, loaded: Loaded, unused: list[str]) -> None:
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


def _loaded_json(
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


@app.command(name="save-search")
async def save_search(
    name: str, url: str, /, *, account: options.Account = None, json: options.Json = False
) -> None:
    """Save a search under a name, in place of one with that name.

    Sales Navigator jobs start from its ID. The command says which parts of the search the directory
    can't use.

    Args:
        name: What to call it: 1 to 200 characters.
        url: The address of a people search on LinkedIn or in Sales Navigator.
    """
    checked = options.read_name(name)
    address, query = _read(url)

    async with for_account(account) as (connection, group):
        saved = await sources.save_search(connection, group, checked, address)
    if json:
        out.say_json({"savedSearch": saved, "notes": query.notes})
        return
    out.say(f"Saved search {saved.id} ({saved.name}).")
    for note in query.notes:
        out.say(note)


@app.command
async def lists(*, account: options.Account = None, json: options.Json = False) -> None:
    """List lead lists and saved searches."""
    async with for_account(account) as (connection, group):
        people = await store.count(connection, group)
        lead = await sources.get_sources(connection, group, "leadList", after=0, limit=_ALL)
        saved = await sources.get_sources(connection, group, "savedSearch", after=0, limit=_ALL)
    found = [*lead, *saved]
    if json:
        out.say_json({"people": people, "items": found})
        return
    say_table(("ID", "KIND", "NAME", "PEOPLE", "ADDRESS"), [_row(each) for each in found])
    out.say(f"{people:,} people in the directory.")


def _row(source: Source) -> tuple[str, ...]:
    count = "" if source.people is None else f"{source.people:,}"
    return source.id, _KINDS[source.kind], source.name, count, source.search_url or ""


_KINDS = {"leadList": "lead list", "savedSearch": "saved search"}


@app.command
async def remove(
    source_id: str, /, *, account: options.Account = None, json: options.Json = False
) -> None:
    """Remove a lead list or a saved search. The people of a list stay in the directory.

    Args:
        source_id: Its ID, as `houselist directory lists` shows it.
    """
    async with for_account(account) as (connection, group):
        # A number of 19 digits may be more than a bigint holds.
        digits = source_id.isascii() and source_id.isdigit() and len(source_id) < 19
        removed = await sources.find_source(connection, group, int(source_id)) if digits else None
        if removed is None:
            raise out.UsageError(
                f"There is no lead list or saved search {source_id}."
                " `houselist directory lists` shows those there are."
            )
        await sources.remove_source(connection, group, int(source_id))
    words = f"Removed {_KINDS[removed.kind]} {removed.id} ({removed.name})."
    out.show({"removed": removed}, words, json=json)


@app.command
async def clear(
    *, account: options.Account = None, list_: ListName = None, json: options.Json = False
) -> None:
    """Remove everybody from the directory, or take everybody off one lead list.

    Audiences are untouched. Lead lists stay, empty, and keep their ids; saved searches stay.

    Args:
        list_: Name of a lead list. Only this list is emptied; its people stay in the directory.
    """
    name = None if list_ is None else options.read_name(list_)
    async with for_account(account) as (connection, group):
        if name is None:
            people = await store.clear(connection, group)
        else:
            people = await sources.empty_list(
                connection, group, await _list(connection, group, name)
            )
    words = f"Removed {people:,} people from the directory."
    if name is not None:
        words = f"Took {people:,} people off the lead list {name!r}."
    out.show({"removed": people}, words, json=json)


async def _list(connection: db.Connection, group: bytes, name: Name) -> int:
    """The number of the lead list with this name. Raises UsageError."""
    found = await sources.find_list(connection, group, name)
    if found is None:
        raise out.UsageError(
            f"There is no lead list {name!r}. `houselist directory lists` shows all there are."
        )
    return int(found.id)


def _read(url: str) -> tuple[str, Query]:
    """The address as it is kept, and what it asks for. Raises UsageError."""
    with out.misuse(Refused, UnreadableSearch):
        search = parse_search(url)
        if search.value is None or search.kind in ("list", "saved"):
            raise out.UsageError("This is a list or a saved search. Give the search's own address.")
        query = read_query(search.kind, search.value)
    if query.text is None:
        raise out.UsageError(" ".join(("Nothing is left to search for.", *query.notes)))
    return search.value, query
