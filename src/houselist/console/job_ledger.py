"""The ledger of a job: a page of its rows, as people read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from houselist.console import jobs_store as store
from houselist.console.jobs_shown import outcomes
from houselist.errors import Invalid, Problem
from houselist.jobs.rows_store import cursor_after
from houselist.people.fields import IDENTITY_PATHS
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.console.jobs_shown import Shown
    from houselist.console.visit import Visit

LIMIT = 50
# What tells at a glance who a row is about.
_TELLING = ("name", "firstName", "lastName", "title", "company.name", "email", "linkedinUrl")
_MAX_TOLD, _MAX_TITLE, _MAX_CELL = 3, 600, 200
_ROW = re.compile(r"[0-9]{1,15}")
# How reasons begin that speak of the row.
_OF_ROW = ("has ", "is ", "names ")
# Sources whose rows can be imported again one by one.
_MENDABLE = ("file_upload", "url_upload")


class Cell(NamedTuple):
    """A cell that can be mended. `name` is its field in the form."""

    name: str
    column: str
    value: str


class Line(NamedTuple):
    """A row of the ledger. `read`: what tells of whom it is; `whole`: all of it.

    `about`: what stands above the cells that can be mended, and is not among them.
    """

    row: int
    outcome: str
    read: str
    whole: str
    is_raw: bool
    who: str
    who_id: str
    reason: str
    about: str
    cells: list[Cell]


async def read(visit: Visit, facts: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """What the template shows of the ledger. Raises Invalid for a wrong filter or row."""
    outcome, after = _filter(visit, facts), start(visit.query.get("after"))
    if facts["source_type"] == "combination":
        return {"lines": None, "chosen": outcome, "after": 0, "can_mend": False, "grows": False}
    page = await rows(visit, facts, outcome, after)
    can_mend = outcome == "invalid" and is_mendable(visit, facts)
    names = await _names(visit, [each["prospectId"] for each in page["items"]])
    mapping = mapping_of(facts)
    lines = [_line(each, facts, mapping, names, can_mend=can_mend) for each in page["items"]]
    newer = await _newer(visit, facts, outcome, after, lines[0].row if lines else after + 1)
    return {
        "lines": lines,
        "chosen": outcome,
        "after": after,
        "newer": newer,
        "older": lines[-1].row if lines and page["hasMore"] else None,
        "grows": not page["hasMore"] and not shown.is_over,
        "last": max(shown.rows - LIMIT, 0) if not outcome and not shown.is_undo else 0,
        "matching": outcomes(facts)[outcome] if outcome else shown.rows,
        "can_mend": can_mend,
        "mends": is_mendable(visit, facts),
    }


async def rows(visit: Visit, facts: Mapping[str, Any], outcome: Any, after: int) -> Any:
    """A page of rows as the API has it, from the row after `after` on."""
    query = {"limit": str(LIMIT)}
    if outcome:
        query["outcome"] = outcome
    if after:
        group = bytes.fromhex(visit.group)
        query["cursor"] = cursor_after(group, facts["id"], outcome or None, after)
    return await visit.get("prospecting", facts["id"].hex(), "rows", **query)


def start(text: str) -> int:
    """After which row a page begins. Raises Invalid."""
    if text and not _ROW.fullmatch(text):
        raise Invalid(Problem("after", "must be the number of a row"))
    return int(text or 0)


def mapping_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Which column is which field."""
    return msgspec.json.decode(facts["mapping"], type=dict[str, str])


def is_mendable(visit: Visit, facts: Mapping[str, Any]) -> bool:
    """Whether refused rows can be corrected and imported again, by this key."""
    return (
        facts["source_type"] in _MENDABLE
        and not facts["dry_run"]
        and facts["let_go_at"] is None
        and facts["audience_name"] is not None
        and facts["audience_deleted_at"] is None
        and facts["audience_filled_by"] is None
        and visit.may(Permission.PROSPECTING_WRITE)
    )


