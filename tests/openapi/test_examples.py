"""The examples of the OpenAPI document fit their schemas and look like life."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from houselist.openapi.examples import example_of
from support.openapi import ALL, DOCUMENT, assert_fits, contents, every_operation, examples_of, walk


@every_operation
def test_examples_fit_their_schemas(path: str, method: str, operation: dict[str, Any]) -> None:
    for content in contents(operation):
        if content["schema"].get("format") == "binary":
            continue
        assert examples_of(content)
        for example in examples_of(content):
            assert_fits(content["schema"], example)
    for parameter in operation["parameters"]:
        example = (
            parameter["example"] if parameter["required"] else parameter["schema"]["examples"][0]
        )
        assert_fits(parameter["schema"], example)


def test_examples_of_headers_fit_their_schemas() -> None:
    for header in DOCUMENT["components"]["headers"].values():
        assert_fits(header["schema"], header["example"])


def test_examples_look_like_life() -> None:
    seen = 0
    for case in ALL:
        for example in (e for content in contents(case.values[2]) for e in examples_of(content)):
            for part in walk(example):
                assert part not in ("string", "", "foo", "test")
                seen += isinstance(part, str)
    assert seen > 100


def test_examples_have_ids_of_their_time() -> None:
    seen = 0
    for case in ALL:
        for example in (e for content in contents(case.values[2]) for e in examples_of(content)):
            for part in walk(example):
                if not isinstance(part, dict) or "createdAt" not in part:
                    continue
                id_ = part.get("id") or part.get("jobId") or part["uploadId"]
                made = datetime.fromisoformat(part["createdAt"])
                assert int(id_[:8], 16) == int(made.timestamp())
                seen += 1
    assert seen > 10


def test_a_field_without_an_example_is_named() -> None:
    schema = {"type": "object", "properties": {"shoeSize": {"type": "integer"}}}
    with pytest.raises(LookupError, match=r"Prospect\.shoeSize has no example"):
        example_of({"$ref": "#/components/schemas/Prospect"}, {"Prospect": schema})
