"""One job: how far it is, what became of its rows, and how to stop it or take it back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from houselist.console import job_ledger as ledger
from houselist.console import jobs_store as store
from houselist.console.job_titles import KINDS
from houselist.console.jobs_shown import show
from houselist.console.words import moment
from houselist.errors import NotFound
from houselist.ids import parse_id
from houselist.jobs.undoing import DAYS
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.console.jobs_shown import Shown
    from houselist.console.visit import Visit
    from houselist.web.response import Response

# What mending says in the address of the job that it leads to.
_ROWS, _ID = re.compile(r"[0-9]{1,15}(,[0-9]{1,15}){0,99}"), re.compile("[0-9a-f]{24}")


async def job(visit: Visit) -> Response:
    """The page; for a script that keeps it up to date, what is in its main part."""
    id_ = visit.part("jobId")
    told = await visit.get("prospecting", id_)
    facts = await read(visit, id_)
    shown = show(facts, names=visit.may(Permission.AUDIENCES_READ))
    values: dict[str, Any] = {
        "job": shown,
        "told": told,
        "facts": facts,
        "events": f"/v1/accounts/{visit.group}/prospecting/{id_}/events",
        "undo_until": _undo_until(visit, told, facts),
        "can_cancel": not shown.is_over and visit.may(Permission.PROSPECTING_WRITE),
        "again": _again(visit, told, facts, shown),
        "looks_up": facts["search_emails"] or facts["question"] is not None,
        "source": facts["source_type"],
        "mended": _named(visit, "mended", _ROWS),
        "mended_of": _named(visit, "of", _ID),
        **await ledger.read(visit, facts, shown),
    }
    if visit.wants_part:
        return visit.show_part("job_part.html", **values)
    return await visit.show("job.html", **values)


async def read(visit: Visit, id_: str) -> Mapping[str, Any]:
    """What the console itself knows of a job. Raises NotFound."""
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        facts = await store.get(connection, bytes.fromhex(visit.group), parse_id(id_))
    if facts is None:
        raise NotFound("There is no such job.")
    return facts


async def cancel(visit: Visit) -> Response:
    """Stops the job."""
    id_ = visit.part("jobId")
    await visit.post("prospecting", id_, "cancel")
    return visit.go(f"/jobs/{id_}", "The job is cancelled. Whom it added stays.")


async def undo(visit: Visit) -> Response:
    """Starts the job that takes this one back, and leads to it."""
    started = await visit.post("prospecting", visit.part("jobId"), "undo")
    return visit.go(f"/jobs/{started['jobId']}")


def _named(visit: Visit, name: str, form: re.Pattern[str]) -> str:
    text = visit.query.get(name)
    return text if form.fullmatch(text) else ""


def _undo_until(visit: Visit, told: Any, facts: Mapping[str, Any]) -> datetime | None:
    """Until when the job can be taken back; None where it can't be, or not by this key."""
    is_left = (
        facts["status"] in ("completed", "failed", "cancelled")
        and not facts["dry_run"]
        and facts["undoes_job_id"] is None
        and facts["undone_by"] is None
    )
    if not is_left or not visit.may(Permission.PROSPECTING_WRITE):
        return None
    until = moment(told["updatedAt"]) + timedelta(days=DAYS)
    return until if until > datetime.now(UTC) else None


def _again(visit: Visit, told: Any, facts: Mapping[str, Any], shown: Shown) -> str:
    """Where the same source is filled from once more; empty where it can't be."""
    kind = KINDS[facts["source_type"]]
    if not kind.fill or not visit.may(Permission.PROSPECTING_WRITE, Permission.AUDIENCES_READ):
        return ""
    place = f"/audiences/{shown.audience_id}/fill" if shown.audience_id else "/fill"
    if facts["source_type"] != "file_upload":
        return f"{place}?source={kind.fill}"
    if facts["let_go_at"] is not None:
        return f"{place}?source=file"
    return f"{place}?source=file&upload={facts['upload_id'].hex()}" + (
        f"&dryRun={told['jobId']}" if facts["dry_run"] else ""
    )
