"""Which search for people, lead list or saved search an address refers to.

The provider gets the address of a search unchanged; only its fingerprint is normalised.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from houselist.linkedin.address import LinkedInPage, Urn, kind_word, page_kind, read
from houselist.linkedin.reasons import Refused

Kind = Literal["classic", "sales", "recruiter", "list", "saved"]

# Sales Navigator puts every filter into the address, so these are far longer than others.
_MAX_LENGTH: Final = 16_384
_ID: Final = re.compile(r"[1-9][0-9]{0,18}")
# Where the visitor came from and which page they were on: not part of the search.
_VISIT: Final = frozenset({"origin", "sid", "page", "sessionid", "trk"})
# These don't say whom to find either: a search with nothing else is empty.
_DECORATION: Final = _VISIT | {"_ntb", "lipi", "viewallfilters", "lastviewedat", "trackingid"}
_EMPTY_QUERIES: Final = re.compile(r"[\s()]*(?:filters:List\([\s()]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    """A source of people. `value` is the address for the first three kinds, else the id."""

    kind: Kind
    value: str | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}" if self.kind in {"list", "saved"} else self.kind

    def fingerprint(self) -> str:
        """The same for all addresses of one search, whichever visit they were copied from.

        Raises Refused if `value` does not come from parse_search.
        """
        if self.kind in {"list", "saved"} or self.value is None:
            return self.key
        page = read(self.value, _MAX_LENGTH)
        if isinstance(page, Urn):
            raise Refused("not_search:urn")
        wanted = sorted(pair for pair in _parameters(page) if pair[0] not in _VISIT)
        text = "/".join(page.names) + "?" + urlencode(wanted)
        return f"{self.kind}:{hashlib.sha256(text.encode()).hexdigest()}"


def parse_search(text: str) -> Search:
    """The search that an address refers to. Raises Refused, and nothing else, for any text."""
    page = read(text, _MAX_LENGTH)
    if isinstance(page, Urn):
        raise Refused("not_search:urn")
    match page.names:
        case ("search", "results", "people", *_):
            return _filled("classic", page)
        case ("search", *_):
            raise Refused(f"not_people:{_third(page)}")
        case ("sales", "search", "people", *_):
            return _sales(page)
        case ("sales", "search", kind, *_):
            raise Refused(f"not_people:{kind_word(kind)}")
        case ("sales", "lists", *_):
            return _lead_list(page)
        case ("talent", "search", *_):
            return _filled("recruiter", page)
        case ("talent", "hire", *rest) if "recruitersearch" in rest:
            return _filled("recruiter", page)
        case ("jobs", "search", *_):
            raise Refused("not_people:jobs")
        case _:
            raise Refused(f"not_search:{page_kind(page)}")


def _sales(page: LinkedInPage) -> Search:
    parameters = dict(_parameters(page, keep_blank=True))
    if "savedsearchid" not in parameters:
        return _filled("sales", page)
    saved = parameters["savedsearchid"].strip()
    if not saved:
        raise Refused("missing_id")
    return Search("saved", _checked_id(saved))


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


def _filled(kind: Kind, page: LinkedInPage) -> Search:
    """A search by its address. Raises Refused if it has no keywords or filters."""
    for name, value in _parameters(page):
        if name not in _DECORATION and not _EMPTY_QUERIES.fullmatch(value):
            return Search(kind, page.url)
    raise Refused("empty_search")


def _checked_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Refused("bad_id")
    return text


def _third(page: LinkedInPage) -> str:
    """What /search/results/… searches for; `all` if it does not say."""
    return kind_word(page.names[2]) if page.names[2:] else "all"


def _parameters(page: LinkedInPage, *, keep_blank: bool = False) -> list[tuple[str, str]]:
    """Decoded leniently: addresses are only compared here; the provider judges them."""
    pairs = parse_qsl(page.query, keep_blank_values=keep_blank)
    return [(name.lower(), value) for name, value in pairs]
