"""Which search for people, lead list or saved search an address refers to.

The provider gets the address of a search as it is, but with the filters of Sales Navigator behind
`?`, because what follows `#` never leaves a browser. What the address asks for is read in
houselist/searches/.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote_plus, urlencode

from houselist.linkedin.address import LinkedInPage, Urn, kind_word, page_kind, read
from houselist.linkedin.decoration import DECORATION
from houselist.linkedin.emptiness import asks_for_anything
from houselist.linkedin.reasons import Refused
from houselist.linkedin.search_parameters import (
    MAX_LENGTH,
    Parameter,
    behind_hash,
    check_alone,
    search_parameters,
    without_html,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["classic", "sales", "recruiter", "list", "saved"]
Form = Literal["today", "old", "employees"]

_ID: Final = re.compile(r"[1-9][0-9]{0,18}")
# `C#` and its like, of which the address has lost the `#` and all that followed.
_BEFORE_SHARP: Final = re.compile(r"(?:^|[^A-Za-z0-9])[CFJQX]$", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_SLUG: Final = re.compile(r"[\w-]{1,100}")
# Names that LinkedIn's pages gave to filters once.
_OLD_NAME: Final[dict[Kind, re.Pattern[str]]] = {
    "classic": re.compile(r"facet\w+|f_\w+"),
    "sales": re.compile(r"facet\..+|\w+(?:in|ex)cluded|\w+timescope|pivotid"),
    "recruiter": re.compile(r"facet\..+"),
}
# Recruiter keeps the filters at LinkedIn, and finds them again by this number.
_KEPT_BY_RECRUITER: Final = frozenset({"searchhistoryid"})
_OLD_SEARCHES: Final = {"c": "companies", "f": "all", "g": "groups", "j": "jobs"}


@dataclass(frozen=True, slots=True)
class Search:
    """A source of people. `value` is the address for the first three kinds, else the id.

    `form`: `today`, as LinkedIn's pages write searches now; `old`, as they did before; `employees`,
    the list of people on a company's or a school's page. LinkedIn may ignore filters of the last
    two, so that it would find the wrong people.
    """

    kind: Kind
    value: str | None
    form: Form = "today"

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}" if self.kind in {"list", "saved"} else self.kind

    def fingerprint(self) -> str:
        """The same for all addresses of one search, whichever visit they were copied from.

        Raises Refused if `value` does not come from parse_search.
        """
        if self.kind in {"list", "saved"} or self.value is None:
            return self.key
        page = read_search_page(self.value)
        pairs = ((each.plain, each.text) for each in search_parameters(page))
        kept = _KEPT_BY_RECRUITER if self.kind == "recruiter" else frozenset[str]()
        wanted = sorted(
            pair for pair in pairs if (pair[0] not in DECORATION or pair[0] in kept) and pair[1]
        )
        text = "/".join(page.names) + "?" + urlencode(wanted, errors="replace")
        return f"{self.kind}:{hashlib.sha256(text.encode()).hexdigest()}"


def read_search_page(text: str) -> LinkedInPage:
    """The page of an address that may be a search. Raises Refused, and nothing else."""
    if len(text) <= 2 * MAX_LENGTH:
        text = without_html(text)
    page = read(text, MAX_LENGTH)
    if isinstance(page, Urn):
        raise Refused("not_search:urn")
    return page


def parse_search(text: str) -> Search:
    """The search that an address refers to. Raises Refused, and nothing else, for any text."""
    page = read_search_page(text)
    match page.names:
        case ("sales", *rest):
            return _sales(page, rest)
        case ("talent" | "recruiter", *rest):
            return _recruiter(page, rest)
        case ("search", "results", "people", *_):
            return _filled("classic", page)
        case ("vsearch", "p" | "people", *_):
            return _filled("classic", page, "old")
        case ("company" | "school" | "showcase", owner, "people", *_):
            return _employees("classic", page, owner)
        case ("search", *_):
            raise Refused(f"not_people:{_third(page)}")
        case ("vsearch", kind, *_):
            raise Refused(f"not_people:{_OLD_SEARCHES.get(kind, kind_word(kind))}")
        case ("jobs", "search", *_):
            raise Refused("not_people:jobs")
        case _:
            raise Refused(f"not_search:{page_kind(page)}")


def _sales(page: LinkedInPage, rest: Sequence[str]) -> Search:
    match rest:
        case ("search",):
            return _filled("sales", page, "old")
        case ("search", "people", "list", "employees-for-account", *owner):
            return _employees("sales", page, *owner[:1])
        case ("search", "people", *_):
            return _saved_or_filled(page)
        case ("search", "company" | "companies" | "account" | "accounts" as kind, *_):
            raise Refused(f"not_people:{kind}")
        case ("search", kind, *_):
            raise Refused(f"not_search:{kind_word(kind)}")
        case ("company", owner, "people", *_):
            return _employees("sales", page, owner)
        case ("lists", *_):
            return _lead_list(page)
        case _:
            raise Refused(f"not_search:{page_kind(page)}")


def _saved_or_filled(page: LinkedInPage) -> Search:
    parameters = _checked_parameters(page)
    saved = {each.text for each in parameters if each.plain == "savedsearchid"}
    if not saved:
        return _filled("sales", page)
    if len(saved) > 1:
        raise Refused("two_searches")
    if saved == {""}:
        raise Refused("missing_id")
    return Search("saved", _checked_id(saved.pop()))


def _lead_list(page: LinkedInPage) -> Search:
    match page.names[2:]:
        case () | ("people",):
            raise Refused("missing_id")
        case ("people", list_id, *_):
            return Search("list", _checked_id(list_id))
        case (kind, *_):
            raise Refused(f"not_people:{kind_word(kind)}")
        case _:
            raise Refused("missing_id")


def _recruiter(page: LinkedInPage, rest: Sequence[str]) -> Search:
    """The context of a search counts as a filter, because LinkedIn keeps the filters there."""
    if "profile" in rest:
        raise Refused("not_search:profile")
    match page.names:
        case ("talent", "search", *_):
            return _filled("recruiter", page)
        case ("talent", "hire", *_) if "recruitersearch" in rest:
            return _filled("recruiter", page)
        case ("recruiter", "smartsearch" | "search", *_):
            return _filled("recruiter", page, "old")
        case _:
            raise Refused(f"not_search:{page_kind(page)}")


def _employees(kind: Kind, page: LinkedInPage, owner: str = "") -> Search:
    """People of a company or a school, which is in the path, so no parameter is needed."""
    if not owner:
        raise Refused("missing_id")
    if kind == "sales" or owner.isdigit():
        _checked_id(owner)
    elif not _SLUG.fullmatch(owner):
        raise Refused("bad_id")
    asks_for_anything(_checked_parameters(page))  # ids of zeros are refused there
    return Search(kind, page.url, "employees")


def _filled(kind: Kind, page: LinkedInPage, form: Form = "today") -> Search:
    """A search by its address. Raises Refused if it has no keywords or filters."""
    parameters = _checked_parameters(page)
    if asks_for_anything(parameters):
        is_old = any(_OLD_NAME[kind].fullmatch(each.plain) for each in parameters)
        return Search(kind, _behind_question_mark(page), "old" if is_old else form)
    if kind == "recruiter" and any(each.plain in _KEPT_BY_RECRUITER for each in parameters):
        return Search(kind, page.url, form)
    recent = any(each.plain == "recentsearchid" and each.value for each in parameters)
    raise Refused("recent_search" if recent else "empty_search")


def _behind_question_mark(page: LinkedInPage) -> str:
    moved = behind_hash(page)
    if not moved:
        return page.url
    before = page.url.partition("#")[0].rstrip("?&")
    return f"{before}{'&' if page.query.strip('&') else '?'}{moved}"


def _checked_parameters(page: LinkedInPage) -> list[Parameter]:
    """Raises Refused where it is unclear what belongs to the address."""
    check_alone(page)
    parameters = search_parameters(page)
    for each in parameters:
        if each.bare and each.plain not in DECORATION:
            raise Refused("bare_ampersand")
    if len({each.value for each in parameters if each.plain == "query"}) > 1:
        raise Refused("two_searches")
    last = page.query.rpartition("&")[2].partition("=")
    lost = "#" in page.url and _BEFORE_SHARP.search(unquote_plus(last[2]))
    if lost and last[0].lower() not in DECORATION:
        raise Refused("bare_hash")
    # What Sales Navigator's own pages write is escaped twice, except for keywords.
    once = parameters if page.names[0] != "sales" else []
    for each in (*once, *(each for each in parameters if each.plain == "keywords")):
        if each.plain not in DECORATION and _ESCAPE.search(each.text):
            raise Refused("double_encoded")
    return parameters


def _checked_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Refused("bad_id")
    return text


def _third(page: LinkedInPage) -> str:
    """What /search/results/… searches for; `all` if it does not say."""
    kind = kind_word(page.names[2]) if page.names[2:] else "all"
    return "all" if kind in {"index", "top"} else kind
