"""Shapes of several kinds that one field tells apart (msgspec's tagged unions): which is meant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast, get_args, get_origin

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Kinds: TypeAlias = "Sequence[type[msgspec.Struct]]"


def kinds_of(shape: Any) -> Kinds:
    """The shapes of a union, or the one shape itself."""
    union = get_args(shape)[0] if get_origin(shape) is Annotated else shape
    return cast("Kinds", get_args(union) or (union,))


def tag_field(kinds: Kinds) -> str | None:
    """The field that tells kinds apart; None for a shape of one kind."""
    return str(kinds[0].__struct_config__.tag_field) if len(kinds) > 1 else None


def tag_of(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def meant(kinds: Kinds, raw: Mapping[str, object]) -> Kinds:
    """The one kind that `raw` says it is, or all of them where it says nothing that is known."""
    field = tag_field(kinds)
    found = tuple(kind for kind in kinds if field and raw.get(field) == tag_of(kind))
    return found or kinds


@lru_cache
def _fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    # msgspec evaluates the annotations again each time, which takes longer than a whole request.
    return msgspec.structs.fields(kind)


def fields_of(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of one kind or of several, by their names outside."""
    return {field.encode_name: field for kind in kinds for field in _fields_of(kind)}


def without_foreign_nulls(kinds: Kinds, raw: Mapping[str, object]) -> Mapping[str, object]:
    """`raw` less the nulls of other kinds' fields: clients that write every field send them."""
    foreign = fields_of(kinds).keys() - fields_of(meant(kinds, raw)).keys()
    return {name: value for name, value in raw.items() if value is not None or name not in foreign}
