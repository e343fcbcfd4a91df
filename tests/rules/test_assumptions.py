"""House rule: what is assumed of a provider stands in one place, in use and in the documents."""

from __future__ import annotations

from houselist.providers.unipile import unconfirmed
from houselist.providers.unipile.unconfirmed import ASSUMPTIONS, Assumption
from support.rules import ROOT

PACKAGE = ROOT / "src" / "houselist" / "providers" / "unipile"
HEADING = "### What Unipile's pages do not say"


def test_every_assumption_is_in_the_documents_and_the_other_way_round() -> None:
    _, _, after = (ROOT / "docs" / "operations.md").read_text("utf-8").partition(HEADING)
    section, _, _ = after.partition("\n#")
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    assert {name.strip("` "): words.strip() for name, words in rows} == ASSUMPTIONS


def test_nothing_in_the_place_of_assumptions_is_anything_else() -> None:
    capitals = {name for name in vars(unconfirmed) if name.isupper()}
    assert capitals == {*ASSUMPTIONS, "ASSUMPTIONS"}
    assert len(ASSUMPTIONS) > 5
    assert all(isinstance(getattr(unconfirmed, name), Assumption) for name in ASSUMPTIONS)


def test_every_assumption_is_gone_by() -> None:
    code = "".join(
        path.read_text("utf-8") for path in PACKAGE.glob("*.py") if path.stem != "unconfirmed"
    )
    assert [name for name in ASSUMPTIONS if f"{name}.value" not in code] == []
