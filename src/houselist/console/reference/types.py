"""JSON Schemas in words: what a field may hold, and what binds several of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console.reference import prose
from houselist.ids import ID_PATTERN

if TYPE_CHECKING:
    from markupsafe import Markup

Json = dict[str, Any]

# A longer pattern says less than the description beside it.
_MAX_PATTERN = 24
_BOUNDS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "entries"),
)


class Type(NamedTuple):
    """What a value may be: `words`, then names of shapes, or the values themselves."""

    words: str
    shapes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    limits: str = ""
    or_null: bool = False


class Field(NamedTuple):
    """A field of a shape, or a parameter."""

    name: str
    type: Type
    is_required: bool
    about: Markup


class Shape(NamedTuple):
    """A named object. `kinds`: what it is one of, by the value of `tag`."""

    name: str
    about: Markup
    fields: list[Field]
    rules: list[Markup]
    tag: str
    kinds: list[tuple[str, str]]


def shape_of(name: str, components: Json) -> Shape:
    """A component, to read."""
    schema = components[name]
    rules = [prose.line(each) for each in _rules(schema)]
    about = prose.whole(schema.get("description", ""))
    tag, kinds = "", list[tuple[str, str]]()
    if by := schema.get("discriminator"):
        tag = by["propertyName"]
        kinds = [(value, _named(ref)) for value, ref in sorted(by["mapping"].items())]
    fields = [
        Field(
            each,
            type_of(field, components),
            each in schema.get("required", ()),
            prose.line(field.get("description", "")),
        )
        for each, field in schema.get("properties", {}).items()
    ]
    return Shape(name, about, fields, rules, tag, kinds)


def type_of(schema: Json, components: Json) -> Type:
    """What fits `schema`."""
    if "$ref" in schema:
        name = _named(schema["$ref"])
        # The values themselves say more than their name.
        found = components[name]
        return type_of(found, components) if "enum" in found else Type("", (name,))
    if parts := schema.get("anyOf") or schema.get("oneOf"):
        return _one_of(parts, components)
    kinds = schema.get("type", "any value")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    or_null = "null" in kinds
    (kind,) = [each for each in kinds if each != "null"] or ["null"]
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        shown = tuple(str(each).lower() if each is True else each for each in values if each)
        return Type("", values=shown, or_null=or_null)
    inner = schema.get("items") or schema.get("additionalProperties")
    if kind in ("array", "object") and inner:
        of = type_of(inner, components)
        limits = ", ".join(filter(None, [_limits(schema), of.limits]))
        many = "list of" if kind == "array" else "object of"
        return Type(f"{many} {of.words}".strip(), of.shapes, of.values, limits, or_null)
    return Type(_word(kind, schema), limits=_limits(schema), or_null=or_null)


def _one_of(parts: list[Json], components: Json) -> Type:
    found = [type_of(each, components) for each in parts]
    words = " or ".join(each.words for each in found if each.words and each.words != "null")
    shapes = tuple(name for each in found for name in each.shapes)
    values = tuple(value for each in found for value in each.values)
    limits = ", ".join(each.limits for each in found if each.limits)
    or_null = any(each.or_null or each.words == "null" for each in found)
    return Type(words, shapes, values, limits, or_null)


def _word(kind: str, schema: Json) -> str:
    if schema.get("pattern") == ID_PATTERN:
        return "id, 24 hex digits"
    if schema.get("format") == "date-time":
        return "time"
    return "file" if schema.get("format") == "binary" else kind


def _limits(schema: Json) -> str:
    found: list[str] = []
    for low_name, high_name, unit in _BOUNDS:
        low, high = schema.get(low_name), schema.get(high_name)
        if low is None and high is None:
            continue
        if high is None:
            words = f"{low:,} or more"
        elif low is None:
            words = f"at most {high:,}"
        else:
            words = f"{low:,} to {high:,}"
        found.append(f"{words} {unit}".strip())
    if schema.get("uniqueItems"):
        found.append("each once")
    pattern = schema.get("pattern", ID_PATTERN)
    if pattern != ID_PATTERN and len(pattern) <= _MAX_PATTERN and "(?" not in pattern:
        found.append(f"matches {pattern}")
    return ", ".join(found)


def _rules(schema: Json) -> list[str]:
    """What binds several fields, as sentences."""
    found = ["At least one field must be there."] if "minProperties" in schema else []
    for each in (schema, *schema.get("dependentSchemas", {}).values()):
        if "if" in each:
            (one,), (other,) = each["if"]["required"], each["then"]["properties"]
            found.append(f"Exactly one of `{one}` and `{other}` must be there.")
    return found


def _named(reference: str) -> str:
    return reference.rpartition("/")[2]
