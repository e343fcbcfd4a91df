"""How a job is shown, in the history and on its own page: its state, its bar, its figures. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import words
from houselist.console.job_titles import KINDS, title

if TYPE_CHECKING:
    from collections.abc import Mapping

# The width of the bar in its own units.
BAR = 1_000
# What is left is told after so many seconds, and from so much on.
_TOLD_AFTER, _TOLD_FROM = 3, 0.02
_OVER = ("completed", "failed", "cancelled")
# Outcomes in the ledger's order, with their columns.
COLUMNS = {
    "added": "added",
    "alreadyMember": "already_member",
    "duplicate": "duplicate",
    "invalid": "invalid",
    "overLimit": "over_limit",
}
UNDONE_COLUMNS = {"removed": "removed", "kept": "kept"}


class State(NamedTuple):
    """Where a job is. `icon` empty: a dot that breathes."""

    name: str
    word: str
    tint: str
    icon: str


class Part(NamedTuple):
    """One outcome in the bar."""

    outcome: str
    tint: str
    x: float
    width: float


class Tile(NamedTuple):
    """One outcome in the figures. `share` is of the rows read."""

    outcome: str
    look: words.Outcome
    rows: int
    share: str


class Shown(NamedTuple):
    """A job. `audience_id` empty: there is none, or nobody may open it."""

    id: str
    title: str
    icon: str
    audience: str
    audience_id: str
    state: State
    share: float
    parts: list[Part]
    tiles: list[Tile]
    rows: int
    total: int
    told: str
    by: str
    started: datetime
    took: str
    left: str
    rate: str
    credits: str
    is_over: bool
    is_dry_run: bool
    is_undo: bool


def show(job: Mapping[str, Any], *, names: bool, now: datetime | None = None) -> Shown:
    """A job as it is. `names`: whether the key may read audiences."""
    now = now or datetime.now(UTC)
    share, counts = progress(job), outcomes(job)
    rows = sum(counts.values()) if job["undoes_job_id"] else job["position"]
    is_open = names and job["audience_name"] is not None and job["audience_deleted_at"] is None
    is_ready = is_open and job["audience_filled_by"] is None
    left, rate = _outlook(job, share, now)
    return Shown(
        id=job["id"].hex(),
        title=title(job),
        icon=KINDS[job["source_type"]].icon,
        audience=(job["audience_name"] or "") if names else "",
        audience_id=job["audience_id"].hex() if is_ready else "",
        state=state(job, share),
        share=share,
        parts=_parts(counts, rows, share),
        tiles=_tiles(counts, rows),
        rows=rows,
        total=_total(job),
        told=_told(job, rows),
        by=_by(job),
        started=job["created_at"],
        took=_took(job),
        left=left,
        rate=rate,
        credits=_credits(job),
        is_over=job["status"] in _OVER,
        is_dry_run=job["dry_run"],
        is_undo=job["undoes_job_id"] is not None,
    )


def outcomes(job: Mapping[str, Any]) -> dict[str, int]:
    """What became of the rows so far, in the ledger's order."""
    columns = UNDONE_COLUMNS if job["undoes_job_id"] else COLUMNS
    return {name: job[column] for name, column in columns.items()}


def progress(job: Mapping[str, Any]) -> float:
    """From 0 to 1, of the stage that is under way."""
    if job["import_status"] != "completed":
        return job["progress"]
    if job["enrichment_status"] == "completed" or not job["position"]:
        return 1.0
    return min(job["enriched_row"] / job["position"], 1.0)


def state(job: Mapping[str, Any], share: float) -> State:
    """Where the job is, with how far it came where that says something."""
    percent = words.percent(share, 1)
    match job["status"]:
        case "queued":
            return State("queued", "Queued", "o-mute", "clock")
        case "running" if job["waits"]:
            return State("waiting", f"Waiting {percent}", "o-over", "clock")
        case "running":
            return State("running", f"{_doing(job)} {percent}", "o-live", "")
        case "completed":
            return State("completed", "Completed", "o-added", "check")
        case "failed":
            return State("failed", f"Failed at {percent}", "o-refused", "alert")
        case _:
            return State("cancelled", "Cancelled", "o-mute", "ban")


def _doing(job: Mapping[str, Any]) -> str:
    if job["undoes_job_id"]:
        return "Undoing"
    if job["dry_run"]:
        return "Checking"
    return "Looking up" if job["import_status"] == "completed" else "Filling"


def _parts(counts: dict[str, int], rows: int, share: float) -> list[Part]:
    """The bar as far as the rows go; after the import it is full."""
    parts: list[Part] = []
    x, full = 0.0, BAR * share
    for name, count in counts.items():
        width = round(full * count / rows, 2) if rows else 0.0
        parts.append(Part(name, words.look(name).tint, round(x, 2), width))
        x += width
    return parts


def _tiles(counts: dict[str, int], rows: int) -> list[Tile]:
    return [
        Tile(name, words.look(name), count, words.percent(count, rows))
        for name, count in counts.items()
    ]


def _total(job: Mapping[str, Any]) -> int:
    """How many rows there are to read; 0 where nobody knows."""
    return 0 if job["question"] is not None or job["undoes_job_id"] else job["total_rows"]


def _told(job: Mapping[str, Any], rows: int) -> str:
    """The rows and what stands out among their outcomes, in a line."""
    if job["undoes_job_id"]:
        told = f"{words.counted(job['removed'], 'person', 'people')} taken out again"
        return f"{told}, {words.number(job['kept'])} kept" if job["kept"] else told
    total = _total(job)
    if job["source_type"] == "combination":
        return words.counted(rows, "person", "people")
    told = words.counted(rows, "row")
    if rows < total and job["status"] != "completed":
        told = f"{words.number(rows)} of {words.counted(total, 'row')}"
    if job["over_limit"]:
        told += f", {words.number(job['over_limit'])} over limit"
    return f"{told}, {words.number(job['invalid']) if job['invalid'] else 'none'} invalid"


def _by(job: Mapping[str, Any]) -> str:
    if job["key_name"] is not None:
        return job["key_name"]
    # The command line imports files alone.
    return "Schedule" if job["question"] is not None else "Command line"


def _took(job: Mapping[str, Any]) -> str:
    if job["status"] not in _OVER or job["started_at"] is None:
        return ""
    return words.span((job["updated_at"] - job["started_at"]).total_seconds())


def _outlook(job: Mapping[str, Any], share: float, now: datetime) -> tuple[str, str]:
    """What is left of the import, and rows a second; empty while there is nothing to go by."""
    is_running = job["status"] == "running" and not job["waits"]
    if not is_running or job["started_at"] is None or job["import_status"] == "completed":
        return "", ""
    seconds = (now - job["started_at"]).total_seconds()
    if seconds < _TOLD_AFTER or not _TOLD_FROM <= share < 1:
        return "", ""
    rate = f"{max(1, round(job['position'] / seconds)):,}" if job["position"] > seconds else ""
    return words.duration(seconds * (1 - share) / share), rate


def _credits(job: Mapping[str, Any]) -> str:
    """What the job has cost so far; empty where credits do not count."""
    held = job["credits_held"]
    return "" if held is None else words.number(min(held, job["added"] + job["emails_charged"]))
