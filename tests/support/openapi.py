"""The OpenAPI document as the tests of tests/openapi see it, and what fits its schemas."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from houselist.app import API
from houselist.openapi import document

OPERATIONS = [(operation.name, operation) for operation in API]
DOCUMENT = json.loads(json.dumps(document.build(API)))
SCHEMAS = DOCUMENT["components"]["schemas"]
ALL = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
every_operation = pytest.mark.parametrize(("path", "method", "operation"), ALL)


def assert_fits(schema: Any, value: Any) -> None:
    """Raises where `value` breaks `schema`, formats included."""
    whole = {"allOf": [schema], "components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    problems = [
        f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(value)
    ]
    assert not problems, problems


def fits(schema: Any, value: Any) -> bool:
    whole = {"allOf": [schema], "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole).is_valid(value)


def examples_of(content: dict[str, Any]) -> list[Any]:
    named = [example["value"] for example in content.get("examples", {}).values()]
    return named + ([content["example"]] if "example" in content else [])


def contents(operation: dict[str, Any]) -> list[dict[str, Any]]:
    found = [
        content
        for r in operation["responses"].values()
        for content in r.get("content", {}).values()
    ]
    return found + list(operation.get("requestBody", {}).get("content", {}).values())


def walk(value: Any) -> list[Any]:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(found for part in below for found in walk(part))]
