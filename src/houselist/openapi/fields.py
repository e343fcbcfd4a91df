"""What fields mean and look like in life, by name: formats, words and examples for their schemas.

An example of a whole shape is put together from its fields. Nothing here is anybody's data.
"""

from __future__ import annotations

from typing import Any

from houselist.ids import ID_PATTERN

Json = dict[str, Any]

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
ETAG = 'W/"6b1f0c2e9a7d4e58b3c1f2a0"'
ACCOUNT_ID, ACCOUNT_MADE = "68b6a763d41f8b7c9e20a511", "2025-09-02T08:14:27.000Z"
FOLDER_ID, FOLDER_MADE = "6964bf1d5be0937a4c18d203", "2026-01-12T09:30:05.512Z"
AUDIENCE_ID, AUDIENCE_MADE = "69821718a3d96f10b2c4e801", "2026-02-03T15:41:12.204Z"
UPLOAD_ID, UPLOAD_MADE = "69b926c4a3d96f10b2c4f31a", "2026-03-17T10:02:44.870Z"
JOB_ID, JOB_MADE = "69b926d5a3d96f10b2c4f31b", "2026-03-17T10:03:01.118Z"
PROSPECT_ID, PROSPECT_MADE = "69b926dda3d96f10b2c4f3a7", "2026-03-17T10:03:09.431Z"
NAME = "Heads of engineering, Berlin"
CURSOR = "d1cPkq0eAAZNqv0mMoBpuSbdo9lvELLE86c"
SEARCH_URL = "https://www.linkedin.com/search/results/people/?keywords=head%20of%20engineering"
PROFILE_URL = "https://www.linkedin.com/in/avery-stone-5b1a2c"
POST_URL = "https://www.linkedin.com/feed/update/urn:li:activity:7301234567890123456"


def _id(example: str | None) -> Json:
    return {"pattern": ID_PATTERN, "examples": [example]}


def _time(example: str) -> Json:
    return {"format": "date-time", "examples": [example]}


def _like(example: object, description: str = "") -> Json:
    words: Json = {"description": description} if description else {}
    return {"examples": [example], **words}


_UNGROUPED: Json = {
    "id": "6982a0f4a3d96f10b2c4e85c",
    "name": "Competitors' followers",
    "type": "on_demand",
    "description": None,
    "folderId": None,
    "prospectCount": 1204,
    "createdAt": "2026-02-04T01:29:24.661Z",
}

