"""What the fill page's form does: a dry run, its end, or the start of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.console import filling
from houselist.console.pages import fill
from houselist.console.pages.fill_sources import read_upload
from houselist.console.pages.fill_trial import lines
from houselist.errors import AudienceNotReady, Forbidden, Invalid, NotFound, Problem, Refusal
from houselist.linkedin import Refused, parse_profile
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.console.visit import Fields, Visit
    from houselist.web.response import Response

# What people know the API's fields as.
_NAMES = {
    "audienceName": "Name",
    "audienceIds": "Audiences",
    "folderId": "Folder",
    "maxResults": "At most",
    "searchUrl": "Search address",
    "postUrl": "Post address",
    "savedSearchId": "Saved search",
    "leadListId": "Lead list",
    "urls": "Addresses",
    "columns": "Mapping",
    "uploadId": "File",
}
_TAKES_MAX = ("search", "saved-search", "lead-list", "post")
# More lines than a job takes are counted, and not looked at one by one.
_MAX_CHECKED, _MAX_SHOWN = 1_000, 20
_MAX_LINE = 200


async def act(visit: Visit) -> Response:
    """A dry run or a job, by the button that was pressed. A refusal is told in the page."""
    audience = await fill.audience_of(visit)
    form = visit.form
    try:
        if form.get("do") == "cancel":
            return await _cancel(visit, audience)
        if form.get("do") == "dry-run":
            return await _try(visit, audience)
        return await _start(visit, audience)
    except (AudienceNotReady, Forbidden):
        raise
    except Refusal as refusal:
        found = getattr(refusal, "problems", ())
        problems = [Problem(_named(each.path), each.message) for each in found]
        if visit.wants_part:
            values = {"refusal": refusal, "problems": problems}
            return visit.show_part("notice.html", status=refusal.status, **values)
        return await fill.show(visit, audience, form, refusal=refusal, problems=problems)


def _named(path: str) -> str:
    name, dot, rest = path.partition(".")
    word = _NAMES.get(name.partition("[")[0])
    return path if word is None else f"{word}{': ' if dot else ''}{rest}"


async def _try(visit: Visit, audience: Any) -> Response:
    """A dry run, and back to the page, which shows it."""
    form = visit.form
    body, kept = await _body(visit, audience)
    job = await visit.post_once(form.get("form"), "prospecting", **body, dryRun=True)
    return visit.go(fill.address(audience, *kept, ("dryRun", job["jobId"])))


async def _cancel(visit: Visit, audience: Any) -> Response:
    """Ends a dry run that is under way."""
    await visit.post("prospecting", visit.form.get("dryRun"), "cancel")
    _, kept = await _body(visit, audience)
    return visit.go(fill.address(audience, *kept))


async def _start(visit: Visit, audience: Any) -> Response:
    form = visit.form
    body, _ = await _body(visit, audience)
    if filling.source_of(form) == "combine":
        job = await visit.post_once(form.get("form"), "audiences", "combine", **body)
    else:
        job = await visit.post_once(form.get("form"), "prospecting", **body)
    if visit.may(Permission.PROSPECTING_READ):
        return visit.go(f"/jobs/{job['jobId']}")
    return visit.go("/", "The job has started.")


async def _body(visit: Visit, audience: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What the API is to be sent, and what the page's address keeps of it."""
    form = visit.form
    source = filling.source_of(form)
    body: dict[str, Any] = {}
    if audience and source != "combine":
        body["audienceId"] = audience["id"]
    else:
        body["audienceName"] = form.get("name")
        if folder := form.get("folder"):
            body["folderId"] = folder
    kept = [*form.given(*fill.KEPT).items()]
    if source == "combine":
        return body | _combination(form), kept
    body["type"] = filling.SOURCES[source].type
    body["searchEmails"] = bool(form.get("emails"))
    if source in _TAKES_MAX and (most := form.get("max").strip()):
        body["maxResults"] = _whole(most)
    if source == "file":
        changes: dict[str, str] = {}
        if not form.get("upload"):
            raise NotFound("There is no file yet.", details="Choose a file first.")
        read = await read_upload(visit, form.get("upload"))
        changes = filling.changes_in(form, read)
        body |= {"uploadId": read.id, "columns": filling.mapping_of(read, changes)}
        if form.get("update"):
            body["onKnown"] = "update"
        kept += [*changes.items()]
    elif source == "profiles":
        body["urls"] = lines(form.get("urls"))
    else:
        field = _FIELDS[source]
        body[field] = form.get(field).strip()
    return body, kept


_FIELDS = {
    "search": "searchUrl",
    "saved-search": "savedSearchId",
    "lead-list": "leadListId",
    "post": "postUrl",
}


def _combination(form: Fields) -> dict[str, Any]:
    return {"operation": form.get("operation"), "audienceIds": form.all("chosen")}


def _whole(text: str) -> int:
    plain = text.replace(",", "").replace(" ", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 10):
        raise Invalid(Problem("maxResults", "must be a whole number"))
    return int(plain)


async def check_addresses(visit: Visit) -> Response:
    """How many addresses there are in what was typed, and which of them nobody can be told by."""
    found = lines(visit.form.get("urls"))
    wrong: list[tuple[int, str, str]] = []
    for number, line in enumerate(found[:_MAX_CHECKED], 1):
        try:
            parse_profile(line)
        except Refused as refused:
            wrong.append((number, line[:_MAX_LINE], str(refused)))
    return visit.show_part(
        "fill_addresses.html",
        most=_MAX_CHECKED,
        count=len(found),
        wrong=len(wrong),
        shown=wrong[:_MAX_SHOWN],
    )
