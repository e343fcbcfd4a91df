"""Reading a request into shapes, naming every problem at once instead of the first."""

from __future__ import annotations

import re
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, cast, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec

from houselist.errors import MAX_PROBLEMS, Invalid, Problem, UnsupportedMediaType
from houselist.ids import Id, parse_id
from houselist.web import tagged

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from houselist.web.request import Request

Shape = TypeVar("Shape", bound=msgspec.Struct)

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNKNOWN = "is not known here; leave it out"
# How the name of a parameter or field without a name is told.
_NO_NAME = '""'
MISSING = "is required"
# Above it floats can't tell whole numbers apart.
_WHOLE = 1 << 53
_MAX_KEY_LENGTH = 255
_WRAPPERS = (Annotated, Union, UnionType)
_KEY = re.compile(rb"[\x21-\x7e]+")
_EVENT_ID = re.compile(rb"[0-9]{1,19}")


def _decode(kind: type, value: object) -> object:
    """What msgspec asks for types of ours: an id, or a text type that checks itself."""
    if not isinstance(value, str):
        raise TypeError("must be text")
    return parse_id(value) if kind is Id else kind(value)


def read(
    shape: type[Shape], raw: Mapping[str, object], problems: list[Problem], *, strict: bool = True
) -> Shape | None:
    """`raw` as `shape`, maybe a tagged union; or None, with what is wrong added to `problems`.

    `strict` False reads numbers and booleans from text, as queries need it.
    """
    try:
        return msgspec.convert(raw, shape, strict=strict, dec_hook=_decode)
    except msgspec.ValidationError as first:
        kinds = tagged.kinds_of(shape)
        kept = tagged.without_foreign_nulls(kinds, raw)
        if len(kept) < len(raw):
            return read(shape, kept, problems, strict=strict)
        # msgspec stops at the first problem; people want all of them, so ask field by field.
        found = _problems(kinds, raw, strict=strict)
        problems += found or [_problem("", first)]
    except Invalid as refusal:
        problems += refusal.problems
    return None


def _problems(kinds: tagged.Kinds, raw: Mapping[str, object], *, strict: bool) -> list[Problem]:
    meant, tag_field = tagged.meant(kinds, raw), tagged.tag_field(kinds)
    found: list[Problem] = []
    if tag_field and len(meant) > 1:
        tags = ", ".join(map(tagged.tag_of, kinds))
        found.append(Problem(tag_field, f"must be one of {tags}" if tag_field in raw else MISSING))
    fields = tagged.fields_of(meant)
    for name, field in fields.items():
        if name not in raw:
            if field.required and len(meant) == 1:
                found.append(Problem(name, MISSING))
            continue
        try:
            msgspec.convert(raw[name], field.type, strict=strict, dec_hook=_decode)
        except msgspec.ValidationError as error:
            found.append(_problem(name, error, _must(field.type)))
    strange = [name for name in raw if name not in fields and name != tag_field]
    if len(meant) == 1 and (between := getattr(meant[0], "problems_between", None)):
        found += between(raw)
    return found + _strange(kinds, meant[0], strange)


def _strange(kinds: tagged.Kinds, meant: type[msgspec.Struct], names: list[str]) -> list[Problem]:
    """What is said of fields that are not known here, though another kind may have them."""
    elsewhere = tagged.fields_of(kinds)
    # A nameless one (`?=1`, `{"": 1}`) is still to be found by who sent it.
    found = [
        Problem(name, f"does not go with {tagged.tag_of(meant)}; leave it out")
        if name in elsewhere
        else Problem(name or _NO_NAME, _UNKNOWN)
        for name in names[:MAX_PROBLEMS]
    ]
    # The rest is only counted.
    return found + [Problem("", _UNKNOWN)] * (len(names) - MAX_PROBLEMS)


