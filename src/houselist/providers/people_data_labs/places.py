"""Places of a search as People Data Labs keeps them, by their whole names. Pure.

From its page "Person Schema": `location_country`, `location_region` and `location_locality`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.providers.people_data_labs.clauses import all_of, any_of, one_of, plain, spellings
from houselist.providers.people_data_labs.unconfirmed import COUNTRY
from houselist.searches.countries import Country
from houselist.searches.places import parts_of, place_of
from houselist.searches.shapes import Value

if TYPE_CHECKING:
    from houselist.providers.people_data_labs.clauses import Part

_REGION: Final = "location_region"
_TOWN: Final = "location_locality"

# A country and a state have this name, and nothing tells which is meant.
_UNSURE: Final = frozenset({"georgia"})
# LinkedIn's areas around a town: People Data Labs has such areas for the United States alone, under
# names of its own.
_AREA: Final = re.compile(
    r"(?:greater )?(.{1,80}?)(?: metropolitan| metro| bay)? area"
    r"|(?:greater )?(.{1,80}?) metropolitan region"
    r"|greater (.{1,80})"
)
_TOWNS: Final = {"new york city": "new york"}


class Somewhere(NamedTuple):
    """Who is in a place. `town`: only that is looked for, in place of the area around it."""

    part: Part
    town: str | None = None


def read_place(value: Value) -> Somewhere | None:
    """None where the place can't be known."""
    place = place_of(value)
    if place is None:
        return None
    if isinstance(place, Country):
        return Somewhere(_in_country(place))
    if len(place.parts) == 1 and place.parts[0] in _UNSURE:
        return None
    smallest, *larger = _written(value.text or "", place.parts)
    around = _town_of(smallest)
    if around is None:
        # What stands alone may be a region; the last of several may be a country.
        inner = any_of([one_of(_TOWN, spellings(smallest)), one_of(_REGION, spellings(smallest))])
    else:
        inner = one_of(_TOWN, spellings(around))
    found = all_of([inner, *(_around(name) for name in larger)])
    return None if found is None else Somewhere(found, around)


def _town_of(name: str) -> str | None:
    """The town that an area is around; None if it is no area."""
    area = _AREA.fullmatch(name)
    if area is None:
        return None
    town = area[1] or area[2] or area[3]
    return None if town == "bay" else _TOWNS.get(town, town)


def _written(text: str, parts: tuple[str, ...]) -> list[str]:
    """The parts as they are written, with their accents and hyphens, from the smallest on."""
    raw = [plain(part) for part in text.split(",") if parts_of(part)]
    return raw if len(raw) == len(parts) else list(parts)


def _around(name: str) -> Part | None:
    """What a place lies in: a region, a country, or either."""
    known = place_of(Value(None, name))
    if isinstance(known, Country):
        return _in_country(known)
    return any_of([one_of(_REGION, spellings(name)), one_of(COUNTRY.value, spellings(name))])


def _in_country(country: Country) -> Part:
    return one_of(COUNTRY.value, [form for name in country.names for form in spellings(name)])