def mendable_cells(
    facts: Mapping[str, Any], mapping: Mapping[str, str], row: Mapping[str, Any]
) -> list[Cell]:
    """The cells that say who the row is; of a row that could not be read, all that are used."""
    given: dict[str, str | None] = row["input"] or {}
    columns: list[str] = facts["columns"]
    is_read = not is_unread(given, columns)
    wanted = [
        (at, column)
        for at, column in enumerate(columns)
        if column in mapping and (not is_read or mapping[column] in IDENTITY_PATHS)
    ]
    return [
        Cell(f"cell.{row['row']}.{at}", column, (given.get(column) or "") if is_read else "")
        for at, column in wanted
    ]


def is_unread(given: Mapping[str, Any], columns: list[str]) -> bool:
    """Whether a row has no cells, because it could not be read: its text alone is known."""
    return list(given) == ["text"] and columns != ["text"]


def _filter(visit: Visit, facts: Mapping[str, Any]) -> str:
    outcome = visit.query.get("outcome")
    if outcome and outcome not in outcomes(facts):
        raise Invalid(Problem("outcome", f"must be one of {', '.join(outcomes(facts))}"))
    return outcome


async def _newer(
    visit: Visit, facts: Mapping[str, Any], outcome: str, after: int, first: int
) -> int | None:
    """After which row the page before this one begins; None on the first."""
    if not after:
        return None
    group = bytes.fromhex(visit.group)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        return await store.find_page_start(
            connection, group, facts["id"], outcome or None, before=first, limit=LIMIT
        )


async def _names(visit: Visit, ids: list[str | None]) -> dict[str, str]:
    """Names of those people whom the key may see."""
    wanted = [bytes.fromhex(each) for each in ids if each]
    if not wanted or not visit.may(Permission.PROSPECTS_READ):
        return {}
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        found = await store.get_names(connection, bytes.fromhex(visit.group), wanted)
    return {id_.hex(): name for id_, name in found.items()}


def _line(
    row: Mapping[str, Any],
    facts: Mapping[str, Any],
    mapping: Mapping[str, str],
    names: Mapping[str, str],
    *,
    can_mend: bool,
) -> Line:
    given: dict[str, str | None] = row["input"] or {}
    is_raw = row["outcome"] == "invalid"
    id_ = row["prospectId"] or ""
    return Line(
        row=row["row"],
        outcome=row["outcome"],
        read=_refused(given, mapping) if is_raw else _telling(given, mapping),
        whole="\n".join(f"{name}: {cell}" for name, cell in given.items() if cell)[:_MAX_TITLE],
        is_raw=is_raw,
        who=names.get(id_, ""),
        who_id=id_ if id_ in names else "",
        reason=_sentence(row["reason"]),
        about=_about(given, mapping) if can_mend else "",
        cells=mendable_cells(facts, mapping, row) if can_mend else [],
    )


def _telling(given: Mapping[str, str | None], mapping: Mapping[str, str]) -> str:
    by_field = {
        mapping[column]: cell for column, cell in given.items() if cell and column in mapping
    }
    told = [by_field[field] for field in _TELLING if field in by_field]
    return ", ".join(told[:_MAX_TOLD])[:_MAX_CELL]


def _about(given: Mapping[str, str | None], mapping: Mapping[str, str]) -> str:
    if list(given) == ["text"]:
        return (given["text"] or "")[:_MAX_CELL]
    known = {column: field for column, field in mapping.items() if field not in IDENTITY_PATHS}
    return _telling(given, known)


def _refused(given: Mapping[str, str | None], mapping: Mapping[str, str]) -> str:
    """Of a refused row, the columns that should say who it is, with what is in them."""
    if list(given) == ["text"]:
        return (given["text"] or "")[:_MAX_CELL]
    found = [
        f"{column}: {given[column]}"
        for column, field in mapping.items()
        if field in IDENTITY_PATHS and given.get(column)
    ]
    return "; ".join(found)[:_MAX_CELL] or _telling(given, mapping)


def _sentence(reason: str | None) -> str:
    if not reason:
        return ""
    text = f"This row {reason}" if reason.startswith(_OF_ROW) else reason[0].upper() + reason[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
