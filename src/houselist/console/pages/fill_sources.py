"""What the fill page shows of each source before it is read by a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.connections import store as connections
from houselist.console import audience_store as audiences
from houselist.console import fill_store as store
from houselist.console import filling
from houselist.console.visit import part_of_name
from houselist.directory import store as directory
from houselist.errors import NotFound, Refusal
from houselist.ids import parse_id
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.console.visit import Fields, Visit
    from houselist.postgres.db import Connection

_LISTS = {"saved-search": "saved-searches", "lead-list": "lead-lists"}
MAX_CHOSEN = 50
_MAX_OFFERED = 30


def id_of(text: str) -> bytes | None:
    """The id that an address or a form gives; None for what is none."""
    try:
        return parse_id(text)
    except ValueError:
        return None


async def can_be_asked(connection: Connection, group: bytes) -> bool:
    """Whether there is a provider, or a directory, that knows people."""
    if await connections.find(connection, group) is not None:
        return True
    return await directory.has_people(connection, group)


async def read(visit: Visit, source: str, given: Fields, audience: Any) -> dict[str, Any]:
    """The values that the source's own template shows."""
    if source == "file":
        return await _file(visit, given)
    if source == "profiles":
        return {"urls": given.get("urls")}
    if source in _LISTS:
        return await _lists(visit, source, given)
    if source == "combine":
        return await _combination(visit, given, audience)
    return {}


async def read_upload(visit: Visit, upload_id: str) -> store.Read:
    """An upload of the group's. Raises NotFound."""
    id_ = id_of(upload_id)
    if id_ is None:
        raise NotFound("There is no such upload.")
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        return await store.get_read(connection, bytes.fromhex(visit.group), id_)


async def _file(visit: Visit, given: Fields) -> dict[str, Any]:
    upload_id = given.get("upload")
    if not upload_id:
        return {"read": None, "lost": None}
    try:
        found = await read_upload(visit, upload_id)
    except NotFound as lost:
        return {"read": None, "lost": lost}
    changes = filling.changes_in(given, found)
    return {
        "read": found,
        "lost": None,
        "columns": filling.columns_of(found, changes),
        "names_people": filling.names_people(filling.mapping_of(found, changes)),
        "first": filling.first_rows(found),
        "fields": filling.FIELDS,
    }


async def _lists(visit: Visit, source: str, given: Fields) -> dict[str, Any]:
    """Saved searches or lead lists, as the provider names them; or why it does not.

    A provider may take seconds: the page opens without them, and asks for them once it is there.
    """
    values: dict[str, Any] = {"lists": None, "failed": None, "waits": False}
    if not visit.may(Permission.PROSPECTING_READ):
        return values
    if not given.get("lists"):
        return values | {"waits": True}
    try:
        return values | {"lists": await visit.get("sales-navigator", _LISTS[source])}
    except Refusal as failed:
        return values | {"failed": failed}


async def _combination(visit: Visit, given: Fields, audience: Any) -> dict[str, Any]:
    """The chosen audiences in their order, and others to choose from."""
    if not visit.may(Permission.AUDIENCES_READ):
        return {"chosen": [], "others": []}
    asked = [id_ for text in given.all("chosen") if (id_ := id_of(text))]
    if audience and not asked:
        asked = [bytes.fromhex(audience["id"])]
    ids = list(dict.fromkeys(asked))[:MAX_CHOSEN]
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        group = bytes.fromhex(visit.group)
        there = {row["id"]: row for row in await store.get_audiences(connection, group, ids)}
        part = part_of_name(given.get("find"))
        found = await audiences.find(connection, group, part, _MAX_OFFERED)
    return {
        "chosen": [_told(there[id_]) for id_ in ids if id_ in there],
        "others": [_told(row) for row in found if row["id"] not in ids],
    }


def _told(row: Any) -> dict[str, Any]:
    return {"id": row["id"].hex(), "name": row["name"], "people": row["prospect_count"]}
