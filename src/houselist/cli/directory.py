"""`houselist directory`: the people, lead lists and saved searches of the embedded provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from houselist.cli import accounts, columns, out
from houselist.cli.database import with_pool
from houselist.cli.directory_load import Order, load_file
from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.columns import NETWORK
from houselist.directory.searches import read_search
from houselist.directory.searches.filters import UnreadableSearch
from houselist.linkedin import Refused, parse_search
from houselist.people.rows import Options
from houselist.postgres import db
from houselist.texts import Name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.directory.searches.filters import Query
    from houselist.directory.shapes import Source
    from houselist.postgres.db import Connection, Pool

T = TypeVar("T")

app = App(
    name="directory",
    help="Keep people of your own to search, without a provider outside. docs/directory.md.",
)

_ALL = 1_000_000


@app.command
def load(
    file: str,
    /,
    *more: Annotated[str, Parameter(show=False)],
    account: str | None = None,
    map_: Annotated[list[str] | None, Parameter(name="--map")] = None,
    list_: Annotated[str | None, Parameter(name="--list")] = None,
    encoding: str | None = None,
    sheet: str | None = None,
    json: bool = False,
) -> int:
    """Load people from a CSV, NDJSON, Excel or OpenDocument file into the directory.

    Each person is there once, however often they are loaded; a later file replaces what it says
    anew and blanks nothing. Exit code 1 when no row could be used.

    Parameters
    ----------
    file
        The file. Its ending tells the format: .csv, .tsv, .txt, .ndjson, .jsonl,
        .xlsx, .xlsm, .xls, .ods.
    account
        Id of the account group; needed where there are several.
    map_
        column=field: what a column of the file holds, as for `houselist import`; the field
        `network` is the distance on LinkedIn (F, S or O; 1st, 2nd or 3rd).
    list_
        Name of a lead list to put everybody on; one that does not exist is made.
    encoding
        The encoding of a CSV or NDJSON file, such as windows-1250 or shift_jis. Without it the
        encoding is found out; where that is not sure, the file is refused.
    sheet
        The sheet of a workbook to read, by its name or number. Without it that is the first one
        that holds people.
    json
        Print one JSON object and nothing else.
    """
    name = None if list_ is None else _name(list_)
    mapping = columns.read_mapping([*(map_ or []), *more], also=(NETWORK,))
    return load_file(Order(file, account, mapping, name, json, Options(encoding, sheet)))


@app.command(name="save-search")
def save_search(name: str, url: str, /, *, account: str | None = None, json: bool = False) -> None:
    """Save a search under a name, in place of one of that name.

    Jobs of Sales Navigator are started on its id. What the directory cannot heed of it is told.

    Parameters
    ----------
    name
        What it is called: 1 to 200 characters.
    url
        The address of a people search on LinkedIn or in Sales Navigator.
    account
        Id of the account group; needed where there are several.
    json
        Print one JSON object and nothing else.
    """
    checked = _name(name)
    address, query = _read(url)

    async def work(connection: Connection, group: bytes) -> Source:
        return await sources.save_search(connection, group, checked, address)

    saved = _change(account, work)
    if json:
        out.say_json({"savedSearch": saved, "notes": query.notes})
        return
    out.say(f"Saved search {saved.id} ({saved.name}).")
    for note in query.notes:
        out.say(note)


@app.command
def lists(*, account: str | None = None, json: bool = False) -> None:
    """List lead lists and saved searches.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    json
        Print one JSON object and nothing else.
    """

    async def work(connection: Connection, group: bytes) -> tuple[int, list[Source]]:
        people = await store.count(connection, group)
        lead = await sources.get_sources(connection, group, "leadList", after=0, limit=_ALL)
        saved = await sources.get_sources(connection, group, "savedSearch", after=0, limit=_ALL)
        return people, [*lead, *saved]

    people, found = _change(account, work)
    if json:
        out.say_json({"people": people, "items": found})
        return
    rows = [
        (each.id, _KINDS[each.kind], each.name, _people(each), each.search_url or "")
        for each in found
    ]
    out.say_table(("ID", "KIND", "NAME", "PEOPLE", "ADDRESS"), rows)
    out.say(f"{people:,} people in the directory.")


_KINDS = {"leadList": "lead list", "savedSearch": "saved search"}


def _people(source: Source) -> str:
    return "" if source.people is None else f"{source.people:,}"


@app.command
def remove(source_id: str, /, *, account: str | None = None, json: bool = False) -> None:
    """Remove a lead list or a saved search. The people of a list stay in the directory.

    Parameters
    ----------
    source_id
        Its id, as `houselist directory lists` shows it.
    account
        Id of the account group; needed where there are several.
    json
        Print one JSON object and nothing else.
    """

    async def work(connection: Connection, group: bytes) -> Source:
        digits = source_id.isascii() and source_id.isdigit() and len(source_id) < _DIGITS
        found = await sources.find_source(connection, group, int(source_id)) if digits else None
        if found is None:
            raise out.UsageError(
                f"There is no lead list or saved search {source_id}."
                " `houselist directory lists` shows those there are."
            )
        await sources.remove_source(connection, group, int(source_id))
        return found

    removed = _change(account, work)
    if json:
        out.say_json({"removed": removed})
    else:
        out.say(f"Removed {_KINDS[removed.kind]} {removed.id} ({removed.name}).")


# More than a bigint holds.
_DIGITS = 19


@app.command
def clear(
    *,
    account: str | None = None,
    list_: Annotated[str | None, Parameter(name="--list")] = None,
    json: bool = False,
) -> None:
    """Remove everybody from the directory, or take everybody off one lead list.

    Audiences are untouched. Lead lists stay, empty, and keep their ids; saved searches stay.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    list_
        Name of a lead list: only it is emptied, and its people stay in the directory.
    json
        Print one JSON object and nothing else.
    """
    name = None if list_ is None else _name(list_)

    async def work(connection: Connection, group: bytes) -> int:
        if name is None:
            return await store.clear(connection, group)
        found = await sources.find_list(connection, group, name)
        if found is None:
            raise out.UsageError(
                f"There is no lead list {name!r}. `houselist directory lists` shows all there are."
            )
        return await sources.empty_list(connection, group, int(found.id))

    people = _change(account, work)
    if json:
        out.say_json({"removed": people})
    elif name is None:
        out.say(f"Removed {people:,} people from the directory.")
    else:
        out.say(f"Took {people:,} people off the lead list {name!r}.")


def _change(account: str | None, work: Callable[[Connection, bytes], Awaitable[T]]) -> T:
    async def run(pool: Pool) -> T:
        async with db.transaction(pool) as connection:
            return await work(connection, await accounts.find(connection, account))

    return with_pool(run)


def _name(text: str) -> Name:
    try:
        return Name(text)
    except ValueError as error:
        raise out.UsageError(f"The name {error}.") from error


def _read(url: str) -> tuple[str, Query]:
    """The address as it is kept, and what it asks for. Raises UsageError."""
    try:
        search = parse_search(url)
        if search.value is None or search.kind in ("list", "saved"):
            raise out.UsageError("This is a list or a saved search. Give the search's own address.")
        query = read_search(search.kind, search.value)
    except (Refused, UnreadableSearch) as error:
        raise out.UsageError(str(error)) from error
    if query.text is None:
        raise out.UsageError(" ".join(("Nothing is left to search for.", *query.notes)))
    return search.value, query
