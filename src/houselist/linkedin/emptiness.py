"""Whether the address of a search asks for anything at all. Pure.

Only what is certainly nothing counts as nothing: LinkedIn has filters that are not known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from houselist.linkedin.decoration import DECORATION, SCOPES
from houselist.linkedin.reasons import Refused
from houselist.linkedin.restli import Unreadable, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.linkedin.restli import Node
    from houselist.linkedin.search_parameters import Parameter

# Operators of a Boolean search, and the name of a list, are no words by themselves.
_OPERATOR: Final = re.compile(r"\b(?:AND|OR|NOT|List(?=\())")
_WORD: Final = re.compile(r"[^\W_]")
_ITEM: Final = re.compile(r"[^\s\[\](){}\"',]+")
_ZEROS: Final = re.compile(r"(?:urn:li:\w{1,40}:)?0+")
_ID_FILTERS: Final = frozenset(
    {
        "companyexcluded",
        "companyincluded",
        "currentcompany",
        "f_cc",
        "f_pc",
        "facet.cc",
        "facet.pc",
        "facetcurrentcompany",
        "facetgeoregion",
        "facetgeourn",
        "facetpastcompany",
        "facetschool",
        "geoexcluded",
        "geoincluded",
        "geourn",
        "pastcompany",
        "pivotid",
        "schoolfilter",
    }
)
_ID_TYPES: Final = re.compile(r"\w*(?:COMPANY|REGION|GEOGRAPHY|SCHOOL|GROUP|LIST)", re.IGNORECASE)
_NO_VALUES: Final = frozenset({"type", "selectedsubfilter", "selectiontype"})


def asks_for_anything(parameters: Iterable[Parameter]) -> bool:
    """Whether any parameter says whom to find.

    Raises Refused for ids of zeros (bad_id), and for a query that was cut short (bad_query).
    """
    answers = [_asks(each) for each in parameters]  # all of them, because each is checked
    return any(answers)


def _asks(parameter: Parameter) -> bool:
    name = parameter.plain
    if name in DECORATION or name in SCOPES:
        return False
    if name == "query":
        return _record_asks(parameter.value)
    text = parameter.text
    if name in _ID_FILTERS:
        _check_ids(text)
    return _says(text)


def _check_ids(text: str) -> None:
    if any(_ZEROS.fullmatch(item) for item in _ITEM.findall(text)):
        raise Refused("bad_id")


def _says(text: str) -> bool:
    return _WORD.search(_OPERATOR.sub("", text)) is not None


def _record_asks(raw: str) -> bool:
    try:
        record = read_record(raw)
    except Unreadable as error:
        if unquote(raw).lstrip("+ ").startswith("("):
            raise Refused("bad_query") from error
        return _says(unquote(raw))
    answers = [_part_asks(name.lower(), node) for name, node in record.items()]
    return any(answers)


def _part_asks(name: str, node: Node) -> bool:
    if name in DECORATION:
        return False
    if name == "filters" and isinstance(node, list):
        answers = [not isinstance(each, dict) or _filter_asks(each) for each in node]
        return any(answers)
    return any(_says(text) and text != "ALL" for text in _texts(node))


def _filter_asks(record: dict[str, Node]) -> bool:
    kind = record.get("type")
    values = [node for name, node in record.items() if name.lower() not in _NO_VALUES]
    if isinstance(kind, str) and _ID_TYPES.fullmatch(kind):
        for text in _texts(values, only="id"):
            _check_ids(text)
    return any(map(_says, _texts(values)))


def _texts(node: Node, only: str | None = None) -> list[str]:
    """All texts in a node, or those of the keys `only`; how a value is chosen is not one."""
    if isinstance(node, str):
        return [] if only else [node]
    if isinstance(node, list):
        return [text for each in node for text in _texts(each, only)]
    inner = {name.lower(): each for name, each in node.items()}
    if only and isinstance(found := inner.get(only), str):
        return [found]
    kept = [each for name, each in inner.items() if name not in _NO_VALUES]
    return [text for each in kept for text in _texts(each, only)]
