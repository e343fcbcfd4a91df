"""The filters in the address of an ordinary people search on LinkedIn. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from houselist.directory.people import read_network
from houselist.directory.searches.filters import Asked, Filter, Term, cannot_use
from houselist.directory.searches.places import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.people.fields import SearchField

# Names of parameters in lower case; several are older names of one filter.
_TEXTS: dict[str, SearchField] = {
    "keywords": "keywords",
    "firstname": "firstName",
    "lastname": "lastName",
    "title": "title",
    "titlefreetext": "title",
    "company": "company",
    "companyfreetext": "company",
    "location": "location",
}
# Where the visitor came from, which page they read and how it looks.
_DECORATION = frozenset(
    {
        "origin",
        "sid",
        "page",
        "sessionid",
        "trk",
        "_ntb",
        "lipi",
        "viewallfilters",
        "lastviewedat",
        "trackingid",
        "spellcorrectionenabled",
        "prioritizemessage",
        "position",
        "searchid",
        "heroentitykey",
        "resulttype",
    }
)
_DIGITS = re.compile(r"(?:urn:li:\w+:)?([0-9]{1,18})")
_LIST = re.compile(r"List\((.*)\)", re.DOTALL)
_decode = msgspec.json.Decoder(list[str | int]).decode


def read_classic(query: str) -> Asked:
    """What a search asks for, from the part of its address after the question mark."""
    given: dict[str, tuple[str, list[str]]] = {}
    for name, value in parse_qsl(query, errors="replace"):
        plain = name.lower()
        if plain not in _DECORATION and value.strip():
            given.setdefault(plain, (name, []))[1].append(value.strip())
    asked = Asked([], [])
    for plain, (name, values) in given.items():
        if plain in _TEXTS:
            terms = [Term(_TEXTS[plain], value) for value in values]
            asked.filters.append(Filter(name, terms, []))
        else:
            _read_ids(asked, plain, name, [each for value in values for each in _each(value)])
    return asked


def _read_ids(asked: Asked, plain: str, name: str, values: list[str]) -> None:
    read = _IDS.get(plain)
    found = [(value, read(value) if read else []) for value in values]
    terms = [term for _, terms in found for term in terms]
    unknown = [value for value, terms in found if not terms]
    if terms:
        asked.filters.append(Filter(name, terms, []))
    if unknown:
        asked.notes.append(cannot_use(name, unknown))


def _each(value: str) -> list[str]:
    """The values of one parameter: `["F","S"]`, `List(F,S)` or `F`."""
    try:
        return [str(each) for each in _decode(value)]
    except (msgspec.DecodeError, UnicodeEncodeError):
        listed = _LIST.fullmatch(value)
        return [each.strip(" '\"") for each in listed[1].split(",")] if listed else [value]


def _network(value: str) -> list[Term]:
    network = read_network(value)
    return [Term("network", network)] if network else []


def _country(value: str) -> list[Term]:
    digits = _DIGITS.fullmatch(value)
    return [Term("location", name) for name in COUNTRIES.get(digits[1], ())] if digits else []


def _company(value: str) -> list[Term]:
    digits = _DIGITS.fullmatch(value)
    return [Term("companyId", digits[1])] if digits else []


_IDS: dict[str, Callable[[str], list[Term]]] = {
    "network": _network,
    "facetnetwork": _network,
    "geourn": _country,
    "currentcompany": _company,
    "facetcurrentcompany": _company,
}
