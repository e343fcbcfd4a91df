"""What the API tells of prospects."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from houselist.accounts.shapes import AccountPath
from houselist.audiences.shapes import AUDIENCE_ID, AUDIENCE_NAME
from houselist.envelope import Timestamp
from houselist.ids import Id, ShownId
from houselist.paging import CURSOR, Page, PageQuery
from houselist.prospects import field_words as words
from houselist.search.typed import MAX_LENGTH, Moment, Part, Words

PROSPECT_ID = "69b926dda3d96f10b2c4f3a7"
_MAX_PROVIDER_ID = 255

_ProviderId: TypeAlias = Annotated[str, words.PROVIDER_ID]
_ProspectId: TypeAlias = Annotated[
    ShownId, Meta(description="The prospect.", examples=[PROSPECT_ID])
]


class ProspectPath(AccountPath):
    prospect_id: Annotated[Id, Meta(description="The prospect.", examples=[PROSPECT_ID])]


class ProviderIdPath(AccountPath):
    provider_id: Annotated[
        _ProviderId,
        Meta(
            min_length=1,
            max_length=_MAX_PROVIDER_ID,
            pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)",
            extra={"must": "1 to 255 characters, none of them control characters"},
        ),
    ]


_TEXT: Final = {"minLength": 1, "maxLength": MAX_LENGTH}
_DATE_TIME: Final = {"format": "date-time"}

_Sort: TypeAlias = Annotated[
    Literal["addedAt", "-addedAt", "name", "-name", "company", "-company"],
    Meta(
        description=(
            "The order; `-` turns it round. People without a name or company come last both ways."
        ),
        examples=["-addedAt"],
        extra={"must": "addedAt, name or company, maybe with - before it"},
    ),
]


_Q: TypeAlias = Annotated[
    Words | None,
    Meta(
        description=(
            "Each word begins a word of the name, headline, title, company, location or e-mail"
            " address. Accents and case do not matter."
        ),
        examples=["berl engineer"],
        extra_json_schema=_TEXT,
    ),
]
_CompanyPart: TypeAlias = Annotated[
    Part | None,
    Meta(
        description="A part of the company's name.",
        examples=["northwind"],
        extra_json_schema=_TEXT,
    ),
]
_TitlePart: TypeAlias = Annotated[
    Part | None,
    Meta(description="A part of the title.", examples=["head of"], extra_json_schema=_TEXT),
]
_LocationPart: TypeAlias = Annotated[
    Part | None,
    Meta(description="A part of the location.", examples=["germany"], extra_json_schema=_TEXT),
]
_HasEmail: TypeAlias = Annotated[
    bool | None,
    Meta(
        description="Whether an e-mail address is known.",
        examples=[True],
        extra={"must": "true or false"},
    ),
]
_AddedAfter: TypeAlias = Annotated[
    Moment | None,
    Meta(
        description="Added later than this.",
        examples=["2026-03-01T00:00:00.000Z"],
        extra_json_schema=_DATE_TIME,
    ),
]
_AddedBefore: TypeAlias = Annotated[
    Moment | None,
    Meta(
        description="Added earlier than this.",
        examples=["2026-04-01T00:00:00.000Z"],
        extra_json_schema=_DATE_TIME,
    ),
]
_AsOf: TypeAlias = Annotated[
    Moment | None,
    Meta(
        description=(
            "Who was a member then, up to 400 days ago. What is shown of them is what is known now."
        ),
        examples=["2026-03-17T10:03:09.431Z"],
        extra_json_schema=_DATE_TIME,
    ),
]


class ProspectsQuery(PageQuery):
    """A page of the account group's people: those to whom all of it applies."""

    q: _Q = None
    company: _CompanyPart = None
    title: _TitlePart = None
    location: _LocationPart = None
    has_email: _HasEmail = None
    added_after: _AddedAfter = None
    added_before: _AddedBefore = None
    sort: _Sort = "addedAt"


class MembersQuery(ProspectsQuery):
    """A page of an audience's people, now or at a moment."""

    as_of: _AsOf = None


