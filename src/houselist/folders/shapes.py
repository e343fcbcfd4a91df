"""What the API takes and tells of folders."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from houselist.accounts.shapes import AccountPath
from houselist.envelope import Timestamp
from houselist.errors import Impossible, Problem
from houselist.ids import Id, ShownId
from houselist.texts import Name

FOLDER_ID = "6964bf1d5be0937a4c18d203"
MADE = "2026-01-12T09:30:05.512Z"

FolderType: TypeAlias = Annotated[
    Literal["on_demand", "monitoring"],
    Meta(
        title="FolderType", description="Which audiences the folder takes.", examples=["on_demand"]
    ),
]
FolderName: TypeAlias = Annotated[
    Name, Meta(description="No other folder may have it.", examples=["DACH outreach"])
]
Position: TypeAlias = Annotated[
    int,
    Meta(description="Where the folder stands among its like; lower comes first.", examples=[2]),
]
NewPosition: TypeAlias = Annotated[
    Position, Meta(ge=0, le=1_000_000, extra={"must": "a whole number from 0 to 1000000"})
]
IsPinned: TypeAlias = Annotated[
    bool, Meta(description="Pinned folders come first.", examples=[True])
]


class FolderPath(AccountPath):
    folder_id: Annotated[Id, Meta(description="The folder.", examples=[FOLDER_ID])]


class FolderCreate(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new folder. It comes last among the folders."""

    name: FolderName
    audience_type: FolderType


class FolderChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: Annotated[FolderName | msgspec.UnsetType, Meta(examples=["DACH outreach, spring"])] = (
        msgspec.UNSET
    )
    is_pinned: IsPinned | msgspec.UnsetType = msgspec.UNSET
    position: NewPosition | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.name is self.is_pinned is self.position is msgspec.UNSET:
            raise ValueError("must have at least one of name, isPinned and position")


class Folder(msgspec.Struct, rename="camel"):
    """A folder. A `monitoring` one takes `monitoring` audiences, an `on_demand` one all others."""

    id: Annotated[ShownId, Meta(description="The folder's id.", examples=[FOLDER_ID])]
    name: Annotated[str, Meta(description="What people call it.", examples=["DACH outreach"])]
    audience_type: FolderType
    is_pinned: IsPinned
    position: Position
    created_at: Annotated[Timestamp, Meta(description="When it was made.", examples=[MADE])]
    updated_at: Annotated[
        Timestamp,
        Meta(description="When it was last changed.", examples=["2026-03-17T10:03:12.090Z"]),
    ]


class Deleted(msgspec.Struct):
    """Says that it is gone."""

    deleted: Annotated[Literal[True], Meta(description="Always true.", examples=[True])] = True


def check_type(folder: Folder, audience_type: str) -> None:
    """Raises Impossible where a folder does not take audiences of a type."""
    if (folder.audience_type == "monitoring") != (audience_type == "monitoring"):
        words = f"is a folder for {folder.audience_type} audiences; this one is {audience_type}"
        raise Impossible(Problem("folderId", words))
