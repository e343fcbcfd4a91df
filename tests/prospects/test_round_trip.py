"""What is exported is what an import takes back: three rounds, each format, every value."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from houselist.people import exported
from support.depth import rounds
from support.service import Api, Service, make_tenant

if TYPE_CHECKING:
    from houselist.postgres.db import Pool

TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NEWLY_MADE = ("id", "addedAt")
pytestmark = pytest.mark.usefixtures("worker")

# What tempts an export or an import to change it: formulas, quotes, delimiters, marks of text, words
# for nothing, names of fields, line breaks, letters of all kinds.
_TEMPTING = st.sampled_from(
    [
        "=1+1",
        "'=1+1",
        "''+49",
        "+49 30 12",
        "-5",
        "@x",
        "a;=1",
        "a\n=1",
        '="x"',
        "'quoted'",
        '"',
        "''",
        "a,b",
        "a;b",
        "a\tb",
        "a\nb",
        "N/A",
        "null",
        "Null",
        "NaN",
        "-",
        "#N/A",
        "true",
        "007",
        "1e5",
        "{}",
        '{"a": 1}',
        "[1]",
        "\ufeffx",
        "x\u200b",
        "＝1",
        "é",
        "e\u0301",
        "王小明",
        "Ω",
        "sep=;",
        "Doe, Jane",
        "Dr. Jane Doe, PhD",
        "jane@x.example",
        "https://www.linkedin.com/in/jane",
    ]
)
# What an import can have kept of a cell: trimmed, with lines that end in one way.
_TEXTS = (
    (
        _TEMPTING
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)
    )
    .map(str.strip)
    .filter(bool)
)
_NAMES = st.sampled_from(
    [
        "Event",
        "id",
        "email",
        "addedAt",
        "attributes",
        "attributes.email",
        "attributes.attributes.x",
        "=SUM(A1)",
        "'x",
        "E-mail 2",
        "Personal Email",
        "LinkedIn",
        "Name",
        "column 3",
        "a.b",
        "Tag (2)",
        "company",
        "Größe",
        "x;=y",
    ]
)


_COMPANY = ("name", "linkedinIdentifier", "linkedinUrl", "industry", "website")
_PLAIN = ("firstName", "lastName", "name", "headline", "about", "title", "location", "photoUrl")


def _identity(kind: str, number: int) -> dict[str, str]:
    address = "https://www.linkedin.com"
    token = f"AbCdEfGhIjKlMnOpQrStUvWxYz0123{number:04d}"
    slug, quoted = f"jané-{number}", f"jan%C3%A9-{number}"
    if kind == "email":
        return {"email": f"p{number}@x.example"}
    if kind == "provider":
        return {"providerId": f"=p:{number}"}
    if kind == "member":
        return {"linkedinIdUrl": f"urn:li:member:{number + 1}"}
    if kind == "sales":
        return {"linkedinUrl": f"{address}/sales/lead/ACwAA{token}"}
    if kind == "id":
        return {"linkedinUrl": f"{address}/in/ACoAA{token}"}
    found = {"linkedinUrl": f"{address}/in/{quoted}", "publicIdentifier": slug}
    return {**found, "linkedinIdUrl": f"{address}/in/ACoAA{token}"} if kind == "both" else found


@st.composite
def _people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """An export of people, each of them somebody else."""
    people: list[dict[str, Any]] = []
    kinds = st.sampled_from(["email", "slug", "id", "sales", "member", "both", "provider"])
    for number in range(draw(st.integers(1, 12))):
        person: dict[str, Any] = dict.fromkeys((*exported.COLUMNS, "company", "attributes"))
        for column in [name for name in person if name.startswith("company.")]:
            del person[column]
        texts = draw(st.dictionaries(st.sampled_from(_PLAIN), _TEXTS))
        texts.setdefault("name", draw(_TEXTS))
        company = draw(st.dictionaries(st.sampled_from(_COMPANY), _TEXTS))
        people.append(
            {
                **person,
                **texts,
                **_identity(draw(kinds), number),
                "id": "0" * 24,
                "company": dict.fromkeys(_COMPANY) | company,
                "attributes": draw(st.dictionaries(_NAMES, _TEXTS, max_size=4)),
            }
        )
    return people


@pytest.fixture(scope="module")
async def tenants(service: Service, pool: Pool) -> Any:
    async def make() -> Api:
        return service.client(await make_tenant(pool))

    return make


async def fill(api: Api, content: str | bytes, format_: str) -> str:
    upload = await api.upload(content, TYPES[format_])
    job = await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName="People")
    job = await api.finished(job["jobId"])
    refused = await api.all_items(f"prospecting/{job['jobId']}/rows", outcome="invalid")
    assert refused == []
    return job["audienceId"]


async def export(api: Api, audience: str, format_: str) -> Any:
    response = await api.get(f"audiences/{audience}/export", params={"format": format_})
    assert response.status_code == 200, response.text
    return response.content if format_ == "xlsx" else response.content.decode()


def shown(text: Any, format_: str) -> list[Any]:
    """An export without what each import makes anew."""
    rows: list[Any]
    if format_ == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(text)).active
        header, *cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    elif format_ == "csv":
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    else:
        rows = [json.loads(line) for line in text.split("\n") if line]
    return [{name: row[name] for name in row if name not in NEWLY_MADE} for row in rows]


@settings(
    max_examples=rounds(4),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_people(), st.permutations(["csv", "ndjson", "xlsx"]))
async def test_three_rounds_change_nothing(
    tenants: Any, pool: Pool, source: list[dict[str, Any]], formats: list[str]
) -> None:
    api = await tenants()
    text = "".join(json.dumps(person) + "\n" for person in source)
    audience = await fill(api, text, "ndjson")
    known = shown(await export(api, audience, "ndjson"), "ndjson")
    assert known == shown(text, "ndjson")
    for format_ in formats:
        text = await export(api, audience, format_)
        api = await tenants()
        audience = await fill(api, text, format_)
        assert shown(await export(api, audience, "ndjson"), "ndjson") == known
        assert shown(await export(api, audience, format_), format_) == shown(text, format_)
