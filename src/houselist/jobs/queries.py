"""What a provider is asked for by each type of job, and the columns of its answers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.errors import Invalid, Problem
from houselist.linkedin import Refused, parse_post, parse_search
from houselist.people.fields import PATH_OF
from houselist.providers.base import Commenters, LeadList, SavedSearch, SearchUrl

if TYPE_CHECKING:
    from houselist.jobs.shapes import JobStart
    from houselist.providers.base import Question

# The columns of a provider's people, named for the fields.
COLUMNS = list(PATH_OF.values())
MAPPING = {field: field for field in COLUMNS}


def question_of(new: JobStart) -> Question | None:
    """What to ask a provider for; None for sources that are read from an upload.

    Raises Invalid for an address of another product than the type is for.
    """
    if new.type == "linkedin_search" and new.search_url is not None:
        return _search(new.search_url)
    if new.saved_search_id is not None:
        return SavedSearch(new.saved_search_id)
    if new.lead_list_id is not None:
        return LeadList(new.lead_list_id)
    if new.post_url is not None:
        post = parse_post(new.post_url)
        return Commenters(post.type, post.id)
    return None


def _search(url: str) -> SearchUrl:
    search = parse_search(url)
    match search.kind:
        case "list" | "saved":
            what = "leadListId" if search.kind == "list" else "savedSearchId"
            raise Invalid(
                Problem(
                    "searchUrl",
                    f"names a {'lead list' if search.kind == 'list' else 'saved search'} of Sales"
                    f" Navigator; use type sales_navigator with {what} {search.value}",
                )
            )
        case _:
            return SearchUrl(search.value or url, search.kind)


def why_refused(path: str, url: str) -> Problem | None:
    """What is wrong with an address of a search (`searchUrl`) or post (`postUrl`), if anything."""
    try:
        if path == "postUrl":
            parse_post(url)
        else:
            _search(url)
    except Refused as refused:
        return Problem(path, f"{refused} ({refused.reason})")
    except Invalid as wrong:
        return wrong.problems[0]
    return None
