"""Single values of a filter: which id one holds, and what its text asks for. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from houselist.searches.boolean import read_boolean, read_name
from houselist.searches.networks import read_network
from houselist.searches.places import country_of
from houselist.searches.shapes import Condition, UnreadableSearch, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.searches.shapes import Field, When

_URN: Final = re.compile(r"urn:li:([A-Za-z_]{1,40}):(.{1,40})", re.DOTALL)
_DIGITS: Final = re.compile(r"[1-9][0-9]{0,18}")
_OLD_PLACE: Final = re.compile(r"[a-z]{2}:[0-9]{1,9}")
# Which URNs name something of a field, without LinkedIn's own prefixes. A list of companies, or a
# group, is none. Old regions have numbers of their own, so they are no places of today.
_KINDS: Final[dict[Field, frozenset[str]]] = {
    "company": frozenset({"organization", "company", "minicompany", "normalized_company"}),
    "location": frozenset({"geo", "country"}),
    "industry": frozenset({"industry", "industryv2"}),
    "school": frozenset({"school", "minischool"}),
    "title": frozenset({"title"}),
}
_PREFIXES: Final = ("fsd_", "fs_", "ts_", "sales")
_BARE_PLUS: Final = re.compile(r"[A-Za-z]\+\+(?![A-Za-z0-9])")
_WORDLESS: Final = frozenset({"location", "network", "other"})


def check_plus(raw: str) -> None:
    """Raises UnreadableSearch for `C++` in a value that is still escaped: it means `C` and spaces.

    Nobody wants to find that.
    """
    if _BARE_PLUS.search(raw):
        raise UnreadableSearch(
            "A plus in an address stands for a space. Write %2B for a real one, as in C%2B%2B."
        )


def read_value(field: Field, id_: str, text: str) -> Value | None:
    """A value that a filter of this field can have; None if it is something else.

    Raises UnreadableSearch if the text can't be read.
    """
    id_, text = id_.strip(), text.strip()
    if field == "other":
        return Value(id_ or None, text or None) if id_ or text else None
    if field == "network":
        network = read_network(id_) or (None if id_ else read_network(text))
        return Value(network, text or None) if network else None
    bare = _bare(field, id_)
    if id_ and bare is None and (field == "company" or not text or ":" in id_):
        return None
    if bare is None and not text:
        return None
    if field in _WORDLESS or not text:
        return Value(bare, text or None)
    # A text beside an id is a name that was chosen from a list; one without was typed.
    return Value(bare, text, (read_name if id_ else read_boolean)(field, text))


def condition_of(
    name: str,
    field: Field,
    include: Sequence[tuple[str, str]],
    exclude: Sequence[tuple[str, str]] = (),
    when: When | None = None,
) -> list[Condition]:
    """The condition of a filter with these ids and texts, and one for values of no use."""
    sides: list[tuple[Value, ...]] = []
    rest: list[tuple[Value, ...]] = []
    for pairs in (include, exclude):
        # A value with neither id nor text asks for nothing.
        there = [pair for pair in pairs if any(map(str.strip, pair))]
        read = [(pair, read_value(field, *pair)) for pair in there]
        sides.append(tuple(value for _, value in read if value is not None))
        rest.append(tuple(Value(i or None, t or None) for (i, t), value in read if value is None))
    found: list[Condition] = []
    if any(sides):
        found.append(Condition(name, field, *sides, when=when))
    if any(rest):
        found.append(Condition(name, "other", *rest, when=when))
    return found


def _bare(field: Field, id_: str) -> str | None:
    """The id without its URN; None if it is of another kind, or damaged."""
    urn = _URN.fullmatch(id_)
    if urn is not None:
        kind, id_ = urn[1].lower(), urn[2]
        for prefix in _PREFIXES:
            kind = kind.removeprefix(prefix)
        if kind not in _KINDS.get(field, ()):
            return None
        if kind == "country":
            id_ = f"{id_}:0"
    if field == "location" and _OLD_PLACE.fullmatch(id_.lower()):
        country = country_of(id_)
        return id_.lower() if country is None or country.id is None else country.id
    return id_ if _DIGITS.fullmatch(id_) else None
