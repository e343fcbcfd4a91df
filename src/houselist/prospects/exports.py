"""An audience as text: CSV for spreadsheets, NDJSON for programs. Both can be imported again.

How an import reads them is in people/exported.py.
"""

from __future__ import annotations

import csv
import io
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import fields

from houselist.people.exported import COLUMNS, REST, column_of, guard
from houselist.people.rows import MAX_COLUMNS
from houselist.prospects import store
from houselist.prospects.shapes import Company, ExportedProspect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from houselist.postgres.db import Connection

_BOM = "\ufeff"
# One column is left for the attributes that get none of their own.
_MAX_ATTRIBUTES = MAX_COLUMNS - len(COLUMNS) - 1

# Each column of an export holds what the API shows under the same name.
_ATTRIBUTES_OF = {each.encode_name: each.name for each in fields(ExportedProspect)} | {
    f"company.{each.encode_name}": f"company.{each.name}" for each in fields(Company)
}
_cells: Callable[[ExportedProspect], tuple[str | None, ...]] = attrgetter(
    *(_ATTRIBUTES_OF[column] for column in COLUMNS)
)

_decode = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode


async def ndjson_lines(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> AsyncIterator[str]:
    """A line for everybody, as the API shows them. Needs a transaction around it."""
    async for person in store.get_all(connection, account_group_id, audience_id):
        yield _encode(person).decode() + "\n"


async def csv_lines(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    *,
    raw: bool = False,
    bom: bool = True,
) -> AsyncIterator[str]:
    """A header, then a line for everybody, with a column for each attribute.

    Cells that a spreadsheet would run are guarded, unless `raw`. Without `bom` Excel does not see
    that the text is UTF-8. Needs a transaction around it.
    """
    found = await store.get_attribute_names(
        connection, account_group_id, audience_id, _MAX_ATTRIBUTES + 1
    )
    names = found[:_MAX_ATTRIBUTES]
    header = [*COLUMNS, *map(column_of, names)]
    if len(found) > len(names):
        header.append(REST)
    mark = _BOM if bom else ""
    yield mark + _line(header, raw=raw)
    async for person in store.get_all(connection, account_group_id, audience_id):
        attributes = _attributes(person)
        cells = [
            *(cell or "" for cell in _cells(person)),
            *(attributes.pop(name, "") for name in names),
        ]
        if len(header) > len(cells):
            cells.append(_encode(attributes).decode() if attributes else "")
        yield _line(cells, raw=raw)


def _attributes(person: ExportedProspect) -> dict[str, str]:
    given = person.attributes
    return _decode(given) if isinstance(given, msgspec.Raw) else dict(given)


def _line(cells: Sequence[str], *, raw: bool) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells if raw else map(guard, cells))
    return text.getvalue()
