"""Filters that stand side by side in an address, as `name=value` each. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from houselist.linkedin.decoration import DECORATION, SCOPES
from houselist.searches.facets import FACETS, SCOPE_OF, read_when
from houselist.searches.values import check_plus, condition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from houselist.linkedin.search_parameters import Parameter
    from houselist.searches.facets import Facet
    from houselist.searches.shapes import Condition, Field

_LIST: Final = re.compile(r"List\((.*)\)", re.DOTALL)
_PLACE: Final = re.compile(r"[A-Za-z]{2}:[0-9]{1,9}")
_NUMBERED: Final = re.compile(r"([^:]*(?::[^:]*)*?):((?:[a-z]{2}:)?[0-9]{1,19})", re.DOTALL)
_OR: Final = re.compile(r"\sOR\s")
_OPERATOR: Final = re.compile(r"(?:^|[\s(])(?:AND|NOT)\s")
_decode = msgspec.json.Decoder(list[str | int]).decode


def read_flat(parameters: Iterable[Parameter]) -> list[Condition]:
    """The conditions of all parameters, in the order of the address. Raises UnreadableSearch."""
    given: dict[str, list[Parameter]] = {}
    for each in parameters:
        if each.plain not in DECORATION and each.value.strip("+ "):
            given.setdefault(each.plain, []).append(each)
    scopes: dict[Field, Parameter] = {
        SCOPE_OF[name]: each[-1] for name, each in given.items() if name in SCOPE_OF
    }
    found: list[Condition] = []
    for plain, each in given.items():
        if plain == "pivotid":
            found += _employees(given)
        elif plain == "countrycode":
            found += _country(given)
        elif plain not in SCOPES:
            found += _timed(_conditions(each, FACETS.get(plain)), scopes)
    return found


def _conditions(same: Sequence[Parameter], facet: Facet | None) -> list[Condition]:
    """The conditions of the parameters of one name."""
    name = same[0].name
    for each in same:
        check_plus(each.value)
    if facet is None:
        texts = [text for each in same for text in _items(each.text)]
        return condition_of(name, "other", [("", text) for text in texts])
    if facet.form == "named":
        pairs = [pair for each in same for pair in _named(each.text)]
    elif facet.form == "text" and facet.field == "location":
        return _places(name, [each.text for each in same])
    elif facet.form == "ids":
        pairs = [(item, "") for each in same for item in _items(each.text)]
    else:
        pairs = [("", each.text) for each in same]
    sides = ((), pairs) if facet.excluded else (pairs, ())
    return condition_of(name, facet.field, *sides, facet.when)


def _places(name: str, texts: Sequence[str]) -> list[Condition]:
    """Places that were typed: any of those between OR. No other operator can be used there."""
    each = [place.strip(' ()"') for text in texts for place in _OR.split(text)]
    field: Field = "other" if any(map(_OPERATOR.search, texts)) else "location"
    return condition_of(
        name, field, [("", place) for place in (texts if field == "other" else each)]
    )


def _timed(conditions: Iterable[Condition], scopes: dict[Field, Parameter]) -> Iterable[Condition]:
    """The conditions with the time that another parameter says; of no use if it is not known."""
    for each in conditions:
        scope = scopes.get(each.field)
        when = read_when(scope.text) if scope else each.when
        if scope is not None and when is None:
            yield each._replace(name=f"{each.name}, {scope.text}", field="other")
        else:
            yield each._replace(when=when)


def _items(text: str) -> list[str]:
    """The values of one parameter: `["F","S"]`, `List(F,S)`, `F,S` or `F`."""
    try:
        return [str(each) for each in _decode(text)]
    except (msgspec.DecodeError, UnicodeEncodeError):
        listed = _LIST.fullmatch(text)
        items = (listed[1] if listed else text).split(",")
        return [item for each in items if (item := each.strip(" '\"[]"))]


def _named(text: str) -> list[tuple[str, str]]:
    """Ids and texts of `Acme:1,Beta%2C Inc.:2,us:0,CEO`."""
    pairs: list[tuple[str, str]] = []
    for item in text.split(","):
        plain = unquote(item).strip()
        numbered = _NUMBERED.fullmatch(plain)
        if plain.isdecimal() or _PLACE.fullmatch(plain):
            pairs.append((plain, ""))
        elif numbered is not None:
            pairs.append((numbered[2], numbered[1]))
        elif plain:
            pairs.append(("", plain))
    return pairs


def _employees(given: dict[str, list[Parameter]]) -> list[Condition]:
    """`pivotType=EMPLOYEE&pivotId=1`: who works for a company."""
    pivot = given["pivotid"][0]
    kind = given["pivottype"][0].text if "pivottype" in given else ""
    field: Field = "company" if kind.upper() == "EMPLOYEE" else "other"
    return condition_of(f"{pivot.name} {kind}".strip(), field, [(pivot.text, "")])


def _country(given: dict[str, list[Parameter]]) -> list[Condition]:
    """`locationType=I&countryCode=us`; with any other type, the code is only what was shown."""
    code = given["countrycode"][0]
    kind = given["locationtype"][0].text if "locationtype" in given else "I"
    return condition_of(code.name, "location", [(f"{code.text}:0", "")]) if kind == "I" else []
