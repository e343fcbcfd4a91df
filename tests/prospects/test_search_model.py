"""Filters and orders against a plain model, whether people are written for the search or not."""

from __future__ import annotations

import random
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest

from houselist.prospects import finding, finding_store
from houselist.search.texts import folded, words_of
from support.prospects import join, make_prospects
from support.search import note, write_texts
from support.service import data

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from houselist.prospects.asked import Key
    from support.service import Api

PIECES = [
    *("Ann", "ANNA", "Änne", "o'", "-", "Łó", "ß", "ss", "%", "_", "\\", "'", '"', " ", "  ", "&"),
    *(
        "中",
        "中文",
        "@",
        ".",
        "1",
        "12",
        "a",
        "b",
        "É",
        "e\u0301",
        "(",
        ":*",
        "|",
        "!",
        "\u200b",
        "İ",
    ),
]
COLUMNS = ("name", "headline", "title", "company_name", "location", "email")
FIELDS = {"company": "company_name", "title": "title", "location": "location"}
PEOPLE, SEARCHES = 80, 60


def _text(rng: random.Random) -> str | None:
    if rng.random() < 0.25:
        return None
    return "".join(rng.choices(PIECES, k=rng.randint(1, 6))) or None


def _part(rng: random.Random, people: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    """A part of somebody's text, most often, in other letters."""
    texts = [person[column] for person in people for column in columns if person[column]]
    text = rng.choice(texts)
    start = rng.randrange(len(text))
    part = text[start : start + rng.randint(1, 5)]
    return rng.choice((str.upper, str.lower, str, lambda t: unicodedata.normalize("NFD", t)))(part)


def _wanted(rng: random.Random, people: list[dict[str, Any]]) -> dict[str, str]:
    asked: dict[str, str] = {}
    if rng.random() < 0.6:
        q = " ".join(_part(rng, people, COLUMNS) for _ in range(rng.randint(1, 2)))
        if words_of(folded(q)):
            asked["q"] = q
    for field, column in FIELDS.items():
        if rng.random() < 0.3 and folded(part := _part(rng, people, (column,))):
            asked[field] = part
    if rng.random() < 0.3:
        asked["hasEmail"] = rng.choice(("true", "false"))
    return asked


def _fits(person: dict[str, Any], asked: dict[str, str]) -> bool:
    words = [w for column in COLUMNS for w in words_of(folded(person[column] or ""))]
    if not all(any(w.startswith(q) for w in words) for q in words_of(folded(asked.get("q", "")))):
        return False
    if "hasEmail" in asked and (asked["hasEmail"] == "true") != bool(person["email"]):
        return False
    return all(
        folded(asked[field]) in folded(person[column] or "")
        for field, column in FIELDS.items()
        if field in asked
    )


def _in_order(people: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    down, order = sort.startswith("-"), sort.removeprefix("-")
    if order == "addedAt":
        return people[::-1] if down else people
    column = {"name": "name", "company": "company_name"}[order]

    def key(person: dict[str, Any]) -> tuple[str, str]:
        return folded(person[column] or "")[:80], person["id"]

    known = [person for person in people if key(person)[0]]
    return sorted(known, key=key, reverse=down) + sorted(
        (person for person in people if not key(person)[0]), key=key
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("state", ["unwritten", "written", "mixed"])
async def test_whoever_fits_is_found_in_order(api: Api, pool: Pool, state: str, seed: int) -> None:
    await _compare(api, pool, random.Random(seed), state)


async def test_whoever_fits_is_found_among_few_by_going_through_all(
    api: Api, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a large account group: the first steps are not enough there."""
    full: list[bool] = []
    walk_among = finding_store.walk_among

    async def walk(*asked: Any, steps: int, limit: int) -> list[Key]:
        found = await walk_among(*asked, steps=steps, limit=limit)
        full.append(len(found) == limit)
        return found

    monkeypatch.setattr(finding, "_FIRST_STEPS", 2)
    monkeypatch.setattr(finding, "_PASSED_PER_LOOK_UP", 3)
    monkeypatch.setattr(finding_store, "walk_among", walk)
    await _compare(api, pool, random.Random(3), "mixed")
    assert {*full} == {False, True}


async def _compare(api: Api, pool: Pool, rng: random.Random, state: str) -> None:
    people: list[dict[str, Any]] = [{c: _text(rng) for c in COLUMNS} for _ in range(PEOPLE)]
    ids = await make_prospects(pool, api, *people)
    for person, id_ in zip(people, ids, strict=True):
        person["id"] = id_
    if state != "unwritten":
        await write_texts(pool, api)
    if state == "mixed":
        changed = rng.sample(people, PEOPLE // 4)
        for person in changed:
            person["name"], person["company_name"] = _text(rng), _text(rng)
            await pool.execute(
                "UPDATE prospects SET name = $2, company_name = $3 WHERE id = $1",
                bytes.fromhex(person["id"]),
                person["name"],
                person["company_name"],
            )
        await note(pool, api, *(person["id"] for person in changed))
    made = await api.make_audience()
    members = rng.sample(people, PEOPLE // 2)
    await join(pool, api, made["id"], *(person["id"] for person in members))
    for _ in range(SEARCHES):
        asked = _wanted(rng, people)
        sort = rng.choice(("addedAt", "-addedAt", "name", "-name", "company", "-company"))
        for path, among in (("prospects", people), (f"audiences/{made['id']}/prospects", members)):
            expected = [p["id"] for p in _in_order(among, sort) if _fits(p, asked)]
            found = await api.all_items(path, **asked, sort=sort, limit=rng.choice((3, 50)))
            assert [person["id"] for person in found] == expected, (asked, sort, path)
        counted = data(await api.get(f"audiences/{made['id']}/prospects/count", params=asked))
        assert counted == {"count": len(expected), "isExact": True}
