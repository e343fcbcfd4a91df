"""House rule: what is assumed of a provider stands in one place, in use and in the documents."""

from __future__ import annotations

import pytest

from houselist.providers.assumption import Assumption
from houselist.providers.people_data_labs import unconfirmed as people_data_labs
from houselist.providers.unipile import unconfirmed as unipile
from support.rules import ROOT

PLACES = {
    "unipile": (unipile, "### What Unipile's pages do not say"),
    "people_data_labs": (people_data_labs, "### What People Data Labs' pages do not say"),
}


@pytest.mark.parametrize("provider", PLACES)
def test_every_assumption_is_in_the_documents_and_the_other_way_round(provider: str) -> None:
    place, heading = PLACES[provider]
    _, found, after = (ROOT / "docs" / "operations.md").read_text("utf-8").partition(heading)
    assert found
    section, _, _ = after.partition("\n#")
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    assert {name.strip("` "): words.strip() for name, words in rows} == place.ASSUMPTIONS


@pytest.mark.parametrize("provider", PLACES)
def test_nothing_in_the_place_of_assumptions_is_anything_else(provider: str) -> None:
    place, _ = PLACES[provider]
    capitals = {name for name in vars(place) if name.isupper()}
    assert capitals == {*place.ASSUMPTIONS, "ASSUMPTIONS"}
    assert len(place.ASSUMPTIONS) > 5
    assert all(isinstance(getattr(place, name), Assumption) for name in place.ASSUMPTIONS)


@pytest.mark.parametrize("provider", PLACES)
def test_every_assumption_is_gone_by(provider: str) -> None:
    place, _ = PLACES[provider]
    code = source(provider)
    assert [name for name in place.ASSUMPTIONS if f"{name}.value" not in code] == []


def source(provider: str) -> str:
    """The code of a provider's package without the place itself."""
    package = ROOT / "src" / "houselist" / "providers" / provider
    paths = [path for path in package.glob("*.py") if path.stem != "unconfirmed"]
    return "".join(path.read_text("utf-8") for path in paths)
