"""What a job is called, by what it reads. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from houselist.console.words import counted
from houselist.jobs.combination_shapes import Snapshot
from houselist.jobs.store import read_provider_query
from houselist.providers.base import LeadList, SavedSearch, SearchUrl
from houselist.searches.shapes import UnreadableSearch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.base import ProviderQuery

_MAX_KEYWORDS = 80
_MAX_POST = 10
_PRODUCTS = {
    "classic": "LinkedIn search",
    "sales": "Sales Navigator search",
    "recruiter": "Recruiter search",
}


class Kind(NamedTuple):
    """A kind of source: its mark, its name as a filter, and where Fill takes it (`?source=`)."""

    icon: str
    many: str
    fill: str


KINDS = {
    "file_upload": Kind("file", "Files", "file"),
    "url_upload": Kind("link", "Profile addresses", "profiles"),
    "linkedin_search": Kind("search", "Searches", "search"),
    "sales_navigator": Kind("compass", "Saved searches and lead lists", "saved-search"),
    "post_commenters": Kind("speech", "Posts", "post"),
    "combination": Kind("overlap", "Combinations", "combine"),
    "undo": Kind("refresh", "Undos", ""),
}


def title(job: Mapping[str, Any]) -> str:
    """What a job is called; an undo by what it takes back."""
    # The upload of an undo is the undone job's.
    if job["file_name"]:
        name = job["file_name"]
        return f"Undo of {name}" if job["source_type"] == "undo" else name
    if job["source_type"] != "undo":
        return _title(job["source_type"], job["question"], job["snapshot"], job["total_rows"])
    undone = job["undone_type"], job["undone_question"], job["undone_snapshot"]
    if undone[0] is None:
        return "Undo"
    name = _title(*undone, job["undone_rows"])
    return f"Undo of {name[0].lower()}{name[1:]}" if undone[0] in _PLAIN else f"Undo of {name}"


# Kinds whose names begin with an ordinary word.
_PLAIN = ("file_upload", "sales_navigator", "post_commenters", "combination")


def _title(source_type: str, question: str | None, snapshot: str | None, rows: int) -> str:
    if question is not None:
        return _asked(read_provider_query(question))
    if snapshot is not None:
        return _combined(msgspec.json.decode(snapshot, type=Snapshot))
    if source_type == "url_upload":
        return counted(rows, "profile address", "profile addresses")
    return f"File of {counted(rows, 'row')}"


def _asked(query: ProviderQuery) -> str:
    match query:
        case SearchUrl():
            keywords = _keywords(query)
            name = _PRODUCTS[query.product]
            return f"{name} “{keywords}”" if keywords else name
        case SavedSearch():
            return f"Saved search {query.id}"
        case LeadList():
            return f"Lead list {query.id}"
        case _:
            id_ = query.id if len(query.id) < _MAX_POST else f"{query.id[:4]}…{query.id[-4:]}"
            return f"Commenters of post {id_}"


def _keywords(query: SearchUrl) -> str:
    """The words that the search looks for, if any."""
    try:
        conditions = query.people().conditions
    except UnreadableSearch:
        return ""
    found = [
        value.shown for each in conditions if each.field == "keywords" for value in each.include
    ]
    return " ".join(found)[:_MAX_KEYWORDS]


def _combined(snapshot: Snapshot) -> str:
    sources = len(snapshot.sources)
    if sources == 1:
        return "Copy of an audience"
    match snapshot.operation:
        case "union":
            return f"Everybody in {sources} audiences"
        case "intersect":
            return f"Whoever is in all of {sources} audiences"
        case _:
            return f"An audience less {counted(sources - 1, 'other')}"
