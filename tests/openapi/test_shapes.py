"""The schemas of the OpenAPI document take what the service takes, and fit what it answers."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from houselist.errors import Invalid
from houselist.ids import Id, parse_id
from houselist.jobs.start_shapes import JobStart
from support.openapi import ALL, SCHEMAS, assert_fits, fits, walk
from support.service import data


def test_bodies_are_closed_and_answers_complete() -> None:
    for case in ALL:
        for content in case.values[2].get("requestBody", {}).get("content", {}).values():
            if "$ref" in content["schema"]:
                schema = SCHEMAS[content["schema"]["$ref"].rpartition("/")[2]]
                for kind in schema.get("oneOf", [content["schema"]]):
                    assert SCHEMAS[kind["$ref"].rpartition("/")[2]]["additionalProperties"] is False
    for name in ("Deleted", "Audience", "Prospect", "Job", "JobCancelled", "ReadFile", "ErrorBody"):
        assert SCHEMAS[name]["required"] == list(SCHEMAS[name]["properties"])
    assert SCHEMAS["AudienceCreate"]["required"] == ["name", "type"]
    for name in ("AudienceChange", "FolderChange"):
        assert "required" not in SCHEMAS[name]
        assert SCHEMAS[name]["minProperties"] == 1


@pytest.mark.parametrize("name", ["CTOs", " CTOs ", "Größe ∞", "a" * 200, "x\u00a0y", "\U0001f600"])
def test_names_the_service_takes_fit(name: str) -> None:
    assert fits(
        {"$ref": "#/components/schemas/AudienceCreate"}, {"name": name, "type": "on_demand"}
    )


@pytest.mark.parametrize(
    "name", ["", "  ", "\u2003", "a" * 201, "a\x00b", "a\x7fb", "a\nb", None, 7]
)
async def test_names_that_do_not_fit_are_refused(name: Any, api: Any) -> None:
    body = {"name": name, "type": "on_demand"}
    assert not fits({"$ref": "#/components/schemas/AudienceCreate"}, body)
    assert (await api.post("audiences", json=body)).status_code == 400


def test_every_property_is_described() -> None:
    described = {
        f"{name}.{field}": schema.get("description")
        for name, shape in SCHEMAS.items()
        for field, schema in shape.get("properties", {}).items()
    }
    assert len(described) > 250
    assert [name for name, words in described.items() if not words] == []


def test_what_may_be_left_out_has_no_default() -> None:
    """Generators take a field with a default for one that is always there."""
    with_default = [
        f"{name}.{field}"
        for name, shape in SCHEMAS.items()
        for field, schema in shape.get("properties", {}).items()
        if "default" in schema
    ]
    assert with_default == []


def test_values_to_choose_from_are_components() -> None:
    named = {name for name, schema in SCHEMAS.items() if "enum" in schema}
    assert {"AudienceType", "ErrorCode", "JobStatus", "Outcome", "SourceType"} <= named
    inline = [part for schema in SCHEMAS.values() for part in walk(schema)]
    listed = [part for part in inline if isinstance(part, dict) and "enum" in part]
    assert len(listed) == len(named)


# Types of jobs that other endpoints start.
STARTED_ELSEWHERE = ("combination", "undo")


def test_the_body_of_a_job_is_told_apart_by_its_type() -> None:
    start = SCHEMAS["JobStart"]
    mapping = start["discriminator"]["mapping"]
    assert start["discriminator"]["propertyName"] == "type"
    assert [{"$ref": reference} for reference in mapping.values()] == start["oneOf"]
    for tag, reference in mapping.items():
        kind = SCHEMAS[reference.rpartition("/")[2]]
        assert kind["properties"]["type"]["const"] == tag
        assert "type" in kind["required"]
    assert sorted([*mapping, *STARTED_ELSEWHERE]) == sorted(SCHEMAS["SourceType"]["enum"])


ID = "69821718a3d96f10b2c4e801"
SOURCES = {
    "searchUrl": "https://www.linkedin.com/search/results/people/?keywords=cto",
    "savedSearchId": "1827364655",
    "leadListId": "70451122",
    "postUrl": "https://www.linkedin.com/feed/update/urn:li:activity:7301234567890123456",
    "urls": ["https://www.linkedin.com/in/avery-stone"],
    "uploadId": ID,
    "columns": {"Company": "company.name"},
}
TYPES = ("linkedin_search", "sales_navigator", "post_commenters", "url_upload", "file_upload")
TARGETS = (
    {},
    {"audienceId": ID},
    {"audienceName": "CTOs"},
    {"audienceId": ID, "audienceName": "CTOs"},
    {"audienceId": None, "audienceName": "CTOs"},
)


@pytest.mark.parametrize("kind", TYPES)
def test_the_schema_of_a_job_takes_what_the_service_takes(kind: str) -> None:
    """Every pair of source fields, with every way to name the audience."""

    def decoded(shape: type, text: str) -> Any:
        return parse_id(text) if shape is Id else shape(text)

    def taken(body: dict[str, Any]) -> bool:
        try:
            msgspec.convert(body, JobStart, dec_hook=decoded)
        except (Invalid, msgspec.ValidationError):
            return False
        return True

    answers = set()
    for first, second, target in itertools.product(SOURCES.items(), SOURCES.items(), TARGETS):
        body = {"type": kind, **target, **dict([first, second])}
        answers.add(taken(body))
        assert fits({"$ref": "#/components/schemas/JobStart"}, body) == taken(body), body
    assert answers == {True, False}


async def test_a_real_answer_fits_the_schema(api: Any) -> None:
    made = data(await api.post("audiences", json={"name": "CTOs", "type": "on_demand"}), 201)
    answer = (await api.get(f"audiences/{made['id']}")).json()
    assert_fits({"$ref": "#/components/schemas/AudienceSuccessResponse"}, answer)
    refusal = (await api.get("audiences?limit=0&sort=name")).json()
    assert_fits({"$ref": "#/components/schemas/ValidationErrorResponse"}, refusal)
