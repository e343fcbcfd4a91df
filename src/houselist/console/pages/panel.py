"""The side panel about one person, beside a table or as a page of its own: what it shows.

A page that has it calls `read`, gives what that returns to its template, and includes `panel.html`
in its block `panel` where `panel` is not None. It may set `previous`, `next` and `place` of
`around`, and loads panel.css and panel.js.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import audience_store as audiences
from houselist.console import panel_store as store
from houselist.console import person_fields as fields
from houselist.console.person_fields import Entry, Shown, Side
from houselist.console.rendering import query
from houselist.console.visit import part_of_name
from houselist.errors import Invalid, NotFound
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.console.visit import Visit

# What the panel itself keeps in the query of the page that it stands beside.
_OWN = ("person", "do", "find", "with")
_ACTIONS = ("edit", "merge", "move", "copy")
# A person with more changes than this has the origins of the newest alone.
_MAX_PAGES = 8
_MAX_HOLDING = 50
_MAX_FOUND = 20
_KEPT = re.compile(r"prospect ([0-9a-f]{24}); ask for that one")
_SOURCES = {
    "file_upload": "File",
    "url_upload": "Profile addresses",
    "linkedin_search": "LinkedIn search",
    "sales_navigator": "Sales Navigator",
    "post_commenters": "Commenters of a post",
    "combination": "Combination of audiences",
    "undo": "Undo",
}


@dataclass(slots=True)
class Around:
    """Where the panel stands: its links keep the query of the page. `person` empty: its own page.

    `previous` and `next`: addresses of the neighbours. `place`: such as "1 of 10,000+".
    """

    path: str
    known: dict[str, str] = field(default_factory=dict[str, str])
    person: str = ""
    previous: str | None = None
    next: str | None = None
    place: str = ""
    left_to: str = ""
    find: str = ""

    def to(self, **changes: str | None) -> str:
        """The same panel, with something else in it."""
        return self.path + query(self.known, person=self.person or None, **changes)

    @property
    def close(self) -> str:
        """The page without the panel."""
        return self.left_to or self.path + query(self.known)

    @property
    def back(self) -> str:
        """The panel with nothing being done, or where the form of another page came from."""
        return self.left_to or self.to()

    @property
    def kept(self) -> dict[str, str]:
        """What a form that only reads sends along."""
        return {**self.known, "person": self.person} if self.person else self.known


class Origin(NamedTuple):
    """Where values came from. `number`: as the values refer to it; None for a merge."""

    number: int | None
    words: str
    audience: str | None
    job_id: str | None
    row: int | None
    key: str | None
    at: str


class Value(NamedTuple):
    """A value and the number of its origin."""

    shown: Shown
    number: int | None


@dataclass(slots=True)
class Panel:
    """What is shown of a person. `action`: what is being done to them, if anything.

    `forwarded`: the id that was asked for was merged into this person.
    """

    person: dict[str, Any]
    audience_id: str | None
    action: str
    forwarded: bool
    can: dict[str, bool]
    values: list[Value] = field(default_factory=list[Value])
    unknown: list[str] = field(default_factory=list[str])
    origins: list[Origin] = field(default_factory=list[Origin])
    holding: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    entries: list[Entry] = field(default_factory=list[Entry])
    added: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    found: list[dict[str, Any]] | None = None
    other: dict[str, Any] | None = None
    sides: list[Side] = field(default_factory=list[Side])
    targets: list[Any] = field(default_factory=list[Any])

    @property
    def id(self) -> str:
        return self.person["id"]

    @property
    def name(self) -> str:
        """What the person is called, or is known by."""
        return fields.name_of(self.person)


async def read(visit: Visit, prospect_id: str, audience_id: str | None) -> dict[str, Any]:
    """What the panel's template needs: `panel`, None where there is nobody, and `around`."""
    known = visit.query.given()
    kept = {name: value for name, value in known.items() if name not in _OWN}
    path, find = visit.request.scope["path"], visit.query.get("find")
    around = Around(path, kept, prospect_id, find=find)
    panel = await about(visit, prospect_id, audience_id, visit.query.get("do"))
    if panel is not None and panel.forwarded:
        around.person = panel.id
    return {"panel": panel, "around": around, "problems": {}, "taken": {}, "refusal": None}


async def about(
    visit: Visit, prospect_id: str, audience_id: str | None, action: str
) -> Panel | None:
    """What is known of somebody, and what the action needs; None where there is nobody."""
    person, forwarded = await _find(visit, prospect_id)
    if person is None:
        return None
    can = {each: may(visit, each, audience_id) for each in (*_ACTIONS, "remove")}
    wanted = action if action in _ACTIONS and can[action] else ""
    panel = Panel(person, audience_id, wanted, forwarded, can)
    if wanted == "edit":
        panel.entries = fields.entries(person)
    elif wanted == "merge":
        await _add_merge(visit, panel)
    elif wanted:
        await _add_targets(visit, panel)
    else:
        await _add_all(visit, panel)
    return panel


