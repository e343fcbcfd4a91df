"""What an export takes."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from houselist.ids import ID_BYTES
from houselist.prospects.export.writing import ExportFormat
from houselist.prospects.shapes import PROSPECT_ID, MemberFilters

_MAX_FIELDS = 20_000
_Fields: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=_MAX_FIELDS, extra={"must": "1 to 20,000 characters"})
]
# As many as the largest page has: they stand in an address, which proxies keep short.
MAX_IDS = 250
_ONE_ID = f"[0-9a-f]{{{2 * ID_BYTES}}}"
_Ids: TypeAlias = Annotated[
    str,
    Meta(
        max_length=MAX_IDS * (2 * ID_BYTES + 1) - 1,
        pattern=rf"^{_ONE_ID}(,{_ONE_ID})*$(?!\n)",
        extra={"must": f"1 to {MAX_IDS} ids of 24 hex digits, with commas between them"},
    ),
]


class ExportQuery(MemberFilters):
    """What an export takes: filters, and what the file is to be like."""

    format: Annotated[
        ExportFormat,
        Meta(
            description=(
                "The kind of file: `csv`, `ndjson` (a line of JSON for each person), `xlsx` (up to"
                " 1,048,575 people) or `parquet`."
            ),
            examples=["csv"],
            extra={"must": "csv, ndjson, xlsx or parquet"},
        ),
    ] = "csv"
    fields: Annotated[
        _Fields | None,
        Meta(
            description=(
                "Which columns, in which order, separated by commas and named as in the header of"
                " a CSV export: fields such as `email` and `company.name`, the source's other"
                " columns under their own names, or `attributes` for all of those that are not"
                " named as one JSON object. A name with a comma stands in quotes. Without it:"
                " every field, and a column for each of the source's other columns."
            ),
            examples=["name,email,company.name"],
        ),
    ] = None
    prospect_ids: Annotated[
        _Ids | None,
        Meta(
            description=(
                "Of whom the file may be: these, as far as they are in the audience and the filters"
                " find them. `X-Row-Count` says how many that are. Without it: anybody."
            ),
            examples=[PROSPECT_ID],
        ),
    ] = None
    bom: Annotated[
        bool,
        Meta(
            description="`false` leaves out the mark by which Excel sees that a CSV is UTF-8.",
            examples=[True],
            extra={"must": "true or false"},
        ),
    ] = True
    raw: Annotated[
        bool,
        Meta(
            description=(
                "`true` leaves cells as they are. Otherwise a cell that a spreadsheet would take"
                " for a formula (it starts with = + - @) is guarded: in CSV by a ' in front of it,"
                " in xlsx by its format."
            ),
            examples=[False],
            extra={"must": "true or false"},
        ),
    ] = False
