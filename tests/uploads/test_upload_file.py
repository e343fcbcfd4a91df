"""POST /uploads: which bodies become an upload, and which are refused with nothing left behind."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import openpyxl
import pytest

from support.jobs import kept
from support.service import Api, Service, data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = 'Vorname,Nachname,E-mail Address,Notiz\nJörg,Müßig,j@b.example,"a\nb"\nÉva,,e@b.example,\n'
OBJECTS = r"""{"Vorname":"J\u00f6rg","Nachname":"Müßig","E-mail Address":"j@b.example","Notiz":"a\nb"}

{"E-mail Address":"e@b.example","Vorname":"Éva"}"""
CSV = {"content-type": "text/csv"}
NOTHING = {"uploads": 0, "upload_chunks": 0}


async def send(api: Api, body: bytes, type_: str | None = "text/csv", **headers: str) -> Any:
    given = {"content-type": type_} if type_ else {}
    return await api.post("uploads", content=body, headers={**given, **headers})


async def inputs(api: Api, upload: Any) -> list[Any]:
    """The rows of an upload as the ledger of a job shows them."""
    job = await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Anybody")
    job = await api.finished(job["jobId"])
    rows = await api.all_items(f"prospecting/{job['jobId']}/rows")
    return [row["input"] for row in rows]


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Second").append(["not", "read"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


async def test_the_answer_names_columns_and_suggests_fields(api: Api) -> None:
    upload = data(await send(api, TEXT.encode()), 201)
    assert list(upload) == [
        "uploadId",
        "rowCount",
        "columns",
        "suggestedMapping",
        "createdAt",
        "mappedBy",
        "encoding",
        "delimiter",
        "sheet",
        "notes",
        "name",
        "sample",
    ]
    assert re.fullmatch(r"[0-9a-f]{24}", upload["uploadId"])
    assert upload["rowCount"] == 2
    assert upload["columns"] == ["Vorname", "Nachname", "E-mail Address", "Notiz"]
    assert upload["suggestedMapping"] == {
        "Vorname": "firstName",
        "Nachname": "lastName",
        "E-mail Address": "email",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", upload["createdAt"])


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (TEXT.encode(), "text/csv"),
        (TEXT.encode(), "TEXT/CSV; charset=utf-8; header=present"),
        (TEXT.replace(",", ";").encode(), "text/csv;charset=utf-8"),
        (TEXT.replace(",", "\t").encode(), "text/csv"),
        (TEXT.encode("utf-8-sig"), "text/csv"),
        (TEXT.encode("utf-16"), "text/csv"),
        (TEXT.encode("utf-16-le"), "text/csv; charset=utf-16le"),
        (TEXT.encode("cp1252"), "text/csv"),
        (TEXT.replace("\n", "\r\n").replace("a\r\nb", "a\nb").encode(), "text/csv"),
        (
            OBJECTS.encode(),
            "application/x-ndjson; charset=utf-8",
        ),
        (
            workbook(
                ["Vorname", "Nachname", "E-mail Address", "Notiz"],
                ["Jörg", "Müßig", "j@b.example", "a\nb"],
                ["Éva", None, "e@b.example"],
            ),
            XLSX,
        ),
    ],
    ids=[
        "csv",
        "charset",
        "semicolon",
        "tab",
        "bom",
        "utf-16",
        "utf-16-le",
        "cp1252",
        "crlf",
        "ndjson",
        "xlsx",
    ],
)
async def test_every_dialect_and_format_gives_the_same_rows(
    api: Api, body: bytes, type_: str
) -> None:
    upload = data(await send(api, body, type_), 201)
    assert upload["columns"] == ["Vorname", "Nachname", "E-mail Address", "Notiz"]
    assert upload["rowCount"] == 2
    assert await inputs(api, upload) == [
        {"Vorname": "Jörg", "Nachname": "Müßig", "E-mail Address": "j@b.example", "Notiz": "a\nb"},
        {"Vorname": "Éva", "Nachname": None, "E-mail Address": "e@b.example", "Notiz": None},
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "~", "\x1f"])
async def test_a_delimiter_that_is_named_is_taken(api: Api, delimiter: str) -> None:
    lines = [["Email", "Name, first"], ["a@b.example", "Doe, Jane"], ["b@b.example", "Roe, Jo"]]
    body = "\n".join(map(delimiter.join, lines)).encode()
    query = "?" + urlencode({"delimiter": delimiter})
    upload = data(await api.post(f"uploads{query}", content=body, headers=CSV), 201)
    assert (upload["columns"], upload["delimiter"]) == (lines[0], delimiter)
    assert upload["sample"][0] == {"Email": "a@b.example", "Name, first": "Doe, Jane"}
    assert upload["notes"] == []
    # Another than would be found.
    upload = data(await api.post("uploads?delimiter=%2C", content=body, headers=CSV), 201)
    assert upload["columns"][1:] == ["first"]


async def test_a_delimiter_that_the_header_lacks_is_told(api: Api) -> None:
    body = b"sep=,\nEmail,Name\na@b.example,Jane\n"
    upload = data(await api.post("uploads?delimiter=%7C", content=body, headers=CSV), 201)
    assert upload["columns"] == ["Email,Name"]
    assert "does not divide the header row" in upload["notes"][0]


@pytest.mark.parametrize("delimiter", ["", ",,", "a", "7", " ", '"', "'", "\n", "\r", "\0", "é"])
async def test_what_can_not_divide_cells_is_refused(api: Api, delimiter: str) -> None:
    query = "?" + urlencode({"delimiter": delimiter})
    refused = await api.post(f"uploads{query}", content=b"Email\na@b.example\n", headers=CSV)
    assert "one character that is no letter" in problems(refused)["delimiter"]


@pytest.mark.parametrize(
    "type_",
    [
        None,
        "",
        "application/json",
        "text/plain",
        "text/csvx",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "csv",
        ";text/csv",
        "text/csv\u00e9",
    ],
)
async def test_other_content_types_are_415_and_say_what_is_taken(
    api: Api, pool: Pool, type_: str | None
) -> None:
    given = {"content-type": type_.encode("latin-1")} if type_ is not None else {}
    refused = await api.post("uploads", content=b"Email\na@b.example\n", headers=given)
    assert "text/csv" in error(refused, 415, "UNSUPPORTED_MEDIA_TYPE")["details"]
    assert await kept(pool, api, NOTHING) == NOTHING


@pytest.mark.parametrize(
    ("body", "type_", "word"),
    [
        (b"", "text/csv", "empty"),
        (b"", "application/x-ndjson", "empty"),
        (b"", XLSX, "empty"),
        (b"\n \r\n\n", "text/csv", "header"),
        (b"PK\x03\x04rest", "text/csv", "zip"),
        (b"Email\na@b.example\n", XLSX, "Excel"),
        (b"PK\x03\x04" + b"rest" * 300, XLSX, "damaged"),
        (b"Email\na@b.example\n", "application/x-ndjson", "NDJSON"),
        (b'{"email":"a@b.example"}\n', "text/csv", "JSON"),
        (b"%PDF-1.7\n", "text/csv", "PDF"),
        (b"<!doctype html><p>", "text/csv", "web page"),
        (bytes(range(256)) * 9, "text/csv", "not text"),
        (b",,,\n,,\n", "text/csv", "header"),
        (b"Name,Email\n".replace(b"Name", b"N" * 2000), "text/csv", "longer"),
    ],
)
async def test_a_body_that_is_not_of_its_type_is_refused_in_words(
    api: Api, pool: Pool, body: bytes, type_: str, word: str
) -> None:
    assert word in problems(await send(api, body, type_))["body"]
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_a_file_that_turns_out_bad_after_many_rows_leaves_none_of_them(
    api: Api, pool: Pool
) -> None:
    rows = [["Email"], *([f"p{number}@b.example"] for number in range(3000))]
    whole = workbook(*rows)
    assert problems(await send(api, whole[: len(whole) // 2], XLSX))["body"]
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_a_file_of_a_header_alone_is_an_upload_of_no_rows(api: Api) -> None:
    upload = data(await send(api, b"Email,Name"), 201)
    assert (upload["rowCount"], upload["columns"]) == (0, ["Email", "Name"])


async def test_rows_that_cannot_be_read_count_as_rows(api: Api) -> None:
    upload = data(await send(api, b"Email,Name\na@b.example,A\nb@b.example,B,more,cells\n"), 201)
    assert upload["rowCount"] == 2


@pytest.mark.parametrize("length", ["2147483649", "9" * 19, "9" * 5000])
async def test_a_declared_length_over_2_gib_is_refused_unread(
    api: Api, pool: Pool, length: str
) -> None:
    refused = await send(api, b"Email\na@b.example\n", **{"content-length": length})
    assert "2 GiB" in error(refused, 413, "PAYLOAD_TOO_LARGE")["details"]
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_an_undeclared_body_over_the_limit_is_refused_on_its_way(
    api: Api, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("houselist.uploads.bodies.LIMIT", 1 << 20)

    async def body() -> Any:
        yield b"Email\n"
        for _ in range(40):
            yield b"someone@somewhere.example\n" * 2000

    refused = await api.post("uploads", content=body(), headers={"content-type": "text/csv"})
    error(refused, 413, "PAYLOAD_TOO_LARGE")
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_writing_needs_the_permission(service: Service, api: Api, pool: Pool) -> None:
    group = [api.tenant.account_group_id]
    async with service.client(
        await make_tenant(pool, ["prospecting:read", "audiences:write"], groups=group)
    ) as reader:
        refused = await send(reader, b"Email\na@b.example\n")
    assert "prospecting:write" in error(refused, 403, "FORBIDDEN")["details"]
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_another_tenants_account_is_404(api: Api, stranger: Api, pool: Pool) -> None:
    path = f"/v1/accounts/{api.tenant.account_group_id}/uploads"
    refused = await stranger.post(
        f"http://houselist{path}", content=b"Email\n", headers={"content-type": "text/csv"}
    )
    error(refused, 404, "NOT_FOUND")
    assert await kept(pool, api, NOTHING) == NOTHING


async def test_the_name_of_the_file_is_kept_as_it_can_be_shown(api: Api, pool: Pool) -> None:
    async def named(name: str) -> Any:
        answer = await api.post(
            "uploads",
            params={"name": name},
            content="Email\na@b.example\n",
            headers={"content-type": "text/csv"},
        )
        return data(answer, 201)

    upload = await named("Gäste \u202efair\u200b.csv ")
    assert upload["name"] == "Gäste fair.csv"
    kept = await pool.fetchval(
        "SELECT read_as ->> 'name' FROM uploads WHERE id = $1", bytes.fromhex(upload["uploadId"])
    )
    assert kept == upload["name"]
    assert (await named("\u202e"))["name"] is None
    assert (await api.upload("Email\na@b.example\n"))["name"] is None
    answer = await api.post(
        "uploads", params={"name": "x" * 256}, content="", headers={"content-type": "text/csv"}
    )
    assert "name" in problems(answer)


async def test_an_unknown_query_parameter_is_refused(api: Api) -> None:
    refused = await api.post(
        "uploads?named=x", content=b"Email\n", headers={"content-type": "text/csv"}
    )
    assert "named" in problems(refused)