def _must(kind: Any) -> str | None:
    """What a field's type says of itself in words: `Meta(extra={"must": …})`."""
    for meta in getattr(kind, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.extra and "must" in meta.extra:
            return str(meta.extra["must"])
    inner = get_args(kind) if get_origin(kind) in _WRAPPERS else ()
    return next(filter(None, map(_must, inner)), None)


def _problem(name: str, error: msgspec.ValidationError, must: str | None = None) -> Problem:
    message = str(error)
    at = _AT.search(message)
    words = (message[: at.start()] if at else message).replace("`", "")
    inner = at["path"] if at else ""
    dot = "." if name and inner and not inner.startswith("[") else ""
    path = f"{name}{dot}{inner}" or "body"
    # What a list or an object must be says nothing of one thing inside it.
    if must and not inner:
        return Problem(path, f"must be {must}")
    # Types of ours speak for themselves; msgspec speaks in sentences, which have no place here.
    is_ours = error.__cause__ is not None
    return Problem(path, words if is_ours else words[:1].lower() + words[1:])


def _is_text(value: str) -> bool:
    return value.isascii() or not _SURROGATE.search(value)


def read_path(
    shape: type[Shape], raw: Mapping[str, object], problems: list[Problem]
) -> Shape | None:
    """The path's parameters as `shape`. Bytes that are no UTF-8 arrive as lone surrogates."""
    broken = [name for name, value in raw.items() if not _is_text(str(value))]
    problems += [Problem(name, "is not valid UTF-8 text") for name in broken]
    return None if broken else read(shape, raw, problems)


def read_query(shape: type[Shape], query: bytes, problems: list[Problem]) -> Shape | None:
    """The query string as `shape`. A parameter given twice is refused."""
    raw: dict[str, object] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in raw:
            problems.append(Problem(name or _NO_NAME, "is given more than once"))
        elif "\x00" in value or "\ufffd" in value:
            problems.append(Problem(name or _NO_NAME, "is not valid UTF-8 text"))
        raw[name] = value
    found = read(shape, raw, problems, strict=False)
    # msgspec takes the text "null" for null; a parameter can be left out, but not be null.
    problems += [
        Problem(name, "must not be null; leave it out")
        for name, field in (tagged.fields_of((shape,)).items() if found else ())
        if name in raw and getattr(found, field.name) is None
    ]
    return found


def _number(text: str) -> float:
    """150.0 and 1.5e2 are whole numbers to JSON Schema, and so they are here."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < _WHOLE else value


_decode_json = msgspec.json.Decoder(float_hook=_number).decode


def read_json(shape: type[Shape], body: bytes, problems: list[Problem]) -> Shape | None:
    """A JSON object as `shape`. An empty body is an empty object, for shapes that need nothing."""
    try:
        raw: object = _decode_json(body or b"{}")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        problems.append(Problem("body", f"is not valid JSON: {str(error)[:200]}"))
        return None
    if not isinstance(raw, dict):
        problems.append(Problem("body", "must be a JSON object"))
        return None
    return read(shape, cast("dict[str, object]", raw), problems)


def check_json_type(content_type: bytes | None, body: bytes) -> None:
    """Raises UnsupportedMediaType for a body whose type is not JSON."""
    if not body or content_type is None:
        return
    kind = media_type(content_type)
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise UnsupportedMediaType(details="Send the body as application/json.")


def check_idempotency_key(request: Request, problems: list[Problem]) -> None:
    """Adds what is wrong with the Idempotency-Key, if there is one."""
    given = [value for name, value in request.scope["headers"] if name == b"idempotency-key"]
    if not given:
        return
    if len(given) > 1:
        problems.append(Problem("Idempotency-Key", "is given more than once"))
    if not (len(given[0]) <= _MAX_KEY_LENGTH and _KEY.fullmatch(given[0])):
        problems.append(Problem("Idempotency-Key", "must be 1 to 255 visible ASCII characters"))


def check_last_event_id(request: Request, problems: list[Problem]) -> None:
    """Adds what is wrong with the Last-Event-ID, if there is one."""
    given = [value for name, value in request.scope["headers"] if name == b"last-event-id"]
    if len(given) > 1:
        problems.append(Problem("Last-Event-ID", "is given more than once"))
    elif given and not _EVENT_ID.fullmatch(given[0]):
        problems.append(Problem("Last-Event-ID", "must be the id of an event: 1 to 19 digits"))


def check_upload_type(request: Request, upload_types: Collection[str]) -> None:
    """Raises UnsupportedMediaType for a body of another type."""
    if media_type(request.header(b"content-type") or b"") not in upload_types:
        raise UnsupportedMediaType(details=f"Send one of {', '.join(upload_types)}.")


def media_type(content_type: bytes) -> str:
    """A Content-Type without its parameters, in lower case."""
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")
