"""The filters in the `query=` of an address of Sales Navigator. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from houselist.linkedin.decoration import DECORATION
from houselist.linkedin.restli import Unreadable, read_record
from houselist.linkedin.search_parameters import without_html
from houselist.searches.facets import read_when
from houselist.searches.shapes import Condition, UnreadableSearch
from houselist.searches.values import check_plus, condition_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.linkedin.restli import Node
    from houselist.searches.shapes import Field, When

_Pair: TypeAlias = tuple[str, str]
_Side: TypeAlias = Literal["include", "exclude", "neither"]


class _Type(NamedTuple):
    """What a filter is about, and the time that it says by itself."""

    field: Field
    when: When | None = None


_TYPES: Final[dict[str, _Type]] = {
    "CURRENT_TITLE": _Type("title", "current"),
    "PAST_TITLE": _Type("title", "past"),
    "TITLE": _Type("title"),
    "CURRENT_COMPANY": _Type("company", "current"),
    "PAST_COMPANY": _Type("company", "past"),
    "COMPANY": _Type("company"),
    "REGION": _Type("location"),
    "GEOGRAPHY": _Type("location"),
    "LOCATION": _Type("location"),
    "FIRST_NAME": _Type("firstName"),
    "LAST_NAME": _Type("lastName"),
    "INDUSTRY": _Type("industry"),
    "SCHOOL": _Type("school"),
    "RELATIONSHIP": _Type("network"),
}
# What a filter and a value may have. Anything else might change whom it finds.
_FILTER_KEYS: Final = frozenset({"type", "values", "selectedsubfilter"})
_VALUE_KEYS: Final = frozenset({"id", "text", "selectiontype"})
_SIDES: Final[dict[str, _Side]] = {
    "": "include",
    "INCLUDED": "include",
    "EXCLUDED": "exclude",
}


def read_query(raw: str) -> list[Condition]:
    """The conditions of a query that is still escaped. Raises UnreadableSearch."""
    check_plus(raw)
    try:
        record = read_record(raw)
    except Unreadable as error:
        raise _unreadable() from error
    found: list[Condition] = []
    for name, node in record.items():
        if name.lower() == "keywords":
            found += condition_of(name, "keywords", [("", _text(node))])
        elif name.lower() == "filters":
            found += _filters(node)
        elif name.lower() not in DECORATION and (leaves := _leaves(node)) != ["ALL"]:
            found += condition_of(name, "other", [("", text) for text in leaves])
    return found


def _unreadable() -> UnreadableSearch:
    return UnreadableSearch(
        "The query in this Sales Navigator address cannot be read. Copy the whole address again."
    )


def _text(node: Node) -> str:
    if not isinstance(node, str):
        raise _unreadable()
    return without_html(node)


def _leaves(node: Node) -> list[str]:
    if isinstance(node, str):
        return [node]
    inner = node if isinstance(node, list) else list(node.values())
    return [leaf for each in inner for leaf in _leaves(each)]


def _filters(node: Node) -> Iterator[Condition]:
    # `filters:` without a list is how an empty one may be written.
    for each in [] if node == "" else node:
        if isinstance(node, dict) or not isinstance(each, dict):
            raise _unreadable()
        yield from _filter(each)


def _filter(record: dict[str, Node]) -> list[Condition]:
    known = {name.lower(): node for name, node in record.items()}
    name = _string(known, "type").strip()
    type_ = _TYPES.get(name.upper())
    scope = _string(known, "selectedsubfilter")
    when = (read_when(scope) if scope else None) or (type_.when if type_ else None)
    if type_ is None or not _FILTER_KEYS.issuperset(known) or not _fits(type_, scope):
        rest = [_leaves(node) for key, node in known.items() if key not in _FILTER_KEYS]
        extra = [text for each in rest for text in each] + [scope] * (type_ is not None)
        sides = _sides(known.get("values"), anything=True)
        sides["include"] += [("", text) for text in extra if text]
        field: Field = "other"
    else:
        sides, field = _sides(known.get("values")), type_.field
    shown = name or "without a type"
    found = condition_of(shown, field, sides["include"], sides["exclude"], when)
    found += condition_of(shown, "other", sides["neither"])
    # A filter without values asks for nothing, but one that is not known may work without them.
    return found if found or type_ is not None else [Condition(shown, "other", ())]


def _fits(type_: _Type, scope: str) -> bool:
    """Whether the time that a filter says is known, and does not contradict its type."""
    when = read_when(scope)
    if not scope:
        return True
    if when is None or type_.field not in {"title", "company"}:
        return when == "current"
    return type_.when is None or type_.when == when


def _sides(node: Node | None, *, anything: bool = False) -> dict[_Side, list[_Pair]]:
    """Ids and texts of the values that are wanted, of those that are not, and of unclear ones."""
    sides: dict[_Side, list[_Pair]] = {"include": [], "exclude": [], "neither": []}
    for each in node if isinstance(node, list) else []:
        if not isinstance(each, dict):
            sides["neither"].append(("", " ".join(_leaves(each))))
            continue
        known = {name.lower(): inner for name, inner in each.items()}
        pair = _string(known, "id"), _string(known, "text")
        side = _SIDES.get(_string(known, "selectiontype").strip().upper(), "neither")
        if not anything and not _VALUE_KEYS.issuperset(known):
            side = "neither"
        sides[side].append(pair)
    return sides


def _string(record: dict[str, Node], key: str) -> str:
    found = record.get(key)
    return without_html(found) if isinstance(found, str) else ""
