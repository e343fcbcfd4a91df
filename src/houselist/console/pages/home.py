"""Home: figures, what is filling, and all audiences by folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import frame, frame_store, sparks, words
from houselist.console import home_store as store
from houselist.console.pages import listing
from houselist.console.rendering import redirect
from houselist.console.visit import GROUP, YEAR, cookie
from houselist.envelope import waits_until
from houselist.errors import NotFound
from houselist.ids import is_id
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from houselist.console.visit import Visit
    from houselist.postgres.db import Connection
    from houselist.web.response import Response

# Jobs that are shown as filling, and those whose refused rows are linked to.
_FILLING, _REFUSING = 10, 8
# Time left is told when there is something to tell it by.
_TELL_AFTER, _TELL_FROM = 3.0, 0.02


class Filling(NamedTuple):
    """A job that is not over. `done` is 0 to 1, None where nobody knows; `told` what it does."""

    id: str
    name: str
    source: words.Source
    what: str
    done: float | None
    told: str
    aside: str
    waits: bool
    until: datetime | None


class Figures(NamedTuple):
    """`people` and `rows` are None where the key may not know them.

    `known`: how many people were known at the end of each of the last days, where that was counted.
    """

    people: int | None
    new: int
    rows: dict[str, int] | None
    refusing: list[asyncpg.Record]
    split: list[tuple[str, float, float]]
    known: list[int]

    @property
    def spark(self) -> str:
        """The line through `known`, empty where nobody came."""
        return sparks.path(self.known) if self.new and self.known else ""


async def home(visit: Visit) -> Response:
    """The page; for a script, the table alone."""
    asked = listing.read(visit.query)
    around = await visit.read_frame()
    table = await _table(visit, asked, around)
    if visit.wants_part:
        return visit.show_part("home_table.html", frame=around, **table)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        figures = await _figures(visit, connection, around)
        filling = await _filling(visit, connection)
    return await visit.show(
        "home.html", frame_read=around, figures=figures, filling=filling, **table
    )


async def _table(visit: Visit, asked: listing.Asked, around: frame.Frame) -> dict[str, Any]:
    values: dict[str, Any] = {"asked": asked, "groups": None, "found": None, "folder": None}
    values["FILLED"] = listing.FILLED
    if not visit.may(Permission.AUDIENCES_READ):
        return values
    if asked.is_by_folder:
        values["groups"] = await listing.by_folder(visit, around)
    else:
        tells = None if asked.folder else around
        values["found"] = await listing.in_one_list(visit, asked, tells)
    if asked.folder and asked.folder != listing.NO_FOLDER:
        values["folder"] = next(
            (each for each in around.all_folders if each.id == asked.folder), None
        )
        if values["folder"] is None:
            raise NotFound("There is no such folder.")
    return values


async def rows(visit: Visit) -> Response:
    """More rows of the table, for a script that puts them below those it has."""
    found = await listing.in_one_list(visit, listing.read(visit.query))
    return visit.show_part("home_rows.html", found=found)


async def filling(visit: Visit) -> Response:
    """What is filling now, for a script that keeps it up to date."""
    if not visit.wants_part:
        return redirect("/")
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        return visit.show_part("filling.html", filling=await _filling(visit, connection))


async def navigation(visit: Visit) -> Response:
    """The newest audiences of a folder of the navigation, for a script that opens it."""
    wanted, group = visit.query.get("folder"), bytes.fromhex(visit.group)
    if not is_id(wanted):
        raise NotFound("There is no such folder.")
    folder_id = bytes.fromhex(wanted)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        newest = await frame_store.get_newest(connection, group, [folder_id], frame.NEWEST)
        held = (await frame_store.count_by_folder(connection, group)).get(folder_id)
    folder = {
        "id": wanted,
        "newest": frame.listed(newest),
        "audiences": held.audiences if held else 0,
    }
    return visit.show_part("listed.html", folder=folder)


async def _figures(visit: Visit, connection: Connection, around: frame.Frame) -> Figures:
    group, made = bytes.fromhex(visit.group), dict[int, int]()
    if visit.may(Permission.PROSPECTS_READ):
        made = await store.count_new_people(connection, group, listing.DAYS)
    new, known = sum(made.values()), list[int]()
    if new <= store.MAX_NEW and around.people is not None:
        known = sparks.totals(around.people, made, listing.DAYS)
    if not visit.may(Permission.PROSPECTING_READ):
        return Figures(around.people, new, None, [], [], known)
    read = dict(await store.sum_rows(connection, group, listing.DAYS))
    refusing: list[asyncpg.Record] = []
    if read["invalid"]:
        refusing = await store.get_refusing(connection, group, listing.DAYS, _REFUSING)
    return Figures(around.people, new, read, refusing, sparks.shares(read), known)


async def _filling(visit: Visit, connection: Connection) -> list[Filling]:
    if not visit.may(Permission.PROSPECTING_READ):
        return []
    found = await store.get_filling(connection, bytes.fromhex(visit.group), _FILLING)
    may_name = visit.may(Permission.AUDIENCES_READ)
    return [_job(row, may_name=may_name) for row in found]


def _job(row: asyncpg.Record, *, may_name: bool) -> Filling:
    source = words.SOURCES[row["source_type"]]
    is_looking_up = row["import_status"] == "completed"
    done = row["enriched_row"] / max(row["position"], 1) if is_looking_up else row["progress"]
    what = "Looking people up" if is_looking_up else row["file_name"] or source.label
    if row["dry_run"]:
        what = f"Dry run: {row['file_name'] or what.lower()}"
    waits = row["waiting_until"] is not None or row["waiting_for"] is not None
    if waits:
        told, aside = "Waiting", waits_until(row["waiting_for"] or "", row["waiting_until"])
    elif row["status"] == "queued":
        told, aside = "Queued", "It begins when a worker is free."
    else:
        told, aside = ("Looking up", "") if is_looking_up else _pace(row)
    name = row["name"] if may_name else None
    return Filling(
        id=row["id"].hex(),
        name=name or ("A new audience" if row["dry_run"] else source.label),
        source=source,
        what=what,
        done=min(done, 1.0),
        told=told,
        aside=aside,
        waits=waits,
        until=row["waiting_until"],
    )


def _pace(row: asyncpg.Record) -> tuple[str, str]:
    """How fast a job reads its rows, and how long what is left takes at that."""
    worked, done = row["worked"] or 0.0, row["progress"]
    if worked < _TELL_AFTER or done < _TELL_FROM:
        return words.counted(row["position"], "row") + " read", ""
    rate = max(1, round(row["position"] / worked))
    left = worked * (1 - done) / done
    return words.counted(rate, "row") + " a second", f"About {words.duration(left)} left"


async def choose_group(visit: Visit) -> Response:
    """Another account group of the key's, from now on in this browser."""
    chosen = visit.form.get("group")
    if chosen not in {each.hex() for each in visit.key.account_group_ids}:
        raise NotFound
    return redirect("/", [cookie(GROUP, chosen, age=YEAR)])
