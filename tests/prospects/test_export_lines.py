"""The lines of an export are those that one would write by hand, whatever people are called."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from houselist.linkedin import profile_url
from houselist.people.exported import COLUMNS, REST, column_of, guard
from houselist.people.fields import FIELDS
from houselist.postgres import db
from houselist.prospects.export import writing
from houselist.prospects.export.guarding import guarded
from support.prospects import join, make_prospects
from support.service import make_tenant

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

_HARD = [
    *"\\\"\t\n\r\v\b\f\x00\x01\x1f\x7f,;=+-@' éß王😀\u2028＝",
    "\\N",
    "\\v",
    '"\\N"',
    '\\"',
    ";=1",
]
_TEXTS = st.lists(
    st.sampled_from([each for each in _HARD if each != "\0"])
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    min_size=1,
    max_size=12,
).map("".join)
_FIELDS = [each.column for each in FIELDS if each.column]
_IDS = st.tuples(st.sampled_from(["id", "sales", "rec", "num", "in"]), _TEXTS).map(":".join)


@st.composite
def _people(draw: st.DrawFn) -> list[dict[str, Any]]:
    plain = [each for each in _FIELDS if each != "linkedin_id"]
    return [
        {
            # Identities are one person's alone.
            **{
                name: f"{value}{number}"
                for name, value in draw(st.dictionaries(st.sampled_from(plain), _TEXTS)).items()
            },
            **({"linkedin_id": f"{draw(_IDS)}{number}"} if draw(st.booleans()) else {}),
            "attributes": draw(st.none() | st.dictionaries(_TEXTS, _TEXTS | st.just(""))),
        }
        for number in range(draw(st.integers(0, 5)))
    ]


def by_hand(person_id: str, person: dict[str, Any]) -> dict[str, Any]:
    """A person as the API shows them, with the address that only exports have."""
    slug, by_id = person.get("public_identifier"), person.get("linkedin_id")
    kind, _, value = by_id.partition(":") if by_id else ("", "", "")
    url_by_id = profile_url(kind, value) if by_id else None
    told = f"urn:li:member:{value}" if kind == "num" else url_by_id if slug else None
    found = {each.path: person.get(each.column) for each in FIELDS if each.path and each.column}
    found |= {"id": person_id, "linkedinUrl": profile_url("in", slug) if slug else url_by_id}
    return {**found, "linkedinIdUrl": told, "addedAt": "2026-03-01T12:30:15.123Z"}


def json_line(person_id: str, person: dict[str, Any]) -> bytes:
    flat, nested = by_hand(person_id, person), {}
    flat = {name: flat[name] for name in COLUMNS}
    flat["addedAt"], last = flat.pop("addedAt"), flat.pop("linkedinIdUrl")
    for name, value in flat.items():
        head, _, rest = name.partition(".")
        if rest:
            nested.setdefault(head, {})[rest] = value
        elif name == "addedAt":
            nested["attributes"] = msgspec.Raw(person["shown"].encode())
            nested[name] = value
        else:
            nested[name] = value
    return msgspec.json.encode({**nested, "linkedinIdUrl": last}) + b"\n"


@pytest.fixture(scope="module")
async def tenants(service: Service, pool: Pool) -> Any:
    async def make() -> Api:
        return service.client(await make_tenant(pool))

    return make


async def exported(pool: Pool, api: Api, audience: str, wanted: writing.Wanted) -> bytes:
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    group = bytes.fromhex(api.tenant.account_group_id)
    async with db.transaction(pool) as connection:
        prepared = await writing.prepare(connection, group, bytes.fromhex(audience), wanted)
        await writing.write(connection, prepared, take)
    return b"".join(pieces)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{each: "".join(_HARD).replace("\0", "") for each in _FIELDS} | {"attributes": None}])
@example([{"name": text, "attributes": {text: text}} for text in _HARD if text != "\0"])
@example([{"name": "plain", "attributes": {f"a{n}": "=x" for n in range(40)}}])
@given(_people())
async def test_they_are_as_by_hand(tenants: Any, pool: Pool, people: list[dict[str, Any]]) -> None:
    api = await tenants()
    audience = (await api.make_audience())["id"]
    held = [each["attributes"] for each in people]
    made = [
        each | {"attributes": None if of is None else json.dumps(of)}
        for each, of in zip(people, held, strict=True)
    ]
    ids = await make_prospects(pool, api, *made)
    await join(pool, api, audience, *ids)
    shown = "SELECT coalesce(attributes, '{}')::text FROM prospects WHERE account_group_id = $1 AND id = $2"
    for person_id, person in zip(ids, people, strict=True):
        group = bytes.fromhex(api.tenant.account_group_id)
        person["shown"] = await pool.fetchval(shown, group, bytes.fromhex(person_id))
    lines = await exported(pool, api, audience, writing.Wanted("ndjson"))
    pairs = list(zip(ids, people, strict=True))
    assert lines == b"".join(json_line(*each) for each in pairs)

    names = sorted({name for each in people for name in each["attributes"] or ()})
    header = [*COLUMNS, *map(column_of, names)]
    rows = [
        [by_hand(*each)[name] or "" for name in COLUMNS]
        + [(each[1]["attributes"] or {}).get(name, "") for name in names]
        for each in pairs
    ]
    for raw in (True, False):
        told = await exported(pool, api, audience, writing.Wanted("csv", bom=False, raw=raw))
        expected = [[cell if raw else guard(cell) for cell in row] for row in [header, *rows]]
        read = list(csv.reader(io.StringIO(told.decode(), newline=""), strict=True))
        assert read == expected
        # The quotes are those of others too, but for a text without letters.
        assert told.replace(b'""', b"") == written(expected).replace(b'""', b"")


def written(rows: list[list[str]]) -> bytes:
    quoted = [
        ['"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell for cell in row]
        for row in rows
    ]
    return "".join(",".join(row) + "\n" for row in quoted).encode()


@given(st.lists(st.lists(_TEXTS | st.just(""), min_size=2, max_size=2), max_size=6))
def test_cells_are_guarded_wherever_they_are(rows: list[list[str]]) -> None:
    found = list(csv.reader(io.StringIO(guarded(written(rows)).decode(), newline="")))
    assert found == [[guard(cell) for cell in row] for row in rows]


async def test_one_chosen_attribute_is_an_object_of_it(tenants: Any, pool: Pool) -> None:
    api = await tenants()
    audience = (await api.make_audience())["id"]
    people = [{"attributes": '{"a\\"": "\\\\", "b": "2"}'}, {}]
    await join(pool, api, audience, *await make_prospects(pool, api, *people))
    lines = await exported(pool, api, audience, writing.Wanted("ndjson", ['a"', "name"]))
    assert lines == b'{"attributes":{"a\\"": "\\\\"},"name":null}\n{"attributes":{},"name":null}\n'
    lines = await exported(pool, api, audience, writing.Wanted("ndjson", [REST]))
    assert [json.loads(line) for line in lines.split(b"\n")[:-1]] == [
        {"attributes": {'a"': "\\", "b": "2"}},
        {"attributes": {}},
    ]
