"""HTTP of exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences.shapes import AudiencePath
from houselist.errors import AudienceNotReady, Impossible, NotFound, Problem
from houselist.ids import parse_id
from houselist.prospects.export.columns import read_fields
from houselist.prospects.export.response import MEDIA_TYPES, ExportResponse
from houselist.prospects.export.shapes import ExportQuery
from houselist.prospects.export.writing import Wanted, too_many
from houselist.prospects.shapes import MemberFilters
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.web.request import Request

_EXAMPLES = {
    "csv": (
        "name,email,company.name\nAvery Stone,avery.stone@northwind.example,Northwind Analytics\n"
    ),
    "ndjson": (
        '{"name":"Avery Stone","email":"avery.stone@northwind.example",'
        '"company":{"name":"Northwind Analytics"}}\n'
    ),
}


@endpoint(
    response=bytes,
    summary="Export an audience",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady, Impossible(Problem("format", too_many(2_000_000)))),
    download_types={
        media_type: _EXAMPLES.get(format) for format, media_type in MEDIA_TYPES.items()
    },
)
async def export_audience(at: AudiencePath, query: ExportQuery, request: Request) -> ExportResponse:
    """Everybody in the audience who fits, as one file, in the order they joined, of one moment.

    It is streamed however long it is; `X-Row-Count` says how many people it holds. If something
    fails in the middle, the connection is closed before the end of the response: take no file for
    whole whose response did not end as HTTP says. An export can be imported as it is, except for
    Parquet. 429 while the key or the server has as many exports under way as it may.
    """
    fields = None if query.fields is None else read_fields(query.fields)
    named = None
    if query.prospect_ids is not None:
        named = frozenset(map(parse_id, query.prospect_ids.split(",")))
    filters = MemberFilters(
        **{name: getattr(query, name) for name in MemberFilters.__struct_fields__}
    )
    wanted = Wanted(
        query.format,
        fields,
        bom=query.bom,
        raw=query.raw,
        filters=filters,
        named=named,
        history_days=request.services.settings.history_days,
    )
    return ExportResponse(at.account_group_id, at.audience_id, wanted)
