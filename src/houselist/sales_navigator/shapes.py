"""What the API tells of Sales Navigator. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class NamedSource(msgspec.Struct, rename="camel"):
    """A saved search or a lead list. `id` is what a job takes as savedSearchId or leadListId."""

    id: Annotated[
        str,
        Meta(
            description="What a job takes as `savedSearchId` or `leadListId`.",
            examples=["1827364655"],
        ),
    ]
    name: Annotated[
        str, Meta(description="What its owner calls it.", examples=["Heads of sales, DACH"])
    ]


class NamedSources(msgspec.Struct):
    """All of them; people have few."""

    items: Annotated[list[NamedSource], Meta(description="All of them, in one page.")]
