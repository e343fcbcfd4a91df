"""What the API takes and tells of audiences."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from houselist.accounts.shapes import AccountPath
from houselist.folders.shapes import Folder
from houselist.ids import Id
from houselist.texts import Description, Name

AudienceType = Literal[
    "on_demand",
    "monitoring",
    "linkedin_search",
    "sales_navigator",
    "post_commenters",
    "url_upload",
    "file_upload",
]

_MAX_LEADS = 10_000


class AudiencePath(AccountPath):
    audience_id: Id


class AudienceCreate(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new audience, empty and ready."""

    name: Name
    type: Literal["on_demand", "monitoring"]
    description: Description | None = None


class AudienceChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; what is left out stays. A null description removes it."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    description: Description | msgspec.UnsetType | None = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.name is msgspec.UNSET and self.description is msgspec.UNSET:
            raise ValueError("must have at least one of name and description")


class MoveToFolder(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    folder_id: Id


class MoveLeads(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who is to move, and where to. An id that is given twice counts once."""

    target_audience_id: Id
    lead_ids: Annotated[
        list[Id],
        msgspec.Meta(
            min_length=1,
            max_length=_MAX_LEADS,
            extra={"must": f"a list of 1 to {_MAX_LEADS} ids of prospects"},
        ),
    ]


class Audience(msgspec.Struct, rename="camel", gc=False):
    """A list of prospects. `prospectCount` is exact."""

    id: str
    name: str
    type: AudienceType
    description: str | None
    folder_id: str | None
    prospect_count: int
    created_at: str


class LeadsMoved(msgspec.Struct, rename="camel"):
    """Both audiences as they are now. `movedCount`: how many left the source."""

    source_audience: Audience
    target_audience: Audience
    moved_count: int


class NavigationFolder(Folder):
    """A folder with its audiences, newest first."""

    audiences: list[Audience]


class Navigation(msgspec.Struct, rename="camel"):
    """All folders and audiences of an account group in one structure."""

    folders: list[NavigationFolder]
    ungrouped_audiences: list[Audience]
