"""Places match whole: who is in one, by the database and without it, loaded now or long ago."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from houselist.accounts import store as accounts
from houselist.directory.places import is_in
from houselist.postgres import db
from houselist.providers.directory import Directory
from houselist.searches.places import place_of
from houselist.searches.shapes import Value
from support.directory import every_page, sales, stock

if TYPE_CHECKING:
    from houselist.searches.places import Place

US = "103644278"
# Id and text of a place, where somebody is in it, and where somebody is not though it sounds so.
CASES: list[tuple[str | None, str | None, list[str], list[str]]] = [
    ("103323778", None, ["Mexico", "Puebla, México"], ["Santa Fe, New Mexico, United States"]),
    ("102713980", None, ["Pune, Maharashtra, India"], ["Indiana, United States", "Indianapolis"]),
    ("106315325", "Georgia", ["Tbilisi, Georgia"], ["Atlanta, Georgia, United States"]),
    (
        "103950076",
        "Georgia, United States",
        ["Atlanta, Georgia, United States", "Georgia, United States"],
        ["Tbilisi, Georgia", "South Georgia, United States"],
    ),
    (
        None,
        "New York, United States",
        ["Albany, New York, United States", "New York, New York, United States"],
        ["New York Mills, Minnesota, United States", "York, Nebraska, United States"],
    ),
    (
        None,
        "York, England, United Kingdom",
        ["York, England, United Kingdom"],
        ["New York, New York, United States", "Yorkshire, England, United Kingdom"],
    ),
    (
        None,
        "Washington, United States",
        ["Seattle, Washington, United States"],
        ["Washington, District of Columbia, United States"],
    ),
    (
        "102705533",
        None,
        ["St Helier, Jersey"],
        ["Newark, New Jersey, United States", "Jersey City"],
    ),
    (None, "Wales", ["Cardiff, Wales, United Kingdom"], ["Sydney, New South Wales, Australia"]),
    (
        "100099594",
        None,
        ["Conakry, Guinea"],
        ["Papua New Guinea", "Malabo, Equatorial Guinea", "Bissau, Guinea-Bissau"],
    ),
    ("103550069", None, ["Niamey, Niger"], ["Lagos, Nigeria", "Niger State, Nigeria"]),
    (None, "Dominica", ["Roseau, Dominica"], ["Santo Domingo, Dominican Republic"]),
    (None, "Lebanon", ["Beirut, Lebanon"], ["Lebanon, Pennsylvania, United States"]),
    (
        US,
        "Germany",
        ["Austin, TX, USA", "United States"],
        ["Berlin, Germany", "United States Minor"],
    ),
    (
        None,
        "Berlin",
        ["Berlin", "Berlin Metropolitan Area", "Greater Berlin", "Berlin und Umgebung"],
        ["East Berlin", "Berlingen, Schweiz", "New Berlin, Wisconsin, United States"],
    ),
    (
        None,
        "Paris",
        ["Greater Paris Metropolitan Region", "Paris et périphérie", "Paris - Île-de-France"],
        ["Parish, New York, United States", "Paris Hill"],
    ),
    (
        None,
        "Oklahoma, United States",
        ["Oklahoma, United States"],
        ["Oklahoma City, United States"],
    ),
    (None, "São Paulo", ["sao paulo | Brasil"], ["São Paulo de Olivença"]),
]


def place(id_: str | None, text: str | None) -> Place:
    found_ = place_of(Value(id_, text))
    assert found_ is not None
    return found_


@pytest.mark.parametrize(("id_", "text", "inside", "outside"), CASES)
def test_who_is_in_a_place(
    id_: str | None, text: str | None, inside: list[str], outside: list[str]
) -> None:
    wanted = place(id_, text)
    assert [location for location in inside if not is_in(location, wanted)] == []
    assert [location for location in outside if is_in(location, wanted)] == []


@pytest.fixture
async def group(pool: db.Pool) -> bytes:
    async with db.transaction(pool) as connection:
        return bytes.fromhex((await accounts.create(connection, "A test's group")).id)


def region(id_: str | None, text: str | None, selection: str) -> str:
    known = f"id:{id_}," if id_ else ""
    said = f"text:{quote(text, safe='')}," if text else ""
    return f"(type:REGION,values:List(({known}{said}selectionType:{selection})))"


def asks(*filters: str) -> str:
    return f"(keywords:somebody,filters:List({','.join(filters)}))"


@pytest.mark.parametrize("loaded", ["now", "long ago"])
async def test_the_database_answers_the_same(pool: db.Pool, group: bytes, loaded: str) -> None:
    locations = sorted({each for *_, inside, outside in CASES for each in (*inside, *outside)})
    rows = "".join(
        f"L{n},{json.dumps(each, ensure_ascii=False)},Somebody\n"
        for n, each in enumerate(locations)
    )
    await stock(pool, group, f"providerId,Location,Headline\n{rows}L999,,Somebody\n")
    if loaded == "long ago":
        await _forget_parts(pool, group)
    directory = Directory(pool, group)
    everybody = [*locations, None]
    for id_, text, *_ in CASES:
        wanted = place(id_, text)
        there = [each for each in locations if is_in(each, wanted)]
        for most in (2, 500):
            pages = await every_page(directory, sales(asks(region(id_, text, "INCLUDED"))), most)
            assert [person.location for page in pages for person in page.items] == there
            assert pages[-1].total == len(there)
        pages = await every_page(directory, sales(asks(region(id_, text, "EXCLUDED"))), 500)
        others = [each for each in everybody if each not in there]
        assert [person.location for page in pages for person in page.items] == others


async def _forget_parts(pool: db.Pool, group: bytes) -> None:
    """Leaves people as an older version loaded them."""
    async with db.transaction(pool) as connection:
        await connection.execute(
            """
            UPDATE directory_people SET document = ts_delete(document, (
                SELECT array_agg(lexeme) FROM unnest(document)
                WHERE lexeme LIKE 'p:%' OR lexeme LIKE 'z:%'
            )) WHERE account_group_id = $1 AND document @@ $$'p:'$$
            """,
            group,
        )
        left = "SELECT count(*) FROM directory_people WHERE document @@ $$'p:'$$"
        assert await connection.fetchval(f"{left} AND account_group_id = $1", group) == 0
