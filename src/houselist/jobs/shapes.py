"""What the API tells of prospecting jobs, and what it takes to list them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from houselist.accounts.shapes import AccountPath
from houselist.audiences.shapes import AUDIENCE_ID
from houselist.envelope import Timestamp
from houselist.ids import Id, ShownId
from houselist.paging import PageQuery
from houselist.people.outcomes import Outcome
from houselist.search.typed import Moment

JOB_ID = "69b926d5a3d96f10b2c4f31b"

# What a job can be started for. An undo is a job as well, which another endpoint starts.
StartType: TypeAlias = Literal[
    "linkedin_search", "sales_navigator", "post_commenters", "url_upload", "file_upload"
]
SourceType: TypeAlias = Annotated[
    Literal[StartType, "combination", "undo"], Meta(title="SourceType")
]
JobStatus: TypeAlias = Annotated[
    Literal["queued", "running", "completed", "failed", "cancelled"], Meta(title="JobStatus")
]
RowOutcome: TypeAlias = Annotated[Outcome, Meta(title="Outcome")]

_JobId: TypeAlias = Annotated[ShownId, Meta(description="The prospecting job.", examples=[JOB_ID])]
_AudienceId: TypeAlias = Annotated[
    ShownId | None,
    Meta(
        description="The audience that it fills; null for a dry run of one that is to be made.",
        examples=[AUDIENCE_ID],
    ),
]
_CreatedAt: TypeAlias = Annotated[
    Timestamp, Meta(description="When it was started.", examples=["2026-03-17T10:03:01.118Z"])
]


class JobPath(AccountPath):
    job_id: Annotated[Id, Meta(description="The prospecting job.", examples=[JOB_ID])]


class JobStarted(msgspec.Struct, rename="camel"):
    """A job that was taken on. `Location` is where to watch it."""

    job_id: _JobId
    audience_id: _AudienceId
    status: Annotated[JobStatus, Meta(description="How far it is.", examples=["queued"])]
    created_at: _CreatedAt


class Stage(msgspec.Struct):
    """One stage of a job. `progress` is 0 to 1 and never goes back."""

    status: Annotated[JobStatus, Meta(description="How far it is.", examples=["completed"])]
    progress: Annotated[
        float, Meta(ge=0, le=1, description="From 0 to 1; never goes back.", examples=[1.0])
    ]
    details: Annotated[
        str | None,
        Meta(
            description="For people: what came so far, what it waits for, until when; or null.",
            examples=["98 looked up, 2 not found, 2,200 left: about 22 days at 100 a day."],
        ),
    ]


class Stages(msgspec.Struct):
    """The import fills the audience, which is ready after it; the enrichment may go on."""

    import_: Annotated[Stage, Meta(description="Fills the audience from the source.")] = (
        msgspec.field(name="import")
    )
    enrichment: Annotated[
        Stage,
        Meta(
            description="Looks up people of whom too little is known. `failed` in a completed job:"
            " the provider refuses to look anybody up; the import stays."
        ),
    ]


class Counts(msgspec.Struct, rename="camel"):
    """What became of the source's rows so far; `rows` is the sum of the others.

    `removed` and `kept` are there for an undo alone, whose rows are those of the job it takes back.
    """

    rows: Annotated[int, Meta(description="The rows that were read.", examples=[537])]
    added: Annotated[int, Meta(description="Rows that added somebody.", examples=[498])]
    already_member: Annotated[
        int, Meta(description="Rows of people who were in the audience before.", examples=[21])
    ]
    duplicate: Annotated[
        int, Meta(description="Rows of people whom an earlier row named.", examples=[11])
    ]
    invalid: Annotated[int, Meta(description="Rows that could not be used.", examples=[7])]
    over_limit: Annotated[int, Meta(description="Rows beyond what the job may add.", examples=[0])]
    removed: Annotated[
        int | UnsetType,
        Meta(description="Rows of an undo whose people left the audience.", examples=[480]),
    ] = UNSET
    kept: Annotated[
        int | UnsetType,
        Meta(description="Rows of an undo whose people stay in the audience.", examples=[18]),
    ] = UNSET


class JobError(msgspec.Struct):
    """Why a job failed."""

    code: Annotated[
        str, Meta(description="What went wrong, for programs.", examples=["UPSTREAM_ERROR"])
    ]
    message: Annotated[
        str,
        Meta(
            description="What went wrong, for people.",
            examples=["The provider did not answer for an hour."],
        ),
    ]


class StartedBy(msgspec.Struct, rename="camel"):
    """The key that a job was started with."""

    key_id: Annotated[
        ShownId, Meta(description="The key's id.", examples=["69b926c1a3d96f10b2c4f2f0"])
    ]
    name: Annotated[str, Meta(description="The key's name.", examples=["CRM sync"])]


class Job(msgspec.Struct, rename="camel"):
    """A prospecting job."""

    job_id: _JobId
    type: Annotated[
        Literal["prospecting"], Meta(description="What kind of job it is: this one alone so far.")
    ]
    source_type: Annotated[SourceType, Meta(description="What it reads.", examples=["file_upload"])]
    audience_id: _AudienceId
    status: Annotated[JobStatus, Meta(description="How far it is.", examples=["completed"])]
    created_at: _CreatedAt
    updated_at: Annotated[
        Timestamp,
        Meta(description="When it last changed.", examples=["2026-03-17T10:03:12.090Z"]),
    ]
    stages: Annotated[Stages, Meta(description="How far each of its two stages is.")]
    counts: Annotated[Counts, Meta(description="What became of the source's rows so far.")]
    dry_run: Annotated[
        bool,
        Meta(description="Whether it only tells what it would do.", examples=[False]),
    ]
    undoes_job_id: Annotated[
        ShownId | None,
        Meta(description="The job that it takes back, for an undo; else null.", examples=[None]),
    ]
    started_by: Annotated[
        StartedBy | None,
        Meta(description="Whose key started it; null for the command line and for schedules."),
    ]
    error: Annotated[
        JobError | None, Meta(description="Why it failed; null unless it did.", examples=[None])
    ]


class JobsQuery(PageQuery):
    status: Annotated[
        JobStatus | None, Meta(description="Only the jobs of this status.", examples=["running"])
    ] = None
    source_type: Annotated[
        SourceType | None,
        Meta(description="Only the jobs of this source.", examples=["file_upload"]),
    ] = None
    created_after: Annotated[
        Moment | None,
        Meta(
            description="Only the jobs that were started later than this.",
            examples=["2026-03-01T00:00:00.000Z"],
            extra_json_schema={"format": "date-time"},
        ),
    ] = None
    created_before: Annotated[
        Moment | None,
        Meta(
            description="Only the jobs that were started earlier than this.",
            examples=["2026-04-01T00:00:00.000Z"],
            extra_json_schema={"format": "date-time"},
        ),
    ] = None


class JobCancelled(msgspec.Struct, rename="camel"):
    """A job that was stopped. What it added so far stays."""

    job_id: _JobId
    status: Annotated[Literal["cancelled"], Meta(description="Its status from now on.")] = (
        "cancelled"
    )


class RowsQuery(PageQuery):
    outcome: Annotated[
        RowOutcome | None,
        Meta(description="Only the rows of this outcome.", examples=["invalid"]),
    ] = None


class SourceRow(msgspec.Struct, rename="camel"):
    """What became of one row of the source. `row` counts from 1, without the header.

    `input` is the row as it was read: column to text, or under `text` a row that could not be read.
    It is null once the upload's rows were deleted, 30 days after its jobs were over by default.
    `lastSeenAt` is when a source of the audience last had the person; null for nobody in it.
    """

    row: Annotated[int, Meta(description="Which row of the source, from 1.", examples=[17])]
    input: Annotated[
        dict[str, str | None] | None,
        Meta(
            description="The row as it was read; null once the upload's rows were deleted.",
            examples=[{"First Name": "Avery", "E-mail Address": "avery.stone@"}],
        ),
    ]
    outcome: Annotated[RowOutcome, Meta(description="What became of it.", examples=["invalid"])]
    reason: Annotated[
        str | None,
        Meta(
            description="Why, where the row was refused; else what is to be said of it, or null.",
            examples=["the e-mail address is not valid"],
        ),
    ]
    prospect_id: Annotated[
        ShownId | None, Meta(description="Who came of it, if anybody.", examples=[None])
    ]
    last_seen_at: Annotated[
        Timestamp | None,
        Meta(
            description="When a source of the audience last had the person; null for nobody.",
            examples=[None],
        ),
    ]
