"""The API reference, made once a process from the OpenAPI document: entries in groups, as HTML."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from markupsafe import Markup

from houselist.console import rendering
from houselist.console.reference import operations, prose
from houselist.console.reference.types import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from houselist.console.reference.operations import Operation
    from houselist.console.reference.types import Json
    from houselist.openapi.kept import Document
    from houselist.permissions import Permission

# How an operation can be tried: by a form, not by this key, or after signing in.
_FORM, _LACKING, _SIGNED_OUT = "form", "lacking", "signed-out"


class Entry(NamedTuple):
    """What unfolds. `words`: what a search looks at, in lower case."""

    words: str
    html: Markup
    is_found: bool = True


class Group(NamedTuple):
    """Entries under one heading."""

    id: str
    title: str
    about: Markup
    entries: list[Entry]

    @property
    def found(self) -> int:
        """How many entries a search has left."""
        return sum(each.is_found for each in self.entries)


class Contents(NamedTuple):
    """The whole reference, as one key sees it."""

    version: str
    about: Markup
    groups: list[Group]

    @property
    def found(self) -> int:
        """How many entries a search has left."""
        return sum(each.found for each in self.groups)


class _Operation(NamedTuple):
    """An operation, by how it can be tried."""

    permission: Permission | None
    ways: dict[str, Entry]


class _Made(NamedTuple):
    """`tags`: a group for each, with its operations in the place of entries."""

    version: str
    about: Markup
    basics: Group
    tags: list[tuple[Group, list[_Operation]]]
    shapes: Group


class Reference:
    """One for each process, in its Services. Made when first asked for, in a thread."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._making = asyncio.Lock()
        self._made: _Made | None = None

    async def read(self, may: Collection[str] | None, search: str = "") -> Contents:
        """All of it, for a key with these permissions; None: for whoever has no session.

        Entries that lack a word of `search` are there too, marked as not found.
        """
        made = await self._get()
        groups = [made.basics]
        for group, found in made.tags:
            entries = [each.ways[_way(each.permission, may)] for each in found]
            groups.append(group._replace(entries=entries))
        wanted = search.lower().split()
        if wanted:
            groups = [_marked(each, wanted) for each in [*groups, made.shapes]]
            return Contents(made.version, made.about, groups)
        return Contents(made.version, made.about, [*groups, made.shapes])

    async def _get(self) -> _Made:
        if self._made is None:
            async with self._making:
                if self._made is None:
                    text = await self._document.json()
                    self._made = await asyncio.to_thread(_make, text)
        return self._made


def _way(permission: Permission | None, may: Collection[str] | None) -> str:
    if may is None:
        return _SIGNED_OUT
    return _FORM if permission is None or permission in may else _LACKING


def _marked(group: Group, wanted: list[str]) -> Group:
    entries = [
        each._replace(is_found=all(word in each.words for word in wanted)) for each in group.entries
    ]
    return group._replace(entries=entries)


def _make(text: bytes) -> _Made:
    document: Json = msgspec.json.decode(text)
    info, components = document["info"], document["components"]["schemas"]
    about, sections = prose.sections(info["description"])
    basics = [
        _entry("reference_section.html", section=each, id=each.heading.lower().replace(" ", "-"))
        for each in sections
    ]
    by_tag: dict[str, list[Operation]] = {each["name"]: [] for each in document["tags"]}
    for each in operations.read(document):
        by_tag[each.tag].append(each)
    tags = [
        (
            Group(_id(each["name"]), each["name"], prose.line(each["description"]), []),
            [_operation(operation) for operation in by_tag[each["name"]]],
        )
        for each in document["tags"]
    ]
    shapes = [
        _entry("reference_shape.html", shape=shape_of(name, components))
        for name in _shown(components)
    ]
    return _Made(
        info["version"],
        about,
        Group("basics", "Basics", Markup(), basics),
        tags,
        Group("shapes", "Shapes", Markup("What requests carry and answers hold."), shapes),
    )


def _operation(operation: Operation) -> _Operation:
    ways = {
        way: _entry("reference_operation.html", op=operation, way=way)
        for way in (_FORM, _LACKING, _SIGNED_OUT)
    }
    # A search finds the same, whoever looks.
    words = ways[_LACKING].words
    return _Operation(
        operation.permission, {way: each._replace(words=words) for way, each in ways.items()}
    )


def _entry(template: str, **values: object) -> Entry:
    html = Markup(rendering.html(template, values))
    return Entry(html.striptags().lower(), html)


def _shown(components: Json) -> Iterable[str]:
    """Objects. Envelopes are told once, and values stand where they are used."""
    for name, schema in components.items():
        is_envelope = {"success", "data", "traceId"} <= schema.get("properties", {}).keys()
        if not is_envelope and "enum" not in schema and "const" not in schema:
            yield name


def _id(tag: str) -> str:
    return "tag-" + tag.lower().replace(" ", "-")
