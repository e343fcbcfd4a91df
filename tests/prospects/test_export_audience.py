"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}/export: a file of everybody in an audience."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from pyarrow import parquet

from houselist.people.exported import COLUMNS
from houselist.permissions import Permission
from houselist.prospects.export import columns, store, writing
from support.prospects import assert_guarded, join, make_busy, make_prospects, make_ready
from support.search import write_texts
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from support.service import Api, Service

FORMATS = ("csv", "ndjson", "xlsx", "parquet")
EVERYTHING = {
    "public_identifier": "jané-stone",
    "linkedin_id": "id:ACoAABx2Yk4BqT7mVn0",
    "provider_id": "S000148",
    "email": "avery@stone.example",
    "first_name": "Avery",
    "last_name": "Stone",
    "name": "=Avery, Stone",
    "headline": 'CTO "Ärger" & Söhne',
    "about": "Line\nbreak\t\\ 王",
    "title": "@CTO",
    "location": "Köln",
    "photo_url": "https://x.example/a.png",
    "company_name": "Ärger & Söhne",
    "company_linkedin_identifier": "aerger",
    "company_linkedin_url": "https://www.linkedin.com/company/aerger",
    "company_industry": "Tools",
    "company_website": "https://aerger.example",
    "attributes": '{"Party": "\\u00dc", "email": "=1", "Phone": "+49 30"}',
}


async def audience_of(pool: Pool, api: Api, *people: dict[str, Any], name: str = "CTOs") -> str:
    made = await api.make_audience(name)
    await join(pool, api, made["id"], *await make_prospects(pool, api, *people))
    return made["id"]


