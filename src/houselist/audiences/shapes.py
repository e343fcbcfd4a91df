"""What the API takes and tells of audiences."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from houselist.accounts.shapes import AccountPath
from houselist.envelope import Timestamp
from houselist.folders.shapes import FOLDER_ID, Folder
from houselist.ids import Id, ShownId
from houselist.texts import Description, Name

AUDIENCE_ID = "69821718a3d96f10b2c4e801"
AUDIENCE_NAME = "Heads of engineering, Berlin"
_DESCRIPTION = "Seed to series B, 10 to 200 people"
_UNGROUPED = {
    "id": "6982a0f4a3d96f10b2c4e85c",
    "name": "Competitors' followers",
    "type": "on_demand",
    "description": None,
    "folderId": None,
    "prospectCount": 1204,
    "createdAt": "2026-02-04T01:29:24.661Z",
}

AudienceType: TypeAlias = Annotated[
    Literal[
        "on_demand",
        "monitoring",
        "linkedin_search",
        "sales_navigator",
        "post_commenters",
        "url_upload",
        "file_upload",
        "combination",
    ],
    Meta(title="AudienceType", description="How it is filled.", examples=["file_upload"]),
]
AudienceName: TypeAlias = Annotated[
    Name, Meta(description="No other audience may have it.", examples=[AUDIENCE_NAME])
]


class AudiencePath(AccountPath):
    audience_id: Annotated[Id, Meta(description="The audience.", examples=[AUDIENCE_ID])]


class AudienceCreate(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new audience, empty and ready."""

    name: AudienceName
    type: Annotated[
        Literal["on_demand", "monitoring"],
        Meta(title="NewAudienceType", description="How it is filled.", examples=["on_demand"]),
    ]
    description: Annotated[
        Description | None, Meta(description="What it is for.", examples=[_DESCRIPTION])
    ] = None


class AudienceChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; what is left out stays. A null description removes it."""

    name: AudienceName | msgspec.UnsetType = msgspec.UNSET
    description: Annotated[
        Description | msgspec.UnsetType | None,
        Meta(description="What it is for; null removes it.", examples=[_DESCRIPTION]),
    ] = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.name is msgspec.UNSET and self.description is msgspec.UNSET:
            raise ValueError("must have at least one of name and description")


class MoveToFolder(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Where the audience is to stand."""

    folder_id: Annotated[Id, Meta(description="The folder to move to.", examples=[FOLDER_ID])]


class Audience(msgspec.Struct, rename="camel", gc=False):
    """A list of prospects. `prospectCount` is exact."""

    id: Annotated[ShownId, Meta(description="The audience's id.", examples=[AUDIENCE_ID])]
    name: Annotated[str, Meta(description="What people call it.", examples=[AUDIENCE_NAME])]
    type: AudienceType
    description: Annotated[str | None, Meta(description="What it is for.", examples=[_DESCRIPTION])]
    folder_id: Annotated[
        ShownId | None, Meta(description="The folder; null when ungrouped.", examples=[FOLDER_ID])
    ]
    prospect_count: Annotated[
        int,
        Meta(ge=0, description="How many prospects it holds, exactly.", examples=[519]),
    ]
    created_at: Annotated[
        Timestamp, Meta(description="When it was made.", examples=["2026-02-03T15:41:12.204Z"])
    ]


class NavigationFolder(Folder):
    """A folder with its audiences, newest first."""

    audiences: Annotated[list[Audience], Meta(description="Its audiences, newest first.")]


class Navigation(msgspec.Struct, rename="camel"):
    """All folders and audiences of an account group in one structure."""

    folders: Annotated[
        list[NavigationFolder],
        Meta(description="Pinned folders first, then by position, each with its audiences."),
    ]
    ungrouped_audiences: Annotated[
        list[Audience],
        Meta(description="Audiences in no folder, newest first.", examples=[[_UNGROUPED]]),
    ]
