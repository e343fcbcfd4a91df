"""What the API takes to start a job: one shape for each type of source, told apart by `type`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta

from houselist.audiences.shapes import AUDIENCE_ID, AUDIENCE_NAME
from houselist.errors import Invalid, Problem
from houselist.folders.shapes import FOLDER_ID
from houselist.ids import Id
from houselist.jobs.queries import MAX_ADDRESS, PostAddress, SearchAddress, commenters_of, search_of
from houselist.people.fields import LEAVE_OUT
from houselist.prospects.field_words import PROFILE_URL
from houselist.providers.base import LeadList, SavedSearch
from houselist.texts import Name
from houselist.uploads.shapes import UPLOAD_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.jobs.shapes import StartType
    from houselist.providers.base import ProviderQuery

_SEARCH_URL = "https://www.linkedin.com/search/results/people/?keywords=head%20of%20engineering"
_POST_URL = "https://www.linkedin.com/feed/update/urn:li:activity:7301234567890123456"
_SAVED_SEARCH_ID, _LEAD_LIST_ID = "1827364655", "7045112233445566778"
_COLUMNS = {"E-mail Address": "email", "Company": "company.name"}

OnKnown: TypeAlias = Annotated[Literal["fill", "update"], Meta(title="OnKnown")]
_Digits: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]{0,19}\Z",
        extra={"must": "an id of 1 to 20 digits that does not begin with 0, as text"},
    ),
]
_MaxResults: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000_000)]
_ADDRESS = {"minLength": 1, "maxLength": MAX_ADDRESS}


class _Start(
    msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, tag_field="type"
):
    """What every type takes."""

    # Of each pair of fields exactly one must be given.
    exactly_one: ClassVar[tuple[tuple[str, str], ...]] = (("audienceId", "audienceName"),)

    audience_id: Annotated[
        Id | None,
        Meta(
            description="The audience to fill, where there is one already.", examples=[AUDIENCE_ID]
        ),
    ] = None
    audience_name: Annotated[
        Name | None,
        Meta(description="The name of the audience to make and fill.", examples=[AUDIENCE_NAME]),
    ] = None
    folder_id: Annotated[
        Id | None, Meta(description="The folder to put the audience in.", examples=[FOLDER_ID])
    ] = None
    max_results: Annotated[
        _MaxResults | None,
        Meta(description="How many people to take from a provider at most.", examples=[500]),
    ] = None
    search_emails: Annotated[
        bool,
        Meta(
            description=(
                "Whether to look up e-mail addresses too, at two credits a person. Left out: false."
            ),
            examples=[False],
        ),
    ] = False

    @property
    def type(self) -> StartType:
        return cast("StartType", self.__struct_config__.tag)

    @property
    def query(self) -> ProviderQuery | None:
        """What to ask a provider for; None for sources that are read from an upload."""
        return None

    @property
    def only_tells(self) -> bool:
        """Whether it is a dry run."""
        return False

    @classmethod
    def problems_between(cls, given: Mapping[str, object]) -> list[Problem]:
        """What is wrong with the fields together, whether or not each is right by itself."""
        return [
            Problem(one, f"give exactly one of {one} and {other}")
            for one, other in cls.exactly_one
            if (given.get(one) is None) == (given.get(other) is None)
        ]

    def __post_init__(self) -> None:
        values = zip(self.__struct_encode_fields__, msgspec.structs.astuple(self), strict=True)
        if problems := self.problems_between(dict(values)):
            raise Invalid(*problems)


class LinkedInSearchStart(_Start, kw_only=True, tag="linkedin_search"):
    """Reads the people whom a search on LinkedIn or in Sales Navigator finds."""

    search_url: Annotated[
        SearchAddress,
        Meta(
            description="The address of the search, as the browser shows it.",
            examples=[_SEARCH_URL],
            extra_json_schema=_ADDRESS,
        ),
    ]

    @property
    def query(self) -> ProviderQuery:
        return search_of(self.search_url)


class SalesNavigatorStart(_Start, kw_only=True, tag="sales_navigator"):
    """Reads a saved search or a lead list of Sales Navigator."""

    exactly_one = (*_Start.exactly_one, ("savedSearchId", "leadListId"))

    saved_search_id: Annotated[
        _Digits | None, Meta(description="The saved search.", examples=[_SAVED_SEARCH_ID])
    ] = None
    lead_list_id: Annotated[
        _Digits | None, Meta(description="The lead list.", examples=[_LEAD_LIST_ID])
    ] = None

    @property
    def query(self) -> ProviderQuery:
        if self.saved_search_id is not None:
            return SavedSearch(self.saved_search_id)
        return LeadList(self.lead_list_id or "")


class PostCommentersStart(_Start, kw_only=True, tag="post_commenters"):
    """Reads the people who commented on a post."""

    post_url: Annotated[
        PostAddress,
        Meta(
            description="The address of the post.",
            examples=[_POST_URL],
            extra_json_schema=_ADDRESS,
        ),
    ]

    @property
    def query(self) -> ProviderQuery:
        return commenters_of(self.post_url)


_DryRun: TypeAlias = Annotated[
    bool,
    Meta(
        description=(
            "Whether to only tell what would become of each row: nobody is written and no audience"
            " is made, no credits are taken. It is kept a day. Left out: false."
        ),
        examples=[False],
    ),
]


class UrlUploadStart(_Start, kw_only=True, tag="url_upload"):
    """Reads the people behind addresses of profiles."""

    dry_run: _DryRun = False
    urls: Annotated[
        list[Annotated[str, Meta(max_length=MAX_ADDRESS)]],
        Meta(
            min_length=1,
            max_length=1_000,
            description="The addresses of their profiles.",
            examples=[[PROFILE_URL]],
            extra={"must": "a list of 1 to 1000 profile URLs"},
        ),
    ]

    @property
    def only_tells(self) -> bool:
        return self.dry_run


class FileUploadStart(_Start, kw_only=True, tag="file_upload"):
    """Reads the rows of an upload."""

    dry_run: _DryRun = False
    upload_id: Annotated[Id, Meta(description="The upload.", examples=[UPLOAD_ID])]
    columns: Annotated[
        dict[str, str] | None,
        Meta(
            description=(
                "Columns of the file to fields. Several may be for one that tells who a person is:"
                " the first of them that can be used is. Columns that are named nowhere are kept as"
                f" attributes; those mapped to `{LEAVE_OUT}` are not kept. Without it, the"
                " suggested mapping is used."
            ),
            examples=[_COLUMNS],
        ),
    ] = None
    on_known: Annotated[
        OnKnown | None,
        Meta(
            description=(
                "What a row does with somebody known: fill what is not known (the default), or"
                " update all that it tells but identities."
            ),
            examples=["update"],
        ),
    ] = None

    @property
    def only_tells(self) -> bool:
        return self.dry_run


JobStart: TypeAlias = Annotated[
    LinkedInSearchStart
    | SalesNavigatorStart
    | PostCommentersStart
    | UrlUploadStart
    | FileUploadStart,
    Meta(
        title="JobStart",
        description=(
            "What to read, and into which audience: `audienceId` for an old one, else"
            " `audienceName`."
        ),
        examples=[
            {
                "type": "file_upload",
                "uploadId": UPLOAD_ID,
                "audienceName": AUDIENCE_NAME,
                "folderId": FOLDER_ID,
                "columns": _COLUMNS,
            },
            {"type": "url_upload", "urls": [PROFILE_URL], "audienceId": AUDIENCE_ID},
            {
                "type": "linkedin_search",
                "searchUrl": _SEARCH_URL,
                "audienceName": AUDIENCE_NAME,
                "maxResults": 500,
            },
            {
                "type": "sales_navigator",
                "savedSearchId": _SAVED_SEARCH_ID,
                "audienceName": "Spring campaign",
                "searchEmails": True,
            },
            {
                "type": "post_commenters",
                "postUrl": _POST_URL,
                "audienceName": "Commenters of the launch post",
            },
        ],
    ),
]
