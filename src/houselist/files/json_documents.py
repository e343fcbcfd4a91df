"""People in JSON that is not NDJSON: arrays, responses of APIs, objects over several lines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias, cast

from houselist.files.mapping import suggest_mapping
from houselist.people.rows import MAX_RECORD, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.files.encodings import Text

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

# Such a document is held in memory as a whole; its decoded form takes several times as much.
MAX_DOCUMENT = 32 << 20
_ADVICE = (
    "Send one object per line, without the surrounding brackets and the commas between objects;"
    " `jq -c '.[]'` converts an array."
)
# What APIs call the list in their responses, and the objects around it.
_WRAPPERS = (
    "people",
    "persons",
    "contacts",
    "prospects",
    "leads",
    "profiles",
    "members",
    "users",
    "candidates",
    "customers",
    "subscribers",
    "results",
    "result",
    "records",
    "rows",
    "items",
    "elements",
    "entries",
    "objects",
    "list",
    "hits",
    "data",
    "value",
    "values",
    "response",
    "content",
    "payload",
)
_MAX_DEPTH = 3
_WHO = {"email", "linkedinUrl", "publicIdentifier", "providerId", "firstName", "lastName", "name"}
_BETWEEN = re.compile(r"[\s,]*")


def _null(_: str) -> None:
    """The value of NaN and Infinity, which are not JSON but which some exporters write."""


_decode = json.JSONDecoder(parse_constant=_null).raw_decode


def decode_leniently(text: str) -> Json:
    """One JSON value, with NaN and Infinity as null. Raises ValueError or RecursionError."""
    value, end = _decode(text)
    if text[end:].strip():
        raise ValueError("there is something after the value")
    return cast("Json", value)


def is_document(start: str) -> bool:
    """Whether a text that starts like this must be read as a whole, not line by line.

    `start` extends to the end of the second non-blank line, or beyond 1 MiB.
    """
    lines = [line for line in map(str.strip, start.split("\n")) if line]
    first = lines[0] if lines else ""
    if not first.startswith(("{", "[")):
        return False
    if first.startswith("[") or len(first) > MAX_RECORD:
        return True
    try:
        value = decode_leniently(first.rstrip(","))
    except (ValueError, RecursionError):
        if len(lines) == 1:
            return first == "{" or "}{" in first
        return lines[1].startswith(('"', "}"))
    return _people_in(value) is not None


def objects(texts: Iterator[Text]) -> Iterator[Json]:
    """The values in a document, one by one. Raises UnreadableFile if it is too large or damaged."""
    parts: list[str] = []
    size = 0
    for piece in texts:
        if piece.broken:
            raise UnreadableFile(f"The file is {piece.broken}. Save it in UTF-8 and send it again.")
        size += len(piece.text)
        if size > MAX_DOCUMENT:
            raise UnreadableFile(
                f"The file is one JSON document of more than {MAX_DOCUMENT >> 20} MiB. {_ADVICE}"
            )
        parts.append(piece.text)
    text = "".join(parts).strip()
    is_array = text.startswith("[")
    at = _skip(text, 1 if is_array else 0)
    while at < len(text) and not (is_array and text.startswith("]", at)):
        try:
            value, at = _decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _damaged(text, at) from error
        people = _people_in(value)
        yield from [value] if people is None else people
        at = _skip(text, at)
    if is_array and (at >= len(text) or text[at + 1 :].strip()):
        raise _damaged(text, at)


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _damaged(text: str, at: int) -> UnreadableFile:
    line = text.count("\n", 0, at) + 1
    return UnreadableFile(
        f"The file is JSON that is damaged or cut off in the value that begins on line {line:,}."
        f" Export it again. {_ADVICE}"
    )


def _people_in(value: Json, depth: int = 0) -> list[Json] | None:
    """The list of objects inside an API's response; None for anything else."""
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return None
    scalars = [key for key, part in value.items() if not isinstance(part, dict | list)]
    if len(scalars) < MAX_RECORD and _WHO & set(suggest_mapping(scalars).mapping.values()):
        return None
    for name in _WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, list) and all(isinstance(each, dict) for each in inner):
            return inner
        if isinstance(inner, dict) and (found := _people_in(inner, depth + 1)) is not None:
            return found
    return None


def as_text(value: Json) -> str:
    """A value as JSON text, with lone surrogates unchanged."""
    return json.dumps(value, ensure_ascii=False)
