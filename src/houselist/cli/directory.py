"""`houselist directory`: the people, lead lists and saved searches of the embedded provider."""

from __future__ import annotations

from cyclopts import App

from houselist.cli import out
from houselist.cli.directory_load import ListName, load
from houselist.cli.groups import for_account
from houselist.cli.options import Account, Json, read_name
from houselist.cli.tables import say_table
from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.queries import Query, read_query
from houselist.directory.shapes import Source
from houselist.linkedin import Refused, parse_search
from houselist.postgres import db
from houselist.searches.shapes import UnreadableSearch
from houselist.texts import Name

app = App(name="directory")
app.command(load)

_ALL = 1_000_000


@app.command(name="save-search")
async def save_search(
    name: str, url: str, /, *, account: Account = None, json: Json = False
) -> None:
    """Save a search under a name, in place of one with that name.

    Sales Navigator jobs start from its ID. The command says which parts of the search the directory
    can't use.

    Args:
        name: What to call it: 1 to 200 characters.
        url: The address of a people search on LinkedIn or in Sales Navigator.
    """
    checked = read_name(name)
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
async def lists(*, account: Account = None, json: Json = False) -> None:
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
async def remove(source_id: str, /, *, account: Account = None, json: Json = False) -> None:
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
async def clear(*, account: Account = None, list_: ListName = None, json: Json = False) -> None:
    """Remove everybody from the directory, or take everybody off one lead list.

    Audiences are untouched. Lead lists stay, empty, and keep their ids; saved searches stay.

    Args:
        list_: Name of a lead list. Only this list is emptied; its people stay in the directory.
    """
    name = None if list_ is None else read_name(list_)
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
