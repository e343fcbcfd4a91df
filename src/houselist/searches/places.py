"""Places in searches: countries by id, by code or by name; all else by name. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from houselist.searches.countries import COUNTRIES, Country
from houselist.searches.words import fold, words

if TYPE_CHECKING:
    from houselist.searches.shapes import Value


class Town(NamedTuple):
    """Any place that is no country, from the smallest to the largest part: `Denver`, `Colorado`."""

    parts: tuple[str, ...]


Place: TypeAlias = Country | Town

MAX_LOCATION: Final = 1_000
"""So many letters of a location are read. The longest real ones have about a hundred."""

_COUNTRY_CODE: Final = re.compile(r"([a-z]{2}):0")
# LinkedIn's numbers for groups of countries: EMEA, Benelux and so on.
_GROUP: Final = re.compile(r"9[12]0000[0-9]{2}")
_SEPARATOR: Final = re.compile(r"[,;|/\n]| [-\u2013\u2014\u00b7] ")
# Nobody's location has these names in it, though people are in these places.
_GROUPS: Final = frozenset(
    {
        "africa",
        "apac",
        "apj",
        "arab world",
        "asia",
        "asia pacific",
        "australia and new zealand",
        "balkans",
        "baltics",
        "benelux",
        "caribbean",
        "central america",
        "dach",
        "eastern europe",
        "emea",
        "eu",
        "europe",
        "european economic area",
        "european union",
        "gcc",
        "latam",
        "latin america",
        "mena",
        "middle east",
        "middle east and north africa",
        "nordics",
        "north america",
        "oceania",
        "scandinavia",
        "south america",
        "south asia",
        "southeast asia",
        "western europe",
        "worldwide",
    }
)

_BY_ID: Final = {country.id: country for country in COUNTRIES.values() if country.id}


def parts_of(location: str) -> list[str]:
    """The parts of a location, each as its folded words: `new york`, `united states`."""
    parts = (" ".join(words(each)) for each in _SEPARATOR.split(location[:MAX_LOCATION]))
    return [part for part in parts if part]


# A state of the United States has the same name, and the text alone can't tell.
_UNCERTAIN: Final = frozenset({"georgia"})
_BY_NAME: Final = {
    name: country
    for country in COUNTRIES.values()
    for each in country.names
    for name in parts_of(each)
    if name not in _UNCERTAIN
}


def place_of(value: Value) -> Place | None:
    """The place that a value means; None if that can't be known, or if it is many countries.

    A known id counts, whatever the text beside it says; else the text does.
    """
    country = country_of(value.id) if value.id else None
    if country is not None:
        return country
    parts = parts_of(value.text or "")
    if len(value.text or "") > MAX_LOCATION:
        return None
    if not parts or parts[0] in _GROUPS or _GROUP.fullmatch(value.id or ""):
        return None
    if len(parts) == 1 and parts[0] in _BY_NAME:
        return _BY_NAME[parts[0]]
    return Town(tuple(parts))


def country_of(id_: str) -> Country | None:
    """The country with LinkedIn's id, or of the older form with a code: `us:0`."""
    code = _COUNTRY_CODE.fullmatch(fold(id_))
    return COUNTRIES.get(code[1]) if code else _BY_ID.get(id_)
