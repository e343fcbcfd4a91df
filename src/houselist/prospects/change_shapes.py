"""What the API takes to change people, and how it tells where their values are from."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from houselist.envelope import Timestamp
from houselist.ids import Id, ShownId
from houselist.people.typed import (
    MAX_PROVIDER_ID,
    EmailAddress,
    PersonText,
    ProfileAddress,
    ProviderId,
    PublicIdentifier,
)
from houselist.prospects import field_words as words

_MAX_MERGED = 100
_MAX_TEXT = 100_000
_MAX_ADDRESS = 4_096
_MAX_NAME = 1_000
_JOB_ID, _KEY_ID = "69821718a3d96f10b2c4e7f2", "6964b0c15be0937a4c18d1f0"
_GONE_ID = "69b926dda3d96f10b2c4f3b9"

_ANY_TEXT = {
    "minLength": 1,
    "maxLength": _MAX_TEXT,
    "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$",
}
_Text: TypeAlias = Annotated[PersonText, Meta(extra_json_schema=_ANY_TEXT)]
# Read as PersonText once it is known of which attribute it is the value.
_AttributeText: TypeAlias = Annotated[str, Meta(extra_json_schema=_ANY_TEXT)]
_AttributeName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=_MAX_NAME, pattern=r"^[^\x00\s]([^\x00]*[^\x00\s])?$(?!\n)")
]


class CompanyChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change of where the person works; what is left out stays."""

    name: Annotated[_Text | UnsetType | None, words.COMPANY_NAME] = UNSET
    linkedin_identifier: Annotated[_Text | UnsetType | None, words.COMPANY_LINKEDIN_IDENTIFIER] = (
        UNSET
    )
    linkedin_url: Annotated[_Text | UnsetType | None, words.COMPANY_LINKEDIN_URL] = UNSET
    industry: Annotated[_Text | UnsetType | None, words.COMPANY_INDUSTRY] = UNSET
    website: Annotated[_Text | UnsetType | None, words.COMPANY_WEBSITE] = UNSET


class ProspectChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; what is left out stays, and null removes what is known."""

    first_name: Annotated[
        _Text | UnsetType | None,
        Meta(
            description=(
                "The first name. Unless `name` is given, it follows the first and last name."
            ),
            examples=["Avery"],
        ),
    ] = UNSET
    last_name: Annotated[_Text | UnsetType | None, words.LAST_NAME] = UNSET
    name: Annotated[_Text | UnsetType | None, words.NAME] = UNSET
    headline: Annotated[_Text | UnsetType | None, words.HEADLINE] = UNSET
    about: Annotated[_Text | UnsetType | None, words.ABOUT] = UNSET
    title: Annotated[_Text | UnsetType | None, words.TITLE] = UNSET
    location: Annotated[_Text | UnsetType | None, words.LOCATION] = UNSET
    email: Annotated[
        EmailAddress | UnsetType | None,
        Meta(
            description=(
                "The e-mail address. The former one still finds the person; null removes both."
            ),
            examples=["avery.stone@northwind.example"],
            extra_json_schema={"minLength": 1, "maxLength": _MAX_TEXT},
        ),
    ] = UNSET
    photo_url: Annotated[_Text | UnsetType | None, words.PHOTO_URL] = UNSET
    linkedin_url: Annotated[
        ProfileAddress | UnsetType | None,
        Meta(
            description=(
                "The person's profile on LinkedIn. One by an internal id is kept beside the public"
                " identifier, which the address that is shown is made of. The former address still"
                " finds the person; null removes all addresses and internal ids."
            ),
            examples=[words.PROFILE_URL],
            extra_json_schema={"minLength": 1, "maxLength": _MAX_ADDRESS},
        ),
    ] = UNSET
    public_identifier: Annotated[
        PublicIdentifier | UnsetType | None,
        Meta(
            description=(
                "The last part of the profile's address. The former one still finds the person;"
                " null removes both, but no internal id."
            ),
            examples=["avery-stone-5b1a2c"],
            extra_json_schema={"minLength": 1, "maxLength": _MAX_ADDRESS},
        ),
    ] = UNSET
    provider_id: Annotated[
        ProviderId | UnsetType | None,
        Meta(
            description=(
                "The person's id at a provider. The former one still finds the person; null"
                " removes both."
            ),
            examples=["ACoAABx2Yk4BqT7mVn0"],
            extra_json_schema={"minLength": 1, "maxLength": MAX_PROVIDER_ID},
        ),
    ] = UNSET
    company: Annotated[
        CompanyChange | UnsetType | None,
        Meta(description="Where the person works. Null removes all that is known of it."),
    ] = UNSET
    attributes: Annotated[
        dict[_AttributeName, _AttributeText | None] | UnsetType | None,
        Meta(
            description=(
                "Values by name: those given are added or replace what is known, null removes one,"
                " and the others stay. Null in place of the object removes all."
            ),
            examples=[{"Event": "DevOps Days 2026", "Segment": None}],
        ),
    ] = UNSET

    def __post_init__(self) -> None:
        if all(value is UNSET for value in msgspec.structs.astuple(self)):
            raise ValueError("must have at least one field of a prospect")


class ProspectMerge(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who are the same person. An id that is given twice counts once."""

    prospect_ids: Annotated[
        list[Id],
        Meta(
            min_length=1,
            max_length=_MAX_MERGED,
            description=(
                "The prospects that become this one. What is not known of it is filled from them,"
                " in this order."
            ),
            examples=[[_GONE_ID]],
            extra={"must": f"a list of 1 to {_MAX_MERGED} ids of prospects"},
        ),
    ]


class ValueChange(msgspec.Struct, rename="camel", gc=False):
    """One value that a person got, and where it was from."""

    field: Annotated[
        str,
        Meta(
            description=(
                "Which field it is, such as `title`, `company.name` or `attributes.Event`. It is"
                " `merged` where another prospect turned out to be this person."
            ),
            examples=["title"],
        ),
    ]
    value: Annotated[
        str | None,
        Meta(
            description=(
                "The value after the change; null if it was removed. Of `merged`, the id of the"
                " prospect that is this one since."
            ),
            examples=["VP Engineering"],
        ),
    ]
    at: Annotated[
        Timestamp, Meta(description="When it was.", examples=["2026-03-17T10:03:09.431Z"])
    ]
    job_id: Annotated[
        ShownId | None,
        Meta(
            description=(
                "The job that brought it, or that put back what another job had changed; null if"
                " it was no job."
            ),
            examples=[_JOB_ID],
        ),
    ]
    row: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="The row of that job's source, counted from 1; null if it was none.",
            examples=[17],
        ),
    ]
    key_id: Annotated[
        ShownId | None,
        Meta(
            description="The key of the request that changed it; null if it was no request.",
            examples=[_KEY_ID],
        ),
    ]
