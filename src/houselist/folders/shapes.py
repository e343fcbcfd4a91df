"""What the API takes and tells of folders."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from houselist.accounts.shapes import AccountPath
from houselist.errors import Impossible, Problem
from houselist.ids import Id
from houselist.texts import Name

FolderType = Literal["on_demand", "monitoring"]

Position = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=1_000_000,
        description="Where the folder stands among its like; lower comes first.",
        extra={"must": "a whole number from 0 to 1000000"},
    ),
]


class FolderPath(AccountPath):
    folder_id: Id


class FolderCreate(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new folder. It comes last among the folders."""

    name: Name
    audience_type: FolderType


class FolderChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    is_pinned: bool | msgspec.UnsetType = msgspec.UNSET
    position: Position | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.name is self.is_pinned is self.position is msgspec.UNSET:
            raise ValueError("must have at least one of name, isPinned and position")


class Folder(msgspec.Struct, rename="camel"):
    """A folder. A `monitoring` one takes `monitoring` audiences, an `on_demand` one all others."""

    id: str
    name: str
    audience_type: FolderType
    is_pinned: bool
    position: int
    created_at: str
    updated_at: str


class Deleted(msgspec.Struct):
    """Says that it is gone."""

    deleted: Literal[True] = True


def check_type(folder: Folder, audience_type: str) -> None:
    """Raises Impossible where a folder does not take audiences of a type."""
    if (folder.audience_type == "monitoring") != (audience_type == "monitoring"):
        words = f"is a folder for {folder.audience_type} audiences; this one is {audience_type}"
        raise Impossible(Problem("folderId", words))
