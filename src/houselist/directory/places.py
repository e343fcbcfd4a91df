"""Which locations are in which place, both when people are loaded and when they are searched. Pure.

A location is read in its parts, from the smallest to the largest: `Denver, Colorado, United
States`. A place is one whole part, or several that follow each other; a country is the last part.
So New Mexico is not in Mexico, and Georgia, United States, is not in the country of Georgia.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from houselist.directory.lexemes import PREFIXES, quoted
from houselist.searches.countries import Country
from houselist.searches.places import parts_of
from houselist.searches.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from houselist.searches.places import Place

# A lexeme holds 2,046 bytes. Real locations have four parts at most.
_MAX_LETTERS: Final = 160
_MAX_PARTS: Final = 20

# How LinkedIn calls the area around a city, in the languages of its pages.
_AREA: Final = re.compile(
    r"(?:greater |metropolitan |grossraum |area metropolitana d[ei] )?(.+?)"
    r"(?: metropolitan area| metropolitan region| metro area| area| und umgebung| et peripherie"
    r"| y alrededores| e dintorni| en omgeving| e regiao)?"
)

# What people write as the last part instead of the country.
_INSTEAD: Final = {"gb": ("england", "scotland", "wales", "northern ireland")}

UNCERTAIN: Final = {
    "ge": "A location that ends with Georgia counts as the country, even where it is the state and"
    " United States is missing behind it."
}
"""What to say of countries that can't be told from something else, by code."""

IN_PARTS: Final = quoted("p:")
"""Every location is kept in its parts, except for those of people who were loaded long ago."""


def location_lexemes(location: str) -> Iterator[tuple[str, int]]:
    """The lexemes by which the places of a location are found, with their positions."""
    parts = _parts(location)
    for position, part in enumerate(parts, 1):
        yield f"p:{part}", position
        core = _core(part)
        if core != part:
            yield f"p:{core}", position
    if parts:
        yield "p:", 1
        yield f"z:{parts[-1]}", 1


def place_query(place: Place) -> str:
    """The tsquery for people whose location is kept in its parts."""
    if isinstance(place, Country):
        return _any([quoted(f"z:{name}") for name in _names(place)])
    return _joined(" <-> ", [quoted(f"p:{part[:_MAX_LETTERS]}") for part in place.parts])


def old_place_query(place: Place) -> str:
    """The tsquery for all others, which finds too many: is_in says who is in the place."""
    names = _names(place) if isinstance(place, Country) else [" ".join(place.parts)]
    ways = [[quoted(PREFIXES["location"] + word) for word in words(name)] for name in names]
    return _any([_joined(" & ", way) for way in ways])


def is_in(location: str, place: Place) -> bool:
    """What place_query answers, without a database."""
    parts = _parts(location)
    if isinstance(place, Country):
        return parts[-1:] != [] and parts[-1] in _names(place)
    wanted = [part[:_MAX_LETTERS] for part in place.parts]
    each = [{part, _core(part)} for part in parts]
    starts = range(len(each) - len(wanted) + 1)
    return any(
        all(part in there for part, there in zip(wanted, each[start:], strict=False))
        for start in starts
    )


def _parts(location: str) -> list[str]:
    return [part[:_MAX_LETTERS] for part in parts_of(location)[:_MAX_PARTS]]


def _core(part: str) -> str:
    """`berlin` of `greater berlin metropolitan area`; a part that is no area as it is."""
    match = _AREA.fullmatch(part)
    return match[1] if match else part


def _names(country: Country) -> list[str]:
    names = [" ".join(words(name))[:_MAX_LETTERS] for name in country.names]
    return list(dict.fromkeys((*names, *_INSTEAD.get(country.code, ()))))


def _any(queries: Sequence[str]) -> str:
    return _joined(" | ", queries)


def _joined(operator: str, queries: Sequence[str]) -> str:
    return queries[0] if len(queries) == 1 else f"({operator.join(queries)})"
