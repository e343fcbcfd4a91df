"""The texts in cells that are JSON, because their source had a list there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_Json: TypeAlias = "str | int | float | bool | list[_Json] | dict[str, _Json] | None"

_LONGEST = 5_000
_DEEPEST = 3
_MAX = 50
# Where an object in such a list has its text: [{"value": "jo@x.example", "type": "work"}].
# An object that says so of itself comes first.
_FIRST = ("primary", "isPrimary", "is_primary")
_KEYS = ("value", "email", "emailAddress", "email_address", "address", "url", "href", "link")


def listed_texts(cell: str) -> list[str] | None:
    """The texts of a JSON list or object, 50 at most; None if the cell is neither."""
    if not cell.startswith(("[", "{")) or len(cell) > _LONGEST:
        return None
    try:
        decoded = cast("_Json", msgspec.json.decode(cell))
    except (msgspec.MsgspecError, RecursionError):
        return None
    return [text for text, _ in zip(_texts(decoded, _DEEPEST), range(_MAX), strict=False)]


def _texts(value: _Json, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for each in sorted(value, key=_is_second):
            yield from _texts(each, depth - 1)
    elif isinstance(value, dict) and depth:
        found = next((value[key] for key in _KEYS if key in value), None)
        yield from _texts(found, depth - 1)


def _is_second(value: _Json) -> bool:
    return not isinstance(value, dict) or all(value.get(key) is not True for key in _FIRST)
