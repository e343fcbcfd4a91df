"""What the API tells of Sales Navigator. Pure."""

from __future__ import annotations

import msgspec


class NamedSource(msgspec.Struct, rename="camel"):
    """A saved search or a lead list. `id` is what a job takes as savedSearchId or leadListId."""

    id: str
    name: str


class NamedSources(msgspec.Struct):
    """All of them; people have few."""

    items: list[NamedSource]