class ProspectFilters(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Which people are meant: those to whom all of it applies, everybody if there is nothing."""

    q: _Q = None
    company: _CompanyPart = None
    title: _TitlePart = None
    location: _LocationPart = None
    has_email: _HasEmail = None
    added_after: _AddedAfter = None
    added_before: _AddedBefore = None


class MemberFilters(ProspectFilters):
    """Which of an audience's people are counted, now or at a moment."""

    as_of: _AsOf = None


class ProspectCount(msgspec.Struct, rename="camel"):
    """How many people there are."""

    count: Annotated[int, Meta(description="How many, 10,000 at most.", examples=[1204])]
    is_exact: Annotated[
        bool, Meta(description="False if there may be more than `count`.", examples=[True])
    ]


class Company(msgspec.Struct, rename="camel", gc=False):
    """Where a prospect works, as far as it is known."""

    name: Annotated[str | None, words.COMPANY_NAME]
    linkedin_identifier: Annotated[str | None, words.COMPANY_LINKEDIN_IDENTIFIER]
    linkedin_url: Annotated[str | None, words.COMPANY_LINKEDIN_URL]
    industry: Annotated[str | None, words.COMPANY_INDUSTRY]
    website: Annotated[str | None, words.COMPANY_WEBSITE]


class Prospect(msgspec.Struct, rename="camel", gc=False):
    """One person. What is not known is null.

    `attributes` holds the columns of the source that map to nothing else. `addedAt` is when the
    person joined the audience, or became known where no audience is asked for.
    """

    id: Annotated[ShownId, Meta(description="The prospect's id.", examples=[PROSPECT_ID])]
    first_name: Annotated[str | None, words.FIRST_NAME]
    last_name: Annotated[str | None, words.LAST_NAME]
    name: Annotated[str | None, words.NAME]
    headline: Annotated[str | None, words.HEADLINE]
    about: Annotated[str | None, words.ABOUT]
    title: Annotated[str | None, words.TITLE]
    location: Annotated[str | None, words.LOCATION]
    email: Annotated[str | None, words.EMAIL]
    photo_url: Annotated[str | None, words.PHOTO_URL]
    linkedin_url: Annotated[str | None, words.LINKEDIN_URL]
    public_identifier: Annotated[str | None, words.PUBLIC_IDENTIFIER]
    provider_id: _ProviderId | None
    company: Annotated[Company, words.COMPANY]
    attributes: Annotated[
        dict[str, str] | msgspec.Raw,
        Meta(description="The source's other columns.", examples=[{"Event": "DevOps Days 2026"}]),
    ]
    added_at: Annotated[
        Timestamp,
        Meta(
            description=(
                "When the person joined the audience, or became known where none is asked for."
            ),
            examples=["2026-03-17T10:03:09.431Z"],
        ),
    ]


class ProspectPage(Page[Prospect], rename="camel"):
    """One page of people. `previousCursor` is left out where nobody comes before it."""

    previous_cursor: Annotated[
        str | UnsetType,
        Meta(
            description="What to send as `cursor` for the page before; left out on the first.",
            examples=[CURSOR],
        ),
    ] = UNSET


class ProspectDetail(Prospect):
    """A prospect, and the audiences that hold it."""

    audience_ids: Annotated[
        list[str], Meta(description="The audiences that hold the person.", examples=[[AUDIENCE_ID]])
    ]


class HoldingAudience(msgspec.Struct, rename="camel", gc=False):
    """An audience that holds a person, in short."""

    id: Annotated[ShownId, Meta(description="The audience's id.", examples=[AUDIENCE_ID])]
    name: Annotated[str, Meta(description="The audience's name.", examples=[AUDIENCE_NAME])]
    added_at: Annotated[
        Timestamp,
        Meta(description="When the person joined it.", examples=["2026-03-17T10:03:09.431Z"]),
    ]


class ProviderIdMatch(msgspec.Struct, rename="camel", gc=False):
    """Who somebody is, in short. `personId` equals `prospectId`."""

    prospect_id: _ProspectId
    person_id: Annotated[
        ShownId, Meta(description="The prospect, by another name.", examples=[PROSPECT_ID])
    ]
    public_identifier: Annotated[str | None, words.PUBLIC_IDENTIFIER]
    linkedin_url: Annotated[str | None, words.LINKEDIN_URL]
    name: Annotated[str | None, words.NAME]
    company_name: Annotated[str | None, words.COMPANY_NAME]
    title: Annotated[str | None, words.TITLE]


class ProviderIdMatches(msgspec.Struct, rename="camel"):
    """Who is known under a provider's id: nobody, one person, or several. It never guesses."""

    provider_id: _ProviderId
    resolution: Annotated[
        Literal["none", "unique", "ambiguous"],
        Meta(
            title="Resolution",
            description="Whether nobody, one person or several are known under the id.",
            examples=["unique"],
        ),
    ]
    matches: Annotated[list[ProviderIdMatch], Meta(description="Everybody known under the id.")]
