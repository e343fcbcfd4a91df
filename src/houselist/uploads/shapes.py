"""What the API takes and tells of uploads."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from houselist.envelope import Timestamp
from houselist.ids import ShownId
from houselist.people.rows import DELIMITER, DELIMITER_WORDS

UPLOAD_ID = "69b926c4a3d96f10b2c4f31a"
_COLUMNS = ["First Name", "Last Name", "E-mail Address", "Company"]
_CELLS = ["Avery", "Stone", "avery.stone@northwind.example", "Northwind Analytics"]

_FILE = "guests-of-the-spring-fair.csv"
_FileName = Annotated[str, Meta(min_length=1, max_length=255)]
_SheetName = Annotated[str, Meta(min_length=1, max_length=255)]
_Delimiter = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1,
        pattern=DELIMITER,
        extra={"must": DELIMITER_WORDS},
    ),
]
_MappedBy: TypeAlias = Annotated[Literal["name", "values"], Meta(title="MappedBy")]


class UploadQuery(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    sheet: Annotated[
        _SheetName | None,
        Meta(
            description=(
                "The sheet of a workbook to read, by its name or number; else one with people."
            ),
            examples=["Leads"],
        ),
    ] = None
    delimiter: Annotated[
        _Delimiter | None,
        Meta(
            description="What divides the cells of a CSV file; else the sign that fits best.",
            examples=[";"],
        ),
    ] = None
    name: Annotated[
        _FileName | None,
        Meta(
            description="What the file is called, by which its jobs are told apart.",
            examples=[_FILE],
        ),
    ] = None


class Upload(msgspec.Struct, rename="camel"):
    """A file that was read. `suggestedMapping` maps its columns to fields of a prospect."""

    upload_id: Annotated[
        ShownId, Meta(description="What a job takes as `uploadId`.", examples=[UPLOAD_ID])
    ]
    row_count: Annotated[int, Meta(ge=0, description="Rows under the header.", examples=[537])]
    columns: Annotated[
        list[str], Meta(description="The names of its columns, in order.", examples=[_COLUMNS])
    ]
    suggested_mapping: Annotated[
        dict[str, str],
        Meta(
            description="Which field of a prospect each column seems to hold.",
            examples=[
                dict(zip(_COLUMNS, ("firstName", "lastName", "email", "company.name"), strict=True))
            ],
        ),
    ]
    created_at: Annotated[
        Timestamp, Meta(description="When it was read.", examples=["2026-03-17T10:02:44.870Z"])
    ]


class ReadAs(msgspec.Struct, rename="camel", frozen=True):
    """How a file was read, as it is kept with its upload."""

    mapped_by: dict[str, Literal["name", "values"]]
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    notes: list[str]
    name: str | None = None


class ReadFile(Upload):
    """A file that was read just now, and how.

    `mappedBy` says what spoke for each mapped column: its name, or the values in it. `encoding` is
    null for workbooks, `delimiter` for all but CSV, `sheet` for all but workbooks. `notes` are
    sentences for people, such as which sheets were left out. `sample` holds the first 20 rows as
    they were read, each cell cut to 200 characters.
    """

    mapped_by: Annotated[
        dict[str, _MappedBy],
        Meta(
            description="What spoke for each mapped column: its name, or the values in it.",
            examples=[dict(zip(_COLUMNS, ("name", "name", "values", "name"), strict=True))],
        ),
    ]
    encoding: Annotated[
        str | None,
        Meta(description="How the text was encoded; null for a workbook.", examples=["utf-8"]),
    ]
    delimiter: Annotated[
        str | None,
        Meta(description="What stands between two cells; null for all but CSV.", examples=[","]),
    ]
    sheet: Annotated[
        str | None,
        Meta(description="Which sheet of a workbook was read, or null.", examples=[None]),
    ]
    notes: Annotated[
        list[str],
        Meta(description="What people should know of how the file was read.", examples=[[]]),
    ]
    name: Annotated[
        str | None,
        Meta(description="What the file is called, if that was said.", examples=[_FILE]),
    ]
    sample: Annotated[
        list[dict[str, str | None]],
        Meta(
            description="The first 20 rows as they were read, or fewer very wide ones, cells cut.",
            examples=[[dict(zip(_COLUMNS, _CELLS, strict=True))]],
        ),
    ]
