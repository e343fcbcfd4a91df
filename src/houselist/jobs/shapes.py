"""What the API takes and tells of prospecting jobs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from houselist.accounts.shapes import AccountPath
from houselist.errors import Invalid, Problem
from houselist.ids import Id
from houselist.jobs.queries import why_refused
from houselist.paging import PageQuery
from houselist.people.outcomes import Outcome
from houselist.texts import Name

SourceType = Literal[
    "linkedin_search", "sales_navigator", "post_commenters", "url_upload", "file_upload"
]
OnKnown = Literal["fill", "update"]
JobStatus = Literal["queued", "running", "completed", "failed", "cancelled"]

Digits = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,20}\Z",
        examples=["7100000000000000001"],
        extra={"must": "an id of 1 to 20 digits, as text"},
    ),
]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]
ProfileUrls = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=16_384)]],
    msgspec.Meta(
        min_length=1, max_length=1_000, extra={"must": "a list of 1 to 1000 profile URLs"}
    ),
]

# Which fields belong to a source type: at least one of each group must be there, and only one.
_SOURCES: dict[str, tuple[str, ...]] = {
    "linkedin_search": ("searchUrl",),
    "sales_navigator": ("savedSearchId", "leadListId"),
    "post_commenters": ("postUrl",),
    "url_upload": ("urls",),
    "file_upload": ("uploadId",),
}


class JobPath(AccountPath):
    job_id: Id


class JobStart(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to read, and into which audience: `audienceId` for an old one, else `audienceName`."""

    type: SourceType
    audience_id: Id | None = None
    audience_name: Name | None = None
    folder_id: Id | None = None
    max_results: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] | None = None
    search_emails: bool = False
    search_url: Address | None = None
    saved_search_id: Digits | None = None
    lead_list_id: Digits | None = None
    post_url: Address | None = None
    urls: ProfileUrls | None = None
    upload_id: Id | None = None
    columns: dict[str, str] | None = None
    on_known: OnKnown | None = None

    def __post_init__(self) -> None:
        problems = [*self._target_problems(), *self._source_problems()]
        if problems:
            raise Invalid(*problems)

    def _given(self, name: str) -> bool:
        attribute = {field.encode_name: field.name for field in msgspec.structs.fields(self)}[name]
        return getattr(self, attribute) is not None

    def _target_problems(self) -> list[Problem]:
        if (self.audience_id is None) == (self.audience_name is None):
            return [Problem("audienceId", "give exactly one of audienceId and audienceName")]
        return []

    def _source_problems(self) -> list[Problem]:
        wanted = _SOURCES[self.type]
        found: list[Problem] = []
        if sum(self._given(name) for name in wanted) != 1:
            which = (
                "is required" if len(wanted) == 1 else f"give exactly one of {' and '.join(wanted)}"
            )
            found.append(Problem(wanted[0], f"{which} for {self.type}"))
        strange = {name for names in _SOURCES.values() for name in names if name not in wanted}
        if self.type != "file_upload":
            strange |= {"columns", "onKnown"}
        found += [
            Problem(name, f"does not go with {self.type}; leave it out")
            for name in sorted(strange)
            if self._given(name)
        ]
        for name, text in (("searchUrl", self.search_url), ("postUrl", self.post_url)):
            if text is not None and name in wanted and (problem := why_refused(name, text)):
                found.append(problem)
        return found


class JobStarted(msgspec.Struct, rename="camel"):
    """A job that was taken on. `Location` is where to watch it."""

    job_id: str
    audience_id: str
    status: JobStatus
    created_at: str


class Stage(msgspec.Struct):
    """One stage of a job. `progress` is 0 to 1 and never goes back."""

    status: JobStatus
    progress: float
    details: str | None


class Stages(msgspec.Struct):
    """The import fills the audience, which is ready after it; the enrichment may go on."""

    import_: Stage = msgspec.field(name="import")
    enrichment: Stage


class Counts(msgspec.Struct, rename="camel"):
    """What became of the source's rows so far; `rows` is the sum of the others."""

    rows: int
    added: int
    already_member: int
    duplicate: int
    invalid: int
    over_limit: int


class JobError(msgspec.Struct):
    """Why a job failed."""

    code: str
    message: str


class Job(msgspec.Struct, rename="camel"):
    """A prospecting job."""

    job_id: str
    type: Literal["prospecting"]
    source_type: SourceType
    audience_id: str
    status: JobStatus
    created_at: str
    updated_at: str
    stages: Stages
    counts: Counts
    error: JobError | None


class JobsQuery(PageQuery):
    status: JobStatus | None = None


class JobCancelled(msgspec.Struct, rename="camel"):
    """A job that was stopped. What it added so far stays."""

    job_id: str
    status: Literal["cancelled"] = "cancelled"


class RowsQuery(PageQuery):
    outcome: Outcome | None = None


class SourceRow(msgspec.Struct, rename="camel"):
    """What became of one row of the source. `row` counts from 1, without the header.

    `input` is the row as it was read: column to text, or under `text` a row that could not be read.
    It is null once the upload was let go, 30 days after its jobs were over unless set otherwise.
    `lastSeenAt` is when a source of the audience last had the person; null for nobody in it.
    """

    row: int
    input: dict[str, str | None] | None
    outcome: Outcome
    reason: str | None
    prospect_id: str | None
    last_seen_at: str | None