# `Shape.field`, or `field` for every shape that has one of this name.
FIELDS: dict[str, Json] = {
    "accountGroupId": _id(ACCOUNT_ID) | {"description": "Account group that scopes the request."},
    "AccountGroup.id": _id(ACCOUNT_ID),
    "AccountGroup.name": _like("Northwind Growth"),
    "AccountGroup.createdAt": _time(ACCOUNT_MADE),
    "folderId": _id(FOLDER_ID) | {"description": "The folder; null when ungrouped."},
    "FolderPath.folderId": _id(FOLDER_ID) | {"description": "The folder."},
    "MoveToFolder.folderId": _id(FOLDER_ID) | {"description": "The folder to move to."},
    "Folder.id": _id(FOLDER_ID),
    "Folder.name": _like("DACH outreach"),
    "FolderCreate.name": _like("DACH outreach"),
    "FolderChange.name": _like("DACH outreach, spring"),
    "Folder.createdAt": _time(FOLDER_MADE),
    "audienceType": _like("on_demand", "Which audiences the folder takes."),
    "isPinned": _like(example=True, description="Pinned folders come first."),
    "position": _like(2, "Where the folder stands among its like; lower comes first."),
    "updatedAt": _time("2026-03-17T10:03:12.090Z"),
    "audienceId": _id(AUDIENCE_ID) | {"description": "The audience."},
    "audienceIds": _like([AUDIENCE_ID], "The audiences that hold the person."),
    "Audience.id": _id(AUDIENCE_ID),
    "Audience.type": _like("file_upload", "How it is filled."),
    "Audience.createdAt": _time(AUDIENCE_MADE),
    "targetAudienceId": _id("69822a40a3d96f10b2c4e815") | {"description": "Where they go."},
    "leadIds": _like([PROSPECT_ID], "The ids of prospects who are in the audience."),
    "sourceAudience": {"description": "The audience that they left."},
    "targetAudience": {"description": "The audience that they are in."},
    "movedCount": _like(1, "How many left the source.") | {"minimum": 0},
    "personId": _id(PROSPECT_ID) | {"description": "The prospect, by another name."},
    "companyName": _like("Northwind Analytics"),
    "ProviderIdMatch.name": _like("Avery Stone"),
    "AudienceCreate.type": _like("on_demand", "How it is filled."),
    "audienceName": _like(NAME),
    "name": _like(NAME),
    "description": _like("Seed to series B, 10 to 200 people"),
    "prospectCount": _like(519, "How many prospects it holds, exactly.") | {"minimum": 0},
    "Navigation.ungroupedAudiences": _like([_UNGROUPED], "Audiences in no folder, newest first."),
    "deleted": _like(example=True),
    "prospectId": _id(PROSPECT_ID) | {"description": "The prospect."},
    "Prospect.id": _id(PROSPECT_ID),
    "firstName": _like("Avery"),
    "lastName": _like("Stone"),
    "Prospect.name": _like("Avery Stone"),
    "headline": _like("Head of Engineering at Northwind Analytics"),
    "about": _like("Builds teams that ship. Formerly platform lead at Contoso."),
    "title": _like("Head of Engineering"),
    "location": _like("Berlin, Germany"),
    "email": _like("avery.stone@northwind.example"),
    "photoUrl": _like("https://media.northwind.example/people/avery-stone.jpg"),
    "linkedinUrl": _like(PROFILE_URL),
    "publicIdentifier": _like("avery-stone-5b1a2c"),
    "providerId": _like("ACoAABx2Yk4BqT7mVn0", "The person's id at a provider."),
    "Company.name": _like("Northwind Analytics"),
    "linkedinIdentifier": _like("northwind-analytics"),
    "Company.linkedinUrl": _like("https://www.linkedin.com/company/northwind-analytics"),
    "industry": _like("Software Development"),
    "website": _like("https://northwind.example"),
    "attributes": _like({"Event": "DevOps Days 2026"}, "The source's other columns."),
    "addedAt": _time(PROSPECT_MADE),
    "resolution": _like("unique", "Whether nobody, one person or several are known under the id."),
    "limit": _like(50),
    "cursor": _like(CURSOR),
    "nextCursor": _like(CURSOR, "What to send as `cursor` for the next page; null on the last."),
    "hasMore": _like(example=True, description="Whether another page follows."),
    "uploadId": _id(UPLOAD_ID) | {"description": "The upload."},
    "rowCount": _like(537, "Rows under the header.") | {"minimum": 0},
    "ReadFile.columns": _like(["First Name", "Last Name", "E-mail Address", "Company"]),
    "suggestedMapping": _like(
        {
            "First Name": "firstName",
            "Last Name": "lastName",
            "E-mail Address": "email",
            "Company": "company.name",
        },
        "Which field of a prospect each column seems to hold.",
    ),
    "ReadFile.createdAt": _time(UPLOAD_MADE),
    "mappedBy": _like(
        {"First Name": "name", "Last Name": "name", "E-mail Address": "values", "Company": "name"},
        "What spoke for each mapped column: its name, or the values in it.",
    ),
    "encoding": _like("utf-8", "How the text was encoded; null for a workbook."),
    "delimiter": _like(",", "What stands between two cells; null for all but CSV."),
    "ReadFile.sheet": _like(None, "Which sheet of a workbook was read, or null."),
    "UploadQuery.sheet": _like(
        "Leads", "The sheet of a workbook to read, by its name or number; else one with people."
    ),
    "notes": _like([], "What people should know of how the file was read."),
    "sample": _like(
        [
            {
                "First Name": "Avery",
                "Last Name": "Stone",
                "E-mail Address": "avery.stone@northwind.example",
                "Company": "Northwind Analytics",
            }
        ],
        "The first 20 rows as they were read, long cells cut.",
    ),
    "jobId": _id(JOB_ID) | {"description": "The prospecting job."},
    "createdAt": _time(JOB_MADE),
    "progress": _like(1.0, "From 0 to 1; never goes back.") | {"minimum": 0, "maximum": 1},
    "Stage.details": _like(None, "More for people, or null."),
    "Stage.status": _like("completed"),
    "Job.status": _like("completed"),
    "Job.error": _like(None, "Why it failed; null unless it did."),
    "JobsQuery.status": _like("running", "Only the jobs of this status."),
    "RowsQuery.outcome": _like("invalid", "Only the rows of this outcome."),
    "columns": _like(
        {"E-mail Address": "email", "Company": "company.name"},
        "Columns of the file to fields. Several may be for one that tells who a person is: the"
        " first of them that can be used is. Left out, the suggested mapping is used.",
    ),
    "searchUrl": _like(SEARCH_URL),
    "postUrl": _like(POST_URL),
    "urls": _like([PROFILE_URL]),
    "savedSearchId": _like("1827364655"),
    "NamedSource.id": _like("1827364655"),
    "NamedSource.name": _like("Heads of sales, DACH"),
    "leadListId": _like("7045112233445566778"),
    "maxResults": _like(500),
    "searchEmails": _like(example=False),
    "onKnown": _like(
        "update",
        "What a row does with somebody known: fill what is not known (the"
        " default), or update all that it tells but identities.",
    ),
    "sourceType": _like("file_upload"),
    "JobError.code": _like("UPSTREAM_ERROR"),
    "JobError.message": _like("The provider did not answer for an hour."),
    "row": _like(17, "Which row of the source, from 1."),
    "input": _like({"First Name": "Avery", "E-mail Address": "avery.stone@"}),
    "outcome": _like("invalid", "What became of the row."),
    "reason": _like("the e-mail address is not valid", "Why, where the row was refused."),
    "rows": _like(537),
    "added": _like(498),
    "alreadyMember": _like(21),
    "duplicate": _like(11),
    "invalid": _like(7),
    "overLimit": _like(0),
    "SourceRow.prospectId": _id(None) | {"description": "Who came of it, if anybody."},
    "lastSeenAt": _like(None, "When a source of the audience last had the person; null for nobody.")
    | {"format": "date-time"},
    "every": _like("week", "How often the audience is filled anew."),
    "ScheduleSet.startsAt": _time("2026-04-01T06:00:00.000Z")
    | {"description": "The first run; where it is past, the time that runs are counted from."},
    "startsAt": _time("2026-04-01T06:00:00.000Z")
    | {"description": "The first run, or the time that runs are counted from."},
    "nextRunAt": _time("2026-04-15T06:00:00.000Z") | {"description": "When the next run is due."},
    "lastRunAt": _time("2026-04-08T06:00:21.340Z")
    | {"description": "When a run last started a job."},
    "lastJobId": _id("69d5f055a3d96f10b2c50e44") | {"description": "The job of that run."},
    "lastError": _like(None, "Why the last run that was due did not start; null where it did."),
    "traceId": {"pattern": "^[0-9a-f]{32}$", "examples": [TRACE_ID]},
    "code": _like("NOT_FOUND", "What went wrong, for programs."),
    "message": _like("There is no such resource.", "What went wrong, for people."),
    "details": _like("The key needs the permission audiences:read.", "More for people, or null."),
    "FieldProblem.path": {},
    "FieldProblem.message": {},
}

