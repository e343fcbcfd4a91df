"""The filters in the address of a people search in Sales Navigator. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from houselist.directory.people import read_network
from houselist.directory.searches.filters import Asked, Filter, Term, UnreadableSearch, cannot_use
from houselist.directory.searches.places import COUNTRIES
from houselist.directory.searches.restli import Unreadable, read_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.directory.searches.restli import Node
    from houselist.people.fields import SearchField

# Names in lower case, of the address and of the record in its `query`.
_DECORATION = frozenset(
    {
        "sessionid",
        "viewallfilters",
        "page",
        "origin",
        "trk",
        "lipi",
        "_ntb",
        "sid",
        "lastviewedat",
        "trackingid",
        "recentsearchid",
        "searchsessionid",
    }
)
_IN_QUERY = frozenset(
    {"filters", "keywords", "spellcorrectionenabled", "recentsearchparam", "dologhistory"}
)
_DIGITS = re.compile(r"(?:urn:li:\w+:)?([0-9]{1,18})")


class _Value(NamedTuple):
    id: str
    text: str

    @property
    def shown(self) -> str:
        return self.text or self.id


def read_sales(query: str) -> Asked:
    """Does what read_classic does. Raises UnreadableSearch."""
    asked = Asked([], [])
    for name, value in _parameters(query):
        if name.lower() == "query":
            _read_query(asked, value)
        elif name.lower() == "keywords":
            _read_keywords(asked, unquote(value.replace("+", " ")))
        elif name.lower() not in _DECORATION and value:
            asked.notes.append(cannot_use(name, [unquote(value)]))
    return asked


def _parameters(query: str) -> list[tuple[str, str]]:
    """Names, and values that are still escaped: `query` is unescaped by rules of its own."""
    pairs = (part.partition("=") for part in query.split("&"))
    return [(unquote(name), value) for name, _, value in pairs]


def _read_query(asked: Asked, raw: str) -> None:
    try:
        record = read_record(raw)
    except Unreadable as error:
        raise _unreadable() from error
    keywords, filters = record.get("keywords", ""), record.get("filters", [])
    if not isinstance(keywords, str) or not isinstance(filters, list):
        raise _unreadable()
    _read_keywords(asked, keywords)
    for each in filters:
        if not isinstance(each, dict):
            raise _unreadable()
        _read_filter(asked, each)
    for name, node in record.items():
        if name.lower() not in _IN_QUERY:
            asked.notes.append(cannot_use(name, _leaves(node)))


def _unreadable() -> UnreadableSearch:
    return UnreadableSearch(
        "The query in this Sales Navigator address cannot be read. Copy the whole address again."
    )


def _read_keywords(asked: Asked, text: str) -> None:
    if text.strip():
        asked.filters.append(Filter("keywords", [Term("keywords", text.strip())], []))


def _leaves(node: Node) -> list[str]:
    if isinstance(node, str):
        return [node]
    inner = node if isinstance(node, list) else list(node.values())
    return [leaf for each in inner for leaf in _leaves(each)]


def _read_filter(asked: Asked, record: dict[str, Node]) -> None:
    name = str(record.get("type", ""))
    listed = record.get("values")
    values = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    when = str(record.get("selectedSubFilter", "CURRENT")).upper()
    read = _READERS.get(name.upper()) if when != "PAST" else None
    found = Filter(name, [], [])
    unknown: list[str] = []
    for each in values:
        value = _Value(_text(each, "id"), _text(each, "text"))
        terms = read(value) if read else []
        if not terms:
            unknown.append(value.shown)
        elif _text(each, "selectionType").upper() == "EXCLUDED":
            found.exclude.extend(terms)
        else:
            found.include.extend(terms)
    if found.include or found.exclude:
        asked.filters.append(found)
        if when not in {"CURRENT", ""}:
            asked.notes.append(f"The directory looks for {name} in current jobs only.")
    if unknown or not values:
        asked.notes.append(cannot_use(name or "without a type", unknown))


def _text(record: dict[str, Node], key: str) -> str:
    found = record.get(key)
    return found if isinstance(found, str) else ""


# A reader returns the terms that a value stands for, any of which may match; none if it can't.


def _words(field: SearchField, value: _Value) -> list[Term]:
    return [Term(field, value.text)] if value.text else []


def _company(value: _Value) -> list[Term]:
    digits = _DIGITS.fullmatch(value.id)
    return ([Term("companyId", digits[1])] if digits else []) + _words("company", value)


def _region(value: _Value) -> list[Term]:
    digits = _DIGITS.fullmatch(value.id)
    names = COUNTRIES.get(digits[1]) if digits else None
    return [Term("location", name) for name in names] if names else _words("location", value)


def _network(value: _Value) -> list[Term]:
    network = read_network(value.id) or read_network(value.text)
    return [Term("network", network)] if network else []


_READERS: dict[str, Callable[[_Value], list[Term]]] = {
    "CURRENT_TITLE": partial(_words, "title"),
    "TITLE": partial(_words, "title"),
    "CURRENT_COMPANY": _company,
    "COMPANY": _company,
    "REGION": _region,
    "GEOGRAPHY": _region,
    "FIRST_NAME": partial(_words, "firstName"),
    "LAST_NAME": partial(_words, "lastName"),
    "INDUSTRY": partial(_words, "industry"),
    "RELATIONSHIP": _network,
}
