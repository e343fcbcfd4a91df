"""`houselist directory`: the people, lead lists and saved searches of the embedded provider."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from houselist.cli import columns, out
from houselist.cli.directory_load import Order, load_file
from houselist.cli.groups import for_account
from houselist.cli.options import AS_FOUND, Account, File, Json, Map, More, Reading, read_name
from houselist.cli.tables import say_table
from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.columns import NETWORK
from houselist.directory.queries import Query, read_query
from houselist.directory.shapes import Source
from houselist.linkedin import Refused, parse_search
from houselist.postgres import db
from houselist.searches.shapes import UnreadableSearch

app = App(name="directory")

_ALL = 1_000_000
ListName = Annotated[str | None, Parameter(name="--list")]


@app.command
def load(
    file: File,
    /,
    *more: More,
    account: Account = None,
    map_: Map = None,
    list_: ListName = None,
    reading: Reading = AS_FOUND,
    json: Json = False,
) -> int:
    """Load people from a CSV, NDJSON, Excel or OpenDocument file into the directory.

    Each person is there once, however often they are loaded. A later file replaces the
    values it has, and deletes nothing. The exit code is 1 when no row could be used.

    Args:
        map_: column=field: what a column of the file holds, as for `houselist import`; the field
            `network` is the distance on LinkedIn (F, S or O; 1st, 2nd or 3rd).
        list_: Name of a lead list to put everybody on. It is made when it does not exist.
    """
    name = None if list_ is None else read_name(list_)
    mapping = columns.read_mapping([*(map_ or []), *more], also=(NETWORK,))
    return load_file(Order(file, account, mapping, name, json, reading.read()))


@app.command(name="save-search")
def save_search(name: str, url: str, /, *, account: Account = None, json: Json = False) -> None:
    """Save a search under a name, in place of one with that name.

    Sales Navigator jobs start from its ID. The command says which parts of the search the directory
    can't use.

    Args:
        name: What to call it: 1 to 200 characters.
        url: The address of a people search on LinkedIn or in Sales Navigator.
    """
    checked = read_name(name)
    address, query = _read(url)

    async def work(connection: db.Connection, group: bytes) -> Source:
        return await sources.save_search(connection, group, checked, address)

    saved = for_account(account, work)
    if json:
        out.say_json({"savedSearch": saved, "notes": query.notes})
        return
    out.say(f"Saved search {saved.id} ({saved.name}).")
    for note in query.notes:
        out.say(note)


@app.command
def lists(*, account: Account = None, json: Json = False) -> None:
    """List lead lists and saved searches."""

    async def work(connection: db.Connection, group: bytes) -> tuple[int, list[Source]]:
        people = await store.count(connection, group)
        lead = await sources.get_sources(connection, group, "leadList", after=0, limit=_ALL)
        saved = await sources.get_sources(connection, group, "savedSearch", after=0, limit=_ALL)
        return people, [*lead, *saved]

    people, found = for_account(account, work)
    if json:
        out.say_json({"people": people, "items": found})
        return
    rows: list[tuple[str, ...]] = []
    for each in found:
        count = "" if each.people is None else f"{each.people:,}"
        rows.append((each.id, _KINDS[each.kind], each.name, count, each.search_url or ""))
    say_table(("ID", "KIND", "NAME", "PEOPLE", "ADDRESS"), rows)
    out.say(f"{people:,} people in the directory.")


_KINDS = {"leadList": "lead list", "savedSearch": "saved search"}


@app.command
def remove(source_id: str, /, *, account: Account = None, json: Json = False) -> None:
    """Remove a lead list or a saved search. The people of a list stay in the directory.

    Args:
        source_id: Its ID, as `houselist directory lists` shows it.
    """

    async def work(connection: db.Connection, group: bytes) -> Source:
        # A number of 19 digits may be more than a bigint holds.
        digits = source_id.isascii() and source_id.isdigit() and len(source_id) < 19
        found = await sources.find_source(connection, group, int(source_id)) if digits else None
        if found is None:
            raise out.UsageError(
                f"There is no lead list or saved search {source_id}."
                " `houselist directory lists` shows those there are."
            )
        await sources.remove_source(connection, group, int(source_id))
        return found

    removed = for_account(account, work)
    words = f"Removed {_KINDS[removed.kind]} {removed.id} ({removed.name})."
    out.show({"removed": removed}, words, json=json)


@app.command
def clear(*, account: Account = None, list_: ListName = None, json: Json = False) -> None:
    """Remove everybody from the directory, or take everybody off one lead list.

    Audiences are untouched. Lead lists stay, empty, and keep their ids; saved searches stay.

    Args:
        list_: Name of a lead list. Only this list is emptied; its people stay in the directory.
    """
    name = None if list_ is None else read_name(list_)

    async def work(connection: db.Connection, group: bytes) -> int:
        if name is None:
            return await store.clear(connection, group)
        found = await sources.find_list(connection, group, name)
        if found is None:
            raise out.UsageError(
                f"There is no lead list {name!r}. `houselist directory lists` shows all there are."
            )
        return await sources.empty_list(connection, group, int(found.id))

    people = for_account(account, work)
    words = f"Removed {people:,} people from the directory."
    if name is not None:
        words = f"Took {people:,} people off the lead list {name!r}."
    out.show({"removed": people}, words, json=json)


def _read(url: str) -> tuple[str, Query]:
    """The address as it is kept, and what it asks for. Raises UsageError."""
    try:
        search = parse_search(url)
        if search.value is None or search.kind in ("list", "saved"):
            raise out.UsageError("This is a list or a saved search. Give the search's own address.")
        query = read_query(search.kind, search.value)
    except (Refused, UnreadableSearch) as error:
        raise out.UsageError(str(error)) from error
    if query.text is None:
        raise out.UsageError(" ".join(("Nothing is left to search for.", *query.notes)))
    return search.value, query
