"""The history of jobs: what needs somebody, then all jobs by state, source and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import jobs_store as store
from houselist.console.job_titles import KINDS
from houselist.console.jobs_shown import Shown, show
from houselist.envelope import waits_until
from houselist.errors import Invalid, Problem
from houselist.paging import read_moment, sign_moment
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.console.visit import Visit
    from houselist.web.response import Response

_LIMIT = 50
# States are counted exactly up to here.
_COUNTED = 10_000
# How many jobs are named above the history, and for how long one that failed is.
_NAMED = 4
_FAILED_FOR = timedelta(days=7)
_STATES = {
    "running": "Running",
    "waiting": "Waiting",
    "failed": "Failed",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
_PERIODS = ((0, "today"), (6, "last 7 days"), (29, "last 30 days"))
_DAY = timedelta(days=1)


class Need(NamedTuple):
    """A job that needs somebody, or that somebody could help along. `why` is for people."""

    job: Shown
    why: str


@dataclass(slots=True)
class History:
    """A page of the history. `older` and `newer`: what their addresses have as `cursor`."""

    jobs: list[Shown]
    older: str
    newer: str


async def jobs(visit: Visit) -> Response:
    """The page; for a script that keeps it up to date, the part below its head."""
    asked = _asked(visit)
    state = visit.query.get("status")
    if state and state not in _STATES:
        raise Invalid(Problem("status", f"must be one of {', '.join(_STATES)}"))
    group = bytes.fromhex(visit.group)
    names = visit.may(Permission.AUDIENCES_READ)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        history = await _history(visit, connection, asked, state or None)
        counts = await store.count_states(connection, group, asked, _COUNTED + 1)
        needs = await _needs(connection, group, names=names) if not visit.query.pairs else []
    values: dict[str, Any] = {
        "history": history,
        "needs": needs,
        "counts": counts,
        "is_many": sum(counts.values()) > _COUNTED,
        "states": _STATES,
        "chosen": state,
        "kinds": KINDS,
        "periods": _periods(),
        "period": _period(visit),
        "known": visit.query.given("status", "source", "from", "to"),
        "pays": any(each.credits for each in history.jobs),
    }
    if visit.wants_part:
        return visit.show_part("jobs_part.html", **values)
    return await visit.show("jobs.html", **values)


async def _history(
    visit: Visit, connection: db.Connection, asked: store.Asked, state: str | None
) -> History:
    group, scope = bytes.fromhex(visit.group), f"console/jobs/{visit.group}"
    place = _place(visit, scope)
    rows = await store.get_page(connection, group, asked, state, place, limit=_LIMIT + 1)
    if place is not None and place.newer and len(rows) <= _LIMIT:
        # The first page is whole, whatever was started since.
        place = None
        rows = await store.get_page(connection, group, asked, state, None, limit=_LIMIT + 1)
    goes_newer = place is not None and place.newer
    has_more = len(rows) > _LIMIT
    shown = rows[-_LIMIT:] if goes_newer else rows[:_LIMIT]
    names = visit.may(Permission.AUDIENCES_READ)

    def cursor(row: Mapping[str, Any], way: str) -> str:
        return way + sign_moment(scope, row["created_at"], row["id"])

    return History(
        [show(row, names=names) for row in shown],
        older=cursor(shown[-1], "o.") if shown and (has_more or goes_newer) else "",
        newer=cursor(shown[0], "n.") if shown and place is not None else "",
    )


def _place(visit: Visit, scope: str) -> store.Place | None:
    """Where `?cursor=` says that the page begins. Raises Invalid."""
    way, _, cursor = visit.query.get("cursor").partition(".")
    if not cursor:
        return None
    return store.Place(*read_moment(scope, cursor), newer=way == "n")


async def _needs(connection: db.Connection, group: bytes, *, names: bool) -> list[Need]:
    since = datetime.now(UTC) - _FAILED_FOR
    failed = await store.get_failed(connection, group, since, _NAMED)
    waiting = await store.get_waiting(connection, group, _NAMED)
    return [
        *(Need(show(row, names=names), row["error_message"] or "") for row in failed),
        *(
            Need(show(row, names=names), waits_until(row["waiting_for"], row["waiting_until"]))
            for row in waiting
        ),
    ]


def _asked(visit: Visit) -> store.Asked:
    """The filters of the address. Raises Invalid."""
    source = visit.query.get("source") or None
    if source and source not in KINDS:
        raise Invalid(Problem("source", f"must be one of {', '.join(KINDS)}"))
    since, until = _day(visit, "from"), _day(visit, "to")
    return store.Asked(source, since, until and until + _DAY)


def _day(visit: Visit, name: str) -> datetime | None:
    """The beginning of a day in UTC."""
    text = visit.query.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(Problem(name, "must be a day like 2026-03-17")) from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _periods() -> list[tuple[str, str]]:
    """First days to choose from, and what each is called."""
    today = datetime.now(UTC).date()
    return [((today - timedelta(days=days)).isoformat(), name) for days, name in _PERIODS]


def _period(visit: Visit) -> str:
    """What the chosen time is called."""
    since, until = visit.query.get("from"), visit.query.get("to")
    if since and not until:
        return dict(_periods()).get(since, f"since {since}")
    if until:
        return f"{since} to {until}" if since else f"until {until}"
    return "any time"
