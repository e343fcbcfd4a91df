"""What stands around each page: navigation by folders, live counts, whose key it is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from houselist.accounts import store as accounts
from houselist.console import frame_store as store
from houselist.folders import store as folders
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    import asyncpg

    from houselist.folders.shapes import Folder as AudienceFolder
    from houselist.keys.shapes import Key

# How many audiences of a folder the navigation has; "All 1,204" leads to the others.
NEWEST = 20


class Listed(NamedTuple):
    """An audience in the navigation."""

    id: str
    name: str
    people: int


class Folder(NamedTuple):
    """A folder in the navigation, or what is in none: `id` is empty then."""

    id: str
    name: str
    is_pinned: bool
    audiences: int
    people: int
    newest: list[Listed]


class Frame(NamedTuple):
    """`audiences` counts those that are ready; None: the key may not read them."""

    groups: list[tuple[str, str]]
    folders: list[Folder]
    without_folder: Folder
    audiences: int | None
    filling: int


async def read(pool: db.Pool, key: Key, group: bytes) -> Frame:
    """The frame of a page about `group`, as far as the key may see it."""
    may = key.permissions
    async with db.acquire(pool, db.DATABASE_TIMEOUT) as connection:
        groups = await accounts.get_some(connection, key.account_group_ids)
        filling = 0
        if Permission.PROSPECTING_READ in may:
            filling = await store.count_filling(connection, group)
        named = [(each.id, each.name) for each in groups]
        if Permission.AUDIENCES_READ not in may:
            return Frame(named, [], _folder(None, []), None, filling)
        all_folders = await folders.get_all(connection, group)
        found = await store.get_newest(connection, group, NEWEST)
    by_folder: dict[str, list[asyncpg.Record]] = defaultdict(list)
    known = {each.id for each in all_folders}
    for row in found:
        id_ = row["folder_id"].hex() if row["folder_id"] else ""
        by_folder[id_ if id_ in known else ""].append(row)
    shown = [_folder(each, by_folder[each.id]) for each in all_folders]
    rest = _folder(None, by_folder[""])
    total = sum(each.audiences for each in [*shown, rest])
    return Frame(named, shown, rest, total, filling)


def _folder(named: AudienceFolder | None, rows: list[asyncpg.Record]) -> Folder:
    listed = [Listed(row["id"].hex(), row["name"], row["prospect_count"]) for row in rows]
    audiences, people = (rows[0]["audiences"], rows[0]["members"]) if rows else (0, 0)
    if named is None:
        return Folder("", "", is_pinned=False, audiences=audiences, people=people, newest=listed)
    return Folder(named.id, named.name, named.is_pinned, audiences, people, listed)
