"""What the API tells of prospects."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from houselist.accounts.shapes import AccountPath
from houselist.ids import Id

_MOST_PROVIDER_ID = 255


class ProspectPath(AccountPath):
    prospect_id: Id


class ProviderIdPath(AccountPath):
    provider_id: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=_MOST_PROVIDER_ID,
            pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)",
            extra={"must": "1 to 255 characters, none of them control characters"},
        ),
    ]


class Company(msgspec.Struct, rename="camel", gc=False):
    """Where a prospect works, as far as it is known."""

    name: str | None
    linkedin_identifier: str | None
    linkedin_url: str | None
    industry: str | None
    website: str | None


class Prospect(msgspec.Struct, rename="camel", gc=False):
    """One person. What is not known is null.

    `attributes` holds the columns of the source that map to nothing else. `addedAt` is when the
    person joined the audience, or became known where no audience is asked for.
    """

    id: str
    first_name: str | None
    last_name: str | None
    name: str | None
    headline: str | None
    about: str | None
    title: str | None
    location: str | None
    email: str | None
    photo_url: str | None
    linkedin_url: str | None
    public_identifier: str | None
    provider_id: str | None
    company: Company
    attributes: dict[str, str] | msgspec.Raw
    added_at: str


class ProspectDetail(Prospect):
    """A prospect, and the audiences that hold it."""

    audience_ids: list[str]


class ExportedProspect(Prospect):
    """A prospect as an export tells it, with an address by the internal id that identifies it.

    It is null where there is none, and where `linkedinUrl` is that address already.
    """

    linkedin_id_url: str | None


class ProviderIdMatch(msgspec.Struct, rename="camel", gc=False):
    """Who somebody is, in short. `personId` equals `prospectId`."""

    prospect_id: str
    person_id: str
    public_identifier: str | None
    linkedin_url: str | None
    name: str | None
    company_name: str | None
    title: str | None


class ProviderIdMatches(msgspec.Struct, rename="camel"):
    """Who is known under a provider's id: nobody, one person, or several. It never guesses."""

    provider_id: str
    resolution: Literal["none", "unique", "ambiguous"]
    matches: list[ProviderIdMatch]