async def export(api: Api, audience_id: str, **query: Any) -> httpx.Response:
    response = await api.get(f"audiences/{audience_id}/export", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    return response


async def table(api: Api, audience_id: str, format_: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of a file, as a library of somebody else reads them."""
    content = (await export(api, audience_id, format=format_, **query)).content
    if format_ == "csv":
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [dict(zip(header, [cell or None for cell in row], strict=True)) for row in rows]
    if format_ == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        return [dict(zip(header, row, strict=True)) for row in rows]
    rows = parquet.read_table(io.BytesIO(content)).to_pylist()
    for row in rows:
        if "addedAt" in row:
            row["addedAt"] = row["addedAt"].isoformat(timespec="milliseconds")[:-6] + "Z"
    return rows


def flat(person: dict[str, Any], attributes: dict[str, str]) -> dict[str, Any]:
    """A line of NDJSON as a row; `attributes`: their columns."""
    held = person["attributes"]
    row = {
        name: person["company"][name[8:]] if name.startswith("company.") else person[name]
        for name in COLUMNS
    }
    return row | {column: held.get(name) for column, name in attributes.items()}


async def test_each_format_tells_all_that_is_known(api: Api, pool: Pool) -> None:
    audience = await audience_of(pool, api, EVERYTHING, {"email": "b@x.example"})
    shown = data(await api.get(f"audiences/{audience}/prospects"))["items"]
    told = await export(api, audience, format="ndjson")
    lines = [json.loads(line) for line in told.content.decode().split("\n")[:-1]]
    by_id = "https://www.linkedin.com/in/ACoAABx2Yk4BqT7mVn0"
    assert lines == [shown[0] | {"linkedinIdUrl": by_id}, shown[1] | {"linkedinIdUrl": None}]
    assert list(lines[0]) == [*shown[0], "linkedinIdUrl"]
    attributes = {"Party": "Party", "Phone": "Phone", "attributes.email": "email"}
    expected = [flat(line, attributes) for line in lines]
    for format_ in ("csv", "xlsx", "parquet"):
        found = await table(api, audience, format_, raw="true")
        assert found == expected, format_
        assert list(found[0]) == [*COLUMNS, "Party", "Phone", "attributes.email"] or format_


async def test_its_headers_tell_what_it_is(api: Api, pool: Pool) -> None:
    types = {
        "csv": "text/csv; charset=utf-8",
        "ndjson": "application/x-ndjson",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "parquet": "application/vnd.apache.parquet",
    }
    audience = await audience_of(pool, api, {}, {}, name='Größe "A/B" 王%')
    for format_ in FORMATS:
        response = await export(api, audience, format=format_)
        assert response.headers["content-type"] == types[format_]
        assert response.headers["x-row-count"] == "2"
        assert response.headers["content-disposition"] == (
            f'attachment; filename="Groe -A-B- -.{format_}"; '
            f"filename*=UTF-8''Gr%C3%B6%C3%9Fe%20-A-B-%20%E7%8E%8B%25.{format_}"
        )
        assert re.fullmatch("[0-9a-f]{32}", response.headers["x-trace-id"])
    assert (await api.get(f"audiences/{audience}/export")).headers["content-type"] == types["csv"]


@pytest.mark.parametrize("format_", FORMATS)
async def test_an_empty_audience_is_a_file_without_people(api: Api, format_: str) -> None:
    made = await api.make_audience()
    response = await export(api, made["id"], format=format_)
    assert response.headers["x-row-count"] == "0"
    if format_ == "ndjson":
        assert response.content == b""
    else:
        assert await table(api, made["id"], format_) == []


async def test_only_who_is_in_the_list_now_is_exported(api: Api, pool: Pool) -> None:
    audience = await audience_of(pool, api, {"name": "Before"})
    data(await api.post(f"audiences/{audience}/empty"))
    assert (await export(api, audience, format="ndjson")).content == b""
    people = await make_prospects(pool, api, {"name": "After"}, {"name": "Gone"})
    added = {"prospectIds": people}
    data(await api.post(f"audiences/{audience}/prospects", json=added))
    removed = {"prospectIds": people[1:]}
    data(await api.post(f"audiences/{audience}/prospects/remove", json=removed))
    assert await table(api, audience, "csv", fields="name") == [{"name": "After"}]


async def test_fields_choose_columns_and_their_order(api: Api, pool: Pool) -> None:
    people = EVERYTHING, {"attributes": '{"a, b": "1", "say \\"x\\"": "2"}'}
    audience = await audience_of(pool, api, *people)
    fields = 'company.website,"a, b",attributes.email,email,company.name,attributes'
    first = {
        "company.website": "https://aerger.example",
        "a, b": None,
        "attributes.email": "=1",
        "email": "avery@stone.example",
        "company.name": "Ärger & Söhne",
        "attributes": '{"Party": "Ü", "Phone": "+49 30"}',
    }
    second = {**dict.fromkeys(first), "a, b": "1", "attributes": '{"say \\"x\\"": "2"}'}
    for format_ in ("csv", "xlsx", "parquet"):
        found = await table(api, audience, format_, fields=fields, raw="true")
        assert found == [first, second]
        assert list(found[0]) == list(first)
    lines = (await export(api, audience, format="ndjson", fields=fields)).text.split("\n")
    assert json.loads(lines[0]) == {
        "company": {"website": "https://aerger.example", "name": "Ärger & Söhne"},
        "attributes": {"Party": "Ü", "Phone": "+49 30", "email": "=1"},
        "email": "avery@stone.example",
    }
    lines = (await export(api, audience, format="ndjson", fields='"say ""x""",id')).text.split("\n")
    assert json.loads(lines[1])["attributes"] == {'say "x"': "2"}
    assert json.loads(lines[0])["attributes"] == {}
    # A single column: nobody without a value vanishes.
    assert await table(api, audience, "csv", fields="email") == [
        {"email": "avery@stone.example"},
        {"email": None},
    ]


async def test_a_field_that_nobody_has_is_named(api: Api, pool: Pool) -> None:
    audience = await audience_of(pool, api, EVERYTHING)
    for fields, told in {
        "name,Birthday,email": "'Birthday'",
        "company": "'company'",
        "name,,email": "empty name",
        "name,email,name": "'name' more than once",
        ",".join(f"c{n}" for n in range(501)): "at most 500",
    }.items():
        response = await api.get(f"audiences/{audience}/export", params={"fields": fields})
        assert told in problems(response)["fields"]
    for query, name in {
        "format=pdf": "format",
        "fields=": "fields",
        "raw=maybe": "raw",
        "bom=2": "bom",
        "page=1": "page",
        "fields=" + "x" * 20_001: "fields",
    }.items():
        assert name in problems(await api.get(f"audiences/{audience}/export?{query}"))


async def test_a_cell_that_a_spreadsheet_would_run_is_guarded_unless_raw(
    api: Api, pool: Pool
) -> None:
    audience = await audience_of(pool, api, EVERYTHING)
    (guarded,) = await table(api, audience, "csv")
    assert [guarded[each] for each in ("name", "title", "Phone", "attributes.email")] == [
        "'=Avery, Stone",
        "'@CTO",
        "'+49 30",
        "'=1",
    ]
    assert guarded["about"] == EVERYTHING["about"]
    (raw,) = await table(api, audience, "csv", raw="true")
    assert raw == guarded | {
        "name": "=Avery, Stone",
        "title": "@CTO",
        "Phone": "+49 30",
        "attributes.email": "=1",
    }
    for raw_, quoted in (("false", True), ("true", False)):
        response = await export(api, audience, format="xlsx", raw=raw_)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        assert sheet is not None
        cell = sheet.cell(2, COLUMNS.index("name") + 1)
        assert (cell.value, cell.quotePrefix) == ("=Avery, Stone", quoted)


async def test_the_mark_of_utf_8_can_be_left_out(api: Api, pool: Pool) -> None:
    audience = await audience_of(pool, api, EVERYTHING)
    with_mark = (await export(api, audience)).content
    assert with_mark.startswith(b"\xef\xbb\xbfid,")
    assert (await export(api, audience, bom="false")).content == with_mark[3:]


async def test_attributes_without_a_column_of_their_own_are_in_one(
    api: Api, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "MAX_ATTRIBUTES", 3)
    attributes = {f"a{n}": f"v{n}" for n in range(5)}
    audience = await audience_of(pool, api, {"attributes": json.dumps(attributes)}, {})
    for format_ in ("csv", "parquet"):
        first, second = await table(api, audience, format_)
        assert list(first)[-4:] == ["a0", "a1", "a2", "attributes"]
        assert (first["a2"], json.loads(first["attributes"])) == ("v2", {"a3": "v3", "a4": "v4"})
        assert second["attributes"] is None


async def test_what_no_workbook_holds_is_refused_before_it_begins(
    api: Api, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = await audience_of(pool, api, {"about": "ä" * 32_767}, {"about": "ä" * 32_768})
    refused = problems(await api.get(f"audiences/{audience}/export?format=xlsx"), 422)
    assert "person 2" in refused["format"]
    assert "32,768 characters in about" in refused["format"]
    assert "csv" in refused["format"]
    assert len(await table(api, audience, "xlsx", fields="id,name")) == 2
    assert len((await table(api, audience, "parquet"))[1]["about"]) == 32_768
    monkeypatch.setattr(writing, "MAX_XLSX_ROWS", 1)
    refused = problems(await api.get(f"audiences/{audience}/export?format=xlsx"), 422)
    assert "ask for csv" in refused["format"]
    await export(api, audience, format="csv")


async def test_a_workbook_takes_no_more_than_was_measured(api: Api, pool: Pool) -> None:
    attributes = {"attributes": json.dumps({f"a{n}": "x" * n for n in range(120)})}
    audience = await audience_of(
        pool, api, EVERYTHING, {}, {"linkedin_id": "id:" + "é" * 40}, attributes
    )
    of = (bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience))
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        export_ = await writing.prepare(connection, *of, writing.Wanted(format="xlsx"))
        (part,) = export_.selected.parts()
        found = await store.measure(connection, *of, part, export_.columns, a_cell=80, a_byte=2)
    content = (await export(api, audience, format="xlsx")).content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    _, _, rows = sheet.partition(b"</row>")
    assert len(rows) <= found.cells < 3 * len(rows)
    cells = [cell or "" for row in await table(api, audience, "csv") for cell in row.values()]
    longest = max(len(cell.encode()) for cell in cells)
    assert longest <= found.longest < 3 * longest + 64


async def test_it_refuses_a_stranger_and_an_audience_that_is_not_there_or_not_ready(
    api: Api, pool: Pool, stranger: Api, service: Service
) -> None:
    audience = await audience_of(pool, api, EVERYTHING)
    path = f"audiences/{audience}/export"
    error(await stranger.get(f"{api.base_url}{path}"), 404, "NOT_FOUND")
    error(await stranger.get(path), 404, "NOT_FOUND")
    error(await api.get(f"audiences/{'0' * 24}/export?fields=nothing"), 404, "NOT_FOUND")
    others = [each for each in Permission if each != Permission.PROSPECTS_READ]
    tenant = await make_tenant(pool, others, groups=[api.tenant.account_group_id])
    async with service.client(tenant) as clerk:
        told = error(await clerk.get(path), 403, "FORBIDDEN")
        assert "prospects:read" in told["details"]
    job = await make_busy(pool, api, audience)
    for format_ in FORMATS:
        assert_guarded(await api.get(path, params={"format": format_}), job)
    await make_ready(pool, api, audience)
    data(await api.delete(f"audiences/{audience}"))
    error(await api.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("written", [False, True])
async def test_filters_choose_whom_it_holds(api: Api, pool: Pool, *, written: bool) -> None:
    people = [
        {
            "name": f"Person {n}",
            "company_name": f"Acme {n % 3}",
            "email": f"p{n}@b.example" if n % 2 else None,
            "attributes": f'{{"Team {n % 3}": "{n}"}}',
        }
        for n in range(60)
    ]
    audience = await audience_of(pool, api, *people)
    if written:
        await write_texts(pool, api)
    for query, fit in (
        ({"q": "pers", "company": "me 1"}, lambda n: n % 3 == 1),
        ({"hasEmail": "true"}, lambda n: n % 2),
        ({"q": "nobody"}, lambda n: n < 0),
        ({"q": "person 7"}, lambda n: n == 7),
    ):
        expected = [f"Person {n}" for n in range(60) if fit(n)]
        for format_ in FORMATS:
            response = await export(api, audience, format=format_, **query)
            assert response.headers["x-row-count"] == str(len(expected))
            found = (
                [json.loads(line) for line in response.text.splitlines()]
                if format_ == "ndjson"
                else await table(api, audience, format_, **query)
            )
            assert [row["name"] for row in found] == expected
    header = (await export(api, audience, company="me 1")).text.splitlines()[0]
    assert "Team 1" in header
    assert "Team 2" not in header
    told = problems(await api.get(f"audiences/{audience}/export?fields=Team%202&company=me%201"))
    assert "Team 2" in told["fields"]


async def test_many_who_fit_come_in_order(api: Api, pool: Pool) -> None:
    """More than one statement reads, of whom some are not written for the search yet."""
    made = await api.make_audience()
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute(
        """
        INSERT INTO prospects (account_group_id, id, name, title, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Person ' || n,
               CASE WHEN n % 4 = 0 THEN 'CTO' ELSE 'CEO' END, now()
        FROM generate_series(1, 24000) n
        """,
        group,
    )
    ids = [f"{n:024x}" for n in range(24_000, 0, -1)]
    await pool.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                 seen_by_job_id, added_at)
        SELECT $1, $2, 24001 - n, decode(lpad(to_hex(n), 24, '0'), 'hex'), $2, now()
        FROM generate_series(1, 24000) n
        """,
        group,
        bytes.fromhex(made["id"]),
    )
    await pool.execute(
        "UPDATE audiences SET prospect_count = 24000, next_position = 24001"
        " WHERE account_group_id = $1 AND id = $2",
        group,
        bytes.fromhex(made["id"]),
    )
    # As an import does: without statistics, plans are made for a few people.
    await pool.execute("ANALYZE prospects, memberships")
    expected = [each for each in ids if int(each, 16) % 4]
    for written in (False, True):
        if written:
            await write_texts(pool, api)
            await pool.execute("ANALYZE search_texts, search_values")
            new = {"prospects": [{"email": "new@b.example", "title": "CEO"}]}
            data(await api.post(f"audiences/{made['id']}/prospects", json=new))
        response = await export(api, made["id"], title="ceo", fields="id")
        found = response.text.split()[1:]
        assert response.headers["x-row-count"] == str(len(found))
        assert found[:18_000] == expected
        assert len(found) == 18_000 + written