def may(visit: Visit, action: str, audience_id: str | None) -> bool:
    """Whether the key may do this to somebody, and it means something here."""
    if action == "move":
        return audience_id is not None and visit.may(
            Permission.AUDIENCES_READ, Permission.AUDIENCES_WRITE
        )
    if action == "copy":
        return visit.may(Permission.AUDIENCES_READ, Permission.PROSPECTS_WRITE)
    return visit.may(Permission.PROSPECTS_WRITE) and (action != "remove" or audience_id is not None)


async def _find(visit: Visit, prospect_id: str) -> tuple[dict[str, Any] | None, bool]:
    """The person with this id, or who it was merged into, and whether that was so."""
    try:
        return await visit.get("prospects", prospect_id), False
    except Invalid:
        return None, False
    except NotFound as error:
        kept = _KEPT.search(error.details or "")
        return (await visit.get("prospects", kept[1]), True) if kept else (None, False)


async def _add_all(visit: Visit, panel: Panel) -> None:
    values = fields.shown(panel.person)
    panel.unknown = fields.unknown(panel.person)
    wanted = {each.path for each in values if each.value is not None}
    origins, merges = await _read_history(visit, panel.id, wanted)
    numbers: dict[tuple[Any, ...], int] = {}
    items: dict[int, dict[str, Any]] = {}
    for each in values:
        number = None
        if (item := origins.get(each.path)) is not None:
            same = (item["jobId"], item["row"], item["keyId"], item["at"])
            number = numbers.setdefault(same, len(numbers) + 1)
            items[number] = item
        panel.values.append(Value(each, number))
    told = [*items.items(), *((None, item) for item in merges)]
    panel.origins = await _tell(visit, told)
    held = await visit.get("prospects", panel.id, "audiences", limit=str(_MAX_HOLDING))
    panel.holding = held["items"]


async def _read_history(
    visit: Visit, prospect_id: str, wanted: set[str]
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The newest change of each wanted field, and the merges before them, newest first."""
    newest: dict[str, dict[str, Any]] = {}
    merges: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(_MAX_PAGES):
        page = await visit.get("prospects", prospect_id, "history", limit="250", **cursor)
        for item in page["items"]:
            if item["field"] == "merged":
                merges.append(item)
            elif item["field"] in wanted:
                newest.setdefault(item["field"], item)
        if not page["hasMore"] or len(newest) == len(wanted):
            break
        cursor = {"cursor": page["nextCursor"]}
    return newest, merges


async def _tell(visit: Visit, items: Sequence[tuple[int | None, dict[str, Any]]]) -> list[Origin]:
    """Each origin in words, as far as the key may know of jobs."""
    group = bytes.fromhex(visit.group)
    job_ids = {bytes.fromhex(item["jobId"]) for _, item in items if item["jobId"]}
    key_ids = {bytes.fromhex(item["keyId"]) for _, item in items if item["keyId"]}
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        may_read = visit.may(Permission.PROSPECTING_READ)
        jobs = await store.get_jobs(connection, group, job_ids) if may_read else {}
        keys = await store.get_key_names(connection, group, key_ids)
    told: list[Origin] = []
    for number, item in items:
        job = jobs.get(bytes.fromhex(item["jobId"] or ""))
        key = keys.get(bytes.fromhex(item["keyId"] or "")) or (job["key_name"] if job else None)
        if number is None:
            words = "Merged with another person"
        elif item["jobId"]:
            words = (job["file_name"] or _SOURCES[job["source_type"]]) if job else "Job"
        else:
            words = "Written with a key" if item["keyId"] else "Known from the start"
        audience = job["audience"] if job and visit.may(Permission.AUDIENCES_READ) else None
        shown_job = item["jobId"] if job else None
        told.append(Origin(number, words, audience, shown_job, item["row"], key, item["at"]))
    return told


async def _add_merge(visit: Visit, panel: Panel) -> None:
    """Who is found to merge with, or the other person that was chosen."""
    other, wanted = visit.query.get("with"), visit.query.get("find").strip()
    if other:
        panel.other, _ = await _find(visit, other)
        if panel.other and panel.other["id"] == panel.id:
            panel.other = None
        if panel.other:
            panel.sides = fields.side_by_side(panel.person, panel.other)
    elif wanted:
        page = await visit.get("prospects", q=wanted, limit=str(_MAX_FOUND + 1))
        panel.found = [each for each in page["items"] if each["id"] != panel.id][:_MAX_FOUND]


async def _add_targets(visit: Visit, panel: Panel) -> None:
    """Audiences that do not hold the person and can take them."""
    group, holding = bytes.fromhex(visit.group), set(panel.person["audienceIds"])
    part = part_of_name(visit.query.get("find"))
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        found = await audiences.find(connection, group, part, _MAX_FOUND + len(holding))
    panel.targets = [each for each in found if each["id"].hex() not in holding][:_MAX_FOUND]
