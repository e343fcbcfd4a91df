"""Reading JSON that somebody else made: what has the wrong type counts as not there. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = dict[str, object]

_MAX_URL: Final = 2_048
_MAX_TOTAL: Final = 1_000_000_000
# PostgreSQL stores no NUL; the other controls and lone surrogates say nothing to people either.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WEB: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[1-9][0-9]{0,18}")


def decoded(body: bytes) -> object:
    """What the JSON says; None for what is no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    try:
        # This one lets halves of an emoji pass, which JavaScript makes where it cuts a text short.
        return cast("object", json.loads(body))
    except (ValueError, RecursionError):
        return None


def text(value: object) -> str | None:
    """A text without controls and spaces around it, or None."""
    if not isinstance(value, str):
        return None
    return _CONTROLS.sub("", value).strip() or None


def first_text(values: Iterable[object]) -> str | None:
    """The first that is a text with something in it."""
    return next((found for value in values if (found := text(value))), None)


def web_address(*values: object) -> str | None:
    """The first that is a web address."""
    for value in values:
        found = text(value)
        if found and len(found) <= _MAX_URL and _WEB.fullmatch(found):
            return found
    return None


def digits(value: object) -> str | None:
    """A number that names something, as text; it may come as either."""
    shown = str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)
    return shown if shown and _DIGITS.fullmatch(shown) else None


def count(value: object) -> int | None:
    """A count; some write them as floats."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= _MAX_TOTAL and value == int(value) else None


def inner(value: object) -> Json:
    """An object, or an empty one in its place."""
    return cast("Json", value) if isinstance(value, dict) else {}


def objects(value: object) -> list[Json]:
    """The objects in a list."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in items if isinstance(item, dict)]


def texts(value: object) -> list[str]:
    """The texts in a list."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [found for item in items if (found := text(item))]
