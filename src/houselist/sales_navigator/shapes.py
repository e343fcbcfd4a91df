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


class NamedSources(msgspec.Struct, rename="camel"):
    """Those that the provider names, in one page; people have few."""

    items: Annotated[
        list[NamedSource],
        Meta(description="Those that the provider names, in one page; all of them as a rule."),
    ]
    has_more: Annotated[
        bool,
        Meta(
            description="Whether there are, or may be, more than `items` holds: not every provider"
            " names all.",
            examples=[False],
        ),
    ] = False
    note: Annotated[
        str | None,
        Meta(
            description="With `hasMore`: what is missing, and how to find its id. Else null.",
            examples=[None],
        ),
    ] = None
