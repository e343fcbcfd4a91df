"""An audience as text to take elsewhere: CSV for spreadsheets, NDJSON for programs. Both come back.

What an import takes back of it is in files/exported.py.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import msgspec

from houselist.people.exported import FIELDS, REST, column_of, guard
from houselist.people.rows import MAX_COLUMNS
from houselist.prospects import store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from houselist.postgres.db import Connection
    from houselist.prospects.shapes import ExportedProspect

_BOM = "\ufeff"
# A column is left for the attributes that get none.
_MAX_ATTRIBUTES = MAX_COLUMNS - len(FIELDS) - 1

_decode = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode


async def ndjson_lines(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> AsyncIterator[str]:
    """Everybody as the API shows them, a line each. Needs a transaction around it."""
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

    Cells that a spreadsheet would run are guarded, unless `raw`. Without `bom` Excel takes the
    text for another encoding than UTF-8. Needs a transaction around it.
    """
    found = await store.get_attribute_names(
        connection, account_group_id, audience_id, _MAX_ATTRIBUTES + 1
    )
    names = found[:_MAX_ATTRIBUTES]
    header = [*FIELDS, *map(column_of, names)]
    if len(found) > len(names):
        header.append(REST)
    mark = _BOM if bom else ""
    yield mark + _line(header, raw=raw)
    async for person in store.get_all(connection, account_group_id, audience_id):
        attributes = _attributes(person)
        cells = [*_cells(person), *(attributes.pop(name, "") for name in names)]
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


def _cells(person: ExportedProspect) -> list[str]:
    """In the order of FIELDS."""
    company = person.company
    known = (
        person.id,
        person.first_name,
        person.last_name,
        person.name,
        person.headline,
        person.about,
        person.title,
        person.location,
        person.email,
        person.photo_url,
        person.linkedin_url,
        person.linkedin_id_url,
        person.public_identifier,
        person.provider_id,
        company.name,
        company.linkedin_identifier,
        company.linkedin_url,
        company.industry,
        company.website,
        person.added_at,
    )
    return [cell or "" for cell in known]
