"""What the API takes and tells of uploads."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

_SheetName = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class UploadQuery(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    sheet: _SheetName | None = None


class Upload(msgspec.Struct, rename="camel"):
    """A file that was read. `suggestedMapping` maps its columns to fields of a prospect."""

    upload_id: str
    row_count: int
    columns: list[str]
    suggested_mapping: dict[str, str]
    created_at: str


class ReadFile(Upload):
    """A file that was read just now, and how.

    `mappedBy` says what spoke for each mapped column: its name, or the values in it. `encoding` is
    null for workbooks, `delimiter` for all but CSV, `sheet` for all but workbooks. `notes` are
    sentences for people, such as which sheets were left out. `sample` holds the first 20 rows as
    they were read, each cell cut to 200 characters.
    """

    mapped_by: dict[str, Literal["name", "values"]]
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    notes: list[str]
    sample: list[dict[str, str | None]]
