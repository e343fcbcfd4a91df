"""What the API takes and tells of an audience's members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta

from houselist.audiences.shapes import Audience
from houselist.envelope import Timestamp
from houselist.errors import Invalid, Problem
from houselist.ids import Id, ShownId
from houselist.paging import CURSOR, Cursor
from houselist.prospects import field_words as words
from houselist.prospects.shapes import PROSPECT_ID, ProspectFilters

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_AT_ONCE = 10_000
_JOB_ID = "69b926d5a3d96f10b2c4f31b"
_Ids: TypeAlias = Annotated[
    list[Id],
    Meta(
        min_length=1,
        max_length=_MAX_AT_ONCE,
        extra={"must": f"a list of 1 to {_MAX_AT_ONCE} ids of prospects"},
    ),
]


class MoveLeads(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who is to move, and where to. An id that is given twice counts once."""

    target_audience_id: Annotated[
        Id, Meta(description="Where they go.", examples=["69822a40a3d96f10b2c4e815"])
    ]
    lead_ids: Annotated[
        _Ids,
        Meta(description="The ids of prospects who are in the audience.", examples=[[PROSPECT_ID]]),
    ]


class LeadsMoved(msgspec.Struct, rename="camel"):
    """Both audiences as they are now. `movedCount`: how many left the source."""

    source_audience: Annotated[Audience, Meta(description="The audience that they left.")]
    target_audience: Annotated[Audience, Meta(description="The audience that they are in.")]
    moved_count: Annotated[int, Meta(ge=0, description="How many left the source.", examples=[1])]


