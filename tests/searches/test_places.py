"""Which place a value of a filter means."""

from __future__ import annotations

import re

import pytest

from houselist.searches.countries import COUNTRIES
from houselist.searches.places import Town, country_of, parts_of, place_of
from houselist.searches.shapes import Value


@pytest.mark.parametrize(
    ("id_", "text", "expected"),
    [
        ("103644278", None, "us"),
        ("103644278", "Germany", "us"),
        ("us:0", None, "us"),
        ("106315325", "Georgia", "ge"),
        (None, "Mexico", "mx"),
        (None, "méxico", "mx"),
        ("77", "Côte d'Ivoire", "ci"),
        ("103950076", "Georgia, United States", ("georgia", "united states")),
        (None, "Georgia", ("georgia",)),
        (None, "New Mexico", ("new mexico",)),
        ("5", "Denver, Colorado, United States", ("denver", "colorado", "united states")),
        ("us:84", None, None),
        ("90009659", None, None),
        ("91000005", "Benelux", None),
        ("91000007", "Whatever", None),
        (None, "EMEA", None),
        (None, " , ", None),
    ],
)
def test_a_place(id_: str | None, text: str | None, expected: str | tuple[str, ...] | None) -> None:
    place = place_of(Value(id_, text))
    if isinstance(expected, str):
        assert place == COUNTRIES[expected]
    else:
        assert place == (expected and Town(expected))


def test_every_country_is_known_by_its_id_its_code_and_its_names() -> None:
    assert len(COUNTRIES) > 200
    assert len({country.id for country in COUNTRIES.values() if country.id}) > 180
    for code, country in COUNTRIES.items():
        assert re.fullmatch("[a-z]{2}", code)
        assert country_of(f"{code}:0") == country
        assert country.id is None or (country.id.isdecimal() and country_of(country.id) == country)
        for name in country.names:
            assert len(parts_of(name)) == 1
            assert code == "ge" or place_of(Value(None, name)) == country