# Shapes whose fields look like those of another.
LIKE: dict[str, str] = {"NavigationFolder": "Folder", "ProspectDetail": "Prospect"}


def _either(kind: str | None, wanted: str, among: tuple[str, ...]) -> Json:
    """That `wanted` is there and the rest of `among` is not; null counts as not there."""
    fields: Json = {name: {"type": "null"} for name in among}
    fields[wanted] = {"not": {"type": "null"}}
    if kind is not None:
        fields["type"] = {"const": kind}
    return {"required": [wanted], "properties": fields}


_TARGETS = ("audienceId", "audienceName")
_SOURCES = ("searchUrl", "savedSearchId", "leadListId", "postUrl", "urls", "uploadId")
_BY_FIELD = (
    ("linkedin_search", "searchUrl"),
    ("sales_navigator", "savedSearchId"),
    ("sales_navigator", "leadListId"),
    ("post_commenters", "postUrl"),
    ("url_upload", "urls"),
)

# What no single field can say of a shape.
RULES: dict[str, Json] = {
    "AudienceChange": {"minProperties": 1},
    "FolderChange": {"minProperties": 1},
    "JobStart": {
        "allOf": [
            {"oneOf": [_either(None, target, _TARGETS) for target in _TARGETS]},
            {
                "oneOf": [
                    *(_either(kind, field, (*_SOURCES, "columns")) for kind, field in _BY_FIELD),
                    _either("file_upload", "uploadId", _SOURCES),
                ]
            },
        ]
    },
}