class NewCompany(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Where somebody works. What is not known is left out."""

    name: Annotated[str | None, words.COMPANY_NAME] = None
    linkedin_identifier: Annotated[str | None, words.COMPANY_LINKEDIN_IDENTIFIER] = None
    linkedin_url: Annotated[str | None, words.COMPANY_LINKEDIN_URL] = None
    industry: Annotated[str | None, words.COMPANY_INDUSTRY] = None
    website: Annotated[str | None, words.COMPANY_WEBSITE] = None


class NewProspect(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Somebody to add. One of the LinkedIn identity, the providerId and the e-mail is needed."""

    first_name: Annotated[str | None, words.FIRST_NAME] = None
    last_name: Annotated[str | None, words.LAST_NAME] = None
    name: Annotated[str | None, words.NAME] = None
    headline: Annotated[str | None, words.HEADLINE] = None
    about: Annotated[str | None, words.ABOUT] = None
    title: Annotated[str | None, words.TITLE] = None
    location: Annotated[str | None, words.LOCATION] = None
    email: Annotated[str | None, words.EMAIL] = None
    photo_url: Annotated[str | None, words.PHOTO_URL] = None
    linkedin_url: Annotated[str | None, words.LINKEDIN_URL] = None
    public_identifier: Annotated[str | None, words.PUBLIC_IDENTIFIER] = None
    provider_id: Annotated[str | None, words.PROVIDER_ID] = None
    company: Annotated[NewCompany | None, words.COMPANY] = None
    attributes: Annotated[
        dict[str, str] | None,
        Meta(
            description="What goes into no other field.", examples=[{"Event": "DevOps Days 2026"}]
        ),
    ] = None


class MembersAdd(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who is to join: prospects by their ids, or people who may be new. One of the two."""

    exactly_one: ClassVar[tuple[tuple[str, str], ...]] = (("prospectIds", "prospects"),)

    prospect_ids: Annotated[
        _Ids | None,
        Meta(description="The ids of prospects of the account group.", examples=[[PROSPECT_ID]]),
    ] = None
    prospects: Annotated[
        Annotated[
            list[NewProspect],
            Meta(
                min_length=1,
                max_length=_MAX_AT_ONCE,
                extra={"must": f"a list of 1 to {_MAX_AT_ONCE} people"},
            ),
        ]
        | None,
        Meta(
            description="People, matched as the rows of a file are.",
            examples=[[{"email": "avery.stone@northwind.example", "title": "CTO"}]],
        ),
    ] = None

    @classmethod
    def problems_between(cls, given: Mapping[str, object]) -> list[Problem]:
        """What is wrong with the fields together, whether or not each is right by itself."""
        return [
            Problem(one, f"give exactly one of {one} and {other}")
            for one, other in cls.exactly_one
            if (given.get(one) is None) == (given.get(other) is None)
        ]

    def __post_init__(self) -> None:
        given = {"prospectIds": self.prospect_ids, "prospects": self.prospects}
        if problems := self.problems_between(given):
            raise Invalid(*problems)


class InvalidMember(msgspec.Struct):
    """Somebody who could not be added, and why."""

    index: Annotated[int, Meta(description="Which of the list, from 0.", examples=[3])]
    reason: Annotated[
        str, Meta(description="Why, for people.", examples=["is no prospect of the account group"])
    ]


class MembersAdded(msgspec.Struct, rename="camel"):
    """What became of each that was given: the three add up to their number."""

    added: Annotated[int, Meta(description="How many joined.", examples=[412])]
    already_member: Annotated[
        int,
        Meta(description="How many were members before, or given twice.", examples=[17]),
    ]
    invalid: Annotated[list[InvalidMember], Meta(description="Who could not be added, and why.")]


class MembersRemove(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Who is to leave."""

    prospect_ids: Annotated[
        _Ids, Meta(description="The ids of prospects.", examples=[[PROSPECT_ID]])
    ]


class MembersRemoved(msgspec.Struct, rename="camel"):
    """How many left. The two add up to the number of ids."""

    removed: Annotated[int, Meta(description="How many left.", examples=[12])]
    not_member: Annotated[
        int, Meta(description="How many were no members, or given twice.", examples=[1])
    ]


class Matching(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Whom it is about: those who fit the filters, some at a time."""

    filters: Annotated[
        ProspectFilters,
        Meta(
            description="Those to whom all of it applies; `{}` for everybody.",
            examples=[{"title": "head of", "hasEmail": False}],
        ),
    ]
    limit: Annotated[
        int,
        Meta(
            ge=1,
            le=_MAX_AT_ONCE,
            description="How many people a request is about at most.",
            examples=[_MAX_AT_ONCE],
            extra={"must": f"a whole number from 1 to {_MAX_AT_ONCE}"},
        ),
    ] = _MAX_AT_ONCE
    cursor: Annotated[
        Cursor | None,
        Meta(description="The `nextCursor` of the request before, to go on.", examples=[None]),
    ] = None


class MatchingTo(Matching, kw_only=True):
    """The same, and where they go."""

    target_audience_id: Annotated[
        Id, Meta(description="Where they go.", examples=["69822a40a3d96f10b2c4e815"])
    ]


_NextCursor: TypeAlias = Annotated[
    str | None,
    Meta(
        description="What to send as `cursor` to go on; null when it is done.",
        examples=[CURSOR],
    ),
]
_HasMore: TypeAlias = Annotated[
    bool, Meta(description="Whether there may be more to do: go on if so.", examples=[True])
]


class MatchingRemoved(msgspec.Struct, rename="camel"):
    """How many left with this request."""

    removed: Annotated[int, Meta(description="How many left.", examples=[10000])]
    next_cursor: _NextCursor
    has_more: _HasMore


class MatchingMoved(msgspec.Struct, rename="camel"):
    """Both audiences as they are now. `movedCount`: how many left the source with this request."""

    source_audience: Annotated[Audience, Meta(description="The audience that they left.")]
    target_audience: Annotated[Audience, Meta(description="The audience that they are in.")]
    moved_count: Annotated[
        int, Meta(ge=0, description="How many left the source.", examples=[10000])
    ]
    next_cursor: _NextCursor
    has_more: _HasMore


class MatchingCopied(msgspec.Struct, rename="camel"):
    """What became of those whom this request is about."""

    added: Annotated[int, Meta(description="How many joined.", examples=[9871])]
    already_member: Annotated[
        int, Meta(description="How many were members before.", examples=[129])
    ]
    next_cursor: _NextCursor
    has_more: _HasMore


class Change(msgspec.Struct, rename="camel", gc=False):
    """Somebody joined or left."""

    prospect_id: Annotated[ShownId, Meta(description="Who it was.", examples=[PROSPECT_ID])]
    change: Annotated[
        Literal["joined", "left"],
        Meta(title="MemberChange", description="What happened.", examples=["joined"]),
    ]
    at: Annotated[Timestamp, Meta(description="When.", examples=["2026-03-17T10:03:09.431Z"])]
    job_id: Annotated[
        ShownId | None,
        Meta(description="The job that did it; null if it was a request.", examples=[_JOB_ID]),
    ]


class DayOfAudience(msgspec.Struct):
    """What happened on one day (UTC)."""

    day: Annotated[
        str,
        Meta(
            description="The day, in UTC.",
            examples=["2026-03-17"],
            extra_json_schema={"format": "date"},
        ),
    ]
    joined: Annotated[int, Meta(description="How many joined.", examples=[498])]
    left: Annotated[int, Meta(description="How many left.", examples=[3])]
    total: Annotated[int, Meta(description="How many it held at its end.", examples=[519])]


class TopValue(msgspec.Struct):
    """A value that many have."""

    value: Annotated[str, Meta(description="The value.", examples=["Northwind Analytics"])]
    count: Annotated[
        int,
        Meta(description="How many have it; an estimate unless `isExact`.", examples=[37]),
    ]


class Filled(msgspec.Struct, rename="camel"):
    """For how many of them a field is known, from 0 to 1."""

    email: Annotated[float, Meta(ge=0, le=1, description="E-mail addresses.", examples=[0.62])]
    title: Annotated[float, Meta(ge=0, le=1, description="Titles.", examples=[0.97])]
    company: Annotated[float, Meta(ge=0, le=1, description="Companies.", examples=[0.95])]
    location: Annotated[float, Meta(ge=0, le=1, description="Locations.", examples=[0.81])]
    photo_url: Annotated[float, Meta(ge=0, le=1, description="Photos.", examples=[0.4])]


class Summary(msgspec.Struct, rename="camel"):
    """An audience in numbers. Large ones are sampled: nobody waits for a million people."""

    by_day: Annotated[list[DayOfAudience], Meta(description="The last 90 days, oldest first.")]
    companies: Annotated[list[TopValue], Meta(description="The 10 most frequent companies.")]
    titles: Annotated[list[TopValue], Meta(description="The 10 most frequent titles.")]
    locations: Annotated[list[TopValue], Meta(description="The 10 most frequent locations.")]
    filled: Annotated[Filled, Meta(description="How full the fields are.")]
    is_exact: Annotated[bool, Meta(description="Whether everybody was looked at.", examples=[True])]
    sampled_from: Annotated[
        int, Meta(description="How many people were looked at.", examples=[519])
    ]
