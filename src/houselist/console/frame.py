"""What stands around each page: navigation by folders, live counts, whose key it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.accounts import store as accounts
from houselist.console import frame_store as store
from houselist.folders import store as folders
from houselist.people import counts_store as people_counts
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

    from houselist.console.frame_store import Held
    from houselist.folders.shapes import Folder as AudienceFolder
    from houselist.keys.shapes import Key
    from houselist.postgres.db import Connection

# How many folders the navigation has, and how many audiences of one; links lead to the others.
FOLDERS, NEWEST = 100, 20


class Listed(NamedTuple):
    """An audience in the navigation."""

    id: str
    name: str
    people: int


class Folder(NamedTuple):
    """A folder in the navigation, or what is in none: `id` is empty then.

    Only an open one has its newest audiences; a script fetches those of another when it is opened.
    """

    id: str
    name: str
    is_pinned: bool
    is_open: bool
    audiences: int
    people: int
    newest: list[Listed]


class Frame(NamedTuple):
    """`audiences` counts those that are ready; None: the key may not read them. `people` likewise.

    `folders` are the first FOLDERS of `all_folders`.
    """

    groups: list[tuple[str, str]]
    all_folders: list[AudienceFolder]
    held: dict[bytes | None, Held]
    folders: list[Folder]
    without_folder: Folder
    audiences: int | None
    people: int | None
    filling: int


class Looking(NamedTuple):
    """What the navigation shows open: `here`, the audience that is looked at, is in an open folder.

    `kept`: the folders that were left open, None if none was touched yet: pinned ones are then.
    """

    kept: Collection[str] | None = None
    here: str | None = None


async def read(pool: db.Pool, key: Key, group: bytes, looking: Looking) -> Frame:
    """The frame of a page about `group`, as far as the key may see it."""
    may = key.permissions
    async with db.acquire(pool, db.DATABASE_TIMEOUT) as connection:
        groups = await accounts.get_some(connection, key.account_group_ids)
        named = [(each.id, each.name) for each in groups]
        filling, people = 0, None
        if Permission.PROSPECTING_READ in may:
            filling = await store.count_filling(connection, group)
        if Permission.PROSPECTS_READ in may:
            people = await people_counts.get(connection, group)
        if Permission.AUDIENCES_READ not in may:
            nothing = Folder("", "", False, False, 0, 0, [])  # noqa: FBT003 - a row of facts
            return Frame(named, [], {}, [], nothing, None, people, filling)
        all_folders = await folders.get_all(connection, group)
        held = await store.count_by_folder(connection, group)
        shown = await _shown(connection, group, all_folders, held, looking)
        loose = await store.get_newest_without_folder(connection, group, NEWEST)
    total = sum(each.audiences for each in held.values())
    without = _folder(None, held, loose, is_open=True)
    return Frame(named, all_folders, held, shown, without, total, people, filling)


async def _shown(
    connection: Connection,
    group: bytes,
    all_folders: list[AudienceFolder],
    held: dict[bytes | None, Held],
    looking: Looking,
) -> list[Folder]:
    """The first folders. That of the audience that is looked at is always open."""
    around = None
    if looking.here:
        around = await store.get_folder_of(connection, group, bytes.fromhex(looking.here))
    first = all_folders[:FOLDERS]
    kept = looking.kept
    opened = {
        bytes.fromhex(each.id)
        for each in first
        if (each.is_pinned if kept is None else each.id in kept) or bytes.fromhex(each.id) == around
    }
    rows: dict[bytes, list[asyncpg.Record]] = {}
    if opened:
        for row in await store.get_newest(connection, group, list(opened), NEWEST):
            rows.setdefault(row["folder_id"], []).append(row)
    return [
        _folder(each, held, rows.get(id_, []), is_open=id_ in opened)
        for each in first
        for id_ in (bytes.fromhex(each.id),)
    ]


def _folder(
    named: AudienceFolder | None,
    held: dict[bytes | None, Held],
    rows: list[asyncpg.Record],
    *,
    is_open: bool,
) -> Folder:
    id_ = bytes.fromhex(named.id) if named else None
    audiences, people = held.get(id_, store.Held())
    return Folder(
        id=named.id if named else "",
        name=named.name if named else "",
        is_pinned=named.is_pinned if named else False,
        is_open=is_open,
        audiences=audiences,
        people=people,
        newest=listed(rows),
    )


def listed(rows: list[asyncpg.Record]) -> list[Listed]:
    """Audiences as the navigation shows them."""
    return [Listed(row["id"].hex(), row["name"], row["prospect_count"]) for row in rows]
