"""Home's table of audiences: by folder, or in one list; what each row tells."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import frame_store, sparks
from houselist.console import listing_store as store
from houselist.console.rendering import query
from houselist.console.visit import part_of_name
from houselist.console.words import SOURCES, Source
from houselist.errors import Invalid, Problem
from houselist.ids import is_id
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.texts import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from houselist.console.frame import Frame
    from houselist.console.visit import Fields, Visit
    from houselist.postgres.db import Connection

# Rows that are shown before anybody asks for more of them.
ROWS, DAYS = 100, 30
SORTS = ("folder", "size", "name")
# What can be asked for as `source`.
FROM = (
    "file_upload",
    "url_upload",
    "linkedin_search",
    "sales_navigator",
    "post_commenters",
    "combination",
    "monitoring",
)
NO_FOLDER = "none"


class Filled(NamedTuple):
    """When audiences were filled last: within the last days, or longer ago. Neither: never."""

    words: str
    within: int | None = None
    before: int | None = None


FILLED = {
    "week": Filled("in the last 7 days", within=7),
    "month": Filled("in the last 30 days", within=30),
    "before": Filled("longer ago", before=30),
    "never": Filled("never"),
}


class Asked(NamedTuple):
    """What the address asks for: `folder` is an id, NO_FOLDER, or empty for all."""

    q: str
    sort: str
    source: str
    filled: str
    folder: str
    after: str

    @property
    def has_folders(self) -> bool:
        """Whether what is asked for can be shown by folder."""
        return not (self.q or self.source or self.filled or self.folder)

    @property
    def is_by_folder(self) -> bool:
        return self.sort == "folder" and self.has_folders

    @property
    def known(self) -> dict[str, str]:
        """As the query of links: what is not as usual."""
        usual = {"sort": "folder"}
        given = self._asdict()
        return {name: value for name, value in given.items() if value and usual.get(name) != value}


class Row(NamedTuple):
    """An audience. `kind`: of which folders take it. `growth` None: the key may not know it."""

    id: str
    name: str
    kind: str
    people: int
    source: Source | None
    growth: int | None
    spark: str
    filled: datetime | None
    folder: str


class Group(NamedTuple):
    """A folder, or what is in none, with its first rows. `rest`: how many are not shown."""

    id: str
    name: str
    kind: str
    is_pinned: bool
    audiences: int
    people: int
    rows: list[Row]
    rest: int


class Found(NamedTuple):
    """Rows in one list; `more` is the query of those that follow, empty after the last."""

    rows: list[Row]
    more: str


def read(given: Fields) -> Asked:
    """Raises Invalid for what is no sort, source or id."""
    asked = Asked(
        part_of_name(given.get("q")),
        given.get("sort") or "folder",
        given.get("source"),
        given.get("filled"),
        given.get("folder"),
        given.get("after"),
    )
    problems = [
        Problem(name, words)
        for name, is_right, words in (
            ("sort", asked.sort in SORTS, "must be folder, size or name"),
            ("source", asked.source in ("", *FROM), "is no source"),
            ("filled", asked.filled in ("", *FILLED), "must be week, month, before or never"),
            ("folder", asked.folder in ("", NO_FOLDER) or is_id(asked.folder), "is no folder"),
            ("after", not asked.after or is_id(asked.after), "is no audience"),
        )
        if not is_right
    ]
    if problems:
        raise Invalid(*problems)
    return asked


async def by_folder(visit: Visit, around: Frame) -> list[Group]:
    """All folders, the first ROWS audiences in their order with all that is told of them."""
    left, limits = ROWS, dict[bytes, int]()
    for each in around.all_folders:
        id_ = bytes.fromhex(each.id)
        limits[id_] = min(left, around.held.get(id_, frame_store.Held()).audiences)
        left -= limits[id_]
    shown = {id_: limit for id_, limit in limits.items() if limit}
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        group = bytes.fromhex(visit.group)
        found: list[asyncpg.Record] = []
        if shown:
            found += await store.get_newest(connection, group, list(shown), list(shown.values()))
        if left:
            loose = store.Asked(in_folder=True)
            found += await store.get_rows(connection, group, "folder", loose, left)
        rows = await _told(connection, visit, found, {})
    placed = defaultdict[bytes | None, list[Row]](list)
    for record, row in zip(found, rows, strict=True):
        placed[record["folder_id"]].append(row)
    groups = [
        _group(around, placed, each.id, each.name, each.audience_type, is_pinned=each.is_pinned)
        for each in around.all_folders
    ]
    if None in around.held:
        groups.append(_group(around, placed, "", "No folder", "", is_pinned=False))
    return groups


def _group(
    around: Frame,
    placed: Mapping[bytes | None, list[Row]],
    id_: str,
    name: str,
    kind: str,
    *,
    is_pinned: bool,
) -> Group:
    key = bytes.fromhex(id_) if id_ else None
    held, rows = around.held.get(key, frame_store.Held()), placed.get(key, [])
    # One that was made between two statements is not counted yet.
    rest = max(0, held.audiences - len(rows))
    return Group(id_, name, kind, is_pinned, held.audiences, held.people, rows, rest)


async def in_one_list(visit: Visit, asked: Asked, around: Frame | None = None) -> Found:
    """What is asked for, in one list. With `around`, rows tell which folder they are in."""
    wanted = store.Asked(
        in_folder=bool(asked.folder),
        folder_id=bytes.fromhex(asked.folder) if is_id(asked.folder) else None,
        words=name_key(asked.q),
        source=asked.source,
        **_when(asked.filled),
        after=bytes.fromhex(asked.after) if asked.after else None,
    )
    folders = {each.id: each.name for each in around.all_folders} if around else {}
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        group = bytes.fromhex(visit.group)
        found = await store.get_rows(connection, group, asked.sort, wanted, ROWS + 1)
        rows = await _told(connection, visit, found[:ROWS], folders)
    more = query(asked.known, after=rows[-1].id) if len(found) > ROWS else ""
    return Found(rows, more)


def _when(filled: str) -> dict[str, Any]:
    """The moments between which audiences were filled last."""
    if not filled:
        return {}
    _, within, before = FILLED[filled]
    now = datetime.now(UTC)
    return {
        "filled_after": now - timedelta(days=within) if within else None,
        "filled_before": now - timedelta(days=before) if before else None,
        "never_filled": not within and not before,
    }


async def _told(
    connection: Connection,
    visit: Visit,
    found: list[asyncpg.Record],
    folders: Mapping[str, str],
) -> list[Row]:
    """The rows, with all that the key may know of them."""
    group, ids = bytes.fromhex(visit.group), [row["id"] for row in found]
    growth = defaultdict[bytes, dict[int, int]](dict)
    fills: defaultdict[bytes, list[asyncpg.Record]] = defaultdict(list)
    schedules, files = dict[bytes, str](), dict[bytes, str]()
    if ids and visit.may(Permission.PROSPECTS_READ):
        for row in await store.get_changes(connection, group, ids, DAYS):
            growth[row["audience_id"]][row["ago"]] = row["growth"]
    if ids and visit.may(Permission.PROSPECTING_READ):
        for row in await store.get_fills(connection, group, ids):
            fills[row["audience_id"]].append(row)
        files = await _files(connection, group, fills)
        told = await store.get_schedules(connection, group, ids)
        schedules = {row["audience_id"]: row["every"] for row in told}
    rows = list[Row]()
    for row in found:
        id_, people = row["id"], row["prospect_count"]
        source, filled = _filled(row, fills[id_], schedules.get(id_), files)
        grown, spark = None, ""
        if visit.may(Permission.PROSPECTS_READ):
            grown = sum(growth[id_].values())
            if any(growth[id_].values()):
                spark = sparks.path(sparks.totals(people, growth[id_], DAYS))
        folder_id = row["folder_id"]
        rows.append(
            Row(
                id_.hex(),
                row["name"],
                "monitoring" if row["type"] == "monitoring" else "on_demand",
                people,
                source if visit.may(Permission.PROSPECTING_READ) else None,
                grown,
                spark,
                filled,
                folders.get(folder_id.hex(), "") if folder_id else "",
            )
        )
    return rows


async def _files(
    connection: Connection, group: bytes, fills: Mapping[bytes, list[asyncpg.Record]]
) -> dict[bytes, str]:
    """What the files are called, by upload, of audiences that were filled from one."""
    ones = [jobs[0]["upload_id"] for jobs in fills.values() if _count_alike(jobs) == 1]
    wanted = [each for each in ones if each is not None]
    return await store.get_file_names(connection, group, wanted) if wanted else {}


def _count_alike(fills: list[asyncpg.Record]) -> int:
    """How many of the jobs read what the newest of them read."""
    return sum(1 for each in fills if each["source_type"] == fills[0]["source_type"])


def _filled(
    audience: asyncpg.Record,
    fills: list[asyncpg.Record],
    every: str | None,
    files: Mapping[bytes, str],
) -> tuple[Source, datetime | None]:
    """From what an audience was filled, and when that was last done."""
    at = fills[0]["updated_at"] if fills else audience["changed_at"]
    if every:
        return Source("refresh", f"Every {every}"), at
    if not fills:
        told = "One by one" if at else "Not filled yet"
        return Source("users" if at else "list", told), at
    type_ = fills[0]["source_type"]
    same = _count_alike(fills)
    if type_ != "file_upload":
        return SOURCES[type_], at
    many = f"{same}+ files" if same == store.FILLS else f"{same} files"
    one = files.get(fills[0]["upload_id"], "1 file")
    return Source("file", one if same == 1 else many), at
