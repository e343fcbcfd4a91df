"""The OpenAPI document: valid, complete, and true to the routes."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from houselist.app import API
from houselist.folders.shapes import Folder
from houselist.openapi import document
from houselist.openapi import routes as public
from houselist.permissions import MEANINGS, Permission
from houselist.web.endpoint import endpoint
from houselist.web.operation import Operation
from support.openapi import ALL, DOCUMENT, OPERATIONS, SCHEMAS, every_operation, walk

AUDIENCE = "/v1/accounts/{accountGroupId}/audiences/{audienceId}"
KEYLESS = {"/healthz", "/readyz", "/openapi.json", "/docs"}


def test_it_is_openapi_3_1() -> None:
    problems = [str(error.message) for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)]
    assert problems == []
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["title"] == "Houselist"
    assert DOCUMENT["servers"] == [{"url": "/"}]


def test_every_schema_is_json_schema() -> None:
    for schema in SCHEMAS.values():
        jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_every_reference_leads_somewhere() -> None:
    references = {
        part["$ref"] for part in walk(DOCUMENT) if isinstance(part, dict) and "$ref" in part
    }
    for reference in references:
        found = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    assert "#/components/schemas/AudienceSuccessResponse" in references


def test_every_schema_is_used() -> None:
    used = {part["$ref"] for part in walk(DOCUMENT) if isinstance(part, dict) and "$ref" in part}
    assert {f"#/components/schemas/{name}" for name in SCHEMAS} <= used


async def test_it_is_served_as_it_was_built(anybody: Any) -> None:
    first, second = await anybody.get("/openapi.json"), await anybody.get("/openapi.json")
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/json"
    assert first.content == second.content
    assert first.json() == DOCUMENT


def test_it_has_every_route_and_no_other() -> None:
    routes = {(path, method.lower()) for method, path, _ in public.ROUTES}
    routes |= {(operation.path, operation.method.lower()) for operation in API}
    described = {(path, method) for path, item in DOCUMENT["paths"].items() for method in item}
    # The page that shows it is the console's.
    assert routes | {("/docs", "get")} == described


def test_operation_ids_are_camel_case_and_unique() -> None:
    names = [case.values[2]["operationId"] for case in ALL]
    assert len(names) == len(set(names))
    assert all(name.isalpha() and name[0].islower() for name in names)
    assert {name for name, _ in OPERATIONS} <= set(names)


@every_operation
def test_an_operation_says_what_it_is(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    (tag,) = operation["tags"]
    assert {"name": tag} | next(t for t in DOCUMENT["tags"] if t["name"] == tag) in DOCUMENT["tags"]
    assert operation["security"] == ([] if path in KEYLESS else [{"apiKey": []}])
    assert all(response["description"] for response in operation["responses"].values())
    assert all(parameter["description"] for parameter in operation["parameters"])


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_an_operation_names_its_permission_in_words(name: str, operation: Any) -> None:
    text = DOCUMENT["paths"][operation.path][operation.method.lower()]["description"]
    if operation.permission is None:
        assert "any valid key" in text
    else:
        assert f"Permission: `{operation.permission}` ({MEANINGS[operation.permission]})." in text


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_an_operation_has_every_status_it_can_answer(name: str, operation: Any) -> None:
    found = DOCUMENT["paths"][operation.path][operation.method.lower()]
    expected = {operation.endpoint.status, 400, 401, 429, 500, 502} | {
        r.status for r in operation.endpoint.refuses
    }
    if operation.permission:
        expected |= {403}
    if operation.endpoint.at:
        expected |= {404}
    if operation.takes_idempotency_key:
        expected |= {409}
    if operation.endpoint.status == 202:
        expected |= {200}
    if operation.endpoint.etag:
        expected |= {304}
    if "requestBody" in found:
        expected |= {413, 415}
    assert {int(status) for status in found["responses"]} == expected


def test_the_first_reference_page_holds() -> None:
    responses = DOCUMENT["paths"][AUDIENCE]["get"]["responses"]
    schemas = {
        status: response["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for status, response in responses.items()
    }
    assert schemas == {
        "200": "AudienceSuccessResponse",
        "400": "ValidationErrorResponse",
        **dict.fromkeys(("401", "403", "404", "409", "429", "500", "502"), "ErrorResponse"),
    }
    audience = ["id", "name", "type", "description", "folderId", "prospectCount", "createdAt"]
    assert list(SCHEMAS["Audience"]["properties"]) == SCHEMAS["Audience"]["required"] == audience
    assert "AUDIENCE_NOT_READY" in responses["409"]["description"]


def test_conflicts_of_one_status_stand_side_by_side() -> None:
    conflict = DOCUMENT["paths"][AUDIENCE]["patch"]["responses"]["409"]
    examples = conflict["content"]["application/json"]["examples"]
    assert set(examples) == {"AUDIENCE_NOT_READY", "CONFLICT", "IDEMPOTENCY_CONFLICT"}
    assert all(example["value"]["error"]["code"] == code for code, example in examples.items())
    assert "Retry-After" in conflict["headers"]


def test_answers_name_their_headers() -> None:
    def headers(path: str, method: str, status: int) -> set[str]:
        return set(DOCUMENT["paths"][path][method]["responses"][str(status)]["headers"])

    limited = {"x-trace-id", "RateLimit", "RateLimit-Policy"}
    navigation = "/v1/accounts/{accountGroupId}/audiences/navigation"
    jobs = "/v1/accounts/{accountGroupId}/prospecting"
    assert headers(AUDIENCE, "get", 200) == limited
    assert headers(AUDIENCE, "get", 429) == limited | {"Retry-After"}
    assert headers(AUDIENCE, "get", 401) == {"x-trace-id", "WWW-Authenticate"}
    assert headers(AUDIENCE, "patch", 200) == limited | {"Idempotent-Replayed"}
    assert headers(navigation, "get", 200) == headers(navigation, "get", 304) == limited | {"ETag"}
    assert headers(jobs, "post", 202) == limited | {"Location"}
    assert headers(jobs, "post", 200) == limited | {"Location", "Idempotent-Replayed"}
    assert headers("/readyz", "get", 502) == {"x-trace-id", "Retry-After"}


@every_operation
def test_writes_take_an_idempotency_key(path: str, method: str, operation: dict[str, Any]) -> None:
    headers = {
        parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"
    }
    assert "traceparent" in headers
    assert ("Idempotency-Key" in headers) == (method not in ("get", "put"))


def test_a_stream_is_described_by_one_of_its_events() -> None:
    @endpoint(
        response=Folder, media_type="text/event-stream", summary="Follow the news", tag="News"
    )
    async def follow_news() -> None:
        """As it happens."""

    path = "/v1/accounts/{accountGroupId}/news"
    built = document.build([Operation("GET", path, Permission.PROSPECTING_READ, follow_news)])
    operation = built["paths"][path]["get"]
    content = operation["responses"]["200"]["content"]
    event = content["text/event-stream"]["schema"]
    assert event["properties"]["data"]["contentSchema"] == {"$ref": "#/components/schemas/Folder"}
    assert "FolderSuccessResponse" not in built["components"]["schemas"]
    assert "Last-Event-ID" in {parameter["name"] for parameter in operation["parameters"]}
    assert {tag["name"] for tag in built["tags"]} == {"News", "Service"}
    assert list(OPENAPI_31_VALIDATOR.iter_errors(built)) == []
