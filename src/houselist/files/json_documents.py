"""People in JSON that is not NDJSON: arrays, responses of APIs, objects over several lines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeGuard, cast

from houselist.files.json_columns import by_columns
from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.people.rows import MAX_COLUMNS, MAX_NAME, MAX_RECORD, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from houselist.files.encodings import Text
    from houselist.files.json_columns import Json

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
_WRAPPER_NAMES = frozenset(_WRAPPERS)
_MAX_DEPTH = 3
_MAX_NOTES = 20
_MAX_NAME = 60
# In an object keyed by ids: so many of its people are looked at, and if its keys are words without
# a digit, there must be so many.
_LOOKED_AT = 20
_MANY = 5
_ID = re.compile(r"[^\W\d_]{0,20}[ _-]?\d[\w.:-]{0,100}|[\w.+-]{1,64}@[\w.-]{1,100}|[\w-]{16,100}")
_IDENTITIES = frozenset(IDENTITY_FIELDS)
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
    if len(lines) == 1 and by_columns(value) is not None:
        return True
    return _people_in(value, []) is not None


def objects(texts: Iterator[Text], notes: list[str]) -> Iterator[tuple[Json, str | None]]:
    """The values in a document, each with its text where it stands in the document by itself.

    Adds notes about lists that are left out. Raises UnreadableFile if the document is too large or
    damaged.
    """
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
        start = at
        try:
            value, at = _decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _damaged(text, at) from error
        people = _people_in(value, notes)
        after = _skip(text, at)
        if people is None and not start and after == len(text):
            people = by_columns(value)
        if people is None:
            yield value, text[start:at]
        else:
            yield from ((each, None) for each in people)
        at = after
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


def _people_in(value: Json, notes: list[str], depth: int = 0) -> Sequence[Json] | None:
    """The objects in a list, or keyed by ids, inside an API's response; None for anything else."""
    if not isinstance(value, dict) or not value or depth > _MAX_DEPTH:
        return None
    if _WRAPPER_NAMES.isdisjoint(value):
        return _keyed(value)
    scalars = [key for key, part in value.items() if not isinstance(part, dict | list)]
    if _tells_who(scalars):
        return None
    empty: Sequence[Json] | None = None
    for name in _WRAPPERS:
        inner = value.get(name)
        found = inner if _is_list_of_objects(inner) else _people_in(inner, notes, depth + 1)
        if found:
            _note_others(value, name, notes)
            return found
        empty = found if empty is None else empty
    return _keyed(value) if empty is None else empty


def _is_list_of_objects(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _tells_who(keys: Sequence[str]) -> bool:
    return not _WHO.isdisjoint(suggest_mapping(keys[:MAX_COLUMNS]).mapping.values())


def _keyed(value: dict[str, Json]) -> list[Json] | None:
    """The people in {'17': {…}, '18': {…}}, each with the key as its id; None for anything else.

    In {'contact': {…}, 'company': {…}} are the parts of one person.
    """
    people = [each for each in value.values() if isinstance(each, dict)]
    if len(people) < len(value):
        return None
    if len(people) < _MANY and not all(len(key) < MAX_NAME and _ID.fullmatch(key) for key in value):
        return None
    for each in people[:_LOOKED_AT]:
        fields = suggest_mapping([*each][:MAX_COLUMNS]).mapping.values()
        if not _IDENTITIES & {*fields}:
            return None
    return [{"id": key, **each} for key, each in zip(value, people, strict=True)]


def _note_others(value: dict[str, Json], taken: str, notes: list[str]) -> None:
    for name, other in value.items():
        is_list = _is_list_of_objects(other) and other
        if name != taken and is_list and len(notes) < _MAX_NOTES:
            shown = "".join(char for char in name[:_MAX_NAME] if char.isprintable())
            note = (
                f"The list '{shown}' beside '{taken}' was left out. If it holds people too, send it"
                " as a file of its own."
            )
            if note not in notes:
                notes.append(note)


def as_text(value: Json) -> str:
    """A value as JSON text, with lone surrogates unchanged."""
    return json.dumps(value, ensure_ascii=False)
