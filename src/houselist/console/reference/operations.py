"""Operations of the OpenAPI document as the page shows them. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from houselist.console.reference import prose
from houselist.console.reference.types import Field, shape_of, type_of
from houselist.permissions import Permission

if TYPE_CHECKING:
    from markupsafe import Markup

    from houselist.console.reference.types import Json, Shape

_GROUP = "/v1/accounts/{accountGroupId}"
# What the request of every operation may carry; told once, above them.
_EVERYWHERE = "traceparent"
_JSON = "application/json"
_NO_PERMISSION = "\n\nPermission: "


class Parameter(NamedTuple):
    """`example`: of a value, to show where one is entered. `values`: all there are, if few."""

    field: Field
    place: str
    example: str
    values: tuple[str, ...]


class Example(NamedTuple):
    """`name`: empty where there is one alone. `text`: as it is sent."""

    name: str
    text: str


class Body(NamedTuple):
    """What a request carries: a shape as JSON, or a file of one of several types."""

    types: list[str]
    shape: Shape | None
    is_required: bool
    examples: list[Example]


class Answer(NamedTuple):
    """What an operation gives when it works. `shape`: of its `data`."""

    status: str
    about: str
    types: list[str]
    shape: str
    headers: list[str]
    example: str


class Error(NamedTuple):
    """What an operation refuses. `details`: as they could read."""

    status: str
    code: str
    meaning: str
    message: str
    details: str


class Operation(NamedTuple):
    """`rest`: its path below that of the account group, if it is there.

    `permission` None: any key will do; `needs_key` False: it answers everybody.
    """

    name: str
    tag: str
    method: str
    path: str
    rest: str
    summary: str
    about: Markup
    permission: Permission | None
    needs_key: bool
    parameters: list[Parameter]
    body: Body | None
    answers: list[Answer]
    errors: list[Error]
    curl: str


def read(document: Json) -> list[Operation]:
    """All operations, in the document's order."""
    components = document["components"]["schemas"]
    return [
        _read(method.upper(), path, operation, components)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def _read(method: str, path: str, operation: Json, components: Json) -> Operation:
    about, _, permission = operation["description"].partition(_NO_PERMISSION)
    named = permission.split("`")[1] if "`" in permission else None
    body = _body(operation["requestBody"], components) if "requestBody" in operation else None
    parameters = [
        _parameter(each, components)
        for each in operation["parameters"]
        if each["name"] != _EVERYWHERE
    ]
    responses: Json = operation["responses"]
    return Operation(
        name=operation["operationId"],
        tag=operation["tags"][0],
        method=method,
        path=path,
        rest=path.removeprefix(_GROUP) if path.startswith(f"{_GROUP}/") else "",
        summary=operation["summary"],
        about=prose.whole(about),
        permission=Permission(named) if named else None,
        needs_key=bool(operation["security"]),
        parameters=parameters,
        body=body,
        answers=[
            _answer(status, each, components)
            for status, each in responses.items()
            if status < "400"
        ],
        errors=[
            error
            for status, each in responses.items()
            if status >= "400"
            for error in _errors(status, each)
        ],
        curl=_curl(method, path, body, needs_key=bool(operation["security"])),
    )


def _parameter(parameter: Json, components: Json) -> Parameter:
    schema = parameter["schema"]
    example = parameter.get("example", next(iter(schema.get("examples", [])), ""))
    kind = type_of(schema, components)
    about = prose.line(parameter["description"])
    values = ("true", "false") if kind.words == "boolean" else kind.values
    field = Field(parameter["name"], kind, parameter["required"], about)
    return Parameter(field, parameter["in"], _plain(example), values)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _body(body: Json, components: Json) -> Body:
    types = list(body["content"])
    content = body["content"][types[0]]
    found = [Example("", content["example"])] if "example" in content else []
    found += [Example(name, each["value"]) for name, each in content.get("examples", {}).items()]
    reference = content["schema"].get("$ref", "")
    shape = shape_of(_name(reference), components) if reference else None
    examples = [Example(each.name, _pretty(each.text)) for each in found]
    return Body(types, shape, body["required"], examples)


def _answer(status: str, response: Json, components: Json) -> Answer:
    content: Json = response.get("content", {})
    contents: list[Json] = list(content.values())
    first = contents[0] if contents else {}
    headers = [name for name in response.get("headers", {}) if name not in _TOLD_ONCE]
    example = next(
        (each["value"] for each in first.get("examples", {}).values()), first.get("example", "")
    )
    shape = _data(first.get("schema", {}), components)
    text = _pretty(example) if example else ""
    return Answer(status, response["description"], list(content), shape, headers, text)


# Headers that every answer has; told once, above the operations.
_TOLD_ONCE = ("x-trace-id", "RateLimit-Policy", "RateLimit")


def _data(schema: Json, components: Json) -> str:
    """The name of the shape within the envelope, or of what an event carries."""
    if "$ref" in schema:
        schema = components[_name(schema["$ref"])].get("properties", {}).get("data", {})
        return _name(schema.get("$ref", ""))
    event: Json = schema.get("properties", {}).get("data", {})
    return _name(event.get("contentSchema", {}).get("$ref", ""))


def _errors(status: str, response: Json) -> list[Error]:
    """Each code of a status, with its part of what the status means."""
    examples: Json = next(iter(response["content"].values()))["examples"]
    meanings = response["description"].removesuffix(".").split("; or: ")
    if len(meanings) != len(examples):
        meanings = [response["description"].removesuffix(".")] * len(examples)
    return [
        Error(
            status,
            code,
            meaning.replace(f" ({code})", "") + ".",
            example["summary"],
            example["value"]["error"]["details"] or "",
        )
        for meaning, (code, example) in zip(meanings, examples.items(), strict=True)
    ]


def _pretty(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _curl(method: str, path: str, body: Body | None, *, needs_key: bool) -> str:
    """The request as a command, with the names of the README for what it is about."""
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            short = "GROUP" if name == "accountGroupId" else name.removesuffix("Id").upper()
            path = path.replace(part, f"${short}")
    words = ['-H "Authorization: Bearer $KEY"'] if needs_key else []
    if body is not None and body.shape is None:
        words += [f'-H "Content-Type: {body.types[0]}"', "--data-binary @people.csv"]
    elif body is not None:
        text = json.dumps(json.loads(body.examples[0].text), ensure_ascii=False)
        quoted = text.replace("'", "'\\''")
        words += [f'-H "Content-Type: {_JSON}"', f"-d '{quoted}'"]
    command = "curl " if method == "GET" else f"curl -X {method} "
    return command + " \\\n  ".join([*words, f'"$URL{path}"'])
